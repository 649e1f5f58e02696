"""What is not asked for is not loaded: a client of Kafka takes a quarter of a second and a lot of room."""

import subprocess
import sys

import pytest

MAIN = (
    "import sys, {module}; from mastrail.settings import Settings;"
    "made = [*mastrail.projecting._kafka_targets(Settings()), *mastrail.projecting._kafka_couriers(Settings(), None)]"
    " if 'mastrail.projecting' in sys.modules else [];"
    "print(len(made), 'kafka' in sys.modules)"
)


@pytest.mark.parametrize("module", ["mastrail.projecting", "mastrail.serving", "mastrail.__main__"])
def test_without_brokers_no_client_of_them_is_loaded(module: str) -> None:
    program = [sys.executable, "-c", MAIN.format(module=module)]
    printed = subprocess.run(program, check=True, capture_output=True, text=True, timeout=120).stdout
    assert printed.split() == ["0", "False"]
