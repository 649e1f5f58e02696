"""What can be wrong with notes, checkpoints, tiles, proofs and the log behind them: one tree of errors."""


class NotaryFault(Exception):
    """Something of the transparency log cannot be accepted."""


class MalformedNote(NotaryFault):
    """The bytes are no signed note, or a key string is no verifier key (C2SP signed-note)."""


class UntrustedNote(NotaryFault):
    """No signature of a known key verifies, or one of a known key is wrong (C2SP signed-note, Signatures)."""


class MalformedCheckpoint(NotaryFault):
    """The text of a note is no checkpoint, or it is another log's (C2SP tlog-checkpoint)."""


class MalformedTile(NotaryFault):
    """A tile path or the content of a tile or entry bundle breaks the format (C2SP tlog-tiles)."""


class MalformedProof(NotaryFault):
    """The text is no tlog-proof (C2SP tlog-proof)."""


class InvalidProof(NotaryFault):
    """A well-formed proof does not prove what is claimed (RFC 9162 section 2.1)."""


class MalformedEntry(NotaryFault):
    """The text is no log entry of ours, or the fact has a topic outside the closed vocabulary."""


class LogRegressed(NotaryFault):
    """The event log is shorter than what was noted, or differs from it; ``index`` is the first leaf concerned."""

    def __init__(self, message: str, index: int) -> None:
        super().__init__(message)
        self.index = index


class NotaryDamaged(NotaryFault):
    """The notary's own files contradict each other; nothing is signed until an operator has looked."""


class NotaryBusy(NotaryFault):
    """Another process already keeps this notary; there is one writer."""


class NotPublished(NotaryFault):
    """What was asked for is not covered by a published checkpoint."""
