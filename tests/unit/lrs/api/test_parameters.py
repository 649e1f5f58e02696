from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrs.api.parameters import MAX_PARAMETERS, parse, refuse_unknown
from lrs.xapi.faults import InvalidQuery


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=20), max_size=10))
def test_what_a_client_encodes_is_read_back(named: dict[str, str]):
    assert parse(urlencode(named).encode()) == named


def test_a_repeated_parameter_is_refused_by_name():
    with pytest.raises(InvalidQuery, match="verb is given more than once"):
        parse(b"verb=a&verb=b")


def test_bytes_that_are_not_utf8_are_refused():
    with pytest.raises(InvalidQuery, match="not UTF-8"):
        parse(b"verb=%ff")
    with pytest.raises(InvalidQuery, match="not UTF-8"):
        parse(b"%ff=1")


def test_too_many_parameters_are_refused():
    with pytest.raises(InvalidQuery, match="more than"):
        parse(b"&".join(b"a%d=1" % number for number in range(MAX_PARAMETERS + 1)))


def test_every_unknown_parameter_is_listed_and_case_counts():
    with pytest.raises(InvalidQuery) as refused:
        refuse_unknown({"Verb": "", "verb": "", "foo": ""}, frozenset({"verb"}))
    assert [fault.message.split()[2] for fault in refused.value.faults] == ["Verb", "foo"]
