"""Real kubelets and what ends them behind the validation of their configuration: ``python -m tests.lab.late VERSION… > FILE``.

Options of policies, amounts, durations and addresses (tests/lab/recorded-late.json). Inside namespaces of their own, as in starts.py; nothing
here hangs on the machine but that its cgroups are of version 1, as ours were.
"""

from __future__ import annotations

import json
from pathlib import Path

from tests.lab import player, running
from tests.lab.player import Json

_STATIC = {"cpuManagerPolicy": "static", "reservedSystemCPUs": "0"}
_ALPHA = {"featureGates": {"CPUManagerPolicyAlphaOptions": True}}
_CLOSE, _MOST = "prefer-closest-numa-nodes", "max-allowable-numa-nodes"
_NEAR = {"topologyManagerPolicy": "best-effort"}
_QOS = {"featureGates": {"QOSReserved": True}}
_KEPT = {"memoryManagerPolicy": "Static", "kubeReserved": {"memory": "300Mi"}, "evictionHard": {"memory.available": "100Mi"}}


def _memory(amount: str, **more: str) -> list[Json]:
    return [{"numaNode": 0, "limits": {"memory": amount, **more}}]


CASES: tuple[Json, ...] = (
    {"topologyManagerPolicyOptions": {"x": "true"}},
    *({**_NEAR, "topologyManagerPolicyOptions": one} for one in ({"x": "true"}, {_CLOSE: "maybe"}, {_CLOSE: "true"}, {_MOST: "4"})),
    *({**_NEAR, "topologyManagerPolicyOptions": one} for one in ({_MOST: "8"}, {_MOST: "16", _CLOSE: "0"})),
    {"cpuManagerPolicyOptions": {"x": "true"}},
    *({**_STATIC, "cpuManagerPolicyOptions": {name: "true"}} for name in ("x", "full-pcpus-only", "align-by-socket")),
    *({**_STATIC, "cpuManagerPolicyOptions": {name: "true"}} for name in ("distribute-cpus-across-numa", "strict-cpu-reservation")),
    {**_STATIC, "cpuManagerPolicyOptions": {"prefer-align-cpus-by-uncorecache": "false"}},
    {**_STATIC, "cpuManagerPolicyOptions": {"full-pcpus-only": "x"}},
    {**_STATIC, **_ALPHA, "cpuManagerPolicyOptions": {"distribute-cpus-across-cores": "true"}},
    {**_STATIC, **_ALPHA, "cpuManagerPolicyOptions": {"distribute-cpus-across-cores": "true", "full-pcpus-only": "true"}},
    {**_STATIC, **_ALPHA, "cpuManagerPolicyOptions": {"distribute-cpus-across-cores": "false", "full-pcpus-only": "true"}},
    *({**_QOS, "qosReserved": one} for one in ({"cpu": "50%"}, {"memory": "x"}, {"memory": "150%"}, {"memory": "100%"}, {"memory": "-1%"})),
    {"qosReserved": {"cpu": "50%"}},
    *({**_KEPT, "reservedMemory": _memory(one)} for one in ("400Mi", "200Mi", "419430400", "401Mi", "0.390625Gi")),
    {**_KEPT, "reservedMemory": _memory("400Mi", **{"hugepages-2Mi": "2Mi"})},
    *({**_KEPT, "systemReserved": {"memory": "512Ki"}, "reservedMemory": _memory(one)} for one in ("400.5Mi", "400Mi")),
    *({**_KEPT, "evictionHard": None, "reservedMemory": _memory(one)} for one in ("400Mi", "300Mi")),
    {**_KEPT, "evictionHard": {"nodefs.available": "1%"}, "reservedMemory": _memory("300Mi")},
    {"memoryManagerPolicy": "Static", "reservedMemory": _memory("1Mi")},
    {"memoryManagerPolicy": "BestEffort", "reservedMemory": [{"numaNode": 0, "limits": {"memory": "1Mi"}}]},
    {"systemCgroups": "/", "cgroupRoot": "/"},
    {"memorySwap": {"swapBehavior": "LimitedSwap"}, "featureGates": {"NodeSwap": True}},
    *({"address": one} for one in ("x", "", "localhost", "127.0.0.1", "::1")),
    *({name: "-5s"} for name in ("syncFrequency", "fileCheckFrequency", "runtimeRequestTimeout", "httpCheckFrequency")),
    *({name: "0s"} for name in ("syncFrequency", "fileCheckFrequency", "runtimeRequestTimeout")),
    *({"readOnlyPort": one} for one in (10250, 0)),
    {"registerWithTaints": [{"key": "a"}]},
    {"clusterDNS": ["x"]},
)
"""What each is configured with beside the lab's settings."""


def starts(_: str) -> tuple[Json, ...]:
    """What is tried with a kubelet: the same with that of each version."""
    return CASES


def record(version: str) -> list[Json]:
    """What became of each with a version's kubelet; builds it where it is not built. Needs root."""
    return player.record("tests.lab.late", version)


def tried(case: Json, version: str, program: Path, setting: running.Setting) -> Json:
    """What became of one of these."""
    player.furnish_root(setting)
    ended, said = player.started(version, program, setting, case, json.dumps(case))
    return {"version": version, "config": case, "ended": ended, "said": player.words(said) if ended else ""}


if __name__ == "__main__":
    player.main("tests.lab.late", __doc__ or "")
