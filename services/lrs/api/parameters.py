"""Query parameters and form fields, decoded strictly: a name may stand once, and every name must be known."""

from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import unquote_to_bytes

from lrs.xapi.faults import Fault, InvalidQuery

RULE = "Communication 3.2.s3.b6"
MAX_PARAMETERS = 100
_SHOWN = 40


def pairs(encoded: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield each name and its value as bytes from the form-encoded ``encoded``, in order.

    Raises InvalidQuery when a name is not UTF-8 or there are too many.
    """
    fields = [piece for piece in encoded.split(b"&") if piece]
    if len(fields) > MAX_PARAMETERS:
        raise InvalidQuery(f"there are more than {MAX_PARAMETERS} parameters")
    for piece in fields:
        name, _, value = piece.partition(b"=")
        yield decoded(_plain(name), "a parameter name"), _plain(value)


def _plain(encoded: bytes) -> bytes:
    return unquote_to_bytes(encoded.replace(b"+", b" "))


def decoded(value: bytes, what: str) -> str:
    """Return ``value`` as text.

    Raises InvalidQuery naming ``what`` when it is not UTF-8 or holds U+0000, which not every database can keep.
    """
    try:
        text = value.decode()
    except UnicodeDecodeError:
        raise InvalidQuery(f"{what} is not UTF-8") from None
    if "\0" in text:
        raise InvalidQuery(f"{what} holds the character U+0000")
    return text


def unique(named: Iterable[tuple[str, bytes]]) -> dict[str, str]:
    """Return the parameters by name. Raises InvalidQuery for one that stands twice."""
    found: dict[str, str] = {}
    for name, value in named:
        if name in found:
            raise InvalidQuery(f"the parameter {name} is given more than once", [_fault(name, "is given twice")])
        found[name] = decoded(value, f"the parameter {name}")
    return found


def parse(query: bytes) -> dict[str, str]:
    """Return the parameters of the query string ``query``. Raises InvalidQuery as its parts do."""
    return unique(pairs(query)) if query else {}


def unknown(parameters: Mapping[str, str], known: frozenset[str]) -> list[str]:
    """Return the names in ``parameters`` that are not in ``known``; case counts."""
    return [name for name in parameters if name not in known]


def refuse_unknown(parameters: Mapping[str, str], known: frozenset[str]) -> None:
    """Raise InvalidQuery that lists every name of ``parameters`` that is not in ``known`` (Communication 3.2)."""
    strangers = unknown(parameters, known)
    if strangers:
        faults = [_fault(name, f"is not one of {', '.join(sorted(known))}") for name in strangers]
        raise InvalidQuery("unknown query parameter", faults)


def _fault(name: str, why: str) -> Fault:
    return Fault(f"the parameter {_short(name)} {why}", pointer="", rule=RULE)


def _short(name: str) -> str:
    return name if len(name) <= _SHOWN else name[:_SHOWN] + "..."
