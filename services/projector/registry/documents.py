"""Registry documents: the published contract first, then the rules that a schema cannot say, each with its pointer.

A policy is checked by the engine's own compiler.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lrs.xapi.faults import Fault
from projector.mastery.aliases import check_aliases
from projector.mastery.checks import duplicates
from projector.mastery.credentials import check_credential_rule
from projector.mastery.faults import Refused
from projector.mastery.numbers import fraction
from projector.mastery.organisation import check_assignment, check_goal
from projector.registry.contracts import check_contract, fault, require_no_faults
from projector.registry.rehearsal import refusal

Document = Mapping[str, Any]


def check_framework(document: Document) -> None:
    """Check a framework. Raises InvalidDocument with every fault."""
    check_contract("framework", document)
    require_no_faults("framework", _framework_faults(document["items"]))


def check_role(document: Document) -> None:
    """Check a role by itself. Raises InvalidDocument with every fault."""
    check_contract("role", document)
    require_no_faults("role", _role_faults(document["requires"]))


def check_alignment(document: Document) -> None:
    """Check an alignment by itself. Raises InvalidDocument with every fault."""
    check_contract("alignment", document)


def check_credential_rule_document(document: Document) -> None:
    """Check a credential rule by itself. Raises InvalidDocument with every fault."""
    _check_both("credential-rule", document, check_credential_rule)


def check_aliases_document(document: Document) -> None:
    """Check a table of aliases by itself. Raises InvalidDocument with every fault."""
    _check_both("aliases", document, check_aliases)


def check_goal_document(document: Document) -> None:
    """Check a goal by itself. Raises InvalidDocument with every fault."""
    _check_both("goal", document, check_goal)


def check_assignment_document(document: Document) -> None:
    """Check an assignment by itself. Raises InvalidDocument with every fault."""
    _check_both("assignment", document, check_assignment)


def _check_both(name: str, document: Document, check: Callable[[Any], object]) -> None:
    """Hold a document against its contract, then against the rules of the engine."""
    check_contract(name, document)
    try:
        check(dict(document))
    except Refused as error:
        raise refusal(error) from error


def _framework_faults(items: list[Document]) -> Iterator[Fault]:
    parents: dict[str, str | None] = {}
    for place, item in enumerate(items):
        if item["id"] in parents:
            yield fault("this item id stands twice", f"/items/{place}/id")
        parents.setdefault(item["id"], item.get("parent"))
    for place, item in enumerate(items):
        reason = _climb(item["id"], parents)
        if reason:
            yield fault(reason, f"/items/{place}/parent")


def _climb(start: str, parents: Mapping[str, str | None]) -> str | None:
    """Return what is wrong above an item, None when its way leads to a root."""
    here, steps = parents[start], 0
    while here is not None:
        if here not in parents:
            return None if steps else "the parent is no item of this framework"
        steps += 1
        if here == start:
            return "the item is its own ancestor"
        if steps > len(parents):
            return None
        here = parents[here]
    return None


def _role_faults(requires: list[Document]) -> Iterator[Fault]:
    for place, _ in duplicates(one["competency"] for one in requires):
        yield fault("this competency stands twice", f"/requires/{place}/competency")
    if not any(fraction(str(one.get("weight", 1))) for one in requires):
        yield fault("the weights sum to nothing", "/requires")
