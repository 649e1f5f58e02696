"""The real browser of the tests: Debian's package ``chromium``, or another Chromium that is installed."""

import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome")
MISSING = "not run: no Chromium is installed here (Debian's package chromium); continuous integration runs it"


def chromium_program() -> str | None:
    """Return the path of the browser, or None where there is none."""
    return next((found for found in map(shutil.which, NAMES) if found), None)
