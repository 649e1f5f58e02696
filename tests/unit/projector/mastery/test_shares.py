"""Section 13: N workers = 1. However many folds share the people, they tell and keep what one fold would."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from projector.mastery.canonical import own_canonical
from projector.mastery.documents import DictDocuments
from projector.mastery.envelope import COUNTER
from projector.mastery.fold import STATEMENT, Fold
from projector.mastery.joining import Joining, Told
from projector.mastery.policy import compile_policy
from projector.mastery.share import EVERYBODY, Bonds, Share, ties_people
from projector.mastery.times import moment_of, parse
from unit.projector.mastery.engine_kinds import KINDS
from unit.projector.mastery.engine_lines import ANA, BEN
from unit.projector.mastery.engine_vectors import cases, document, line_of
from unit.projector.mastery.random_logs import aligned_policy_sets, modest, organised_logs

MODEST = modest()
NAMESPACE = UUID(int=13)
TENANT = "default"

Lines = list[dict[str, Any]]


def recorded_of(line: dict[str, Any]) -> int:
    return parse(next(line[name] for name in ("stored", "recorded", "now", "timestamp") if name in line))


class Folded:
    """What a fold over its share of the people tells and keeps."""

    def __init__(self, lines: Lines, share: Share = EVERYBODY) -> None:
        self.documents = DictDocuments()
        self.told: list[Told] = []
        self._seen: list[tuple[int, Any, dict[str, Any]]] = []
        fold = Fold(self.documents, tenant=TENANT, namespace=NAMESPACE, history=self._history, share=share)
        for position, line in enumerate(lines, start=1):
            kind, recorded = line.get("entry", STATEMENT), moment_of(recorded_of(line))
            for event, place in zip(fold.apply(position, kind, recorded, line), fold.places, strict=True):
                self._tell(position, place, event)
            if kind == STATEMENT:
                self._seen.append((position, recorded, line))

    def _history(self, before: int) -> Iterator[tuple[int, Any, dict[str, Any]]]:
        return (one for one in self._seen if one[0] < before)

    def _tell(self, position: int, place: tuple[Any, ...], event: dict[str, Any]) -> None:
        common, person = event["partitionkey"] == TENANT, event["data"].get("personId")
        self.told.append(Told(position, place, common, person, event["type"], event["id"], own_canonical(event)))

    def kept(self) -> dict[tuple[str, str], Any]:
        scanned = ((kind, self.documents.scan(kind)) for kind in KINDS if kind != COUNTER)
        return {(kind.name, key): value for kind, found in scanned for key, value in found}

    def counted(self) -> int:
        counter = self.documents.get(COUNTER, "tenant")
        return 0 if counter is None else counter.sequence


def shares_of(lines: Lines, count: int) -> list[Share]:
    bonds = Bonds()
    for line in lines:
        bonds.note(line.get("entry", STATEMENT), line)
    tied = any(ties_people(compile_policy(line["policy"]), bonds) for line in lines if "policy" in line)
    return [Share(number, count, bonds.roots(), undivided=tied) for number in range(count)]


def together(folds: list[Folded]) -> dict[tuple[str, str], Any]:
    found: dict[tuple[str, str], Any] = {}
    for fold in folds:
        for key, value in fold.kept().items():
            assert found.setdefault(key, value) == value
    return found


def assert_shares_are_one(lines: Lines, count: int) -> None:
    alone = Folded(lines)
    folds = [Folded(lines, share) for share in shares_of(lines, count)]
    joining = Joining(NAMESPACE, 0)
    assert joining.joined([fold.told for fold in folds]) == alone.told
    assert joining.sequence == alone.counted()
    assert together(folds) == alone.kept()


def activated(policies: list[dict[str, Any]]) -> Lines:
    return [{"entry": "PolicyActivated", "policy": one, "recorded": "2026-01-01T00:00:00Z"} for one in policies]


@MODEST
@given(aligned_policy_sets(), organised_logs(), st.integers(2, 4))
def test_shares_tell_and_keep_what_one_fold_does(policies: list[dict[str, Any]], lines: Lines, count: int) -> None:
    assert_shares_are_one([*activated(policies), *lines], count)


def test_shares_tell_every_worked_case_as_one_fold_does() -> None:
    for case in cases():
        if not {"refused", "left_out"} & case.keys():
            policies = [document(one) for one in case.get("policies", [{}])]
            assert_shares_are_one([*activated(policies), *map(line_of, case["lines"])], 3)


def test_people_fall_to_different_shares_unless_they_are_merged() -> None:
    bonds, people = Bonds(), [f"account:https://a.example::{number}" for number in range(200)]
    shares = [Share(number, 3) for number in range(3)]
    assert [sum(share.takes(one) for share in shares) for one in people] == [1] * len(people)
    assert min(sum(map(share.takes, people)) for share in shares) > len(people) // 5
    bonds.note("PersonsMerged", {"survivor": ANA, "merged": BEN})
    bonds.note("IdentityLinked", {"person": BEN, "identifier": {"openid": "https://c.example"}})
    tied = Share(0, 50, bonds.roots())
    first = tied.taker("openid:https://c.example")
    assert {tied.taker(key) for key in bonds.roots()} == {first}
    assert len(bonds.roots()) == 2
