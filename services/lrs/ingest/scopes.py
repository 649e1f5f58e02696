"""The scopes of a credential, and the one table that says which of them each resource and method needs.

The xAPI scopes and their meaning are those of Communication 4.0 (OAuth authorization scope); the others guard the
resources that are not xAPI's. A request passes when the credential has any scope of its row, or ``all``.
"""

from collections.abc import Collection, Mapping

from lrs.xapi.faults import Fault, Forbidden

ALL = "all"
READ_ALL = "all/read"
DEFINE = "define"
PROFILE = "profile"
STATE = "state"
READ = "statements/read"
READ_MINE = "statements/read/mine"
WRITE = "statements/write"
COMPETENCY_READ = "competency/read"
COMPETENCY_ADMIN = "competency/admin"
PEOPLE_READ = "people/read"
PEOPLE_ADMIN = "people/admin"
AUDIT_READ = "audit/read"

SCOPES = frozenset(
    {
        ALL,
        READ_ALL,
        DEFINE,
        PROFILE,
        STATE,
        READ,
        READ_MINE,
        WRITE,
        COMPETENCY_READ,
        COMPETENCY_ADMIN,
        PEOPLE_READ,
        PEOPLE_ADMIN,
        AUDIT_READ,
    }
)

_READERS = frozenset({READ_ALL, READ, READ_MINE})
_STATE_READERS = frozenset({READ_ALL, STATE})
_PROFILE_READERS = frozenset({READ_ALL, PROFILE})
_STATE = frozenset({STATE})
_PROFILE = frozenset({PROFILE})

NEEDED: Mapping[tuple[str, str], frozenset[str]] = {
    ("statements", "GET"): _READERS,
    ("statements", "PUT"): frozenset({WRITE}),
    ("statements", "POST"): frozenset({WRITE}),
    ("activities", "GET"): frozenset({READ_ALL, READ, STATE, PROFILE}),
    ("agents", "GET"): frozenset({READ_ALL, READ, PROFILE}),
    ("activities/state", "GET"): _STATE_READERS,
    ("activities/state", "PUT"): _STATE,
    ("activities/state", "POST"): _STATE,
    ("activities/state", "DELETE"): _STATE,
    ("activities/profile", "GET"): _PROFILE_READERS,
    ("activities/profile", "PUT"): _PROFILE,
    ("activities/profile", "POST"): _PROFILE,
    ("activities/profile", "DELETE"): _PROFILE,
    ("agents/profile", "GET"): _PROFILE_READERS,
    ("agents/profile", "PUT"): _PROFILE,
    ("agents/profile", "POST"): _PROFILE,
    ("agents/profile", "DELETE"): _PROFILE,
    ("competency", "GET"): frozenset({COMPETENCY_READ, COMPETENCY_ADMIN}),
    ("competency", "POST"): frozenset({COMPETENCY_ADMIN}),
    ("people", "GET"): frozenset({PEOPLE_READ, PEOPLE_ADMIN}),
    ("people", "POST"): frozenset({PEOPLE_ADMIN}),
    ("decisions", "POST"): frozenset({COMPETENCY_ADMIN}),
    ("changes", "GET"): frozenset({COMPETENCY_ADMIN, AUDIT_READ}),
    ("log/proof", "GET"): frozenset({READ_ALL, READ}),
}


def require(held: Collection[str], resource: str, method: str) -> None:
    """Raise Forbidden, naming the scopes that would do, unless ``held`` allows ``method`` on ``resource``."""
    needed = NEEDED[resource, "GET" if method == "HEAD" else method]
    if ALL not in held and needed.isdisjoint(held):
        message = f"{method} {resource} needs one of the scopes {', '.join(sorted({ALL, *needed}))}"
        raise Forbidden(message, [Fault(message, rule="Communication 4.0")])


def may_define(held: Collection[str]) -> bool:
    """Return whether statements of a sender with the scopes ``held`` change what is known of Activities and Agents."""
    return not {ALL, DEFINE}.isdisjoint(held)


def only_own_statements(held: Collection[str]) -> bool:
    """Return whether a reader with the scopes ``held`` sees only statements that its own authority asserted."""
    return READ_MINE in held and not {ALL, READ_ALL, READ} & set(held)
