"""The alternate request syntax of 1.0.3: any request as a POST whose form carries the rest (Communication 1.3).

It is recognised by ``?method=`` on a POST whatever the Content-Type, because browsers leaving a page send it as text.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from lrs.api.parameters import decoded, pairs, unique
from lrs.xapi.faults import Fault, InvalidRequest

METHODS = frozenset({"GET", "HEAD", "PUT", "POST", "DELETE"})
RULE = "Communication 1.3"
_HEADERS = frozenset(
    {
        "authorization",
        "x-experience-api-version",
        "content-type",
        "content-length",
        "if-match",
        "if-none-match",
        "accept",
        "accept-language",
        "accept-encoding",
    }
)
_OF_THE_FORM = frozenset({"content-type", "content-length", "transfer-encoding"})


@dataclass(frozen=True, slots=True)
class Unfolded:
    """The request that a form stands for; header names in lower case.

    ``surplus`` are parameters that stood in the URL beside ``method``, where none may.
    """

    method: str
    parameters: dict[str, str]
    headers: dict[str, str]
    content: bytes
    surplus: tuple[str, ...] = ()


def is_alternate(method: str, parameters: Mapping[str, str]) -> bool:
    """Return whether a request is in the alternate syntax."""
    return method == "POST" and "method" in parameters


def unfold(parameters: Mapping[str, str], headers: Mapping[str, str], form: bytes) -> Unfolded:
    """Return the request that ``form`` stands for.

    ``parameters`` are those of the URL; ``headers`` those of the POST itself, which
    hold where the form has no field of that name. Raises InvalidRequest when the form is not that of a request.
    """
    method = parameters["method"].upper()
    if method not in METHODS:
        raise _refused("the method parameter names no method that is served")
    fields: list[tuple[str, bytes]] = []
    tunnelled = {name: value for name, value in headers.items() if name not in _OF_THE_FORM}
    content = b""
    for name, value in pairs(form):
        if name.lower() in _HEADERS:
            tunnelled[name.lower()] = decoded(value, f"the form field {name}")
        elif name == "content":
            content = value
        else:
            fields.append((name, value))
    tunnelled.pop("content-length", None)
    surplus = tuple(name for name in parameters if name != "method")
    return Unfolded(method, unique(fields), tunnelled, content, surplus)


def refuse_surplus(names: tuple[str, ...]) -> None:
    """Raise InvalidRequest when there are ``names`` beside the method in the URL."""
    if names:
        raise _refused("only the method parameter may stand in the URL of an alternate-syntax request")


def _refused(message: str) -> InvalidRequest:
    return InvalidRequest(message, [Fault(message, rule=RULE)])
