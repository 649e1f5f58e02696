"""The few members of a statement by which rules are found, read without the rest (rule book, section 3)."""

import msgspec

from projector.mastery.statements import VOIDED


class _Named(msgspec.Struct):
    id: str = ""


class _Definition(msgspec.Struct):
    type: str = ""


class _Object(msgspec.Struct):
    id: str = ""
    object_type: str = msgspec.field(default="Activity", name="objectType")
    definition: _Definition = msgspec.field(default_factory=_Definition)


class _Activities(msgspec.Struct):
    parent: list[_Named] | _Named = msgspec.field(default_factory=list)
    grouping: list[_Named] | _Named = msgspec.field(default_factory=list)
    category: list[_Named] | _Named = msgspec.field(default_factory=list)


class _Context(msgspec.Struct):
    context_activities: _Activities = msgspec.field(default_factory=_Activities, name="contextActivities")


class Glance(msgspec.Struct):
    """What is seen of a statement at a glance."""

    verb: _Named = msgspec.field(default_factory=_Named)
    object: _Object = msgspec.field(default_factory=_Object)
    context: _Context = msgspec.field(default_factory=_Context)

    @property
    def voids(self) -> bool:
        """Whether the statement voids another."""
        return self.verb.id == VOIDED

    @property
    def activity(self) -> str | None:
        """The IRI of the activity that is the object, None when the object is something else."""
        return self.object.id if self.object.object_type == "Activity" else None

    def context_activities(self, kind: str) -> list[str]:
        """Return the IRIs of the context activities of one kind."""
        found: list[_Named] | _Named = getattr(self.context.context_activities, kind)
        return [one.id for one in found] if isinstance(found, list) else [found.id]


_decode = msgspec.json.Decoder(Glance).decode


def glance(text: bytes) -> Glance | None:
    """Return what is seen of the JSON text of a statement, None when it is not as expected."""
    try:
        return _decode(text)
    except msgspec.MsgspecError:
        return None
