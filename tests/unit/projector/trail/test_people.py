"""A canonical identifier finds the person that its agent is."""

from uuid import UUID

import pytest

from projector.mastery.documents import DictDocuments
from projector.mastery.identity import identifier, recognise
from projector.trail.people import person_of_agent, person_of_identifier

NAMESPACE = UUID(int=7)


@pytest.mark.parametrize(
    ("agent", "written"),
    [
        ({"mbox": "mailto:a@example.org"}, "mailto:a@example.org"),
        ({"mbox_sha1sum": "0123456789abcdef0123456789abcdef01234567"}, "0123456789abcdef0123456789abcdef01234567"),
        ({"openid": "https://a.example.org/"}, "https://a.example.org/"),
        ({"account": {"homePage": "https://example.org", "name": "a"}}, "https://example.org::a"),
        ({"account": {"homePage": "http://[::1]/", "name": "a::b"}}, "http://[::1]/::a::b"),
    ],
)
def test_each_form_of_identifier_finds_its_person(agent: dict[str, object], written: str) -> None:
    documents = DictDocuments()
    who = identifier(agent)
    assert who is not None
    person = recognise(documents, who, NAMESPACE)
    assert person_of_identifier(documents, written) == person.id
    assert person_of_agent(documents, agent) == person.id
    assert person_of_identifier(documents, written + "x") is None


def test_an_address_and_its_sha1_are_the_same_person() -> None:
    documents = DictDocuments()
    who = identifier({"mbox": "mailto:a@example.org"})
    assert who is not None
    person = recognise(documents, who, NAMESPACE)
    assert person_of_identifier(documents, who.key.removeprefix("sha1:")) == person.id
