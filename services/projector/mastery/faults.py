"""Why the engine refuses a document or an entry: each refusal names the place and the rule."""


class Refused(Exception):
    """A document or an entry that the engine does not take: ``pointer`` (JSON pointer) and ``reason``.

    ``position`` is that of the entry, where it is known.
    """

    def __init__(self, reason: str, pointer: str = "") -> None:
        super().__init__(f"{pointer or '/'}: {reason}")
        self.pointer = pointer
        self.reason = reason
        self.position: int | None = None


class InvalidDocument(Refused):
    """The document breaks its published schema or a rule that a schema cannot say."""


class LegalHold(Refused):
    """A policy that is under legal hold refuses that somebody is erased who has evidence under it."""


class UnsupportedFeature(Refused):
    """The document or entry asks for something that this engine does not have; ``feature`` names it."""

    def __init__(self, feature: str, pointer: str = "") -> None:
        super().__init__(f"{feature} is not supported by this engine", pointer)
        self.feature = feature
