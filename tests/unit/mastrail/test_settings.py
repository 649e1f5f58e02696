"""Settings come from flags, then the environment, then the defaults; anything unknown is refused."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from mastrail.cli.flags import ALL_FLAGS
from mastrail.settings import InvalidSettings, Settings

NOTHING: dict[str, str] = {}


def test_defaults_serve_sqlite_on_the_loopback_address() -> None:
    settings = Settings.load({}, NOTHING)
    assert (settings.store, settings.host, settings.port) == ("sqlite", "127.0.0.1", 8080)
    assert settings.data_dir == Path("mastrail-data")
    assert settings.default_xapi_version == "1.0.3"


def test_a_flag_wins_over_the_environment_and_the_environment_over_the_default() -> None:
    environment = {"MASTRAIL_PORT": "9000", "MASTRAIL_HOST": "::1"}
    settings = Settings.load({"port": "9001", "host": None}, environment)
    assert (settings.port, settings.host) == (9001, "::1")


def test_an_unknown_variable_with_the_prefix_is_refused_by_name() -> None:
    with pytest.raises(InvalidSettings, match="MASTRAIL_PROT is not a setting"):
        Settings.load({}, {"MASTRAIL_PROT": "9000"})


def test_variables_of_the_test_suite_are_left_alone() -> None:
    assert Settings.load({}, {"MASTRAIL_TEST_KAFKA": "127.0.0.1:9092", "PATH": "/bin"}).kafka_bootstrap == ""


def test_every_impossible_value_is_named_and_none_is_repeated() -> None:
    with pytest.raises(InvalidSettings) as refused:
        Settings.load({}, {"MASTRAIL_PORT": "http", "MASTRAIL_STORE": "mysql://me:secret@db/x"})
    lines = str(refused.value).splitlines()
    assert [line.split(":")[0] for line in lines] == ["MASTRAIL_STORE (--store)", "MASTRAIL_PORT (--port)"]
    assert "secret" not in str(refused.value)


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        Settings.load({}, NOTHING).port = 1


def test_settings_survive_the_way_into_another_process() -> None:
    settings = Settings.load({"cors_origins": "https://a.example, https://b.example", "poll_seconds": "0.25"}, NOTHING)
    assert settings.cors_origins == ("https://a.example", "https://b.example")
    assert Settings.load({}, settings.as_environment()) == settings


@pytest.mark.parametrize(
    ("store", "shown"),
    [
        ("sqlite", "sqlite"),
        ("postgresql://me:secret@db.example:5433/lrs?sslmode=require", "postgresql://db.example:5433/lrs"),
        ("postgresql:///lrs", "postgresql:///lrs"),
    ],
)
def test_a_store_is_shown_without_its_credentials(store: str, shown: str) -> None:
    assert Settings.load({"store": store}, NOTHING).store_name() == shown


def test_every_setting_says_what_it_means_and_is_a_flag() -> None:
    assert set(ALL_FLAGS) == set(Settings.model_fields)
    assert all(field.description for field in Settings.model_fields.values())
