"""Versions that turn to being in force: what each means is looked at for everybody."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

from projector.mastery.dated import DatedVersion
from projector.mastery.differences import FRAMEWORK_CHANGED, Cause
from projector.mastery.envelope import Publication
from projector.mastery.identity import PERSON

V = TypeVar("V", bound=DatedVersion)


def with_everybody(publication: Publication, phase: int, versions: Sequence[V]) -> Iterator[tuple[V, str, Cause]]:
    """Yield each of ``versions``, newly in force, with each person and the cause; events then stand in that order."""
    if not versions:
        return
    people = [person.id for _, person in publication.documents.scan(PERSON) if person.identifiers]
    places = publication.begin_last_phase(phase)
    for number, version in enumerate(versions):
        cause = Cause(FRAMEWORK_CHANGED, publication.position, version.effective_from, publication.recorded)
        for person in people:
            publication.place = (*places, number, person)
            yield version, person, cause
