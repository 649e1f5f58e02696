"""What docs/audit.md tells a stranger to run does verify a served log, and nothing of ours takes part."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from acceptance.log.log_ground import SIGNED, open_notary, served
from unit.projector.notary.facts_for_leaves import START, facts

DOCUMENT = (Path(__file__).parents[3] / "docs" / "audit.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    found = re.findall(rf"^```{language}\n(.*?)^```", DOCUMENT, re.DOTALL | re.MULTILINE)
    assert len(found) == 1
    return found[0]


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("notary")
    with open_notary(folder) as notary:
        notary.catch_up(facts(SIGNED))
        notary.publish(START)
        vkey = notary.verifier.vkey
    with served(folder) as client:
        yield str(client.base_url).rstrip("/"), vkey


@pytest.mark.parametrize("index", [0, 255, 300, 599])
def test_the_documented_python_verifies_a_proof(address, tmp_path, index):
    script = tmp_path / "verify.py"
    script.write_text(block("python"), encoding="utf-8")
    ran = subprocess.run([sys.executable, script, *address, str(index)], capture_output=True, check=False)
    assert ran.stderr == b""
    assert ran.stdout.startswith(b"mastrail-entry/v1\n2026-11-22T")


def test_the_documented_python_refuses_another_key(address, tmp_path):
    script = tmp_path / "verify.py"
    script.write_text(block("python"), encoding="utf-8")
    url, vkey = address
    other = vkey[:-3] + ("AA=" if not vkey.endswith("AA=") else "BA=")
    ran = subprocess.run([sys.executable, script, url, other, "0"], capture_output=True, check=False)
    assert ran.returncode == 1
    assert ran.stdout == b""


def test_the_documented_openssl_commands_verify_the_signature(address, tmp_path):
    url, vkey = address
    fetch = (
        f"{sys.executable} -c 'import sys, urllib.request as u; sys.stdout.buffer.write(u.urlopen(sys.argv[1]).read())'"
    )
    commands = block("sh").replace("curl -s", fetch)
    ran = subprocess.run(
        ["sh", "-ec", commands],
        env={**os.environ, "URL": url, "VKEY": vkey},
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout.strip()) == (0, b"Signature Verified Successfully")
