"""One plain connection for thousands of small requests, each with nothing but what it needs."""

import base64
import http.client
import json
import time
from typing import Any
from urllib.parse import urlencode, urlsplit

from support.served import Served

IDLE_SECONDS = 2.0


class Wire:
    """A kept-alive connection to the statement resource of a served store."""

    def __init__(self, served: Served) -> None:
        self.used = time.monotonic()
        self.path = f"{urlsplit(served.endpoint).path}statements"
        self.connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=30)
        credentials = base64.b64encode(f"{served.key}:{served.secret}".encode()).decode()
        self.headers = {"Authorization": f"Basic {credentials}", "Content-Type": "application/json"}

    def post(self, statements: object, version: str) -> tuple[int, Any]:
        """Send a statement or an array of them; return the status and the body."""
        return self._ask("POST", self.path, version, json.dumps(statements).encode())

    def get(self, version: str, **parameters: object) -> Any:
        """Return what the statement resource answers, which must be a 200."""
        status, body = self._ask("GET", f"{self.path}?{urlencode(parameters)}", version)
        assert status == 200, body
        return body

    def _ask(self, method: str, path: str, version: str, body: bytes | None = None) -> tuple[int, Any]:
        if time.monotonic() - self.used > IDLE_SECONDS:  # the server ends connections that rest
            self.connection.close()
        self.connection.request(method, path, body, {**self.headers, "X-Experience-API-Version": version})
        with self.connection.getresponse() as answer:
            body_of_answer = answer.read()
        self.used = time.monotonic()
        return answer.status, json.loads(body_of_answer)
