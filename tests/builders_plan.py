"""Plans to render: one base for each type, small mutations by keyword, and the plans that every format is shown with.

Numbers are counted from the pods, as planning does, so that a built plan never contradicts itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec.structs import replace

from tests.builders import as_version
from upgradecheck.model.alike import grades
from upgradecheck.model.hash import Hash
from upgradecheck.model.override import Override, Rewrite
from upgradecheck.model.plan import (
    AuditedIgnore,
    Calibration,
    Cause,
    CauseKind,
    ClusterRead,
    Computed,
    Counts,
    Coverage,
    Evidence,
    Finding,
    Grade,
    IgnoreAudit,
    IgnoreState,
    Missing,
    ObjectRef,
    OverrideRefusal,
    OverrideSummary,
    Plan,
    PlannedBudget,
    PlannedContainer,
    PlannedNode,
    PlannedPod,
    Scope,
    Severity,
    Summary,
    Verdict,
    worst,
)
from upgradecheck.model.pod import PodSource, Workload
from upgradecheck.model.reasons import Reason
from upgradecheck.model.schema import ContainerKind
from upgradecheck.model.times import SECOND
from upgradecheck.model.version import KubeletVersion
from upgradecheck.model.waves import WaveRules
from upgradecheck.planning.asking.exit_codes import GateLimits, Judged
from upgradecheck.planning.waves import with_waves

DEFAULT = GateLimits()
NEW_FIELD = Cause(CauseKind.FIELD_ADDED, "livenessProbe.terminationGracePeriodSeconds", "1.21")
NEW_ALGORITHM = Cause(CauseKind.ALGORITHM, since="1.31")
UPSTREAM = "Upstream supports minor kubelet upgrades only on a drained node."
UNCHANGED = "What no list of the runtime shows counts as unchanged."


def container(name: str = "app", verdict: Verdict = Verdict.SAFE, **changes: Any) -> PlannedContainer:
    """A running app container with a recorded hash; safe unless said otherwise."""
    values: dict[str, Any] = {
        "name": name,
        "kind": ContainerKind.APP,
        "container_id": f"{name}-id",
        "verdict": verdict,
        "reason": Reason.HASH_EQUAL,
        "evidence": Evidence(Grade.RECORDED, Hash(0x8E45CBD0), "1.22"),
        "computed": Computed(Hash(0x8E45CBD0), Hash(0x8E45CBD0)),
    }
    return PlannedContainer(**{**values, **changes})


def restarting(name: str = "app", *causes: Cause, **changes: Any) -> PlannedContainer:
    """One that the new kubelet kills, for a newly hashed field unless other causes are given."""
    values: dict[str, Any] = {
        "reason": Reason.HASH_CHANGED,
        "computed": Computed(Hash(0x8E45CBD0), Hash(0x311670A)),
        "causes": causes or (NEW_FIELD,),
    }
    return container(name, Verdict.RESTART, **{**values, **changes})


def unknown(name: str = "app", reason: Reason = Reason.NO_SPEC, **changes: Any) -> PlannedContainer:
    """One about which nothing can be told."""
    values: dict[str, Any] = {"reason": reason, "evidence": Evidence(Grade.RECORDED, Hash(0x8E45CBD0)), "computed": Computed()}
    return container(name, Verdict.UNKNOWN, **{**values, **changes})


def pod(name: str = "web-1", *containers: PlannedContainer, workload: str = "Deployment/web", **changes: Any) -> PlannedPod:
    """A pod of a Deployment on node-a; its verdict and reason are those of its worst container."""
    members = containers or (container(),)
    verdict = worst(tuple(member.verdict for member in members))
    kind, _, owner = workload.partition("/")
    values: dict[str, Any] = {
        "namespace": "shop",
        "name": name,
        "uid": f"uid-of-{name}",
        "node": "node-a",
        "workload": Workload(kind, owner),
        "source": PodSource.API,
        "verdict": verdict,
        "reason": next(member.reason for member in members if member.verdict is verdict),
        "containers": members,
    }
    return PlannedPod(**{**values, **changes})


def plan(*pods: PlannedPod, limits: GateLimits = DEFAULT, **changes: Any) -> Plan:
    """A complete, calibrated plan from 1.22.17 to 1.30.14 of these pods; judged by these limits, unless its gate is given."""
    summary = _summary(pods)
    recorded = sum(each.evidence.grade is Grade.RECORDED for one in pods for each in one.containers)
    nodes = _nodes(pods, changes.get("from_version", as_version("1.22.17")), changes.get("to_version", as_version("1.30.14")))
    values: dict[str, Any] = {
        "from_version": as_version("1.22.17"),
        "to_version": as_version("1.30.14"),
        "downgrade": False,
        "complete": bool(pods),
        "scope": Scope(inputs=("api-pods.json", "crictl-ps.json", "nodes.json")),
        "calibration": Calibration(recorded, recorded),
        "coverage": Coverage(len(pods), len(nodes), len(nodes)),
        "summary": summary,
        "nodes": nodes,
        "pods": pods,
        "findings": (),
        "notices": (UPSTREAM, UNCHANGED),
        "plan_hash": "b5bb9d8014a0f9b1d61e21e796d78dcc",
        **changes,
    }
    judged = Judged(pods, summary.containers, values["findings"], values["calibration"], values["coverage"], values["complete"])
    return Plan(**{"gate": limits.judge(judged), **values})


def _count(verdicts: Iterable[tuple[Verdict, int]]) -> Mapping[Verdict, int]:
    counted = Counter[Verdict]()
    for verdict, number in verdicts:
        counted[verdict] += number
    return {verdict: counted[verdict] for verdict in Verdict if counted[verdict]}


def _summary(pods: tuple[PlannedPod, ...]) -> Summary:
    left = tuple(one for one in pods if not one.drained)
    containers, left_containers = (_count((each.verdict, one.number) for one in some for each in one.containers) for some in (pods, left))
    pods_of, left_pods = (_count((one.verdict, one.number) for one in some) for some in (pods, left))
    return Summary(containers, pods_of, Counts(left_containers, left_pods))


def _nodes(pods: tuple[PlannedPod, ...], start: KubeletVersion | None, end: KubeletVersion) -> tuple[PlannedNode, ...]:
    names = sorted({one.node for one in pods if one.node is not None})
    return tuple(_node(name, start, end, [one for one in pods if one.node == name]) for name in names)


def _node(name: str, start: KubeletVersion | None, end: KubeletVersion, pods: list[PlannedPod]) -> PlannedNode:
    evidence = grades(pods)
    recorded = evidence[Grade.RECORDED]
    verdict = worst(tuple(one.verdict for one in pods))
    return PlannedNode(name, start, end, "containerd://1.6.8", verdict, Calibration(recorded, recorded), evidence)


def nothing_restarts() -> Plan:
    """Complete, calibrated, all safe: the only kind of plan that may say so."""
    return plan(pod(), pod("web-2", node="node-b"), pod("log-a", container("log"), workload="DaemonSet/log", namespace="kube-system"))


def mixed() -> Plan:
    """Something of everything that an operator meets in one evening."""
    carries_other = Evidence(Grade.RECORDED, Hash(0xBADCAFE)), Computed(Hash(0x8E45CBD0), Hash(0x311670A))
    api = [pod(f"api-{n}", restarting("api"), container("proxy"), workload="Deployment/api", node=f"node-{'ab'[n % 2]}") for n in range(6)]
    pods = (
        pod(
            "ledger-0",
            restarting("db", NEW_FIELD, Cause(CauseKind.FIELD_ADDED, "securityContext.windowsOptions.hostProcess", "1.22")),
            workload="StatefulSet/ledger",
            namespace="billing",
        ),
        pod(
            "log-a",
            restarting("log", Cause(CauseKind.RECORD_ABSENT), reason=Reason.RECORD_ABSENT, evidence=Evidence(Grade.ABSENT)),
            workload="DaemonSet/log",
            namespace="kube-system",
        ),
        pod("log-b", container("log"), workload="DaemonSet/log", namespace="kube-system", node="node-b"),
        pod(
            "kube-apiserver-node-a",
            unknown("kube-apiserver", Reason.STATIC_POD_UID, computed=Computed(Hash(1), Hash(2))),
            workload="StaticPod/kube-apiserver",
            namespace="kube-system",
            source=PodSource.FILE,
            mirror_uid="uid-of-mirror",
        ),
        *api,
        pod(
            "cart-1",
            unknown("cart", Reason.NOT_REPRODUCED, evidence=carries_other[0], computed=carries_other[1]),
            workload="Deployment/cart",
        ),
        pod(
            "job-1",
            container("job", Verdict.NOT_COMPARED, reason=Reason.FINISHED, evidence=Evidence(Grade.UNKNOWN), computed=Computed()),
            workload="Job/nightly",
            node="node-b",
        ),
        pod(
            "pay-1",
            container("pay", evidence=Evidence(Grade.INFERRED, Hash(0x8E45CBD0), "1.22")),
            container("mesh", kind=ContainerKind.SIDECAR, verdict=Verdict.OVERRIDDEN, reason=Reason.HASH_CHANGED, override="in-force"),
            workload="Deployment/pay",
            node="node-b",
        ),
    )
    return plan(
        *pods,
        scope=Scope(
            inputs=("api-pods.json", "node-a/crictl-ps.json", "nodes.json"), excluded_namespaces=("test",), nodes=("node-a", "node-b")
        ),
        calibration=Calibration(16, 17),
        coverage=Coverage(len(pods), 2, 1),
        findings=(
            Finding(
                "UC002",
                Severity.WARNING,
                ObjectRef("Deployment", "api", "shop", "api"),
                "livenessProbe.terminationGracePeriodSeconds is set; kubelets before 1.21 do not know it and the new kubelet sees it for"
                " the first time: 6 containers restart.",
                "Drain the node before its upgrade, or schedule the restart.",
            ),
            Finding(
                "UC060",
                Severity.ERROR,
                ObjectRef("Pod", "cart-1", "shop", "cart"),
                "The recorded hash badcafe is not what kubelet 1.22.17 makes of the spec (8e45cbd0).",
                "Compare the spec with what runs.",
            ),
        ),
        notices=(UPSTREAM, "--to 1.30 is taken as 1.30.14, the newest known patch.", UNCHANGED),
    )


def all_unknown() -> Plan:
    """A container runtime's list alone: what runs is known, what it should be is not."""
    pods = tuple(pod(f"web-{n}", unknown("web"), unknown("proxy"), workload=f"Pod/web-{n}", source=PodSource.API) for n in range(3))
    missing = (Missing("kubelet version of node node-a", "the node was not given; give it with --from"),)
    nodes = (PlannedNode("node-a", None, as_version("1.30.14"), None, Verdict.UNKNOWN),)
    return plan(*pods, from_version=None, complete=False, nodes=nodes, calibration=Calibration(), coverage=Coverage(3, 1, 1, missing))


def empty() -> Plan:
    """Nothing matched."""
    return plan(
        complete=False,
        scope=Scope(inputs=("pods.json",), namespaces=("shpo",), selector="app=web"),
        nodes=(),
        from_version=None,
        notices=(UPSTREAM, "Nothing was examined: no pod is in the inputs and the scope."),
    )


def hostile() -> Plan:
    """Names that try to repaint the screen, to reorder the line, to hide, to break markup, JSON or a message in two."""
    names = (
        "\x1b[2J\x1b[31mred",
        "left\u202eright",
        "zero\u200bwidth",
        "[bold]markup[/bold]",
        'quote"\\',
        "two\nlines",
        "dark\udcff",
        "x" * 300,
    )
    pods = tuple(
        pod(
            name,
            restarting(name, Cause(CauseKind.FIELD_ADDED, f"env[{name}]", "1.30")),
            namespace=name,
            node=name,
            workload=f"Deployment/{name}",
        )
        for name in names
    )
    finding = Finding(
        "UC002", Severity.WARNING, ObjectRef("Pod", names[0], names[1], names[2]), f"message {names[5]}", f"remedy {names[0]}"
    )
    made = plan(
        *pods,
        findings=(finding,),
        notices=(UPSTREAM, *names),
        scope=Scope(inputs=names, selector=names[3]),
        coverage=Coverage(8, 8, 8, (Missing(names[0], names[5]),)),
        complete=False,
    )
    nodes = tuple(replace(node, pool=node.name, zone=node.name) for node in made.nodes)
    return with_waves(replace(made, nodes=nodes), WaveRules())


def many_workloads() -> Plan:
    """1.30 to 1.31 in a larger cluster: everything restarts, and no screen holds it."""
    pods = tuple(
        pod(
            f"svc-{n:02}-{replica}",
            restarting("app", NEW_ALGORITHM),
            restarting("mesh", NEW_ALGORITHM),
            workload=f"Deployment/svc-{n:02}",
            node=f"node-{(n * 3 + replica) % 40:02}",
            namespace=f"team-{n % 5}",
        )
        for n in range(60)
        for replica in range(1 + n % 7)
    )
    return plan(*pods, from_version=as_version("1.30.14"), to_version=as_version("1.31.14"))


def downgrade() -> Plan:
    """The way back, taken on trust."""
    lost = Cause(CauseKind.FIELD_VALUE, "resizePolicy")
    estimated = Evidence(Grade.ESTIMATED, Hash(0x8E45CBD0))
    pods = (pod("web-1", restarting("web", lost, evidence=estimated)), pod("web-2", container("web", evidence=estimated)))
    return plan(
        *pods,
        from_version=as_version("1.30.14"),
        to_version=as_version("1.22.17"),
        downgrade=True,
        nodes=(),
        calibration=Calibration(),
        coverage=Coverage(2),
    )


def incomplete_but_safe() -> Plan:
    """All that was seen is safe, and something was not seen: no all-clear."""
    missing = (Missing("the rest of a PodList", "it was listed in pages, and its last page was not given"),)
    return plan(pod(), complete=False, coverage=Coverage(1, 1, 1, missing))


def overridden() -> Plan:
    """1.30 to 1.31 with an override: most is held, and the rest has its reasons."""
    held: dict[str, Any] = {"verdict": Verdict.OVERRIDDEN, "override": "planned"}
    no = OverrideRefusal
    pods = (
        *(pod(f"api-{n}", replace(restarting("api", NEW_ALGORITHM, container_id=f"api-{n}-id"), **held)) for n in range(3)),
        pod("ledger-0", restarting("db", NEW_ALGORITHM, override_refused=no.SPEC_CHANGED), workload="StatefulSet/ledger"),
        pod(
            "log-a",
            restarting("log", reason=Reason.RECORD_ABSENT, evidence=Evidence(Grade.ABSENT), override_refused=no.NO_RECORD),
            workload="DaemonSet/log",
        ),
        pod("cart-1", unknown("cart", Reason.NO_SPEC, override_refused=no.UNDECIDED), workload="Deployment/cart"),
        pod(
            "job-1", container("job", Verdict.NOT_COMPARED, reason=Reason.FINISHED, override_refused=no.NOT_RUNNING), workload="Job/nightly"
        ),
    )
    overrides = {
        f"api-{n}-id": Override(
            Rewrite(Hash.parse("8e45cbd0"), Hash.parse("311670a")), "shop", f"api-{n}", f"uid-of-api-{n}", "api", "node-a"
        )
        for n in range(3)
    }
    refused = {no.SPEC_CHANGED: 1, no.NO_RECORD: 1, no.NOT_RUNNING: 1, no.UNDECIDED: 1}
    without = {Verdict.RESTART: 5, Verdict.UNKNOWN: 1, Verdict.NOT_COMPARED: 1}
    made = plan(*pods, from_version=as_version("1.30.14"), to_version=as_version("1.31.14"), overrides=overrides)
    return replace(made, summary=replace(made.summary, override=OverrideSummary(3, refused, Counts(without, without))))


def all_held() -> Plan:
    """Everything that would restart is held: no restarts, once the override is applied."""
    held = replace(restarting("web", NEW_ALGORITHM), verdict=Verdict.OVERRIDDEN, override="planned")
    overrides = {
        "web-id": Override(
            Rewrite(Hash.parse("8e45cbd0"), Hash.parse("311670a")),
            "shop",
            "web-1",
            "uid-of-web-1",
            "web",
            "node-a",
            Rewrite(Hash.parse("1"), Hash.parse("2")),
        )
    }
    made = plan(pod("web-1", held), pod("web-2", container(override_refused=OverrideRefusal.ALREADY)), overrides=overrides)
    counted = {Verdict.RESTART: 1, Verdict.SAFE: 1}
    told = OverrideSummary(1, {OverrideRefusal.ALREADY: 1}, Counts(counted, counted))
    return replace(made, summary=replace(made.summary, override=told))


def below_coverage() -> Plan:
    """Nothing restarts, and a threshold of the user's is not met: the gate says 3, so nobody says that all is clear."""
    return plan(pod(), pod("web-2", node="node-b"), coverage=Coverage(2, 2, 1), limits=GateLimits(min_coverage=100, min_calibration=90.5))


def only_hazards() -> Plan:
    """Nothing restarts, and hazards fail the run."""
    finding = Finding(
        "UC040", Severity.WARNING, ObjectRef("Node", "node-a"), "its kubelet would be newer than the API server.", "Go on with it."
    )
    return plan(pod(), findings=(finding,), limits=GateLimits(fail_on=frozenset({"restart", "hazard"})))


def estimates_refused() -> Plan:
    """All safe on the word of --from alone, which is not enough for this user."""
    estimated = container(evidence=Evidence(Grade.ESTIMATED, Hash(0x8E45CBD0)))
    return plan(
        pod("web-1", estimated), calibration=Calibration(), limits=GateLimits(fail_on=frozenset({"restart", "unknown", "estimated"}))
    )


def restarts_allowed() -> Plan:
    """As many restarts as the user allows, and one manifest that is refused as a whole."""
    refused = pod("etcd-node-a", workload="StaticPod/etcd", verdict=Verdict.REJECT, reason=Reason.MANIFEST_INVALID, containers=())
    return plan(pod("web-1", restarting()), *(pod(f"web-{n}") for n in range(2, 20)), refused, limits=GateLimits(max_restarts="20%"))


def live() -> Plan:
    """Read from a cluster: which one, by which account, and when, so that nobody takes the report for that of another."""
    read = ClusterRead("prod-eu", "https://api.prod-eu.example:6443", 1_795_894_320 * SECOND)
    return plan(pod(), scope=Scope(inputs=("the live cluster",), namespaces=("shop",), cluster=read))


def zero_all_the_same() -> Plan:
    """A bare pod that is unknown as a whole and something unseen, and the user wants 0."""
    bare = pod("job-1", workload="Job/nightly", node=None, verdict=Verdict.UNKNOWN, reason=Reason.NO_SPEC, containers=())
    missing = (Missing("the spec of 1 pod", "only the container runtime's list shows what runs there; give the pods too"),)
    return plan(pod(), bare, complete=False, coverage=Coverage(2, 1, 1, missing), limits=GateLimits(exit_zero=True))


def suppressed() -> Plan:
    """What stops is accepted by an ignore file, and so is a finding; one entry is over, one says too little."""
    accepted: dict[str, Any] = {"verdict": Verdict.SUPPRESSED, "would_be": Verdict.RESTART, "ignored_by": 1}
    pods = (
        *(pod(f"job-{n}", replace(restarting("job"), **accepted), workload="Job/nightly", namespace="batch") for n in range(2)),
        pod("web-1"),
    )
    pods = tuple(replace(one, would_be=Verdict.RESTART, ignored_by=1) if one.verdict is Verdict.SUPPRESSED else one for one in pods)
    about = ObjectRef("Job", "nightly", "batch", "job")
    finding = Finding("UC002", Severity.WARNING, about, "a field is new: 2 containers restart.", "Drain.", ignored_by=2)
    entries = (
        AuditedIgnore(
            entry=1,
            state=IgnoreState.MATCHED,
            match="name batch/*",
            reason="jobs start again",
            owner="batch",
            expires="2027-03-31",
            containers=2,
            left={Verdict.UNKNOWN: 1},
        ),
        AuditedIgnore(entry=2, state=IgnoreState.MATCHED, match="rule UC002", reason="known", findings=1),
        AuditedIgnore(entry=3, state=IgnoreState.EXPIRED, match="name shop/*", reason="was so", expires="2026-01-31", containers=1),
        AuditedIgnore(entry=4, state=IgnoreState.UNUSED, match="node gpu-*", reason="tests"),
    )
    limits = GateLimits(fail_on=frozenset({"restart", "unknown", "hazard"}))
    return plan(*pods, findings=(finding,), limits=limits, ignores=IgnoreAudit("ignore.yaml", allowed=True, entries=entries))


def in_waves() -> Plan:
    """Two pools over two zones and a control plane: budgets that hold nodes back, one that nobody has looked at, and what no wave helps."""
    names = ("cp-1", "a-1", "a-2", "a-3", "a-4", "b-1", "b-2")
    web = [pod(f"web-{n}", restarting(), node=names[n], budgets=("web",)) for n in (1, 2, 3, 5)]
    pods = (
        pod("kube-apiserver-cp-1", workload="StaticPod/kube-apiserver", namespace="kube-system", source=PodSource.FILE, node="cp-1"),
        pod("etcd-cp-1", restarting(), workload="StaticPod/etcd", namespace="kube-system", source=PodSource.FILE, node="cp-1"),
        *web,
        *(pod(f"api-{n}", restarting("api"), workload="Deployment/api", node=names[n], budgets=("api",)) for n in (1, 2)),
        *(pod(f"cart-{n}", unknown("cart"), workload="Deployment/cart", node=names[n]) for n in (5, 6)),
        pod("ledger-0", restarting("db"), workload="StatefulSet/ledger", node="a-2"),
        pod("log-4", workload="DaemonSet/log", node="a-4"),
    )
    made = plan(*pods, budgets=(PlannedBudget("shop", "web", 4, 3), PlannedBudget("shop", "api")))
    nodes: Mapping[str, Mapping[str, Any]] = {
        "cp-1": {"control_plane": True, "etcd": True, "zone": "one"},
        **{name: {"pool": name[0], "zone": "one" if name in ("a-1", "a-2", "b-1") else "two"} for name in names[1:]},
    }
    return with_waves(replace(made, nodes=tuple(replace(node, **nodes[node.name]) for node in made.nodes)), WaveRules(max_per_wave="2"))


PLANS: Mapping[str, Plan] = {
    build.__name__.replace("_", "-"): build()
    for build in (
        nothing_restarts,
        mixed,
        all_unknown,
        empty,
        hostile,
        many_workloads,
        downgrade,
        incomplete_but_safe,
        overridden,
        all_held,
        below_coverage,
        only_hazards,
        estimates_refused,
        restarts_allowed,
        live,
        zero_all_the_same,
        suppressed,
        in_waves,
    )
}
"""By the name of their goldens."""
