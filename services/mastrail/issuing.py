"""Where bearer tokens come from: the keys of the OpenID Connect issuer that the settings name, over HTTPS."""

import json
import logging
import urllib.error
import urllib.request
from collections.abc import Callable
from urllib.parse import urlsplit

from lrs.ingest.issuer import IssuerKeys, KeysUnavailable
from lrs.ingest.tokens import Tokens, Trust
from mastrail.faults import CannotRun
from mastrail.settings import Settings
from mastrail.shell import utc_now

_log = logging.getLogger(__name__)
_TIMEOUT_SECONDS = 5.0
_MAX_BYTES = 1024 * 1024
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def tokens_of(settings: Settings) -> Tokens | None:
    """Return the checker of bearer tokens, None when no issuer is set. Raises CannotRun for unsafe settings."""
    if not settings.oidc_issuer:
        return None
    if not settings.oidc_audience:
        raise CannotRun("an issuer needs an audience: without it, tokens that are meant for others would be good here")
    _check_url(settings.oidc_issuer)
    trust = Trust(settings.oidc_issuer, settings.oidc_audience, settings.oidc_scope_prefix)
    return Tokens(trust, IssuerKeys(_fetching(settings)), now=utc_now)


def _fetching(settings: Settings) -> Callable[[], bytes]:
    def fetch() -> bytes:
        try:
            return _get(settings.oidc_jwks_url or _discovered(settings.oidc_issuer))
        except KeysUnavailable as unavailable:
            _log.warning("the keys of the issuer cannot be fetched", extra={"reason": str(unavailable)})
            raise

    return fetch


def _discovered(issuer: str) -> str:
    """Return the address of the keys as the issuer publishes it (OpenID Connect Discovery 4)."""
    try:
        found = json.loads(_get(issuer.rstrip("/") + "/.well-known/openid-configuration"))
        address = found["jwks_uri"]
        same = found["issuer"] == issuer
    except (ValueError, KeyError, TypeError):
        raise KeysUnavailable("the issuer publishes no configuration with jwks_uri") from None
    if not same or not isinstance(address, str):
        raise KeysUnavailable("the configuration that the issuer publishes is that of another")
    return address


def _get(address: str) -> bytes:
    _check_url(address)
    try:
        with urllib.request.urlopen(address, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310 - the scheme is checked
            content: bytes = answer.read(_MAX_BYTES + 1)
    except (urllib.error.URLError, OSError, ValueError) as error:
        raise KeysUnavailable(f"{urlsplit(address).hostname}: {type(error).__name__}") from error
    if len(content) > _MAX_BYTES:
        raise KeysUnavailable(f"{urlsplit(address).hostname}: the answer is too long")
    return content


def _check_url(address: str) -> None:
    parts = urlsplit(address)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise CannotRun("the addresses of an issuer begin with https:// (http:// on this machine only)")
