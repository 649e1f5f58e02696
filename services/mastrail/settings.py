"""Every setting of Mastrail: one frozen class, read from flags, then the environment, then the defaults.

Nothing below this package reads the environment: it receives plain values.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from mastrail.faults import CannotRun

PREFIX = "MASTRAIL_"
RESERVED_FOR_TESTS = "MASTRAIL_TEST_"


class InvalidSettings(CannotRun):
    """A setting is unknown or has a value that it cannot have; the message names each one."""


class Settings(BaseSettings):
    """The settings of one process: each is the flag ``--like-this`` and the variable ``MASTRAIL_LIKE_THIS``."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid", hide_input_in_errors=True)

    data_dir: Path = Field(
        Path("mastrail-data"), description="Folder of the files that Mastrail keeps: log, projections, keys, tiles."
    )
    store: str = Field("sqlite", description="Where the log is: `sqlite` (in the data folder) or a postgresql:// URL.")
    host: str = Field("127.0.0.1", description="Address to listen on. Put a TLS proxy in front before opening it up.")
    port: int = Field(8080, ge=0, le=65535, description="TCP port to listen on; 0 takes a free one.")
    default_xapi_version: Literal["1.0.3", "2.0.0"] = Field(
        "1.0.3", description="xAPI version of a reply to a request that names none: 1.0.3 or 2.0.0."
    )
    kafka_bootstrap: str = Field(
        "", description="Kafka brokers, host:port,host:port. Empty: events are served over HTTP only."
    )
    kafka_states: Literal["on", "off"] = Field(
        "on", description="Keep the state of every person and competency in a compacted Kafka topic: on or off."
    )
    kafka_statements: Literal["on", "off"] = Field(
        "off", description="Publish every statement, personal data included, to a Kafka topic: on or off."
    )
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Origins whose pages may send statements, separated by commas; * is every origin. Empty: none."
    )
    oidc_issuer: str = Field(
        "", description="OpenID Connect issuer whose bearer tokens are taken, as in their `iss`. Empty: keys only."
    )
    oidc_audience: str = Field("", description="What the `aud` of a bearer token has to name; needed with an issuer.")
    oidc_jwks_url: str = Field(
        "", description="Address of the issuer's signing keys. Empty: as its configuration page says."
    )
    oidc_scope_prefix: str = Field(
        "", description="What stands before the scopes of Mastrail in the `scope` or `scp` of a bearer token."
    )
    signature_anchors: str = Field(
        "", description="File of CA certificates (PEM) that a trusted signature leads to. Empty: none is trusted."
    )
    notary_origin: str = Field(
        "mastrail.local/default", description="Name of the log in its signed checkpoints; keep it for the log's life."
    )
    max_body_bytes: int = Field(32 * 1024 * 1024, ge=1024, description="Largest request body, in bytes.")
    max_statements: int = Field(10_000, ge=1, description="Most statements in one request.")
    max_depth: int = Field(64, ge=8, description="Deepest nesting of JSON in a request, in levels.")
    max_queue_entries: int = Field(
        20_000, ge=1, description="Entries that may wait for the writer; beyond it requests get 503 with Retry-After."
    )
    rejected_requests: int = Field(
        1000, ge=0, description="Refused requests that are kept to be looked at and replayed; 0 keeps none."
    )
    rejected_bytes: int = Field(
        64 * 1024 * 1024, ge=0, description="Most bytes of refused requests that are kept; the oldest go first."
    )
    page_statements: int = Field(100, ge=1, description="Statements in a page when the request names no limit.")
    max_page_statements: int = Field(500, ge=1, description="Most statements in a page, whatever limit is asked for.")
    max_page_events: int = Field(1000, ge=1, description="Most mastery events in a page of the feed.")
    query_seconds: float = Field(
        10.0, gt=0, description="Longest search for statements, in seconds; then the answer is 503 and says so."
    )
    answer_seconds: float = Field(
        20.0, gt=0, description="Longest time that a question about people may take over HTTP, in seconds."
    )
    read_threads: int = Field(8, ge=1, le=256, description="Threads that answer reads from the store.")
    fold_page_entries: int = Field(500, ge=1, description="Log entries that the projector folds in one transaction.")
    poll_seconds: float = Field(0.1, gt=0, description="How often followers look for new entries, in seconds.")
    drain_seconds: float = Field(20.0, gt=0, description="Time that open requests get when the server stops, seconds.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least severe line that is logged: debug, info, warning or error."
    )

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _split_origins(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("store")
    @classmethod
    def _known_store(cls, value: str) -> str:
        if value != "sqlite" and urlsplit(value).scheme not in {"postgresql", "postgres"}:
            raise ValueError("it is neither `sqlite` nor a postgresql:// URL")
        return value

    @classmethod
    def load(cls, given: Mapping[str, object], environment: Mapping[str, str] | None = None) -> Self:
        """Return the settings: ``given`` values (those that are not None) first, then ``environment``, then defaults.

        Raises InvalidSettings with one line for each unknown or impossible setting.
        """
        variables = os.environ if environment is None else environment
        known = {f"{PREFIX}{name.upper()}": name for name in cls.model_fields}
        _refuse_unknown(variables, known)
        values: dict[str, Any] = {field: variables[name] for name, field in known.items() if name in variables}
        values.update({name: value for name, value in given.items() if value is not None})
        try:
            return cls(**values)
        except ValidationError as invalid:
            raise InvalidSettings("\n".join(_lines(invalid))) from invalid

    def as_environment(self) -> dict[str, str]:
        """Return the variables that give another process of Mastrail the same settings."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        return {f"{PREFIX}{name.upper()}": _as_text(value) for name, value in values.items()}

    def store_name(self) -> str:
        """Return the store as it may be shown: a URL without its user and password."""
        if self.store == "sqlite":
            return self.store
        parts = urlsplit(self.store)
        return f"{parts.scheme}://{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}{parts.path}"


def _refuse_unknown(variables: Mapping[str, str], known: Mapping[str, str]) -> None:
    unknown = sorted(
        name
        for name in variables
        if name.startswith(PREFIX) and not name.startswith(RESERVED_FOR_TESTS) and name not in known
    )
    if unknown:
        raise InvalidSettings("\n".join(f"{name} is not a setting of Mastrail" for name in unknown))


def _lines(invalid: ValidationError) -> list[str]:
    lines = []
    for error in invalid.errors(include_input=False, include_url=False):
        name = str(error["loc"][0]) if error["loc"] else ""
        flag = "--" + name.replace("_", "-")
        lines.append(f"{PREFIX}{name.upper()} ({flag}): {error['msg'].removeprefix('Value error, ')}")
    return lines


def _as_text(value: object) -> str:
    return ",".join(value) if isinstance(value, tuple) else str(value)
