from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrs.api.parameters import MAX_PARAMETERS, parse, refuse_unknown
from lrs.xapi.faults import InvalidQuery

texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)


@given(st.dictionaries(texts, texts, max_size=10))
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


def test_a_character_that_no_database_need_hold_is_refused():
    with pytest.raises(InvalidQuery, match="U\\+0000"):
        parse(b"stateId=%00")


def test_too_many_parameters_are_refused():
    with pytest.raises(InvalidQuery, match="more than"):
        parse(b"&".join(b"a%d=1" % number for number in range(MAX_PARAMETERS + 1)))


def test_every_unknown_parameter_is_listed_and_case_counts():
    with pytest.raises(InvalidQuery) as refused:
        refuse_unknown({"Verb": "", "verb": "", "foo": ""}, frozenset({"verb"}))
    assert [fault.message.split()[2] for fault in refused.value.faults] == ["Verb", "foo"]
