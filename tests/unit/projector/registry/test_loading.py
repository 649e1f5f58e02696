"""Registry documents are read as they stand, and nothing hides in them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projector.registry.faults import InvalidDocument
from projector.registry.loading import MAX_BYTES, load_document, load_documents, load_json


def test_times_stay_text_and_fractions_stay_exact() -> None:
    assert load_document(b"at: 2026-07-01T00:00:00Z\nday: 2026-01-01\nshare: 0.10\ncount: 012\nbig: 1e3\n") == {
        "at": "2026-07-01T00:00:00Z",
        "day": "2026-01-01",
        "share": Decimal("0.10"),
        "count": 12,
        "big": Decimal("1E+3"),
    }


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-07-01 00:00:00+00:00", "2026-07-01T00:00:00+00:00"),
        ("2026-07-01 08:30:00.5 -05:00", "2026-07-01T08:30:00.5-05:00"),
        ("2026-07-01 08:30:00", "2026-07-01T08:30:00Z"),
        ("2026-07-01T08:30:00Z", "2026-07-01T08:30:00Z"),
        ("'2026-07-01 08:30:00'", "2026-07-01 08:30:00"),
        ("2026-07-01", "2026-07-01"),
    ],
)
def test_a_time_as_yaml_writes_it_is_an_rfc_3339_time(written: str, read: str) -> None:
    assert load_documents(f"effectiveFrom: {written}".encode()) == [{"effectiveFrom": read}]


def test_a_number_that_no_memory_holds_as_a_fraction_is_zero() -> None:
    assert load_document(b'{"weight": 1e-999999999}') == {"weight": Decimal(0)}


def test_only_true_false_and_null_are_words_with_a_meaning() -> None:
    document = load_document(b"a: yes\nb: off\nc: true\nd: Null\ne:\nf: 'true'\ng: 1.0.0\nh: 0x10\n")
    assert document == {
        "a": "yes",
        "b": "off",
        "c": True,
        "d": None,
        "e": None,
        "f": "true",
        "g": "1.0.0",
        "h": "0x10",
    }


def test_json_and_yaml_of_the_same_document_are_the_same() -> None:
    as_json = load_document(b'{"id": "urn:x", "weights": [1, 0.5, true, null, "a"]}')
    assert as_json == load_document(b"id: urn:x\nweights: [1, 0.5, true, null, a]\n")


def test_several_documents_of_one_file_come_in_order() -> None:
    assert load_documents(b"kind: A\n---\nkind: B\n---\n") == [{"kind": "A"}, {"kind": "B"}]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a: &x [1]\nb: *x\n", "line 1: anchors and aliases"),
        (b"a: !!python/object:os.system x\n", "line 1: tags"),
        (b"a: 1\na: 2\n", "'a' stands twice"),
        (b'{"a": 1, "a": 2}', "'a' stands twice"),
        (b"<<: {a: 1}\n", "line 1: a name in an object"),
        (b"? [a]\n: 1\n", "line 1: a name in an object"),
        (b"a: [1\n", "neither JSON nor YAML: line"),
        (b"{" * 5000, "nested deeper"),
        (b"[" * 5000, "nested deeper"),
        (b"- 1\n", "a registry document is an object"),
        (b"", "a registry document is an object"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b'{"a": NaN}', "NaN is no JSON number"),
        (b"a: 1\n---\na: 2\n", "one document is expected here, 2 were given"),
        (b"#" * (MAX_BYTES + 1), "larger than"),
    ],
)
def test_what_hides_or_does_not_fit_is_refused_with_the_reason(content: bytes, said: str) -> None:
    with pytest.raises(InvalidDocument, match=said):
        load_document(content)


@given(st.binary(max_size=200))
def test_no_bytes_do_more_than_be_refused(content: bytes) -> None:
    try:
        documents = load_documents(content)
    except InvalidDocument:
        return
    assert all(isinstance(document, dict) for document in documents)


@given(st.text(alphabet="{}[]:,-&*!|>'\"%@`#? \nab1~.", max_size=60))
def test_no_text_of_the_syntax_does_more_than_be_refused(text: str) -> None:
    try:
        documents = load_documents(text.encode())
    except InvalidDocument:
        return
    assert all(isinstance(document, dict) for document in documents)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[1, 2", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[" * 100 + b"]" * 100, "nested deeper"),
        (b" " * 1001, "larger than 1000"),
    ],
)
def test_json_of_any_kind_is_read_within_the_same_limits(content: bytes, said: str) -> None:
    assert load_json(b"[1, {}]", 1000) == [1, {}]
    with pytest.raises(InvalidDocument, match=said):
        load_json(content, 1000)
