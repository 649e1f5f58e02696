"""What is advised about valid statements."""

from lrs.xapi.advice import advise
from unit.lrs.xapi.statement_samples import SMALLEST

GOOD = {
    **SMALLEST,
    "id": "aa97b177-9383-4934-8543-0f91a7a02836",
    "timestamp": "2026-01-02T00:00:00Z",
    "verb": {"id": "http://example.com/verbs/completed", "display": {"en": "completed"}},
}


def test_a_good_statement_needs_no_advice() -> None:
    assert advise(GOOD, "2026-01-03") == ()


def test_each_broken_should_has_its_name() -> None:
    verb = {"id": "http://example.com/verbs/completed"}
    without = {name: value for name, value in GOOD.items() if name not in ("id", "timestamp")}
    assert advise(without, "2026-01-03") == ("statement-without-id", "statement-without-timestamp")
    assert advise({**GOOD, "timestamp": "2026-01-03T00:00:00Z"}, "2026-01-03") == ("timestamp-in-the-future",)
    assert advise({**GOOD, "verb": verb}, "2026-01-03") == ("verb-without-display",)
    assert advise({**GOOD, "verb": {**verb, "display": {}}}, "2026-01-03") == ("language-map-empty",)
