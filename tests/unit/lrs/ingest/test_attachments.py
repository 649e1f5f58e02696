from uuid import UUID

import pytest

from lrs.ingest.attachments import Attachment, attachment_rows, hashes_of
from lrs.xapi.complete import Completed
from lrs.xapi.faults import InvalidStatement


def naming(*hashes: str, **members: object) -> Completed:
    described = [{"sha2": sha2, **members} for sha2 in hashes]
    return Completed(UUID(int=1), b"", {"object": {"id": "http://example.com/x"}, "attachments": described})


def content(sha2: str) -> Attachment:
    return Attachment(sha2, "image/png", b"x")


def test_content_is_stored_once_with_the_first_statement_that_names_it():
    rows = attachment_rows([naming("aa"), naming("AA", "bb")], [content("aa"), content("bb")])
    assert [[row.parameters["sha2"] for row in own] for own in rows] == [["aa"], ["bb"]]


def test_every_missing_and_every_surplus_content_is_named():
    with pytest.raises(InvalidStatement) as refused:
        attachment_rows([naming("aa"), naming("bb", "cc")], [content("bb"), content("dd")])
    places = [(fault.statement_index, fault.pointer) for fault in refused.value.faults]
    assert places == [(0, "/attachments/0"), (1, "/attachments/1"), (None, "")]
    assert "dd" in refused.value.faults[2].message


def test_a_file_elsewhere_needs_no_content_but_may_have_it():
    pointing = naming("aa", fileUrl="http://example.com/a")
    assert attachment_rows([pointing], None) == [()]
    assert len(attachment_rows([pointing], [content("aa")])[0]) == 1


def test_the_hashes_of_a_substatement_count():
    inner = {"objectType": "SubStatement", "object": {}, "attachments": [{"sha2": "BB"}]}
    assert list(hashes_of({"object": inner, "attachments": [{"sha2": "AA"}]})) == ["aa", "bb"]
