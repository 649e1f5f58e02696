"""Every kind of document that the engine keeps."""

from projector.mastery import (
    aliases,
    credentials,
    envelope,
    evidence,
    identity,
    knowledge,
    organisation,
    publication,
    registry,
    roles,
    state,
)
from projector.mastery.documents import Kind

MODULES = (
    aliases,
    credentials,
    envelope,
    evidence,
    identity,
    knowledge,
    organisation,
    publication,
    registry,
    roles,
    state,
)
KINDS = [value for module in MODULES for value in vars(module).values() if isinstance(value, Kind)]
