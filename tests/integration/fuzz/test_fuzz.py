"""Whatever is sent to any resource, no reply is a failure of the server and the store stays whole (fixed seeds)."""

import pytest

from integration.fuzz.rest import fuzz
from support.served import Served

FEWEST_STORED = 50


@pytest.mark.slow
def test_no_input_makes_the_server_fail_or_the_store_inconsistent(served: Served) -> None:
    counts, faults = fuzz(served, rounds=1)
    print(counts)
    assert faults == []
    assert counts.statuses["200"] > FEWEST_STORED
