"""YAML written piece by piece, from the members that the JSON contract has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from upgradecheck.contract.parts import Members, Rows
from upgradecheck.contract.values import plain
from upgradecheck.model.patterns import pattern
from upgradecheck.renderers.media.safe_text import all_visible

_PLAIN = pattern(r"[A-Za-z_][A-Za-z0-9_./ -]*[A-Za-z0-9_]", re.ASCII)
_WORDS = frozenset({"yes", "no", "on", "off", "true", "false", "null"})
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
    for value in rows.values:
        yield lead + _dump([plain(value)])
        lead = ""
    if lead:
        yield f"{name}: []\n"


def _dump(value: object) -> str:
    """Block style, nothing folded; with escapes for all but ASCII where something in it cannot be seen."""
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
        bare = _PLAIN.fullmatch(value) and value.lower() not in _WORDS
        quoted = '"' if "\n" in value else "'"
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=None if bare else quoted)

    Dumper.add_representer(str, text)
    return Dumper
