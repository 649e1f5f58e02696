"""``mastrail keys``: the credentials of tools, people and scripts. All of it works while the server runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
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
from mastrail.stores import open_log

app = typer.Typer(help="Create, list and revoke the credentials that clients use.", no_args_is_help=True)

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

    Example: **mastrail keys create --name "Course tool" --scope statements/write --scope state**
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
    if as_json:
        say_json({"key": made.key, "secret": made.secret})
        return
    say(f"key:    {made.key}")
    say(f"secret: {made.secret}")
    tell("Keep the secret now: it is not shown again.")


@app.command("list")
@with_settings(*STORE_FLAGS)
def list_keys(settings: Settings, as_json: AsJson = False) -> None:
    """List the keys with their scopes, oldest first; secrets are not kept, so none is shown."""
    with open_log(settings) as log:
        found = [_shown(credential) for credential in listed(log)]
    if as_json:
        say_json(found)
        return
    table = Table("key", "name", "scopes", "state", box=None)
    for credential in found:
        table.add_row(credential["key"], credential["name"], " ".join(credential["scopes"]), _state(credential))
    results.print(table)


@app.command()
@with_settings(*STORE_FLAGS)
def revoke(settings: Settings, key: Annotated[str, typer.Argument(help="The key to revoke.")], why: Why = "") -> None:
    """Revoke a key. A running server refuses it within a second; what it stored stays."""
    with open_log(settings) as log:
        credentials.revoke(log, key, why=why)
    tell("The key is revoked.")


def _shown(credential: Mapping[str, Any]) -> dict[str, Any]:
    expires = credential["expires"]
    return {**credential, "expires": None if expires is None else expires.isoformat().replace("+00:00", "Z")}


def _state(credential: Mapping[str, Any]) -> str:
    if credential["revoked"]:
        return "revoked"
    return f"until {credential['expires']}" if credential["expires"] else "valid"
