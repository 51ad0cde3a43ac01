"""What real kubelets make of a configuration with drop-ins: ``python -m tests.lab.dropins VERSION… > tests/lab/recorded-drop-ins.json``.

Each file of --config has a number of pods that every kubelet refuses, so that none goes on: what it refuses beside that shows which settings
held. Where a value is parsed only after that, a kubelet has a kubeconfig that is not there, which is what it ends at next. It touches nothing.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.lab.kubelets import kubelet

VERSIONS = ("1.30.14", "1.31.0", "1.32.10", "1.34.1", "1.35.4")
Json = dict[str, Any]
KIND = {"apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration"}
_ALWAYS = {"maxPods": -1}
_VALIDATED = re.compile(r'ailed to validate kubelet configuration(?:, error: |" err=")(.*?)(?:, path: |" path=)')
_ENDED = re.compile(r"^(?:F[^\n]*?server\.go:[0-9]+\]|E[^\n]*?run\.go:[0-9]+\]) (.*)$", re.MULTILINE)
_NO_PODS = re.compile(r"invalid configuration: maxPods \(--max-pods\) -1 must not be a negative number", re.IGNORECASE)
_FOLDER = re.compile(r"/tmp/upgradecheck-drop-ins-[^/\" ]*")


@dataclass(frozen=True, slots=True)
class Case:
    """The file, the drop-ins in their order, and flags."""

    about: str
    file: Json
    drop_ins: tuple[Json, ...] = ()
    flags: tuple[str, ...] = ()
    later: bool = False


HIGH, LOW = {"imageGCHighThresholdPercent": 101}, {"imageGCHighThresholdPercent": 90}
NOTHING = {"imageGCHighThresholdPercent": None}
LOCKED, UNLOCKED, NONE_SUCH = (
    {"featureGates": gates} for gates in ({"PodSchedulingReadiness": False}, {"PodSchedulingReadiness": True}, {"NoSuchGate": True})
)
CASES = (
    Case("nothing is refused", {}),
    Case("a value that is refused", HIGH),
    Case("a drop-in mends it", HIGH, (LOW,)),
    Case("null over it", HIGH, (NOTHING,)),
    Case("a drop-in brings it", {}, (HIGH,)),
    Case("null over the drop-in that brings it", {}, (HIGH, NOTHING)),
    Case("null before the drop-in that brings it", {}, (NOTHING, HIGH)),
    Case("null over the drop-in that mends it", HIGH, (LOW, NOTHING)),
    Case("null over a default that another field needs", {"imageGCLowThresholdPercent": 84, **LOW}, (NOTHING,)),
    Case("null over what lets cgroup v1", {"failCgroupV1": False}, ({"failCgroupV1": None},)),
    Case("null over the drop-in that lets cgroup v1", {}, ({"failCgroupV1": False}, {"failCgroupV1": None})),
    Case("a drop-in lets cgroup v1", {}, ({"failCgroupV1": False},)),
    Case("null within a field", {"logging": {"flushFrequency": "5s", "format": "xml"}}, ({"logging": {"format": None}},)),
    Case("null over a field with others", {"logging": {"format": "xml"}}, ({"logging": None},)),
    Case("null over a list", {"enforceNodeAllocatable": ["x"]}, ({"enforceNodeAllocatable": None},)),
    Case("an empty list over a list", {"enforceNodeAllocatable": ["x"]}, ({"enforceNodeAllocatable": []},)),
    Case("a list over a list", {"enforceNodeAllocatable": ["x"]}, ({"enforceNodeAllocatable": ["pods"]},)),
    Case("null over a locked gate", LOCKED, ({"featureGates": {"PodSchedulingReadiness": None}},)),
    Case("null over all gates", LOCKED, ({"featureGates": None},)),
    Case("a drop-in mends a locked gate", LOCKED, (UNLOCKED,)),
    Case("a drop-in sets a locked gate", {}, (LOCKED,)),
    Case("a drop-in sets a locked gate, the next one mends it", {}, (LOCKED, UNLOCKED)),
    Case("a flag mends a locked gate", LOCKED, (), ("--feature-gates=PodSchedulingReadiness=true",)),
    Case("a flag over another kind of value", {"imageGCHighThresholdPercent": "x"}, (), ("--image-gc-high-threshold=90",)),
    Case("a flag over a value that is refused", HIGH, (), ("--image-gc-high-threshold=90",)),
    Case("two values of a flag that is a number", {}, (), ("--image-gc-high-threshold=101", "--image-gc-high-threshold=90")),
    Case("two values of a flag that is a list", {}, (), ("--enforce-node-allocatable=pods", "--enforce-node-allocatable=none")),
    Case("nothing after a value of a flag that is a list", {}, (), ("--enforce-node-allocatable=x", "--enforce-node-allocatable=")),
    Case("a flag that is a list over a list", {"enforceNodeAllocatable": ["x"]}, (), ("--enforce-node-allocatable=pods",)),
    Case("a gate that no kubelet has", NONE_SUCH),
    Case("null over a gate that no kubelet has", NONE_SUCH, ({"featureGates": {"NoSuchGate": None}},)),
    Case("null in a drop-in over no gate", {}, ({"featureGates": {"NoSuchGate": None}},)),
    Case("null over the drop-in's gate that no kubelet has", {}, (NONE_SUCH, {"featureGates": {"NoSuchGate": None}})),
    Case("another kind of value beneath", {"imageGCHighThresholdPercent": "x"}, (LOW,)),
    Case("another kind of value in a drop-in", {}, ({"imageGCHighThresholdPercent": "x"}, LOW)),
    Case("another kind of value in the last drop-in", {}, (LOW, {"imageGCHighThresholdPercent": "x"})),
)


ENDPOINTS = (
    "localhost:4317",
    "localhost",
    "10.0.0.1:4317",
    "[::1]:4317",
    "otel-collector.monitoring.svc:4317",
    "localhost:",
    "localhost:x",
    "localhost:99999",
    "localhost:-1",
    "localhost:4317/path",
    ":4317",
    "::bad",
    "::1",
    "a:b:c",
    "[::1",
    "local host:4317",
    "%zz",
    "a%20b:1",
    "?x",
    "#",
    "user:pw@host:1",
    "",
    "/",
    "http:localhost",
    "dns:localhost:4317",
    "dns:///localhost:4317",
    "dns:///localhost:",
    "dns:///",
    "dns://localhost:4317",
    "dns://8.8.8.8:53/localhost:4317",
    "dns://8.8.8.8:x/localhost",
    "unix:///run/otel.sock",
    "unix:/run/otel.sock",
    "unix://run/otel.sock",
    "unix:///",
    "unix-abstract:///otel",
    "unix-abstract://otel/x",
    "passthrough:///localhost:1",
    "DNS:///localhost:1",
)
TRACED = tuple(Case(f"tracing.endpoint {one!r}", {"tracing": {"endpoint": one}}, later=True) for one in ENDPOINTS)
HEADS = (
    Case("another first letter of the kind", {"kind": "kubeletConfiguration"}),
    Case("another kind", {"kind": "KubeProxyConfiguration"}),
    Case("no kind", {"kind": ""}),
    Case("another kind of a drop-in", {}, ({"kind": "kubeletConfiguration"},)),
    Case("another group", {"apiVersion": "kubelet.config.k8s.io"}),
    Case("another group of a drop-in", {}, ({"apiVersion": "kubelet.config.k8s.io"},)),
    Case("a flag without its value", {}, (), ("--max-pods",)),
)
IMAGES = (
    *("*", "a/*", "a", "a:1", "docker.io/library/a", "docker.io/a", "*/a", "a/*/b", "A/b", "a/", "http://a/b", "localhost:5000/a", "/*"),
    *("localhost/a", "registry.k8s.io/pause:3.9", "10.0.0.1/*", "a_b/c", "registry.example/a__b/c.d", "registry.example/a..b", "a.b/B", ""),
)
VERIFIED: Json = {
    "featureGates": {"KubeletEnsureSecretPulledImages": True},
    "imagePullCredentialsVerificationPolicy": "NeverVerifyAllowlistedImages",
}
LISTED = tuple(Case(f"images {one!r}", {**VERIFIED, "preloadedImagesVerificationAllowlist": ["b/*", one]}) for one in IMAGES)
FLAGS = (
    *("--hairpin-mode=", "--topology-manager-policy=", "--topology-manager-scope=", "--port=0", "--logging-format="),
    *("--cgroup-driver=", "--cpu-manager-policy=", "--memory-manager-policy=", "--resolv-conf=", "--v=2147483648", "--v=2147483647"),
    *("-h", "-h=false", "--help", "--help=false", "--version", "--version=raw", "--version=1", "--version=T", "--version=false"),
)
GIVEN = tuple(Case(f"flag {one}", {}, (), (one,), later=True) for one in FLAGS)
EMPTY = ("hairpinMode", "topologyManagerPolicy", "topologyManagerScope")
FILES: tuple[Json, ...] = (
    *({one: ""} for one in EMPTY),
    *({"logging": {"verbosity": one}} for one in (2**31 - 1, 2**31, 2**32 - 1)),
    *({"logging": {"vmodule": [{"filePattern": "a", "verbosity": one}]}} for one in (2**31 - 1, 2**31)),
    *({"logging": {"format": one}} for one in ("", "json")),
    {"port": 0},
)
WRITTEN = tuple(Case(f"file {json.dumps(one)}", one, later=True) for one in FILES)
ALL = (*CASES, *HEADS, *TRACED, *LISTED, *GIVEN, *WRITTEN)


def said(version: str, program: Path, case: Case) -> Json:
    """What a kubelet makes of one."""
    with tempfile.TemporaryDirectory(prefix="upgradecheck-drop-ins-") as made:
        folder = Path(made)
        (folder / "drop-ins").mkdir()
        (folder / "config.json").write_text(json.dumps({**KIND, **({} if case.later else _ALWAYS), **case.file}))
        for number, one in enumerate(case.drop_ins):
            (folder / f"drop-ins/{number}.conf").write_text(json.dumps({**KIND, **one}))
        words = [str(program), f"--config={folder / 'config.json'}", f"--config-dir={folder / 'drop-ins'}", *case.flags]
        words += (
            [f"--kubeconfig={folder / 'absent'}", f"--root-dir={folder / 'root'}", f"--cert-dir={folder / 'pki'}"] if case.later else []
        )
        try:
            done = subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)
        except subprocess.TimeoutExpired:
            return {"version": version, "about": case.about, "stops": False, "said": "it did not end in 30 s"}
    told = done.stdout + done.stderr
    found = _VALIDATED.search(told)
    why = _NO_PODS.sub("", found[1]).strip(" ,[]") if found else "" if "/absent" in told and "trac" not in told else _why(told)
    return {"version": version, "about": case.about, "stops": bool(why), "said": _FOLDER.sub("FOLDER", why)[:300]}


def _why(told: str) -> str:
    panics = [line for line in told.splitlines() if line.startswith("panic: ")]
    ended = _ENDED.search(told)
    return next(iter(panics), ended[1] if ended else told[-300:] or "it said nothing")


def main() -> None:
    """Prints what the kubelets of the versions named make of all cases."""
    found = [said(version, kubelet(version), case) for version in sys.argv[1:] or VERSIONS for case in ALL]
    sys.stdout.write("[\n" + ",\n".join(json.dumps(one, ensure_ascii=False) for one in found) + "\n]\n")


if __name__ == "__main__":
    main()
