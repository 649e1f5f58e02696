"""Settings as flags: what a field of Settings says becomes the flag of every command that uses it."""

import dataclasses
import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer

from mastrail.settings import PREFIX, Settings

STORE_FLAGS = ("data_dir", "store")
ALL_FLAGS = tuple(Settings.model_fields)


def with_settings(*names: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return a decorator that gives a command its settings as first argument and the flags ``names``.

    A flag that is not given leaves the setting to the environment, and that to its default. A parameter of the
    command whose annotation is a dataclass stands for the flags that its fields describe.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        own = list(inspect.signature(command, eval_str=True).parameters.values())[1:]

        @functools.wraps(command)
        def run(**given: Any) -> None:
            settings = Settings.load({name: given.pop(name) for name in names})
            command(settings, **{parameter.name: _argument(parameter, given) for parameter in own})

        shown = [flag for parameter in own for flag in _expanded(parameter)]
        return _with_signature(run, [*shown, *map(_flag, names)])

    return decorate


def _with_signature(run: Callable[..., None], parameters: Sequence[inspect.Parameter]) -> Callable[..., None]:
    """Give ``run`` the signature that the command line is made from."""
    run.__dict__["__signature__"] = inspect.Signature(parameters, return_annotation=None)
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters} | {"return": None}
    return run


def _expanded(parameter: inspect.Parameter) -> list[inspect.Parameter]:
    options = parameter.annotation
    if not (isinstance(options, type) and dataclasses.is_dataclass(options)):
        return [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)]
    return [
        made.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for made in inspect.signature(options, eval_str=True).parameters.values()
    ]


def _argument(parameter: inspect.Parameter, given: dict[str, Any]) -> Any:
    options = parameter.annotation
    if isinstance(options, type) and dataclasses.is_dataclass(options):
        return options(**{field.name: given[field.name] for field in dataclasses.fields(options)})
    return given[parameter.name]


def _flag(name: str) -> inspect.Parameter:
    field = Settings.model_fields[name]
    option = typer.Option(
        "--" + name.replace("_", "-"),
        metavar="VALUE",
        help=f"{field.description} (setting {PREFIX}{name.upper()}, default {_shown(field.default)})",
        show_default=False,
        rich_help_panel="Settings",
    )
    annotation = Annotated[str | None, option]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def _shown(default: object) -> str:
    text = ",".join(default) if isinstance(default, tuple) else str(default)
    return text or "none"
