"""A projection database keeps a page whole or not at all, on both engines."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from projector.mastery.documents import Kind
from projector.store.digest import projection_hash
from projector.store.faults import FeedDiffers, ProjectionFault, ProjectionMissing, ProjectionUnavailable
from projector.store.projection import Page, Projection, StateRow
from projector.store.promotion import promote
from projector.store.versions import FEED, Versions, open_versions


class Note(msgspec.Struct, frozen=True):
    text: str


NOTES = Kind("note", Note)


@pytest.fixture
def versions(store_location: str, tmp_path: Path) -> Iterator[Versions]:
    opened = open_versions(store_location, data_dir=tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def projection(versions: Versions) -> Iterator[Projection]:
    opened = versions.open(1)
    yield opened
    opened.close()


def event(number: int, person: str | None = "p1") -> dict[str, object]:
    return {"id": f"event-{number}", "type": "mastrail.mastery.attained.v1", "data": {"personId": person}}


def add_events(page: Page, *numbers: int) -> None:
    for number in numbers:
        page.add_event(event(number), position=number, body=f"body {number}".encode())


def write_half_a_page(projection: Projection) -> None:
    with projection.page(7) as page:
        page.documents.put(NOTES, "a", Note("one"))
        add_events(page, 1)
        raise ValueError("halfway")


def state(person: str, competency: str, body: bytes = b"{}") -> StateRow:
    return StateRow(person, competency, "mastered", "expert", "0.9000", None, None, None, 1, body)


def test_a_page_is_committed_with_its_position(projection: Projection) -> None:
    with projection.page(7) as page:
        page.documents.put(NOTES, "a", Note("one"))
        add_events(page, 1, 2)
        page.put_state(state("p1", "urn:c"))
    with projection.snapshot() as snapshot:
        assert snapshot.position() == 7
        assert snapshot.documents.get(NOTES, "a") == Note("one")
        assert [(e.seq, e.event_id, e.body) for e in snapshot.events(0, 10)] == [
            (1, "event-1", b"body 1"),
            (2, "event-2", b"body 2"),
        ]
        assert [row["competency"] for row in snapshot.states_of_person("p1")] == ["urn:c"]


def test_a_page_that_fails_leaves_nothing_and_the_projection_must_be_opened_anew(
    projection: Projection, versions: Versions
) -> None:
    with pytest.raises(ValueError, match="halfway"):
        write_half_a_page(projection)
    with pytest.raises(ProjectionFault, match="open the projection anew"):
        projection.documents()
    again = versions.open(1)
    with again.snapshot() as snapshot:
        assert (snapshot.position(), snapshot.last_seq()) == (0, 0)
    assert again.documents().get(NOTES, "a") is None
    again.close()


def test_the_same_position_is_refused_a_second_time(projection: Projection, versions: Versions) -> None:
    with projection.page(7):
        pass
    other = versions.open(1)
    with pytest.raises(ProjectionUnavailable), other.page(7):
        pass
    other.close()


def test_a_document_is_found_again_by_another_reader_and_deletes_hold(projection: Projection) -> None:
    with projection.page(1) as page:
        for key in ("b/2", "b/1", "c/1", "b/\U0001f600", "b/\uffee"):
            page.documents.put(NOTES, key, Note(key))
    with projection.page(2) as page:
        page.documents.delete(NOTES, "b/1")
        assert [key for key, _ in page.documents.scan(NOTES, "b/")] == ["b/2", "b/\uffee", "b/\U0001f600"]
    with projection.snapshot() as snapshot:
        assert [key for key, _ in snapshot.documents.scan(NOTES, "b/")] == ["b/2", "b/\uffee", "b/\U0001f600"]
        assert [key for key, _ in snapshot.documents.scan(NOTES)] == ["b/2", "b/\uffee", "b/\U0001f600", "c/1"]
        assert snapshot.documents.get(NOTES, "b/1") is None


def test_a_projection_opened_again_loads_what_it_needs_and_overlays_what_is_new(
    projection: Projection, versions: Versions
) -> None:
    with projection.page(1) as page:
        page.documents.put(NOTES, "a1", Note("old"))
        page.documents.put(NOTES, "a2", Note("old"))
    again = versions.open(1)
    again.documents()
    with again.page(2) as page:
        page.documents.put(NOTES, "a2", Note("new"))
        page.documents.put(NOTES, "a3", Note("new"))
        assert [(key, note.text) for key, note in page.documents.scan(NOTES, "a")] == [
            ("a1", "old"),
            ("a2", "new"),
            ("a3", "new"),
        ]
        assert page.documents.unwritten(NOTES) == ["a2", "a3"]
    again.close()


def test_a_state_row_can_be_replaced_listed_and_forgotten(projection: Projection) -> None:
    with projection.page(1) as page:
        for person in ("p2", "p1", "p3"):
            page.put_state(state(person, "urn:c"))
        page.put_state(state("p1", "urn:d"))
    with projection.page(2) as page:
        page.put_state(state("p1", "urn:c", b"newer"))
        page.delete_state("p2", "urn:c")
    with projection.snapshot() as snapshot:
        assert [(r["person_id"], bytes(r["body"])) for r in snapshot.states_of_competency("urn:c", "", 10)] == [
            ("p1", b"newer"),
            ("p3", b"{}"),
        ]
        assert snapshot.states_of_competency("urn:c", "p1", 10)[0]["person_id"] == "p3"
        assert [(r["person_id"], r["competency"]) for r in snapshot.states(page_rows=2)] == [
            ("p1", "urn:c"),
            ("p1", "urn:d"),
            ("p3", "urn:c"),
        ]
        assert snapshot.count_states() == 3


def test_an_event_without_a_person_is_kept(projection: Projection) -> None:
    with projection.page(1) as page:
        page.add_event(event(1, person=None), position=1, body=b"{}")
    with projection.snapshot() as snapshot:
        assert snapshot.events(0, 1)[0].person_id is None


def test_a_cursor_never_goes_back(projection: Projection) -> None:
    projection.put_cursors({"kafka": 5})
    projection.put_cursors({"kafka": 3, "other": 1})
    with projection.snapshot() as snapshot:
        assert snapshot.cursors() == {"kafka": 5, "other": 1}


def test_the_hash_sees_every_state_and_every_event(projection: Projection, versions: Versions) -> None:
    hashes = set()
    with projection.snapshot() as snapshot:
        hashes.add(projection_hash(snapshot))
    with projection.page(1) as page:
        page.put_state(state("p1", "urn:c"))
    with projection.snapshot() as snapshot:
        hashes.add(projection_hash(snapshot))
    with projection.page(2) as page:
        add_events(page, 1)
    with projection.snapshot() as snapshot:
        final = projection_hash(snapshot)
    assert len({*hashes, final}) == 3
    rebuilt = versions.open(2)
    with rebuilt.page(9) as page:
        add_events(page, 1)
        page.put_state(state("p1", "urn:c"))
    with rebuilt.snapshot() as snapshot:
        assert projection_hash(snapshot) == final
    rebuilt.close()


def test_a_rebuilt_projection_goes_live_with_cursors_and_feed(projection: Projection, versions: Versions) -> None:
    assert versions.live() is None
    promote(versions, 1)
    assert versions.live() == 1
    with projection.page(3) as page:
        add_events(page, 1, 2, 3)
    projection.put_cursors({"kafka": 2})
    rebuilt = versions.open(2)
    with rebuilt.page(3) as page:
        add_events(page, 1, 2, 3)
    promote(versions, 2)
    assert (versions.live(), versions.known()) == (2, [1, 2])
    with rebuilt.snapshot() as snapshot:
        assert (snapshot.cursors(), snapshot.fact(FEED)) == ({"kafka": 2}, "1")
    rebuilt.close()
    projection.close()
    versions.drop(1)
    assert versions.known() == [2]
    with pytest.raises(ProjectionMissing):
        versions.open(1, read_only=True)


def test_a_projection_that_contradicts_what_was_published_does_not_go_live_unasked(
    projection: Projection, versions: Versions
) -> None:
    promote(versions, 1)
    with projection.page(3) as page:
        add_events(page, 1, 2)
    projection.put_cursors({"kafka": 2})
    rebuilt = versions.open(2)
    with rebuilt.page(3) as page:
        add_events(page, 1, 9)
    with pytest.raises(FeedDiffers):
        promote(versions, 2)
    assert versions.live() == 1
    promote(versions, 2, accept_new_feed=True)
    with rebuilt.snapshot() as snapshot:
        assert (snapshot.cursors(), snapshot.fact(FEED)) == ({}, "2")
    rebuilt.close()


def test_a_reader_of_its_own_sees_pages_as_they_are_committed(projection: Projection, versions: Versions) -> None:
    reader = versions.open(1, read_only=True)
    with projection.page(1) as page:
        add_events(page, 1)
        with reader.snapshot() as snapshot:
            assert snapshot.last_seq() == 0
    with reader.snapshot() as snapshot:
        assert snapshot.last_seq() == 1
        with projection.page(2) as page:
            add_events(page, 2)
        assert snapshot.last_seq() == 1
    reader.close()


def test_a_reader_can_open_what_its_writer_has_closed(projection: Projection, versions: Versions) -> None:
    with projection.page(1) as page:
        add_events(page, 1)
    projection.close()
    reader = versions.open(1, read_only=True)
    with reader.snapshot() as snapshot:
        assert snapshot.last_seq() == 1
    reader.close()
