"""The commands as typer's: each is loaded and made when the command line names it, and reads its options into the groups of its module."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from inspect import Parameter, Signature
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from upgradecheck import __version__
from upgradecheck.cli import menu
from upgradecheck.cli.declaring import OptionField
from upgradecheck.cli.environment import tell_unknown_variables
from upgradecheck.cli.help import HELP_NAMES, help_of
from upgradecheck.cli.session import Session
from upgradecheck.cli.verb import Group, Verb, verb
from upgradecheck.model.errors import UsageError


def program() -> Any:
    """The whole command line, as typer's command object."""
    app = typer.Typer(
        cls=_Menu, rich_markup_mode=None, pretty_exceptions_enable=False, context_settings={"help_option_names": list(HELP_NAMES)}
    )
    app.callback()(_root)
    return _filled(typer.main.get_command(app), ())


class _Menu(TyperGroup):
    """A command with commands of its own, loaded one by one."""

    words: tuple[str, ...] = ()

    def list_commands(self, ctx: Any) -> list[str]:
        """Their names, in the order of the help."""
        return list(menu.commands(self.words))

    def get_help(self, ctx: Any) -> str:
        """As the program makes it."""
        return help_of(self.words)


class _Command(TyperCommand):
    """A command that does something."""

    words: tuple[str, ...] = ()

    def get_help(self, ctx: Any) -> str:
        """As the program makes it."""
        return help_of(self.words)


class _Commands(Mapping[str, Any]):
    """The commands below one, each made when it is asked for."""

    def __init__(self, words: tuple[str, ...]) -> None:
        self._words = words

    def __getitem__(self, name: str) -> Any:
        if name not in menu.commands(self._words):
            raise KeyError(name)
        words = (*self._words, name)
        return _sub_menu(words) if menu.is_menu(words) else _command(verb(words))

    def __iter__(self) -> Iterator[str]:
        return iter(menu.commands(self._words))

    def __len__(self) -> int:
        return len(menu.commands(self._words))


def _sub_menu(words: tuple[str, ...]) -> Any:
    app = typer.Typer(cls=_Menu, name=words[-1], add_completion=False, rich_markup_mode=None, short_help=menu.short_help(words))
    return _filled(typer.main.get_group(app), words)


def _filled(group: Any, words: tuple[str, ...]) -> Any:
    group.words, group.commands = words, _Commands(words)
    return group


def _command(told: Verb) -> Any:
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.command(told.words[-1], cls=_Command, short_help=menu.short_help(told.words))(_spread(told))
    command: Any = typer.main.get_command(app)
    command.words = told.words
    return command


def _spread(told: Verb) -> Callable[..., int]:
    """A function with a parameter for each option, as typer wants it; it makes the groups of their values, and runs the command."""

    def run(invocation: typer.Context, **given: Any) -> int:
        session: Session = invocation.obj
        *groups, saying = told.groups
        session.begin(saying.kind(**_values(saying, invocation, given)))
        tell_unknown_variables(session, told)
        return told.run(session, **{group.name: group.kind(**_values(group, invocation, given)) for group in groups})

    parameters = [Parameter("invocation", Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)]
    parameters += [_parameter(field, told) for field in told.fields]
    run.__signature__ = Signature(parameters, return_annotation=int)  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    run.__doc__ = told.run.__doc__
    return run


def _values(group: Group, invocation: typer.Context, given: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a group's options; of two that exclude each other the one on the command line beats the one in the environment.

    Raises:
        UsageError: two exclude each other and stand in one place, or a value cannot be used.
    """
    kept = {field.name: given[field.name] for field in group.fields}
    for field in group.fields:
        other = next((each for each in group.fields if each.name == field.told.excludes), None)
        if other is not None and kept[field.name] and kept[other.name]:
            places = {each.name: str(invocation.get_parameter_source(each.name)) for each in (field, other)}
            in_environment = [name for name, place in places.items() if "ENVIRONMENT" in place]
            if len(in_environment) != 1:
                raise UsageError(f"{field.long} and {other.long} exclude each other. Leave one of them out.")
            kept[in_environment[0]] = None
    return {field.name: field.value(kept[field.name]) for field in group.fields}


def _parameter(field: OptionField, told: Verb) -> Parameter:
    kind = _kind(field)
    default = Parameter.empty if field.is_required else field.default if field.choices else _UNGIVEN.get(kind)
    return Parameter(field.name, Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, _typed(field, told)])


_UNGIVEN: Mapping[Any, Any] = {bool: False, int: 0}


def _kind(field: OptionField) -> Any:
    """What typer is to read: values are made of texts afterwards."""
    if field.is_many:
        return list[str] if field.is_required else list[str] | None
    if field.is_flag or field.choices:
        return field.kind
    kind = int if field.kind is int else str
    return kind if field.is_required else kind | None


def _typed(field: OptionField, told: Verb) -> Any:
    declared = field.told
    shared: dict[str, Any] = {"metavar": declared.metavar or None, "help": field.help(told.shows), "show_default": False}
    if declared.complete is not None:
        shared["autocompletion"] = _completion(declared.complete, told.shows)
    if field.is_argument:
        return typer.Argument(**shared)
    if declared.least is not None:
        shared["min"] = declared.least
    names = field.told.names
    return typer.Option(*names, envvar=field.variable, show_envvar=False, count=declared.counted, **shared)


def _completion(complete: Callable[[str, str | None], list[str]], shows: str | None) -> Callable[[str], list[str]]:
    def completed(incomplete: str) -> list[str]:
        return complete(incomplete, shows)

    return completed


def _print_version(value: bool) -> None:
    if value:
        typer.echo(f"upgradecheck {__version__}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", help="Show the program's version and exit.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Tells, before a kubelet upgrade, which containers the new kubelet will kill and recreate, and why."""
