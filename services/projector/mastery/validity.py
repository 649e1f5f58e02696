"""How long mastery lasts: period, renewal, window and grace on the calendar (rule book, section 11)."""

from dataclasses import dataclass

from projector.mastery.rulebook import Validity
from projector.mastery.spans import local_moment, shift, start_of_day
from projector.mastery.state import EXPIRING, GRACE, LAPSED, MASTERED
from projector.mastery.times import FIRST_INSTANT, LAST_INSTANT

_MONTHS_A_YEAR = 12
_LEAST_DAYS_A_MONTH = 28
_SECOND = 1_000_000
_DAY = 86_400 * _SECOND


@dataclass(frozen=True, slots=True)
class Term:
    """One term: valid before ``until``, in grace before ``grace_until``, expiring from ``expiring_from``."""

    until: int
    grace_until: int | None = None
    expiring_from: int | None = None

    @property
    def end(self) -> int:
        """Return the instant at which it has lapsed."""
        return self.until if self.grace_until is None else self.grace_until

    def status(self, now: int | None) -> str:
        """Return the status of mastery at ``now``; None means that no time has passed."""
        if now is None:
            return MASTERED
        if now >= self.end:
            return LAPSED
        if now >= self.until:
            return GRACE
        return EXPIRING if self.expiring_from is not None and now >= self.expiring_from else MASTERED

    def instants(self) -> list[int]:
        """Return the instants at which the status changes."""
        return [at for at in (self.expiring_from, self.until, self.grace_until) if at is not None]


def term_until(validity: Validity, until: int) -> Term:
    """Return the term that ends at ``until``, with the grace and the window of the policy."""
    grace = None if validity.grace is None else shift(until, validity.grace, 1, validity.zone)
    window = None if validity.window is None else shift(until, validity.window, -1, validity.zone)
    return Term(until, grace, window)


def _month(at: int, zone: str) -> int:
    local = local_moment(at, zone)
    return local.year * _MONTHS_A_YEAR + local.month - 1


def _start_of_month(month: int, zone: str) -> int:
    year, rest = divmod(month, _MONTHS_A_YEAR)
    return start_of_day(year, rest + 1, 1, zone)


def _fixed_date(validity: Validity, at: int) -> int:
    """Return the start of the first recurrence of the fixed date that is at least ``minActive`` ahead."""
    period, zone = validity.period, validity.zone
    base = start_of_day(*(validity.fixed_date or (1970, 1, 1)), zone)
    earliest = at + 1 if validity.min_active is None else shift(at, validity.min_active, 1, zone)
    earliest = min(max(earliest, FIRST_INSTANT + 1), LAST_INSTANT)
    times = (earliest - base) // ((period.months * _LEAST_DAYS_A_MONTH + period.days) * _DAY + period.seconds * _SECOND)
    while shift(base, period, times, zone) >= earliest:
        times -= 1
    while shift(base, period, times, zone) < earliest:
        times += 1
    return shift(base, period, times, zone)


def _after(validity: Validity, at: int) -> int:
    if validity.anchor == "fixed_date":
        return _fixed_date(validity, at)
    if validity.anchor == "calendar_month":
        return _start_of_month(_month(at, validity.zone) + validity.period.months + 1, validity.zone)
    return shift(at, validity.period, 1, validity.zone)


def first_term(validity: Validity, at: int) -> Term:
    """Return the term of what was attained at ``at``."""
    return term_until(validity, _after(validity, at))


def _around_due_month(validity: Validity, until: int, at: int) -> int | None:
    """Return the end of the next term when ``at`` is in the window months around the due month, else None."""
    due = _month(until, validity.zone) - 1
    window = 0 if validity.window is None else validity.window.months
    if abs(_month(at, validity.zone) - due) > window:
        return None
    return _start_of_month(due + validity.period.months + 1, validity.zone)


def _in_window(validity: Validity, until: int, at: int) -> bool:
    opens = until if validity.window is None else shift(until, validity.window, -1, validity.zone)
    return opens <= at <= until


def renewed_term(validity: Validity, old: Term, at: int, *, lapsed: bool) -> Term:
    """Return the term after renewing evidence at ``at``; a term is never made shorter.

    A term that had lapsed starts anew, but a calendar month stays the due month inside its window.
    """
    until = None
    if validity.anchor == "calendar_month":
        until = _around_due_month(validity, old.until, at)
    elif validity.anchor == "deciding_evidence" and validity.from_expiry and not lapsed:
        until = shift(old.until, validity.period, 1, validity.zone) if _in_window(validity, old.until, at) else None
    if until is None:
        until = _after(validity, at)
    return term_until(validity, until if lapsed else max(until, old.until))
