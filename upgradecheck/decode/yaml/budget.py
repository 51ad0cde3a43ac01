"""How much a document may hold, and grow by its anchors: "billion laughs", bounded before anything is expanded.

Two limits of growth. Ours: nodes and text after expansion. And go-yaml's (decode.go, since v2.2.4): when more than 100 of over 1,000
decoded nodes come from aliases, their share may be 99 % up to 400,000 nodes, falling to 10 % at 4,000,000. A value that is referred to
is kept once; only its size is added up.
"""

from __future__ import annotations

import msgspec

from upgradecheck.decode.yaml.problem import YamlProblem

MAX_NODES = 1_000_000
MAX_TEXT = 40 << 20
"""Characters of all scalars after expansion: four times the largest document."""

MAX_DEPTH = 200
"""Collections within each other, after anchors are expanded. go-yaml allows 10,000; no manifest has more than twenty."""

MAX_TAG_DIRECTIVES = 100
"""libyaml compares each %TAG with all others: 60,000 of them, in 900 KB, took 16 seconds. No manifest has one."""

_LOW, _HIGH = 400_000, 4_000_000


class Allowance(msgspec.Struct):
    """Counts as go-yaml's decoder: nodes (the document is one), those of them inside of aliases, and characters."""

    nodes: int = 1
    aliased: int = 0
    text: int = 0

    def node(self, line: int, text: int) -> None:
        """One more node, with so many characters."""
        self.nodes += 1
        self.text += text
        if self.nodes > MAX_NODES:
            raise YamlProblem(line, f"has more than {MAX_NODES:,} values once its anchors are expanded")
        if self.text > MAX_TEXT:
            raise YamlProblem(line, f"has more than {MAX_TEXT >> 20} MiB of text once its anchors are expanded")
        if self.nodes == 1001:
            self.check(line)

    def alias(self, line: int, nodes: int, text: int) -> None:
        """An alias of a value that has so many nodes, and so many characters."""
        self.check(line)
        self.node(line, 0)
        self.nodes += nodes - 1
        self.aliased += nodes
        self.node(line, text)
        self.check(line)

    def check(self, line: int) -> None:
        """go-yaml's share of aliases; it is greatest where an alias ends, and at the end."""
        if self.aliased > 100 and self.nodes > 1000 and self.aliased / self.nodes > _allowed(self.nodes):
            raise YamlProblem(line, "consists almost wholly of aliases (*), which Go refuses as excessive")


def _allowed(nodes: int) -> float:
    if nodes <= _LOW:
        return 0.99
    if nodes >= _HIGH:
        return 0.10
    return 0.99 - 0.89 * ((nodes - _LOW) / (_HIGH - _LOW))
