"""When mastery held: evidence, prerequisites, decisions and terms of validity played in order (sections 9 to 11)."""

from copy import copy

from projector.mastery.environment import Decision
from projector.mastery.rulebook import ADVISE, HOLD, Policy
from projector.mastery.state import HELD, IN_PROGRESS, LAPSED, MASTERED, NOT_STARTED, VALID, Step
from projector.mastery.validity import Term, first_term, renewed_term
from projector.mastery.walk import Point, Reached

REVIEW_REQUIRED, REVOKED_BY_DECISION = "REVIEW_REQUIRED", "REVOKED_BY_DECISION"
_BANKED = "BANKED"


class Timeline:
    """The standing of one person in one competency, moved from instant to instant.

    ``lowest`` is how many of the steps were never taken back since it was set.
    """

    def __init__(self, policy: Policy, *, keep_highest: bool) -> None:
        self._policy = policy
        self._now: int | None = None
        self._keep_highest = keep_highest
        self._moment = 0
        self._place, self._best = -1, -1
        self.value_text: str | None = None
        self._prerequisite = policy.prerequisites is None
        self._reviewed = not policy.review
        self._granted = self._barred = self._lapsed = False
        self._since: tuple[int, int] | None = None
        self._started = False
        self._term: Term | None = None
        self.attained_at: int | None = None
        self.steps: list[Step] = []
        self.lowest = 0

    def __copy__(self) -> "Timeline":
        """Return a timeline that stands where this one does, with the same steps."""
        copied = object.__new__(Timeline)
        copied.__dict__.update(self.__dict__)
        return copied

    def point(self, point: Point) -> None:
        """Let a point happen; validity is held to its event time, and to that of what came before it already."""
        if self._term is not None:
            self._let_lapse(min(point.at, point.when))
        self._moment = point.when
        self._take_point(point)
        self._settle(point.when)

    def prerequisite(self, when: int, *, met: bool) -> None:
        """Let the prerequisites be met or missed."""
        self._let_lapse(when)
        self._moment = when
        self._prerequisite = met
        self._settle(when)

    def reached(self, reached: Reached) -> None:
        """Let a published level be reached."""
        self._let_lapse(reached.at)
        self._moment = reached.at
        self._take_reached(reached)
        self._settle(reached.at)

    def decision(self, decision: Decision) -> None:
        """Let a decision be taken."""
        self._let_lapse(decision.recorded)
        self._moment = decision.recorded
        self._take_decision(decision)
        self._settle(decision.recorded)

    def at_clock(self, now: int | None) -> "Timeline":
        """Return the timeline as it stands when the clock says ``now``; this one can still go on.

        Later evidence lets mastery lapse on the way, but only the clock lets it have lapsed (section 18).
        """
        if self._term is None or (now is None and not self._lapsed):
            return self
        moved = copy(self)
        moved.move_clock(now)
        return moved

    def move_clock(self, now: int | None) -> None:
        """Let time alone pass up to ``now``, or be no further than that."""
        self._now, self.steps = now, list(self.steps)
        if self._lapsed and self._term is not None and (now is None or now < self._term.end):
            self._lapsed = False
            self.steps = self._not_lapsed(self._term.end)
        elif now is not None:
            self._let_lapse(now)

    def _not_lapsed(self, end: int) -> list[Step]:
        """Return the history as if mastery had not lapsed at its ``end``."""
        if self._policy.prerequisites is not None and self._policy.prerequisites.sustain:
            return self.steps
        kept: list[Step] = []
        for step in self.steps:
            shown = step if step.at < end else Step(step.at, step.place, True, step.place, step.value)
            if not kept or _shown(kept[-1]) != _shown(shown):
                kept.append(shown)
        return kept

    def status(self) -> str:
        """Return the status at the clock."""
        status = self._status()
        return self._term.status(self._now) if status == MASTERED and self._term is not None else status

    @property
    def term(self) -> Term | None:
        """Return the term of validity; while mastery is withheld there is none."""
        return self._term if self._status() in (MASTERED, LAPSED) else None

    @property
    def place(self) -> int:
        """Return the place of the level that is shown."""
        shown = max(self._place, self._best)
        if not (self._granted or self._barred):
            return shown
        if self._granted:
            shown = max(shown, self._policy.mastery)
        return min(shown, self._policy.mastery - 1) if self._barred else shown

    @property
    def flags(self) -> tuple[str, ...]:
        """Return the flag for a level that scores carried once, but the current value does not."""
        return (_BANKED,) if min(self._best, self.place) > self._place else ()

    @property
    def missing(self) -> list[str]:
        """Return the codes of the decisions that are missing to mastery."""
        codes = ((REVIEW_REQUIRED, not self._reviewed), (REVOKED_BY_DECISION, self._barred))
        return [code for code, is_missing in codes if is_missing]

    @property
    def barred(self) -> bool:
        """Return whether a decision took mastery away and no evidence has come since."""
        return self._barred

    @property
    def decided(self) -> bool:
        """Return whether a decision says whether there is mastery, and not what was shown."""
        return self._granted or self._barred

    def _take_point(self, point: Point) -> None:
        self._place, self.value_text = point.place, point.value
        self._started = self._started or point.arrival
        if self._keep_highest:
            self._best = max(self._best, point.place)
        suffices = point.place >= self._policy.mastery
        if self._barred and point.arrival and suffices:
            self._barred = False
        begun = self._since
        self._weigh(point.when, point.at)
        if begun is not None and self._since is not None and suffices and point.renews:
            self._renew(point)

    def _take_reached(self, reached: Reached) -> None:
        self._best = max(self._best, reached.place)
        self._weigh(self._moment, reached.at)

    def _take_decision(self, decision: Decision) -> None:
        granted = decision.action == "grant"
        if self._policy.review:
            self._reviewed = granted
        else:
            self._granted = granted
        self._barred = not granted
        if not granted:
            self._best = -1
        if self._granted and self._lapsed:
            self._begin(self._moment, self._moment)
        self._weigh(self._moment, self._moment)

    def _weigh(self, when: int, at: int) -> None:
        """Begin or end the time in which the level suffices."""
        if self.place < self._policy.mastery:
            self._since, self._term, self._lapsed = None, None, False
        elif self._since is None:
            self._begin(when, at)

    def _begin(self, when: int, at: int) -> None:
        self._since, self._lapsed, self.attained_at = (when, at), False, None
        self._term = None if self._policy.validity is None else first_term(self._policy.validity, at)

    def _renew(self, point: Point) -> None:
        if self._policy.validity is None or self._term is None:
            return
        lapsed = self._lapsed and point.at >= self._term.end
        renewed = renewed_term(self._policy.validity, self._term, point.at, lapsed=lapsed)
        if lapsed:
            self._begin(point.when, point.at)
        elif renewed.end > self._term.end:
            self._lapsed = False
        self._term = renewed

    def _let_lapse(self, until: int) -> None:
        if self._since is None or self._lapsed or self._term is None or self._term.end > until:
            return
        self._lapsed = True
        self._settle(max(self._term.end, self.steps[-1].at) if self.steps else self._term.end)

    def _status(self) -> str:
        """Return the status but for what the clock makes of mastery."""
        if self._since is None:
            return IN_PROGRESS if self._started else NOT_STARTED
        if not self._reviewed or not self._prerequisite_holds():
            return HELD
        return LAPSED if self._lapsed else MASTERED

    def _prerequisite_holds(self) -> bool:
        asked = self._policy.prerequisites
        if asked is None or self._prerequisite or asked.mode == ADVISE:
            return True
        return not asked.sustain and (asked.mode != HOLD or self.attained_at is not None)

    def _settle(self, when: int) -> None:
        """Note what holds from an instant on."""
        status = self._status()
        if status in (MASTERED, LAPSED) and self.attained_at is None and self._since is not None:
            self.attained_at = self._since[1] if self._since[0] == when else when
        elif status not in (*VALID, LAPSED):
            self.attained_at = None
        place = self.place
        counted = -1 if status in (HELD, LAPSED) else place
        if self.steps and self.steps[-1].at == when:
            self.steps.pop()
            self.lowest = min(self.lowest, len(self.steps))
        shown = (place, status == MASTERED, counted, self.value_text)
        if not self.steps or _shown(self.steps[-1]) != shown:
            self.steps.append(Step(when, *shown))


def _shown(step: Step) -> tuple[int, bool, int, str | None]:
    return (step.place, step.mastered, step.counted, step.value)
