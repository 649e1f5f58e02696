"""Read the parameters of a request, each by its type, and collect every fault before refusing (Communication 3.2).

Values are held to the same standards as values of the same types in statements (Data 2.2.s4.b4).
"""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from lrs.xapi.explain import explain
from lrs.xapi.faults import Fault, InvalidQuery
from lrs.xapi.schema import fast_validator
from lrs.xapi.terms import agent_identifier
from lrs.xapi.timestamps import read_timestamp
from lrs.xapi.version import Version

_LONGEST_INTEGER = len("9223372036854775807")
_DIGITS = re.compile(r"[0-9]+")
_PLUS_SENT_AS_IT_IS = re.compile(r" (?=[0-9]{2}(?::?[0-9]{2})?$)")
_KINDS = {
    "iri": "an IRI with a scheme",
    "uuid": "a UUID in standard string form",
    "timestamp": "a timestamp",
}


class Pairs:
    """The (name, value) pairs of one request to ``resource``.

    The reading methods return None for what is absent or faulty; ``refuse_faults`` then raises with all faults.
    """

    def __init__(
        self, pairs: Sequence[tuple[str, str]], allowed: Collection[str], version: Version, resource: str, rule: str
    ) -> None:
        self._values = dict(pairs)
        self._version = version
        self._rule = rule
        self._faults: list[Fault] = []
        spelt = {name.casefold(): name for name in allowed}
        for name, count in Counter(name for name, _ in pairs).items():
            if name not in allowed:
                meant = spelt.get(name.casefold())
                hint = f"; it is spelt {meant}" if meant else ""
                section = "Communication 3.2.s3.b8" if meant else "Communication 3.2.s3.b7"
                self.fault(f"{resource} has no parameter {name[:80]}{hint}", section)
            elif count > 1:
                self.fault(f"{name} is given {count} times", "Communication 3.2.s3.b7")

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def fault(self, message: str, rule: str = "") -> None:
        """Note one more reason to refuse the request."""
        self._faults.append(Fault(message, rule=rule or self._rule))

    def refuse_faults(self) -> None:
        """Raise InvalidQuery with every fault that was found, if any was."""
        if self._faults:
            raise InvalidQuery(self._faults[0].message, self._faults)

    def require(self, *names: str) -> None:
        """Note a fault for every one of ``names`` that is absent."""
        for name in names:
            if name not in self._values:
                self.fault(f"{name} is missing")

    def text(self, name: str) -> str | None:
        """Return the value as it is."""
        return self._values.get(name)

    def iri(self, name: str) -> str | None:
        """Return the value if it is an IRI."""
        return self._typed(name, "iri")

    def uuid(self, name: str) -> str | None:
        """Return the value in lower case if it is a UUID."""
        value = self._typed(name, "uuid")
        return None if value is None else value.lower()

    def timestamp(self, name: str) -> datetime | None:
        """Return the instant if the value is a timestamp, also when the + of its offset was not percent-encoded."""
        given = self._values.get(name)
        if given is not None and not fast_validator(self._version, "timestamp")(given):
            self._values[name] = _PLUS_SENT_AS_IT_IS.sub("+", given)
        value = self._typed(name, "timestamp")
        return None if value is None else read_timestamp(value)

    def boolean(self, name: str) -> bool:
        """Return whether the value is ``true``, also as Python clients write it; false when it is absent."""
        return self.choice(name, ("false", "true", "False", "True")) in ("true", "True")

    def choice(self, name: str, options: Sequence[str]) -> str | None:
        """Return the value if it is one of ``options``."""
        value = self._values.get(name)
        if value is not None and value not in options:
            self.fault(f"{name} is not {' or '.join(options)}")
            return None
        return value

    def integer(self, name: str) -> int | None:
        """Return the value if it is a non-negative integer."""
        value = self._values.get(name)
        if value is None:
            return None
        if len(value) > _LONGEST_INTEGER or not _DIGITS.fullmatch(value):
            self.fault(f"{name} is not a non-negative integer")
            return None
        return int(value)

    def agent(self, name: str, *, groups: bool) -> Mapping[str, Any] | None:
        """Return the Agent, or with ``groups`` the Agent or identified Group, whose JSON the value is."""
        value = self._values.get(name)
        if value is None:
            return None
        try:
            agent = orjson.loads(value)
        except orjson.JSONDecodeError:
            self.fault(f"{name} is not well-formed JSON")
            return None
        kind = "actor" if groups else "agent"
        if not fast_validator(self._version, kind)(agent):
            self._faults.extend(
                Fault(f"{name}: {fault.message}", rule=fault.rule) for fault in explain(self._version, kind, agent)
            )
            return None
        if agent_identifier(agent) is None:
            self.fault(f"{name} is an anonymous Group, which identifies nobody")
            return None
        found: Mapping[str, Any] = agent
        return found

    def _typed(self, name: str, kind: str) -> str | None:
        value = self._values.get(name)
        if value is not None and not fast_validator(self._version, kind)(value):
            self.fault(f"{name} is not {_KINDS[kind]}")
            return None
        return value
