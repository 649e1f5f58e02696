"""``mastrail keys``: the credentials of tools, people and scripts. All of it works while the server runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer
from rich.table import Table

from lrs.ingest import credentials
from lrs.ingest.scopes import SCOPES
from lrs.read.credentials import credentials as listed
from mastrail.cli.console import results, say, say_json, tell
from mastrail.cli.flags import STORE_FLAGS, with_settings
from mastrail.settings import Settings
from mastrail.shell import utc_now
from mastrail.stores import open_log, open_rejected

app = typer.Typer(help="Create, list, rotate and revoke the credentials that clients use.", no_args_is_help=True)

Name = Annotated[str, typer.Option("--name", help="What the key is for, such as the name of a course tool.")]
Scopes = Annotated[
    list[str],
    typer.Option("--scope", help=f"What the key may do; repeat it for several. One of: {', '.join(sorted(SCOPES))}."),
]
Origins = Annotated[
    list[str] | None, typer.Option("--cors-origin", help="Web origin whose pages may use the key; repeat for several.")
]
Lenient = Annotated[
    bool, typer.Option("--ignore-unknown-parameters", help="Accept unknown query parameters, which old clients add.")
]
Expires = Annotated[datetime | None, typer.Option("--expires", help="Day (UTC) from which the key is refused.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
Grace = Annotated[
    int, typer.Option("--grace", min=0, max=525_600, help="Minutes for which the old secret is good too.")
]
OneKey = Annotated[str | None, typer.Argument(metavar="KEY", help="Only of this key.")]
Why = Annotated[str, typer.Option("--why", help="The reason; it is kept in the log.")]


@dataclass(frozen=True)
class NewKeyOptions:
    """What the flags of ``keys create`` say."""

    name: Name
    scope: Scopes
    cors_origin: Origins = None
    ignore_unknown_parameters: Lenient = False
    expires: Expires = None
    why: Why = ""


@app.command()
@with_settings(*STORE_FLAGS)
def create(settings: Settings, wanted: NewKeyOptions, as_json: AsJson = False) -> None:
    """Create a key. The secret is shown once, now; only its hash is kept.

    Example: **mastrail keys create --name "Course tool" --scope statements/write --scope define --scope state**
    """
    with open_log(settings) as log:
        made = credentials.create(
            log,
            name=wanted.name,
            scopes=wanted.scope,
            now=utc_now,
            why=wanted.why,
            cors_origins=wanted.cors_origin or (),
            ignores_unknown_parameters=wanted.ignore_unknown_parameters,
            expires=wanted.expires and wanted.expires.replace(tzinfo=UTC),
        )
    _show_secret(made, as_json=as_json)


@app.command("list")
@with_settings(*STORE_FLAGS)
def list_keys(settings: Settings, as_json: AsJson = False) -> None:
    """List the keys with their scopes, oldest first; secrets are not kept, so none is shown."""
    with open_log(settings) as log:
        found = [_shown(credential) for credential in listed(log)]
    if as_json:
        say_json(found)
        return
    table = Table("key", "name", "scopes", "expires", "state", box=None)
    for one in found:
        table.add_row(one["key"], one["name"], " ".join(one["scopes"]), one["expires"] or "never", one["state"])
    results.print(table)


@app.command()
@with_settings(*STORE_FLAGS)
def revoke(settings: Settings, key: Annotated[str, typer.Argument(help="The key to revoke.")], why: Why = "") -> None:
    """Revoke a key. Every running server refuses it within half a second; what it stored stays."""
    with open_log(settings) as log:
        credentials.revoke(log, key, why=why)
    tell("The key is revoked.")


@app.command()
@with_settings(*STORE_FLAGS)
def rotate(
    settings: Settings,
    key: Annotated[str, typer.Argument(help="The key that gets a new secret.")],
    grace: Grace = 0,
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Give a key a new secret, shown once, now. The old one ends within half a second, or after the grace.

    Example: **mastrail keys rotate KEY --grace 60**
    """
    with open_log(settings) as log:
        made = credentials.rotate(log, key, now=utc_now, grace=timedelta(minutes=grace), why=why)
    _show_secret(made, as_json=as_json)


@app.command()
@with_settings(*STORE_FLAGS)
def advice(settings: Settings, key: OneKey = None, as_json: AsJson = False) -> None:
    """Show what clients should do otherwise although their requests are taken: how often, and when last.

    Counted while a server runs that keeps refused requests; without KEY, of all keys.
    """
    with open_log(settings), open_rejected(settings) as journal:
        rows = [{**row, "last": _written(row["last"])} for row in journal.advice(key)]
    if as_json:
        say_json(rows)
        return
    table = Table("key", "advice", "requests", "last", box=None)
    for row in rows:
        table.add_row(row["key_id"], row["advice"], str(row["requests"]), row["last"])
    results.print(table)


def _show_secret(made: credentials.NewKey, *, as_json: bool) -> None:
    if as_json:
        say_json({"key": made.key, "secret": made.secret})
        return
    say(f"key:    {made.key}")
    say(f"secret: {made.secret}")
    tell("Keep the secret now: it is not shown again.")


def _shown(credential: Mapping[str, Any]) -> dict[str, Any]:
    times = {name: _written(credential[name]) for name in ("expires", "previousSecretUntil")}
    return {**credential, **times, "state": _state(credential)}


def _written(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")


def _state(credential: Mapping[str, Any]) -> str:
    if credential["revoked"]:
        return "revoked"
    if credential["expires"] and credential["expires"] <= utc_now():
        return "expired"
    previous = credential["previousSecretUntil"]
    return "valid, with the previous secret" if previous and previous > utc_now() else "valid"
