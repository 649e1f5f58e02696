"""The parameters that questions share: the two axes of time, and whose readiness is asked for."""

from collections.abc import Mapping
from uuid import UUID

from projector.api.asking import invalid_parameter
from projector.api.describing import Parameter
from projector.mastery.times import parse
from projector.questions.organisation import Scope
from projector.questions.questions import At

AS_OF = Parameter(
    "as_of",
    "the event time to evaluate at, RFC 3339; may lie ahead. None: states as last published",
    {"type": "string", "format": "date-time"},
)
KNOWN_AT = Parameter(
    "known_at", "as was known at this log position, or at this time of recording (RFC 3339); one person only"
)
AXES = (AS_OF, KNOWN_AT)
PERSON = Parameter("person", "a person id", {"type": "string", "format": "uuid"})
TEAM = Parameter("team", "the IRI of a team")
ROLE = Parameter("role", "the IRI of a role")
GOAL = Parameter("goal", "the IRI of an organisational goal")
SCOPE = (PERSON, TEAM, ROLE, GOAL)
_LONGEST_POSITION = 18


def read_axes(given: Mapping[str, str]) -> At:
    """Return the two axes. Raises InvalidQuery for what is neither a time nor a position."""
    as_of, known_at = given.get("as_of"), given.get("known_at")
    when = None if as_of is None else _time("as_of", as_of)
    if known_at is None:
        return At(when)
    if known_at.isascii() and known_at.isdigit() and len(known_at) <= _LONGEST_POSITION:
        return At(when, known_at=int(known_at))
    return At(when, recorded=_time("known_at", known_at))


def read_scope(given: Mapping[str, str]) -> Scope:
    """Return whose readiness is asked for. Raises InvalidQuery for a person id that is none."""
    person = given.get("person")
    return Scope(None if person is None else person_id(person), given.get("team"), given.get("role"), given.get("goal"))


def person_id(text: str) -> str:
    """Return a person id in its canonical form. Raises InvalidQuery when it is none."""
    try:
        return str(UUID(text))
    except ValueError as error:
        raise invalid_parameter("person", "a person id is a UUID") from error


def _time(name: str, text: str) -> int:
    try:
        return parse(text)
    except (ValueError, OverflowError) as error:
        raise invalid_parameter(name, f"{name} is an RFC 3339 time") from error
