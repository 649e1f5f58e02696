"""Every example of docs/mastery-policies.md gives what the page says."""

import json
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from projector.registry.loading import load_document
from support.served import mastrail_command

PAGE = Path(__file__).parents[3] / "docs/mastery-policies.md"
_BLOCK = re.compile(r"^```(\w+) (\w[\w-]*)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def parsed(text: str) -> dict[str, Any]:
    return load_document(text.encode())


@dataclass
class Reader:
    """Somebody who reads the page and does what it says."""

    folder: Path
    policy: dict[str, Any] = field(default_factory=dict)
    others: list[dict[str, Any]] = field(default_factory=list)
    statements: str = ""
    beside: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        documents = [{name: value for name, value in self.policy.items() if value is not None}, *self.others]
        (self.folder / "policy.yaml").write_text(
            "---\n".join(json.dumps(document) + "\n" for document in documents), encoding="utf-8"
        )
        (self.folder / "statements.ndjson").write_text(self.statements, encoding="utf-8")
        for name, content in self.beside.items():
            (self.folder / f"{name}.yaml").write_text(content, encoding="utf-8")
        others = [word for name in self.beside for word in (f"--{name}", f"{name}.yaml")]
        command = [
            mastrail_command(),
            "policy",
            "try",
            "statements.ndjson",
            "--policy",
            "policy.yaml",
            *others,
            *arguments,
        ]
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False, timeout=120)

    def answer(self, options: dict[str, str]) -> dict[str, Any]:
        done = self.run(*(["--as-of", options["as-of"]] if "as-of" in options else []))
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    def expect_credentials(self, options: dict[str, str], expected: dict[str, dict[str, Any]]) -> None:
        found = {one["person"]: one for one in self.answer(options)["credentials"]}
        for person, wanted in expected.items():
            assert {name: found[person][name] for name in wanted} == wanted

    def expect(self, options: dict[str, str], expected: dict[str, dict[str, Any]]) -> None:
        competency = options.get("competency", self.policy["competency"])
        states = {
            state["person"]: {**state, "reasons": [one["reason"] for one in state["evidence"] if "reason" in one]}
            for state in self.answer(options)["states"]
            if state["competency"] == competency
        }
        for person, wanted in expected.items():
            assert {name: states[person][name] for name in wanted} == wanted


def test_every_example_does_what_the_page_says(tmp_path: Path) -> None:
    reader, seen = Reader(tmp_path), dict[str, int]()
    for language, kind, rest, content in _BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        seen[kind] = seen.get(kind, 0) + 1
        options = dict(one.split("=", 1) for one in rest.split())
        if kind == "policy":
            reader.policy = parsed(content)
        elif kind == "change":
            reader.policy |= parsed(content)
        elif kind == "another":
            reader.others.append(parsed(content))
        elif kind == "statements":
            reader.statements = content
        elif kind in ("aliases", "credential"):
            reader.beside[kind] = content
        elif kind == "credentials":
            reader.expect_credentials(options, json.loads(content))
        elif kind == "expect":
            reader.expect(options, json.loads(content))
        elif kind == "refused":
            done = reader.run()
            assert (done.returncode, content.strip() in done.stderr) == (2, True), done.stderr
        else:
            raise AssertionError(f"{language} {kind}")
    assert seen["expect"] == 12
    assert seen["credentials"] == 2
    assert seen["refused"] == 1


def test_somebody_who_only_completed_something_has_no_state(tmp_path: Path) -> None:
    blocks = {kind: content for _, kind, _, content in reversed(_BLOCK.findall(PAGE.read_text(encoding="utf-8")))}
    reader = Reader(tmp_path, parsed(blocks["policy"]), statements=blocks["statements"])
    states = json.loads(reader.run().stdout.splitlines()[-1])["states"]
    assert [state["person"] for state in states] == ["mailto:ana@workshop.example"]
