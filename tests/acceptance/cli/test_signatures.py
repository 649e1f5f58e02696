"""Signed statements are judged by the certificates that the settings name, and the verdicts are listed."""

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from acceptance.cli.certificates import BOUNDARY, Holder, signed_request
from acceptance.cli.commanding import Commands
from support.served import Served

AUTHORITY = Holder("authority")
OFFICE = Holder("office", AUTHORITY)
SIGNER = Holder("signer", OFFICE, is_ca=False)
EXPIRED = Holder("late signer", OFFICE, is_ca=False, days=-1)
OTHER_AUTHORITY = Holder("authority")
STRANGER = Holder("stranger", OTHER_AUTHORITY, is_ca=False)

SIGNED = (
    (SIGNER, (SIGNER, OFFICE), "trusted"),
    (SIGNER, (SIGNER, OFFICE, AUTHORITY), "trusted"),
    (SIGNER, (SIGNER,), "untrusted"),
    (STRANGER, (STRANGER, OTHER_AUTHORITY), "untrusted"),
    (EXPIRED, (EXPIRED, OFFICE), "untrusted"),
    (SIGNER, (), "well-formed"),
)


@pytest.fixture
def anchors(tmp_path: Path) -> Path:
    """A file with two anchors, of which one issued certificates."""
    file = tmp_path / "anchors.pem"
    file.write_bytes(Holder("unrelated").pem + AUTHORITY.pem)
    return file


def send(served: Served, signer: Holder, chain: tuple[Holder, ...]) -> str:
    statement_id, body = signed_request(signer, *chain)
    served.client.post("/xAPI/statements", content=body, headers=BOUNDARY).raise_for_status()
    return statement_id


def listed(served: Served, *words: str) -> list[dict]:
    commands = Commands(served.folder, {"store": served.store})
    done = commands("signatures", "--json", *words)
    assert (done.code, done.err) == (0, "")
    return [json.loads(line) for line in done.lines]


def test_each_signature_has_the_verdict_of_the_anchors(serve: Callable[..., Served], anchors: Path) -> None:
    served = serve(signature_anchors=str(anchors))
    sent = [(send(served, signer, chain), verdict) for signer, chain, verdict in SIGNED]
    assert served.client.post("/xAPI/statements", json=[]).status_code == 200
    found = listed(served)
    assert [(one["id"], one["verdict"]) for one in found] == sent
    assert all(earlier["position"] < later["position"] for earlier, later in pairwise(found))
    assert [one["id"] for one in listed(served, "--verdict", "trusted")] == [sent[0][0], sent[1][0]]
    assert listed(served, "--verdict", "absent") == []


@pytest.mark.parametrize("store_name", ["sqlite"], indirect=True)
def test_without_anchors_nobody_is_trusted(served: Served) -> None:
    send(served, SIGNER, (SIGNER, OFFICE, AUTHORITY))
    assert [one["verdict"] for one in listed(served)] == ["untrusted"]
    (line,) = Commands(served.folder, {"store": served.store})("signatures").lines
    assert line.endswith(" untrusted")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "cannot be read: No such file or directory"),
        (b"", "holds no certificates in PEM form"),
        (b"nonsense", "holds no certificates in PEM form"),
        (AUTHORITY.pem.replace(b"M", b"!", 1), "holds no certificates in PEM form"),
    ],
    ids=["missing", "empty", "other", "damaged"],
)
def test_a_file_that_holds_no_certificates_stops_the_start(
    mastrail: Commands, content: bytes | None, reason: str
) -> None:
    file = mastrail.folder / "anchors.pem"
    if content is not None:
        file.write_bytes(content)
    refused = mastrail("serve", "--port", "0", "--signature-anchors", file)
    assert refused.code == 2
    assert f"MASTRAIL_SIGNATURE_ANCHORS (--signature-anchors): {file} {reason}" in refused.err
    assert "Traceback" not in refused.err
