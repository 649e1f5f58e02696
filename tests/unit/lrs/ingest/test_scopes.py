import pytest

from lrs.api.descriptions import description_resources
from lrs.api.documents import document_resources
from lrs.ingest.scopes import NEEDED, SCOPES, may_define, only_own_statements, require
from lrs.xapi.faults import Forbidden


def test_every_scope_that_the_table_names_exists_and_none_is_left_without_use():
    named = {scope for needed in NEEDED.values() for scope in needed}
    assert named <= SCOPES
    assert SCOPES - named == {"all", "define"}


def test_every_method_of_every_resource_stands_in_the_table():
    resources = {**document_resources(None, None), **description_resources(None, None, None)}
    asked = {(path, method) for path, resource in resources.items() for method in resource.handlers}
    assert asked <= set(NEEDED)


def test_any_scope_of_the_row_will_do_and_all_always_does():
    for (resource, method), needed in NEEDED.items():
        require({"all"}, resource, method)
        for scope in needed:
            require({scope}, resource, method)
        for scope in SCOPES - needed - {"all"}:
            with pytest.raises(Forbidden, match=resource):
                require({scope}, resource, method)


def test_head_needs_what_get_needs():
    require({"statements/read"}, "statements", "HEAD")
    with pytest.raises(Forbidden):
        require({"statements/write"}, "statements", "HEAD")


@pytest.mark.parametrize(
    ("held", "only_own"),
    [
        ({"statements/read/mine"}, True),
        ({"statements/read/mine", "statements/write"}, True),
        ({"statements/read/mine", "statements/read"}, False),
        ({"statements/read/mine", "all/read"}, False),
        ({"all"}, False),
    ],
)
def test_a_wider_scope_wins_over_only_own(held: set[str], only_own: bool):
    assert only_own_statements(held) is only_own


@pytest.mark.parametrize(
    ("held", "may"),
    [({"all"}, True), ({"statements/write", "define"}, True), ({"statements/write", "all/read", "profile"}, False)],
)
def test_who_holds_define_or_all_defines(held: set[str], may: bool):
    assert may_define(held) is may
