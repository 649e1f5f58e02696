"""The certificates that signed statements are judged by, from the file that the settings name."""

from pathlib import Path

from cryptography.x509 import Certificate, load_pem_x509_certificates

from mastrail.faults import CannotRun
from mastrail.settings import Settings

_SETTING = "MASTRAIL_SIGNATURE_ANCHORS (--signature-anchors)"


def signature_anchors(settings: Settings) -> tuple[Certificate, ...]:
    """Return the trusted certificates, none when no file is set.

    Raises CannotRun, naming the setting, when the file cannot be read or is not one of PEM certificates.
    """
    if not settings.signature_anchors:
        return ()
    try:
        content = Path(settings.signature_anchors).read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "that is no name of a file"
        raise CannotRun(f"{_SETTING}: {settings.signature_anchors} cannot be read: {reason}") from error
    try:
        return tuple(load_pem_x509_certificates(content))
    except ValueError as error:
        raise CannotRun(f"{_SETTING}: {settings.signature_anchors} holds no certificates in PEM form") from error
