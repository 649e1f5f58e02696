"""``mastrail people``: who is whom, whose word counts how much, and what a person in charge decides."""

from collections.abc import Callable
from typing import Annotated

import typer

from mastrail.cli.console import say
from mastrail.cli.flags import STORE_FLAGS, with_settings
from mastrail.cli.registering import WHY, Why, by
from mastrail.settings import Settings
from mastrail.shell import new_id
from mastrail.stores import open_log
from projector.mastery.identity import agent_of
from projector.registry.append import Change
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
    _change(settings, why, merge_persons, agent_of(person), agent_of(other))


@app.command()
@with_settings(*STORE_FLAGS)
def split(settings: Settings, person: Person, other: Other, why: Why = WHY) -> None:
    """Say that the identifier OTHER is not PERSON but somebody else."""
    _change(settings, why, split_person, agent_of(person), agent_of(other))


@app.command()
@with_settings(*STORE_FLAGS)
def link(settings: Settings, person: Person, other: Other, why: Why = WHY) -> None:
    """Say that the identifier OTHER belongs to PERSON."""
    _change(settings, why, link_identity, agent_of(person), agent_of(other))


@app.command()
@with_settings(*STORE_FLAGS)
def unlink(settings: Settings, person: Person, other: Other, why: Why = WHY) -> None:
    """Take back that the identifier OTHER belongs to PERSON."""
    _change(settings, why, unlink_identity, agent_of(person), agent_of(other))


@app.command()
@with_settings(*STORE_FLAGS)
def trust(settings: Settings, authority: Person, level: Level, why: Why = WHY) -> None:
    """Say how far statements of an authority are believed."""
    _change(settings, why, set_trust, agent_of(authority), level)


@app.command()
@with_settings(*STORE_FLAGS)
def grant(settings: Settings, person: Person, competency: Competency, why: Reason) -> None:
    """Grant mastery of a competency by decision."""
    _change(settings, why, decide, Decision(agent_of(person), competency, "grant"))


@app.command()
@with_settings(*STORE_FLAGS)
def revoke(settings: Settings, person: Person, competency: Competency, why: Reason) -> None:
    """Revoke mastery of a competency by decision; it stays so until new evidence comes."""
    _change(settings, why, decide, Decision(agent_of(person), competency, "revoke"))


def _change(settings: Settings, why: str, command: Callable[..., Change], *said: object) -> None:
    """Give a command of the registry what was said, and print where it is recorded."""
    with open_log(settings) as log:
        change = command(log, *said, by(why), new_id=new_id)
    say(f"recorded at position {change.position}")
