"""A crash between any two things that the notary does to the disk loses nothing and contradicts nothing."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from integration.notary.notary_ground import noted, open_notary, published
from projector.notary.core.checkpoint import open_checkpoint
from projector.notary.core.entry import WholeFact
from projector.notary.core.merkle import CompactRange, leaf_hash
from projector.notary.core.note import Verifier
from projector.notary.core.tile import Tile, partial_tiles
from projector.notary.facts import entry_text
from projector.notary.files import PublishedFiles
from unit.projector.notary.facts_for_leaves import DATA_KEY, ORIGIN, START, facts, page_reader

LOG = facts(600)
STAGES = (200, 256, 600)
LEAVES = [leaf_hash(entry_text(one, WholeFact(DATA_KEY))) for one in LOG]


class Crash(Exception):
    """The power is gone."""


class CrashAt:
    def __init__(self, step: int) -> None:
        self.left = step

    def __call__(self, name: str) -> None:
        if self.left == 0:
            raise Crash(name)
        self.left -= 1


def run_stages(folder: Path, on_step) -> None:
    for size in STAGES:
        with open_notary(folder, on_step=on_step) as notary:
            notary.catch_up_with(page_reader(LOG[:size]), page=300, pages=9)
            notary.publish(START, at_once=True)


def steps_of_a_whole_run(folder: Path) -> int:
    names: list[str] = []
    run_stages(folder, names.append)
    return len(names)


def require_sound_checkpoint(folder: Path, verifier: Verifier) -> int:
    """A published checkpoint is signed, true, and has all its tiles. Returns its size, or 0."""
    files = PublishedFiles(folder)
    note = files.checkpoint()
    if note is None:
        return 0
    head = open_checkpoint(note, [verifier], ORIGIN)
    assert head.root == CompactRange(LEAVES[: head.size]).root()
    full = [Tile(level, number) for level in (None, 0) for number in range(head.size // 256)]
    for tile in [*full, *partial_tiles(head.size)]:
        assert files.tile(tile) is not None, tile.path
        if tile.level == 0:
            assert files.tile(tile) == b"".join(LEAVES[tile.first_index :][: tile.width])
    return head.size


def test_a_crash_at_any_step_leaves_a_sound_checkpoint_and_the_next_run_ends_in_the_same_bytes(tmp_path):
    steps = steps_of_a_whole_run(tmp_path / "whole")
    whole = published(tmp_path / "whole")
    with open_notary(tmp_path / "whole") as notary:
        verifier = notary.verifier
    assert steps > 60
    for step in range(steps):
        folder = tmp_path / f"crash-{step}"
        with pytest.raises(Crash):
            run_stages(folder, CrashAt(step))
        signed = require_sound_checkpoint(folder, verifier)
        with open_notary(folder) as notary:
            assert notary.leaf_count() >= signed
            notary.catch_up_with(page_reader(LOG))
            notary.publish(START, at_once=True)
            assert notary.verify_all(LOG) == []
        after = {name: content for name, content in published(folder).items() if not name.endswith(".tmp")}
        assert {name: after[name] for name in whole} == whole


def test_a_crash_at_any_step_of_a_rebuild_is_made_good_by_the_next(tmp_path):
    noted(tmp_path, LOG, *STAGES)
    whole = published(tmp_path)
    step, crashed = 0, True
    while crashed:
        for file in tmp_path.glob("notary.sqlite*"):
            file.unlink()
        try:
            with open_notary(tmp_path, on_step=CrashAt(step)) as notary:
                notary.catch_up_with(page_reader(LOG), page=300, pages=9)
                notary.publish(START, at_once=True)
            crashed = False
        except Crash:
            with open_notary(tmp_path) as notary:
                notary.catch_up_with(page_reader(LOG), page=300, pages=9)
        assert published(tmp_path) == whole
        step += 1
    assert step > 10


def test_a_failed_write_is_made_good_by_the_same_notary(tmp_path):
    steps = steps_of_a_whole_run(tmp_path / "whole")
    for step in range(3, steps, 7):
        with open_notary(tmp_path / f"one-{step}", on_step=CrashOnce(step)) as notary:
            for size in STAGES:
                for _ in range(2):
                    try:
                        notary.catch_up_with(page_reader(LOG[:size]), page=300, pages=9)
                        notary.publish(START, at_once=True)
                    except Crash:
                        continue
            assert notary.signed.size == 600
            assert notary.verify_all(LOG) == []


class CrashOnce(CrashAt):
    def __call__(self, name: str) -> None:
        self.left -= 1
        if self.left == -1:
            raise Crash(name)


@pytest.mark.parametrize("step", [0, 3, 10, 25, 40, 60])
def test_a_process_that_is_killed_holds_no_lock_and_loses_nothing_it_published(tmp_path, step):
    script = textwrap.dedent("""
        import os, signal, sys
        from pathlib import Path
        from integration.notary.test_crashes import run_stages

        left = int(sys.argv[2])

        def on_step(name):
            global left
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left -= 1

        run_stages(Path(sys.argv[1]), on_step)
    """)
    tests = str(Path(__file__).parents[2])
    killed = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path), str(step)], env={**os.environ, "PYTHONPATH": tests}, check=False
    )
    assert killed.returncode == -9
    with open_notary(tmp_path) as notary:
        verifier = notary.verifier
        size = require_sound_checkpoint(tmp_path, verifier)
        assert notary.leaf_count() >= size
        notary.catch_up_with(page_reader(LOG))
        notary.publish(START, at_once=True)
        assert notary.verify_all(LOG) == []
    assert require_sound_checkpoint(tmp_path, verifier) == len(LOG)
