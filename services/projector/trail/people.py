"""Who is asked about: from an agent or a canonical identifier to the opaque id of a person."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from projector.mastery import views
from projector.mastery.documents import Documents

_SHA1 = re.compile(r"[0-9a-fA-F]{40}")


def person_of_agent(documents: Documents, agent: Mapping[str, Any]) -> str | None:
    """Return the id of the person that an xAPI agent is, None when nobody was seen under its identifier."""
    return views.person(documents, agent)


def person_of_identifier(documents: Documents, identifier: str) -> str | None:
    """Return the id of the person of a canonical identifier, None when nobody was seen under it.

    It is written ``mailto:a@b.c``, the SHA-1 in hex, the OpenID, or ``homePage::name``.
    """
    found = (views.person(documents, agent) for agent in _agents(identifier))
    return next((person for person in found if person is not None), None)


def _agents(identifier: str) -> Iterator[dict[str, Any]]:
    """Yield every agent that the text can mean: a home page may itself hold two colons."""
    if identifier.startswith("mailto:"):
        yield {"mbox": identifier}
    elif _SHA1.fullmatch(identifier):
        yield {"mbox_sha1sum": identifier}
    else:
        for match in re.finditer("(?=::)", identifier):
            yield {"account": {"homePage": identifier[: match.start()], "name": identifier[match.start() + 2 :]}}
        yield {"openid": identifier}
