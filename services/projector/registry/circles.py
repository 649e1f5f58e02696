"""No policy stands on itself: prerequisites and roll-ups are checked against every policy there is, at every date."""

from collections.abc import Mapping
from typing import Any

from projector.mastery.documents import DictDocuments
from projector.mastery.faults import Refused
from projector.mastery.registry import Order, Registry
from projector.mastery.times import instant, parse
from projector.registry.append import Log
from projector.registry.catalogue import entries_of
from projector.registry.rehearsal import refusal
from projector.store.exact_json import parse_exactly


def require_no_circle(log: Log, topic: str, fact: Mapping[str, Any]) -> None:
    """Activate every policy of the log, then this one, then let every date to come arrive.

    The log is read from its beginning, and only for a policy that stands on other competencies: no other can close a
    circle. Raises InvalidDocument when prerequisites and roll-ups go in a circle, now or at a later date.
    """
    if not {"prerequisites", "rollup"} & fact["policy"].keys():
        return
    registry = Registry(DictDocuments())
    last = 0
    try:
        for entry in entries_of(log, topic):
            last = instant(entry.recorded)
            registry.take_effect(last)
            registry.activate(_order(parse_exactly(entry.payload)))
        registry.take_effect(last)
        registry.activate(_order(fact))
        while (date := registry.next_date) is not None:
            registry.take_effect(date)
    except Refused as error:
        raise refusal(error) from error


def _order(fact: Mapping[str, Any]) -> Order:
    return Order(fact["policy"], parse(fact["effectiveFrom"]), fact["mode"])
