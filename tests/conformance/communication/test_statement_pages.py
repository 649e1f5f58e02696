"""GET of statements, page by page: ``more`` leads to the rest of the same result (Data 2.5)."""

import httpx
import pytest

from conformance.communication.asking import about, every_page, flat, new_iri, refused, statement, store


@pytest.mark.requirement("Data 2.5.s2.table1.row2", "more leads through every page, each statement once")
@pytest.mark.parametrize("ascending", ["true", "false"])
def test_more_leads_through_every_page(lrs: httpx.Client, ascending: str) -> None:
    verb = new_iri("verbs")
    given = store(lrs, *[statement(verb=about(verb)) for _ in range(7)])
    pages = every_page(lrs, {"verb": verb, "limit": "3", "ascending": ascending})
    assert [len(page) for page in pages] == [3, 3, 1]
    assert flat(pages) == (given if ascending == "true" else given[::-1])


@pytest.mark.requirement(
    "Data 2.5.s2.table1.row2", "more keeps the format, the attachments and the filters of the query"
)
def test_more_keeps_what_was_asked(lrs: httpx.Client) -> None:
    verb = new_iri("verbs")
    store(lrs, *[statement(verb={"id": verb, "display": {"en": "did"}}) for _ in range(3)])
    pages = every_page(lrs, {"verb": verb, "limit": "2", "format": "ids"})
    assert [one["verb"] for page in pages for one in page] == [{"id": verb}] * 3


@pytest.mark.requirement("Data 2.5.s2.table1.row2", "more is a relative IRL that starts with the path of the endpoint")
def test_more_is_relative_to_the_host(lrs: httpx.Client) -> None:
    store(lrs, statement(), statement())
    more = lrs.get("statements", params={"limit": "1"}).json()["more"]
    assert more.startswith(f"{lrs.base_url.path}statements?")
    assert lrs.get(lrs.base_url.join(more)).status_code == 200


@pytest.mark.requirement("Data 2.5.s2.table1.row2", "what is stored meanwhile does not disturb the pages")
def test_pages_do_not_shift_when_statements_arrive(lrs: httpx.Client) -> None:
    verb = new_iri("verbs")
    given = store(lrs, *[statement(verb=about(verb)) for _ in range(4)])
    first = lrs.get("statements", params={"verb": verb, "limit": "2"}).json()
    store(lrs, statement(verb=about(verb)))
    second = lrs.get(lrs.base_url.join(first["more"])).json()
    assert flat([first["statements"], second["statements"]]) == given[::-1]


@pytest.mark.requirement("Communication 2.1.3", "a more link that was changed is refused")
def test_a_changed_more_link_is_refused(lrs: httpx.Client) -> None:
    store(lrs, statement(), statement())
    more = lrs.get("statements", params={"limit": "1"}).json()["more"]
    refused(lrs.get(lrs.base_url.join(more[:-4] + "AAAA")))
    refused(lrs.get(lrs.base_url.join(more + "&limit=3")))
