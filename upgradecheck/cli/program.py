"""The commands as typer's: each is loaded and made when the command line names it, and reads its options into the groups of its module."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import IntEnum
from inspect import Parameter, Signature
from typing import Annotated, Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup

from upgradecheck import __version__
from upgradecheck.cli import menu
from upgradecheck.cli.configured import Configured, FileValue, configured, deciding_options
from upgradecheck.cli.declaring import OptionField
from upgradecheck.cli.environment import tell_unknown_variables
from upgradecheck.cli.help import HELP_NAMES, help_of
from upgradecheck.cli.session import Session
from upgradecheck.cli.verb import Group, Verb, verb
from upgradecheck.logs import Log
from upgradecheck.model.errors import UsageError

_LOG = Log(__name__)
_USAGE_ERROR: Any = typer.BadParameter.__base__


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

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """As click does, but for an option's name in the place of another's value, which click takes for that.

        Raises:
            click's UsageError: see there.
        """
        if not ctx.resilient_parsing and (problem := _swallowed(self, ctx, args)) is not None:
            raise _USAGE_ERROR(problem, ctx=ctx)
        parsed: list[str] = super().parse_args(ctx, args)
        return parsed

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


def _swallowed(command: TyperCommand, ctx: Any, args: Sequence[str]) -> str | None:
    """What to say of an option that lacks its value before another one; None where each has its own."""
    options: list[Any] = [each for each in command.get_params(ctx) if each.param_type_name == "option"]
    names = {name for each in options for name in (*each.opts, *each.secondary_opts)}
    taking = {name: each for each in options if not (each.is_flag or each.count) for name in each.opts}
    words = iter(args)
    for word in words:
        if word == "--":
            break
        following = next(words, None) if word in taking else None
        named = "" if following is None else following.partition("=")[0] if following.startswith("--") else following
        if named in names:
            return f"Option '{word}' has no value: the option {named} comes next. Write {word} {taking[word].metavar or 'VALUE'}."
    return None


def _spread(told: Verb) -> Callable[..., int]:
    """A function with a parameter for each option, as typer wants it; it makes the groups of their values, and runs the command."""

    def run(invocation: typer.Context, **given: Any) -> int:
        session: Session = invocation.obj
        settings = _settings(told, invocation, given)
        *groups, saying = told.groups
        session.begin(saying.kind(**_values(saying, settings)))
        session.configured, session.places = settings.file, settings.places()
        _tell_deciding_options(session, told, settings)
        tell_unknown_variables(session, told)
        values = {group.name: group.kind(**_values(group, settings)) for group in groups}
        if settings.values.get("outputs"):
            from upgradecheck.cli.overwriting import refuse_overwriting

            refuse_overwriting(told.fields, settings.values, settings.file.file)
        return told.run(session, **values)

    parameters = [Parameter("invocation", Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)]
    parameters += [_parameter(field, told) for field in told.fields]
    run.__signature__ = Signature(parameters, return_annotation=int)  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    run.__doc__ = told.run.__doc__
    return run


class _Source(IntEnum):
    """Where a value comes from; the greater wins."""

    DEFAULT = 0
    FILE = 1
    ENVIRONMENT = 2
    COMMAND_LINE = 3


class _Settings(NamedTuple):
    """The values of a command's options as they would be typed, by the names of fields, and where each comes from."""

    values: dict[str, Any]
    sources: Mapping[str, _Source]
    file: Configured
    says: Mapping[str, FileValue]
    fields: tuple[OptionField, ...]

    def places(self) -> Mapping[str, str]:
        """By long name, where options were set that nobody has typed."""
        return {field.long: place for field in self.fields if (place := self.place(field)) is not None}

    def place(self, field: OptionField) -> str | None:
        """The variable or the place in the file that sets an option; None for any other."""
        source = self.sources[field.name]
        if source is _Source.FILE:
            return f"{self.file.file}, {self.says[field.name].place}"
        return field.variable if source is _Source.ENVIRONMENT else None


def _settings(told: Verb, invocation: typer.Context, given: Mapping[str, Any]) -> _Settings:
    """What the command line, the environment and the configuration file say.

    Raises:
        UpgradecheckError: the file cannot be used.
        click's UsageError: an option that must be given is not.
    """
    fields = tuple(told.fields)
    file = configured(given["config"])
    says, values, sources = file.of(told), dict(given), {field.name: _source(invocation, field) for field in fields}
    for field in fields:
        if sources[field.name] is _Source.DEFAULT and field.name in says:
            values[field.name], sources[field.name] = says[field.name].value, _Source.FILE
        if field.is_required and not field.is_argument and not values[field.name]:
            raise _USAGE_ERROR(f"Missing option '{field.long}'.", ctx=invocation)
    return _Settings(values, sources, file, says, fields)


def _source(invocation: typer.Context, field: OptionField) -> _Source:
    """By the name that click gives it, whose text differs between its releases."""
    name = getattr(invocation.get_parameter_source(field.name), "name", "")
    return {"ENVIRONMENT": _Source.ENVIRONMENT, "COMMANDLINE": _Source.COMMAND_LINE}.get(name, _Source.DEFAULT)


def _tell_deciding_options(session: Session, told: Verb, settings: _Settings) -> None:
    """Says what a file or the environment has set of what is counted or judged: who reads a log is to see who decided, also of a quiet run,
    since a gate that was opened unseen is an all-clear that nobody gave. With -v all that a file has set.
    """
    if settings.says:
        _LOG.info(f"configuration file {settings.file.file}: sets {', '.join(one.place for one in settings.says.values())}")
    found = deciding_options(told, settings.values)
    by_file = [field.long for field in found if settings.sources[field.name] is _Source.FILE]
    if by_file:
        session.complain(f"configuration file {settings.file.file}: sets {', '.join(by_file)}.")
    variables = [str(field.variable) for field in found if settings.sources[field.name] is _Source.ENVIRONMENT]
    if variables:
        session.complain(f"environment: sets {', '.join(variables)}.")


def _values(group: Group, settings: _Settings) -> dict[str, Any]:
    """The values of a group's options; of two that exclude each other that from the stronger place wins.

    Raises:
        UsageError: two exclude each other and stand in one place, or a value cannot be used.
    """
    kept = {field.name: settings.values[field.name] for field in group.fields}
    for field in group.fields:
        other = next((each for each in group.fields if each.name == field.told.excludes), None)
        if other is not None and kept[field.name] and kept[other.name]:
            weaker, stronger = sorted((field, other), key=lambda each: settings.sources[each.name])
            if settings.sources[weaker.name] is settings.sources[stronger.name]:
                raise UsageError(f"{field.long} and {other.long} exclude each other. Leave one of them out.")
            kept[weaker.name] = None
    return {field.name: _value(field, kept[field.name], settings) for field in group.fields}


def _value(field: OptionField, given: Any, settings: _Settings) -> Any:
    try:
        return field.value(given)
    except UsageError as error:
        if settings.sources[field.name] is _Source.FILE:
            raise UsageError(f"configuration file {settings.place(field)}: {error}") from error
        raise


def _parameter(field: OptionField, told: Verb) -> Parameter:
    kind = _kind(field)
    default = Parameter.empty if field.is_required and field.is_argument else field.default if field.choices else _ungiven(field)
    return Parameter(field.name, Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, _typed(field, told)])


def _ungiven(field: OptionField) -> Any:
    """What a flag is that nobody gives; None of all else, and of a flag of which that is a third answer."""
    return 0 if field.told.counted else field.default if field.is_flag else None


def _kind(field: OptionField) -> Any:
    """What typer is to read: values are made of texts afterwards."""
    must = field.is_required and field.is_argument  # an option may stand in a file
    if field.is_many:
        return list[str] if must else list[str] | None
    if field.is_flag or field.choices:
        return field.kind
    kind = int if field.kind is int else str
    return kind if must else kind | None


def _typed(field: OptionField, told: Verb) -> Any:
    declared = field.told
    shared: dict[str, Any] = {"metavar": declared.metavar or None, "help": field.help(told.shows), "show_default": False}
    if declared.complete is not None:
        shared["autocompletion"] = _completion(declared.complete, told.shows)
    if field.is_argument:
        return typer.Argument(**shared)
    if declared.least is not None:
        shared["min"] = declared.least
    negation = f"/{field.negation}" if field.negation else ""
    names = (f"{name}{negation if name == field.long else ''}" for name in field.told.names)
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
