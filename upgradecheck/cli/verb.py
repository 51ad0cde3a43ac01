"""A command as its module declares it: a function ``run``, whose parameters are groups of options, and an ``EPILOG`` with examples.

``run`` gets the session and a value of each group, and returns the exit code; its docstring is the help. ``SHOWS`` names the kind of
document that ``-o`` shows, where there is one. Every command has the options of Saying besides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, get_type_hints

from upgradecheck.cli import menu
from upgradecheck.cli.declaring import OptionField, fields, is_group
from upgradecheck.cli.groups import Saying

TYPE_CHECKING = False
if TYPE_CHECKING:
    from upgradecheck.renderers import Document


class Group(NamedTuple):
    """One parameter of a command: its name, its type, and the options that it is made of."""

    name: str
    kind: type[Any]
    fields: tuple[OptionField, ...]

    @property
    def title(self) -> str:
        """What heads its options in the help."""
        return (self.kind.__doc__ or "").partition("\n")[0].rstrip(".")


class Verb(NamedTuple):
    """A command."""

    words: tuple[str, ...]
    run: Callable[..., int]
    epilog: str
    shows: Document | None
    groups: tuple[Group, ...]

    @property
    def fields(self) -> Iterator[OptionField]:
        """Every option and argument."""
        return (field for group in self.groups for field in group.fields)


def verb(words: tuple[str, ...]) -> Verb:
    """The command that some words name."""
    module = menu.module(words)
    hints = get_type_hints(module.run)
    kinds = {name: kind for name, kind in hints.items() if is_group(kind)} | {"saying": Saying}
    groups = tuple(Group(name, kind, tuple(fields(kind))) for name, kind in kinds.items())
    return Verb(words, module.run, getattr(module, "EPILOG", ""), getattr(module, "SHOWS", None), groups)
