"""Keys are made, listed and revoked from the command line; a secret is seen once."""

from acceptance.cli.commanding import Commands


def test_a_new_key_is_printed_as_json_for_scripts(mastrail_on_each: Commands) -> None:
    made = mastrail_on_each("keys", "create", "--name", "tool", "--scope", "all", "--json")
    assert made.code == 0
    assert set(made.json()) == {"key", "secret"}


def test_a_listed_key_shows_everything_but_its_secret(mastrail: Commands) -> None:
    scopes = ("--scope", "statements/write", "--scope", "state")
    made = mastrail("keys", "create", "--name", "tool", *scopes, "--expires", "2999-01-01", "--json").json()
    listed = mastrail("keys", "list", "--json")
    assert made["secret"] not in listed.out
    (credential,) = listed.json()
    assert (credential["key"], credential["name"]) == (made["key"], "tool")
    assert sorted(credential["scopes"]) == ["state", "statements/write"]
    assert credential["expires"].startswith("2999-01-01")


def test_a_revoked_key_is_listed_as_such(mastrail: Commands) -> None:
    made = mastrail("keys", "create", "--name", "tool", "--scope", "all", "--json").json()
    assert mastrail("keys", "revoke", made["key"], "--why", "the tool is gone").code == 0
    assert mastrail("keys", "list", "--json").json()[0]["revoked"]
    assert "revoked" in mastrail("keys", "list").out


def test_an_unknown_scope_is_refused_with_those_that_exist(mastrail: Commands) -> None:
    refused = mastrail("keys", "create", "--name", "tool", "--scope", "everything")
    assert refused.code == 2
    assert "unknown scope everything" in refused.err
    assert "statements/read" in refused.err
    assert "Traceback" not in refused.err


def test_a_key_that_is_not_there_cannot_be_revoked(mastrail: Commands) -> None:
    refused = mastrail("keys", "revoke", "nobody")
    assert (refused.code, refused.out) == (2, "")
    assert "no credential" in refused.err
