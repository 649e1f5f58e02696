"""The documents say what the code says."""

import re
from pathlib import Path

from lrs.ingest.scopes import SCOPES
from lrs.xapi.signatures import Verdict
from mastrail.settings import Settings

ROOT = Path(__file__).parents[3]


def shown(default: object) -> str:
    text = ",".join(default) if isinstance(default, tuple) else str(default)
    return f"`{text}`" if text else "none"


def test_the_settings_table_is_that_of_the_code() -> None:
    rows = re.findall(
        r"^\| `(MASTRAIL_\w+)` .*$", (ROOT / "docs/operations.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert rows == [f"MASTRAIL_{name.upper()}" for name in Settings.model_fields]
    text = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    for name, field in Settings.model_fields.items():
        flag = "--" + name.replace("_", "-")
        assert f"| `MASTRAIL_{name.upper()}` | `{flag}` | {shown(field.default)} | {field.description} |" in text


def test_every_link_to_a_file_leads_somewhere() -> None:
    for document in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text(encoding="utf-8")):
            assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_every_scope_and_verdict_stands_in_the_table_of_xapi() -> None:
    rows = re.findall(r"^\| (`[^|]+`) \|", (ROOT / "docs/xapi.md").read_text(encoding="utf-8"), re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`([^`]+)`", row)}
    assert named >= {*SCOPES, *(verdict.value for verdict in Verdict)}


def test_every_dependency_is_named_with_its_licence() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (listed,) = re.findall(r"^dependencies = \[(.*?)^\]", project, re.MULTILINE | re.DOTALL)
    names = re.findall(r'"([a-z0-9-]+)', listed)
    record = (ROOT / "docs/adr/0018-libraries-and-licences.md").read_text(encoding="utf-8").lower()
    assert [name for name in names if name not in record] == []
