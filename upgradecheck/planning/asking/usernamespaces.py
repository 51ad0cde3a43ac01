"""Whether the new kubelets take the IDs that nodes have for user namespaces of pods, and the blocks of them that pods were given.

With gate UserNamespacesSupport, which is on by default from 1.33, a kubelet asks from 1.30 on for the IDs of a user ``kubelet``: where
there is one, and not what the kubelet wants of it, it does not start, whether any pod has a user namespace or not (kubernetes/kubernetes
132966, 141941). Of another number of IDs a pod (userNamespaces.idsPerPod, which is heeded from 1.35 on) it does not take what pods were
given before.

Only a look at a node tells of its user. Where that was not seen, and the running kubelet does not ask for it, there is something to look at
(Steps.user_ids_unseen). What stops the new kubelet and would have stopped the running one, too, has come since, or is not what it sees: the
new one may not start.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress

from msgspec.structs import replace

from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.decode.kubelet.flags import last
from upgradecheck.model.arguments import KubeletArguments
from upgradecheck.model.config import KubeletConfig
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.pod import NodeFacts
from upgradecheck.model.reasons import Reason
from upgradecheck.model.starting import StartTrouble, TroubleKind
from upgradecheck.model.usernamespaces import BLOCK, MappingRule, PodMapping, ShownIDs, SubordinateIDs
from upgradecheck.planning.asking.starting import placed, stopped_at
from upgradecheck.planning.asking.steps import Steps
from upgradecheck.planning.seeing.placing import node_in_name

IDS_PER_POD = "userNamespaces.idsPerPod"
_MAX_PODS = "max-pods"
_WINDOWS = "windows"
_PERHAPS = (TroubleKind.USER_IDS_AS_BEFORE, TroubleKind.IDS_PER_POD)
_SURELY = (TroubleKind.USER_IDS, TroubleKind.POD_IDS)


class _Seen:
    """What was seen of each node, and said to its kubelet."""

    def __init__(self, shown: ShownIDs, words: Iterable[KubeletArguments], nodes: frozenset[str]) -> None:
        self._users = {one.node: one for one in shown.users}
        self._mappings: dict[str | None, list[PodMapping]] = {}
        self._words: dict[str | None, list[str]] = {}
        for one in shown.mappings:
            self._mappings.setdefault(one.node or _whose(one.place, nodes), []).append(one)
        for arguments in words:
            self._words.setdefault(arguments.node, []).extend(arguments.words)

    def user(self, node: str | None) -> SubordinateIDs | None:
        return self._users.get(node)

    def mappings(self, node: str | None) -> Sequence[PodMapping]:
        return self._mappings.get(node, ())

    def words(self, node: str | None) -> tuple[str, ...]:
        """The command line, that of all nodes first."""
        of_all = self._words.get(None, ())
        return tuple(of_all) if node is None else (*of_all, *self._words.get(node, ()))


def with_user_namespaces(steps: Steps, arguments: Iterable[KubeletArguments], nodes: Sequence[NodeFacts], shown: ShownIDs) -> Steps:
    """The steps, with the nodes whose new kubelets stop, or may stop, at these IDs; each with the configurations that its step has."""
    windows = {node.name for node in nodes if node.os == _WINDOWS}
    known = frozenset(steps.by_node)
    seen = _Seen(shown, placed(arguments, known), known)
    names = tuple(name for name in steps.by_node or (None,) if name not in windows)
    found = [one for name in names for one in _of_node(steps, name, seen)]
    unseen = any(seen.user(name) is None and _begins_to_ask(steps, name) for name in names)
    told = replace(steps, troubles=(*steps.troubles, *found), user_ids_unseen=unseen)
    told = stopped_at(told, _nodes_of(found, _PERHAPS), obstacle=Reason.KUBELET_MAY_NOT_START)
    return stopped_at(told, _nodes_of(found, _SURELY), obstacle=Reason.KUBELET_WILL_NOT_START)


def _nodes_of(found: Iterable[StartTrouble], kinds: Collection[TroubleKind]) -> frozenset[str | None]:
    return frozenset(one.node for one in found if one.kind in kinds)


def _of_node(steps: Steps, node: str | None, seen: _Seen) -> Iterator[StartTrouble]:
    step = steps.of(node).step
    if step is None or step.obstacle is not None:
        return
    words, user, mappings = seen.words(node), seen.user(node), seen.mappings(node)
    old, new = step.configs.old, step.configs.new
    if user is None and not (words or mappings or old.given or new.given):
        return
    stops = tuple(_stops(step.target, new, words, user, mappings))
    before = () if step.start is None else tuple(_stops(step.start, old, words, user, mappings))
    for kind, what, place in stops:
        as_before = any(what == each for _, each, _ in before)
        yield StartTrouble(TroubleKind.USER_IDS_AS_BEFORE if as_before else kind, what, place, node=node)
    lengths = _lengths(step.target, new)
    if not mappings and not stops and step.start is not None and _lengths(step.start, old) - lengths and lengths:
        yield StartTrouble(TroubleKind.IDS_PER_POD, IDS_PER_POD, "", node=node, value=str(max(lengths)))


def _stops(
    end: KubeletEnd, config: KubeletConfig, words: Sequence[str], user: SubordinateIDs | None, mappings: Collection[PodMapping]
) -> Iterator[tuple[TroubleKind, str, str]]:
    """What kubelets of a version end at: which kind of thing, what is the matter, and where."""
    from upgradecheck.decisions.usernamespaces import pool_of, refused_mappings  # few nodes show any

    found = dict[tuple[TroubleKind, str, str], None]()
    for build in end.builds:
        rule = _rule(build)
        each = None if rule is None else _each(rule, config)
        if rule is None or each is None:
            continue
        try:
            pool = pool_of(rule, user, each, _pods(config, words))
        except SpecRefused as error:
            found[TroubleKind.USER_IDS, error.reason, "" if user is None else user.place] = None
            continue
        for one, what in refused_mappings(rule, pool, mappings):
            found[TroubleKind.POD_IDS, what, one.place] = None
    return iter(found)


def _lengths(end: KubeletEnd, config: KubeletConfig) -> frozenset[int]:
    """How many IDs kubelets of a version give to a pod, as far as that is known; none of those that give none."""
    rules = [_rule(build) for build in end.builds]
    return frozenset(each for rule in rules if rule is not None and (each := _each(rule, config)) is not None)


def _rule(build: KubeletBuild) -> MappingRule | None:
    """How a kubelet looks after these IDs, if it does."""
    rule = build.state_files.user_namespaces
    return rule if rule is not None and build.feature_gate(rule.gate) else None


def _each(rule: MappingRule, config: KubeletConfig) -> int | None:
    """How many IDs a pod gets; None where that is set, and what it is set to was not shown, as in bundles of before."""
    if not rule.ids_per_pod or IDS_PER_POD not in config.given:
        return BLOCK
    value = config.values.get(IDS_PER_POD)
    return value if isinstance(value, int) and value > 0 and value % BLOCK == 0 else None


def _pods(config: KubeletConfig, words: Sequence[str]) -> int:
    with suppress(ValueError):
        return int(last(words, _MAX_PODS) or "")
    return config.max_pods


def _whose(place: str, nodes: frozenset[str]) -> str | None:
    return node_in_name(place, nodes) or (next(iter(nodes)) if len(nodes) == 1 else None)


def _begins_to_ask(steps: Steps, node: str | None) -> bool:
    """Whether the new kubelet asks for the user's IDs, and the running one does not, or is not known."""
    step = steps.of(node).step
    if step is None:
        return False
    return _asks(step.target) and (step.start is None or not _asks(step.start))


def _asks(end: KubeletEnd) -> bool:
    return any(rule is not None and rule.of_user for rule in map(_rule, end.builds))
