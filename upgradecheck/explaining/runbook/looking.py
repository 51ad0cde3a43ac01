"""When and of what ``verify`` is asked: after each wave, and at the end, of the nodes that go by the plan itself.

A node whose static pods were pinned has a plan of its own, by which it is verified when it is done: of the plan itself each pin that held
would be a false alarm, so that where there are such nodes, the others are named. What was found after a wave goes in again after the
next one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate
from shlex import quote

from upgradecheck.explaining.runbook import typing
from upgradecheck.explaining.runbook.choosing import NodeChoice
from upgradecheck.explaining.runbook.naming import is_allowed
from upgradecheck.reporting.waves import ToldWave

_OWN_PLANS = """for each in pinned-*.json; do upgradecheck verify "$each" || echo "$each: exit code $?"; done"""


class Looks:
    """The looks after the waves of a plan."""

    def __init__(self, waves: Sequence[ToldWave], chosen: Sequence[NodeChoice]) -> None:
        self._pinned = frozenset(one.node.name for one in chosen if one.pins.typed and one.choice not in typing.NOTHING_TO_DO)
        self._nodes = tuple(tuple(wave.nodes) for wave in waves)
        self._others = tuple(one.node.name for one in chosen if one.node.name not in self._pinned)
        has = (number if self._left(nodes) else 0 for number, nodes in enumerate(self._nodes, start=1))
        self._last = (0, *accumulate(has, max))
        """Up to which wave there is a result, after each of them."""

    def after(self, wave: int) -> str | None:
        """What is asked after a wave; None where every node of it has a plan of its own."""
        nodes = self._nodes[wave - 1]
        left = self._left(nodes)
        if not left:
            return None
        narrowed = f" --node {quote(','.join(left))}" if self._pinned else ""
        return f"upgradecheck verify {typing.PLAN}{narrowed}{_earlier(self._last[wave - 1])} -o table -o json={_result(wave)}"

    def apart_in(self, wave: int) -> bool:
        """Whether nodes of a wave have plans of their own."""
        return not self._pinned.isdisjoint(self._nodes[wave - 1])

    def at_the_end(self) -> Iterator[str]:
        """What is asked at the end."""
        last = self._last[-1]
        if not self._pinned:
            yield f"upgradecheck verify {typing.PLAN}{_earlier(last)} -o table -o json=verified.json"
            return
        if last:
            yield f"upgradecheck show {_result(last)} -o table"
        elif left := [name for name in self._others if is_allowed(name)]:
            yield f"upgradecheck verify {typing.PLAN} --node {quote(','.join(left))} -o table -o json=verified.json"
        yield _OWN_PLANS

    def _left(self, nodes: Sequence[str]) -> tuple[str, ...]:
        """Those that go by the plan itself: all of a wave; where others do not, they are named, those whose names can be typed."""
        if not self._pinned:
            return tuple(nodes)
        return tuple(name for name in nodes if name not in self._pinned and is_allowed(name))


def _result(wave: int) -> str:
    """The file that keeps what was found after a wave."""
    return f"wave-{wave}.json"


def _earlier(wave: int) -> str:
    """What was found before goes in again."""
    return f" --earlier {_result(wave)}" if wave else ""
