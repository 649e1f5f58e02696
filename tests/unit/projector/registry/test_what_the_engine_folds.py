"""Whatever the registry lets into the log, the engine can fold."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import pytest

from integration.projector.course import COMPETENCY, FRAMEWORK, POLICY
from lrs.log.facts import FACTS
from projector.mastery.documents import DictDocuments
from projector.mastery.fold import Fold
from projector.registry.append import By, Change
from projector.registry.commands import (
    activate_policy,
    change_alignment,
    publish_aliases,
    publish_credential_rule,
    publish_framework,
    publish_role,
)
from projector.registry.faults import InvalidDocument
from projector.registry.people import (
    Decision,
    decide,
    link_identity,
    merge_persons,
    set_trust,
    split_person,
    unlink_identity,
)
from projector.store.exact_json import parse_exactly
from unit.projector.registry.listed_log import NOW, ListedLog

BY = By("ada", "because")
ADA = {"mbox": "mailto:ada@example.org"}
BOB = {"account": {"homePage": "https://example.org", "name": "bob"}}
ROLE = {
    "apiVersion": "mastrail/v1",
    "kind": "Role",
    "id": "https://example.org/roles/learner",
    "version": "1.0.0",
    "title": "Learner",
    "effectiveFrom": "2026-01-01T00:00:00Z",
    "requires": [{"competency": COMPETENCY, "level": 2}],
}
ALIGNMENT = {
    "apiVersion": "mastrail/v1",
    "kind": "Alignment",
    "activity": "https://example.org/videos/1",
    "competencies": [COMPETENCY],
}

ALIASES = {
    "apiVersion": "mastrail/v1",
    "kind": "Aliases",
    "id": "https://example.org/aliases",
    "version": "1.0.0",
    "effectiveFrom": "2026-01-01T00:00:00Z",
    "foldSchemes": True,
    "aliases": [{"iri": "https://example.org/old", "means": "https://example.org/new"}],
}
CREDENTIAL_RULE = {
    "apiVersion": "mastrail/v1",
    "kind": "CredentialRule",
    "id": "https://example.org/credentials/licence",
    "version": "1.0.0",
    "title": "Licence",
    "effectiveFrom": "2026-01-01T00:00:00Z",
    "requires": {"all": [{"competency": COMPETENCY}]},
}


def new_id() -> UUID:
    return uuid5(NAMESPACE_URL, "the only one")


COMMANDS: dict[str, Callable[[ListedLog], Change]] = {
    "carry": lambda log: activate_policy(log, POLICY, BY, mode="carry"),
    "require_new": lambda log: activate_policy(log, POLICY, BY, mode="require_new"),
    "reevaluate": lambda log: activate_policy(log, POLICY, BY, mode="reevaluate"),
    "role": lambda log: publish_role(log, ROLE, BY),
    "aliases": lambda log: publish_aliases(log, ALIASES, BY),
    "credential rule": lambda log: publish_credential_rule(log, CREDENTIAL_RULE, BY),
    "alignment": lambda log: change_alignment(log, ALIGNMENT, BY, new_id=new_id),
    "trust": lambda log: set_trust(log, ADA, 2, BY, new_id=new_id),
    "link": lambda log: link_identity(log, ADA, BOB, BY, new_id=new_id),
    "unlink": lambda log: unlink_identity(log, ADA, BOB, BY, new_id=new_id),
    "merge": lambda log: merge_persons(log, ADA, BOB, BY, new_id=new_id),
    "split": lambda log: split_person(log, ADA, BOB, BY, new_id=new_id),
    "grant": lambda log: decide(log, Decision(ADA, COMPETENCY, "grant"), BY, new_id=new_id),
}


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_fact_is_either_refused_or_folds(name: str) -> None:
    log = ListedLog()
    publish_framework(log, FRAMEWORK, BY)
    with suppress(InvalidDocument):
        COMMANDS[name](log)
    engine = Fold(DictDocuments(), tenant="default", namespace=UUID(int=1))
    folded: list[Any] = [
        engine.apply(entry.position, FACTS[entry.topic].__name__, NOW, parse_exactly(entry.payload))
        for entry in log.entries
    ]
    assert len(folded) == len(log.entries)
