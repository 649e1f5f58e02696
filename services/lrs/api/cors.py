"""Cross-origin requests of browsers (WHATWG Fetch): preflight is answered before anybody asks for credentials."""

from collections.abc import Collection, Mapping

from lrs.api.messages import Reply, no_content

ANY = "*"
_METHODS = "GET, HEAD, PUT, POST, DELETE, OPTIONS"
_ALLOWED = "Authorization, Content-Type, X-Experience-API-Version, If-Match, If-None-Match, Accept-Language, Accept"
_EXPOSED = "ETag, Last-Modified, Content-Length, X-Experience-API-Version, X-Experience-API-Consistent-Through"
_MAX_AGE_SECONDS = "600"

Headers = tuple[tuple[str, str], ...]


class CrossOrigin:
    """Which origins may read replies: those of the server for every credential, and each credential's own."""

    def __init__(self, origins: Collection[str]) -> None:
        self._any = ANY in origins
        self._origins = frozenset(origins)

    def reply_headers(self, origin: str | None, of_credential: Collection[str] = ()) -> Headers:
        """Return the headers that let ``origin`` read a reply; only ``Vary`` when it may not."""
        if origin is None:
            return ()
        if not self._allows(origin, of_credential):
            return (("Vary", "Origin"),)
        return (
            ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Allow-Credentials", "true"),
            ("Access-Control-Expose-Headers", _EXPOSED),
            ("Vary", "Origin"),
        )

    def _allows(self, origin: str, of_credential: Collection[str]) -> bool:
        return self._any or origin in self._origins or origin in of_credential or ANY in of_credential

    def preflight(self, headers: Mapping[str, str], of_any_credential: Collection[str]) -> Reply:
        """Return the answer to OPTIONS: a preflight names no credential, so any credential's origin passes it."""
        origin = headers.get("origin")
        allowing = self.reply_headers(origin, of_any_credential)
        if origin is None or not self._allows(origin, of_any_credential):
            return no_content(("Allow", _METHODS), *allowing)
        asked = headers.get("access-control-request-headers", "")
        return no_content(
            *allowing,
            ("Access-Control-Allow-Methods", _METHODS),
            ("Access-Control-Allow-Headers", _allowed_headers(asked)),
            ("Access-Control-Max-Age", _MAX_AGE_SECONDS),
        )


def _allowed_headers(asked: str) -> str:
    known = {name.lower() for name in _ALLOWED.split(", ")}
    others = [name for name in map(str.strip, asked.split(",")) if _is_token(name) and name.lower() not in known]
    return ", ".join([_ALLOWED, *others[:20]])


def _is_token(name: str) -> bool:
    return bool(name) and name.isascii() and name.replace("-", "").isalnum()
