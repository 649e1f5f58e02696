"""Who may ask the JSON API and the log: the same credentials as at the xAPI endpoint, with scopes of their own."""

from collections.abc import Awaitable, Callable

from fastapi import Request

from lrs.api.threads import Threads
from lrs.ingest.authenticator import Authenticator
from lrs.ingest.scopes import ALL
from lrs.xapi.faults import Fault, Forbidden

Check = Callable[[Request], Awaitable[None]]


class Access:
    """Makes the dependencies that let a request pass when its credential has a scope, or all of them."""

    def __init__(self, authenticator: Authenticator, threads: Threads) -> None:
        self._authenticator = authenticator
        self._threads = threads

    def to(self, *scopes: str) -> Check:
        """Return a dependency that raises Unauthenticated, or Forbidden unless one of ``scopes`` is held."""
        wanted = frozenset({ALL, *scopes})

        async def check(request: Request) -> None:
            header = request.headers.get("authorization")
            credential = self._authenticator.remembered(header)
            if credential is None:
                credential = await self._threads.run(self._authenticator.authenticate, header)
            if wanted.isdisjoint(credential.scopes):
                message = f"this needs one of the scopes {', '.join(sorted(wanted))}"
                raise Forbidden(message, [Fault(message, rule="JSON API")])

        return check
