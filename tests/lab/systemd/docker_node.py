"""A node of dockershim times: docker.service and docker.socket as Debian's package has them, and a kubelet whose runtime docker is.

live-restore is off at first. All is real but the runtime's oom_score_adj (see ``tests.lab.dockershim``): systemd, containerd with its shims,
dockerd, the kubelets with their dockershims.
"""

import json
import time
from pathlib import Path
from typing import Any

from tests.lab import dockershim
from tests.lab.containerd.image import archive
from tests.lab.running import ADDRESS, NODE
from tests.lab.systemd import inside, units
from tests.lab.systemd.node import PROGRAM, SETTLED, Json, Node, Said
from tests.lab.systemd.playing import JOURNALS

OLD, NEW = "1.20.15", "1.22.17"
COPIES = 6
"""Of the pod one of whose containers the newer kubelet hashes otherwise."""
PLAN, PODS, ROOT, SETTINGS = "/run/lab/plan.json", "/run/lab/pods.json", "/var/lib/docker", "/etc/docker/daemon.json"
_RUNC, _BROKEN = "/run/lab/runc-lab", "/run/lab/broken"
PACKAGED = Path("/lib/systemd/system")
_CONTAINERS = 14
"""Of all pods, sandboxes and init containers left out, at least so many run."""
_DAEMON: Json = {
    "storage-driver": "vfs",
    "bridge": "none",
    "iptables": False,
    "ip-forward": False,
    "exec-opts": ["native.cgroupdriver=cgroupfs"],
    "runtimes": {"lab": {"path": _RUNC}},
    "default-runtime": "lab",
}
_GUARD = f"[Service]\nExecStartPre=/usr/bin/test ! -e {_BROKEN}\n"
"""So that a start of dockerd can be made to fail without any file of its unit being changed."""


class DockerNode(Node):
    """The node, once docker is installed there."""

    def __init__(self, plain: Node) -> None:
        super().__init__(plain.first, plain.at, plain.crictl)

    def install(self, *, small: bool = False) -> None:
        """docker and the kubelet's flags in the place of the containerd that the kubelet spoke to. small: little room for what dockerd keeps, and for journals."""
        self.ask("systemctl", "stop", "kubelet")
        self.run(str(self.crictl), "--runtime-endpoint", f"unix://{units.CONTAINERD}", "rmp", "-fa")
        self.write(_RUNC, dockershim._RUNTIME.format(python="/usr/bin/python3"))
        self.ask("chmod", "755", _RUNC)
        self.write(SETTINGS, json.dumps(_DAEMON, indent=2) + "\n")
        for name in ("docker.service", "docker.socket"):
            self.write(f"{units.AT}/{name}", (PACKAGED / name).read_text())
        self.write(f"{units.AT}/docker.service.d/90-guard.conf", _GUARD)
        if small:
            for place, size, mode in ((ROOT, "400m", "710"), (JOURNALS, "4m", "700")):
                self.ask("sh", "-c", f"mkdir -m 700 -p {place} && mount -t tmpfs -o size={size},mode={mode} lab {place}")
        self.ask("systemctl", "daemon-reload")
        self.ask("systemctl", "start", "docker.socket", "docker.service")
        layer = self.at / "layer.tar"
        layer.write_bytes(dockershim._layer(archive()))
        self.ask("docker", "import", "--change", 'ENTRYPOINT ["/sleeper"]', str(layer), dockershim.IMAGE)
        for number in range(2, COPIES + 1):
            text = (dockershim.MANIFESTS / "grace.yaml").read_text().replace("name: grace", f"name: grace-{number}")
            self.write(inside.MANIFESTS / f"grace-{number}.yaml", text.replace("000000000702", f"0000000007{number + 10}"))
        flags = (
            f"--pod-infra-container-image={dockershim.IMAGE}",
            "--network-plugin=",
            f"--hostname-override={NODE}",
            f"--node-ip={ADDRESS}",
        )
        self.write(inside.ENVIRONMENT, f"KUBELET_EXTRA_ARGS={' '.join(flags)} --v=2\n")

    def upgradecheck(self, *words: str) -> Said:
        """A command of ours, which may start dockerd and wait for it."""
        return self.run(str(PROGRAM), *words, at_most=300)

    def starts(self, version: str | None = None) -> None:
        """The kubelet starts, as another version if one is named, and does what it will do."""
        if version is not None:
            self.put(version)
        self.ask("systemctl", "start", "kubelet")
        assert self.up(90) is not None, self.run("journalctl", "-u", "kubelet", "--no-pager", "-n", "40").out
        time.sleep(SETTLED)

    def begins(self) -> None:
        """The old kubelet makes its pods."""
        self.starts()
        until = time.monotonic() + 120
        while len(self.running()) < _CONTAINERS and time.monotonic() < until:
            time.sleep(3)
        time.sleep(15)

    def running(self) -> dict[str, Json]:
        """By ID the containers of the kubelet that run, sandboxes too: process, start tick, pod, name and hash."""
        told: list[Any] = json.loads(self.ask("sh", "-c", "docker inspect $(docker ps -q --no-trunc)"))
        ticks = self.ticks(*(one["State"]["Pid"] for one in told))
        return {one["Id"]: _shown(one, ticks) for one in told if "io.kubernetes.pod.name" in one["Config"]["Labels"]}

    def ticks(self, *pids: int) -> dict[int, int]:
        """By process when it started; what is gone is left out, and what only waits to be reaped."""
        lines = self.run("sh", "-c", "cat " + " ".join(f"/proc/{pid}/stat" for pid in pids)).out.splitlines()
        rows = ((int(line.split(" ", 1)[0]), line.rpartition(") ")[2].split()) for line in lines)
        return {pid: int(row[19]) for pid, row in rows if row[0] not in "ZX"}

    def gone(self, before: dict[str, Json]) -> list[str]:
        """What ran before and runs no more, as the kernel tells it: dockerd need not run."""
        ticks = self.ticks(*(one["pid"] for one in before.values()))
        return sorted(f"{one['pod']}/{one['name']}" for one in before.values() if ticks.get(one["pid"]) != one["started"])

    def planned(self, into: Path) -> tuple[Said, Json]:
        """A plan with overrides, made on the node beside the running kubelet; what was said, and the plan."""
        self.write(PODS, self.ask("curl", "-s", "http://127.0.0.1:10255/pods"))
        words = ("plan", "--to", NEW, "--node", NODE, "-f", PODS, "--docker", "auto", "--static-pods", str(inside.MANIFESTS))
        said = self.upgradecheck(*words, "--override", "-o", f"json={PLAN}")
        plan = json.loads(self.read(PLAN))
        into.mkdir(parents=True, exist_ok=True)
        (into / "plan.json").write_text(json.dumps(plan))
        return said, plan

    def of_docker(self) -> Json:
        """What there is to know of its units and settings."""
        return {
            "docker.service": self.unit("docker.service", "ActiveState"),
            "docker.socket": self.unit("docker.socket", "ActiveState"),
            "containerd starts again": int(self.unit("containerd", "NRestarts")),
            "live-restore": json.loads(self.read(SETTINGS)).get("live-restore"),
        }

    def versions(self) -> dict[str, str]:
        """Of what is real."""
        engine = self.ask("docker", "version", "--format", "{{.Server.Version}}")
        return {**super().versions(), "docker": engine}


def _shown(told: Json, ticks: dict[int, int]) -> Json:
    labels, pid = told["Config"]["Labels"], told["State"]["Pid"]
    return {
        "pid": pid,
        "started": ticks.get(pid, 0),
        "pod": labels["io.kubernetes.pod.name"].removesuffix(f"-{NODE}"),
        "name": labels.get("io.kubernetes.container.name", ""),
        "hash": labels.get("annotation.io.kubernetes.container.hash", ""),
    }


def told(said: Said) -> Json:
    """A command's end, as it is kept."""
    return {"code": said.code, "out": said.out.splitlines(), "err": said.err.splitlines()}
