"""Which policies are in force: by competency and date, with the index of their rules (sections 1 and 12)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec

from projector.mastery.aliases import (
    ALIAS_TABLE,
    NO_ALIASES,
    Aliases,
    AliasTable,
    alias_table,
    check_aliases,
)
from projector.mastery.canonical import canonical, document_sha256, plain
from projector.mastery.dated import Dated
from projector.mastery.documents import Documents, Kind
from projector.mastery.faults import InvalidDocument
from projector.mastery.graph import Graph
from projector.mastery.policy import compile_checked, compile_policy
from projector.mastery.rulebook import Policy, facts_under_table
from projector.mastery.selection import Index

_JSON = msgspec.json.Decoder(float_hook=Decimal)


class Version(msgspec.Struct, frozen=True):
    """An immutable version of a document: its canonical JSON and the hash of it."""

    document: str
    sha256: str

    def parsed(self) -> Any:
        """Return the document with exact numbers."""
        return _JSON.decode(self.document)


class Activation(msgspec.Struct, frozen=True):
    """A policy version put into force from ``effective_from`` on by the entry at ``position``, ``recorded`` then."""

    policy_key: str
    effective_from: int
    mode: str
    position: int
    in_force: bool = False
    recorded: int = 0


class Activations(msgspec.Struct, frozen=True):
    """The activations of one competency in the order (effective_from, position)."""

    activations: tuple[Activation, ...]


class Alignment(msgspec.Struct, frozen=True):
    """The competencies that an activity feeds."""

    competencies: tuple[str, ...]


POLICY = Kind("policy", Version)
FRAMEWORK = Kind("framework", Version)
ACTIVATIONS = Kind("activations", Activations)
ALIGNMENT = Kind("alignment", Alignment)
ALIASES = Kind("aliases-document", Version)


@dataclass(frozen=True, slots=True)
class Order:
    """An activation that is asked for; ``effective_from`` and ``mode`` None take what the document says."""

    document: Mapping[str, Any]
    effective_from: int | None = None
    mode: str | None = None
    position: int = 0
    recorded: int | None = None


def keep_version(documents: Documents, kind: Kind[Version], document: Mapping[str, Any]) -> Version:
    """Keep a version of a document under ``id#version``; raises InvalidDocument if it is there with other content."""
    key = f"{document['id']}#{document['version']}"
    version = Version(canonical(document).decode(), document_sha256(document))
    known = documents.get(kind, key)
    if known is not None and known.sha256 != version.sha256:
        raise InvalidDocument(f"version {document['version']} of {document['id']} is immutable", "/version")
    documents.put(kind, key, version)
    return version


def facts_keys(documents: Documents) -> list[str]:
    """Return the ``facts`` of every policy version, without and under every table of aliases."""
    tables = [NO_ALIASES, *(table.compiled() for _, table in documents.scan(ALIAS_TABLE))]
    return [facts_under_table(key, aliases) for key, _ in documents.scan(POLICY) for aliases in tables]


class Registry:
    """The compiled policies; built from the stored documents, so a new one knows the same.

    ``elsewhere`` tells who is who among people who are folded elsewhere; ``is_about_actors`` whether every rule is
    about the actor of a statement.
    """

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._policies: dict[str, Policy] = {}
        self._activations: dict[str, tuple[Activation, ...]] = {}
        self._in_force: dict[str, Sequence[Activation]] = {}
        self.elsewhere: Documents | None = None
        self._tables: Dated[AliasTable] = Dated(documents, ALIAS_TABLE)
        self._aliases = {table.sha256: table.compiled() for table in self._tables.versions()}
        for _, version in documents.scan(POLICY):
            self._compile(version, self._all_aliases())
        for competency, stored in documents.scan(ACTIVATIONS):
            self._know(competency, stored.activations)
        self.settle()

    def settle(self) -> None:
        """Build what follows from the documents: the index of the rules, the order, the next date that matters."""
        wanted = {one.policy_key for found in self._activations.values() for one in found}
        self.index = self.index_of(one for key in sorted(wanted) for one in self._under_all(key))
        self.graph = Graph(self._deciding())
        rules = [rule for key in sorted(wanted) for rule in self._policies[key].rules]
        self.is_about_actors = all(rule.subject.where == "actor" for rule in rules)
        waiting = [one.effective_from for found in self._activations.values() for one in found if not one.in_force]
        if self._tables.next_date is not None:
            waiting.append(self._tables.next_date)
        self.next_date: int | None = min(waiting, default=None)

    def aligned(self) -> dict[str, list[str]]:
        """Return the activities that feed each competency."""
        aligned: dict[str, list[str]] = {}
        for activity, alignment in self._documents.scan(ALIGNMENT):
            for competency in alignment.competencies:
                aligned.setdefault(competency, []).append(activity)
        return aligned

    def _deciding(self) -> Iterator[Policy]:
        """Yield for each competency the version in force and the newest one."""
        for competency in sorted(self._activations):
            found = self._activations[competency]
            newest = [one for one in found if one.in_force][-1:] + list(found[-1:])
            for key in dict.fromkeys(one.policy_key for one in newest):
                yield self._policies[key]

    def policy(self, facts: str) -> Policy:
        """Return a compiled policy version by its ``facts``: ``id#version`` is that without any table of aliases."""
        return self._policies[facts]

    def deciding(self, key: str, as_of: int | None = None) -> Policy:
        """Return a policy version by ``id#version`` under the table of aliases that counts now, or at ``as_of``."""
        return self._policies[facts_under_table(key, self._counting_aliases(as_of))]

    def _counting_aliases(self, as_of: int | None = None) -> Aliases:
        table = max(self._tables.current(as_of).values(), key=lambda one: one.order, default=None)
        return NO_ALIASES if table is None else self._aliases[table.sha256]

    def _all_aliases(self) -> list[Aliases]:
        return [NO_ALIASES, *self._aliases.values()]

    def _under_all(self, key: str) -> list[Policy]:
        """Return a policy version without and under every table of aliases."""
        return [self._policies[facts_under_table(key, one)] for one in self._all_aliases()]

    def _compile(self, version: Version, tables: Iterable[Aliases]) -> None:
        document = version.parsed()
        for aliases in tables:
            policy = compile_checked(document, version.sha256, aliases)
            self._policies[policy.facts] = policy

    def activations(self, competency: str, as_of: int | None = None) -> Sequence[Activation]:
        """Return the activations that count, oldest first: those in force now, or those dated up to ``as_of``."""
        if as_of is None:
            return self._in_force.get(competency, ())
        return [one for one in self._activations.get(competency, ()) if one.effective_from <= as_of]

    def competencies(self) -> list[str]:
        """Return every competency that a policy decides, what it stands on first."""
        return sorted(self._activations, key=self.graph.rank)

    def index_of(self, policies: Iterable[Policy]) -> Index:
        """Return an index of the rules of these policies alone."""
        return Index(policies, self.aligned())

    def policies_of(self, competency: str) -> list[Policy]:
        """Return every version that was ever activated for a competency, under every table of aliases."""
        keys = dict.fromkeys(one.policy_key for one in self._activations.get(competency, ()))
        return [policy for key in keys for policy in self._under_all(key)]

    def in_force(self, competency: str, as_of: int | None = None) -> Policy | None:
        """Return the policy version that is the newest in force for a competency."""
        found = self.activations(competency, as_of)
        return self.deciding(found[-1].policy_key, as_of) if found else None

    def decides(self, policy: Policy) -> bool:
        """Return whether this version is the newest in force, under the table of aliases that counts."""
        return self.in_force(policy.competency) is policy

    def activate(self, order: Order) -> tuple[Policy, Activation]:
        """Keep a policy version and note from when it decides.

        Raises InvalidDocument or UnsupportedFeature with a JSON pointer; then nothing has changed.
        """
        document = plain(order.document)
        policy = compile_policy(document)
        start = policy.effective_from if order.effective_from is None else order.effective_from
        recorded = start if order.recorded is None else order.recorded
        mode = order.mode or policy.on_version_change
        activation = Activation(policy.key, start, mode, order.position, in_force=False, recorded=recorded)
        self._check_order(policy)
        version = keep_version(self._documents, POLICY, document)
        self._policies[policy.key] = policy
        self._compile(version, self._aliases.values())
        self._put(policy.competency, (*self._activations.get(policy.competency, ()), activation))
        self.settle()
        return policy, activation

    def publish_aliases(self, document: Any, position: int) -> list[Policy]:
        """Keep a version of the table of aliases; returns the policies under it, none where it was there before.

        Raises InvalidDocument with a JSON pointer; then nothing has changed.
        """
        document = plain(document)
        check_aliases(document)
        version = keep_version(self._documents, ALIASES, document)
        if version.sha256 in self._aliases:
            return []
        table = self._tables.add(alias_table(document, version.sha256, position))
        aliases = self._aliases[table.sha256] = table.compiled()
        for _, policy in self._documents.scan(POLICY):
            self._compile(policy, [aliases])
        self.settle()
        return [one for name in sorted(self._activations) for one in self.policies_of(name) if one.aliases is aliases]

    def aliases_take_effect(self, now: int) -> int | None:
        """Put every table of aliases in force whose date has come; returns the date of another one that counts now."""
        if self._tables.next_date is None or now < self._tables.next_date:
            return None
        before = self._counting_aliases()
        dates = [table.effective_from for table in self._tables.take_effect(now)]
        self.settle()
        return max(dates) if self._counting_aliases() is not before else None

    def _check_order(self, policy: Policy) -> None:
        """Refuse a policy that makes competencies stand on each other in a circle, at the part that does."""
        try:
            Graph([*(one for one in self._deciding() if one.competency != policy.competency), policy])
        except InvalidDocument as circle:
            at = "/prerequisites/expr" if policy.rollup is None else "/rollup/children"
            raise InvalidDocument(circle.reason, at) from circle

    def _put(self, competency: str, activations: tuple[Activation, ...]) -> None:
        ordered = tuple(sorted(activations, key=lambda one: (one.effective_from, one.position)))
        self._know(competency, ordered)
        self._documents.put(ACTIVATIONS, competency, Activations(ordered))

    def _know(self, competency: str, activations: tuple[Activation, ...]) -> None:
        self._activations[competency] = activations
        self._in_force[competency] = [one for one in activations if one.in_force]

    def take_effect(self, now: int) -> list[tuple[str, int]]:
        """Put in force every version whose date has come; returns the competencies with a new one, with its date."""
        changed: list[tuple[str, int]] = []
        for competency in sorted(self._activations):
            before = self._activations[competency]
            after = tuple(
                msgspec.structs.replace(one, in_force=True) if one.effective_from <= now else one for one in before
            )
            if after == before:
                continue
            was = self.activations(competency)[-1:]
            self._put(competency, after)
            current = self.activations(competency)[-1:]
            if current != was:
                changed.append((competency, current[0].effective_from))
        self.settle()
        return sorted(changed, key=lambda one: (self.graph.rank(one[0]), one[0]))
