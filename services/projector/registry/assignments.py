"""Who is in which team and holds which role: single changes, and whole lists from a file or an HR system."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson

from lrs.log.entry import NewEntry
from lrs.xapi.faults import Fault
from projector.mastery.canonical import canonical
from projector.mastery.identity import agent_of, identifier
from projector.mastery.organisation import assignment_key
from projector.registry.append import By, Change, Log, append_fact
from projector.registry.catalogue import ASSIGNMENT_CHANGED, Catalogue, entries_of, read_catalogue
from projector.registry.documents import check_assignment_document
from projector.registry.faults import InvalidDocument, invalid
from projector.registry.people import only_identity
from projector.registry.rehearsal import rehearse

COLUMNS = ("person", "team", "role", "from", "until")
MAX_ROWS = 100_000
MAX_CSV_BYTES = 32 * 1024 * 1024
_MOST_FAULTS = 500
_BATCH = 500

Document = Mapping[str, Any]


@dataclass(slots=True)
class Imported:
    """What an import did, or would do: ``new``, ``changed`` and ``unchanged`` assignments, and where the log is."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    dry_run: bool = False
    positions: list[int] = field(default_factory=list)

    def told(self) -> dict[str, Any]:
        """Return it as JSON values."""
        last = self.positions[-1] if self.positions else None
        counts = {"new": self.new, "changed": self.changed, "unchanged": self.unchanged}
        return {**counts, "dryRun": self.dry_run, "position": last}


def assign(log: Log, document: Document, by: By, *, new_id: Callable[[], UUID]) -> Change:
    """Say that a person is in a team or holds a role. Raises InvalidDocument with every fault."""
    checked = _checked(document)
    faults = list(_unknown_role(checked, read_catalogue(log), ""))
    if faults:
        raise _refused(faults)
    return append_fact(log, ASSIGNMENT_CHANGED, new_id(), {"document": checked}, by)


def import_assignments(
    log: Log, documents: Sequence[Document], by: By, *, new_id: Callable[[], UUID], dry_run: bool = False
) -> Imported:
    """Take a list of assignments, all of them or, when one is at fault, none.

    What is so already is left out: importing a list again changes nothing. Raises InvalidDocument with the faults of
    every row; the pointer begins with the place of the row, from 0.
    """
    rows = _checked_rows(documents, read_catalogue(log))
    known = _known(log)
    done, entries = Imported(dry_run=dry_run), []
    for row in rows:
        key = _key(row)
        before = known.get(key)
        if before == row:
            done.unchanged += 1
            continue
        done.changed += before is not None
        done.new += before is None
        known[key] = row
        entries.append(row)
    for start in range(0, 0 if dry_run else len(entries), _BATCH):
        receipt = log.append([_entry(row, by, new_id()) for row in entries[start : start + _BATCH]])
        done.positions.extend(receipt.positions)
    return done


def read_csv(content: bytes) -> list[dict[str, Any]]:
    """Return the assignments of a CSV file with the columns person, team, role, from, until.

    ``person`` is ``mailto:a@b.c``, a SHA-1 in hex, an OpenID, or ``homePage::name``. Raises InvalidDocument.
    """
    if len(content) > MAX_CSV_BYTES:
        raise invalid(f"the file is larger than {MAX_CSV_BYTES} bytes")
    try:
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig")), strict=True)
        names = tuple(reader.fieldnames or ())
        if not set(names) <= set(COLUMNS) or not {"person", "from"} <= set(names):
            raise invalid(f"the first line names columns of {', '.join(COLUMNS)}, person and from among them")
        return [_document(row) for row in reader]
    except UnicodeDecodeError as error:
        raise invalid("the file is not UTF-8") from error
    except csv.Error as error:
        raise invalid(f"line {reader.line_num} is no CSV") from error


def _document(row: Mapping[str | None, Any]) -> dict[str, Any]:
    if None in row:
        raise invalid("a line has more fields than the first one")
    given = {str(name): text.strip() for name, text in row.items() if text}
    person = {"person": agent_of(given.pop("person"))} if given.get("person") else {}
    return {"apiVersion": "mastrail/v1", "kind": "Assignment", **person, **{n: t for n, t in given.items() if t}}


def _checked(document: Document) -> dict[str, Any]:
    check_assignment_document(document)
    return {**document, "person": only_identity(document["person"], "person")}


def _checked_rows(documents: Sequence[Document], known: Catalogue) -> list[dict[str, Any]]:
    if len(documents) > MAX_ROWS:
        raise invalid(f"there are more than {MAX_ROWS} assignments; send them in parts")
    rows: list[dict[str, Any]] = []
    faults: list[Fault] = []
    for place, document in enumerate(documents):
        try:
            rows.append(_checked(document))
            faults.extend(_unknown_role(rows[-1], known, f"/{place}"))
        except InvalidDocument as error:
            faults.extend(Fault(one.message, f"/{place}{one.pointer}", one.rule) for one in error.faults)
        if len(faults) >= _MOST_FAULTS:
            break
    if faults:
        raise _refused(faults)
    return rows


def _unknown_role(document: Document, known: Catalogue, at: str) -> Iterator[Fault]:
    role = document.get("role")
    return known.role_fault(role, f"{at}/role") if role is not None else iter(())


def _refused(faults: list[Fault]) -> InvalidDocument:
    first = faults[0]
    return InvalidDocument(f"the assignments are not valid: {first.pointer}: {first.message}", faults)


def _known(log: Log) -> dict[str, dict[str, Any]]:
    """Return the newest assignment of each key, as the log has it."""
    found = (orjson.loads(entry.payload)["document"] for entry in entries_of(log, ASSIGNMENT_CHANGED))
    return {_key(document): document for document in found}


def _key(document: Document) -> str:
    who = identifier(document["person"])
    if who is None:
        raise invalid("an agent with an inverse functional identifier is wanted", "/person", "agent")
    return assignment_key(who.key, document.get("team"), document.get("role"), document["from"])


def _entry(document: Document, by: By, entry_id: UUID) -> NewEntry:
    fact = {"document": document, "who": by.who, "why": by.why}
    rehearse(ASSIGNMENT_CHANGED, fact)
    return NewEntry(entry_id, ASSIGNMENT_CHANGED, canonical(fact))
