"""The commands for one node, in the order in which they are to be typed.

Every line is POSIX shell, and whoever types them stops where one fails. What only the distribution knows is one of three words (INSTALL,
POINT, BACKUP_ETCD) in the place of that step; a shell in which it is not defined says so, and does nothing. So is the way of a plan from a
node (FETCH). A node whose name is none of Kubernetes' gets no command: nothing of such a name reaches a shell. A node with pins goes by a
plan of its own from then on (``pins``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from shlex import quote

from upgradecheck.explaining.runbook import pins
from upgradecheck.explaining.runbook.blocks import Commands
from upgradecheck.explaining.runbook.choosing import Choice, NodeChoice
from upgradecheck.explaining.runbook.distributions import containerd_option, distribution_of, socket_of, unit_of
from upgradecheck.explaining.runbook.naming import can_be_typed, is_allowed
from upgradecheck.model.plan import Plan, PlannedNode, PlannedPod, Verdict
from upgradecheck.model.pod import PodSource
from upgradecheck.model.statefiles import PLACES
from upgradecheck.model.version import release_of
from upgradecheck.reporting.lines import Line, Name
from upgradecheck.reporting.overriding import OverrideWay, way_of

PLAN, PLAN_THERE = "plan.json", "~/plan.json"
"""What the saved plan is called in commands, and where it lies on a node: with root, as whom all is typed there."""
INSTALL, POINT, BACKUP_ETCD = "install_kubelet", "point_kubelet_at", "backup_etcd"
PROXY_SOCKET = "/run/upgradecheck/cri.sock"
STATE = "~/kubelet-state-before.tgz"
_STATE_FILES = " ".join(("config.yaml", "kubeadm-flags.env", *PLACES.values()))
_STARTED = '"${STARTED:?set it to the time at which its unit was started, such as 2026-01-31T08:00:00Z}"'
_READY = "--for=condition=Ready"
NOTHING_TO_DO = (Choice.MEND, Choice.REPLACE, Choice.NONE, Choice.DONE)


def is_open(one: NodeChoice) -> bool:
    """Whether an override is to be carried out there, and nobody knows how: its runtime was not seen."""
    return _way(one) is OverrideWay.UNKNOWN


def commands(one: NodeChoice, plan: Plan, pods: Sequence[PlannedPod] = ()) -> Iterator[Commands]:
    """All of a node, on which these pods are; none where its name cannot be typed, or there is nothing to be done to its kubelet."""
    node = one.node
    if not can_be_typed(node) or one.choice in NOTHING_TO_DO or is_open(one):
        return
    if one.pins.typed:
        lines = (*pins.pin_lines(node, plan, PLAN_THERE), *pins.plan_lines(node, overridden=one.overridden))
        yield Commands((*_on(node), ", while the old kubelet runs"), lines)
        yield Commands(CLUSTER, (pins.fetch_line(node),))
    if one.choice is Choice.DRAIN:
        yield Commands(CLUSTER, (f"kubectl cordon {_typed(node)}", f"kubectl drain {_typed(node)} {one.drain_options} --timeout=30m"))
    yield Commands(_on(node), tuple(_on_node(one, plan)))
    yield Commands(CLUSTER, tuple(_after(one, pods)))
    if one.choice is Choice.DRAIN:
        yield Commands((*CLUSTER, ", if that is as expected"), (f"kubectl uncordon {_typed(node)}",))


def back(one: NodeChoice, plan: Plan) -> Iterator[Commands]:
    """The way back on a node."""
    node, old = one.node, release_of(one.node.from_version)
    if not can_be_typed(node) or one.choice in NOTHING_TO_DO or is_open(one) or old is None:
        return
    way = _way(one)
    lines = [f"systemctl stop {unit_of(node)}"]
    if way in (OverrideWay.RECORDS, OverrideWay.LABELS) and one.pins.typed:
        lines = [*pins.undo_lines(lines[0], " --docker auto" if way is OverrideWay.LABELS else "")]
    elif way in _RECORDS:
        journal = f"/var/lib/upgradecheck/override/*-{quote(plan.plan_hash[:12])}.journal"
        lines.append(f"upgradecheck override undo {journal} --confirm {quote(plan.plan_hash)}{_there(node, way)}{_restart(way)}")
    elif way is not None:
        lines.append(f"{POINT} unix://{socket_of(node)}")
    after = ("systemctl disable --now upgradecheck-proxy.service",) if way not in (None, *_RECORDS) else ()
    yield Commands(_on(node), (*lines, f"{INSTALL} {quote(old)}", f"systemctl start {unit_of(node)}", *after))
    if one.pins.typed:
        yield Commands((*_on(node), ", once the old kubelet runs"), tuple(pins.unpin_lines(node)))


CLUSTER: Line = ("where kubectl reaches the cluster",)


def _on(node: PlannedNode) -> Line:
    return "on ", Name(node.name), ", as root"


def _typed(node: PlannedNode) -> str:
    return quote(node.name)


def _way(one: NodeChoice) -> OverrideWay | None:
    """How the override is carried out, None where none is."""
    return way_of(one.node) if one.overridden else None


def given(one: NodeChoice) -> str:
    """The plan that a node goes by, as it lies there."""
    return pins.THERE if one.pins.typed else PLAN_THERE


_RECORDS = (OverrideWay.RECORDS, OverrideWay.TOGETHER, OverrideWay.LABELS)
"""The ways that write into what the runtime keeps."""


def _there(node: PlannedNode, way: OverrideWay | None) -> str:
    """The option by which override finds the runtime; alone it says itself where that is, and restarts it."""
    if way is OverrideWay.LABELS:
        return " --docker auto"
    return " --alone" if way is OverrideWay.TOGETHER else containerd_option(node)


def _restart(way: OverrideWay | None) -> str:
    return "" if way is OverrideWay.TOGETHER else " --restart-runtime"


def _on_node(one: NodeChoice, plan: Plan) -> Iterator[str]:
    node, way = one.node, _way(one)
    yield from _noted(node)
    if node.etcd:
        yield BACKUP_ETCD
    if way is not None and way not in _RECORDS:
        yield from _proxy(node, given(one))
    if way in _RECORDS:
        yield f"upgradecheck override apply {given(one)} --node {_typed(node)}{_there(node, way)}"
    yield f"systemctl stop {unit_of(node)}"
    if way in _RECORDS:
        hash_ = pins.HASH if one.pins.typed else quote(plan.plan_hash)
        yield f"upgradecheck override apply {given(one)} --node {_typed(node)} --confirm {hash_}{_there(node, way)}{_restart(way)}"
        yield f"upgradecheck override status {given(one)} --node {_typed(node)}{_there(node, way)}"
    elif way is not None:
        yield f"{POINT} unix://{PROXY_SOCKET}"
    yield f"{INSTALL} {quote(node.to_version.release)}"
    yield f"systemctl start {unit_of(node)}"


def _noted(node: PlannedNode) -> Iterator[str]:
    """What is kept of the old kubelet: its start, and its state."""
    known, old = distribution_of(node), node.from_version
    if known.tells_version:
        yield "upgradecheck checkpoint record"
    elif old is not None:
        yield f"upgradecheck checkpoint record --node {_typed(node)} --kubelet-version {quote(old.text)} --start {_STARTED}"
    if known.tells_version or old is not None:
        yield "upgradecheck checkpoint verify"
    if known.directory is not None:
        yield f"tar --ignore-failed-read -czf {STATE} -C {known.directory} {_STATE_FILES}"


def _proxy(node: PlannedNode, plan: str) -> Iterator[str]:
    made = "/etc/systemd/system/upgradecheck-proxy.service"
    options = f"--listen {PROXY_SOCKET} --upstream {socket_of(node)} --map {plan}"
    yield f"upgradecheck override proxy {options} --print-unit > {made}"
    yield "systemctl daemon-reload"
    yield "systemctl enable --now upgradecheck-proxy.service"


def _to_wait_for(pods: Sequence[PlannedPod]) -> Mapping[str, Iterable[str]]:
    """By namespace the static pods that run there: they are to be back before the next node is touched, whatever made them stop.

    One that comes to an end by itself is not among them: it may have, before anybody looks, and is never Ready then.
    """
    found: dict[str, dict[str, None]] = {}
    for pod in pods:
        runs = pod.fate is not Verdict.REJECT and pod.runs and not pod.ends
        if pod.source is not PodSource.API and runs and is_allowed(pod.name) and is_allowed(pod.namespace):
            found.setdefault(pod.namespace, {})[pod.name] = None
    return found


def _after(one: NodeChoice, pods: Sequence[PlannedPod]) -> Iterator[str]:
    name = _typed(one.node)
    yield f"kubectl wait {_READY} node/{name} --timeout=10m"
    for namespace, names in _to_wait_for(pods).items():
        yield f"kubectl -n {quote(namespace)} wait {' '.join(f'pod/{quote(each)}' for each in names)} {_READY} --timeout=10m"
    yield "sleep 60  # the new kubelet looks at every pod"
    well = "0, or 3 for what the drain moved" if one.choice is Choice.DRAIN else "0: as predicted"
    yield f"upgradecheck verify {quote(pins.here(one.node)) if one.pins.typed else PLAN} --node {name}  # {well}"
