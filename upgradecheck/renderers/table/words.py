"""The sentences of the table: verdicts, reasons, causes, evidence and next steps in words.

The codes are closed lists of the model; each has its sentence here. Who reads them may be tired and may never have heard
of a container hash, so a sentence says what happens or what is missing, not which function said so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from upgradecheck.model.checkpoint import Fact, FactKind
from upgradecheck.model.plan import (
    Cause,
    CauseKind,
    Grade,
    HistoryCheck,
    OverrideRefusal,
    OverrideSummary,
    Plan,
    PlannedNode,
    Reason,
    Summary,
    Verdict,
)
from upgradecheck.model.schema import ContainerKind
from upgradecheck.model.times import rfc3339

WORD: Mapping[Verdict, str] = {
    Verdict.REJECT: "REJECT",
    Verdict.RECREATE: "RECREATE",
    Verdict.RESTART: "RESTART",
    Verdict.UNKNOWN: "UNKNOWN",
    Verdict.OVERRIDDEN: "OVERRIDDEN",
    Verdict.SUPPRESSED: "SUPPRESSED",
    Verdict.SAFE: "SAFE",
    Verdict.NOT_COMPARED: "NOT COMPARED",
}

MEANING: Mapping[Verdict, str] = {
    Verdict.REJECT: "refused by the new kubelet: stopped, and not started again",
    Verdict.RECREATE: "the whole pod is torn down and set up anew",
    Verdict.RESTART: "killed and recreated by the new kubelet",
    Verdict.UNKNOWN: "cannot be told: be ready for a restart",
    Verdict.OVERRIDDEN: "would restart; an override holds it",
    Verdict.SUPPRESSED: "would be reported; an ignore rule matches it",
    Verdict.SAFE: "kept running",
    Verdict.NOT_COMPARED: "not running, or of a kind that this kubelet does not compare",
}

GONE = (Verdict.REJECT, Verdict.RECREATE, Verdict.RESTART)
"""What ends running containers."""

GRADE: Mapping[Grade, str] = {
    Grade.RECORDED: "recorded",
    Grade.ABSENT: "absent",
    Grade.INFERRED: "inferred",
    Grade.ESTIMATED: "estimated",
    Grade.UNKNOWN: "unknown",
}

KIND: Mapping[ContainerKind, str] = {
    ContainerKind.APP: "",
    ContainerKind.INIT: " (init)",
    ContainerKind.SIDECAR: " (sidecar)",
    ContainerKind.EPHEMERAL: " (ephemeral)",
}

REASON: Mapping[Reason, str] = {
    Reason.HASH_EQUAL: "the new kubelet computes the hash that the container carries",
    Reason.HASH_CHANGED: "the new kubelet computes another hash than the container carries",
    Reason.ONLY_RESOURCES_CHANGED: "only its resources changed, and the gate for in-place resize is on",
    Reason.RECORD_ABSENT: "the container carries no readable hash, which a kubelet takes for a change",
    Reason.KIND_NOT_COMPARED: "this kubelet does not compare containers of this kind",
    Reason.INIT_RERUNS: "its record is gone from the runtime, so this kubelet runs it again while the app containers go on",
    Reason.NOT_RUNNING: "not running",
    Reason.FINISHED: "has finished",
    Reason.WILL_START: "does not run, and is started",
    Reason.NOT_SCHEDULED: "on no node yet",
    Reason.POD_FINISHED: "the pod has finished",
    Reason.POD_TERMINATING: "the pod is being deleted",
    Reason.RESIZE: "the new kubelet has no record of its resources, takes that for a resize, and its policy is to restart",
    Reason.CGROUP_MISSING: "the new kubelet finds another QoS class, hence no cgroup of the pod, and kills it before it looks at hashes",
    Reason.SANDBOXES_READY: "more than one sandbox of the pod is ready",
    Reason.SANDBOX_NOT_READY: "the pod's sandbox is not ready",
    Reason.NETWORK_MODE_CHANGED: "the pod's sandbox is in another network than the spec says",
    Reason.SANDBOX_WITHOUT_ADDRESS: "the pod's sandbox has no IP address",
    Reason.STATIC_UID_CHANGED: "the new kubelet computes another UID for the static pod, which makes it another pod",
    Reason.MANIFEST_GONE: "a static pod whose manifest is not in the directory any more",
    Reason.MANIFEST_NOT_DECODED: "the new kubelet cannot decode its manifest",
    Reason.MANIFEST_INVALID: "its manifest does not pass the new kubelet's validation",
    Reason.MANIFEST_REFERENCES: "its manifest refers to objects of the API, which the new kubelet refuses in static pods",
    Reason.OUT_OF_RESOURCES: "admission: it asks for more than the node has left",
    Reason.NODE_AFFINITY: "admission: its node selector or required affinity does not match the node's labels",
    Reason.NODE_NAME: "admission: it names another node",
    Reason.HOST_PORTS: "admission: another pod holds its host port",
    Reason.TAINT: "admission: it does not tolerate a NoExecute taint of the node",
    Reason.OS: "admission: it is for another operating system",
    Reason.SIDECAR_FORBIDDEN: "admission: this kubelet refuses pods with sidecars",
    Reason.STRICT_GROUPS: "admission: the runtime cannot do supplementalGroupsPolicy Strict",
    Reason.POD_LEVEL_RESOURCES: "admission: this kubelet refuses resources of the pod as a whole",
    Reason.NODE_FEATURE: "admission: it needs a feature that the node does not declare",
    Reason.APPARMOR: "admission: its AppArmor profile cannot be had on the node",
    Reason.SYSCTL: "admission: it sets a sysctl that is not allowed",
    Reason.EVICTED: "admission: the node is under pressure",
    Reason.UNEXPECTED_ADMISSION_ERROR: "admission: no room, also after preemption",
    Reason.PREEMPTED: "admission: it has to make room for a critical pod",
    Reason.RESIZE_BASELINE: "the new kubelet has no record of its resources and may take that for a resize, which its policy answers "
    "with a restart",
    Reason.STARTUP_PROBE_PENDING: "its startup probe has not passed; kubelets differ in what they do then",
    Reason.STATIC_POD_UID: "static pod without a UID of its own, of which nothing tells whether the new kubelet computes another one",
    Reason.SPEC_SEEN_BY_OLD_KUBELET_ONLY: "the spec was seen only through the old kubelet, which drops fields that it does not know",
    Reason.NOT_REPRODUCED: "the hash that it carries is not what the running kubelet version makes of its spec",
    Reason.CREATORS_DISAGREE: "which kubelet version started it is not known, and the candidates give different answers",
    Reason.HISTORY_BEFORE: "it may be older than the first kubelet that the node's checkpoint records",
    Reason.HISTORY_AFTER: "it may be younger than the last look at a kubelet that the node's checkpoint records",
    Reason.HISTORY_GAP: "it started when, as the node's checkpoint has it, no kubelet ran",
    Reason.HISTORY_CONTRADICTS: "the node's checkpoint and what was seen cannot both be true",
    Reason.HISTORY_OVERRIDE: "an override was in force since it started, and may have changed the hash that it carries",
    Reason.HISTORY_NOT_COMPUTABLE: "what a kubelet that may have started it made of its spec cannot be computed",
    Reason.HISTORY_NO_START: "when it started is not known, so the node's checkpoint does not tell which kubelet started it",
    Reason.HISTORY_UNTRUSTED: "which kubelet started it hangs on a checkpoint that cannot be used",
    Reason.NO_SPEC: "the container runtime lists it, but the pod's spec was not given",
    Reason.NOT_IN_SPEC: "it runs, but the pod's spec does not hold it",
    Reason.SPEC_REFUSED: "a kubelet of one of the two versions cannot decode the spec",
    Reason.FROM_UNKNOWN: "neither its hash nor the version of the kubelet that started it is known",
    Reason.VERSION_UNKNOWN: "this kubelet version is not in the data",
    Reason.VERSION_AMBIGUOUS: "kubelets that call themselves by this version hash in more than one way",
}

_RECORDS = "Read the hashes from the nodes: run `crictl ps -a -o json > NODE-crictl.json` on each, and add -f NODE-crictl.json."
_SPECS = "Give the pods as the API server has them: `kubectl get pods -A -o json > pods.json`, and add -f pods.json."
_NODES = "Say what runs now: add --from VERSION, or `kubectl get nodes -o json > nodes.json` and -f nodes.json."

_HISTORY = "Compare the checkpoint (`upgradecheck checkpoint show FILE`) with the kubelet's journal, and correct what is not so."

NEXT_STEP: Mapping[Reason, str] = {
    Reason.SPEC_SEEN_BY_OLD_KUBELET_ONLY: _SPECS + " Of a static pod only its manifest shows all fields.",
    Reason.NO_SPEC: _SPECS,
    Reason.NOT_IN_SPEC: _SPECS,
    Reason.FROM_UNKNOWN: _NODES,
    Reason.CREATORS_DISAGREE: _RECORDS,
    **dict.fromkeys(
        (
            Reason.HISTORY_BEFORE,
            Reason.HISTORY_AFTER,
            Reason.HISTORY_OVERRIDE,
            Reason.HISTORY_NOT_COMPUTABLE,
            Reason.HISTORY_NO_START,
        ),
        _RECORDS,
    ),
    **dict.fromkeys((Reason.HISTORY_GAP, Reason.HISTORY_CONTRADICTS), _HISTORY),
    Reason.HISTORY_UNTRUSTED: "Mend the checkpoint as its finding says, or read the hashes themselves. " + _RECORDS,
    Reason.RESIZE: "1.37 makes up the records first: go there directly, or take RestartContainer out of the resize policy beforehand.",
    Reason.MANIFEST_INVALID: "Change the manifest so that the new version takes it; findings say what is wrong with it.",
    Reason.MANIFEST_REFERENCES: "Take the references out (serviceAccountName, secrets, config maps, claims), or make it a pod of the API.",
    Reason.MANIFEST_NOT_DECODED: "Change the manifest so that the new version takes it; findings say what is wrong with it.",
    Reason.RESIZE_BASELINE: "Count them as restarted once, or go to 1.37 or later directly; 1.33 to 1.36 were seen to do this.",
    Reason.NOT_REPRODUCED: "Compare the spec with what runs: it was changed in place, or a patched kubelet started it.",
    Reason.STATIC_POD_UID: "Count static pods without metadata.uid in their manifest as recreated; giving them one now recreates them now.",
    Reason.VERSION_UNKNOWN: "`upgradecheck versions` lists the kubelet versions that can be judged.",
    Reason.VERSION_AMBIGUOUS: "Name the exact version with --from and --to; `upgradecheck versions VERSION` explains one.",
}
READ_RECORDS = _RECORDS

UPSTREAM = "Upstream supports minor kubelet upgrades only on a drained node."
"""Closes every report; a notice that says the same is not printed twice."""


def cause_text(cause: Cause) -> str:
    """One cause in words; the path is a name from the cluster and not yet encoded."""
    path = cause.path or "a field"
    match cause.kind:
        case CauseKind.ALGORITHM if cause.since:
            return f"every hash changes: another hash algorithm from {cause.since} on"
        case CauseKind.ALGORITHM:
            return "Go's JSON writes the same spec in other characters (U+0008, U+000C)"
        case CauseKind.FIELD_ADDED if cause.printed:
            return f"{path} is new in what is hashed" + (f" from {cause.since} on" if cause.since else "") + ", set or not"
        case CauseKind.FIELD_VALUE if cause.printed:
            return f"{path} is no longer part of what is hashed, set or not"
        case CauseKind.FIELD_ADDED:
            return f"{path} is set, and " + (f"hashed from {cause.since} on" if cause.since else "newly hashed")
        case CauseKind.FIELD_VALUE:
            return f"{path} is set, and the new kubelet hashes it " + (f"otherwise from {cause.since} on" if cause.since else "no more")
        case CauseKind.STATIC_UID:
            return "the static pod gets another UID"
        case CauseKind.GATE:
            return f"a feature gate decides about {path}"
        case CauseKind.RESIZE:
            return "in-place resize keeps other books about it"
        case CauseKind.RECORD_ABSENT:
            return REASON[Reason.RECORD_ABSENT]


_FACT: Mapping[FactKind, str] = {
    FactKind.CONTAINER_STARTED: "the container started",
    FactKind.HISTORY_BEGINS: "the history begins",
    FactKind.HISTORY_ENDS: "the history ends",
    FactKind.KUBELET_STARTED: "the first kubelet started",
    FactKind.KUBELET_STOPPED: "the kubelet had stopped",
    FactKind.KUBELET_COMPARED: "this one compared it and let it run",
    FactKind.OVERRIDE_IN_FORCE: "an override was in force",
    FactKind.HASH_UNKNOWN: "its hash cannot be computed for this one",
    FactKind.CREATED_BY: "by its start, this one can have created it",
}


_NOT_HELD: Mapping[OverrideRefusal, str] = {
    OverrideRefusal.SPEC_CHANGED: "its spec changed, which an override would hide",
    OverrideRefusal.UNPROVEN: "nothing proves that its spec is what runs",
    OverrideRefusal.UID_CHANGES: "its static pod gets another UID",
    OverrideRefusal.POD_STOPPED: "its pod goes as a whole",
    OverrideRefusal.RESIZED: "its resources may restart it all the same",
    OverrideRefusal.NO_RECORD: "no recorded hash of it was seen",
    OverrideRefusal.UNDECIDED: "whether it restarts, or what the new kubelet computes, cannot be told",
}
"""Of those that stop or may stop; the others need no override."""

APPLY_OVERRIDE = (
    "The override is planned, not made. Save the plan with -o json=plan.json, and on each node, after the stop of the old kubelet and "
    "before the start of the new one: `upgradecheck override apply plan.json`."
)


def override_text(told: OverrideSummary, summary: Summary) -> str:
    """Before and after, and why the others are not held."""
    rest = [f"{told.refused[refusal]} not, {words}" for refusal, words in _NOT_HELD.items() if refusal in told.refused]
    numbers = (
        f"stop without one: {_stopped(told.without.containers)}; with: {_stopped(summary.containers)}; held by an override: {told.planned}"
    )
    return "; ".join((numbers, *rest))


def not_held_text(refused: OverrideRefusal | None) -> str:
    """The end of a sentence about what stops: why no override holds it; empty where none was asked for."""
    words = None if refused is None else _NOT_HELD.get(refused)
    return "" if words is None else f"; no override: {words}"


def _stopped(numbers: Mapping[Verdict, int]) -> int:
    return sum(numbers.get(verdict, 0) for verdict in GONE)


def kept_text(plan: Plan) -> str:
    """What goes on running where nothing stops; begins within a sentence."""
    kept, held = plan.summary.containers.get(Verdict.SAFE, 0), plan.summary.containers.get(Verdict.OVERRIDDEN, 0)
    more = f", and {held} more by an override{', once it is applied' if plan.overrides else ''}" if held else ""
    return f"the new kubelet keeps {count(kept, 'running container')}{more}."


def fact_text(fact: Fact) -> str:
    """``the history begins 2024-01-10T08:00:00Z (kubelet v1.19.16)``; the version is a text of a file and not yet encoded."""
    when = f" {rfc3339(fact.time)}" if fact.time is not None else ""
    return f"{_FACT[fact.kind]}{when}" + (f" (kubelet {fact.version})" if fact.version else "")


def history_text(check: HistoryCheck | None) -> str:
    """How checkpoints stood the test of recorded hashes."""
    told = check or HistoryCheck()
    return f"of the recorded hashes, checkpoints tell {told.agrees} right and {told.contradicts} wrong, and leave {told.silent} open"


def node_evidence_text(nodes: Iterable[PlannedNode]) -> str:
    """Of some nodes: their containers by grade, and how many of their recorded hashes are reproduced; empty where nothing is compared."""
    evidence, made, all_of = Counter[Grade](), 0, 0
    for node in nodes:
        evidence.update(node.evidence)
        made, all_of = made + node.calibration.reproduced, all_of + node.calibration.recorded
    parts = [f"{evidence[grade]} {GRADE[grade]}" for grade in Grade if evidence[grade]]
    reproduced = f"; {made}/{all_of} reproduced" if all_of else ""
    return f"evidence: {', '.join(parts)}{reproduced}" if parts else ""


def count(number: int, thing: str) -> str:
    """``1 pod``, ``2 pods``."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
