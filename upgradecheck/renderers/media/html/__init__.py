"""How HTML is written: one file that a browser opens from a disk, without a network, and that reads without script.

A name from a cluster is hostile twice over: what a person would not see is written out (``safe_text``), then every sign that means
something to HTML is escaped, by jinja2's autoescape, which no template switches off. Both happen to whatever a template prints.

The page's own policy (CSP) lets nothing run but the one style and the one script that the program ships, named by their hashes. So there
are no style attributes, no handlers in attributes and no links to load from.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from upgradecheck.renderers.media.safe_text import safe_text
from upgradecheck.reporting.lines import Arrow, Command, Line, Name, Names, Value

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

_MOST_FOLDED = 200
"""Names that stand behind "and N more"; a longer list is for rows and JSON."""


@cache
def environment(package: str, folder: str) -> Environment:
    """Templates of a package's folder, in which everything is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader(package, folder),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=visible,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["said"] = said
    made.filters["listed"] = listed
    made.filters["capitalize_first"] = lambda text: text[:1].upper() + text[1:]
    return made


def visible(value: object) -> object:
    """What is printed, with everything in it to be seen, and thousands separated; what is HTML already stays."""
    if type(value) is int:
        return f"{value:,}"
    return safe_text(value) if type(value) is str else value


def asset(package: str, name: str) -> str:
    """The text of a file that the program ships."""
    return files(package).joinpath(name).read_text(encoding="utf-8")


def policy(style: str, script: str) -> str:
    """What a browser may do with the page: this style, this script, the picture that stands in it, and no more."""
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; img-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def said(line: Line, most: int = 8) -> Markup:
    """A line of a report; names in it stand out, and a long list of them folds."""
    from markupsafe import Markup, escape

    told = []
    for part in line:
        match part:
            case Name(text) | Value(text):
                told.append(_name(text))
            case Names(texts):
                told.append(listed(texts, most))
            case Command(text):
                told.append(Markup("<code>{}</code>").format(safe_text(text)))
            case Arrow():
                told.append(Markup(" → "))
            case str():
                told.append(escape(safe_text(part)))
    return Markup("").join(told)


def listed(names: Sequence[str], most: int = 8) -> Markup:
    """Names with commas, the rest of a long list behind "and N more"."""
    from markupsafe import Markup

    comma = Markup(", ")
    shown = comma.join(map(_name, names[:most]))
    rest = names[most:]
    if not rest:
        return shown
    folded = comma.join(map(_name, rest[:_MOST_FOLDED]))
    cut = f", … and {len(rest) - _MOST_FOLDED:,} more" if len(rest) > _MOST_FOLDED else ""
    return Markup("{} <details class=fold><summary>and {} more</summary> {}{}</details>").format(shown, f"{len(rest):,}", folded, cut)


def _name(text: str) -> Markup:
    from markupsafe import Markup

    return Markup('<bdi class="name">{}</bdi>').format(safe_text(text) if text.strip() else "–")
