"""From pods that were seen to pods that are settled: each is decided by itself, then what concerns several is laid over.

see (seeing.views) → decide → settle → build (building). A phase takes the values of those before it and hands on its own; within settle
the order is the kubelet's and the evidence's: what a history cannot stand for any more is unknown before admission is asked, and an
override holds only what is admitted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

import msgspec
from msgspec.structs import replace

from upgradecheck.hazards import Note, PodAdmission, notes_of
from upgradecheck.model.manifests import Manifests
from upgradecheck.model.override import Override
from upgradecheck.model.plan import HistoryCheck, Missing, PlannedPod, Verdict
from upgradecheck.model.pod import PodSource, View
from upgradecheck.model.reasons import Reason
from upgradecheck.model.snapshot import Facts
from upgradecheck.model.wording import count, form
from upgradecheck.planning.asking.here import set_aside
from upgradecheck.planning.asking.steps import NodeStep
from upgradecheck.planning.asking.unmatched import unmatched
from upgradecheck.planning.deciding import DecidedPod, decide_pod, decide_unseen_pod
from upgradecheck.planning.evidence.histories import Pasts
from upgradecheck.planning.evidence.past import Lived
from upgradecheck.planning.evidence.set_aside import NOTHING_WITHHELD, Withheld, withheld
from upgradecheck.planning.grading import graded
from upgradecheck.planning.overridden import override_pods
from upgradecheck.planning.reaching import Reach
from upgradecheck.planning.readmission import readmit
from upgradecheck.planning.replicas import counted
from upgradecheck.planning.seeing.joining import JoinedPod, Records
from upgradecheck.planning.seeing.views import Seen
from upgradecheck.planning.setting import Setting
from upgradecheck.reading.pod import ReadPod

PodKey = tuple[str, str, str]


class Kept(msgspec.Struct, frozen=True, gc=False):
    """What a pod was decided by: the document of its spec, the step of its node, and what that node's history is worth."""

    joined: JoinedPod
    document: ReadPod
    step: NodeStep
    past: Lived | Reason | None


class Decided(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """The pods, each decided by itself, in no order; nodes_with_evidence: where a runtime's record of one was seen.

    records: the runtime's, without those of pods that are gone. unseen: the pods that only these show, by UID. kept: of the pods whose
    documents were to be kept.
    """

    pods: tuple[DecidedPod, ...]
    records: Records
    pasts: Pasts = Pasts()
    nodes_with_evidence: frozenset[str] = frozenset()
    unseen: frozenset[str] = frozenset()
    kept: Mapping[PodKey, Kept] = {}
    missing: tuple[Missing, ...] = ()
    notices: tuple[str, ...] = ()


def decide(setting: Setting, seen: Seen, facts: Facts) -> Decided:
    """Every pod that was seen, and those that only the runtime's list shows. Takes the pods out of what was seen, one by one."""
    pasts = _pasts(setting, seen, facts)
    gone = _gone(setting, seen)
    records, forgotten = setting.records.without(gone)
    notes, pods, kept = notes_of(facts), list[DecidedPod](), dict[PodKey, Kept]()
    away = _withheld(setting, seen, facts)
    for joined in seen.pods.drain():
        joined = replace(joined, gone=_manifest_gone(joined, setting.manifests))
        node, view = _node_of(joined, seen), joined.spec.view
        step, past = setting.steps.of(node), pasts.of(node)
        if (document := seen.document(joined.spec)) is not None:
            kept[view.namespace, view.name, view.uid] = Kept(joined, document, step, past)
        one = decide_pod(joined, step.step, step.problem, records, past, override=setting.override)
        if away and joined.status.has_status:
            one = away.of(one, node)
        if view.replicas is not None:
            one = counted(one, view.replicas, len(setting.nodes))
        pods.append(_noted(one, joined, notes) if notes else one)
    unseen = _unseen(setting, seen, records, frozenset(one.pod.uid for one in pods))
    with_evidence = chain((one for one in pods if records.of_pod(one.pod.uid)), unseen.listed)
    return Decided(
        pods=(*pods, *unseen.ended, *unseen.listed),
        records=records,
        pasts=pasts,
        nodes_with_evidence=frozenset(one.pod.node for one in with_evidence if one.pod.node),
        unseen=frozenset(one.pod.uid for one in (*unseen.ended, *unseen.listed)),
        kept=kept,
        missing=(*seen.missing, *unseen.missing, *pasts.missing(), *_unmatched(setting, seen, (*pods, *unseen.ended, *unseen.listed))),
        notices=(*seen.notices, *set_aside(forgotten + (0 if setting.here is None else setting.here.set_aside))),
    )


def _withheld(setting: Setting, seen: Seen, facts: Facts) -> Withheld:
    """Whose evidence was set aside."""
    if not facts.set_aside:
        return NOTHING_WITHHELD
    node_of = {one.status.uid: _node_of(one, seen) for one in seen.pods.joined()}
    return withheld(facts, seen.named.union(node.name for node in facts.nodes), node_of, seen.only_node)


def _unmatched(setting: Setting, seen: Seen, pods: Iterable[DecidedPod]) -> Iterator[Missing]:
    """What was asked for by name, and nothing has."""
    return unmatched(setting.scope, seen.namespaces, seen.named, (one.pod for one in pods))


def _pasts(setting: Setting, seen: Seen, facts: Facts) -> Pasts:
    """What the histories of nodes are worth, now that everything was seen."""
    known = seen.named.union((node.name for node in facts.nodes), setting.scope.nodes)
    return setting.histories.judged(known, filter(setting.chosen.has, seen.named), seen.sightings)


def _noted(one: DecidedPod, joined: JoinedPod, notes: Mapping[str, Note]) -> DecidedPod:
    """The pod with what rules want to know of it later."""
    view = joined.spec.view
    labels = view.labels or joined.status.labels
    found = {rule: said for rule, note in notes.items() if (said := note(view.namespace, labels)) is not None}
    return replace(one, notes={**one.notes, **found}) if found else one


def _node_of(joined: JoinedPod, seen: Seen) -> str | None:
    return joined.spec.view.node or joined.status.node or seen.only_node


def _manifest_gone(joined: JoinedPod, manifests: Manifests | None) -> bool:
    """Whether this is a static pod of the source that --static-pods shows, and no manifest gives it."""
    view = joined.spec.view
    if manifests is None or view.view is View.SPEC or view.source is PodSource.API:
        return False
    is_http = manifests.name.startswith(("http://", "https://"))
    return view.source is (PodSource.HTTP if is_http else PodSource.FILE)


def _gone(setting: Setting, seen: Seen) -> frozenset[str]:
    """The pods of the node whose runtime is asked now of which only dumps hold records.

    What no other source knows was there too, where that node is the only one.
    """
    here, live = setting.here, setting.live_node
    if here is None:
        return frozenset()
    joined = tuple(seen.pods.joined())
    there = {one.status.uid for one in joined if _node_of(one, seen) == live}
    if live is not None and live == seen.only_node:
        known = seen.left_out.union(one.spec.view.uid for one in joined)
        there.update(uid for uid in setting.records.pods() if uid not in known)
    return frozenset(filter(here.outdated, there))


class _Unseen(msgspec.Struct, frozen=True, gc=False):
    """The pods that only the runtime's list shows: those that have ended, which nobody will miss, and those whose specs are missing."""

    ended: tuple[DecidedPod, ...] = ()
    listed: tuple[DecidedPod, ...] = ()
    missing: tuple[Missing, ...] = ()


def _unseen(setting: Setting, seen: Seen, records: Records, decided: frozenset[str]) -> _Unseen:
    known = decided | seen.left_out
    found = (decide_unseen_pod(uid, records, seen.only_node) for uid in records.pods() if uid not in known)
    pods = [DecidedPod(pod) for pod in found if setting.chosen.wants(pod.namespace, pod.node)]
    ended = tuple(one for one in pods if one.pod.verdict is Verdict.NOT_COMPARED)
    listed = tuple(one for one in pods if one.pod.verdict is not Verdict.NOT_COMPARED)
    if not listed:
        return _Unseen(ended)
    which = count(len(listed), "pod")
    if setting.scope.selector:  # whether it selects them, nobody knows
        reason = "--selector asks for them, and only the runtime's list shows the pods; give them"
        return _Unseen(ended, missing=(Missing(f"the labels of {which}", reason),))
    what = f"the {form(len(listed), 'spec')} of {which}"
    return _Unseen(ended, listed, (Missing(what, "only the container runtime's list shows what runs there; give the pods too"),))


class Settled(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """The pods as the plan has them, in its order.

    check and contradicted: how histories stood the test of recorded hashes, and on which nodes not; check is None where no checkpoint was
    asked for. overrides: what is to be held, None where nobody asked; before: the pods as they are without.
    """

    pods: tuple[DecidedPod, ...]
    check: HistoryCheck | None = None
    contradicted: Mapping[str, int] = {}
    admission: tuple[PodAdmission, ...] = ()
    overrides: Mapping[str, Override] | None = None
    before: tuple[PlannedPod, ...] = ()


def settle(setting: Setting, seen: Seen, decided: Decided) -> Settled:
    """Lays over the pods what histories, admission and overrides make of them."""
    marked = graded(decided.pods) if setting.histories.given else None
    admitted = readmit(decided.pods if marked is None else marked.pods, seen.beside, setting.nodes, setting.steps)
    held = override_pods(admitted.pods, Reach(setting.steps, setting.nodes, decided.records)) if setting.override else None
    return Settled(
        pods=tuple(_ordered(admitted.pods if held is None else held.pods)),
        check=None if marked is None else marked.check,
        contradicted={} if marked is None else marked.contradicted,
        admission=admitted.admission,
        overrides=None if held is None else held.overrides,
        before=() if held is None else tuple(one.pod for one in admitted.pods),
    )


def _ordered(pods: Iterable[DecidedPod]) -> list[DecidedPod]:
    return sorted(pods, key=lambda one: (one.pod.namespace, one.pod.name, one.pod.node or "", one.pod.uid))
