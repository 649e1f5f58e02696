"""Whose a document is that the engine keeps: said for every kind, so that none is forgotten."""

from projector.mastery import (
    aliases,
    credentials,
    envelope,
    evidence,
    identity,
    knowledge,
    organisation,
    registry,
    roles,
)
from projector.rebuild.holdings import BY_IDENTIFIER, BY_PERSON
from unit.projector.mastery.engine_kinds import KINDS

EVERYBODYS = {
    aliases.ALIAS_TABLE,
    credentials.CREDENTIAL,
    credentials.CREDENTIAL_DOCUMENT,
    envelope.COUNTER,
    evidence.VOID,
    knowledge.CLOCK,
    knowledge.TRUST,
    organisation.GOAL,
    organisation.GOAL_DOCUMENT,
    registry.ACTIVATIONS,
    registry.ALIASES,
    registry.ALIGNMENT,
    registry.FRAMEWORK,
    registry.POLICY,
    roles.ROLE,
    roles.ROLE_DOCUMENT,
}


def test_every_kind_of_document_is_somebodys_or_everybodys() -> None:
    somebodys = {*BY_IDENTIFIER, *BY_PERSON, identity.PERSON.name}
    assert {kind.name for kind in KINDS} == {*somebodys, *(kind.name for kind in EVERYBODYS)}
    assert not somebodys & {kind.name for kind in EVERYBODYS}


def test_a_key_names_its_holder_whatever_the_identifier_looks_like() -> None:
    account = "account:https://a.example::one|two"
    policy = "https://a.example/policy#1"
    assert BY_IDENTIFIER[evidence.FACTS.name](evidence.facts_key(policy, account), b"") == account
    assert BY_IDENTIFIER[evidence.SEALED.name](f"{evidence.facts_key(policy, account)}|00000003", b"") == account
    assert (
        BY_IDENTIFIER[knowledge.DECISIONS.name](knowledge.decisions_key("https://a.example/c", account), b"") == account
    )
