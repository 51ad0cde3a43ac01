"""sources → Snapshot → hashing → decisions → Plan, as code: the only place that joins the edges to the core.

Nodes and records are small and read first; then pods stream by, each reduced at once (planning.examine), so that a dump of
150,000 pods never stands in memory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from importlib.resources import files as files_of_package
from typing import TYPE_CHECKING

import msgspec

from upgradecheck.catalog import Catalog
from upgradecheck.decode.pods import pod_view
from upgradecheck.decode.shapes import Shape
from upgradecheck.decode.templates import template_pod
from upgradecheck.decode.typed import typed
from upgradecheck.decode.version import parse_kubelet_version
from upgradecheck.hashing.containers import (
    PodIdentity,
    decode_pod,
    hash_container,
    hash_container_without_resources,
    parse_pod,
    pod_identity,
)
from upgradecheck.hashing.jsontext import Node
from upgradecheck.hashing.shown import shown_input
from upgradecheck.model.errors import SpecRefused, UsageError
from upgradecheck.model.hashlist import HashError, HashItem
from upgradecheck.model.plan import Missing, Plan, Scope
from upgradecheck.model.pod import NodeFacts, PodSource, PodView, Recorded, View
from upgradecheck.model.schema import HashClass
from upgradecheck.planning.building import build_plan
from upgradecheck.planning.deciding import DecidedPod, decide_pod, decide_unseen_pod
from upgradecheck.planning.examine import Examiner, SpecFacts
from upgradecheck.planning.gating import Gate
from upgradecheck.planning.joining import ExaminedView, PodJoiner, Records
from upgradecheck.planning.selectors import Selector, parse_selector
from upgradecheck.planning.steps import Steps, plan_steps

if TYPE_CHECKING:
    from upgradecheck.sources.files import InputDocument, Inputs

EXAMPLE_TO = "1.30.14"


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


@dataclass(frozen=True, slots=True)
class HashRequest:
    """What the user asked of ``hash``. pod_source is auto, api or file; show_input asks for what is hashed too."""

    files: tuple[str, ...] = ()
    recursive: bool = False
    example: bool = False
    kubelets: tuple[str, ...] = ()
    pod_source: str = "auto"
    show_input: bool = False


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


def make_plan(request: PlanRequest) -> Plan:
    """The plan for files.

    Raises:
        UpgradecheckError: no report can be made, or an option cannot be used.
    """
    if request.to_version is None and not request.example:
        raise UsageError("--to is missing: give the kubelet version to upgrade to, such as --to 1.31.")
    catalog = Catalog()
    gate = Gate(request.fail_on, request.max_restarts, request.min_coverage, request.min_calibration, request.exit_zero)
    to_version = request.to_version or EXAMPLE_TO
    plan_steps((), request.from_version, to_version, catalog)  # a version that cannot be is told before a large input is read
    with closing(_open(request.files, recursive=request.recursive, example=request.example)) as inputs:
        chosen = _filter(request, inputs.nodes)
        nodes = tuple(node for node in inputs.nodes if chosen.nodes is None or node.name in chosen.nodes)
        steps = plan_steps(nodes, request.from_version, to_version, catalog)
        return _plan(request, inputs, chosen, nodes, steps, catalog, gate)


def _plan(
    request: PlanRequest, inputs: Inputs, chosen: _Filter, nodes: tuple[NodeFacts, ...], steps: Steps, catalog: Catalog, gate: Gate
) -> Plan:
    records = Records(inputs.containers, inputs.sandboxes)
    only_node = chosen.only_node
    joiner, left_out, refused, unlabelled, named = PodJoiner(), set[str](), list[Missing](), set[str](), set(steps.by_node)
    for examined in _examined(inputs, steps, records, catalog, only_node, refused):
        if examined.view.node:
            named.add(examined.view.node)
        if chosen.wants_view(examined.view):
            joiner.add(examined)
            continue
        left_out.add(examined.view.uid)
        if node := chosen.unlabelled_node(examined.view):
            unlabelled.add(node)
    refused += [
        Missing(f"labels of node {node}", "--node-selector asks for them, and the node was not given; give it too")
        for node in sorted(unlabelled)
    ]
    decided, seen, nodes_with_evidence = [], set[str](), set[str]()
    for joined in joiner.drain():
        node_step = steps.of(joined.spec.view.node or joined.status.node or only_node)
        one = decide_pod(joined, node_step.step, node_step.problem, records)
        decided.append(one)
        seen.add(one.pod.uid)
        if one.pod.node and records.of_pod(one.pod.uid):
            nodes_with_evidence.add(one.pod.node)
    if only_node is None and len(named) == 1:
        (only_node,) = named
    unseen = list(_unseen(records, seen | left_out, chosen, only_node))
    pods = "1 pod" if len(unseen) == 1 else f"{len(unseen)} pods"
    if unseen and request.selector:  # whether it selects them, nobody knows
        refused.append(Missing(f"the labels of {pods}", "--selector asks for them, and only the runtime's list shows the pods; give them"))
    elif unseen:
        decided += unseen
        nodes_with_evidence.update(one.pod.node for one in unseen if one.pod.node)
        what = f"the spec of {pods}" if len(unseen) == 1 else f"the specs of {pods}"
        refused.append(Missing(what, "only the container runtime's list shows what runs there; give the pods too"))
    decided.sort(key=lambda one: (one.pod.namespace, one.pod.name, one.pod.node or "", one.pod.uid))
    scope = _scope(request, inputs)
    return build_plan(decided, nodes, steps, scope, gate, inputs.notices, (*inputs.missing, *refused), frozenset(nodes_with_evidence))


def _open(files: tuple[str, ...], *, recursive: bool, example: bool, lenient: bool = False) -> Inputs:
    from upgradecheck.sources.files import open_inputs

    if example and files:
        raise UsageError("--example and -f exclude each other: the example brings its own input.")
    if example:
        return open_inputs((str(files_of_package("upgradecheck.example")),), recursive=False, lenient=lenient)
    return open_inputs(files, recursive=recursive, lenient=lenient)


def _examined(
    inputs: Inputs, steps: Steps, records: Records, catalog: Catalog, only_node: str | None, refused: list[Missing]
) -> Iterator[ExaminedView]:
    """Every view of every pod, its spec examined under its node's versions."""
    examiner = Examiner(catalog)
    for raw, origin in inputs.pods():
        try:
            view = pod_view(raw, origin)
        except SpecRefused as error:
            refused.append(Missing(f"pod in {origin}", str(error)))
            continue
        step = steps.of(view.node or only_node).step
        if step is None:
            yield ExaminedView(view, SpecFacts(), _digest(raw))
            continue
        facts = examiner.examine(
            raw, step, _recorded(records, view), from_api=view.source is PodSource.API, lossy=view.view is not View.SPEC
        )
        yield ExaminedView(view, facts, _digest(raw))


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


def _unseen(records: Records, known: set[str], chosen: _Filter, only_node: str | None) -> Iterator[DecidedPod]:
    for uid in records.pods():
        if uid not in known:
            pod = decide_unseen_pod(uid, records, only_node)
            if chosen.wants(pod.namespace, pod.node):
                yield DecidedPod(pod)


def _filter(request: PlanRequest, nodes: tuple[NodeFacts, ...]) -> _Filter:
    by_label = parse_selector("--node-selector", request.node_selector)
    wanted: frozenset[str] | None = frozenset(request.nodes) or None
    if request.node_selector:
        matching = frozenset(node.name for node in nodes if by_label.matches(node.labels))
        wanted = matching if wanted is None else matching & wanted
    named = request.nodes or tuple(node.name for node in nodes)
    labelled = frozenset(node.name for node in nodes)
    return _Filter(request, parse_selector("--selector", request.selector), wanted, named[0] if len(named) == 1 else None, labelled)


def _scope(request: PlanRequest, inputs: Inputs) -> Scope:
    return Scope(
        inputs=("example",) if request.example else tuple(inputs.names),
        namespaces=request.namespaces,
        excluded_namespaces=request.excluded_namespaces,
        nodes=request.nodes,
        selector=request.selector,
        node_selector=request.node_selector,
    )


@dataclass(frozen=True, slots=True)
class _Kubelet:
    """A kubelet to hash under: the version as asked for, and the classes that it can be (one, unless it is ambiguous)."""

    text: str
    classes: tuple[HashClass, ...]
    show_input: bool


def hash_notices(request: HashRequest) -> tuple[str, ...]:
    """What is to be said beside the hashes: which patch a bare minor was taken for, and which patch nobody knows yet.

    Raises:
        InvalidVersion, UnknownVersion: a kubelet asked for is none that hashdata holds.
    """
    catalog = Catalog()
    notices = []
    for version in map(parse_kubelet_version, request.kubelets):
        catalog.resolve(version)  # a version that is not known is told before anything is read
        newest = catalog.newest_patch(version.minor)
        if version.patch is None:
            notices.append(f"--kubelet {version.release} is taken as {catalog.release_of(version)}, the newest known patch.")
        elif version.patch > newest:
            notices.append(
                f"--kubelet {version.release} is newer than {version.minor}.{newest}, the newest known patch: "
                "taken to hash as that minor does."
            )
    return tuple(notices)


def make_hashes(request: HashRequest) -> Iterator[HashItem | HashError]:
    """The hashes of every pod under every kubelet asked for, pod by pod in input order.

    Raises:
        UpgradecheckError: the inputs cannot be read, or an option cannot be used.
    """
    if not request.kubelets:
        raise UsageError("--kubelet is missing: give the kubelet version to hash under, such as --kubelet 1.30 (repeatable).")
    catalog = Catalog()
    kubelets = [_kubelet(text, catalog, show_input=request.show_input) for text in request.kubelets]
    with closing(_open(request.files, recursive=request.recursive, example=request.example, lenient=True)) as inputs:
        for document in inputs.documents():
            yield from _hash_document(document, kubelets, request.pod_source)


def _pod_of(document: InputDocument) -> bytes:
    """The document if it is a Pod, or the Pod that its template describes."""
    found = document.recognition
    if found.shape is Shape.POD:
        return document.raw
    if found.shape is Shape.TEMPLATE:
        return template_pod(document.raw)
    raise SpecRefused(found.found if found.shape is Shape.MALFORMED else f"{found.found or found.shape.value} is no Pod")


def _hash_document(document: InputDocument, kubelets: list[_Kubelet], pod_source: str) -> Iterator[HashItem | HashError]:
    try:
        pod = parse_pod(_pod_of(document))
    except SpecRefused as error:
        yield from (HashError(None, None, None, kubelet.text, error.path, error.reason) for kubelet in kubelets)
        return
    identity = pod_identity(pod)
    if pod_source != "auto":
        identity = replace(identity, from_api=pod_source == "api")
    for kubelet in kubelets:
        try:
            yield from list(_hash_pod(pod, identity, kubelet))
        except SpecRefused as error:
            yield HashError(identity.namespace or "default", identity.name, identity.uid, kubelet.text, error.path, error.reason)


def _hash_pod(pod: Node, identity: PodIdentity, kubelet: _Kubelet) -> Iterator[HashItem]:
    listed = [_hash_under(pod, identity, kubelet, hash_class) for hash_class in kubelet.classes]
    if len({len(items) for items in listed}) > 1:
        raise SpecRefused(f"kubelet {kubelet.text} may or may not know a kind of container in it; give a released version")
    for seen in zip(*listed, strict=True):
        if any((item.hash, item.hash_without_resources) != (seen[0].hash, seen[0].hash_without_resources) for item in seen):
            raise SpecRefused(f"kubelet {kubelet.text} may hash in more than one way, and here they differ; give a released version")
        yield seen[-1]


def _hash_under(pod: Node, identity: PodIdentity, kubelet: _Kubelet, hash_class: HashClass) -> list[HashItem]:
    return [
        HashItem(
            namespace=identity.namespace or "default",
            pod=identity.name,
            uid=identity.uid,
            container=container.name,
            container_kind=container.kind,
            kubelet=kubelet.text,
            era=hash_class.schema.era,
            hash=hash_container(container, hash_class),
            hash_without_resources=hash_container_without_resources(container, hash_class),
            input=shown_input(container, hash_class) if kubelet.show_input else None,
        )
        for container in decode_pod(pod, hash_class.schema, from_api=identity.from_api)
    ]


def _kubelet(text: str, catalog: Catalog, *, show_input: bool) -> _Kubelet:
    version = parse_kubelet_version(text)
    return _Kubelet(version.release, catalog.resolve(version), show_input)
