"""Who is who among people that another share folds: two identifiers of one assessor are one assessor (section 12)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from projector.mastery.documents import DictDocuments
from projector.mastery.envelope import Publication
from projector.mastery.people import People
from projector.mastery.registry import Registry


class Elsewhere:
    """Follows the entries about people whose evidence is folded elsewhere. It tells nothing and folds nothing."""

    def __init__(self, namespace: UUID) -> None:
        self.documents = DictDocuments()
        self._namespace = namespace
        people = People(Registry(self.documents), namespace)
        self._handlers = {
            "PersonsMerged": people.merged,
            "PersonSplit": people.split,
            "IdentityLinked": people.linked,
            "IdentityUnlinked": people.unlinked,
            "LearnerErased": people.erased,
        }

    def apply(self, position: int, kind: str, recorded: int, body: Mapping[str, Any]) -> None:
        """Note what an entry says about who is who."""
        handler = self._handlers.get(kind)
        if handler is not None:
            handler(Publication(self.documents, "", self._namespace, position, recorded, recorded), body)
