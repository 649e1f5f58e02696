"""State and profile documents on SQLite and on PostgreSQL."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from hashlib import sha1

import pytest

from lrs.log.documents import Scope
from lrs.log.store import Store

SCOPE = Scope("state", "http://a.example/", "mbox:mailto:a@a.example")
REGISTERED = Scope("state", "http://a.example/", "mbox:mailto:a@a.example", "b1f5c1d0-0000-4000-8000-000000000000")


def test_a_document_is_kept_with_the_tag_of_its_content(store: Store) -> None:
    with store.documents.changing(SCOPE) as documents:
        put = documents.put("bookmark", "application/json", b'{"page": 1}')
    with store.documents.reading(SCOPE) as documents:
        assert documents.get("bookmark") == put
        assert documents.get("other") is None
    assert put.etag == sha1(b'{"page": 1}').hexdigest()


def test_putting_again_replaces(store: Store) -> None:
    with store.documents.changing(SCOPE) as documents:
        documents.put("bookmark", "text/plain", b"one")
        documents.put("bookmark", "application/json", b"2")
    with store.documents.reading(SCOPE) as documents:
        found = documents.get("bookmark")
        assert found is not None
        assert (found.content_type, found.content) == ("application/json", b"2")


def test_names_may_hold_any_character(store: Store) -> None:
    names = ["a\0b", "a\\0b", "a\\\0b", "\\", "\0", "\n", "ä€😀"]
    scope = Scope("state", "http://a.example/", "account:http://a.example\0ben")
    with store.documents.changing(scope) as documents:
        for name in names:
            documents.put(name, "text/plain", name.encode())
    with store.documents.reading(scope) as documents:
        assert {one.document_id for one in documents.names()} == set(names)
        found = [documents.get(name) for name in names]
        assert [one and (one.document_id, one.content) for one in found] == [(name, name.encode()) for name in names]


def test_scopes_do_not_see_each_other(store: Store) -> None:
    with store.documents.changing(REGISTERED) as documents:
        documents.put("bookmark", "text/plain", b"one")
    for other in (SCOPE, Scope("state", SCOPE.activity, "mbox:mailto:b@a.example"), Scope("activity_profile")):
        with store.documents.reading(other) as documents:
            assert documents.get("bookmark") is None
            assert documents.names() == []


def test_lists_cover_any_registration_on_request_and_changes_after_a_time(store: Store) -> None:
    with store.documents.changing(SCOPE) as documents:
        early = documents.put("early", "text/plain", b"")
    with store.documents.changing(REGISTERED) as documents:
        late = documents.put("late", "text/plain", b"")
    with store.documents.reading(SCOPE) as documents:
        assert [name.document_id for name in documents.names()] == ["early"]
        assert [name.document_id for name in documents.names(any_registration=True)] == ["early", "late"]
        after_early = documents.names(any_registration=True, since=early.updated)
        assert [name.document_id for name in after_early] == ["late"]
        assert documents.names(any_registration=True, since=late.updated + timedelta(seconds=1)) == []


def test_deleting_takes_one_document_or_all(store: Store) -> None:
    for scope in (SCOPE, REGISTERED):
        with store.documents.changing(scope) as documents:
            for document_id in "abc":
                documents.put(document_id, "text/plain", b"")
    with store.documents.changing(SCOPE) as documents:
        documents.delete("a")
        documents.delete("missing")
        assert [name.document_id for name in documents.names()] == ["b", "c"]
        documents.delete_all()
        assert len(documents.names(any_registration=True)) == 3
        documents.delete_all(any_registration=True)
        assert documents.names(any_registration=True) == []


def test_an_error_undoes_the_changes(store: Store) -> None:
    def put_and_fail() -> None:
        with store.documents.changing(SCOPE) as documents:
            documents.put("bookmark", "text/plain", b"")
            raise KeyError

    with pytest.raises(KeyError):
        put_and_fail()
    with store.documents.reading(SCOPE) as documents:
        assert documents.names() == []


def test_many_writers_lose_no_update(store: Store, reopen: Callable[[], Store]) -> None:
    stores = [store, reopen()]

    def add(number: int) -> None:
        with stores[number % 2].documents.changing(SCOPE) as documents:
            found = documents.get("sum")
            before = int(found.content) if found else 0
            documents.put("sum", "text/plain", str(before + 1).encode())

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(100)))
    with store.documents.reading(SCOPE) as documents:
        found = documents.get("sum")
        assert found is not None
        assert found.content == b"100"
