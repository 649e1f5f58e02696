"""The shapes of registry documents other than policies, whose schema and compiler are the engine's own."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from lrs.xapi.faults import Fault
from projector.registry.faults import InvalidDocument

Iri = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9+.-]*:[^\s\x00-\x1f<>\"{}|\\^`]+$", max_length=2048)
]
Version = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z][0-9A-Za-z.+_-]{0,63}$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=4000)]
_RULE = "published contract of the document"


class Document(BaseModel):
    """What every registry document obeys: no unknown member, nothing converted."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", alias_generator=to_camel)

    api_version: Literal["mastrail/v1"]


class FrameworkItem(BaseModel):
    """A competency: what somebody can do. ``parent`` is an item of the same framework."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", alias_generator=to_camel)

    id: Iri
    code: Text | None = None
    statement: Text
    parent: Iri | None = None
    replaces: tuple[Iri, ...] = Field((), strict=False)


class Framework(Document):
    """A version of a competency framework."""

    kind: Literal["Framework"]
    id: Iri
    version: Version
    title: Text
    items: tuple[FrameworkItem, ...] = Field(min_length=1, max_length=100_000, strict=False)

    @model_validator(mode="after")
    def _items_form_trees(self) -> Self:
        parents = {item.id: item.parent for item in self.items}
        if len(parents) != len(self.items):
            raise ValueError("an item id stands twice")
        for item in self.items:
            _climb(item.id, parents)
        return self


def _climb(start: str, parents: Mapping[str, str | None]) -> None:
    seen, here = {start}, parents[start]
    while here is not None:
        if here not in parents:
            message = f"the parent {here} is no item of this framework"
            raise ValueError(message)
        if here in seen:
            message = f"the item {start} is its own ancestor"
            raise ValueError(message)
        seen.add(here)
        here = parents[here]


class RoleRequirement(BaseModel):
    """One competency that a role asks for."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", alias_generator=to_camel)

    competency: Iri
    level: Annotated[int, Field(ge=1, le=100)]
    weight: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    critical: bool = False


class Role(Document):
    """A version of a role."""

    kind: Literal["Role"]
    id: Iri
    version: Version
    title: Text
    effective_from: Annotated[datetime, Field(strict=False)]
    requires: tuple[RoleRequirement, ...] = Field(min_length=1, max_length=10_000, strict=False)


class Alignment(Document):
    """Which competencies an activity feeds."""

    kind: Literal["Alignment"]
    activity: Iri
    competencies: tuple[Iri, ...] = Field(min_length=1, max_length=1000, strict=False)


D = TypeVar("D", bound=Document)


def check_document(shape: type[D], document: Mapping[str, Any]) -> D:
    """Return ``document`` read as ``shape``; raises InvalidDocument with the pointer and reason of every fault."""
    try:
        return shape.model_validate(dict(document))
    except ValidationError as error:
        faults = [Fault(_reason(found), _pointer(found["loc"]), _RULE) for found in error.errors(include_input=False)]
        message = f"the document is no valid {shape.__name__}: {faults[0].pointer or '/'}: {faults[0].message}"
        raise InvalidDocument(message, faults) from error


def _reason(found: Any) -> str:
    return str(found["msg"]).removeprefix("Value error, ")


def _pointer(location: tuple[int | str, ...]) -> str:
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in location)
