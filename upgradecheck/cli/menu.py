"""Which commands there are: one file each below ``verbs``, found by its name; a folder there is a command with commands of its own.

The first line of a command's module is its short help. It is read out of the module's code without running it, so that listing the commands
costs nothing of what they import. A trailing underscore (``import_``) keeps a name from being a keyword; a leading one is no command.
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import PathFinder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

_ROOT = "upgradecheck.cli.verbs"


def module(words: Sequence[str]) -> ModuleType:
    """The module of the command that some words name, loaded; without words the folder of all."""
    name = _module_name(words)
    __import__(name)
    return sys.modules[name]


def commands(words: Sequence[str] = ()) -> tuple[str, ...]:
    """The commands below a command, in the order that their folder gives them, the others after these by name."""
    package = module(words)
    found = _files(package)
    first = [name for name in package.ORDER if name in found]
    return (*first, *sorted(found.difference(first)))


def is_menu(words: Sequence[str]) -> bool:
    """Whether the command that some words name has commands of its own."""
    return hasattr(module(words), "__path__")


def short_help(words: Sequence[str]) -> str:
    """A command in one line."""
    spec = PathFinder.find_spec(_module_name(words), module(words[:-1]).__path__)
    code = spec.loader.get_code(spec.name) if spec is not None and spec.loader is not None else None  # type: ignore[attr-defined]
    told = code.co_consts[0] if code is not None and code.co_consts else None
    return told.partition("\n")[0] if isinstance(told, str) else ""


def path_in(words: Sequence[str]) -> tuple[str, ...]:
    """Those words at the beginning of a command line that name a command."""
    path: tuple[str, ...] = ()
    for word in words:
        if not is_menu(path) or word not in commands(path):
            break
        path = (*path, word)
    return path


def every_command(words: tuple[str, ...] = ()) -> tuple[tuple[str, ...], ...]:
    """Every command that does something, by its words."""
    if not is_menu(words):
        return (words,)
    return tuple(found for name in commands(words) for found in every_command((*words, name)))


def _files(package: ModuleType) -> set[str]:
    try:
        names = {entry.partition(".")[0] for entry in os.listdir(package.__path__[0])}  # noqa: PTH208 - pathlib takes longer than all of this
    except NotADirectoryError:  # in a zip file
        from pkgutil import iter_modules

        names = {each.name for each in iter_modules(package.__path__)}
    return {name.removesuffix("_") for name in names if name and not name.startswith("_")}


def _module_name(words: Sequence[str]) -> str:
    from keyword import iskeyword

    return ".".join((_ROOT, *(f"{word}_" if iskeyword(word) else word for word in words)))
