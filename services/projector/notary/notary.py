"""The notary: gives every fact of the log its leaf, and signs checkpoints over them.

All it keeps is derived from the log after the facts were committed, and can be derived again: without its folder, but
with its keys, the same tiles come back. What was signed is never contradicted: it rather stops.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lrs.log.entry import LogEntry
from projector.notary.check import Finding, check_notary
from projector.notary.core.checkpoint import Checkpoint, sign_checkpoint
from projector.notary.core.edge import Edge
from projector.notary.core.entry import WholeFact
from projector.notary.core.faults import LogRegressed
from projector.notary.core.merkle import leaf_hash, verify_consistency
from projector.notary.core.note import Signer, Verifier
from projector.notary.core.tile import TILE_HEIGHT, TILE_WIDTH, partial_tiles
from projector.notary.facts import entry_text
from projector.notary.files import CHECKPOINT, VKEY, PublishedFiles, Step, no_step
from projector.notary.ledger import Leaf, Ledger
from projector.notary.lock import FolderLock
from projector.notary.past import require_same_tiles, take_up_signed
from projector.notary.tree import Tree

LEAVES_PER_CHECKPOINT = 1_000
CHECKPOINT_INTERVAL = timedelta(seconds=1)
FACTS_PER_TRANSACTION = 4_096
PAGES_AT_ONCE = 4

ReadLog = Callable[[int, int], Sequence[LogEntry]]
"""``read(after, limit)``: the facts at positions greater than ``after``, ascending, at most ``limit``."""


class Notary:
    """The one writer of its folder. What ``catch_up`` noted and ``publish`` signed is durable when they return."""

    def __init__(
        self,
        folder: Path,
        *,
        origin: str,
        signing_key: Ed25519PrivateKey,
        data_key: bytes,
        on_step: Step = no_step,
    ) -> None:
        """Take up the work where it was left.

        Raises NotaryBusy when another process is at it, NotaryDamaged when the folder contradicts itself or was signed
        with another key or under another origin.
        """
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = FolderLock(folder)
        try:
            self._signer = Signer(origin, signing_key)
            self._segments = WholeFact(data_key)
            self._on_step = on_step
            self._files = PublishedFiles(folder, on_step)
            self._ledger = Ledger(folder)
            self._edge = self._ledger.edge()
            self._signed = take_up_signed(self._ledger, self._files, self._edge, self._signer.verifier)
            self._signed_at: datetime | None = None
            self._midway = False
            self._publish_vkey()
        except BaseException:
            self._lock.release()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the folder."""
        self._ledger.close()
        self._lock.release()

    @property
    def verifier(self) -> Verifier:
        """The public key that checkpoints are signed with; its ``vkey`` is what strangers are handed."""
        return self._signer.verifier

    @property
    def last_position(self) -> int:
        """The log position of the last leaf, or 0."""
        last = self._ledger.last_leaf()
        return 0 if last is None else last.position

    @property
    def signed(self) -> Checkpoint | None:
        """The last checkpoint."""
        return self._signed

    def leaf_count(self) -> int:
        """Return how many leaves the tree has, signed or not."""
        return self._edge.size

    def root(self) -> bytes:
        """Return the root over all leaves, signed or not."""
        return self._edge.root()

    def position_of(self, index: int) -> int | None:
        """Return the log position of the fact that leaf ``index`` stands for."""
        leaf = self._ledger.by_index(index)
        return None if leaf is None else leaf.position

    def index_of(self, position: int) -> int | None:
        """Return the leaf index of the fact at ``position`` of the log."""
        leaf = self._ledger.by_position(position)
        return None if leaf is None else leaf.index

    def index_of_entry(self, entry_id: UUID) -> int | None:
        """Return the leaf index of the fact with that id."""
        leaf = self._ledger.by_entry_id(entry_id)
        return None if leaf is None else leaf.index

    def verify_all(self, entries: Iterable[LogEntry]) -> list[Finding]:
        """Compare the whole log with every leaf, tile, bundle and checkpoint, and return every fault found."""
        return check_notary(self._folder, entries, verifier=self._signer.verifier, segments=self._segments)

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """Return the inclusion proof of leaf ``index`` in the tree of ``size`` leaves. Raises InvalidProof."""
        return self._tree().inclusion(index, size)

    def consistency(self, old_size: int, new_size: int) -> list[bytes]:
        """Return the proof that the tree of ``new_size`` leaves began as that of ``old_size``. Raises InvalidProof."""
        return self._tree().consistency(old_size, new_size)

    def catch_up_with(self, read: ReadLog, *, page: int = FACTS_PER_TRANSACTION, pages: int = PAGES_AT_ONCE) -> int:
        """Note facts that ``read`` gives beyond the last one noted, at most ``pages`` pages, and return how many.

        It is 0 at the end of the log; until then, call it again.
        Raises LogRegressed when the log no longer has the last fact noted, or ends before what was signed.
        """
        before = self._edge.size
        facts = self._read_from_last(read, page)
        for number in range(pages):
            if number:
                facts = read(facts[-1].position, page)
            self.catch_up(facts)
            self._midway = len(facts) == page
            if not self._midway:
                self._require_not_shorter()
                break
        return self._edge.size - before

    def catch_up(self, entries: Sequence[LogEntry]) -> None:
        """Give each fact beyond the last one noted its leaf; those noted before are compared and passed over.

        ``entries`` ascend in position without leaving out a fact. Raises LogRegressed when one differs from its leaf;
        MalformedEntry when a fact has a topic outside the vocabulary. What came before the fault stays noted.
        """
        for start in range(0, len(entries), FACTS_PER_TRANSACTION):
            self._note(self._compare_known(entries[start : start + FACTS_PER_TRANSACTION]))

    def publish(self, now: datetime, *, at_once: bool = False) -> Checkpoint | None:
        """Sign, publish and return a checkpoint over all leaves; None when there is nothing new or it is too early.

        It is time each second and each 1,000 leaves; ``at_once`` does not wait. While ``catch_up_with`` is midway in a
        rebuild, what was signed is not reached yet, and nothing is signed.
        Raises LogRegressed when fewer leaves are noted than were signed; InvalidProof or NotaryDamaged when the new
        checkpoint cannot be proved consistent with the last.
        """
        if not self._midway:
            self._require_not_shorter()
        if self._new_leaves() <= 0 or not (at_once or self._is_due(now)):
            return None
        old, new = self._signed, Checkpoint(self._signer.name, self._edge.size, self._edge.root())
        self._require_growth(old, new)
        for part in self._edge.partials():
            self._files.put_tile(part)
        self._files.settle()
        note = sign_checkpoint(new, self._signer)
        self._on_step("record checkpoint")
        self._ledger.put_signed(note)
        self._files.put(CHECKPOINT, note)
        self._signed, self._signed_at = new, now
        self._prune(0 if old is None else old.size)
        return new

    def _read_from_last(self, read: ReadLog, page: int) -> Sequence[LogEntry]:
        """Read on, beginning with the last fact noted, to see that the log still has it."""
        last = self._ledger.last_leaf()
        facts = read(0 if last is None else last.position - 1, page)
        if last is not None and (not facts or facts[0].position != last.position):
            message = f"the log has no fact at position {last.position} any more (leaf {last.index})"
            raise LogRegressed(message, last.index)
        return facts

    def _compare_known(self, entries: Sequence[LogEntry]) -> Sequence[LogEntry]:
        """Return the part of ``entries`` that is new. Raises LogRegressed when the other part is not what was noted."""
        last_position = self.last_position
        for place, fact in enumerate(entries):
            if fact.position > last_position:
                return entries[place:]
            self._require_same(fact)
        return ()

    def _require_same(self, fact: LogEntry) -> None:
        leaf = self._ledger.by_position(fact.position)
        if leaf is None:
            message = f"the log has a fact at position {fact.position} that was not there when later ones were noted"
            raise LogRegressed(message, self._edge.size)
        noted = self._tree().hash_at(self._edge.size)(0, leaf.index)
        if leaf.entry_id != fact.entry_id or leaf_hash(entry_text(fact, self._segments)) != noted:
            message = f"the fact at position {fact.position} differs from what was noted as leaf {leaf.index}"
            raise LogRegressed(message, leaf.index)

    def _note(self, facts: Sequence[LogEntry]) -> None:
        if not facts:
            return
        edge, leaves = self._edge.copy(), []
        for fact in facts:
            leaves.append(Leaf(edge.size, fact.position, fact.entry_id))
            edge.append(entry_text(fact, self._segments))
            self._require_signed_root(edge)
        self._put_filled(edge)
        self._on_step("record leaves")
        self._ledger.add(leaves, edge)
        self._edge = edge
        self._on_step("leaves recorded")

    def _put_filled(self, edge: Edge) -> None:
        signed_size = 0 if self._signed is None else self._signed.size
        for part in edge.take_filled():
            if part.tile.first_index < signed_size:
                require_same_tiles(self._files, part)
            self._files.put_tile(part)
        self._files.settle()

    def _require_signed_root(self, edge: Edge) -> None:
        """Stop a rebuild that does not lead to what was signed."""
        signed = self._signed
        if signed is not None and edge.size == signed.size and edge.root() != signed.root:
            for part in [*edge.take_filled(), *edge.partials()]:
                require_same_tiles(self._files, part)
            message = f"the first {signed.size} facts of the log are not those that were signed"
            raise LogRegressed(message, self._edge.size)

    def _require_not_shorter(self) -> None:
        if self._signed is not None and self._edge.size < self._signed.size:
            message = f"{self._signed.size} leaves were signed, but the log has {self._edge.size} facts"
            raise LogRegressed(message, self._edge.size)

    def _require_growth(self, old: Checkpoint | None, new: Checkpoint) -> None:
        if old is not None:
            proof = self.consistency(old.size, new.size)
            verify_consistency(old.size, new.size, old.root, new.root, proof)

    def _is_due(self, now: datetime) -> bool:
        if self._signed_at is None or self._new_leaves() >= LEAVES_PER_CHECKPOINT:
            return True
        return not timedelta(0) <= now - self._signed_at < CHECKPOINT_INTERVAL

    def _new_leaves(self) -> int:
        return self._edge.size - (0 if self._signed is None else self._signed.size)

    def _prune(self, old_size: int) -> None:
        """Remove the partial tiles of earlier checkpoints; what they held is in wider ones now."""
        for tile in {*partial_tiles(old_size), *partial_tiles(self._edge.size)}:
            count = self._edge.size >> TILE_HEIGHT * (tile.level or 0)
            self._files.prune(tile.with_width(min(TILE_WIDTH, count - tile.number * TILE_WIDTH)))

    def _publish_vkey(self) -> None:
        content = f"{self.verifier.vkey}\n".encode()
        if self._files.vkey() != content:
            self._files.put(VKEY, content)

    def _tree(self) -> Tree:
        return Tree(self._files, self._edge)
