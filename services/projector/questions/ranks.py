"""Level numbers of everybody at once, from the rows of lists instead of whole states."""

import msgspec

from projector.mastery.registry import Registry
from projector.mastery.roles import COUNT_AS_NOTHING
from projector.store.projection import Snapshot


class _Policy(msgspec.Struct):
    id: str
    version: str


class _Body(msgspec.Struct):
    status: str
    level: str | None
    policy: _Policy


class _Row(msgspec.Struct):
    body: _Body


_decode = msgspec.json.Decoder(_Row).decode


class RowRanks:
    """The level number that counts for roles, by competency and person; a competency is read when first asked for."""

    def __init__(self, snapshot: Snapshot, registry: Registry) -> None:
        self._snapshot = snapshot
        self._registry = registry
        self._ranks: dict[str, dict[str, int]] = {}

    def __call__(self, person: str, competency: str) -> int:
        """Return the level number of a person, 0 for none."""
        if competency not in self._ranks:
            self._ranks[competency] = self._read(competency)
        return self._ranks[competency].get(person, 0)

    def _read(self, competency: str) -> dict[str, int]:
        found: dict[str, int] = {}
        for row in self._snapshot.standings_in(competency):
            state = _decode(row["body"]).body
            if state.level is not None and state.status not in COUNT_AS_NOTHING:
                policy = self._registry.policy(f"{state.policy.id}#{state.policy.version}")
                found[row["person_id"]] = policy.scale[policy.place(state.level)].rank
        return found
