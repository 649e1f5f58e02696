"""What aliases mean for the oracle: a statement is selected as soon as any rewriting of it is (section 3).

It shares nothing with ``aliases``, which widens policies instead.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

from projector.mastery.rulebook import Match
from projector.mastery.selection import selects
from projector.mastery.statements import activity_of, context_activities

_KINDS = ("parent", "grouping", "category")


class NaiveAliases:
    """One version of the table, or none."""

    def __init__(self, document: Mapping[str, Any] | None) -> None:
        table = document or {}
        self._folds = table.get("foldSchemes", False)
        self._rows = [(self._plain(one["iri"]), self._plain(one["means"])) for one in table.get("aliases", ())]

    def _plain(self, iri: str) -> str:
        return "http" + iri[5:] if self._folds and iri.startswith("https://") else iri

    def meaning(self, iri: str) -> str:
        """Return what an IRI means."""
        return next((meant for alias, meant in self._rows if alias == self._plain(iri)), self._plain(iri))

    def _forms(self, iri: str) -> list[str]:
        """Return every way to write what an IRI means."""
        named = [iri, self.meaning(iri), *(alias for alias, _ in self._rows)]
        secure = ["https" + one[4:] for one in named if self._folds and one.startswith("http://")]
        return [one for one in dict.fromkeys([*named, *secure]) if self.meaning(one) == self.meaning(iri)]

    def _rewritings(self, statement: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        verbs = self._forms(statement["verb"]["id"])
        objects: Sequence[Any] = [statement["object"]]
        activity = activity_of(statement)
        if activity is not None:
            objects = [
                {**statement["object"], "id": name, "definition": definition}
                for name in self._forms(activity)
                for definition in self._definitions(statement["object"])
            ]
        around = {
            kind: [{"id": form} for iri in context_activities(statement, kind) for form in self._forms(iri)]
            for kind in _KINDS
        }
        for verb, target in product(verbs, objects):
            yield {"verb": {"id": verb}, "object": target, "context": {"contextActivities": around}}

    def _definitions(self, target: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        kind = target.get("definition", {}).get("type")
        return [{}] if kind is None else [{"type": form} for form in self._forms(kind)]

    def selects(self, match: Match, statement: Mapping[str, Any]) -> bool:
        """Return whether a selector takes a normalised statement, written in any way."""
        if match.where is not None and not match.where(statement):
            return False
        plain = replace(match, where=None)
        return any(selects(plain, one) for one in self._rewritings(statement))

    def meant(self, statement: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the statement with its verb and activity as what they mean."""
        verb = {**statement["verb"], "id": self.meaning(statement["verb"]["id"])}
        activity = activity_of(statement)
        if activity is None:
            return {**statement, "verb": verb}
        return {**statement, "verb": verb, "object": {**statement["object"], "id": self.meaning(activity)}}
