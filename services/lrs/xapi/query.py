"""The query of GET statements: every parameter read, checked and put into one value (Communication 2.1.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from lrs.xapi.pairs import Pairs
from lrs.xapi.terms import agent_identifier
from lrs.xapi.version import Version

FORMATS = ("exact", "ids", "canonical")

PARAMETERS = frozenset(
    {
        "statementId",
        "voidedStatementId",
        "agent",
        "verb",
        "activity",
        "registration",
        "related_activities",
        "related_agents",
        "since",
        "until",
        "limit",
        "format",
        "attachments",
        "ascending",
    }
)
_BESIDE_AN_ID = frozenset({"statementId", "voidedStatementId", "format", "attachments"})
_RULE = "Communication 2.1.3.s1"


@dataclass(frozen=True, slots=True)
class StatementQuery:
    """What to return: one statement by id, or all that match every given filter.

    ``agent`` is a canonical identifier (``lrs.xapi.terms``), ``registration`` is in lower case, ``since`` is exclusive
    and ``until`` inclusive (UTC), and ``limit`` is already brought down to what the server allows. ``authority`` is no
    parameter: it confines a credential that may read its own statements only (``lrs.xapi.terms``).
    """

    limit: int
    statement_id: UUID | None = None
    voided_statement_id: UUID | None = None
    agent: str | None = None
    verb: str | None = None
    activity: str | None = None
    registration: str | None = None
    related_activities: bool = False
    related_agents: bool = False
    since: datetime | None = None
    until: datetime | None = None
    format: str = "exact"
    attachments: bool = False
    ascending: bool = False
    authority: str | None = None

    @property
    def terms(self) -> tuple[tuple[str, str], ...]:
        """The (kind, value) pairs, as ``lrs.xapi.terms`` writes them, that a statement must have all of."""
        asked = (
            ("related_agent" if self.related_agents else "agent", self.agent),
            ("verb", self.verb),
            ("related_activity" if self.related_activities else "activity", self.activity),
            ("registration", self.registration),
            ("authority", self.authority),
        )
        return tuple((kind, value) for kind, value in asked if value is not None)


def parse_query(pairs: Sequence[tuple[str, str]], version: Version, *, max_limit: int) -> StatementQuery:
    """Return the query that the decoded parameters ``pairs`` state; ``limit`` 0 or none means ``max_limit``.

    Raises InvalidQuery with every fault: parameters that are unknown, repeated or malformed, or that stand beside a
    statementId although they may not (Communication 2.1.3.s2.b1 and b2).
    """
    given = Pairs(pairs, PARAMETERS, version, "the Statement resource", _RULE)
    _refuse_filters_beside_an_id(given)
    statement_id, voided_statement_id = given.uuid("statementId"), given.uuid("voidedStatementId")
    agent = given.agent("agent", groups=True)
    query = StatementQuery(
        limit=min(given.integer("limit") or max_limit, max_limit),
        statement_id=UUID(statement_id) if statement_id else None,
        voided_statement_id=UUID(voided_statement_id) if voided_statement_id else None,
        agent=agent_identifier(agent) if agent else None,
        verb=given.iri("verb"),
        activity=given.iri("activity"),
        registration=given.uuid("registration"),
        related_activities=given.boolean("related_activities"),
        related_agents=given.boolean("related_agents"),
        since=given.timestamp("since"),
        until=given.timestamp("until"),
        format=given.choice("format", FORMATS) or "exact",
        attachments=given.boolean("attachments"),
        ascending=given.boolean("ascending"),
    )
    given.refuse_faults()
    return query


def _refuse_filters_beside_an_id(given: Pairs) -> None:
    if "statementId" in given and "voidedStatementId" in given:
        given.fault("statementId and voidedStatementId are given together", "Communication 2.1.3.s2.b1")
    for identifier in ("statementId", "voidedStatementId"):
        if identifier in given:
            for name in sorted(PARAMETERS - _BESIDE_AN_ID):
                if name in given:
                    given.fault(f"{name} is not allowed beside {identifier}", "Communication 2.1.3.s2.b2")
