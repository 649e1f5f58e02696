"""Software that is not ours reads what we publish: golang.org/x/mod/sumdb accepts it, and refuses it when tampered with.

Not part of the default suite, since it needs Go and the Go module proxy (or a filled module cache). Run it by name:
``pytest tests/integration/notary/go/check_foreign.py``. It fails, never skips, where Go is missing.
"""

import shutil
import subprocess
from pathlib import Path

import pytest

from integration.notary.notary_ground import open_notary
from projector.notary.core.encoding import to_base64
from projector.notary.core.tile import Tile
from projector.notary.reader import LogReader
from unit.projector.notary.facts_for_leaves import START, facts

LOG = facts(66_000)
SIZES = (3, 700, 66_000)


@pytest.fixture(scope="module")
def foreign(tmp_path_factory) -> Path:
    go = shutil.which("go")
    assert go is not None, "this check needs Go"
    program = tmp_path_factory.mktemp("go") / "foreign"
    subprocess.run([go, "build", "-o", program, "."], cwd=Path(__file__).parent, check=True)
    return program


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("published")
    for size in SIZES:
        with open_notary(folder) as notary:
            notary.catch_up(LOG[:size])
            notary.publish(START, at_once=True)
        shutil.copy(folder / "checkpoint", folder / f"older-{size}")
    return folder


def answer(foreign: Path, folder: Path, proof: bytes, older: str = "", index: int = 0) -> str:
    ran = subprocess.run([foreign, folder, older, str(index)], input=proof, capture_output=True, check=False)
    said = ran.stdout.decode().strip()
    assert said.startswith("ok ") == (ran.returncode == 0)
    return said


@pytest.mark.parametrize("index", [0, 255, 256, 65_535, 65_536, 65_999])
def test_tlog_makes_and_accepts_the_same_proofs(foreign, folder, index):
    with open_notary(folder) as notary:
        root = to_base64(notary.signed.root)
    assert answer(foreign, folder, LogReader(folder).proof(index), index=index) == f"ok 66000 {root}"


@pytest.mark.parametrize("size", SIZES)
def test_tlog_accepts_that_every_older_checkpoint_grew_into_the_last(foreign, folder, size):
    assert answer(foreign, folder, LogReader(folder).proof(1), str(folder / f"older-{size}"), 1).startswith("ok 66000 ")


@pytest.mark.parametrize(
    "name",
    ["checkpoint", *(f"tile/{tile.path}" for tile in (Tile(0, 0), Tile(0, 257, 208), Tile(1, 0), Tile(1, 1, 1),
                                                      Tile(2, 0, 1), Tile(None, 9), Tile(None, 257, 208)))],
)  # fmt: skip
def test_tlog_refuses_a_flipped_bit(foreign, folder, tmp_path, name):
    proof = LogReader(folder).proof(9)
    tampered = tmp_path / "tampered"
    shutil.copytree(folder, tampered)
    content = (tampered / name).read_bytes()
    for place in range(0, len(content), len(content) // 5 + 1):
        (tampered / name).write_bytes(bytes([*content[:place], content[place] ^ 1, *content[place + 1 :]]))
        said = answer(foreign, tampered, proof, index=9)
        assert said
        assert not said.startswith("ok")
        assert "served proof" not in said
