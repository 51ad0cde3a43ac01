"""How an option is declared: once, as the annotation of a field in a group; typer, the help and the list of known variables read it there.

    class Versions(NamedTuple):
        to_version: Annotated[str | None, option("--to", metavar="VERSION", help="The kubelet to upgrade to.")] = None

The type of a field is that of its value: ``bool`` is a flag, ``tuple`` or ``frozenset`` an option that may be repeated, an ``Enum`` a
choice; everything else is a text, of which ``read`` makes the value. A field without a default must be given. The environment variable is
named after the long name: --max-restarts is UPGRADECHECK_MAX_RESTARTS.

This module, and groups, stay light: a help text is made of them without typer or msgspec, which take longer than all the rest. They do
without postponed annotations, since NamedTuple compiles each text, and whoever asks for the options compiles it again.
"""

from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any, NamedTuple, get_args, get_origin, get_type_hints

TYPE_CHECKING = False
if TYPE_CHECKING:
    from upgradecheck.renderers import Document

PREFIX = "UPGRADECHECK_"
NAMED = "[NAME=]"
"""Begins the metavar of an option whose files may be given a name."""
_FORMATS = "{formats}"
_FILES = frozenset({"FILE", "PLAN", "JOURNAL", "HISTORY", "COPY", "CHECKPOINT"})
"""Arguments that are files, by their metavars."""

Complete = Callable[[str, str | None], list[str]]


class Declared(NamedTuple):
    """An option or argument as it was declared; an argument has no names.

    read makes a value of its name and text (of all texts, where it may be repeated); complete lists what the shell completes a text to, for
    a command that shows that kind of document. excludes is the field of an option of the same group that cannot be given beside it. aside
    says that nothing of what is counted or judged hangs on it, so that a configuration file may set it without a word.
    """

    names: tuple[str, ...]
    metavar: str
    help: str
    read: Callable[[str, Any], Any] | None
    complete: Complete | None
    least: int | None
    counted: bool
    excludes: str | None
    variable: bool
    aside: bool


class _Text(str):
    """A default that is read as if it had been typed."""

    __slots__ = ()


class _Required:
    """Stands where a field has no default."""


REQUIRED = _Required()


def option(
    *names: str,
    help: str,  # noqa: A002 - as typer calls it
    metavar: str = "",
    read: Callable[[str, Any], Any] | None = None,
    complete: Complete | None = None,
    least: int | None = None,
    counted: bool = False,
    excludes: str | None = None,
    variable: bool = True,
    aside: bool = False,
) -> Declared:
    """An option.

    least: the smallest number that it takes; counted: its value is how often it is given; variable: the environment can set it; aside: it
    is about looks, about what is said beside the result, or about how long one waits.
    """
    return Declared(names, metavar, help, read, complete, least, counted, excludes, variable, aside)


def argument(metavar: str, help: str, complete: Complete | None = None) -> Declared:  # noqa: A002
    """An argument."""
    return Declared((), metavar, help, None, complete, None, counted=False, excludes=None, variable=False, aside=False)


def default(text: str) -> Any:
    """The default of an option as its user would write it; its help shows it so."""
    return _Text(text)


class OptionField(NamedTuple):
    """One option of a group."""

    name: str
    kind: Any
    told: Declared
    default: Any

    @property
    def is_argument(self) -> bool:
        """Whether it has no name on the command line."""
        return not self.told.names

    @property
    def is_flag(self) -> bool:
        """Whether it takes no value."""
        return self.kind is bool or self.told.counted

    @property
    def is_many(self) -> bool:
        """Whether it may be given several times."""
        return get_origin(self.kind) in (tuple, frozenset)

    @property
    def choices(self) -> tuple[str, ...]:
        """The words that it takes; none where they are not fixed."""
        return tuple(str(each.value) for each in self.kind) if isinstance(self.kind, type) and issubclass(self.kind, Enum) else ()

    @property
    def is_required(self) -> bool:
        """Whether it must be given."""
        return self.default is REQUIRED

    @property
    def is_path(self) -> bool:
        """Whether it names files or directories, perhaps behind a name of its own (``NAME=FILE``)."""
        return not {"FILE", "DIR", "PATH"}.isdisjoint(self.told.metavar.removeprefix(NAMED).split("|"))

    @property
    def is_named(self) -> bool:
        """Whether a name may stand before the file."""
        return self.told.metavar.startswith(NAMED)

    @property
    def is_read(self) -> bool:
        """Whether it names what is read, as an option or an argument."""
        return self.is_path or (self.is_argument and not _FILES.isdisjoint(self._words()))

    @property
    def _is_place(self) -> bool:
        """Whether an empty text is none of its values: no file or socket has such a name."""
        return self.is_read or "SOCKET" in self._words()

    def _words(self) -> list[str]:
        return [word.strip("[].") for word in self.told.metavar.split("|")]

    @property
    def long(self) -> str:
        """Its long name, with the dashes."""
        return next((name for name in self.told.names if name.startswith("--")), "")

    @property
    def variable(self) -> str | None:
        """The environment variable that sets it."""
        return PREFIX + self.long[2:].replace("-", "_").upper() if self.told.variable else None

    @property
    def negation(self) -> str | None:
        """The name that takes back what the environment or a file has set; only of a flag that these can set, and that is no negation
        itself: what sets --no-progress is undone by --progress.
        """
        undone = self.kind is bool and self.variable is not None and not self.long.startswith("--no-")
        return f"--no-{self.long[2:]}" if undone else None

    @property
    def shown_default(self) -> str:
        """The default, where a user would ask for it."""
        if isinstance(self.default, Enum):
            return str(self.default.value)
        return self.default if isinstance(self.default, str) else ""

    def help(self, shows: "Document | None") -> str:
        """What it does, with the formats of the document that the command shows, where it is about them."""
        if _FORMATS not in self.told.help or shows is None:
            return self.told.help
        from upgradecheck.renderers import formats_of

        return self.told.help.replace(_FORMATS, ", ".join(formats_of(shows)))

    def value(self, given: Any) -> Any:
        """What was typed, or stands in the environment, as a value; None and nothing at all stand for the default.

        Raises:
            UsageError: it cannot be used.
        """
        if given is None or (self.is_many and not given):
            if not isinstance(self.default, _Text):
                return self.default
            given = [str(self.default)] if self.is_many else str(self.default)
        if self._is_place and "" in (given if self.is_many else (given,)):
            from upgradecheck.model.errors import UsageError

            raise UsageError(f"{self.long or self.told.metavar}: the name is empty. A variable of the shell may not be set; give a name.")
        if self.told.read is not None:
            return self.told.read(self.long, given)
        return tuple(given) if self.is_many else given


def fields(group: type[Any]) -> Iterator[OptionField]:
    """The options that a group declares, in its order."""
    hints = get_type_hints(group, include_extras=True)
    for name in group._fields:
        kind, told = get_args(hints[name])[:2]
        yield OptionField(name, _without_none(kind), told, group._field_defaults.get(name, REQUIRED))


def is_group(kind: Any) -> bool:
    """Whether a parameter of a command is a group of options."""
    return isinstance(kind, type) and issubclass(kind, tuple) and hasattr(kind, "_fields")


def _without_none(kind: Any) -> Any:
    """``str | None`` as ``str``."""
    rest = [each for each in get_args(kind) if each is not type(None)]
    return rest[0] if type(None) in get_args(kind) else kind
