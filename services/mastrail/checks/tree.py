"""The tree over the log: every leaf against its entry, every tile and checkpoint against the leaves."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from mastrail.checks.finding import Finding
from mastrail.settings import Settings
from mastrail.stores import keys_folder, notary_folder
from projector.notary.check import LOG, Expected, HeldNotary
from projector.notary.core.entry import WholeFact
from projector.notary.core.faults import NotaryFault
from projector.notary.core.note import Signer
from projector.notary.files import CHECKPOINT
from projector.notary.keys import load_or_create_keys
from projector.notary.ledger import FILE_NAME


class TreeCheck:
    """What is known of the tree before the log is read. ``leaves`` is None where there was never a tree.

    ``segments`` are what leaves are made with, None where no leaf can be compared.
    """

    def __init__(self, settings: Settings) -> None:
        self._folder = notary_folder(settings)
        self._held = HeldNotary(self._folder) if (self._folder / FILE_NAME).exists() else None
        has_tree = self._held is not None or (self._folder / CHECKPOINT).exists()
        self.leaves = (0 if self._held is None else self._held.size) if has_tree else None
        self.segments: WholeFact | None = None
        self._fault = ""
        if has_tree:
            self._load_keys(settings)

    def findings(self, leaves: Iterable[Expected], last: int) -> Iterator[Finding]:
        """Yield where the log, which ends at position ``last``, and the tree disagree.

        Entries without a leaf yet are no fault. A log that ends before its tree does, as an old one put beside a newer
        notary, is one finding.
        """
        if self._fault:
            yield Finding("tree", self._fault)
        if self.segments is None:
            return
        if self._held is None:
            yield Finding("tree", f"tree: {FILE_NAME}: there is no record of leaves")
            return
        known = self._held.size
        if known > last:
            yield Finding(
                "tree", f"the log is older than its notary: it ends here, but {known} entries have leaves", last
            )
        for found in self._held.compare(leaves, self._signer.verifier):
            if not (known > last and found.where == LOG and found.index is not None and found.index >= last):
                yield Finding("tree", str(found))

    def close(self) -> None:
        """Let go of the tree."""
        if self._held is not None:
            self._held.close()

    def _load_keys(self, settings: Settings) -> None:
        try:
            keys = load_or_create_keys(keys_folder(settings))
        except NotaryFault as fault:
            self._fault = str(fault)
            return
        self._signer = Signer(settings.notary_origin, keys.signing_key)
        self.segments = WholeFact(keys.data_key)


@contextmanager
def held_tree(settings: Settings) -> Iterator[TreeCheck]:
    """Hold the tree as it is, before the log is read: a notary may go on meanwhile."""
    tree = TreeCheck(settings)
    try:
        yield tree
    finally:
        tree.close()
