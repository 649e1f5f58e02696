"""Frameworks and policies become entries of the log; a version never changes."""

from pathlib import Path

from acceptance.cli.commanding import EXAMPLES, Commands

FRAMEWORK = EXAMPLES / "framework.yaml"
POLICY = EXAMPLES / "policy-lockout.yaml"


def test_a_framework_is_published_once(mastrail_on_each: Commands) -> None:
    assert "recorded at position 2" in mastrail_on_each("frameworks", "publish", FRAMEWORK).out
    again = mastrail_on_each("frameworks", "publish", FRAMEWORK)
    assert again.code == 0
    assert "nothing changed" in again.out


def test_a_published_version_never_changes(mastrail: Commands, tmp_path: Path) -> None:
    mastrail("frameworks", "publish", FRAMEWORK)
    other = tmp_path / "framework.yaml"
    other.write_text(
        FRAMEWORK.read_text(encoding="utf-8").replace("Workshop safety", "Something else"), encoding="utf-8"
    )
    refused = mastrail("frameworks", "publish", other)
    assert (refused.code, refused.out) == (2, "")
    assert "a version never changes" in refused.err


def test_a_policy_needs_its_framework(mastrail: Commands) -> None:
    refused = mastrail("policies", "activate", POLICY)
    assert refused.code == 2
    assert "/framework" in refused.err


def test_a_policy_is_activated_from_a_date_and_in_a_mode(mastrail: Commands) -> None:
    mastrail("frameworks", "publish", FRAMEWORK)
    done = mastrail("policies", "activate", POLICY, "--mode", "carry", "--effective-from", "2025-06-01T00:00:00Z")
    assert done.code == 0
    assert "recorded at position 3" in done.out


def test_a_wrong_mode_and_a_wrong_date_are_refused(mastrail: Commands) -> None:
    mastrail("frameworks", "publish", FRAMEWORK)
    assert "/mode" in mastrail("policies", "activate", POLICY, "--mode", "never").err
    assert "/effectiveFrom" in mastrail("policies", "activate", POLICY, "--effective-from", "tomorrow").err


def test_every_fault_of_a_document_is_listed(mastrail: Commands) -> None:
    given = b"apiVersion: mastrail/v1\nkind: Framework\nid: no-iri\nitems: []\n"
    refused = mastrail.apart("frameworks", "publish", "-", given=given)
    assert refused.code == 2
    for pointer in ("/id", "/items", "/title", "/version"):
        assert pointer in refused.err
