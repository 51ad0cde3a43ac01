"""What `plan` predicted against what a kubelet did, container by container.

| prediction | is borne out by |
|---|---|
| `safe` | kept |
| `restart` | restarted |
| `recreate` | recreated-with-pod |
| `reject` | removed, rejected |
| `not-compared` | not-running; kept too, since a sidecar before 1.32 or an ephemeral container is not compared though it runs |

*Missed*: the plan let one hope that it stays (or did not name it), and it was stopped. *False alarm*: the plan named it, and it stayed.
*Other fate*: stopped as foretold, but otherwise than foretold. *Unknown* is counted by its reason, and is neither right nor wrong.
"""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
INPUTS = ("api-pods.json", "nodes.json", "crictl-ps.json", "crictl-pods.json")

STAYED = ("kept", "not-running")
BORNE_OUT = {
    "safe": ("kept",),
    "restart": ("restarted",),
    "recreate": ("recreated-with-pod", "not-running"),
    "reject": ("removed", "rejected"),
    "not-compared": STAYED,
}
HOPED = ("safe", "not-compared", "absent")


@dataclass(frozen=True, slots=True)
class Pair:
    """One container: what was predicted, for which reason, and what came. `predicted` is `absent` if the plan has no such container."""

    name: str
    uid: str
    kind: str
    predicted: str
    reason: str
    came: str

    @property
    def wrong(self) -> str | None:
        """`missed`, `false alarm`, `other fate`; None if the prediction was right, or unknown."""
        if self.predicted == "unknown" or self.came in BORNE_OUT.get(self.predicted, ()):
            return None
        if self.came in STAYED:
            return "missed" if self.predicted == "absent" else "false alarm"
        return "missed" if self.predicted in HOPED else "other fate"


def plan(recorded: Path, old: str, new: str) -> dict[str, Any]:
    """`upgradecheck plan` over a recorded folder, as JSON. Raises RuntimeError with its own words if it made none."""
    files = [f"--filename={recorded / name}" for name in INPUTS]
    command = [
        sys.executable,
        "-m",
        "upgradecheck",
        "plan",
        f"--from={old}",
        f"--to={new}",
        *files,
        "--filename=-",
        "--output=json",
        "--exit-zero",
    ]
    done = subprocess.run(command, cwd=ROOT, input=_only_seen_by_kubelet(recorded), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _only_seen_by_kubelet(recorded: Path) -> str:
    """The kubelet's view of the pods that api-pods.json has not.

    Until `plan --static-pods` reads manifests, pods with a UID of their own are given as an API server would show them
    (`node.as_from_api`), and as nothing else: seen in the kubelet's list too, they would be static pods, known only as the old kubelet decoded them.
    """
    pods = read(recorded / "kubelet-pods.json")
    shown = {pod["metadata"]["uid"] for pod in read(recorded / "api-pods.json")["items"]}
    return json.dumps({**pods, "items": [pod for pod in pods["items"] if pod["metadata"]["uid"] not in shown]})


def read(path: Path) -> dict[str, Any]:
    """A file of a recorded folder."""
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def observations(recorded: Path) -> dict[str, Any]:
    """observed.json of a recorded folder."""
    return read(recorded / "observed.json")


def replayed(recorded: Path) -> tuple[Pair, ...]:
    """What `plan` says today of a recorded upgrade, against what came of it."""
    observed = observations(recorded)
    return compared(plan(recorded, observed["from"], observed["to"]), observed)


def compared(made: dict[str, Any], observed: dict[str, Any]) -> tuple[Pair, ...]:
    """Every observed container with its prediction."""
    predicted = {(pod["uid"], one["name"]): (one["verdict"], one["reason"] or "") for pod in made["pods"] for one in pod["containers"]}
    return tuple(
        Pair(
            f"{one['namespace']}/{one['pod']}/{one['container']}",
            one["uid"],
            one["kind"],
            *predicted.get((one["uid"], one["container"]), ("absent", "")),
            one["outcome"],
        )
        for one in observed["containers"]
    )


def wrong(pairs: tuple[Pair, ...]) -> tuple[Pair, ...]:
    """Those whose prediction did not come true."""
    return tuple(pair for pair in pairs if pair.wrong)


def report(recorded: Path, pairs: tuple[Pair, ...]) -> str:
    """The versions, the confusion table, what was wrong, and the unknown ones by reason."""
    observed = observations(recorded)
    lines = [f"kubelet {observed['from']} -> {observed['to']}", *_table(pairs), *_remarks(pairs)]
    return "\n".join(lines) + "\n"


def _table(pairs: tuple[Pair, ...]) -> Iterator[str]:
    counted = Counter((pair.predicted, pair.came) for pair in pairs)
    columns = [
        one for one in (*STAYED, "restarted", "recreated-with-pod", "removed", "rejected") if any(came == one for _, came in counted)
    ]
    rows = [one for one in (*BORNE_OUT, "unknown", "absent") if any(predicted == one for predicted, _ in counted)]
    yield "predicted \\ observed".ljust(22) + "".join(one.rjust(len(one) + 2) for one in columns)
    for row in rows:
        yield row.ljust(22) + "".join(str(counted[row, one] or ".").rjust(len(one) + 2) for one in columns)


def _remarks(pairs: tuple[Pair, ...]) -> Iterator[str]:
    counted = Counter(pair.wrong for pair in pairs if pair.wrong)
    yield f"{len(pairs)} containers: {counted['missed']} missed, {counted['false alarm']} false alarms, {counted['other fate']} of other fate"
    for pair in wrong(pairs):
        yield f"  {pair.wrong}: {pair.name} ({pair.kind}): predicted {pair.predicted} ({pair.reason}), {pair.came}"
    unknown = Counter((pair.reason, pair.came) for pair in pairs if pair.predicted == "unknown")
    for (reason, came), count in sorted(unknown.items()):
        yield f"  unknown: {count} x {reason}, {came}"
