"""From pods that were seen to pods that are settled: each is decided by itself, then what concerns several is laid over.

see (seeing.views) → decide → settle → build (building). A phase takes the values of those before it and hands on its own; within settle
the order is the kubelet's and the evidence's: what a history cannot stand for any more is unknown before admission is asked, and an
override holds only what is admitted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from upgradecheck.hazards import PodAdmission
from upgradecheck.model.bundle import Collected
from upgradecheck.model.manifests import Manifests
from upgradecheck.model.override import Override
from upgradecheck.model.plan import HistoryCheck, Missing, PlannedPod, Verdict
from upgradecheck.model.pod import PodSource, Recorded, View
from upgradecheck.model.reasons import Reason
from upgradecheck.model.snapshot import Facts
from upgradecheck.model.wording import count, form
from upgradecheck.planning.asking.here import set_aside
from upgradecheck.planning.asking.steps import NodeStep
from upgradecheck.planning.asking.unmatched import unmatched
from upgradecheck.planning.budgets import Budgets
from upgradecheck.planning.bundled_manifests import BundledManifest, BundledManifests, with_manifest
from upgradecheck.planning.calibrating import lowered
from upgradecheck.planning.deciding import DecidedPod, decide_pod
from upgradecheck.planning.evidence.histories import Pasts
from upgradecheck.planning.evidence.lists import NOTHING_CONTRADICTED, Contradicted, Shown, contradicted, elsewhere, misnamed, partial
from upgradecheck.planning.evidence.past import Lived
from upgradecheck.planning.evidence.set_aside import NOTHING_WITHHELD, Withheld, withheld
from upgradecheck.planning.grading import graded
from upgradecheck.planning.ignoring import Ignoring
from upgradecheck.planning.made import whoever_makes_it
from upgradecheck.planning.overridden import override_pods, with_shown
from upgradecheck.planning.reaching import Reach
from upgradecheck.planning.readmission import readmit
from upgradecheck.planning.remembering import Remembering
from upgradecheck.planning.replicas import counted
from upgradecheck.planning.rows import AnyRow, DecidedPods, Laying, Row, decided, first_of, in_order, rows_of
from upgradecheck.planning.seeing.creators import as_placed
from upgradecheck.planning.seeing.joining import JoinedPod, as_joined, shows_a_node
from upgradecheck.planning.seeing.placing import dump_of
from upgradecheck.planning.seeing.records import Records
from upgradecheck.planning.seeing.replicas import Replica
from upgradecheck.planning.seeing.views import Seen, dump_nodes
from upgradecheck.planning.setting import Setting
from upgradecheck.planning.unseen_statics import by_bundle
from upgradecheck.planning.unspecified import decide_unseen_pod
from upgradecheck.reading.identity import Identity, identity_of
from upgradecheck.reading.pod import ReadPod

_MOST_DISPUTED = 20
_MOST_FILES = 3
_UNSEEN = "only the container runtime's list shows what runs there; give the pods too"


class Kept(msgspec.Struct, frozen=True, gc=False):
    """What a pod was decided by: the document of its spec, the step of its node, and what that node's history is worth."""

    joined: JoinedPod
    document: ReadPod
    step: NodeStep
    past: Lived | Reason | None


class Decided(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """The pods, each decided by itself, in no order; nodes_with_evidence: where a runtime's record of one was seen.

    records: the runtime's, each placed, without those of pods that are gone. unseen: the pods that only these show. kept: of the pods
    whose documents were to be kept. passed_over: the nodes whose pods were not decided on, since nobody asks about them. manifests: of
    static pods of which their nodes' bundles told.
    """

    pods: Sequence[DecidedPod]
    records: Records
    pasts: Pasts = Pasts()
    nodes_with_evidence: frozenset[str] = frozenset()
    unseen: frozenset[Identity] = frozenset()
    kept: Mapping[Identity, Kept] = {}
    passed_over: frozenset[str] = frozenset()
    manifests: Mapping[Identity, BundledManifest] = {}
    missing: tuple[Missing, ...] = ()
    notices: tuple[str, ...] = ()


def decide(setting: Setting, seen: Seen, facts: Facts) -> Decided:
    """Every pod that was examined, and those that only the runtime's list shows. Takes the pods out of what was seen, one by one."""
    pasts = _pasts(setting, seen, facts)
    placed = _placed(setting, seen)
    records, forgotten = placed.without(_gone(setting, seen, placed))
    budgets, pods, kept, passed_over = Budgets(facts.budgets), list[AnyRow](), dict[Identity, Kept](), set(seen.elsewhere)
    with_evidence = set[str | None]()
    ignoring = Ignoring(setting.ignores, setting.steps.target.version.minor)
    away = _withheld(seen, facts)
    manifests = BundledManifests(setting.steps, {} if setting.manifests is not None else facts.collected)
    unseen = _unseen(setting, seen, facts, records, manifests)
    against = _contradicted(seen, facts, records, away, [identity_of(one.pod) for one in unseen.listed])
    away = replace(away, nodes=away.nodes | against.aside, unlisted=against.nodes, sandboxless=against.sandboxless)

    def alone(joined: JoinedPod, past: Lived | Reason | None) -> DecidedPod:
        """A pod of which nothing tells but its view, and what is surely its own."""
        here = setting.steps.of(joined.spec.view.node)
        return decide_pod(joined, here.step, here.problem, records, past)

    nothing_laid_over = setting.owner_label is None and setting.ignores is None and not facts.budgets

    def by_labels(one: DecidedPod, labels: Mapping[str, str]) -> DecidedPod:
        """What labels make of a pod, beside the kubelet."""
        if setting.owner_label is not None:
            one = replace(one, pod=replace(one.pod, owner=labels.get(setting.owner_label)))
        return budgets.of(one, labels)

    def laid_over(row: AnyRow, labels: Mapping[str, str], node: str | None) -> AnyRow:
        """What names make of it, too."""
        if nothing_laid_over:
            return row
        if isinstance(row, Row) and setting.ignores is None:
            return laying.of(row, labels)
        return ignoring.of(by_labels(decided(row), labels), labels, setting.steps.start_of(node))

    laying = Laying(by_labels)
    remembering = None if setting.override else Remembering(alone, records)
    unrecorded, any_away = records.are_none, bool(away)
    for found in seen.pods.let_go():
        if remembering is not None and isinstance(found, Replica) and (unrecorded or records.is_of_one(found.uid)):
            row = remembering.of(found, pasts.of(found.node))
            row = away.of(decided(row), found.node, identity_of(found), listed=bool(records.sandboxes(found))) if any_away else row
            pods.append(laid_over(row, found.labels, found.node))
            if not unrecorded and (found.as_told or records.has_containers(found.uid)):
                with_evidence.add(found.node)
            continue
        joined = as_joined(found)
        as_seen = identity_of(joined.status)
        joined = _on_its_node(_with_record(joined, records), records, seen.only_node)
        joined = replace(joined, gone=_manifest_gone(joined, setting.manifests))
        node, view = _node_of(joined, seen), joined.spec.view
        if node is not None and not seen.has_examined(node):
            passed_over.add(node)
            continue
        step, past = setting.steps.of(node), pasts.of(node)
        if joined.lossy and (bundled := manifests.of(joined.status, view.source)) is not None:
            told = with_manifest(joined, bundled)
            if told is not joined:
                joined, manifests.used[identity_of(view)] = told, bundled
        if (document := seen.document(joined.spec)) is not None:
            kept[identity_of(view)] = Kept(joined, document, step, past)
        one = decide_pod(joined, step.step, step.problem, records, past, override=setting.override)
        if others := joined.spec.facts.otherwise:
            as_others = (replace(joined, spec=replace(joined.spec, facts=facts)) for facts in others)
            made = [decide_pod(other, step.step, step.problem, records, past, override=setting.override) for other in as_others]
            one = whoever_makes_it(one, made)
        if away and (joined.status.has_status or records.have(joined.status)):
            one = away.of(one, node, as_seen, listed=bool(records.sandboxes(joined.status)))
        if view.replicas is not None:
            one = counted(one, view.replicas, len(setting.nodes))
        pods.append(laid_over(one, view.labels or joined.status.labels, node))
        if not unrecorded and records.of_pod(one.pod):
            with_evidence.add(one.pod.node)
    unseen = replace(unseen, listed=tuple(ignoring.of(one, {}, setting.steps.start_of(one.pod.node)) for one in unseen.listed))
    with_evidence.update(one.pod.node for one in unseen.listed)
    every = DecidedPods((*pods, *unseen.ended, *unseen.listed))
    return Decided(
        pods=every,
        records=records,
        pasts=pasts,
        nodes_with_evidence=frozenset(node for node in with_evidence if node),
        unseen=frozenset(identity_of(one.pod) for one in (*unseen.ended, *unseen.listed)),
        kept=kept,
        passed_over=frozenset(passed_over),
        manifests=manifests.used,
        missing=(
            *(*seen.missing, *unseen.missing, *pasts.missing(), *against.missing, *_disputed(every, records)),
            *_unmatched(setting, seen, facts, every),
        ),
        notices=(*seen.notices, *set_aside(forgotten + (0 if setting.here is None else setting.here.set_aside))),
    )


def _disputed(pods: Iterable[DecidedPod], records: Records) -> Iterable[Missing]:
    """The containers of which two hashes were recorded, each with both, and the IDs that two containers have."""
    if records.are_none:
        return
    found = (
        one
        for row in rows_of(pods)
        if any(one.reason is Reason.RECORDS_DISAGREE for one in first_of(row).pod.containers)
        for one in row.pod.containers
        if one.reason is Reason.RECORDS_DISAGREE
    )
    ids = list(dict.fromkeys(one.container_id for one in found if one.container_id is not None))
    for identity in ids[:_MOST_DISPUTED]:
        yield Missing(f"the recorded hash of container {identity}", records.dispute(identity))
    if more := ids[_MOST_DISPUTED:]:
        yield Missing(f"the recorded hashes of {count(len(more), 'more container')}", "the lists of the runtime show two of each")


def _placed(setting: Setting, seen: Seen) -> Records:
    """The records, now that it is known which UIDs stand on several nodes."""
    records = setting.records
    told = dump_nodes(setting, seen.named, seen.views_with(records), seen.pods.packed(records))
    return records.placed(seen.claims, lambda origin: told.get(dump_of(origin)), seen.is_one)


def _with_record(joined: JoinedPod, records: Records) -> JoinedPod:
    """The pod with what its own records say of who created its containers."""

    def recorded(name: str) -> Recorded | None:
        record = records.find(joined.status, name)
        return record.hash if record is not None and isinstance(record.hash, Recorded) else None

    facts = as_placed(joined.spec.facts, recorded)
    return joined if facts is joined.spec.facts else replace(joined, spec=replace(joined.spec, facts=facts))


def _on_its_node(joined: JoinedPod, records: Records, only: str | None) -> JoinedPod:
    """The pod on a node, if a runtime has a record of it, for an API object that shows it unscheduled is from before; or if its own status
    shows that it is on one."""
    if joined.status.node or not joined.status.has_status or not (records.have(joined.status) or shows_a_node(joined.status)):
        return joined
    spec = replace(joined.spec, view=replace(joined.spec.view, node=only))
    return replace(joined, spec=spec, status=replace(joined.status, node=only), on_a_node=True)


def _contradicted(seen: Seen, facts: Facts, records: Records, away: Withheld, told: Collection[Identity]) -> Contradicted:
    """The lists of runtimes on whose nodes something runs that they do not show. told: pods that only they show, and that are told of."""
    if not (facts.empty_lists or facts.containers or facts.sandboxes):
        return NOTHING_CONTRADICTED
    shown: dict[str | None, Shown] = {}
    seen_at = {one.name: one.seen_at for one in facts.nodes}
    for named, status in seen.pods.statuses():
        if (its := shown.get(node := named or seen.only_node)) is None:
            its = shown[node] = Shown(facts.listed_again, seen_at.get(node or "", 0))
        if isinstance(status, Replica):
            its.take_replica(status, records)
        else:
            its.take(status, records)
    whole = {node: found for node, found in shown.items() if not (away.anywhere or node in away.nodes)}
    nodes = seen.named.union(node.name for node in facts.nodes)
    lists = (*facts.empty_lists, *elsewhere(records, told, facts.listed_again), *misnamed(shown, nodes))
    against = contradicted(lists, shown, nodes, seen.only_node)
    return against.also(partial(whole))


def _withheld(seen: Seen, facts: Facts) -> Withheld:
    """Whose evidence was set aside."""
    if not facts.set_aside:
        return NOTHING_WITHHELD
    nodes_of: dict[str, set[str]] = {}
    for one in seen.pods.joined():
        if (node := _node_of(one, seen)) is not None:
            nodes_of.setdefault(one.status.uid, set()).add(node)
    return withheld(facts, seen.named.union(node.name for node in facts.nodes), nodes_of, seen.only_node)


def _unmatched(setting: Setting, seen: Seen, facts: Facts, pods: Iterable[DecidedPod]) -> Iterator[Missing]:
    """What was asked for by name, and nothing has, but for what could not be read: that is no name that was misspelt."""
    scope = setting.scope
    if not (scope.selector or scope.node_selector or scope.namespaces or scope.nodes):
        return iter(())
    known = {one.what for one in facts.missing}
    found = unmatched(setting.scope, seen.namespaces, seen.named, (one.pod for one in pods))
    return (one for one in found if one.what not in known)


def _pasts(setting: Setting, seen: Seen, facts: Facts) -> Pasts:
    """What the histories of nodes are worth, now that everything was seen."""
    known = seen.named.union((node.name for node in facts.nodes), setting.scope.nodes)
    return setting.histories.judged(known, filter(setting.chosen.has, seen.named), seen.sightings)


def _node_of(joined: JoinedPod, seen: Seen) -> str | None:
    return joined.spec.view.node or joined.status.node or seen.only_node


def _manifest_gone(joined: JoinedPod, manifests: Manifests | None) -> bool:
    """Whether this is a static pod of the source that --static-pods shows, and no manifest gives it.

    A single file gives one pod, and is one of a directory's: that others run beside it says that it is not all that the kubelet reads.
    """
    view = joined.spec.view
    if manifests is None or view.view is View.SPEC or view.source is PodSource.API:
        return False
    is_http = manifests.name.startswith(("http://", "https://"))
    if not (is_http or manifests.each_alone):
        return False
    return view.source is (PodSource.HTTP if is_http else PodSource.FILE)


def _gone(setting: Setting, seen: Seen, records: Records) -> frozenset[Identity]:
    """The pods of the node whose runtime is asked now of which only dumps hold records.

    What no other source knows was there too, where that node is the only one.
    """
    here, live = setting.here, setting.live_node
    if here is None:
        return frozenset()
    there = {identity_of(one.status) for one in seen.pods.joined() if _node_of(one, seen) == live}
    if live is not None and live == seen.only_node:
        there.update(records.unclaimed())
    return frozenset(one for one in there if here.outdated(one.uid))


class _Unseen(msgspec.Struct, frozen=True, gc=False):
    """The pods that only the runtime's list shows: those that have ended, which nobody will miss, and those whose specs are missing."""

    ended: tuple[DecidedPod, ...] = ()
    listed: tuple[DecidedPod, ...] = ()
    missing: tuple[Missing, ...] = ()


class _Places:
    """The nodes of pods that only bundles show, where no other list is at hand: of two copies of one list each would say its own."""

    def __init__(self, collected: Mapping[str, Collected], records: Records) -> None:
        of_bundles = {one.source: name for name, one in collected.items()}
        self._records = records
        self._nodes = of_bundles if all(source in of_bundles for source, _ in records.dumps()) else {}

    def of(self, pod: Identity) -> str | None:
        """The node of the bundle that lists a pod; None where that are several, or it is no bundle."""
        if not self._nodes or not self._records.is_of_one(pod.uid):
            return None
        found = {self._nodes.get(origin.source) for origin in self._records.origins(pod.uid)}
        return found.pop() if len(found) == 1 else None


def _unseen(setting: Setting, seen: Seen, facts: Facts, records: Records, manifests: BundledManifests) -> _Unseen:
    places = _Places(facts.collected, records)
    bare = (decide_unseen_pod(one, records, records.node_of(one, seen.only_node) or places.of(one)) for one in records.unclaimed())
    found = (by_bundle(one, manifests) for one in bare)
    pods = [DecidedPod(pod) for pod in found if setting.chosen.wants(pod.namespace, pod.node)]
    ended = tuple(one for one in pods if one.pod.verdict is Verdict.NOT_COMPARED)
    listed = tuple(one for one in pods if one.pod.verdict is not Verdict.NOT_COMPARED)
    if not listed:
        return _Unseen(ended)
    without = [one.pod for one in listed if Verdict.UNKNOWN in (one.pod.verdict, *(its.verdict for its in one.pod.containers))]
    lacking = len(without)
    which = count(len(listed), "pod")
    if setting.scope.selector:  # whether it selects them, nobody knows
        reason = "--selector asks for them, and only the runtime's list shows the pods; give them"
        return _Unseen(ended, missing=(Missing(f"the labels of {which}", reason),))
    if not lacking:
        return _Unseen(ended, listed)
    what = f"the {form(lacking, 'spec')} of {count(lacking, 'pod')}"
    return _Unseen(ended, listed, (Missing(what, _UNSEEN + _whose_manifests(without, manifests)),))


def _whose_manifests(pods: Sequence[PlannedPod], manifests: BundledManifests) -> str:
    """Where the manifests of pods are, as their nodes' bundles tell; empty where they tell of none."""
    told = list(dict.fromkeys(f"{file} of {one.node}" for one in pods for file in manifests.files(one)))
    more = f" and {len(told) - _MOST_FILES:,} more" if len(told) > _MOST_FILES else ""
    return f", such as {', '.join(told[:_MOST_FILES])}{more}, with --static-pods" if told else ""


class Settled(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """The pods as the plan has them, in its order.

    check and contradicted: how histories stood the test of recorded hashes, and on which nodes not; check is None where no checkpoint was
    asked for. overrides: what is to be held, None where nobody asked, and planned: how many of them are new; before: the pods as they are
    without.
    """

    pods: Sequence[DecidedPod]
    check: HistoryCheck | None = None
    contradicted: Mapping[str, int] = {}
    admission: tuple[PodAdmission, ...] = ()
    overrides: Mapping[str, Override] | None = None
    planned: int = 0
    before: tuple[PlannedPod, ...] = ()


def settle(setting: Setting, seen: Seen, decided: Decided) -> Settled:
    """Lays over the pods what histories, admission and overrides make of them."""
    marked = graded(decided.pods) if setting.histories.given else None
    admitted = readmit(lowered(decided.pods if marked is None else marked.pods), seen.beside, setting.nodes, setting.steps)
    held = override_pods(admitted.pods, Reach(setting.steps, setting.nodes, decided.records)) if setting.override else None
    return Settled(
        pods=DecidedPods(in_order(rows_of(admitted.pods if held is None else held.pods))),
        check=None if marked is None else marked.check,
        contradicted={} if marked is None else marked.contradicted,
        admission=admitted.admission,
        overrides=None if held is None else with_shown(held, setting.in_force.shown),
        planned=0 if held is None else len(held.overrides),
        before=() if held is None else tuple(one.pod for one in admitted.pods),
    )
