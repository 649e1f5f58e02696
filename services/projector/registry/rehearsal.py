"""Nothing gets into the log that the engine cannot fold: every fact is first tried on an engine of its own."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from lrs.log.facts import FACTS
from lrs.xapi.faults import Fault
from projector.mastery.documents import DictDocuments
from projector.mastery.faults import Refused
from projector.mastery.fold import Fold
from projector.registry.faults import InvalidDocument

_NOBODY = UUID(int=0)
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)


def rehearse(topic: str, fact: Mapping[str, Any]) -> None:
    """Fold ``fact``, as it will be read from the log, on an empty engine.

    Raises InvalidDocument with the pointer and reason of the engine's refusal.
    """
    engine = Fold(DictDocuments(), tenant="rehearsal", namespace=_NOBODY)
    try:
        engine.apply(1, FACTS[topic].__name__, _ANY_TIME, fact)
    except Refused as error:
        raise refusal(error) from error


def refusal(error: Refused) -> InvalidDocument:
    """Return the registry's refusal for the engine's."""
    return InvalidDocument(str(error), (Fault(error.reason, error.pointer, type(error).__name__),))
