"""Documents held against their published contracts: every fault with its JSON pointer and a reason of our own.

The reason never repeats what was sent: a document about people holds personal data.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from lrs.xapi.faults import Fault
from projector.mastery.canonical import as_doubles, plain
from projector.mastery.checks import explaining, fits
from projector.mastery.contract_faults import faults_of
from projector.mastery.faults import Refused
from projector.registry.faults import InvalidDocument

_RULE = "published contract of the document"
_MOST_FAULTS = 100


def check_contract(name: str, document: Mapping[str, Any]) -> None:
    """Hold ``document`` against ``schemas/competency/<name>.schema.json``.

    Raises InvalidDocument with the pointer and reason of every fault (the first hundred).
    """
    try:
        held = plain(document)
    except Refused as beyond:
        raise refused(name, [fault(beyond.reason, beyond.pointer)]) from beyond
    if fits(held, name):
        return
    found: list[Fault] = []
    for error in explaining(name).iter_errors(as_doubles(held)):
        found.extend(fault(reason, at) for at, reason in faults_of(error))
        if len(found) >= _MOST_FAULTS:
            break
    require_no_faults(name, found)


def require_no_faults(name: str, faults: Iterable[Fault]) -> None:
    """Raise InvalidDocument if a document has any faults."""
    found = list(faults)
    if found:
        raise refused(name, found)


def refused(name: str, faults: list[Fault]) -> InvalidDocument:
    """Return the refusal of a document for its faults, the first of them in its message."""
    first = faults[0]
    return InvalidDocument(f"the document is no valid {name}: {first.pointer or '/'}: {first.message}", faults)


def fault(message: str, at: str) -> Fault:
    """Return a fault of a document at a pointer."""
    return Fault(message, at, _RULE)
