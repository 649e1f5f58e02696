"""The keys of an issuer: which are taken, how often they are fetched, and what happens when it is down."""

import json

import pytest
from joserfc.jwk import ECKey, OctKey

from lrs.ingest.issuer import IssuerKeys, KeysUnavailable, public_keys
from lrs.xapi.faults import Overloaded


class Issuer:
    """Publishes the keys of the ids it has; None stands for an issuer that is down."""

    def __init__(self, *ids: str) -> None:
        self.ids: tuple[str, ...] | None = ids
        self.asked = 0
        self.seconds = 0.0

    def fetch(self) -> bytes:
        self.asked += 1
        if self.ids is None:
            raise KeysUnavailable("down")
        return json.dumps(
            {"keys": [ECKey.generate_key("P-256").as_dict(private=False) | {"kid": i} for i in self.ids]}
        ).encode()

    def keys(self) -> IssuerKeys:
        return IssuerKeys(self.fetch, min_seconds=10, max_seconds=600, clock=lambda: self.seconds)


def test_an_unknown_key_is_asked_for_at_most_once_in_a_while():
    issuer = Issuer("a")
    keys = issuer.keys()
    assert keys.find("a")
    for _ in range(100):
        assert keys.find("b") is None
    assert issuer.asked == 1
    issuer.ids, issuer.seconds = ("b",), 10.0
    assert keys.find("b")
    assert keys.find("a") is None
    assert issuer.asked == 2


def test_old_keys_are_fetched_again_and_stay_good_while_the_issuer_is_down():
    issuer = Issuer("a")
    keys = issuer.keys()
    assert keys.find("a")
    issuer.ids, issuer.seconds = None, 601.0
    assert keys.find("a")
    assert issuer.asked == 2


def test_without_any_keys_the_client_shall_come_back():
    issuer = Issuer()
    issuer.ids = None
    with pytest.raises(Overloaded):
        issuer.keys().find("a")


def test_a_token_without_key_id_is_checked_with_the_only_key():
    assert Issuer("a").keys().find(None)
    assert Issuer("a", "b").keys().find(None) is None


def test_only_public_keys_for_signatures_are_taken():
    secret = OctKey.generate_key(256).as_dict(private=True) | {"kid": "secret"}
    other_use = ECKey.generate_key("P-256").as_dict(private=False) | {"kid": "enc", "use": "enc"}
    broken = {"kty": "EC", "kid": "broken"}
    assert public_keys(json.dumps({"keys": [secret, other_use, broken, 7]}).encode()) == {}
    for wrong in (b"", b"[]", b"{}", b'{"keys":1}'):
        with pytest.raises(KeysUnavailable):
            public_keys(wrong)
