"""Renderers lay a finished document (a Plan, hashes, versions, a matrix, a diff, an Explanation) out for a medium; they compute nothing.

A document has a folder here, and each format of it is a file there: ``plan/markdown.py`` holds ``render`` for ``plan -o markdown``. It is
found by its name and imported only when it is chosen. ``json`` and ``yaml`` write every document from the JSON contract, and need no file
for any. ``media/`` is what formats share: how a medium is written, and how names are encoded for it. Format names are single words.

A renderer yields text piece by piece, so that a report of 150,000 pods is never held a second time. This module stays light, since the
help tells which formats there are.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

from upgradecheck.model.errors import UsageError

if TYPE_CHECKING:
    from upgradecheck.model.catalog import SchemaCatalog
    from upgradecheck.model.changes import Matrix
    from upgradecheck.model.version import Minor

Document = Literal[
    "plan", "hashes", "versions", "matrix", "diff", "checkpoint", "explain", "doctor", "rules", "config", "path", "verification",
    "accuracy", "clusters", "override",
]  # fmt: skip
"""The kinds of documents, named as their folders."""

_OF_EVERY_DOCUMENT = ("json", "yaml")


class Canvas(NamedTuple):
    """Where the text will be read: how many columns it may take, whether colour is welcome, and whether lists are to be shown whole.

    matrix: makes the grid of all minors from one to another, for a format that shows the versions around a plan; None: it does without.
    catalog: what is known of kubelet versions, for one that tells what they alone decide; None: that is left open.
    """

    width: int = 100
    color: bool = False
    everything: bool = False
    matrix: Callable[[Minor, Minor], Matrix] | None = None
    catalog: SchemaCatalog | None = None


Render = Callable[[Any, Canvas], Iterator[str]]
"""A document to text. Hashes come as an iterable whose entries are taken once, and at most those of one pod are kept."""


class Format(NamedTuple):
    """One format of one kind of document.

    shows_input: hashes come with the text that is hashed, where that was asked for. for_machines: it lists, and gives no answer in words;
    a list may be empty. of_contract: it writes the whole document, with what a newer program has said in one that was read (``kept``).
    wants_matrix, wants_catalog: its canvas is to have one.
    """

    name: str
    render: Render
    shows_input: bool = False
    for_machines: bool = False
    of_contract: bool = False
    wants_matrix: bool = False
    wants_catalog: bool = False


def formats_of(document: Document) -> tuple[str, ...]:
    """The formats of this kind of document, sorted; imports none."""
    return tuple(sorted((*_files(f"{__path__[0]}/{document}"), *_OF_EVERY_DOCUMENT)))


def formats() -> tuple[str, ...]:
    """The names of all formats of all documents, sorted."""
    return tuple(sorted({name for document in get_args(Document) for name in formats_of(document)}))


def _files(folder: str) -> Iterator[str]:
    """The names of the modules in a folder, those with an underscore left out."""
    try:
        names = [entry.partition(".")[0] for entry in os.listdir(folder)]  # noqa: PTH208 - pathlib takes longer than all of this
    except NotADirectoryError:  # in a zip file
        from pkgutil import iter_modules

        names = [each.name for each in iter_modules([folder])]
    return (name for name in set(names) if "_" not in name)


def choose(name: str, document: Document) -> Format:
    """The format that the user named.

    Raises:
        UsageError: there is no such format of this document.
    """
    wanted = formats_of(document)
    if name not in wanted:
        raise UsageError(f"output format {name!r}: not known here, wanted one of: {', '.join(wanted)}. Write -o FORMAT or -o FORMAT=FILE.")
    if name in _OF_EVERY_DOCUMENT:
        module = import_module(f"{__name__}.{name}")
        return Format(name, partial(module.render, document), shows_input=True, for_machines=True, of_contract=True)
    module = import_module(f"{__name__}.{document}.{name}")
    flags = {each.lower(): getattr(module, each, False) for each in ("SHOWS_INPUT", "FOR_MACHINES", "WANTS_MATRIX", "WANTS_CATALOG")}
    return Format(name, module.render, **flags)
