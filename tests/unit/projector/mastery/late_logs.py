"""Random logs in which much comes late."""

from random import Random
from typing import Any

from hypothesis import strategies as st

from unit.projector.mastery.engine_vectors import line_of
from unit.projector.mastery.random_logs import PEOPLE


@st.composite
def late_logs(draw: st.DrawFn, *, longest: int = 40) -> list[dict[str, Any]]:
    """Long histories of few people, in which much comes long after it happened, with steps of the clock between."""
    chance = draw(st.randoms(use_true_random=True))
    people = PEOPLE[: chance.randint(1, 3)]
    share_late, most_days = chance.choice((0.2, 0.6, 0.9)), chance.choice((3, 12, 40))
    stored, lines = 10, []
    for number in range(1, chance.randint(5, longest) + 1):
        stored = min(stored + chance.choice((0, 0, 1, 1, 2, 5, 9)), 330)
        if chance.random() < 0.1:
            lines.append(line_of(_between(chance, number, stored, chance.choice(people))))
            continue
        late = chance.random() < share_late
        line: dict[str, Any] = {
            "id": number,
            "by": chance.choice(people),
            "object": chance.choice(("exam", "exam", "exam", "exam-b", "exam-practice", "exam-r")),
            "score": chance.choice((0, 0.3, 0.5, 0.7, 0.9, 1)),
            "day": max(stored - chance.randrange(most_days), 1) if late else stored + chance.choice((0, 0, 0, 1)),
            "stored_day": stored,
            "registration": 500 + chance.randrange(3),
        }
        for member, others in (("instructor", people), ("authority", ("lms", *people))):
            if chance.random() < 0.3:
                line[member] = chance.choice(others)
        if chance.random() < 0.1:
            line["result"] = {"success": chance.random() < 0.5}
        lines.append(line_of(line))
    return lines


def _between(chance: Random, number: int, stored: int, person: str) -> dict[str, Any]:
    """What comes between the statements of a long history."""
    return chance.choice(
        (
            {"entry": "ClockAdvanced", "now": stored},
            {"entry": "ClockAdvanced", "now": stored},
            {"entry": "ClockAdvanced", "now": stored + 3},
            {"id": number, "void": max(number - 1 - stored % 4, 1), "day": stored},
            {"entry": "TrustChanged", "authority": "lms", "level": stored % 4, "recorded": stored},
            {"entry": "Decision", "person": person, "competency": "c", "action": "revoke", "recorded": stored},
        )
    )
