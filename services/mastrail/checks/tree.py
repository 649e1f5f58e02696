"""The tree over the log: every leaf against its entry, every tile and checkpoint against the leaves."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from lrs.log.entry import LogEntry
from mastrail.checks.finding import Finding
from projector.notary.check import LOG, check_notary
from projector.notary.core.entry import WholeFact
from projector.notary.core.faults import NotaryFault
from projector.notary.core.note import Signer
from projector.notary.files import CHECKPOINT
from projector.notary.keys import load_or_create_keys
from projector.notary.ledger import FILE_NAME, Ledger


def leaves(folder: Path) -> int | None:
    """Return how many leaves the tree in ``folder`` has, None where there was never a tree."""
    if not (folder / FILE_NAME).exists():
        return 0 if (folder / CHECKPOINT).exists() else None
    ledger = Ledger(folder, read_only=True)
    try:
        last = ledger.last_leaf()
    finally:
        ledger.close()
    return 0 if last is None else last.index + 1


def check_tree(
    folder: Path, keys_folder: Path, origin: str, entries: Iterable[LogEntry], last: int
) -> Iterator[Finding]:
    """Yield where the log, which ends at position ``last``, and the tree in ``folder`` disagree.

    Entries without a leaf yet are no fault. A log that ends before its tree does, as an old one put beside a newer
    notary, is one finding.
    """
    try:
        keys = load_or_create_keys(keys_folder)
    except NotaryFault as fault:
        yield Finding("tree", str(fault))
        return
    known = leaves(folder) or 0
    if known > last:
        yield Finding("tree", f"the log is older than its notary: it ends here, but {known} entries have leaves", last)
    verifier = Signer(origin, keys.signing_key).verifier
    for found in check_notary(folder, entries, verifier=verifier, segments=WholeFact(keys.data_key)):
        if not (known > last and found.where == LOG and found.index is not None and found.index >= last):
            yield Finding("tree", str(found))
