"""The sample organisation computed by hand, as in a spreadsheet: none of the product's code, only its sample's rules.

Who was at what level when, who is ready for which role, and what the gaps are, from statements and assignments alone.
"""

import csv
import io
from bisect import insort
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from fractions import Fraction
from statistics import median
from typing import Any

SITE = "https://harbour.example"
SAFETY, SERVICE = f"{SITE}/frameworks/safety/items", f"{SITE}/frameworks/service/items"
FOREVER = datetime.fromisoformat("9999-01-01T00:00:00+00:00")
CUTS = (Fraction(2, 5), Fraction(7, 10), Fraction(9, 10))
MASTERED = 2

Score = tuple[datetime, Fraction, str]
"""When, how good, in which activity or registration."""
Interval = tuple[datetime, datetime]
"""From when on and before when something held."""

LEAD = [("safe-work", 2, 2, True), ("service-lead", 2, 1, False), ("rescue", 2, 1, False), ("radio", 2, 1, False)]
ROLES: dict[str, list[tuple[str, int, int, bool]]] = {
    "deckhand": [("mooring", 2, 2, True), ("fire", 2, 1, True), ("first-aid", 1, 1, False)],
    "engineer": [("engine-room", 2, 3, True), ("fire", 2, 1, True), ("safe-work", 2, 1, False)],
    "crane-operator": [("crane", 2, 3, True), ("mooring", 2, 1, False), ("radio", 2, 1, False)],
    "steward": [("hosting", 2, 1, False), ("guest-care", 2, 1, False), ("first-aid", 2, 1, True)],
    "purser": [("ticketing", 3, 2, False), ("complaints", 2, 1, False), ("service-quality", 2, 1, False)],
    "shift-lead": LEAD,
}
NEW_LEAD = (datetime.fromisoformat("2027-01-01T00:00:00+00:00"), [*LEAD, ("deck-work", 2, 1, True)])


def rounded(value: Fraction) -> Fraction:
    """Four places, a half away from zero."""
    return Fraction(int(value * 10_000 + Fraction(1, 2)), 10_000)


def level(value: Fraction | None) -> int:
    return 0 if value is None else sum(rounded(value) >= cut for cut in CUTS)


def months_on(when: datetime, months: int) -> datetime:
    whole = when.year * 12 + when.month - 1 + months
    year, month = divmod(whole, 12)
    for day in (when.day, 30, 29, 28):
        try:
            return when.replace(year=year, month=month + 1, day=min(day, when.day))
        except ValueError:
            continue
    raise AssertionError


def exp_decay(scores: list[Fraction]) -> Fraction:
    value = scores[0]
    for score in scores[1:]:
        value = Fraction(35, 100) * value + Fraction(65, 100) * score
    return value


def last_vs_rest(scores: list[Fraction]) -> Fraction:
    if len(scores) == 1:
        return scores[0]
    rest = scores[:-1]
    return Fraction(65, 100) * scores[-1] + Fraction(35, 100) * sum(rest) / len(rest)


def knowledge(scores: list[Fraction]) -> Fraction:
    known, learn, guess, slip = Fraction(3, 10), Fraction(1, 5), Fraction(1, 5), Fraction(1, 10)
    for score in scores:
        if score >= Fraction(6, 10):
            after = known * (1 - slip) / (known * (1 - slip) + (1 - known) * guess)
        else:
            after = known * slip / (known * slip + (1 - known) * (1 - guess))
        known = after + (1 - after) * learn
    return known


def three_times(scores: list[Fraction]) -> Fraction | None:
    good = [score for score in scores if score >= Fraction(7, 10)]
    return sum(good) / len(good) if len(good) >= 3 else None


def twice_at_least(scores: list[Fraction]) -> Fraction | None:
    return exp_decay(scores) if len(scores) >= 2 else None


class Employee:
    """One person's rows, and what follows from them up to ``today``."""

    def __init__(self, sheet: "Sheet", name: str, today: datetime) -> None:
        self.sheet, self.name, self.today = sheet, name, today
        self._kept: dict[str, tuple[int, list[Interval]]] = {}

    def rows(self, *activities: str) -> list[Score]:
        found: list[Score] = []
        for activity in activities:
            for row in self.sheet.scores[self.name, activity]:
                if row[0] <= self.today:
                    insort(found, row)
        return found

    def level(self, competency: str) -> int:
        """The level that counts for roles today."""
        return self._of(competency)[0]

    def holds(self, competency: str) -> bool:
        return self.level(competency) >= MASTERED

    def intervals(self, competency: str) -> list[Interval]:
        """When the competency was mastered."""
        return self._of(competency)[1]

    def _of(self, competency: str) -> tuple[int, list[Interval]]:
        if competency not in self._kept:
            self._kept[competency] = getattr(self, competency.replace("-", "_"))()
        return self._kept[competency]

    def _valued(
        self,
        rows: list[Score],
        value: Callable[[list[Fraction]], Fraction | None],
        ends: Callable[[datetime, datetime | None], datetime] = lambda _when, _old: FOREVER,
        grace: timedelta = timedelta(0),
    ) -> tuple[int, list[Interval]]:
        """Play the rows in order: when the level suffices a term begins, and each row that suffices may extend it."""
        begun: datetime | None = None
        end: datetime | None = None
        scores: list[Fraction] = []
        found: list[Interval] = []
        for when, score, _ in rows:
            scores.append(score)
            if begun is not None and end is not None and end != FOREVER and end + grace <= when:
                found.append((begun, end + grace))
                begun = None
                lapsed = True
            else:
                lapsed = False
            if level(value(scores)) >= MASTERED:
                if begun is None:
                    begun, end = when, ends(when, None)
                else:
                    end = max(end or when, ends(when, end))
            elif begun is not None:
                found.append((begun, when))
                begun = end = None
            elif lapsed:
                end = None
        now = level(value(scores)) if scores else 0
        if begun is not None and end is not None:
            found.append((begun, end if end == FOREVER else end + grace))
        if now >= MASTERED and not (found and found[-1][0] <= self.today < found[-1][1]):
            now = 0
        return now, found

    def fire(self) -> tuple[int, list[Interval]]:
        return self._valued(self.rows("fire-exam"), lambda s: s[-1], lambda t, _: months_on(t, 12), timedelta(days=30))

    def first_aid(self) -> tuple[int, list[Interval]]:
        def ends(when: datetime, old: datetime | None) -> datetime:
            inside = old is not None and months_on(old, -3) <= when <= old
            return months_on(old if inside and old else when, 24)

        return self._valued(self.rows("first-aid-exam"), max, ends)

    def radio(self) -> tuple[int, list[Interval]]:
        def ends(when: datetime, _old: datetime | None) -> datetime:
            least = months_on(when, 3)
            first = datetime.fromisoformat(f"{least.year}-04-01T00:00:00+00:00")
            return first if first >= least else first.replace(year=least.year + 1)

        return self._valued(self.rows("radio-exam"), max, ends)

    def mooring(self) -> tuple[int, list[Interval]]:
        return self._valued(self.rows("mooring-drill"), three_times)

    def crane(self) -> tuple[int, list[Interval]]:
        def ends(when: datetime, old: datetime | None) -> datetime:
            if old is not None:
                due = months_on(old, -1)
                if abs((when.year - due.year) * 12 + when.month - due.month) <= 1:
                    return months_on(old, 12)
            return months_on(when.replace(day=1, hour=0, minute=0, second=0), 13)

        moored = [begin for begin, _ in self.intervals("mooring")]
        admitted = [row for row in self.rows("crane-drill") if moored and row[0] >= moored[-1]]
        return self._valued(admitted, twice_at_least, ends)

    def engine_room(self) -> tuple[int, list[Interval]]:
        rows = self.rows("engine-room-exam", "engine-room-drill")
        places = {row: place for place, row in enumerate(rows)}

        def weighted(scores: list[Fraction]) -> Fraction:
            weights = [2 if rows[place][2].endswith("exam") else 1 for place in range(len(scores))]
            return sum((w * s for w, s in zip(weights, scores, strict=True)), Fraction(0)) / sum(weights)

        assert len(places) == len(rows)
        now, found = self._valued(rows, weighted)
        if now >= MASTERED:
            since = found[-1][0]
            if not any(begin <= self.today and end > since for begin, end in self.intervals("fire")):
                now = 0
        return now, found

    def assessor(self) -> tuple[int, list[Interval]]:
        return self._valued(self.rows("assessor-exam"), lambda scores: Fraction(median(scores)))

    def rescue(self) -> tuple[int, list[Interval]]:
        rows = [row for row in self.rows("rescue") if row[2] != self.name and self._assesses(row[2], row[0])]
        return self._valued(rows, lambda s: s[-1])

    def _assesses(self, assessor: str, when: datetime) -> bool:
        intervals = Employee(self.sheet, assessor, self.today).intervals("assessor")
        return any(begin <= when < end for begin, end in intervals)

    def ticketing(self) -> tuple[int, list[Interval]]:
        rows = self.rows("ticketing-drill")
        highest = max((level(last_vs_rest([one[1] for one in rows[: n + 1]])) for n in range(len(rows))), default=0)
        return highest, []

    def ticketing_value(self) -> Fraction | None:
        rows = self.rows("ticketing-drill")
        return last_vs_rest([row[1] for row in rows]) if rows else None

    def announcements(self) -> tuple[int, list[Interval]]:
        return self._valued(self.rows("announcements-drill"), knowledge)

    def languages(self) -> tuple[int, list[Interval]]:
        return self._valued(self.rows("language-course-1", "language-course-2"), max)

    def _complaints(self) -> list[Score]:
        best: dict[str, Score] = {}
        for row in self.rows("complaints-exam"):
            if row[2] not in best or row[1] > best[row[2]][1]:
                best[row[2]] = row
        return sorted(best.values())

    def complaints(self) -> tuple[int, list[Interval]]:
        rows = self._complaints()
        return (level(rows[-1][1]) if rows else 0), []

    def safe_work(self) -> tuple[int, list[Interval]]:
        return self._if(all(map(self.holds, ("fire", "first-aid", "mooring"))))

    def deck_work(self) -> tuple[int, list[Interval]]:
        return self._if(bool(self.rows("deck-course")) or (self.holds("mooring") and self.holds("crane")))

    def hosting(self) -> tuple[int, list[Interval]]:
        return self._if(sum(map(self.holds, ("ticketing", "announcements", "languages"))) >= 2)

    def guest_care(self) -> tuple[int, list[Interval]]:
        return self._if(self.holds("complaints") or self.holds("languages"))

    def service_quality(self) -> tuple[int, list[Interval]]:
        rows = self._complaints()
        value = 2 * rounded(self.ticketing_value() or Fraction(0)) + (rows[-1][1] if rows else 0)
        return level(value / 3), []

    def service_lead(self) -> tuple[int, list[Interval]]:
        points = {"ticketing": 3, "announcements": 2, "languages": 1, "complaints": 2}
        return self._if(self.holds("complaints") and sum(n for name, n in points.items() if self.holds(name)) >= 5)

    @staticmethod
    def _if(held: bool) -> tuple[int, list[Interval]]:
        return (MASTERED if held else 0), []


class Sheet:
    """The rows of the organisation."""

    def __init__(self, statements: Iterable[dict[str, Any]], assignments: str) -> None:
        told = list(statements)
        voided = {one["object"]["id"] for one in told if one["verb"]["id"].endswith("/voided")}
        self.scores: dict[tuple[str, str], list[Score]] = defaultdict(list)
        for one in told:
            if one["id"] not in voided:
                self._take(one)
        self.seats = list(csv.DictReader(io.StringIO(assignments)))

    def _take(self, one: dict[str, Any]) -> None:
        verb, when = one["verb"]["id"].rpartition("/")[2], datetime.fromisoformat(one["timestamp"])
        who = one["actor"]["account"]["name"]
        if verb == "observed":
            rubric = one["result"]["extensions"][f"{SITE}/ext/rubric"]
            self.scores[one["object"]["account"]["name"], "rescue"].append((when, Fraction(int(rubric), 4), who))
        elif verb in ("passed", "failed", "scored", "waived"):
            activity = one["object"]["id"].rpartition("/")[2]
            scaled = Fraction(str(one.get("result", {}).get("score", {}).get("scaled", "0.7")))
            within = one.get("context", {}).get("registration", activity)
            self.scores[who, activity].append((when, scaled, within))

    def needs(self, role: str, today: datetime) -> list[tuple[str, int, int, bool]]:
        return NEW_LEAD[1] if role == "shift-lead" and today >= NEW_LEAD[0] else ROLES[role]

    def readiness(self, today: datetime) -> list[dict[str, Any]]:
        """Everybody who holds a role today: how ready, which gaps."""
        found = []
        for seat in self.seats:
            begins, ends = f"{seat['from']}T00:00:00+00:00", f"{seat['until'] or '9999-01-01'}T00:00:00+00:00"
            if datetime.fromisoformat(begins) <= today < datetime.fromisoformat(ends):
                role = seat["role"].rpartition("/")[2]
                found.append({"seat": seat, **self.measured(seat["person"].rpartition("::")[2], role, today)})
        return found

    def measured(self, person: str, role: str, today: datetime) -> dict[str, Any]:
        employee, needs = Employee(self, person, today), self.needs(role, today)
        levels = {name: employee.level(name) for name, *_ in needs}
        reached = sum(weight * min(levels[name], wanted) for name, wanted, weight, _ in needs)
        wanted = sum(weight * level for _, level, weight, _ in needs)
        gaps = {name: want - levels[name] for name, want, _, _ in needs if levels[name] < want}
        critical = sorted(name for name, _, _, is_critical in needs if is_critical and name in gaps)
        ready = not gaps and not critical
        return {"readiness": Fraction(reached, wanted), "ready": ready, "gaps": gaps, "critical": critical}
