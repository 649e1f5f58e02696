"""The version header of a request and of its reply (Communication 3.3; 2.0: 4.1.6.1)."""

from lrs.xapi.faults import Fault, InvalidRequest
from lrs.xapi.version import Version, parse_version

HEADER = "x-experience-api-version"
REPLY_HEADER = "X-Experience-API-Version"


def effective_version(header: str | None) -> Version:
    """Return the version whose rules hold for a request with ``header``.

    Raises InvalidRequest when the header is missing or names a version that is not served.
    """
    version = parse_version(header)
    if version is None:
        said = "is missing" if header is None else "names a version that is not served"
        message = f"the X-Experience-API-Version header {said}; send 1.0.3 or 2.0.0"
        raise InvalidRequest(message, [Fault(message, rule="Communication 3.3")])
    return version


def reply_version(header: str | None, default: Version) -> Version:
    """Return the version that the reply names: the request's, or ``default`` when it names none that is served."""
    return parse_version(header) or default
