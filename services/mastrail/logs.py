"""Logs as JSON lines: the message is a fixed phrase, facts are fields, and nothing personal goes in.

An exception is written as its type and the places it passed through. Its text is left out: texts of exceptions quote
what they choked on, which may be a statement.
"""

import logging
import sys
import traceback
from datetime import UTC, datetime

import orjson

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message", "taskName"}


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, then the facts given as ``extra``."""

    def format(self, record: logging.LogRecord) -> str:
        """Return ``record`` as one line."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line.update({name: fact for name, fact in vars(record).items() if name not in _STANDARD})
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = describe(record.exc_info[1])
        return orjson.dumps(line, default=str).decode()


def describe(error: BaseException) -> dict[str, object]:
    """Return the type of ``error`` and where it came from, innermost last, without its text."""
    frames = traceback.extract_tb(error.__traceback__)
    return {
        "type": f"{type(error).__module__}.{type(error).__qualname__}",
        "at": [f"{frame.name} {frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in frames],
    }


def log_to_stderr(level: str) -> None:
    """Send every logger of this process to standard error as JSON lines, from ``level`` on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for noisy in ("uvicorn.error", "uvicorn.access", "kafka", "eventsourcing"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
