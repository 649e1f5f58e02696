"""The table of aliases and the credential rules: refused where they are wrong, one table, versions that never change."""

from typing import Any

import pytest

from integration.projector.course import COMPETENCY, FRAMEWORK, POLICY
from projector.registry.append import By
from projector.registry.commands import activate_policy, publish_aliases, publish_credential_rule, publish_framework
from projector.registry.faults import InvalidDocument, VersionConflict
from unit.projector.registry.listed_log import ListedLog
from unit.projector.registry.test_what_the_engine_folds import ALIASES, CREDENTIAL_RULE

BY = By("ada", "because")


@pytest.fixture
def log() -> ListedLog:
    log = ListedLog()
    publish_framework(log, FRAMEWORK, BY)
    activate_policy(log, POLICY, BY)
    return log


def test_a_version_is_published_once_and_never_changes(log: ListedLog) -> None:
    assert publish_aliases(log, ALIASES, BY).is_new
    assert not publish_aliases(log, ALIASES, BY).is_new
    with pytest.raises(VersionConflict):
        publish_aliases(log, {**ALIASES, "foldSchemes": False}, BY)
    assert publish_aliases(log, {**ALIASES, "version": "1.1.0", "foldSchemes": False}, BY).is_new


def test_there_is_one_table_of_aliases(log: ListedLog) -> None:
    publish_aliases(log, ALIASES, BY)
    with pytest.raises(InvalidDocument, match=ALIASES["id"]) as refused:
        publish_aliases(log, {**ALIASES, "id": "https://example.org/others"}, BY)
    assert refused.value.faults[0].pointer == "/id"


@pytest.mark.parametrize(
    ("members", "pointers"),
    [
        ({"aliases": [{"iri": "no iri", "means": "urn:b"}]}, ["/aliases/0/iri"]),
        ({"aliases": [{"iri": "urn:a"}]}, ["/aliases/0/means"]),
        ({"aliases": [{"iri": "urn:a", "means": "urn:b"}, {"iri": "urn:b", "means": "urn:c"}]}, ["/aliases/0/means"]),
        ({"aliases": [{"iri": "urn:a", "means": "urn:b"}, {"iri": "urn:a", "means": "urn:c"}]}, ["/aliases/1/iri"]),
        ({"effectiveFrom": "soon", "foldSchemes": 1}, ["/effectiveFrom", "/foldSchemes"]),
        ({"rows": []}, ["/rows"]),
    ],
)
def test_a_bad_table_is_refused_with_its_pointers(log: ListedLog, members: dict[str, Any], pointers: list[str]) -> None:
    with pytest.raises(InvalidDocument) as refused:
        publish_aliases(log, {**ALIASES, **members}, BY)
    assert sorted(fault.pointer for fault in refused.value.faults) == pointers


@pytest.mark.parametrize(
    ("requires", "pointer", "said"),
    [
        ({"competency": "urn:unknown"}, "/requires/competency", "no published framework"),
        ({"any": [{"competency": COMPETENCY, "level": "wizard"}]}, "/requires/any/0/level", "has this level"),
        ({"nOf": 2, "of": [{"competency": COMPETENCY}]}, "/requires/nOf", "more than there are"),
        ({"all": []}, "/requires/all", "at least 1 item"),
    ],
)
def test_a_bad_credential_rule_is_refused_where_it_is_wrong(
    log: ListedLog, requires: dict[str, Any], pointer: str, said: str
) -> None:
    with pytest.raises(InvalidDocument) as refused:
        publish_credential_rule(log, {**CREDENTIAL_RULE, "requires": requires}, BY)
    (fault,) = refused.value.faults
    assert (fault.pointer, said in fault.message) == (pointer, True)


def test_a_credential_rule_is_published_once_and_never_changes(log: ListedLog) -> None:
    assert publish_credential_rule(log, CREDENTIAL_RULE, BY).is_new
    assert not publish_credential_rule(log, CREDENTIAL_RULE, BY).is_new
    with pytest.raises(VersionConflict):
        publish_credential_rule(log, {**CREDENTIAL_RULE, "title": "Other"}, BY)
