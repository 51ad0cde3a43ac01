"""YAML written piece by piece, from the members that the JSON contract has.

What consists of short keys, ASCII, whole numbers and truths, as nearly all does, is written by ``block``; whatever else by PyYAML, which
takes ten times as long. Both write the same text.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import msgspec

from upgradecheck.contract.parts import ByForm, Members, Rows, RowsTogether
from upgradecheck.contract.values import encoded, plain
from upgradecheck.renderers.media.safe_text import all_visible
from upgradecheck.renderers.yaml.block import block, is_plain
from upgradecheck.renderers.yaml.forms import Forms

_NEVER_FOLD = 1 << 30


def yaml_document(members: Members) -> Iterator[str]:
    """The text of one document with these members, in their order."""
    for name, value in members:
        if isinstance(value, Rows):
            yield from _list(name, value)
        else:
            yield _dump({name: plain(value)})


def _list(name: str, rows: Rows) -> Iterator[str]:
    lead = f"{name}:\n"
    for lines in _elements(rows):
        yield lead + lines
        lead = ""
    if lead:
        yield f"{name}: []\n"


def _elements(rows: Rows) -> Iterator[str]:
    """The elements, some of them several at once."""
    if not isinstance(rows, RowsTogether):
        yield from map(_element, rows.values)
        return
    forms = Forms()
    for one in rows.together:
        lines = forms.lines(one) if isinstance(one, ByForm) else None
        if lines is None:
            yield from map(_element, one.elements())
        else:
            yield lines


def _element(value: object) -> str:
    return _dump([_built(value)])


def _built(value: object) -> object:
    """An element as dicts, lists, texts and numbers: through JSON, which takes a fraction of the time."""
    try:
        return msgspec.json.decode(encoded(value))
    except (UnicodeEncodeError, msgspec.MsgspecError):
        return plain(value)


def _dump(value: object) -> str:
    """Block style, nothing folded; with escapes for all but ASCII where something in it cannot be seen."""
    if (lines := block(value)) is not None:
        return lines
    import yaml

    def dump(*, allow_unicode: bool) -> str:
        return str(
            yaml.dump(value, Dumper=_dumper(), sort_keys=False, default_flow_style=False, width=_NEVER_FOLD, allow_unicode=allow_unicode)
        )

    text = dump(allow_unicode=True)
    visible = all(map(all_visible, text.split("\n")))
    return text if visible else dump(allow_unicode=False)


@lru_cache(maxsize=1)
def _dumper() -> Any:
    """PyYAML's safe dumper, the fast one if it is there, without anchors and with the quotes that other readers need."""
    import yaml

    base: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

    class Dumper(base):  # type: ignore[misc]
        def ignore_aliases(self, data: object) -> bool:
            return True

    def text(dumper: Any, value: str) -> Any:
        bare = is_plain(value)
        quoted = '"' if "\n" in value else "'"
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=None if bare else quoted)

    Dumper.add_representer(str, text)
    return Dumper
