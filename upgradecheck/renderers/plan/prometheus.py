"""The plan as metrics in Prometheus' text format, for the textfile collector of a node exporter, or a push gateway.

Every verdict, severity and condition has its line, at 0 too, so that an alert sees a number go back. No timestamps: the collector
refuses them, and tells the file's own time. Names of pods are no labels, which would make a series of each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from upgradecheck.model.gate import ConditionName
from upgradecheck.model.plan import IgnoreState, Plan, Verdict
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.media.metrics import Family, Sample, written

FOR_MACHINES = True


def render(plan: Plan, canvas: Canvas) -> Iterator[str]:
    """Family by family."""
    return written(families(plan))


def families(plan: Plan) -> Iterator[Family]:
    """What a plan comes to, as metrics."""
    start = "" if plan.from_version is None else plan.from_version.release
    told = {"from": start, "to": plan.to_version.release, "plan_hash": plan.plan_hash}
    yield Family("plan_info", "The plan: from which kubelet to which, and its hash.", [(told, 1)])
    yield Family("exit_code", "Exit code of the plan: 0, 2 restarts, 3 undetermined, 4 hazards.", [({}, plan.exit_code)])
    yield Family("complete", "1 if everything could be seen and trusted.", [({}, int(plan.complete))])
    met = {condition.name: condition.met for condition in plan.gate.conditions}
    conditions: list[Sample] = [({"condition": name.value}, int(met[name])) for name in ConditionName if name in met]
    yield Family("condition_met", "1 if a condition of the gate is met.", conditions)
    summary = plan.summary
    yield Family("containers", "Containers by verdict.", [({"verdict": one.value}, summary.containers.get(one, 0)) for one in Verdict])
    yield Family("pods", "Pods by verdict.", [({"verdict": one.value}, summary.pods.get(one, 0)) for one in Verdict])
    yield Family("findings", "Findings by rule and severity.", _findings(plan))
    if plan.ignores is not None:
        states = Counter(one.state for one in plan.ignores.entries)
        yield Family("ignore_entries", "Ignore entries by state.", [({"state": one.value}, states[one]) for one in IgnoreState])
    yield Family("nodes", "Nodes of the plan.", [({}, plan.coverage.nodes)])
    yield Family("nodes_with_evidence", "Nodes with a record of their runtime.", [({}, plan.coverage.nodes_with_evidence)])
    yield Family("missing", "What should have been seen and was not.", [({}, len(plan.coverage.missing))])
    yield Family("recorded_hashes", "Recorded hashes of compared containers.", [({}, plan.calibration.recorded)])
    yield Family("reproduced_hashes", "Recorded hashes that the running version reproduces.", [({}, plan.calibration.reproduced)])
    uids = plan.calibration.static_uids
    if uids is not None:
        yield Family("static_uids", "UIDs of static pods that a kubelet made and that could be made again.", [({}, uids.recorded)])
        yield Family("reproduced_static_uids", "Static UIDs that the running version makes.", [({}, uids.reproduced)])


def _findings(plan: Plan) -> list[Sample]:
    counted = Counter((finding.rule, finding.severity.value) for finding in plan.findings)
    return [({"rule": rule, "severity": severity}, counted[rule, severity]) for rule, severity in sorted(counted)]
