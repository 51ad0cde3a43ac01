"""A kubelet of the lab: static pods from a folder, our endpoint as runtime, and an API server where a kubeconfig is given.

Settings go through a KubeletConfiguration, which 1.10 … 1.37 all read; the few flags left exist in all of them, but for
`--container-runtime`, which up to 1.23 must say that there is no dockershim and is gone in 1.27. Disks and memory may be full (no eviction),
and cgroups are not touched (`cgroupsPerQOS: false`) unless a root for them is given.
"""

import contextlib
import json
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.lab.kubelets import parts

NODE = "node-1"
LABELS = {"lab.example/pool": "old"}
"""What the node is labelled with beside a kubelet's own labels, until an accident changes it."""

ADDRESS = "192.168.0.10"
LAST_WITH_CONTAINER_RUNTIME_FLAG = 26
FIRST_TO_FAIL_ON_CGROUP_V1 = 35
VIEW = "http://127.0.0.1:10255/pods"


@dataclass(frozen=True, slots=True)
class Setting:
    """What a kubelet is started with beside its version: the node it is to be, and the folder `at` for its state."""

    endpoint: Path
    manifests: Path
    at: Path
    kubeconfig: Path | None = None
    labels: Mapping[str, str] = field(default_factory=lambda: dict(LABELS))
    reserved_cpu: str | None = None
    cgroup_root: str | None = None


def configuration(version: str, setting: Setting) -> dict[str, Any]:
    """The KubeletConfiguration, as JSON, which YAML includes."""
    settings: dict[str, Any] = {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "staticPodPath": str(setting.manifests),
        "address": "127.0.0.1",
        "readOnlyPort": 10255,
        "authentication": {"anonymous": {"enabled": True}, "webhook": {"enabled": False}},
        "authorization": {"mode": "AlwaysAllow"},
        "cgroupsPerQOS": setting.cgroup_root is not None,
        "enforceNodeAllocatable": [],
        "failSwapOn": False,
        "evictionHard": {"memory.available": "1Mi"},
        "imageGCHighThresholdPercent": 100,
        "imageGCLowThresholdPercent": 99,
        "makeIPTablesUtilChains": False,
        "maxPods": 250,
        "kubeAPIQPS": 200,
        "kubeAPIBurst": 400,
        "syncFrequency": "10s",
        "fileCheckFrequency": "5s",
        "volumePluginDir": str(setting.at / "plugins"),
    }
    if parts(version)[0] >= FIRST_TO_FAIL_ON_CGROUP_V1:
        settings["failCgroupV1"] = False
    if setting.reserved_cpu is not None:
        settings["systemReserved"] = {"cpu": setting.reserved_cpu}
    if setting.cgroup_root is not None:
        settings |= {"cgroupRoot": setting.cgroup_root, "cgroupDriver": "cgroupfs"}
    return settings


def command(version: str, program: Path, setting: Setting) -> list[str]:
    """The command line of this version's kubelet; its configuration is in `setting.at`."""
    flags = [
        f"--config={setting.at / 'kubelet.json'}",
        f"--root-dir={setting.at / 'root'}",
        f"--cert-dir={setting.at / 'pki'}",
        f"--container-runtime-endpoint=unix://{setting.endpoint}",
        f"--node-labels={','.join('='.join(label) for label in sorted(setting.labels.items()))}",
        f"--hostname-override={NODE}",
        f"--node-ip={ADDRESS}",
        "--v=2",
    ]
    if parts(version)[0] <= LAST_WITH_CONTAINER_RUNTIME_FLAG:
        flags.append("--container-runtime=remote")
    if setting.kubeconfig is not None:
        flags.append(f"--kubeconfig={setting.kubeconfig}")
    return [str(program), *flags]


@dataclass(frozen=True, slots=True)
class Kubelet:
    """A running kubelet and where it writes."""

    version: str
    process: subprocess.Popen[bytes]
    log: Path

    def pods(self) -> dict[str, Any]:
        """Its `/pods`: every pod as this version decoded and defaulted it, with its status."""
        with urllib.request.urlopen(VIEW, timeout=10) as answer:
            found: dict[str, Any] = json.load(answer)
        return found

    def wait_until_up(self, at_most: float = 90) -> None:
        """Returns when it answers. Raises RuntimeError with the end of its log."""
        until = time.monotonic() + at_most
        while self.process.poll() is None and time.monotonic() < until:
            with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
                self.pods()
                return
            time.sleep(0.5)
        said = "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])
        raise RuntimeError(f"kubelet {self.version} did not come up (exit code {self.process.poll()}); its last words:\n{said}")


@contextlib.contextmanager
def started(version: str, program: Path, setting: Setting) -> Iterator[Kubelet]:
    """This version's kubelet over the state in the folder `setting.at`; up when given, stopped at the end."""
    (setting.at / "kubelet.json").write_text(json.dumps(configuration(version, setting), indent=1))
    log = setting.at / f"kubelet-{version}-{time.monotonic_ns()}.log"
    with log.open("wb") as out, subprocess.Popen(command(version, program, setting), stdout=out, stderr=out) as process:
        try:
            kubelet = Kubelet(version, process, log)
            kubelet.wait_until_up()
            yield kubelet
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
