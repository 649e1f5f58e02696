"""Help teaches, and a wrong setting stops a command before it does anything."""

import pytest

from acceptance.cli.commanding import Commands
from mastrail.settings import Settings

COMMANDS = [
    ["serve"], ["demo"], ["lrs"], ["projector"], ["import"], ["export"], ["check"], ["rebuild"], ["backup"], ["restore"],
    ["keys", "create"], ["keys", "list"], ["keys", "revoke"], ["frameworks", "publish"], ["policies", "activate"],
    ["policy", "try"], ["signatures"],
]  # fmt: skip


def test_help_names_every_command(mastrail: Commands) -> None:
    shown = mastrail.apart("--help")
    assert shown.code == 0
    for command in {words[0] for words in COMMANDS}:
        assert command in shown.out


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(mastrail: Commands, words: list[str]) -> None:
    shown = mastrail(*words, "--help")
    assert shown.code == 0
    assert f"mastrail {' '.join(words)}" in " ".join(shown.out.split())


def test_every_setting_is_a_flag_of_serve(mastrail: Commands) -> None:
    shown = mastrail("serve", "--help").out
    for name in Settings.model_fields:
        assert "--" + name.replace("_", "-") in shown


def test_a_misspelt_variable_is_refused_by_name(mastrail: Commands) -> None:
    refused = mastrail.apart("keys", "list", stoer="sqlite")
    assert refused.code == 2
    assert "MASTRAIL_STOER is not a setting" in refused.err


def test_an_impossible_value_names_variable_and_flag(mastrail: Commands) -> None:
    refused = mastrail("serve", "--port", "http")
    assert refused.code == 2
    assert "MASTRAIL_PORT (--port)" in refused.err
    assert "Traceback" not in refused.err


def test_a_flag_wins_over_the_environment(mastrail: Commands) -> None:
    assert mastrail.apart("keys", "list", "--data-dir", "elsewhere").code == 0
    assert (mastrail.folder / "elsewhere" / "log.sqlite").exists()
    assert not (mastrail.folder / "data").exists()


def test_a_database_that_is_away_is_said_in_one_line(mastrail: Commands) -> None:
    refused = mastrail.apart("keys", "list", store="postgresql://me:secret@127.0.0.1:1/none")
    assert refused.code == 2
    assert "Traceback" not in refused.err
    assert "secret" not in refused.err
