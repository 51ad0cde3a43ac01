"""What kubelets are set up with, node by node: the configurations that all have, those of nodes with other ones, and what judges them.

Nodes with one configuration are judged together, as if there were no others; what comes out alike for all of them is told of all.
What null in a drop-in is taken for is settled here, by the versions that read it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.model.arguments import KubeletArguments
from upgradecheck.model.config import Configs, Nulls
from upgradecheck.model.options import KubeletOptions
from upgradecheck.model.pod import NodeFacts
from upgradecheck.model.starting import OptionRemark, StartTrouble
from upgradecheck.model.version import KubeletVersion, Minor
from upgradecheck.planning.asking.starting import placed
from upgradecheck.planning.asking.steps import NodeStep, Steps

Told = TypeVar("Told", StartTrouble, OptionRemark)


class SetUps(msgspec.Struct, frozen=True, gc=False):
    """The configurations that all nodes have in common, and those of nodes that are set up otherwise."""

    common: Configs
    own: Mapping[str, Configs] = {}

    def each(self) -> Iterator[Configs]:
        """All of them."""
        yield self.common
        yield from self.own.values()

    def of(self, node: str | None) -> Configs:
        """Those of a node."""
        return self.common if node is None else self.own.get(node, self.common)


class Part(msgspec.Struct, frozen=True, gc=False):
    """Nodes that are set up alike. steps: theirs alone; arguments: the command lines that concern them."""

    steps: Steps
    configs: Configs
    arguments: tuple[KubeletArguments, ...]


def settled(
    set_ups: SetUps, nodes: Iterable[NodeFacts], from_text: str | None, target: str, options: Callable[[], KubeletOptions]
) -> SetUps:
    """The configurations as the kubelets read them that run, and that are to come. from_text, target: as --from and --to give them."""
    if not any(config.by_nulls for configs in set_ups.each() for config in (configs.old, configs.new)):
        return set_ups
    drop_ins, to = options().drop_ins, parse_kubelet_version(target).minor
    given = None if from_text is None else parse_kubelet_version(from_text).minor
    known: dict[tuple[int, Nulls | None], Configs] = {}

    def read(configs: Configs, start: Minor | None) -> Configs:
        nulls = None if start is None else drop_ins.nulls_in(start)
        if (id(configs), nulls) not in known:
            old = configs.old if nulls is None else configs.old.under(nulls)
            known[id(configs), nulls] = replace(configs, old=old, new=configs.new.under(drop_ins.nulls_in(to)))
        return known[id(configs), nulls]

    starts = {node.name: given or _minor(node) for node in nodes}
    common = read(set_ups.common, given or next(iter(starts.values()), None))
    own = {name: read(set_ups.of(name), starts.get(name, given)) for name in {**starts, **set_ups.own}}
    return SetUps(common, {name: one for name, one in own.items() if one is not common})


def _minor(node: NodeFacts) -> Minor | None:
    return node.kubelet_version.minor if isinstance(node.kubelet_version, KubeletVersion) else None


def in_parts(steps: Steps, set_ups: SetUps, arguments: Iterable[KubeletArguments], judge: Callable[[Part], Steps]) -> Steps:
    """The steps, judged by each configuration that there is; judge gets steps that hold nothing yet of what it is to find."""
    words = tuple(arguments)
    if not set_ups.own:
        return judge(Part(steps, set_ups.common, words))
    by_node: dict[str | None, list[tuple[int, KubeletArguments]]] = {}
    for number, one in enumerate(placed(words, steps.by_node.keys())):
        by_node.setdefault(one.node, []).append((number, one))
    judged = []
    for names in _alike(steps, set_ups):
        of_these = sorted((each for name in (None, *names) for each in by_node.get(name, ())), key=lambda each: each[0])
        part = Part(_only(steps, names), set_ups.of(names[0]), tuple(one for _, one in of_these))
        judged.append((names, judge(part)))
    return _joined(steps, judged)


def _alike(steps: Steps, set_ups: SetUps) -> Iterable[Sequence[str]]:
    found: dict[int, list[str]] = {}
    for name in steps.by_node:
        found.setdefault(id(set_ups.of(name)), []).append(name)
    return found.values()


def _only(steps: Steps, names: Sequence[str]) -> Steps:
    by_node = {name: steps.by_node[name] for name in names}
    return replace(steps, by_node=by_node, notices=(), missing=(), troubles=(), remarks=(), cgroups_unseen=False)


def _joined(steps: Steps, judged: Sequence[tuple[Sequence[str], Steps]]) -> Steps:
    """What was found, each of its nodes."""
    by_node = {name: one for _, part in judged for name, one in part.by_node.items()}
    defaults = [part.default for _, part in judged]
    troubles = _told([(names, part.troubles) for names, part in judged])
    remarks = _told([(names, part.remarks) for names, part in judged])
    return replace(
        steps,
        by_node={name: by_node.get(name, one) for name, one in steps.by_node.items()},
        default=next((one for one in defaults if not _is_stopped(one)), defaults[0]) if defaults else steps.default,
        notices=(*steps.notices, *dict.fromkeys(one for _, part in judged for one in part.notices)),
        missing=(*steps.missing, *dict.fromkeys(one for _, part in judged for one in part.missing)),
        troubles=tuple(dict.fromkeys((*steps.troubles, *troubles))),
        remarks=tuple(dict.fromkeys((*steps.remarks, *remarks))),
        cgroups_unseen=steps.cgroups_unseen or any(part.cgroups_unseen for _, part in judged),
    )


def _is_stopped(one: NodeStep) -> bool:
    return one.step is not None and one.step.obstacle is not None


def _told(found: Sequence[tuple[Sequence[str], Sequence[Told]]]) -> Iterator[Told]:
    """What concerns every node as it is; what concerns all of a part with the names of these."""
    several = [frozenset(told) for _, told in found]
    of_all = {one: None for one in (found[0][1] if found else ()) if one.node is None and all(one in told for told in several)}
    yield from of_all
    for names, told in found:
        for one in told:
            if one.node is not None:
                yield one
            elif one not in of_all:
                yield from (replace(one, node=name) for name in names)
