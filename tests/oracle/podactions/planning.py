"""What a whole plan says of drawn pods."""

from __future__ import annotations

import json
from pathlib import Path

from tests.oracle.podactions.drawing import NODE, Drawn
from upgradecheck.commands.plan import PlanRequest, make_plan
from upgradecheck.model.plan import Plan, Verdict

KILLED = (Verdict.RESTART, Verdict.RECREATE, Verdict.REJECT)
_AMOUNTS = {"cpu": "100000", "memory": "100000Gi", "pods": "1000000", "ephemeral-storage": "100000Gi"}


def planned(pods: list[Drawn], version: str, folder: Path, start: str | None = None) -> Plan:
    """What is planned of these pods for a kubelet, from all that an operator can collect. start: what runs; None: the same kubelet."""
    old = start or version
    node = {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": NODE},
        "status": {"nodeInfo": {"kubeletVersion": f"v{old}"}, "allocatable": _AMOUNTS, "capacity": _AMOUNTS},
    }
    dumps = {
        "pods.json": {"apiVersion": "v1", "kind": "List", "items": [one.pod for one in pods]},
        "nodes.json": {"apiVersion": "v1", "kind": "List", "items": [node]},
        "crictl-ps.json": {"containers": [record for one in pods for record in one.containers]},
        "crictl-pods.json": {"items": [record for one in pods for record in one.sandboxes]},
    }
    for name, value in dumps.items():
        (folder / name).write_text(json.dumps(value))
    return make_plan(PlanRequest(files=(str(folder),), from_version=old, to_version=version))
