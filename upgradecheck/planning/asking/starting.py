"""Whether the new kubelets start at all, with the configuration and the command lines that were given or found.

A kubelet ends at once at a flag that it does not have, at a feature gate that it does not have, and at another value of a gate that is
locked; from 1.35 on also on a node with cgroup v1, unless its configuration lets it. Pods go on running until somebody has given it what it
takes. Which kubelet that will be then, and with what, nobody knows: of the pods of its node nothing can be said
(Reason.KUBELET_WILL_NOT_START). What the running kubelet does not take either it was not started with: that was written since, or is not
read, and as nobody knows which, the plan is incomplete. That the configuration stays as it is was not said, but is what an upgrade does;
another one is given with --to-config. A field that a configuration has and the kubelet does not stops none: v1beta1 is read again without
strictness.

Mirrors NewKubeletCommand in cmd/kubelet/app/server.go, and Set of k8s.io/component-base/featuregate.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from msgspec.structs import replace

from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.decode.kubelet.flags import flags_of, gates_of, switch
from upgradecheck.model.arguments import KubeletArguments
from upgradecheck.model.config import Configs
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.kinds import Value
from upgradecheck.model.options import NO_OPTIONS, KubeletOptions
from upgradecheck.model.plan import Missing
from upgradecheck.model.reasons import Reason
from upgradecheck.model.starting import StartTrouble, TroubleKind
from upgradecheck.model.version import Minor
from upgradecheck.planning.asking.bynode import ByNode
from upgradecheck.planning.asking.dependencies import gates_that_clash
from upgradecheck.planning.asking.drop_in_dirs import untold_defaults, untold_variable
from upgradecheck.planning.asking.feature_gates import gates_that_stop
from upgradecheck.planning.asking.filled_in import fields_out_of_step
from upgradecheck.planning.asking.idle_words import not_understood
from upgradecheck.planning.asking.labels import labels_that_stop, takes_label
from upgradecheck.planning.asking.refused import (
    Around,
    kinds_that_stop,
    set_by_flags,
    set_by_hand,
    takes_text,
    texts_that_stop,
    values_that_stop,
)
from upgradecheck.planning.asking.steps import NodeStep, Steps
from upgradecheck.planning.asking.tracing import FIELD as ENDPOINT
from upgradecheck.planning.asking.tracing import untold_endpoint
from upgradecheck.planning.asking.unseen_cgroups import untold_cgroups
from upgradecheck.planning.asking.wholes import CGROUP_V1, Setups, gates_set
from upgradecheck.planning.seeing.placing import node_in_name

CONFIGURATION, NEW_CONFIGURATION = "the configuration", "the new configuration"
NOTHING_SEEN: Mapping[str, bool] = MappingProxyType({})
_GATES = "--feature-gates"
_ONLY_WHAT_IS_KNOWN = (
    "The new configuration was held against what kubelets are known to refuse (`upgradecheck rules UC032`): gates, kinds of fields, "
    "values of many. That the new kubelet takes the rest of it (paths, addresses, tracing) is not checked."
)
_NOT_THERE = (TroubleKind.GATE_GONE, TroubleKind.GATE_LOCKED, TroubleKind.FLAG_GONE, TroubleKind.GATE_WANTS)
Options = Callable[[], KubeletOptions]
"""What kubelets can be told; asked only where there are command lines to be looked at."""


def with_troubles(
    steps: Steps,
    configs: Configs,
    arguments: Iterable[KubeletArguments],
    nodes: Collection[str],
    options: Options,
    cgroup_v1: Mapping[str, bool] = NOTHING_SEEN,
    likely_v1: Collection[str] = (),
) -> Steps:
    """The steps, with what the new kubelets stop at. nodes: all that are known, for whom arguments are told by the names of their files.

    cgroup_v1: whether nodes have it, of those where that was seen; likely_v1: nodes that have it by default.
    """
    words = placed(arguments, nodes)
    lets = frozenset(one.node for one in words if _lets_cgroup_v1(one.words))
    if _fails_on_cgroup_v1(steps.target) and configs.new.fail_cgroup_v1 is not False and None not in lets:
        on_v1 = [
            StartTrouble(TroubleKind.CGROUP_V1, CGROUP_V1, "", node=node)
            for node, has in cgroup_v1.items()
            if has and node not in lets and (configs.new_told or not _runs_on_cgroup_v1_already(steps.of(node)))
        ]
        crossing = [node for node in likely_v1 if node not in (*cgroup_v1, *lets) and not _runs_on_cgroup_v1_already(steps.of(node))]
        steps = stopped_at(steps, crossing, obstacle=Reason.KUBELET_MAY_NOT_START)
        seen = nodes and {*cgroup_v1, *lets} >= set(nodes)
        steps = _with(replace(steps, cgroups_unseen=_crosses(steps) and not seen), on_v1)
    place = NEW_CONFIGURATION if configs.new_told else CONFIGURATION
    known = options() if words or configs.old_told or configs.new_told else NO_OPTIONS
    seen, beyond = configs.old_told or configs.new_told, _runs_by_what_is_unseen(steps, configs, known)
    setups = Setups(configs.new, words, known, steps.target, cgroup_v1, seen=seen, unseen=beyond)
    given = set_by_hand(known, configs.new, minors_that_run(steps))
    found = [*_of_values(steps, given, place, known, setups, nodes)]
    found += _clashes(steps, setups, words, known, place)
    turned = [*_turned(steps, setups, words, known, given, place)]
    found += [trouble for trouble in turned if _is_certain(setups, trouble)]
    for one in words:
        found += _of_arguments(steps, one, known, setups.around(one.node, steps.target))
    run_with = {(one.node, flag) for one in words if one.runs for flag in flags_of(one.words)}
    used, idle = list[StartTrouble](), list[StartTrouble]()
    for trouble in found:
        stops = [trouble] if trouble.place == NEW_CONFIGURATION else list(_where_it_ran(steps, trouble, known, setups))
        used += stops
        idle += [] if stops or (trouble.node, trouble.name) in run_with else [trouble]
    looked_at = (_ONLY_WHAT_IS_KNOWN,) if configs.new_told and not used else ()
    notices = (*steps.notices, *looked_at)
    refused = {one.name for one in found}
    unclear = [*not_understood(words, known, steps.target.version.minor)]
    unclear += dict.fromkeys(_without_a_file(one) for one in turned if not _is_certain(setups, one))
    if not nodes or not set(cgroup_v1) >= set(nodes):
        unclear += untold_cgroups(steps.target, _ends_that_run(steps), known, given, setups.around(None, steps.target))
    unclear += untold_variable(words, known, minors_that_run(steps), steps.target.version.minor)
    unclear += untold_defaults(words, known, minors_that_run(steps), steps.target.version.minor)
    if ENDPOINT not in refused:
        unclear += untold_endpoint(configs, known, minors_that_run(steps), steps.target.version.minor)
    return _with(replace(steps, notices=notices, missing=(*steps.missing, *unclear, *dict.fromkeys(map(_elsewhere, idle)))), used)


def _runs_by_what_is_unseen(steps: Steps, configs: Configs, known: KubeletOptions) -> bool:
    """Whether a running kubelet would not run with what its own configuration lacks: then flags that were not shown set it."""
    if not (configs.old_told and configs.new_told):
        return False
    given = {path: configs.old.values.get(path) for path in configs.old.given}
    around = Around(given, whole=configs.old.whole)
    lacking = replace(known, refusals=tuple(one for one in known.refusals if one.lacks_another))
    starts = [one.step.start for one in (*steps.by_node.values(), steps.default) if one.step is not None]
    return any(start is not None and any(values_that_stop(start, lacking, given, "", around=around)) for start in starts)


def _elsewhere(trouble: StartTrouble) -> Missing:
    """What the running kubelet would not have started with: it was written since, for the next start, or is not read by it at all."""
    what = "none of" if trouble.kind in _NOT_THERE else "nothing to"
    return Missing(
        f"what the new kubelet is started with, instead of {trouble.place}",
        f"{trouble.name} is {what} the running kubelet either, so it does not run with it; if the new one gets it, it does not start",
    )


def placed(arguments: Iterable[KubeletArguments], nodes: Collection[str]) -> tuple[KubeletArguments, ...]:
    """The arguments with the nodes whose they are, as far as that can be told. nodes: all that are known."""
    return tuple(replace(one, node=one.node or _whose(one, nodes)) for one in arguments)


def _of_values(
    steps: Steps, given: Mapping[str, Value], place: str, known: KubeletOptions, setups: Setups, nodes: Collection[str]
) -> Iterator[StartTrouble]:
    """Gates and values of the configuration that stop the new kubelets; where command lines make a difference, node by node."""

    def found(node: str | None) -> tuple[StartTrouble, ...]:
        gates = [one for some in setups.gates_of(node) for one in gates_that_stop(steps.target, some, place)]
        own = {path: value for path, value in given.items() if path not in setups.by_flags(node)}
        undecoded = {one.name: one for one in kinds_that_stop(steps.target, known, given, place, setups.forms)}
        undecoded |= {one.name: one for one in kinds_that_stop(steps.target, known, setups.beneath, place, setups.forms_beneath)}
        others = {path: value for path, value in own.items() if path not in undecoded}
        around = setups.around(node, steps.target)
        return (*gates, *undecoded.values(), *values_that_stop(steps.target, known, others, place, around=around))

    by_node = {node: found(node) for node in setups.apart}
    rest = found(None) if not setups.apart >= set(nodes) or not nodes else next(iter(by_node.values()))
    if all(one == rest for one in by_node.values()):
        yield from rest
        return
    for node in nodes or setups.apart:
        yield from (replace(one, node=node) for one in by_node.get(node, rest))


def _lets_cgroup_v1(words: Sequence[str]) -> bool:
    try:
        return switch(words, "fail-cgroupv1") is False
    except SpecRefused:
        return False


def _where_it_ran(steps: Steps, trouble: StartTrouble, known: KubeletOptions, setups: Setups) -> Iterator[StartTrouble]:
    """The trouble on the nodes whose running kubelets take what stops the new one: what they do not take, they were not started with."""
    if trouble.node is not None or not steps.by_node:
        if _took(steps.of(trouble.node), trouble, known, setups):
            yield trouble
        return
    asked: dict[object, bool] = {}  # nodes of a fleet run few versions
    for one in steps.by_node.values():
        if (key := _runs(one)) not in asked:
            asked[key] = _took(one, trouble, known, setups)
    took = [name for name, one in steps.by_node.items() if asked[_runs(one)]]
    if len(took) == len(steps.by_node):
        yield trouble
    else:
        yield from (replace(trouble, node=name) for name in took)


def _runs(one: NodeStep) -> object:
    """What a node's running kubelet is, as far as that decides what it takes."""
    start = None if one.step is None else one.step.start
    return None if start is None else (start.version, *(tuple(sorted(build.feature_gates.items())) for build in start.builds))


def _took(one: NodeStep, trouble: StartTrouble, known: KubeletOptions, setups: Setups) -> bool:
    """Whether a running kubelet takes it, or may: it is not known which it is."""
    start = None if one.step is None else one.step.start
    if start is None:
        return True
    if trouble.kind is TroubleKind.VALUE_REFUSED:
        if trouble.flag and isinstance(trouble.value, str) and not takes_text(start, known, trouble.flag, trouble.value, trouble.instead):
            return False
        given = {trouble.name: trouble.value}
        undecoded = not trouble.flag and any(kinds_that_stop(start, known, given, "", setups.forms))
        return not undecoded and not any(values_that_stop(start, known, given, "", around=setups.around(trouble.node, start)))
    if trouble.kind in (TroubleKind.LABEL_REFUSED, TroubleKind.LABEL_MISSPELLED):
        return takes_label(start, known, trouble)
    if trouble.kind is TroubleKind.GATE_WANTS:
        turned = (one.name for one in fields_out_of_step(start, known, setups.in_turn(trouble.node, start), (), ""))
        clash = any(gates_that_clash(start, known, {trouble.name: trouble.value is True}, (trouble.name,), ""))
        return not clash and trouble.name not in turned
    if trouble.kind is TroubleKind.FLAG_GONE:
        return known.takes(trouble.name, start.version.minor) is not False
    if not setups.holds(trouble) and not known.drop_ins.looks_at_the_file_alone(start.version.minor):
        return True
    return not any(gates_that_stop(start, {trouble.name: trouble.value is True}, ""))


def minors_that_run(steps: Steps) -> frozenset[Minor]:
    return frozenset(start.version.minor for start in _ends_that_run(steps))


def _ends_that_run(steps: Steps) -> tuple[KubeletEnd, ...]:
    """Each version once."""
    found = (one.step.start for one in (*steps.by_node.values(), steps.default) if one.step is not None)
    return tuple({start.version: start for start in found if start is not None}.values())


def _fails_on_cgroup_v1(end: KubeletEnd) -> bool:
    return all(build.decisions.fails_on_cgroup_v1 for build in end.builds)


def _runs_on_cgroup_v1_already(one: NodeStep) -> bool:
    """Whether the running kubelet would not, if nothing let it: so something that was not shown does, and will let the new one, too."""
    start = None if one.step is None else one.step.start
    return start is not None and _fails_on_cgroup_v1(start)


def _crosses(steps: Steps) -> bool:
    """Whether any node comes from a kubelet that starts on cgroup v1, or from one that is not known."""
    found = [one.step.start for one in (*steps.by_node.values(), steps.default) if one.step is not None]
    known = [start for start in found if start is not None]
    return not known or any(not _fails_on_cgroup_v1(start) for start in known)


def _with(steps: Steps, found: Sequence[StartTrouble]) -> Steps:
    told = replace(steps, troubles=tuple(dict.fromkeys((*steps.troubles, *found))))
    return stopped_at(told, [one.node for one in found], obstacle=Reason.KUBELET_WILL_NOT_START)


def stopped_at(steps: Steps, nodes: Collection[str | None], *, obstacle: Reason) -> Steps:
    """The steps, where the new kubelets of these nodes do not start, or whatever else there is in their way; None is all nodes."""
    everywhere, nodes = None in nodes, frozenset(nodes)
    by_node = {name: _stopped(one, obstacle) if everywhere or name in nodes else one for name, one in steps.by_node.items()}
    return replace(steps, by_node=by_node, default=_stopped(steps.default, obstacle) if everywhere else steps.default)


def _whose(arguments: KubeletArguments, nodes: Collection[str]) -> str | None:
    """The node after which a file is named, or the only one; None for a file of all."""
    return node_in_name(arguments.place, frozenset(nodes)) or (next(iter(nodes)) if len(nodes) == 1 else None)


def _of_arguments(steps: Steps, arguments: KubeletArguments, known: KubeletOptions, around: Around) -> Iterator[StartTrouble]:
    node = arguments.node
    for flag in flags_of(arguments.words):
        if (lost := known.gone(flag, steps.target.version.minor)) is not None:
            place = arguments.place_of(flag)
            yield StartTrouble(TroubleKind.FLAG_GONE, flag, place, since=lost.since, instead=lost.instead, node=node, comes=lost.comes)
    undecoded = [*texts_that_stop(steps.target, known, arguments.words)]
    yield from (replace(one, place=arguments.place_of(one.flag), node=node) for one in undecoded)
    for field, flag, value in set_by_flags(arguments.words, known, steps.target):
        if any(one.flag == flag for one in undecoded):
            continue
        stops = values_that_stop(steps.target, known, {field: value}, arguments.place_of(flag), node, around)
        yield from (replace(one, flag=flag) for one in stops)
    yield from labels_that_stop(steps.target, known, arguments)
    try:
        gates = gates_of(arguments.words)
    except SpecRefused:  # what the running kubelet takes is not for us to refuse
        return
    for name, on in gates.items():
        yield from gates_that_stop(steps.target, {name: on}, arguments.place_of(_GATES, name), node)


def _clashes(steps: Steps, setups: Setups, words: Sequence[KubeletArguments], known: KubeletOptions, place: str) -> Iterator[StartTrouble]:
    """Gates that do not go together: of flags, which a kubelet sets first, those of the file by itself over them, and all of them."""
    by_flags = {one: gates_set(one) for one in words}
    by_node = ByNode((one.node, gates) for one, gates in by_flags.items())
    for one, gates in by_flags.items():
        together = {name: on for some in by_node.of(one.node) for name, on in some.items()}
        yield from (_placed(trouble, one) for trouble in gates_that_clash(steps.target, known, together, gates, one.place, one.node))
    own, apart = setups.gates, any(one.node is not None for one in by_flags)
    for node, over in _flags_of_each(steps, by_node, apart=apart) if own or setups.gates_of_file else ():
        target = _target_of(steps, node)
        whole = {**own, **over, **target.builds[-1].feature_gates}
        yield from gates_that_clash(target, known, whole, own.keys() - over.keys(), place, node)
        if alone := setups.gates_of(node)[1]:
            yield from gates_that_clash(target, known, {**over, **setups.gates_of_file}, alone, place, node)


def _turned(
    steps: Steps, setups: Setups, words: Sequence[KubeletArguments], known: KubeletOptions, given: Collection[str], place: str
) -> Iterator[StartTrouble]:
    """Gates by which a field is filled in that must not be, or is not that must."""
    by_flags = ByNode((one.node, one) for one in words if gates_set(one))
    for node in steps.by_node if any(one.node is not None for one in words) else (None,):
        target = _target_of(steps, node)
        fields = {*given, *setups.by_flags(node)}
        for trouble in fields_out_of_step(target, known, setups.in_turn(node, target), fields, place, node):
            setters = [one for one in by_flags.of(node) if trouble.name in gates_set(one)]
            yield _placed(trouble, setters[-1]) if setters else trouble


def _is_certain(setups: Setups, turned: StartTrouble) -> bool:
    """Whether a kubelet gets these gates so; one of whose flags some were seen may be told of a configuration by others."""
    return setups.reads_a_file(turned.node) or setups.is_told_whole(turned.node)


def _without_a_file(turned: StartTrouble) -> Missing:
    return Missing(
        f"whether the new kubelet is started with --config, beside {turned.place}",
        f"without, it does not start: it refuses {turned.name} set to {str(turned.value).lower()} while {turned.instead}; give with -f "
        "all that it is started with",
    )


def _flags_of_each(steps: Steps, by_node: ByNode[dict[str, bool]], *, apart: bool) -> Iterator[tuple[str | None, dict[str, bool]]]:
    """The gates that command lines set on each node; where none has a command line of its own, on all of them at once (None)."""
    for node in steps.by_node if apart else (None,):
        yield node, {name: on for gates in by_node.of(node) for name, on in gates.items()}


def _target_of(steps: Steps, node: str | None) -> KubeletEnd:
    step = steps.of(node).step
    return steps.target if step is None else step.target


def _placed(trouble: StartTrouble, arguments: KubeletArguments) -> StartTrouble:
    return replace(trouble, place=arguments.place_of(_GATES, trouble.name))


def _stopped(one: NodeStep, obstacle: Reason) -> NodeStep:
    return one if one.step is None else replace(one, step=replace(one.step, obstacle=obstacle))
