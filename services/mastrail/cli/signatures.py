"""``mastrail signatures``: what is known of the signatures of statements."""

from typing import Annotated

import typer

from lrs.read.signatures import judged_statements
from lrs.xapi.signatures import Verdict
from mastrail.cli.console import say, say_json
from mastrail.cli.flags import STORE_FLAGS, with_settings
from mastrail.settings import Settings
from mastrail.stores import open_log

Wanted = Annotated[Verdict | None, typer.Option("--verdict", help="List only the statements of this verdict.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object a line, for scripts.")]


@with_settings(*STORE_FLAGS)
def signatures(settings: Settings, verdict: Wanted = None, as_json: AsJson = False) -> None:
    """List the signed statements in the order of the log: position, statement id, verdict.

    A verdict is that of the day on which the statement came: **trusted** leads to one of the signature anchors,
    **untrusted** to none, **well-formed** bears no certificate, **absent** names a signature that was not sent.
    """
    with open_log(settings) as log:
        for found in judged_statements(log, verdict):
            if as_json:
                say_json({"id": found.statement_id, "verdict": found.verdict, "position": found.position})
            else:
                say(f"{found.position} {found.statement_id} {found.verdict}")
