"""Who may ask the JSON API and the log: the same credentials as at the xAPI endpoint, with scopes of their own."""

from collections.abc import Awaitable, Callable

from fastapi import Request

from lrs.api.threads import Threads
from lrs.ingest.authenticator import Authenticator
from lrs.ingest.scopes import require

Check = Callable[[Request], Awaitable[None]]


class Access:
    """Makes the dependencies that let a request pass when its credential has a scope of its resource."""

    def __init__(self, authenticator: Authenticator, threads: Threads) -> None:
        self._authenticator = authenticator
        self._threads = threads

    def to(self, resource: str, method: str = "GET") -> Check:
        """Return a dependency that notes the credential of a request in ``request.state.credential``.

        It raises Unauthenticated, or Forbidden unless the credential allows ``method`` on ``resource`` by the table of
        scopes.
        """

        async def check(request: Request) -> None:
            header = request.headers.get("authorization")
            credential = self._authenticator.remembered(header)
            if credential is None:
                credential = await self._threads.run(self._authenticator.authenticate, header)
            require(credential.scopes, resource, method)
            request.state.credential = credential

        return check
