"""``mastrail ask``: the questions of the HTTP API on the command line, without a server and without a limit of time."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from mastrail.cli.console import progress, say_json
from mastrail.cli.flags import STORE_FLAGS, with_settings
from mastrail.cli.folded import live_projection, say_csv
from mastrail.cli.registering import read_document
from mastrail.faults import CannotRun
from mastrail.settings import Settings
from mastrail.shell import utc_now
from mastrail.stores import notary_folder, open_log
from projector.api.axes import read_axes
from projector.notary.reader import LogReader
from projector.questions.credentials import ELIGIBLE_COLUMNS
from projector.questions.organisation import Scope
from projector.questions.questions import ENDING_COLUMNS, FORECAST_MONTHS, At, Questions
from projector.questions.readiness import GAP_COLUMNS, SEAT_COLUMNS
from projector.registry.commands import checked_activation
from projector.registry.documents import check_framework
from projector.registry.shortened import ShortenedLog
from projector.store.live import LiveProjection
from projector.trail.people import person_of_identifier

app = typer.Typer(help="Ask about people, teams, roles, goals, and what a version would change.", no_args_is_help=True)

Who = Annotated[str, typer.Argument(metavar="PERSON", help="A person id, mailto:.., or homePage::name.")]
What = Annotated[str, typer.Argument(metavar="COMPETENCY", help="The IRI of a competency.")]
Person = Annotated[str | None, typer.Option("--person", help="Only this person: an id, mailto:.., homePage::name.")]
Team = Annotated[str | None, typer.Option("--team", help="Only this team.")]
Role = Annotated[str | None, typer.Option("--role", help="Only this role.")]
Goal = Annotated[str | None, typer.Option("--goal", help="Only the roles of this goal.")]
AsOf = Annotated[str | None, typer.Option("--as-of", help="Evaluate at this RFC 3339 time; it may lie ahead.")]
KnownAt = Annotated[
    str | None, typer.Option("--known-at", help="As was known at this log position, or time of recording.")
]
Csv = Annotated[bool, typer.Option("--csv", help="Print CSV.")]
Level = Annotated[str | None, typer.Option("--level", help="A level of the policy; the mastery level when not given.")]
Days = Annotated[int, typer.Option("--days", min=0, max=3660, help="How many days ahead.")]
Months = Annotated[list[int] | None, typer.Option("--months", min=0, max=1200, help="Months ahead; repeat it.")]
Document = Annotated[Path, typer.Argument(metavar="FILE", help="A policy or framework, YAML or JSON.")]
TheCredential = Annotated[str, typer.Argument(metavar="CREDENTIAL", help="The IRI of a credential rule.")]
TheRole = Annotated[str, typer.Argument(metavar="ROLE", help="The IRI of a role.")]


@dataclass(frozen=True)
class Axes:
    """The flags of the two axes of time."""

    as_of: AsOf = None
    known_at: KnownAt = None

    def at(self) -> At:
        """Return what they say. Raises InvalidQuery for what is neither a time nor a position."""
        given = {"as_of": self.as_of, "known_at": self.known_at}
        return read_axes({name: value for name, value in given.items() if value is not None})


@dataclass(frozen=True)
class Whose:
    """The flags that say whose readiness is asked for."""

    person: Person = None
    team: Team = None
    role: Role = None
    goal: Goal = None


class _Asking:
    """The questions over a store, with people by any name."""

    def __init__(self, questions: Questions, live: LiveProjection, log: ShortenedLog) -> None:
        self.questions = questions
        self.log = log
        self._live = live

    def person(self, text: str) -> str:
        """Return the person id. Raises CannotRun when nobody is known by that name."""
        try:
            return str(UUID(text))
        except ValueError:
            with self._live.snapshot() as snapshot:
                found = person_of_identifier(snapshot.documents, text)
        if found is None:
            raise CannotRun("nobody is known by this identifier")
        return found

    def scope(self, whose: Whose) -> Scope:
        """Return whose readiness is asked for."""
        person = None if whose.person is None else self.person(whose.person)
        return Scope(person, whose.team, whose.role, whose.goal)


@contextmanager
def _asking(settings: Settings) -> Iterator[_Asking]:
    with open_log(settings) as log, live_projection(settings) as live:
        reader = LogReader(notary_folder(settings))
        questions = Questions(live.snapshot, log, now=utc_now, leaf_index=reader.index_of_entry)
        yield _Asking(questions, live, ShortenedLog(log, live.snapshot))


def _list(rows: list[dict[str, Any]], columns: tuple[str, ...], *, csv: bool) -> None:
    if csv:
        say_csv(rows, columns)
        return
    for row in rows:
        say_json(row)


@app.command()
@with_settings(*STORE_FLAGS)
def states(settings: Settings, who: Who, axes: Axes) -> None:
    """Print where a person stands, one state a line.

    Example: **mastrail ask states mailto:ana@example.org**
    """
    with _asking(settings) as asking:
        for state in asking.questions.states(asking.person(who), axes.at()):
            say_json(state)


@app.command()
@with_settings(*STORE_FLAGS)
def trail(settings: Settings, who: Who, what: What, axes: Axes) -> None:
    """Print why: every statement of a person that counted for a competency or was refused, with rule and reason."""
    with _asking(settings) as asking:
        say_json(asking.questions.trail(asking.person(who), what, axes.at()))


@app.command()
@with_settings(*STORE_FLAGS)
def explain(settings: Settings, who: Who, what: What, axes: Axes, level: Level = None) -> None:
    """Print what is missing to a level: the smallest set of conditions."""
    with _asking(settings) as asking:
        say_json(asking.questions.explanation(asking.person(who), what, level, axes.at()))


@app.command("next")
@with_settings(*STORE_FLAGS)
def next_steps(settings: Settings, who: Who, role: Role = None, as_of: AsOf = None) -> None:
    """Print what a person can do next for a role, with the activities that feed it, and what they may skip."""
    with _asking(settings) as asking:
        say_json(asking.questions.steps(asking.person(who), role, Axes(as_of).at()))


@app.command()
@with_settings(*STORE_FLAGS)
def eligible(settings: Settings, who: Who, what: What, axes: Axes) -> None:
    """Print whether mastery may be asserted of a person, whether they may begin, and why."""
    with _asking(settings) as asking:
        say_json(asking.questions.eligibility(asking.person(who), what, axes.at()))


@app.command()
@with_settings(*STORE_FLAGS)
def credentials(settings: Settings, who: Who, axes: Axes) -> None:
    """Print for which credentials a person is eligible, and what is missing to the others, one a line."""
    with _asking(settings) as asking:
        for one in asking.questions.credentials(asking.person(who), axes.at()):
            say_json(one)


@app.command("eligible-for")
@with_settings(*STORE_FLAGS)
def eligible_for(settings: Settings, credential: TheCredential, as_of: AsOf = None, csv: Csv = False) -> None:
    """Print who is eligible for a credential, and since when."""
    with _asking(settings) as asking:
        _list(asking.questions.eligible(credential, Axes(as_of).at()), ELIGIBLE_COLUMNS, csv=csv)


@app.command()
@with_settings(*STORE_FLAGS)
def readiness(settings: Settings, whose: Whose, as_of: AsOf = None, csv: Csv = False) -> None:
    """Print how ready people are, by person and role.

    Example: **mastrail ask readiness --team IRI --role IRI --csv**
    """
    with _asking(settings) as asking:
        found = asking.questions.readiness(asking.scope(whose), Axes(as_of).at())
        _list([row.told() for row in found], SEAT_COLUMNS, csv=csv)


@app.command()
@with_settings(*STORE_FLAGS)
def summary(settings: Settings, whose: Whose, as_of: AsOf = None) -> None:
    """Print readiness in numbers: people, ready, mean, by role, with the gaps."""
    with _asking(settings) as asking:
        say_json(asking.questions.summary(asking.scope(whose), Axes(as_of).at()))


@app.command()
@with_settings(*STORE_FLAGS)
def gaps(settings: Settings, whose: Whose, as_of: AsOf = None, csv: Csv = False) -> None:
    """Print the gaps by competency: of how many people, how many levels, critical for how many."""
    with _asking(settings) as asking:
        found = asking.questions.gaps(asking.scope(whose), Axes(as_of).at())
        _list(found, GAP_COLUMNS, csv=csv)


@app.command()
@with_settings(*STORE_FLAGS)
def forecast(settings: Settings, whose: Whose, months: Months = None, as_of: AsOf = None) -> None:
    """Print readiness and gaps at dates ahead, one a line, if nobody learns anything new."""
    with _asking(settings) as asking:
        scope = asking.scope(whose)
        for one in asking.questions.forecast(scope, months or FORECAST_MONTHS, Axes(as_of).at()):
            say_json(one)


@app.command()
@with_settings(*STORE_FLAGS)
def expiring(
    settings: Settings,
    whose: Whose,
    days: Days = 90,
    as_of: AsOf = None,
    csv: Csv = False,
) -> None:
    """Print what is valid and ends within so many days, by its end."""
    with _asking(settings) as asking:
        found = list(asking.questions.expiring(days, asking.scope(whose), None, Axes(as_of).at()))
        _list(found, ENDING_COLUMNS, csv=csv)


@app.command()
@with_settings(*STORE_FLAGS)
def candidates(settings: Settings, role: TheRole, as_of: AsOf = None, csv: Csv = False) -> None:
    """Print who could fill a role, the readiest first; those who hold it are left out."""
    with _asking(settings) as asking:
        found = asking.questions.candidates(role, Axes(as_of).at())
        _list([row.told() for row in found], SEAT_COLUMNS, csv=csv)


@app.command("what-if")
@with_settings(*STORE_FLAGS)
def what_if(settings: Settings, file: Document) -> None:
    """Print what would change if a policy or framework version were published now: who gains, who loses, how many.

    Nothing is changed. Every statement of the log is looked at, which takes a while on a large one.
    """
    document = read_document(file)
    with _asking(settings) as asking, progress("looking at the log") as steps:
        if document.get("kind") == "Framework":
            check_framework(document)
            say_json(asking.questions.try_framework(document))
            return
        fact = checked_activation(asking.log, document)
        say_json(asking.questions.try_policy(fact, progress=lambda position: steps.say(f"position {position}")))
