"""The verifier in ``examples/`` shares no code with the server, and agrees with it."""

import subprocess
import sys
from functools import partial

import httpx
import pytest

from acceptance.cli.commanding import EXAMPLES, sample
from support.served import Served
from support.waiting import eventually

pytestmark = pytest.mark.parametrize("store_name", ["sqlite"], indirect=True)


def verify(url: str, *words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(EXAMPLES / "verify_proof.py"), url, *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def has_proof(url: str, index: int) -> bool:
    return httpx.get(f"{url}/log/proof/{index}").status_code == 200


def test_entries_of_full_and_partial_bundles_verify_and_another_key_does_not(shared_served: Served) -> None:
    batch = [{**sample()[0], "id": f"00000000-0000-4000-8000-{number:012}"} for number in range(300)]
    assert shared_served.client.post("/xAPI/statements", json=batch).status_code == 200
    eventually(partial(has_proof, shared_served.url, 301), "all are notarised")
    for index in (0, 255, 256, 301):
        done = verify(shared_served.url, str(index))
        assert (done.returncode, done.stderr) == (0, "")
        assert "mastrail-entry/v1" in done.stdout
    vkey = httpx.get(f"{shared_served.url}/log/vkey").text.strip()
    name, key_id, _ = vkey.split("+", 2)
    stranger = f"{name}+{key_id}+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
    assert verify(shared_served.url, "0", vkey).returncode == 0
    assert verify(shared_served.url, "0", stranger).returncode != 0
