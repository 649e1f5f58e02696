"""``mastrail serve`` and the roles that it is made of."""

import logging
import os
import sys
from functools import partial

from mastrail import serving
from mastrail.cli.console import say
from mastrail.cli.flags import ALL_FLAGS, with_settings
from mastrail.logs import log_to_stderr
from mastrail.settings import Settings

logger = logging.getLogger(__name__)


@with_settings(*ALL_FLAGS)
def serve(settings: Settings) -> None:
    """Serve everything from one command: the xAPI endpoint, the mastery API and the log, with the projector beside.

    Prints one line when it is ready. SIGTERM or Ctrl-C end it once open requests are answered and committed.

    Example: **mastrail serve --data-dir /var/lib/mastrail --port 8080**
    """
    log_to_stderr(settings.log_level)
    serving.serve_everything(settings, partial(tell_ready, settings))


@with_settings(*ALL_FLAGS)
def lrs(settings: Settings) -> None:
    """Serve without a projector. Any number of these may run on one PostgreSQL store, beside one projector."""
    log_to_stderr(settings.log_level)
    serving.serve_records(settings, partial(tell_ready, settings))


def tell_ready(settings: Settings, address: str) -> None:
    """Print the line that says where the endpoint is; a server whose output goes nowhere serves all the same."""
    try:
        say(f"Mastrail ready at {address}/xAPI/ (store: {settings.store_name()}, data: {settings.data_dir})")
    except OSError as error:
        logger.warning("the line that says it is ready could not be printed", extra={"reason": error.strerror})
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
