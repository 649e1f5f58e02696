"""Tokens of a real signer on the loopback, sent to a real server that fetches the signer's keys itself."""

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from support.served import XAPI_VERSION, Served

STATEMENT = {
    "actor": {"mbox": "mailto:ada@example.com"},
    "verb": {"id": "http://example.com/verbs/answered"},
    "object": {"id": "http://example.com/1"},
}


class Signer:
    """An OpenID Connect issuer: it publishes its keys and signs what it is told to."""

    def __init__(self) -> None:
        self.keys: dict[str, tuple[str, Any]] = {}
        self.asked = 0
        self.add("first", "RS256")
        signer = self

        class Pages(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                page: dict[str, Any] = {"issuer": signer.issuer, "jwks_uri": f"{signer.issuer}/keys"}
                if self.path == "/keys":
                    signer.asked += 1
                    page = {
                        "keys": [key.as_dict(private=False) | {"kid": kid} for kid, (_, key) in signer.keys.items()]
                    }
                self.send_response(200)
                self.end_headers()
                self.wfile.write(json.dumps(page).encode())

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def add(self, kid: str, algorithm: str) -> None:
        made = RSAKey.generate_key(2048) if algorithm.startswith("RS") else ECKey.generate_key("P-256")
        self.keys[kid] = (algorithm, made)

    def claims(self, **changed: Any) -> dict[str, Any]:
        plain = {"iss": self.issuer, "aud": "lrs", "sub": "ada", "azp": "course", "exp": int(time.time()) + 300}
        return {**plain, "scope": "openid statements/write statements/read/mine", **changed}

    def token(self, kid: str = "first", **changed: Any) -> str:
        algorithm, key = self.keys[kid]
        return jwt.encode({"alg": algorithm, "kid": kid}, self.claims(**changed), key, algorithms=[algorithm])


@pytest.fixture
def signer() -> Iterator[Signer]:
    made = Signer()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def trusting(serve: Callable[..., Served], signer: Signer) -> Served:
    return serve(oidc_issuer=signer.issuer, oidc_audience="lrs")


def send(served: Served, token: str, method: str = "POST", **options: Any) -> httpx.Response:
    headers = XAPI_VERSION | {"Authorization": f"Bearer {token}"}
    body = {"json": STATEMENT} if method == "POST" else {}
    return httpx.request(
        method, f"{served.endpoint}statements", headers=headers, timeout=60, trust_env=False, **body, **options
    )


def refusal(answer: httpx.Response) -> str:
    assert answer.status_code == 401, answer.text
    assert answer.headers["www-authenticate"] == 'Bearer realm="xAPI", error="invalid_token"'
    return str(answer.json()["message"])


def test_a_token_is_a_credential_with_its_scopes_and_its_subject_as_authority(trusting: Served, signer: Signer) -> None:
    assert send(trusting, signer.token()).status_code == 200
    (own,) = send(trusting, signer.token(), "GET").json()["statements"]
    assert own["authority"]["account"] == {"homePage": signer.issuer, "name": "ada"}
    assert send(trusting, signer.token(sub="bob"), "GET").json()["statements"] == []
    assert send(trusting, signer.token(scope="", scp=["statements/read"]), "GET").status_code == 200
    assert send(trusting, signer.token(scope="openid"), "GET").status_code == 403
    assert trusting.client.get("xAPI/statements").status_code == 200


@pytest.mark.parametrize("store_name", ["sqlite"], indirect=True)
def test_whatever_is_not_a_good_token_is_refused(trusting: Served, signer: Signer) -> None:
    past = int(time.time()) - 120
    for changed, said in (
        ({"aud": "another"}, "aud"),
        ({"iss": "https://another.example"}, "iss"),
        ({"exp": past}, "not good here and now"),
        ({"nbf": past + 600}, "not good here and now"),
        ({"sub": ""}, ""),
    ):
        assert said in refusal(send(trusting, signer.token(**changed)))
    assert send(trusting, signer.token(exp=past + 110)).status_code == 200
    stranger = Signer()
    stranger.server.shutdown()
    stranger.server.server_close()
    assert "signature" in refusal(send(trusting, stranger.token(iss=signer.issuer)))
    stranger.add("unknown", "RS256")
    assert "does not list" in refusal(send(trusting, stranger.token("unknown", iss=signer.issuer)))
    header, payload, _ = signer.token().split(".")
    none = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode() + f".{payload}."
    assert "signature" in refusal(send(trusting, f"{header}.{payload}."))
    shared = OctKey.import_key(json.dumps(signer.keys["first"][1].as_dict(private=False)))
    confused = jwt.encode({"alg": "HS256", "kid": "first"}, signer.claims(), shared, algorithms=["HS256"])
    for token in (none, confused):
        assert "not signed with one of" in refusal(send(trusting, token))
    for token in (".", "a.b.c", "x" * 9000):
        refusal(send(trusting, token))


@pytest.mark.parametrize("store_name", ["sqlite"], indirect=True)
def test_a_key_that_the_issuer_adds_is_fetched_and_the_issuer_is_not_flooded(trusting: Served, signer: Signer) -> None:
    assert send(trusting, signer.token()).status_code == 200
    before = signer.asked
    signer.add("second", "ES256")
    deadline = time.monotonic() + 60
    while send(trusting, signer.token("second")).status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.5)
    assert signer.asked == before + 1
    assert send(trusting, signer.token("first")).status_code == 200
