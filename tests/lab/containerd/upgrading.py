"""The scene without an override: what upgradecheck reads of a live node, what it predicts, and what the next kubelet does.

Under the old kubelet the node is planned four times: by containerd's runtime.v1, by its runtime.v1alpha2 (before containerd 2), by crictl's dumps of containers
and sandboxes, and by crictl's dumps with the status of each sandbox. Kept are the plans, the records that each way gave, and which containers
ran before and after.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from tests.lab.containerd.builds import major
from tests.lab.containerd.relay import relayed
from tests.lab.containerd.seen import DISTURBED, Finding, ended, foretold, kept
from tests.lab.containerd.stage import KUBELET, Json, Stage
from upgradecheck.model.pod import ContainerRecord, SandboxRecord
from upgradecheck.sources.files import open_inputs
from upgradecheck.sources.node import read_node

V1, V1ALPHA2, PODS, INSPECTP = "v1", "v1alpha2", "pods", "inspectp"
WAYS = (V1, V1ALPHA2, PODS, INSPECTP)
NO_V1ALPHA2_FROM = 2
"""The first version of containerd that has runtime.v1 alone."""
BEFORE, AFTER = "before.json", "after.json"


def play(stage: Stage) -> None:
    """Old kubelet, plans, new kubelet."""
    with stage.kubelet(stage.old):
        stage.keep(KUBELET, stage.kubelet_pods())
    stage.keep(BEFORE, stage.running())
    _asked(stage, V1, stage.daemon.socket)
    if major() < NO_V1ALPHA2_FROM:
        with relayed(stage.daemon.socket, stage.state / "v1alpha2.sock") as alpha:
            _asked(stage, V1ALPHA2, alpha)
    for way in (PODS, INSPECTP):
        folder = str(_dumped(stage, way))
        _planned(stage, way, "-f", folder)
        with open_inputs((folder,), recursive=False) as dump:
            stage.keep(records_of(way), told(dump.facts().containers, dump.facts().sandboxes))
    with stage.kubelet(stage.new):
        stage.keep(AFTER, stage.running())


def _asked(stage: Stage, way: str, socket: Path) -> None:
    _planned(stage, way, "--cri", f"unix://{socket}")
    live = read_node(f"unix://{socket}")
    stage.keep(records_of(way), told(live.containers, live.sandboxes))


def findings(folder: Path) -> Iterator[Finding]:
    """What a kept folder shows: each with what it should be."""
    plan, records = kept(folder, plan_of(V1)), kept(folder, records_of(V1))
    calibration = plan["calibration"]
    yield "recorded hashes reproduced", calibration["reproduced"], calibration["recorded"]
    for way in ways_of(folder)[1:]:
        yield f"containers by {way}, as by {V1}", kept(folder, records_of(way))["containers"] == records["containers"], True
        yield f"verdicts by {way}, as by {V1}", kept(folder, plan_of(way))["pods"] == plan["pods"], True
    yield "restarted", sorted(ended(kept(folder, BEFORE), kept(folder, AFTER))), sorted(foretold(plan, *DISTURBED))


def ways_of(folder: Path) -> tuple[str, ...]:
    """The ways in which the runtime could be asked."""
    return tuple(way for way in WAYS if (folder / plan_of(way)).exists())


def plan_of(way: str) -> str:
    """The file with the plan that was made in this way."""
    return f"plan-{way}.json"


def records_of(way: str) -> str:
    """The file with the records that were read in this way."""
    return f"records-{way}.json"


def told(containers: Iterable[ContainerRecord], sandboxes: Iterable[SandboxRecord]) -> Json:
    """Records as plain values, by their IDs and without where they came from."""
    found = {
        "containers": {one.container_id: msgspec.to_builtins(one) for one in containers},
        "sandboxes": {one.sandbox_id: msgspec.to_builtins(one) for one in sandboxes},
    }
    for records in found.values():
        for one in records.values():
            del one["origin"]
    return found


def _planned(stage: Stage, way: str, *words: str) -> None:
    stage.keep(plan_of(way), stage.plan(*words).json())


def _dumped(stage: Stage, way: str) -> Path:
    """What crictl shows of containers, and of sandboxes in this way, as files of a folder."""
    folder = stage.state / way
    folder.mkdir()
    (folder / "crictl-ps.json").write_text(stage.daemon.crictl("ps", "-a", "-o", "json"))
    sandboxes = stage.daemon.crictl("pods", "-o", "json")
    if way == INSPECTP:
        sandboxes = stage.daemon.crictl("inspectp", "-o", "json", *(one["id"] for one in json.loads(sandboxes)["items"]))
    (folder / f"crictl-{way}.json").write_text(sandboxes)
    return folder
