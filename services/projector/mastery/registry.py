"""Which documents are in force: policies by competency and date, and the index of their rules (sections 1 and 12)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from projector.mastery.canonical import canonical, document_sha256, plain
from projector.mastery.documents import Documents, Kind
from projector.mastery.faults import InvalidDocument, UnsupportedFeature
from projector.mastery.policy import Policy, compile_policy
from projector.mastery.selection import Index

_JSON = msgspec.json.Decoder(float_hook=Decimal)


class Version(msgspec.Struct, frozen=True):
    """An immutable version of a document: its canonical JSON and the hash of it."""

    document: str
    sha256: str


class Activation(msgspec.Struct, frozen=True):
    """A policy version put into force from ``effective_from`` on by the entry at ``position``."""

    policy_key: str
    effective_from: int
    mode: str
    position: int
    in_force: bool = False


class Activations(msgspec.Struct, frozen=True):
    """The activations of one competency in the order (effective_from, position)."""

    activations: tuple[Activation, ...]


POLICY = Kind("policy", Version)
FRAMEWORK = Kind("framework", Version)
ACTIVATIONS = Kind("activations", Activations)


def keep_version(documents: Documents, kind: Kind[Version], document: Mapping[str, Any]) -> Version:
    """Keep a version of a document under ``id#version``; raises InvalidDocument if it is there with other content."""
    key = f"{document['id']}#{document['version']}"
    version = Version(canonical(document).decode(), document_sha256(document))
    known = documents.get(kind, key)
    if known is not None and known.sha256 != version.sha256:
        raise InvalidDocument(f"version {document['version']} of {document['id']} is immutable", "/version")
    documents.put(kind, key, version)
    return version


class Registry:
    """The compiled documents; built from the stored ones, so a new one knows the same."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._policies: dict[str, Policy] = {}
        self._activations: dict[str, tuple[Activation, ...]] = {}
        for key, version in documents.scan(POLICY):
            self._policies[key] = compile_policy(_JSON.decode(version.document))
        for competency, stored in documents.scan(ACTIVATIONS):
            self._activations[competency] = stored.activations
        self._settle()

    def _settle(self) -> None:
        """Build what follows from the activations: the index of the rules and the next date that matters."""
        wanted = {one.policy_key for found in self._activations.values() for one in found}
        self.index = Index(self._policies[key] for key in sorted(wanted))
        waiting = [one.effective_from for found in self._activations.values() for one in found if not one.in_force]
        self.next_date: int | None = min(waiting, default=None)

    def policy(self, key: str) -> Policy:
        """Return a compiled policy version by ``id#version``."""
        return self._policies[key]

    def in_force(self, competency: str) -> Policy | None:
        """Return the policy version that decides a competency now."""
        found = [one for one in self._activations.get(competency, ()) if one.in_force]
        return self._policies[found[-1].policy_key] if found else None

    def decides(self, policy: Policy) -> bool:
        """Return whether this version is the one in force."""
        current = self.in_force(policy.competency)
        return current is not None and current.key == policy.key

    def activate(
        self, document: Mapping[str, Any], effective_from: int | None, mode: str | None, position: int
    ) -> Policy:
        """Keep a policy version and note from when it decides; ``effective_from`` and ``mode`` override the document.

        Raises InvalidDocument or UnsupportedFeature with a JSON pointer.
        """
        document = plain(document)
        policy = compile_policy(document)
        mode = mode or document.get("onVersionChange", "reevaluate")
        if mode != "reevaluate":
            raise UnsupportedFeature(f"onVersionChange {mode}", "/onVersionChange")
        keep_version(self._documents, POLICY, document)
        self._policies[policy.key] = policy
        start = policy.effective_from if effective_from is None else effective_from
        self._put(
            policy.competency,
            (*self._activations.get(policy.competency, ()), Activation(policy.key, start, mode, position)),
        )
        self._settle()
        return policy

    def _put(self, competency: str, activations: tuple[Activation, ...]) -> None:
        ordered = tuple(sorted(activations, key=lambda one: (one.effective_from, one.position)))
        self._activations[competency] = ordered
        self._documents.put(ACTIVATIONS, competency, Activations(ordered))

    def take_effect(self, now: int) -> list[tuple[Policy, int]]:
        """Put in force every version whose date has come; returns those that decide now, with their dates."""
        changed: list[tuple[Policy, int]] = []
        for competency in sorted(self._activations):
            before = self._activations[competency]
            after = tuple(
                msgspec.structs.replace(one, in_force=True) if one.effective_from <= now else one for one in before
            )
            if after == before:
                continue
            was = self.in_force(competency)
            self._put(competency, after)
            current = self.in_force(competency)
            if current is not None and current is not was:
                date = max(one.effective_from for one in after if one.in_force)
                changed.append((current, date))
        self._settle()
        return changed
