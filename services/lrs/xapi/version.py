"""The versions of xAPI that are served, and how a request names one (Communication 3.3)."""

import re
from enum import StrEnum
from functools import lru_cache


class Version(StrEnum):
    """A version of the specification; its value is what the reply's X-Experience-API-Version says."""

    V1_0_3 = "1.0.3"
    V2_0_0 = "2.0.0"

    @property
    def statement_default(self) -> str:
        """The ``version`` that a statement sent without one is given (Data 2.4.10.s3.b3)."""
        return "1.0.0" if self is Version.V1_0_3 else "2.0.0"


_ONE = re.compile(r"1\.0(\.[0-9]+)?")
_TWO = re.compile(r"2\.0(\.[0-9]+)?")


@lru_cache(maxsize=256)
def parse_version(text: str | None) -> Version | None:
    """Return the version that the header value ``text`` asks for, or None when it is not one that is served.

    Any patch of 1.0, and 1.0 itself, is served as 1.0.3 (Communication 3.3.s3), any of 2.0 as 2.0.0
    (IEEE 9274.1.1 4.1.7).
    """
    if text is None:
        return None
    if _ONE.fullmatch(text.strip()):
        return Version.V1_0_3
    return Version.V2_0_0 if _TWO.fullmatch(text.strip()) else None
