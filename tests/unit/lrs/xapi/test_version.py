"""Which version a request asks for."""

import pytest

from lrs.xapi.version import Version, parse_version


@pytest.mark.parametrize("text", ["1.0", "1.0.0", "1.0.1", "1.0.2", "1.0.3", "1.0.9", " 1.0.3 "])
def test_every_patch_of_one_is_served_as_the_last(text: str) -> None:
    assert parse_version(text) is Version.V1_0_3


@pytest.mark.parametrize("text", ["2.0", "2.0.0", "2.0.1"])
def test_two_is_served(text: str) -> None:
    assert parse_version(text) is Version.V2_0_0


@pytest.mark.parametrize(
    "text", [None, "", "0.9", "0.95", "1.1.0", "1", "2.1.0", "1.0.", "1.0.x", "1.0.3, 2.0.0", "bad"]
)
def test_anything_else_is_not_served(text: str | None) -> None:
    assert parse_version(text) is None


def test_a_statement_without_version_gets_that_of_its_data_model() -> None:
    assert [version.statement_default for version in Version] == ["1.0.0", "2.0.0"]
