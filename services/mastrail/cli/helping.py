"""``mastrail connection-test`` and ``mastrail duplicates``: help for those who connect tools."""

from datetime import timedelta
from typing import Annotated
from uuid import uuid4

import typer

from mastrail.cli.console import EXIT_FINDINGS, say, say_json, tell
from mastrail.cli.flags import STORE_FLAGS, with_settings
from mastrail.connection import TOOLS, Connection, told
from mastrail.duplicates import duplicates as found_duplicates
from mastrail.faults import CannotRun
from mastrail.settings import Settings
from mastrail.stores import open_log

Endpoint = Annotated[str, typer.Argument(help="Address of the endpoint, such as https://lrs.example.org/xAPI/.")]
Key = Annotated[str, typer.Option("--key", help="Key that the tool will use.")]
Secret = Annotated[
    str, typer.Option("--secret", prompt=True, hide_input=True, help="Secret of the key; asked for when not given.")
]
Tool = Annotated[str, typer.Option("--tool", help=f"The tool to be connected: {', '.join(sorted(TOOLS))}.")]
Window = Annotated[int, typer.Option("--within", min=1, max=525_600, help="Minutes that copies may lie apart.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object a line, for scripts.")]


def connection_test(endpoint: Endpoint, key: Key, secret: Secret, tool: Tool = "generic") -> None:
    """Say what a tool must be given, and try the endpoint with its key: about, a statement, a state.

    The statement stays in the log; its actor and activity are those of the connection test. Exit code 1: a step failed.
    """
    if tool not in TOOLS:
        raise CannotRun(f"the tools are {', '.join(sorted(TOOLS))}")
    if not endpoint.startswith(("https://", "http://")):
        raise CannotRun("an endpoint begins with https:// or http://")
    connection = Connection(endpoint, key, secret)
    for line in told(tool, connection.endpoint, key, "(the secret of the key)"):
        say(line)
    failed = False
    for step in connection.steps(uuid4()):
        failed = failed or not step.is_good
        say(f"{'ok    ' if step.is_good else 'FAILED'} {step.name}{f': {step.why}' if step.why else ''}")
    if failed:
        raise typer.Exit(EXIT_FINDINGS)


@with_settings(*STORE_FLAGS)
def duplicates(settings: Settings, within: Window = 1440, as_json: AsJson = False) -> None:
    """List statements that are likely duplicates: the same content again, under a new id, within a day.

    Tools that send no ids make them when they retry. Nothing is changed; the exit code is 1 when there are any.
    """
    count = 0
    with open_log(settings) as log:
        for found in found_duplicates(log, timedelta(minutes=within)):
            count += 1
            if as_json:
                say_json({"id": str(found.statement_id), "stored": found.stored, "earlierId": str(found.earlier_id)})
            else:
                say(f"{found.statement_id} repeats {found.earlier_id} after {found.stored - found.earlier_stored}")
    tell(f"{count} likely duplicates")
    if count:
        raise typer.Exit(EXIT_FINDINGS)
