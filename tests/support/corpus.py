"""Real statements to test with: the large selection where it is at hand, else the sample in this repository."""

import gzip
import os
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
NAMED_CORPUS = "MASTRAIL_TEST_CORPUS"
LARGE = REPOSITORY.parent / "shared/data/statements/mooc-video-22000.ndjson.gz"
SAMPLE = REPOSITORY / "tests/vectors/statements/mooc-video-500.ndjson.gz"


def statements_file() -> Path:
    """Return the file of statements (gzip, one JSON object a line) that this run uses."""
    named = os.environ.get(NAMED_CORPUS)
    if named:
        return Path(named).resolve(strict=True)
    return LARGE if LARGE.is_file() else SAMPLE


def statement_lines(file: Path) -> Iterator[bytes]:
    """Yield every statement of ``file`` as the bytes of its line."""
    with gzip.open(file, "rb") as lines:
        for line in lines:
            yield line.rstrip(b"\n")
