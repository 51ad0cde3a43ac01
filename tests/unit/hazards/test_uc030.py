"""UC030 on pods with given outcomes; planning does not feed the rule yet, so no case can run through it."""

from __future__ import annotations

from msgspec.structs import replace

from tests.builders import kubelet
from upgradecheck.decisions.admission import Admitted, Ground, Outcome, Possible, Refusal, Refused
from upgradecheck.hazards import PodAdmission, Upgrade
from upgradecheck.hazards.rules.uc030 import RULE
from upgradecheck.model.plan import Finding, ObjectRef, PlannedPod, Severity, Verdict
from upgradecheck.model.pod import PodSource, Workload
from upgradecheck.model.reasons import Reason
from upgradecheck.model.snapshot import Facts

POD = PlannedPod("shop", "web-1", "u1", "worker-1", Workload("Deployment", "web"), PodSource.API, Verdict.SAFE, Reason.HASH_EQUAL, ())
WINDOWS = Ground(Refusal.OS, "PodOSNotSupported", "operating system windows", "linux")
ROOM = Ground(Refusal.OUT_OF, "OutOfcpu", "500m cpu", "2000m cpu, 1800m taken")
APPARMOR = Ground(Refusal.APPARMOR, "AppArmor", "an AppArmor profile (default)", "a host of which nothing tells", stays_pending=True)
WEB = ObjectRef("Deployment", "web", "shop")


def findings(*outcomes: tuple[PlannedPod, Outcome]) -> list[Finding]:
    admission = tuple(PodAdmission(pod, outcome) for pod, outcome in outcomes)
    return list(
        RULE.findings(Upgrade(starts=(kubelet("1.22.17"),), target=kubelet("1.30.14"), pods=(POD,), facts=Facts(), admission=admission))
    )


def test_nothing_is_found_where_all_are_admitted() -> None:
    assert findings((POD, Admitted())) == []
    assert findings() == []


def test_a_certain_refusal_is_an_error() -> None:
    assert findings((POD, Refused(WINDOWS))) == [
        Finding(
            "UC030",
            Severity.ERROR,
            WEB,
            "1 pod on node worker-1 is refused (PodOSNotSupported) when the new kubelet starts: "
            "asked is operating system windows, found linux; the containers are stopped and the pod is Failed.",
            "Correct spec.os of the pod; from 1.23 on kubelets compare it with their own operating system.",
        )
    ]


def test_a_possible_refusal_is_a_warning_and_says_what_is_not_known() -> None:
    assert findings((POD, Possible(APPARMOR, "whether AppArmor is enabled on the host"))) == [
        Finding(
            "UC030",
            Severity.WARNING,
            WEB,
            "1 pod on node worker-1 may be refused (AppArmor) when the new kubelet starts: asked is an AppArmor profile (default), "
            "found a host of which nothing tells; the containers are stopped and the pod stays Pending. "
            "Not known: whether AppArmor is enabled on the host.",
            "Enable AppArmor on the host and load the profile, or set the profile to unconfined.",
        )
    ]


def test_pods_of_a_workload_are_counted_together() -> None:
    second, third = replace(POD, name="web-2", node="worker-2"), replace(POD, name="db-0", workload=Workload("StatefulSet", "db"))
    found = findings((POD, Refused(ROOM)), (second, Refused(replace(ROOM, has="2000m cpu, 1900m taken"))), (third, Refused(ROOM)))
    assert [finding.object for finding in found] == [WEB, ObjectRef("StatefulSet", "db", "shop")]
    assert found[0].message.startswith(
        "2 pods on 2 nodes (worker-1 …) are refused (OutOfcpu) when the new kubelet starts: asked is 500m cpu,"
    )
