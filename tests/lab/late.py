"""Real kubelets and what ends them behind the validation of their configuration: ``python -m tests.lab.late VERSION… > FILE``.

Options of policies, amounts, durations and addresses (tests/lab/recorded-late.json). Inside namespaces of their own, as in starts.py; nothing
here hangs on the machine but that its cgroups are of version 1, as ours were.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.lab import endpoint as cri
from tests.lab import running, starts
from tests.lab.kubelets import kubelet
from tests.lab.node import furnish
from tests.lab.run import NAMESPACES, ROOT
from tests.lab.starts import Json

_STATIC = {"cpuManagerPolicy": "static", "reservedSystemCPUs": "0"}
_ALPHA = {"featureGates": {"CPUManagerPolicyAlphaOptions": True}}
_CLOSE, _MOST = "prefer-closest-numa-nodes", "max-allowable-numa-nodes"
_NEAR = {"topologyManagerPolicy": "best-effort"}
_QOS = {"featureGates": {"QOSReserved": True}}
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


def record(version: str) -> list[Json]:
    """What became of each with a version's kubelet; builds it where it is not built. Needs root."""
    program, endpoint = kubelet(version), cri.built()
    state = Path(tempfile.mkdtemp(prefix="upgradecheck-lab-"))
    try:
        command = [*NAMESPACES, sys.executable, "-m", "tests.lab.late", "--inside", str(state), str(endpoint), version, str(program)]
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=900, check=True)
        found: list[Json] = json.loads(done.stdout)
        return found
    finally:
        shutil.rmtree(state, ignore_errors=True)


def _inside(state: Path, endpoint: Path, version: str, program: Path) -> list[Json]:
    furnish()
    with cri.started(endpoint, state) as runtime:
        manifests = state / "manifests"
        manifests.mkdir()
        return [
            _tried(case, version, program, running.Setting(runtime.socket, manifests, state / str(number)))
            for number, case in enumerate(CASES)
        ]


def _tried(case: Json, version: str, program: Path, setting: running.Setting) -> Json:
    starts.furnish_root(setting)
    ended, said = starts.started(version, program, setting, case, json.dumps(case))
    return {"version": version, "config": case, "ended": ended, "said": starts.words(said) if ended else ""}


def main() -> None:
    """Prints what became of all cases with the versions named."""
    asked = argparse.ArgumentParser(prog="python -m tests.lab.late", description=(__doc__ or "").splitlines()[0])
    asked.add_argument("versions", nargs="*", metavar="VERSION")
    asked.add_argument("--inside", nargs=4, help=argparse.SUPPRESS)
    given = asked.parse_args()
    if given.inside:
        state, endpoint, version, program = given.inside
        found = _inside(Path(state), Path(endpoint), version, Path(program))
    else:
        found = [one for version in given.versions for one in record(version)]
    lines = ",\n".join(json.dumps(one, ensure_ascii=False) for one in found)
    sys.stdout.write(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
