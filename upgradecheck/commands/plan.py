"""sources → Snapshot → hashing → decisions → Plan, as code: the only place that joins the edges to the core.

Nodes and records are small and read first; then pods stream by, each reduced at once (planning.examine), so that a dump of
150,000 pods never stands in memory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

import msgspec

from upgradecheck.catalog import Catalog
from upgradecheck.commands.here import ask_node
from upgradecheck.commands.opening import checkpoints_of, configs_of, in_force_of, manifests_of, open_source
from upgradecheck.commands.request import LiveCluster, PlanRequest, check, target_of
from upgradecheck.commands.scoping import Filter, filter_of, scope_of
from upgradecheck.decisions.admission import PodRequest
from upgradecheck.decode.kube.pods import pod_view
from upgradecheck.decode.text.typed import typed
from upgradecheck.hazards import PodAdmission
from upgradecheck.model.errors import SpecRefused, UsageError
from upgradecheck.model.manifests import ManifestFile, Manifests
from upgradecheck.model.override import Override
from upgradecheck.model.plan import Missing, Plan, Verdict
from upgradecheck.model.pod import NodeFacts, PodSource, PodView, Recorded, View
from upgradecheck.model.reasons import Reason
from upgradecheck.model.snapshot import Facts
from upgradecheck.planning.asking.exit_codes import GateLimits
from upgradecheck.planning.asking.feature_gates import parse_feature_gates
from upgradecheck.planning.asking.here import Here, live_node, reporting, set_aside, with_here, with_runtime
from upgradecheck.planning.asking.steps import NodeStep, Steps, plan_steps
from upgradecheck.planning.budgets import BudgetWatch
from upgradecheck.planning.building import PastSeen, Seen, build_plan, networks_seen
from upgradecheck.planning.deciding import DecidedPod, decide_pod, decide_unseen_pod, uid_made_by_kubelet, worst_of
from upgradecheck.planning.evidence.histories import Histories, graded, plan_histories
from upgradecheck.planning.evidence.past import Lived, birth_of
from upgradecheck.planning.overriding import override_pod
from upgradecheck.planning.readmission import readmit
from upgradecheck.planning.seeing.examine import Examiner, Reading, SpecFacts
from upgradecheck.planning.seeing.joining import ExaminedView, JoinedPod, PodJoiner, Records, running_manifests
from upgradecheck.planning.seeing.statics import StaticIndex, manifest_view, nameless, with_running

if TYPE_CHECKING:
    from upgradecheck.sources import Source

__all__ = ["LiveCluster", "PlanRequest", "Watch", "make_plan"]


class Watch(Protocol):
    """Is told what a plan is made of, while it is made; explain keeps what concerns the pods that it is asked about."""

    def seen(self, examined: ExaminedView, raw: bytes) -> None:
        """A view of a pod in scope, and the document that it was made of."""
        ...

    def decided(self, joined: JoinedPod, step: NodeStep, past: Lived | Reason | None) -> None:
        """A pod about to be decided on, the step of its node, and what that node's history is worth."""
        ...

    def admitted(self, admission: tuple[PodAdmission, ...], nodes: tuple[NodeFacts, ...], steps: Steps, records: Records) -> None:
        """What admission speaks against, at the end, and what all pods were judged by."""
        ...


def make_plan(request: PlanRequest, watch: Watch | None = None) -> Plan:
    """The plan for files, or for the live cluster. watch: is told what it is made of.

    Raises:
        UpgradecheckError: no report can be made, or an option cannot be used.
    """
    check(request)
    to_version = target_of(request)
    catalog = Catalog()
    limits = GateLimits(request.fail_on, request.max_restarts, request.min_coverage, request.min_calibration, request.exit_zero)
    gates = parse_feature_gates(request.feature_gates)
    plan_steps((), request.from_version, to_version, catalog, gates)  # a version that cannot be is told before a large input is read
    with closing(open_source(request)) as source:
        asked = ask_node(source, request.cri, request.docker)
        inputs: Source = source if asked is None else asked.told
        facts = inputs.facts()
        chosen = filter_of(request, facts.nodes)
        nodes = tuple(node for node in facts.nodes if chosen.nodes is None or node.name in chosen.nodes)
        here = None if asked is None else asked.here(nodes, request.nodes, manifests=request.static_pods is not None)
        request = request if here is None else _with_own_manifests(request, here)
        configs = configs_of(request, facts, here)
        steps = plan_steps(reporting(nodes, here), request.from_version, to_version, catalog, gates, configs)
        steps = with_here(steps, nodes, here, given=request.from_version is not None)
        return with_runtime(_plan(request, inputs, facts, chosen, nodes, steps, catalog, limits, watch, here), here, request.nodes)


@dataclass
class _Run:
    """One plan in the making: what streams by is reduced and kept here."""

    request: PlanRequest
    inputs: Source
    facts: Facts
    chosen: Filter
    steps: Steps
    catalog: Catalog
    records: Records
    manifests: Manifests | None
    histories: Histories
    joiner: PodJoiner = field(default_factory=PodJoiner)
    left_out: set[str] = field(default_factory=set)
    beside: dict[str, dict[str, PodRequest]] = field(default_factory=dict)
    missing: list[Missing] = field(default_factory=list)
    unlabelled: set[str] = field(default_factory=set)
    named: set[str] = field(default_factory=set)
    notices: list[str] = field(default_factory=list)
    watch: Watch | None = None
    budgets: BudgetWatch = field(default_factory=lambda: BudgetWatch(()))
    here: Here | None = None
    set_aside: int = 0

    def views(self) -> None:
        """Takes every view of every pod."""
        examiner = Examiner(self.catalog)
        for raw, origin in self.inputs.pods():
            try:
                view = pod_view(raw, origin)
            except SpecRefused as error:
                self.missing.append(Missing(f"pod in {origin}", str(error)))
                continue
            self._view(_examined(raw, view, self, examiner), raw)
        self.missing += [
            Missing(f"labels of node {node}", "--node-selector asks for them, and the node was not given; give it too")
            for node in sorted(self.unlabelled)
        ]

    def _view(self, examined: ExaminedView, raw: bytes) -> None:
        view = examined.view
        if view.node:
            self.named.add(view.node)
        if self.histories.given:
            for status in view.statuses:
                if (birth := birth_of(status, None)) is not None:
                    self.histories.saw(view.node, birth.started_at)
        if self.chosen.wants_view(view):
            self._take(examined, raw)
            return
        self.left_out.add(view.uid)
        if view.node and examined.facts.request is not None and view.phase not in ("Failed", "Succeeded"):
            self.beside.setdefault(view.node, {})[view.uid] = examined.facts.request
        if node := self.chosen.unlabelled_node(view):
            self.unlabelled.add(node)

    def _take(self, examined: ExaminedView, raw: bytes) -> None:
        self.joiner.add(examined)
        if self.watch is not None:
            self.watch.seen(examined, raw)

    @property
    def only_node(self) -> str | None:
        """The node that evidence belongs to which names none: the one that the user or a Node object names, or the only one of all pods.

        Where nothing names any, it is this machine, if its own kubelet or runtime is read.
        """
        if self.chosen.only_node is None and len(self.named) == 1:
            return next(iter(self.named))
        if self.chosen.only_node is None and not self.named and self.here is not None:
            return self.here.node
        return self.chosen.only_node

    @property
    def live_node(self) -> str | None:
        """The node whose runtime is asked now."""
        return live_node(self.here, self.request.nodes)

    def forget_gone(self, seen: set[str]) -> None:
        """Sets aside what only dumps show of pods that no other source knows; where this node is the only one, it was here."""
        if self.here is not None and self.live_node is not None and self.live_node == self.only_node:
            gone = [uid for uid in self.records.pods() if uid not in seen and self.here.outdated(uid)]
            self.set_aside += sum(map(self.records.forget, gone))

    def static_pods(self) -> None:
        """Takes the manifests of static pods; they belong to one node."""
        if self.manifests is None:
            return
        node = self.only_node
        if node is None and self.named:
            raise UsageError(
                f"--static-pods {self.manifests.name}: manifests belong to one node, and the inputs show {len(self.named)}. "
                "Name it with --node."
            )
        self.notices += self.manifests.notices
        self.notices.append(f"{self.manifests.name}: manifests, read, defaulted and validated as each of the two kubelets does it.")
        index = StaticIndex(self.joiner.static_views(), self.facts.sandboxes)
        examiner, found = Examiner(self.catalog), list[tuple[ExaminedView, bytes]]()
        for file in self.manifests.files:
            problem = file.problem if file.json is None else nameless(file.json)
            if file.json is None or problem:
                self.notices.append(f"{file.path}: gives no static pod to any kubelet ({problem}).")
                continue
            found.append((_manifest(file, file.json, node, self, index, examiner), file.json))
        chosen = running_manifests(examined for examined, _ in found)
        for examined, raw in found:
            winner = chosen[examined.view.namespace, examined.view.name]
            if examined is not winner:
                self.notices.append(f"{examined.view.origin}: passed over, {winner.view.origin} gives the pod of the same name that runs.")
            elif self.chosen.wants_view(examined.view):
                self._take(examined, raw)
            else:
                self.left_out.add(examined.view.uid)

    def decided(self) -> Iterator[DecidedPod]:
        """Every pod, decided."""
        for joined in self.joiner.drain():
            node = joined.spec.view.node or joined.status.node or self.only_node
            step = self.steps.of(node)
            past = self.histories.of(node)
            joined = replace(joined, gone=self._gone(joined))
            if self.here is not None and node == self.live_node and self.here.outdated(joined.status.uid):
                self.set_aside += self.records.forget(joined.status.uid)
            if self.watch is not None:
                self.watch.decided(joined, step, past)
            self.budgets.note(joined.spec.view.namespace, joined.spec.view.uid, joined.spec.view.labels or joined.status.labels)
            yield decide_pod(joined, step.step, step.problem, self.records, past, override=self.request.override)

    def _gone(self, joined: JoinedPod) -> bool:
        """Whether this is a static pod of the source that --static-pods shows, and no manifest gives it."""
        if self.manifests is None or joined.spec.view.view is View.SPEC or joined.spec.view.source is PodSource.API:
            return False
        is_http = self.manifests.name.startswith(("http://", "https://"))
        return joined.spec.view.source is (PodSource.HTTP if is_http else PodSource.FILE)


def _plan(
    request: PlanRequest,
    inputs: Source,
    facts: Facts,
    chosen: Filter,
    nodes: tuple[NodeFacts, ...],
    steps: Steps,
    catalog: Catalog,
    limits: GateLimits,
    watch: Watch | None,
    here: Here | None = None,
) -> Plan:
    in_force = in_force_of(request)
    records = Records(in_force.seen(facts.containers) if in_force else facts.containers, facts.sandboxes)
    histories = plan_histories(checkpoints_of(request), nodes, steps, catalog, in_force)
    for record in facts.containers if histories.given else ():
        histories.saw(None, record.created_at)
    run = _Run(request, inputs, facts, chosen, steps, catalog, records, manifests_of(request), histories, watch=watch, here=here)
    run.named |= {node.name for node in nodes}
    run.views()
    run.static_pods()
    facts = inputs.all_facts()
    run.budgets = BudgetWatch(facts.budgets)
    histories.judged({*run.named, *(node.name for node in facts.nodes), *request.nodes}, _planned_nodes(run))
    decided, seen, nodes_with_evidence = [], set[str](), set[str]()
    for one in run.decided():
        decided.append(one)
        seen.add(one.pod.uid)
        if one.pod.node and run.records.of_pod(one.pod.uid):
            nodes_with_evidence.add(one.pod.node)
    run.forget_gone(seen | run.left_out)
    ended, unseen = _unseen(run.records, seen | run.left_out, chosen, run.only_node)
    decided += ended
    pods = "1 pod" if len(unseen) == 1 else f"{len(unseen)} pods"
    if unseen and request.selector:  # whether it selects them, nobody knows
        run.missing.append(
            Missing(f"the labels of {pods}", "--selector asks for them, and only the runtime's list shows the pods; give them")
        )
    elif unseen:
        decided += unseen
        nodes_with_evidence.update(one.pod.node for one in unseen if one.pod.node)
        what = f"the spec of {pods}" if len(unseen) == 1 else f"the specs of {pods}"
        run.missing.append(Missing(what, "only the container runtime's list shows what runs there; give the pods too"))
    marked = graded(decided) if histories.given else None
    decided = decided if marked is None else list(marked.pods)
    readmitted = readmit(decided, {node: tuple(found.values()) for node, found in run.beside.items()}, nodes, steps)
    if watch is not None:
        watch.admitted(readmitted.admission, nodes, steps, records)
    overrides, readmitted_pods = _overridden(readmitted.pods) if request.override else (None, readmitted.pods)
    before = tuple(one.pod for one in readmitted.pods) if request.override else ()
    decided = sorted(readmitted_pods, key=lambda one: (one.pod.namespace, one.pod.name, one.pod.node or "", one.pod.uid))
    scope, missing = scope_of(request, facts), (*facts.missing, *run.missing, *histories.missing())
    notices = (
        *facts.notices,
        *run.notices,
        *set_aside(run.set_aside + (0 if here is None else here.set_aside)),
        *run.budgets.notices(),
        *in_force.notices(),
    )
    past = None if marked is None else PastSeen(tuple(histories.troubles), marked.check, marked.contradicted)
    exceeded = tuple(run.budgets.exceeded(one.pod for one in decided))
    networks = networks_seen(decided, records)
    evidence = Seen(bool(facts.sandboxes), run.manifests is not None, past, overrides, facts.server, *networks, before, exceeded)
    return build_plan(
        decided, nodes, steps, scope, limits, notices, missing, frozenset(nodes_with_evidence), readmitted.admission, evidence
    )


def _overridden(pods: Sequence[DecidedPod]) -> tuple[dict[str, Override], list[DecidedPod]]:
    """The pods with overrides laid over, and all overrides; a pod that its containers decide on has their worst verdict."""
    overrides: dict[str, Override] = {}
    found = []
    for one in pods:
        laid = override_pod(one.pod, one.chances)
        overrides |= laid.overrides
        pod = laid.pod
        if one.by_containers and pod.verdict is Verdict.RESTART:
            worst = worst_of(pod.containers)
            pod = replace(pod, verdict=worst.verdict, reason=worst.reason)
        found.append(replace(one, pod=pod, chances={}))
    return overrides, found


def _with_own_manifests(request: PlanRequest, here: Here) -> PlanRequest:
    """The request, with the static pods of this machine's kubelet where the user names none."""
    return replace(request, static_pods=here.static_pods) if request.static_pods is None else request


def _planned_nodes(run: _Run) -> frozenset[str]:
    """The nodes that the plan is about."""
    wanted = run.chosen.nodes
    return frozenset(name for name in run.named if wanted is None or name in wanted)


def _examined(raw: bytes, view: PodView, run: _Run, examiner: Examiner) -> ExaminedView:
    """A view of a pod, its spec examined under its node's versions."""
    step = run.steps.of(view.node or run.chosen.only_node).step
    if step is None:
        return ExaminedView(view, SpecFacts(), _digest(raw))
    api = view.source is PodSource.API
    reading = Reading(view.uid, api, lossy=view.view is not View.SPEC, own_uid=api or not uid_made_by_kubelet(view), listed=True)
    past = run.histories.past(view.node or run.chosen.only_node)
    return ExaminedView(view, examiner.examine(raw, step, _recorded(run.records, view), reading, past), _digest(raw))


def _manifest(file: ManifestFile, raw: bytes, node: str | None, run: _Run, index: StaticIndex, examiner: Examiner) -> ExaminedView:
    """A static pod as its manifest has it, under the UID of what runs of it."""
    view = manifest_view(file, raw, node)
    running = index.running(view.namespace, view.name)
    own = view.uid
    view = replace(view, uid=running.uid or own)
    step = run.steps.of(node).step
    if step is None:
        return ExaminedView(view, SpecFacts(), _digest(raw))
    reading = Reading(
        view.uid, from_api=False, own_uid=bool(own), alone=run.manifests is None or run.manifests.each_alone, listed=file.listed
    )
    facts = examiner.examine(raw, step, _recorded(run.records, view), reading, run.histories.past(node))
    return ExaminedView(view, replace(facts, fate=with_running(facts.fate, running, own)), _digest(raw))


class _recorded:  # noqa: N801 - reads as the function that it is
    """The recorded hash of a pod's container by name."""

    __slots__ = ("_records", "_view")

    def __init__(self, records: Records, view: PodView) -> None:
        self._records, self._view = records, view

    def __call__(self, name: str) -> Recorded | None:
        record = self._records.find(self._view, name)
        return record.hash if record is not None and isinstance(record.hash, Recorded) else None


class _SpecOnly(msgspec.Struct, gc=False):
    spec: msgspec.Raw = msgspec.Raw(b"null")


_SPEC = msgspec.json.Decoder(_SpecOnly)
_ANYTHING = msgspec.json.Decoder()


def _digest(raw: bytes) -> bytes:
    """Tells equal specs from different ones, whatever their layout and key order."""
    spec = bytes(typed(_SPEC, raw).spec)
    try:
        content = msgspec.json.encode(typed(_ANYTHING, spec), order="deterministic")
    except SpecRefused:
        content = spec
    return hashlib.blake2b(content, digest_size=8).digest()


def _unseen(records: Records, known: set[str], chosen: Filter, only_node: str | None) -> tuple[list[DecidedPod], list[DecidedPod]]:
    """The pods that only the runtime's list shows: those that have ended, which nobody will miss, and the others."""
    found = (decide_unseen_pod(uid, records, only_node) for uid in records.pods() if uid not in known)
    pods = [DecidedPod(pod) for pod in found if chosen.wants(pod.namespace, pod.node)]
    ended = [one for one in pods if one.pod.verdict is Verdict.NOT_COMPARED]
    return ended, [one for one in pods if one.pod.verdict is not Verdict.NOT_COMPARED]
