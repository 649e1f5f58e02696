"""``mastrail people``: who is whom, whose word counts how much, and what a person in charge decides."""

from typing import Annotated

import typer

from mastrail.cli.console import say
from mastrail.cli.flags import STORE_FLAGS, with_settings
from mastrail.cli.registering import WHY, Why, by
from mastrail.settings import Settings
from mastrail.shell import new_id
from mastrail.stores import open_log
from projector.registry.append import Change
from projector.registry.assignments import agent_of
from projector.registry.people import (
    Decision,
    decide,
    link_identity,
    merge_persons,
    set_trust,
    split_person,
    unlink_identity,
)

app = typer.Typer(help="Merge, split and link people; trust authorities; decide about mastery.", no_args_is_help=True)

_FORM = "mailto:a@b.c, a SHA-1 in hex, an OpenID, or homePage::name."
Person = Annotated[str, typer.Argument(metavar="PERSON", help=_FORM)]
Other = Annotated[str, typer.Argument(metavar="OTHER", help=_FORM)]
Competency = Annotated[str, typer.Argument(metavar="COMPETENCY", help="The IRI of a competency.")]
Reason = Annotated[str, typer.Option("--why", help="The reason; it is kept in the log and cannot be left out.")]
Level = Annotated[int, typer.Argument(min=0, max=3, help="0: not at all, to 3.")]


@app.command()
@with_settings(*STORE_FLAGS)
def merge(settings: Settings, person: Person, other: Other, why: Why = WHY) -> None:
    """Let everything of OTHER be PERSON's, whose id remains.

    Example: **mastrail people merge mailto:ana@example.org https://hr.example.org::4711**
    """
    with open_log(settings) as log:
        _tell(merge_persons(log, agent_of(person), agent_of(other), by(why), new_id=new_id))


@app.command()
@with_settings(*STORE_FLAGS)
def split(settings: Settings, person: Person, other: Other, why: Why = WHY) -> None:
    """Say that the identifier OTHER is not PERSON but somebody else."""
    with open_log(settings) as log:
        _tell(split_person(log, agent_of(person), agent_of(other), by(why), new_id=new_id))


@app.command()
@with_settings(*STORE_FLAGS)
def link(settings: Settings, person: Person, other: Other, why: Why = WHY) -> None:
    """Say that the identifier OTHER belongs to PERSON."""
    with open_log(settings) as log:
        _tell(link_identity(log, agent_of(person), agent_of(other), by(why), new_id=new_id))


@app.command()
@with_settings(*STORE_FLAGS)
def unlink(settings: Settings, person: Person, other: Other, why: Why = WHY) -> None:
    """Take back that the identifier OTHER belongs to PERSON."""
    with open_log(settings) as log:
        _tell(unlink_identity(log, agent_of(person), agent_of(other), by(why), new_id=new_id))


@app.command()
@with_settings(*STORE_FLAGS)
def trust(settings: Settings, authority: Person, level: Level, why: Why = WHY) -> None:
    """Say how far statements of an authority are believed."""
    with open_log(settings) as log:
        _tell(set_trust(log, agent_of(authority), level, by(why), new_id=new_id))


@app.command()
@with_settings(*STORE_FLAGS)
def grant(settings: Settings, person: Person, competency: Competency, why: Reason) -> None:
    """Grant mastery of a competency by decision."""
    with open_log(settings) as log:
        _tell(decide(log, Decision(agent_of(person), competency, "grant"), by(why), new_id=new_id))


@app.command()
@with_settings(*STORE_FLAGS)
def revoke(settings: Settings, person: Person, competency: Competency, why: Reason) -> None:
    """Revoke mastery of a competency by decision; it stays so until new evidence comes."""
    with open_log(settings) as log:
        _tell(decide(log, Decision(agent_of(person), competency, "revoke"), by(why), new_id=new_id))


def _tell(change: Change) -> None:
    say(f"recorded at position {change.position}")
