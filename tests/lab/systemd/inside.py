"""The node from inside, before systemd: mounts of its own, so that nothing of the machine's is written to, files, and then systemd.

Started by ``node.started`` in namespaces of its own, as their first process; systemd takes its place, and ends with it whatever it started.
"""

import argparse
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from tests.lab import running
from tests.lab.apiserver import TOKEN, kubeconfig
from tests.lab.containerd import builds
from tests.lab.containerd.image import IMAGE
from tests.lab.kubelets import parts
from tests.lab.systemd import units

NODE_TOKEN, NODE_USER = "node-token", f"system:node:{running.NODE}"
MANIFESTS, LATER, STATE = Path("/etc/kubernetes/manifests"), Path("/run/lab/later"), Path("/var/lib/upgradecheck")
CONFIG, ENVIRONMENT, BINARY = Path("/etc/kubernetes/kubelet-config.json"), Path("/etc/default/kubelet"), Path("/opt/bin/kubelet")
_OWN, _EMPTY = ("/run", "/var", "/opt"), ("kubernetes", "systemd/system", "containerd", "default", "upgradecheck", "rancher")
"""What is empty on the node: places, and folders of its copy of /etc."""
_DEVICES = {"null": (1, 3), "zero": (1, 5), "full": (1, 7), "random": (1, 8), "urandom": (1, 9), "tty": (5, 0), "kmsg": (1, 3)}
"""kmsg is another null: nothing is written into the machine's log."""
_CONTROLLERS = ("cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids")
_CONTAINERD = f"""\
version = 2
disabled_plugins = ["io.containerd.internal.v1.opt", {", ".join(f'"io.containerd.snapshotter.v1.{one}"' for one in ("aufs", "btrfs", "devmapper", "zfs"))}]
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{IMAGE}"
  stream_server_address = "127.0.0.1"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "native"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/opt/cni/bin"
    conf_dir = "/etc/cni/net.d"
"""
_CONTAINERD_2 = f"""\
version = 3
disabled_plugins = ["io.containerd.internal.v1.opt", {", ".join(f'"io.containerd.snapshotter.v1.{one}"' for one in ("aufs", "btrfs", "devmapper", "zfs"))}]
[plugins."io.containerd.cri.v1.images"]
  snapshotter = "native"
  [plugins."io.containerd.cri.v1.images".pinned_images]
    sandbox = "{IMAGE}"
[plugins."io.containerd.cri.v1.runtime"]
  restrict_oom_score_adj = true
  [plugins."io.containerd.cri.v1.runtime".cni]
    bin_dirs = ["/opt/cni/bin"]
    conf_dir = "/etc/cni/net.d"
[plugins."io.containerd.grpc.v1.cri"]
  stream_server_address = "127.0.0.1"
"""
_SYSTEMD = {
    "container": "lab",
    "LANG": "C.UTF-8",
    "PATH": "/opt/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "SYSTEMD_UNIT_PATH": str(units.AT),
    "SYSTEMD_GENERATOR_PATH": "/nonexistent",
    "SYSTEMD_ENVIRONMENT_GENERATOR_PATH": "/nonexistent",
    "SYSTEMD_LOG_TARGET": "journal-or-kmsg",
}


def main() -> None:
    """Makes the node ready and becomes systemd."""
    asked = argparse.ArgumentParser()
    for name in ("containerd", "etcd", "server", "kubelet", "manifests"):
        asked.add_argument(f"--{name}", type=Path)
    asked.add_argument("--api", action="store_true")
    asked.add_argument("--version", help="the kubelet's")
    given = asked.parse_args()
    _mounts()
    _kubernetes(given, api=given.api)
    wants = ("etcd", "kube-apiserver", "kubelet") if given.api else ("kubelet",)
    units.written({"containerd": given.containerd, "etcd": given.etcd or "/bin/false", "server": given.server or "/bin/false"}, wants=wants)
    systemd = ["/lib/systemd/systemd", "--system", "--unit=multi-user.target", "--show-status=0"]
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)
    os.execve(systemd[0], systemd, _SYSTEMD)


def _mounts() -> None:
    _run("ip", "link", "set", "lo", "up")
    _run("ip", "address", "add", f"{running.ADDRESS}/32", "dev", "lo")
    _run("ip", "route", "add", "local", "10.244.0.0/16", "dev", "lo")
    for place in _OWN:
        _run("mount", "-t", "tmpfs", "lab", place)
    for name in ("lib", "log", "tmp", "cache"):
        Path("/var", name).mkdir()
    Path("/var/run").symlink_to("/run")
    _programs(Path("/usr/local/bin"))
    etc = Path("/run/lab/etc")
    etc.mkdir(parents=True)
    _run("cp", "-a", "/etc/.", str(etc))
    for folder in (etc / one for one in _EMPTY):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    _run("mount", "--bind", str(etc), "/etc")
    _devices(Path("/run/dev"))
    _cgroups(Path("/sys/fs/cgroup"))


def _programs(at: Path) -> None:
    """A folder where distributions put their programs: what is there, and room for more, which is the node's alone."""
    before, own = Path("/run/lab/before"), Path("/run/lab/programs")
    for folder in (before, own):
        folder.mkdir(parents=True)
    _run("mount", "--bind", str(at), str(before))
    for one in before.iterdir():
        (own / one.name).symlink_to(one)
    _run("mount", "--bind", str(own), str(at))


def _devices(at: Path) -> None:
    at.mkdir()
    _run("mount", "-t", "tmpfs", "-o", "mode=755", "lab", str(at))
    for name, (major, minor) in _DEVICES.items():
        os.mknod(at / name, 0o020666, os.makedev(major, minor))
        (at / name).chmod(0o666)
    for name in ("pts", "shm", "mqueue"):
        (at / name).mkdir()
    _run("mount", "-t", "devpts", "-o", "newinstance,ptmxmode=666,mode=620", "devpts", str(at / "pts"))
    _run("mount", "-t", "tmpfs", "lab", str(at / "shm"))
    for link, target in (("ptmx", "pts/ptmx"), ("fd", "/proc/self/fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2")):
        (at / link).symlink_to(target)
    _run("mount", "--rbind", str(at), "/dev")


def _cgroups(at: Path) -> None:
    """Mounted anew, they show the node's own part of each tree as the whole."""
    for _ in range(2):
        subprocess.run(["umount", "-R", "-l", str(at)], check=False, capture_output=True)
    _run("mount", "-t", "tmpfs", "-o", "mode=755", "lab", str(at))
    for name in _CONTROLLERS:
        (at / name).mkdir()
        _run("mount", "-t", "cgroup", "-o", name, "cgroup", str(at / name))
    (at / "systemd").mkdir()
    _run("mount", "-t", "cgroup", "-o", "none,name=systemd", "cgroup", str(at / "systemd"))
    (at / "unified").mkdir()
    _run("mount", "-t", "cgroup2", "cgroup2", str(at / "unified"))


def _kubernetes(given: argparse.Namespace, *, api: bool) -> None:
    Path("/etc/containerd/config.toml").write_text(_CONTAINERD if builds.major(str(given.containerd)) < 2 else _CONTAINERD_2)
    for folder in (BINARY.parent, MANIFESTS, LATER, Path("/var/lib/kubelet/plugins-exec"), Path("/run/systemd")):
        folder.mkdir(parents=True, exist_ok=True)
    STATE.mkdir(mode=0o700)
    shutil.copy2(given.kubelet, BINARY)
    if given.containerd.parent != Path("/usr/bin"):
        for name in builds.PROGRAMS:
            (BINARY.parent / name).symlink_to(given.containerd.parent / name)
    for path in sorted(given.manifests.iterdir()):
        shutil.copy(path, (LATER if api and path.name in ("web.yaml", "database.yaml", "edited.yaml") else MANIFESTS) / path.name)
    CONFIG.write_text(json.dumps(_configuration()))
    flags = [
        f"--container-runtime-endpoint=unix://{units.CONTAINERD}",
        f"--hostname-override={running.NODE}",
        f"--node-ip={running.ADDRESS}",
        "--v=2",
    ]
    if parts(given.version)[0] <= running.LAST_WITH_CONTAINER_RUNTIME_FLAG:
        flags.append("--container-runtime=remote")
    if api:
        kubeconfig(Path("/etc/kubernetes/admin.conf"))
        kubeconfig(Path("/etc/kubernetes/kubelet.conf"), token=NODE_TOKEN).chmod(0o600)
        accounts = f'{TOKEN},lab,lab,"system:masters"\n{NODE_TOKEN},{NODE_USER},{running.NODE},"system:nodes"\n'
        Path("/etc/kubernetes/tokens.csv").write_text(accounts)
        _run("openssl", "genrsa", "-out", "/etc/kubernetes/accounts.key", "2048")
        flags.append("--kubeconfig=/etc/kubernetes/kubelet.conf")
    ENVIRONMENT.write_text(f"KUBELET_EXTRA_ARGS={' '.join(flags)}\n")


def _configuration() -> dict[str, Any]:
    setting = running.Setting(endpoint=Path(units.CONTAINERD), manifests=MANIFESTS, at=Path("/run/lab"), cgroup_root="/")
    found = running.configuration("1.30.14", setting)
    return {**found, "volumePluginDir": "/var/lib/kubelet/plugins-exec"}


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)


if __name__ == "__main__":
    main()
