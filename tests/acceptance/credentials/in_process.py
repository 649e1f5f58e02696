"""Commands on the store of a running server, run in this process: starting another takes seconds."""

import contextlib
import io

from acceptance.cli.commanding import Done
from mastrail.cli import main
from support.served import Served


def mastrail(served: Served, *words: str) -> Done:
    """Run a command on the store of ``served``."""
    return command(*words, "--data-dir", str(served.data_dir), "--store", served.store)


def command(*words: str) -> Done:
    """Run a command that needs no store."""
    out, err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main(list(words))
            code: object = 0
        except SystemExit as ended:
            code = ended.code or 0
    for printed in (out, err):
        printed.seek(0)
    assert isinstance(code, int)
    return Done(code, out.read(), err.read())
