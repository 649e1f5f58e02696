"""What was known at an earlier place in the log is what a fold of the log up to there says, whatever came since."""

import random
from collections.abc import Iterator
from functools import partial
from itertools import count
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import orjson
import pytest

from integration.projector.course import BY, Clock, entry
from lrs.log.entry import STATEMENT_STORED, NewEntry
from lrs.log.facts import FACTS
from lrs.log.store import Store
from lrs.xapi import stored_text
from mastrail import harbour
from projector.follow import NOT_FOLDED, Follower
from projector.mastery import views
from projector.mastery.documents import DictDocuments
from projector.mastery.fold import STATEMENT, Fold
from projector.mastery.identity import PERSON
from projector.questions.questions import At, Questions
from projector.registry.applying import apply_document, apply_documents
from projector.registry.loading import load_documents
from projector.registry.people import Decision, decide, link_identity, merge_persons, set_trust, split_person
from projector.store.exact_json import parse_exactly
from projector.store.ledger import CLOCK_ADVANCED
from projector.store.tenant import read_tenant
from projector.store.versions import Versions

PEOPLE = 5
SAFETY = "https://harbour.example/frameworks/safety/items"
OFFICE = {"account": {"homePage": harbour.HOME_PAGE, "name": "office"}}

ALIASES = {
    "apiVersion": "mastrail/v1",
    "kind": "Aliases",
    "id": "https://harbour.example/aliases",
    "version": "1.0.0",
    "effectiveFrom": "2025-01-01T00:00:00Z",
    "foldSchemes": True,
    "aliases": [
        {"iri": f"https://harbour.example/activities/{name}", "means": "https://harbour.example/activities/fire-course"}
        for name in ("language-course-1", "language-course-2")
    ],
}


def ids() -> Iterator[UUID]:
    return (uuid5(NAMESPACE_URL, f"known at {number}") for number in count())


def changes(log: Store, new_ids: Iterator[UUID]) -> list[Any]:
    """Return changes of every kind, to be made between statements."""
    new_id = partial(next, new_ids)
    one, other = harbour.agent(1), harbour.agent(2)
    clock = ["2025-09-01T00:00:00Z", "2026-06-01T00:00:00Z", "2027-01-02T00:00:00Z"]
    return [
        lambda: merge_persons(log, one, other, BY, new_id=new_id),
        lambda: set_trust(log, OFFICE, 1, BY, new_id=new_id),
        lambda: log.append([NewEntry(new_id(), CLOCK_ADVANCED, orjson.dumps({"now": clock[0]}))]),
        lambda: decide(log, Decision(harbour.agent(3), f"{SAFETY}/fire", "grant"), BY, new_id=new_id),
        lambda: split_person(log, one, other, BY, new_id=new_id),
        lambda: apply_document(log, ALIASES, BY, new_id=new_id),
        lambda: link_identity(log, harbour.agent(4), harbour.agent(5), BY, new_id=new_id),
        lambda: log.append([NewEntry(new_id(), CLOCK_ADVANCED, orjson.dumps({"now": clock[1]}))]),
        lambda: decide(log, Decision(harbour.agent(3), f"{SAFETY}/fire", "revoke"), BY, new_id=new_id),
        lambda: log.append([NewEntry(new_id(), CLOCK_ADVANCED, orjson.dumps({"now": clock[2]}))]),
    ]


def fill(log: Store, chance: random.Random, *, with_alignment: bool) -> None:
    new_ids = ids()
    for content in harbour.documents():
        apply_documents(log, load_documents(content), BY, new_id=lambda: next(new_ids))
    statements = list(harbour.statements(PEOPLE))
    chance.shuffle(statements)
    statements.sort(key=lambda one: one["verb"]["id"].endswith("voided") and chance.random() < 0.5)
    waiting = changes(log, new_ids)
    if with_alignment:
        removed = {
            "apiVersion": "mastrail/v1",
            "kind": "Alignment",
            "activity": "https://harbour.example/activities/language-course-1",
            "competencies": [f"{SAFETY}/radio"],
        }
        waiting.insert(5, lambda: apply_document(log, removed, BY, new_id=lambda: next(new_ids)))
    every = len(statements) // (len(waiting) + 1)
    for place, statement in enumerate(statements):
        log.append([entry(statement)])
        if place % every == every - 1 and waiting:
            waiting.pop(0)()


def naive(log: Store, up_to: int) -> DictDocuments:
    """Fold everything up to a position, with no regard to whom it concerns."""
    documents, entries = DictDocuments(), [one for one in log.read(0, 10_000) if one.position <= up_to]
    tenant, namespace = read_tenant(log)

    def history(before: int) -> Iterator[Any]:
        for one in entries:
            if one.position < before and one.topic == STATEMENT_STORED:
                yield one.position, one.recorded, parse_exactly(stored_text.exact(one.payload, one.recorded))

    fold = Fold(documents, tenant=tenant, namespace=namespace, history=history)
    for one in entries:
        if one.topic == STATEMENT_STORED:
            fold.apply(
                one.position, STATEMENT, one.recorded, parse_exactly(stored_text.exact(one.payload, one.recorded))
            )
        elif one.topic not in NOT_FOLDED:
            fold.apply(one.position, FACTS[one.topic].__name__, one.recorded, parse_exactly(one.payload))
    return documents


def bodies(documents: DictDocuments, person: str) -> dict[str, str]:
    found = {state.competency: state for _, state in documents.scan(views.STATE, f"{person}|")}
    told = {name: views.state(documents, person, name) for name, state in found.items() if not state.outcome.is_blank}
    return {name: one["stateSha256"] for name, one in told.items()}


@pytest.mark.parametrize("with_alignment", [False, True])
def test_every_earlier_place_is_answered_as_it_was(log: Store, versions: Versions, with_alignment: bool) -> None:
    chance = random.Random(20260321)
    fill(log, chance, with_alignment=with_alignment)
    projection = versions.open(1)
    Follower(log, projection).catch_up()
    questions = Questions(projection.snapshot, log, now=Clock())
    head, compared = log.head()[0], 0
    for position in sorted(chance.sample(range(40, head), 5 if with_alignment else 9)):
        reference = naive(log, position)
        for _, person in reference.scan(PERSON):
            if person.identifiers:
                told = questions.states(person.id, At(known_at=position))
                expected = bodies(reference, person.id)
                assert {one["body"]["competency"]["iri"]: one["stateSha256"] for one in told} == expected
                compared += len(expected)
    assert compared > 60
    projection.close()
