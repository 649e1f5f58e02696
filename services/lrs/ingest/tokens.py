"""Bearer tokens of an OpenID Connect issuer (RFC 9068, RFC 8725): checked by signature, audience and time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError

from lrs.ingest.credentials import Credential
from lrs.ingest.issuer import IssuerKeys
from lrs.ingest.scopes import SCOPES
from lrs.xapi.faults import Fault, InvalidToken

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""What a signature may be made with: public keys only, so that nobody can sign with what everybody can read."""

RULE = "RFC 6750 3.1"
MAX_TOKEN_CHARACTERS = 8192
_MOST_SECONDS = 253_402_300_799  # the end of the year 9999, the last that a datetime can hold


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose tokens are good: those of ``issuer`` for ``audience``, with ``leeway`` for clocks that differ.

    A scope of a token counts when it is one of ours after ``scope_prefix``.
    """

    issuer: str
    audience: str
    scope_prefix: str = ""
    leeway: timedelta = timedelta(seconds=30)


class Tokens:
    """Turns tokens into credentials. Safe to use from several threads."""

    def __init__(self, trust: Trust, keys: IssuerKeys, *, now: Callable[[], datetime]) -> None:
        self._trust = trust
        self._keys = keys
        self._now = now

    def credential(self, token: str) -> Credential:
        """Return the credential that ``token`` is: its scopes, and as authority the account of its subject.

        Raises InvalidToken for any reason not to trust it, Overloaded when the issuer was never reached.
        """
        claims = self._claims(token)
        leeway = int(self._trust.leeway.total_seconds())
        registry = jwt.JWTClaimsRegistry(
            now=int(self._now().timestamp()),
            leeway=leeway,
            iss={"essential": True, "value": self._trust.issuer},
            aud={"essential": True, "value": self._trust.audience},
            exp={"essential": True},
            sub={"essential": True},
        )
        try:
            registry.validate(claims)
        except (JoseError, ValueError, TypeError) as error:
            raise refused(f"the token is not good here and now: {_cause(error)}") from None
        return self._as_credential(claims)

    def _claims(self, token: str) -> dict[str, Any]:
        if len(token) > MAX_TOKEN_CHARACTERS:
            raise refused(f"the token has more than {MAX_TOKEN_CHARACTERS} characters")
        try:
            header = jws.extract_compact(token.encode()).headers()
        except (JoseError, ValueError, TypeError):
            raise refused("the token is not a signed JWT") from None
        if header.get("alg") not in ALGORITHMS:
            raise refused(f"the token is not signed with one of {', '.join(ALGORITHMS)}")
        key_id = header.get("kid")
        key = self._keys.find(None if key_id is None else str(key_id))
        if key is None:
            raise refused("the token is signed with a key that its issuer does not list")
        try:
            return dict(jwt.decode(token, key, algorithms=list(ALGORITHMS)).claims)
        except (JoseError, ValueError, TypeError):
            raise refused("the signature of the token is wrong") from None

    def _as_credential(self, claims: Mapping[str, Any]) -> Credential:
        subject, expires = claims["sub"], claims["exp"]
        if not subject or not 0 < expires < _MOST_SECONDS:
            raise refused("the token names nobody, or no time that there is")
        client = claims.get("azp") or claims.get("client_id")
        account = {"homePage": self._trust.issuer, "name": subject}
        return Credential(
            key="token:" + sha256(f"{self._trust.issuer}\0{subject}".encode()).hexdigest()[:20],
            name=f"token of {client}" if isinstance(client, str) else "token",
            scopes=frozenset(_scopes(claims, self._trust.scope_prefix)),
            authority={"objectType": "Agent", "account": account},
            expires=datetime.fromtimestamp(expires, UTC) + self._trust.leeway,
        )


def refused(message: str) -> InvalidToken:
    """Return the refusal of a token."""
    return InvalidToken(message, [Fault(message, rule=RULE)])


def _scopes(claims: Mapping[str, Any], prefix: str) -> set[str]:
    """Return our scopes among those of ``scope`` (a text, RFC 8693 4.2) and ``scp`` (a text or a list)."""
    named: set[str] = set()
    for claim in (claims.get("scope"), claims.get("scp")):
        words = claim.split() if isinstance(claim, str) else claim if isinstance(claim, list) else ()
        named.update(word.removeprefix(prefix) for word in words if isinstance(word, str) and word.startswith(prefix))
    return named & SCOPES


def _cause(error: Exception) -> str:
    """Return which claim it is, never its value."""
    claim = getattr(error, "claim", None)
    return f"its {claim} claim" if isinstance(claim, str) else type(error).__name__
