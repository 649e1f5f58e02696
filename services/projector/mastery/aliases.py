"""The table of aliases: which IRIs mean the same to selectors (rule book, section 3).

A policy is compiled with the table that counts: what it names is widened to everything that means the same, so that
finding rules costs no more than without a table. Facts hold what an IRI means, so that duplicates and attempts agree.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from projector.mastery.checks import check_schema
from projector.mastery.conditions import glob_matches, glob_parts
from projector.mastery.dated import DatedVersion
from projector.mastery.documents import Kind
from projector.mastery.faults import InvalidDocument
from projector.mastery.times import parse

_PLAIN, _SECURE = "http://", "https://"


@dataclass(frozen=True, slots=True)
class Aliases:
    """What each alias means; with ``folds_schemes``, an https IRI means the http one.

    ``tag`` tells facts under this table from those under another; it is empty without any table.
    """

    tag: str = ""
    folds_schemes: bool = False
    meanings: Mapping[str, str] = field(default_factory=dict)
    others: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def _plain(self, iri: str) -> str:
        return _plain_scheme(iri) if self.folds_schemes else iri

    def meaning(self, iri: str) -> str:
        """Return the IRI that stands for all that mean the same as this one."""
        if not self.tag:
            return iri
        folded = self._plain(iri)
        return self.meanings.get(folded, folded)

    def same(self, iri: str) -> list[str]:
        """Return every IRI that means the same as this one, itself included."""
        if not self.tag:
            return [iri]
        meant = self.meaning(iri)
        return [form for one in (meant, *self.others.get(meant, ())) for form in self._schemes(one)]

    def _schemes(self, iri: str) -> list[str]:
        if self.folds_schemes and iri.startswith(_PLAIN):
            return [iri, _SECURE + iri.removeprefix(_PLAIN)]
        return [iri]

    def widen(self, iris: Iterable[str]) -> tuple[str, ...]:
        """Return what these IRIs and all that mean the same are, each once."""
        return tuple(dict.fromkeys(form for iri in iris for form in self.same(iri)))

    def widen_globs(self, patterns: Sequence[str]) -> tuple[tuple[str, ...], ...]:
        """Return the parts of globs that match what one of these matches, or what means the same as that."""
        globs = [glob_parts(form) for pattern in patterns for form in self._schemes(self._plain(pattern))]
        known = {meant: self.same(meant) for meant in self.others}
        matched = (
            form
            for forms in known.values()
            if any(glob_matches(g, one) for g in globs for one in forms)
            for form in forms
        )
        return tuple(dict.fromkeys((*globs, *((form,) for form in matched))))


NO_ALIASES = Aliases()


def _plain_scheme(iri: str) -> str:
    return _PLAIN + iri.removeprefix(_SECURE) if iri.startswith(_SECURE) else iri


class AliasTable(DatedVersion, frozen=True, kw_only=True):
    """A version of the table; ``pairs`` are (alias, what it means), as published."""

    folds_schemes: bool
    pairs: tuple[tuple[str, str], ...]

    def compiled(self) -> Aliases:
        """Return the table as selectors use it."""
        fold = _plain_scheme if self.folds_schemes else str
        meanings = {fold(alias): fold(meant) for alias, meant in self.pairs}
        others: dict[str, list[str]] = {}
        for alias, meant in meanings.items():
            others.setdefault(meant, []).append(alias)
        return Aliases(self.sha256[:16], self.folds_schemes, meanings, others)


ALIAS_TABLE = Kind("alias-table", AliasTable)


def alias_table(document: Mapping[str, Any], sha256: str, position: int) -> AliasTable:
    """Return the version of the table that a checked document is."""
    return AliasTable(
        id=document["id"],
        version=document["version"],
        sha256=sha256,
        effective_from=parse(document["effectiveFrom"]),
        position=position,
        folds_schemes=document.get("foldSchemes", False),
        pairs=tuple((one["iri"], one["means"]) for one in document.get("aliases", ())),
    )


def check_aliases(document: Any) -> None:
    """Hold a table against its published contract and the rules that it cannot say.

    Raises InvalidDocument with the pointer: each alias stands once and means something else that is no alias itself.
    """
    check_schema(document, "aliases")
    fold = _plain_scheme if document.get("foldSchemes", False) else str
    rows = [(fold(one["iri"]), fold(one["means"])) for one in document.get("aliases", ())]
    places: dict[str, int] = {}
    for place, (alias, meant) in enumerate(rows):
        if alias == meant:
            raise InvalidDocument("an alias means another IRI than itself", f"/aliases/{place}/means")
        if alias in places:
            raise InvalidDocument("this alias stands twice", f"/aliases/{place}/iri")
        places[alias] = place
    for place, (_, meant) in enumerate(rows):
        if meant in places:
            raise InvalidDocument("what an alias means is no alias itself", f"/aliases/{place}/means")
