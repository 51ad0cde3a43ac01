"""What `plan` predicted against what a kubelet did, container by container and pod by pod.

| prediction | is borne out for a container by | for a pod by |
|---|---|---|
| `safe` | kept | kept |
| `restart` | restarted | restarted |
| `recreate` | recreated-with-pod; not-running, if its pod was replaced | recreated |
| `reject` | removed, rejected; not-running, if its pod was refused or is gone | removed, rejected |
| `not-compared` | not-running; kept too, since a sidecar before 1.32 or an ephemeral container is not compared though it runs; finished | the same, and anything if nothing of it ran |

*Missed*: the plan let one hope that it stays (or did not name it), and it was stopped. *False alarm*: the plan named it, and it stayed.
*Other fate*: stopped as foretold, but otherwise than foretold. *Unknown* is counted by its reason, and is neither right nor wrong.

A pod's fate is the worst that came: rejected or removed, then recreated (another sandbox), then restarted (a container in the old one).
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.plans import report_of
from upgradecheck.commands.plan import PlanRequest

Json = dict[str, Any]
MANIFESTS, API_PODS = "manifests", "api-pods.json"
INPUTS = (API_PODS, "kubelet-pods.json", "nodes.json", "crictl-ps.json", "crictl-pods.json")

STAYED = ("kept", "not-running", "finished")
GONE = ("removed", "rejected")
STOPPED = ("restarted", "recreated-with-pod", "recreated", *GONE)
BORNE_OUT: Mapping[str, tuple[str, ...]] = {
    "safe": ("kept",),
    "restart": ("restarted",),
    "recreate": ("recreated-with-pod", "recreated"),
    "reject": GONE,
    "not-compared": STAYED,
}
HOPED = ("safe", "not-compared", "absent")


@dataclass(frozen=True, slots=True)
class Pair:
    """One container, or one pod (then `kind` is `pod`): what was predicted, for which reason, and what came.

    `predicted` is `absent` if the plan has no such container; `pod_came` is the fate of a container's pod; `ran` whether something was there to lose.
    """

    name: str
    uid: str
    kind: str
    predicted: str
    reason: str
    came: str
    pod_came: str = ""
    ran: bool = True

    @property
    def wrong(self) -> str | None:
        """`missed`, `false alarm`, `other fate`; None if the prediction was right, or unknown."""
        borne_out = BORNE_OUT.get(self.predicted, ())
        if self.predicted == "unknown" or self.came in borne_out:
            return None
        if self.came == "not-running" and self.pod_came in borne_out:
            return None
        if self.predicted == "not-compared" and not self.ran:
            return None
        if self.came in STAYED:
            return "missed" if self.predicted == "absent" else "false alarm"
        return "missed" if self.predicted in HOPED else "other fate"


def step_of(recorded: Path) -> PlanRequest:
    """What `plan` is asked about a recorded folder: its step, with all that was dumped."""
    observed = observations(recorded)
    inputs = tuple(str(recorded / name) for name in INPUTS if (recorded / name).exists())
    return PlanRequest(inputs, from_version=observed["from"], to_version=observed["to"], static_pods=str(recorded / MANIFESTS))


def read(path: Path) -> Json:
    """A file of a recorded folder."""
    found: Json = json.loads(path.read_text())
    return found


def observations(recorded: Path) -> Json:
    """observed.json of a recorded folder."""
    return read(recorded / "observed.json")


def replayed(recorded: Path) -> tuple[Pair, ...]:
    """What `plan` says today of a recorded upgrade, against what came of it: its containers, then its pods."""
    observed = observations(recorded)
    made = report_of(step_of(recorded))
    return (*compared(made, observed), *compared_pods(made, observed))


def compared(made: Json, observed: Json) -> tuple[Pair, ...]:
    """Every container of the old kubelet's pods, and whatever else ran, with its prediction.

    What had ended and is left of an earlier pod (another UID under the same name) is nobody's any more.
    """
    predicted = {(pod["uid"], one["name"]): (one["verdict"], one["reason"] or "") for pod in made["pods"] for one in pod["containers"]}
    fates = {pod["uid_before"]: fate(pod, observed) for pod in observed["pods"]}
    return tuple(
        Pair(
            f"{one['namespace']}/{one['pod']}/{one['container']}",
            one["uid"],
            one["kind"],
            *predicted.get((one["uid"], one["container"]), ("absent", "")),
            one["outcome"],
            fates.get(one["uid"], ""),
        )
        for one in observed["containers"]
        if one["uid"] in fates or one["state_before"] == "running"
    )


def compared_pods(made: Json, observed: Json) -> tuple[Pair, ...]:
    """Every pod that the old kubelet had, with its prediction."""
    predicted = {pod["uid"]: (pod["verdict"], pod["reason"] or "") for pod in made["pods"]}
    ran = {one["uid"] for one in observed["containers"] if one["state_before"] == "running"}
    return tuple(
        Pair("/".join(_name(pod)), uid, "pod", *predicted.get(uid, ("absent", "")), fate(pod, observed), ran=uid in ran)
        for pod in observed["pods"]
        if (uid := pod["uid_before"]) is not None
    )


def _name(one: Json) -> tuple[str, str]:
    return one["namespace"], one["pod"]


def fate(pod: Json, observed: Json) -> str:
    """What came of a pod: the worst that came of its containers, and of itself where it had none that ran."""
    came = {one["outcome"] for one in observed["containers"] if one["uid"] == pod["uid_before"]}
    if pod["uid_after"] is None and pod["uid_before"] not in {other["uid_after"] for other in observed.get("pods", ())}:
        return "removed"  # under another name it is still the same
    for one in GONE:
        if one in came:
            return one
    if pod["sandbox"] == "new":
        return "recreated"
    if pod["phase_after"] == "Failed" and pod["phase_before"] not in {"Failed", "Succeeded"}:
        return "rejected"
    return next((one for one in ("restarted", "kept", "finished") if one in came), "not-running")


def wrong(pairs: tuple[Pair, ...]) -> tuple[Pair, ...]:
    """Those whose prediction did not come true."""
    return tuple(pair for pair in pairs if pair.wrong)


def report(recorded: Path, pairs: tuple[Pair, ...]) -> str:
    """The versions, and of containers and of pods the confusion table, what was wrong, and the unknown ones by reason."""
    observed = observations(recorded)
    containers = tuple(pair for pair in pairs if pair.kind != "pod")
    pods = tuple(pair for pair in pairs if pair.kind == "pod")
    lines = [f"kubelet {observed['from']} -> {observed['to']}"]
    for what, some in (("containers", containers), ("pods", pods)):
        lines += ["", *_table(some), *_remarks(what, some)]
    return "\n".join(lines) + "\n"


def _table(pairs: tuple[Pair, ...]) -> Iterator[str]:
    counted = Counter((pair.predicted, pair.came) for pair in pairs)
    columns = [one for one in (*STAYED, *STOPPED) if any(came == one for _, came in counted)]
    rows = [one for one in (*BORNE_OUT, "unknown", "absent", *_others(pairs)) if any(predicted == one for predicted, _ in counted)]
    yield "predicted \\ observed".ljust(22) + "".join(one.rjust(len(one) + 2) for one in columns)
    for row in rows:
        yield row.ljust(22) + "".join(str(counted[row, one] or ".").rjust(len(one) + 2) for one in columns)


def _others(pairs: tuple[Pair, ...]) -> tuple[str, ...]:
    return tuple(sorted({pair.predicted for pair in pairs} - {*BORNE_OUT, "unknown", "absent"}))


def _remarks(what: str, pairs: tuple[Pair, ...]) -> Iterator[str]:
    counted = Counter(pair.wrong for pair in pairs if pair.wrong)
    yield f"{len(pairs)} {what}: {counted['missed']} missed, {counted['false alarm']} false alarms, {counted['other fate']} of other fate"
    for pair in wrong(pairs):
        yield f"  {pair.wrong}: {pair.name} ({pair.kind}): predicted {pair.predicted} ({pair.reason}), {pair.came}"
    for (reason, came), some in sorted(_unknown(pairs).items()):
        yield f"  unknown: {len(some)} x {reason}, {came}: {', '.join(some)}"


def _unknown(pairs: tuple[Pair, ...]) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for pair in pairs:
        if pair.predicted == "unknown":
            found.setdefault((pair.reason, pair.came), []).append(pair.name)
    return found
