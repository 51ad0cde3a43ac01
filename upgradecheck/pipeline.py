"""sources → Snapshot → hashing → decisions → Plan, as code: the only place that joins the edges to the core.

Nodes and records are small and read first; then pods stream by, each reduced at once (planning.examine), so that a dump of
150,000 pods never stands in memory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from importlib.resources import files as files_of_package
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec

from upgradecheck.catalog import Catalog
from upgradecheck.decisions.admission import PodRequest
from upgradecheck.decode.pods import pod_view
from upgradecheck.decode.typed import typed
from upgradecheck.hazards import PodAdmission
from upgradecheck.model.checkpoint import FoundCheckpoint
from upgradecheck.model.config import Configs, KubeletConfig
from upgradecheck.model.errors import InputError, SpecRefused, UsageError
from upgradecheck.model.manifests import ManifestFile, Manifests
from upgradecheck.model.override import Override
from upgradecheck.model.plan import Missing, Plan, Reason, Scope, Verdict
from upgradecheck.model.pod import NodeFacts, PodSource, PodView, Recorded, View
from upgradecheck.node_side import ask_node
from upgradecheck.planning.budgets import BudgetWatch
from upgradecheck.planning.building import PastSeen, Seen, build_plan, networks_seen
from upgradecheck.planning.deciding import DecidedPod, decide_pod, decide_unseen_pod, uid_made_by_kubelet, worst_of
from upgradecheck.planning.examine import Examiner, Reading, SpecFacts
from upgradecheck.planning.gates import parse_gates
from upgradecheck.planning.gating import Gate
from upgradecheck.planning.histories import Histories, graded, plan_histories
from upgradecheck.planning.in_force import InForce, read_in_force
from upgradecheck.planning.joining import ExaminedView, JoinedPod, PodJoiner, Records, running_manifests
from upgradecheck.planning.local import Here, live_node, reporting, set_aside, with_here, with_runtime
from upgradecheck.planning.overriding import override_pod
from upgradecheck.planning.past import Lived, birth_of
from upgradecheck.planning.readmission import readmit
from upgradecheck.planning.selectors import Selector, parse_selector
from upgradecheck.planning.statics import StaticIndex, manifest_view, nameless, with_running
from upgradecheck.planning.steps import NodeStep, Steps, plan_steps

if TYPE_CHECKING:
    from upgradecheck.sources import Source
    from upgradecheck.sources.files import Inputs

EXAMPLE_TO = "1.30.14"


def _silent(text: str) -> None:
    """Tells nobody how far it is."""


@dataclass(frozen=True, slots=True)
class LiveCluster:
    """The cluster to read where no input is named; watch is told how far the reading is, tell what is run for it (see Target)."""

    kubeconfig: str | None = None
    context: str | None = None
    allow_exec: bool = False
    timeout: float = 600.0
    request_timeout: float = 30.0
    watch: Callable[[str], None] = field(default=_silent, compare=False, repr=False)
    tell: Callable[[str], None] = field(default=_silent, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """What the user asked of ``plan``; texts as given."""

    files: tuple[str, ...] = ()
    recursive: bool = False
    example: bool = False
    from_version: str | None = None
    to_version: str | None = None
    namespaces: tuple[str, ...] = ()
    excluded_namespaces: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()
    selector: str | None = None
    node_selector: str | None = None
    fail_on: frozenset[str] = frozenset({"restart", "unknown"})
    max_restarts: str | None = None
    min_coverage: float | None = None
    min_calibration: float | None = None
    exit_zero: bool = False
    static_pods: str | None = None
    feature_gates: tuple[str, ...] = ()
    to_config: str | None = None
    checkpoint: str | None = None
    override: bool = False
    in_force: tuple[str, ...] = ()
    cluster: LiveCluster | None = None
    cri: str | None = None
    docker: str | None = None


@dataclass(frozen=True, slots=True)
class _Filter:
    """Which pods are in scope. only_node is where evidence belongs that names no node, as a manifest does; None if that is open.

    labelled are the nodes whose labels are known.
    """

    request: PlanRequest
    pods: Selector
    nodes: frozenset[str] | None
    only_node: str | None
    labelled: frozenset[str]

    def wants(self, namespace: str, node: str | None) -> bool:
        request = self.request
        if request.namespaces and namespace not in request.namespaces:
            return False
        return namespace not in request.excluded_namespaces and (self.nodes is None or node in self.nodes)

    def wants_view(self, view: PodView) -> bool:
        node = view.node or (None if view.has_status else self.only_node)
        return self.wants(view.namespace, node) and self.pods.matches(view.labels)

    def unlabelled_node(self, view: PodView) -> str | None:
        """The node of a view that --node-selector leaves out only because no Node object shows its labels."""
        named = self.request.nodes
        if not self.request.node_selector or view.node is None or view.node in self.labelled or (named and view.node not in named):
            return None
        return view.node if replace(self, nodes=None).wants_view(view) else None


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
    if request.to_version is None and not request.example:
        raise UsageError("--to is missing: give the kubelet version to upgrade to, such as --to 1.31.")
    catalog = Catalog()
    gate = Gate(request.fail_on, request.max_restarts, request.min_coverage, request.min_calibration, request.exit_zero)
    to_version = request.to_version or EXAMPLE_TO
    gates = parse_gates(request.feature_gates)
    plan_steps((), request.from_version, to_version, catalog, gates)  # a version that cannot be is told before a large input is read
    with closing(_source(request)) as source:
        asked = ask_node(source, request.cri, request.docker)
        inputs: Source = source if asked is None else asked.told
        chosen = _filter(request, inputs.nodes)
        nodes = tuple(node for node in inputs.nodes if chosen.nodes is None or node.name in chosen.nodes)
        here = None if asked is None else asked.here(nodes, request.nodes, manifests=request.static_pods is not None)
        request = request if here is None else _with_own_manifests(request, here)
        configs = _configs(request, inputs, here)
        steps = plan_steps(reporting(nodes, here), request.from_version, to_version, catalog, gates, configs)
        steps = with_here(steps, nodes, here, given=request.from_version is not None)
        return with_runtime(_plan(request, inputs, chosen, nodes, steps, catalog, gate, watch, here), here, request.nodes)


@dataclass
class _Run:
    """One plan in the making: what streams by is reduced and kept here."""

    request: PlanRequest
    inputs: Source
    chosen: _Filter
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
        index = StaticIndex(self.joiner.static_views(), self.inputs.sandboxes)
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
    chosen: _Filter,
    nodes: tuple[NodeFacts, ...],
    steps: Steps,
    catalog: Catalog,
    gate: Gate,
    watch: Watch | None,
    here: Here | None = None,
) -> Plan:
    server = inputs.server_version()
    in_force = _in_force(request)
    records = Records(in_force.seen(inputs.containers) if in_force else inputs.containers, inputs.sandboxes)
    histories = plan_histories(_checkpoints(request), nodes, steps, catalog, in_force)
    for record in inputs.containers if histories.given else ():
        histories.saw(None, record.created_at)
    run = _Run(request, inputs, chosen, steps, catalog, records, _manifests(request), histories, watch=watch, here=here)
    run.named |= {node.name for node in nodes}
    run.views()
    run.static_pods()
    run.budgets = BudgetWatch(inputs.budgets())  # after the pods, for which the time is needed more
    histories.judged({*run.named, *(node.name for node in inputs.nodes), *request.nodes}, _planned_nodes(run))
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
    scope, missing = _scope(request, inputs), (*inputs.missing, *run.missing, *histories.missing())
    notices = (*inputs.notices, *run.notices, *set_aside(run.set_aside + (0 if here is None else here.set_aside)), *run.budgets.notices())
    past = None if marked is None else PastSeen(tuple(histories.troubles), marked.check, marked.contradicted)
    exceeded = tuple(run.budgets.exceeded(one.pod for one in decided))
    networks = networks_seen(decided, records)
    evidence = Seen(bool(inputs.sandboxes), run.manifests is not None, past, overrides, server, *networks, before, exceeded)
    return build_plan(decided, nodes, steps, scope, gate, notices, missing, frozenset(nodes_with_evidence), readmitted.admission, evidence)


def _in_force(request: PlanRequest) -> InForce:
    """The overrides that --override-in-force says kubelets see now.

    Raises:
        InputError: a file cannot be read, or holds none.
    """
    found = InForce()
    for name in request.in_force:
        try:
            found = found.joined(read_in_force(Path(name).read_bytes()))
        except OSError as error:
            raise InputError(f"--override-in-force {name}: cannot be read ({error.strerror}). Name a journal, or a plan.") from error
        except SpecRefused as error:
            raise InputError(
                f"--override-in-force {name}: {error}. Wanted a journal of override apply, or the plan that a proxy serves."
            ) from None
    return found


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


def _configs(request: PlanRequest, inputs: Source, here: Here | None) -> Configs:
    """The running kubelet's configuration, and the new one's if it is another; they are of one node.

    Where none is given, it is that of the kubelet of this machine, if the plan is about this node alone.

    Raises:
        UsageError: there are several, or several nodes and none is named.
    """
    old = _only_config(inputs, "Give the running kubelet's with -f, the new one's with --to-config")
    if here is not None and here.config is not None:
        old = here.config
    if inputs.configs and len(request.nodes or inputs.nodes) > 1:
        raise UsageError(f"{inputs.configs[0][1]}: a kubelet's configuration belongs to one node; name it with --node.")
    if request.to_config is None:
        return Configs(old, old)
    with closing(open_inputs_of((request.to_config,), recursive=False, example=False)) as given:
        if not given.configs:
            raise UsageError(f"--to-config {request.to_config}: holds no KubeletConfiguration.")
        return Configs(old, _only_config(given, "Give one with --to-config"))


def _only_config(inputs: Source, advice: str) -> KubeletConfig:
    if len(inputs.configs) > 1:
        places = " and ".join(str(origin) for _, origin in inputs.configs[:2])
        raise UsageError(f"{len(inputs.configs)} kubelet configurations were given, in {places}. {advice}.")
    return inputs.configs[0][0] if inputs.configs else KubeletConfig()


def _checkpoints(request: PlanRequest) -> tuple[FoundCheckpoint, ...] | None:
    if request.checkpoint is None:
        return None
    from upgradecheck.checkpoint import load_all

    return load_all(request.checkpoint)


def _planned_nodes(run: _Run) -> frozenset[str]:
    """The nodes that the plan is about."""
    wanted = run.chosen.nodes
    return frozenset(name for name in run.named if wanted is None or name in wanted)


def _manifests(request: PlanRequest) -> Manifests | None:
    if request.static_pods is None:
        return None
    from upgradecheck.sources.manifests import read_manifests

    return read_manifests(request.static_pods)


def _source(request: PlanRequest) -> Source:
    """Where the request's facts come from: the live cluster, or files."""
    live = request.cluster
    if live is None:
        return open_inputs_of(request.files, recursive=request.recursive, example=request.example)
    from upgradecheck.sources.cluster import ClusterQuery, open_cluster
    from upgradecheck.transport.kubeconfig import Target
    from upgradecheck.transport.waiting import Limits

    query = ClusterQuery(request.namespaces, request.selector, request.nodes[0] if len(request.nodes) == 1 else None)
    target = Target(live.kubeconfig, live.context, live.allow_exec, live.tell)
    return open_cluster(target, Limits(live.timeout, live.request_timeout), query, live.watch)


def open_inputs_of(files: tuple[str, ...], *, recursive: bool, example: bool, lenient: bool = False) -> Inputs:
    """The inputs that the user named.

    Raises:
        UpgradecheckError: they cannot be read.
    """
    from upgradecheck.sources.files import open_inputs

    if example and files:
        raise UsageError("--example and -f exclude each other: the example brings its own input.")
    if example:
        return open_inputs((str(files_of_package("upgradecheck.example")),), recursive=False, lenient=lenient)
    return open_inputs(files, recursive=recursive, lenient=lenient)


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


def _unseen(records: Records, known: set[str], chosen: _Filter, only_node: str | None) -> tuple[list[DecidedPod], list[DecidedPod]]:
    """The pods that only the runtime's list shows: those that have ended, which nobody will miss, and the others."""
    found = (decide_unseen_pod(uid, records, only_node) for uid in records.pods() if uid not in known)
    pods = [DecidedPod(pod) for pod in found if chosen.wants(pod.namespace, pod.node)]
    ended = [one for one in pods if one.pod.verdict is Verdict.NOT_COMPARED]
    return ended, [one for one in pods if one.pod.verdict is not Verdict.NOT_COMPARED]


def _filter(request: PlanRequest, nodes: tuple[NodeFacts, ...]) -> _Filter:
    by_label = parse_selector("--node-selector", request.node_selector)
    wanted: frozenset[str] | None = frozenset(request.nodes) or None
    if request.node_selector:
        matching = frozenset(node.name for node in nodes if by_label.matches(node.labels))
        wanted = matching if wanted is None else matching & wanted
    named = request.nodes or tuple(node.name for node in nodes)
    labelled = frozenset(node.name for node in nodes)
    return _Filter(request, parse_selector("--selector", request.selector), wanted, named[0] if len(named) == 1 else None, labelled)


def _scope(request: PlanRequest, inputs: Source) -> Scope:
    return Scope(
        inputs=("example",) if request.example else (*inputs.names, *([] if request.static_pods is None else [request.static_pods])),
        namespaces=request.namespaces,
        excluded_namespaces=request.excluded_namespaces,
        nodes=request.nodes,
        selector=request.selector,
        node_selector=request.node_selector,
    )
