"""Nodes as distributions have them: one unit that has containerd and the kubelet (k3s, rke2, k0s), or two of snapd's (microk8s).

The distributions are imitated by a few lines that do to both what theirs do (k3s pkg/agent/containerd, rke2 pkg/podexecutor and its unit, k0s
pkg/supervisor, microk8s' wrappers): what the processes are called, whose children they are, in which cgroup, how they end, where their files
lie. systemd, containerd and the kubelets are real.
"""

import sys
from typing import NamedTuple

from tests.lab.systemd import inside, units

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_UNIT = """\
[Service]
Type=simple
KillMode=process
Delegate=yes
LimitNOFILE=1048576
TasksMax=infinity
TimeoutStartSec=0
Restart=always
RestartSec=5s
ExecStart={start}
"""
_ENDS_BOTH = """\
ExecStopPost=-/bin/sh -c "systemd-cgls /system.slice/{unit}.service | grep -Eo '[0-9]+ (containerd|kubelet)' | awk '{{print $1}}' | xargs -r kill"
"""
_ONE = """\
#!{python}
import ctypes, json, os, shlex, signal, socket, subprocess, sys, time
if sys.argv[-1] != "titled":
    there = dict(os.environ, PYTHONHOME=sys.base_prefix)  # it is found by the title otherwise
    os.execve(sys.executable, ["{title}", os.path.abspath(__file__), *sys.argv[1:], "titled"], there)
del os.environ["PYTHONHOME"]
tied = {tied}
def begun():
    ctypes.CDLL(None).prctl(1, 9) if tied else os.setpgid(0, 0)
here = dict(os.environ, PATH="{bin}:" + os.environ["PATH"])
containerd = subprocess.Popen({containerd}, executable="{bin}/containerd", preexec_fn=begun, env=here)
while socket.socket(socket.AF_UNIX).connect_ex("{socket}"):  # one that was killed has left its socket there
    time.sleep(0.1)
told = open("{environment}").read().partition("=")[2].replace("{usual}", "{socket}")
own = ["--config={config}", "--root-dir={directory}", "--cert-dir={directory}/pki"]
more = [one.partition("=")[2] for one in sys.argv if one.startswith("--kubelet-extra-args=")]
if os.path.exists("{yaml}"):
    more += ["--" + one for one in json.loads(open("{yaml}").read().partition("kubelet-arg:")[2])]
kubelet = subprocess.Popen([{kubelet!r}, *own, *shlex.split(told), *more], executable="{binary}", preexec_fn=begun)
if not tied:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
try:
    sys.exit(kubelet.wait() or containerd.wait())
finally:
    for one in (() if tied else (kubelet, containerd)):
        one.terminate()
        one.wait()
"""


class Imitated(NamedTuple):
    """A distribution: its units with what systemd starts, the one to stop, and where its containerd is.

    bin: where containerd and its shims are; links: names that lead there. alone: its containerd ends with its kubelet. called: what we call it,
    where that is not its name here.
    """

    unit: str
    socket: str
    bin: str
    config: str
    files: dict[str, str]
    services: dict[str, str]
    links: dict[str, str] = {}  # noqa: RUF012 - never changed
    alone: bool = True
    called: str = ""


def _one_unit(unit: str, program: str, at: str, programs: str, config: str, socket: str, state: str, **how: str) -> Imitated:
    """A distribution whose program starts both. how: title, the kubelet's name, its directory, and whether they are tied to it."""
    places = ["-a", socket, "--state", state, "--root", f"{at}/containerd"]
    script = _ONE.format(
        python=sys.executable,
        title=how["title"],
        tied=how.get("tied", "True"),
        bin=programs,
        containerd=[how.get("containerd", f"{programs}/containerd"), "-c", config, *places],
        socket=socket,
        usual=units.CONTAINERD,
        environment=inside.ENVIRONMENT,
        config=inside.CONFIG,
        directory=how.get("directory", "/var/lib/kubelet"),
        kubelet=how.get("kubelet", "kubelet"),
        yaml=how.get("yaml", "/nonexistent"),
        binary=inside.BINARY,
    )
    text = _UNIT.format(start=f"{program} {how['words']}") + (_ENDS_BOTH.format(unit=unit) if how.get("ends") else "")
    return Imitated(unit, socket, programs, config, {program: script}, {unit: text})


_RANCHER, _K3S_SOCKET = "/var/lib/rancher", "/run/k3s/containerd/containerd.sock"
_RKE2_DATA = f"{_RANCHER}/rke2/data/v1.30.14-rke2r1-0123456789ab/bin"
_SNAP, _REVISION = "/var/snap/microk8s", "/var/lib/snapd/snap/microk8s/7040"
_SNAP_SOCKET = f"{_SNAP}/common/run/containerd.sock"


def _microk8s() -> Imitated:
    words = f"--config {_SNAP}/current/args/containerd.toml --root {_SNAP}/common/var/lib/containerd --state {_SNAP}/common/run/containerd"
    kubelite = (
        f"[ -e {_SNAP}/current/args/kubelet ] || sed -e 's/^[^=]*=//' -e 's#{units.CONTAINERD}#{_SNAP_SOCKET}#' {inside.ENVIRONMENT} > {_SNAP}/current/args/kubelet\n"
        f"cp {inside.BINARY} {_REVISION}/kubelite\n"
        f"exec {_REVISION}/kubelite --config={inside.CONFIG} --root-dir={_SNAP}/common/var/lib/kubelet"
        f" --cert-dir={_SNAP}/common/var/lib/kubelet/pki $(cat {_SNAP}/current/args/kubelet)\n"
    )
    files = {
        f"{_REVISION}/run-containerd-with-args": f"#!/bin/sh\nexport PATH={_REVISION}/bin:{_PATH}\n"
        f"exec {_REVISION}/bin/containerd {words} --address {_SNAP_SOCKET}\n",
        f"{_REVISION}/run-kubelite-with-args": f"#!/bin/sh\n{kubelite}",
    }
    daemons = {
        f"snap.microk8s.daemon-{name}": _UNIT.format(start=f"{_REVISION}/run-{name}-with-args") for name in ("containerd", "kubelite")
    }
    kubelite_unit = "snap.microk8s.daemon-kubelite"
    daemons[kubelite_unit] = daemons[kubelite_unit].replace("KillMode=process\n", "")
    return Imitated(kubelite_unit, _SNAP_SOCKET, f"{_REVISION}/bin", f"{_SNAP}/current/args/containerd.toml", files, daemons, alone=False)


_K8S = "/var/lib/snapd/snap/k8s/3291"


def _canonical() -> Imitated:
    """Canonical Kubernetes in classic confinement (k8s-snap: snapcraft.yaml, k8s/wrappers): containerd where packages have it, a kubelet beside."""
    at = "/var/snap/k8s/common/args"
    kubelet = (
        f"#!/bin/sh\n[ -e {at}/kubelet ] || {{ echo --config={inside.CONFIG}; echo --root-dir=/var/lib/kubelet; echo --cert-dir=/var/lib/kubelet/pki;"
        f" sed -e 's/^[^=]*=//' {inside.ENVIRONMENT} | tr ' ' '\\n'; }} > {at}/kubelet\n"
        f"cp {inside.BINARY} {_K8S}/bin/kubelet\nexec {_K8S}/bin/kubelet $(cat {at}/kubelet)\n"
    )
    containerd = f"#!/bin/sh\nexport PATH={_K8S}/bin:{_PATH}\nexec {_K8S}/bin/containerd --address {units.CONTAINERD}\n"
    files = {f"{_K8S}/k8s/wrappers/services/{name}": text for name, text in (("containerd", containerd), ("kubelet", kubelet))}
    daemons = {f"snap.k8s.{name}": _UNIT.format(start=f"{_K8S}/k8s/wrappers/services/{name}") for name in ("containerd", "kubelet")}
    daemons["snap.k8s.containerd"] = daemons["snap.k8s.containerd"].replace("Type=simple", "Type=notify\nNotifyAccess=all")
    daemons["snap.k8s.kubelet"] = daemons["snap.k8s.kubelet"].replace("KillMode=process\n", "")
    files[f"{at}/containerd"] = f"--address={units.CONTAINERD}\n"
    return Imitated(
        "snap.k8s.kubelet",
        units.CONTAINERD,
        f"{_K8S}/bin",
        "/etc/containerd/config.toml",
        files,
        daemons,
        alone=False,
        called="Canonical Kubernetes",
    )


IMITATED = {
    "canonical": _canonical(),
    "k3s": _one_unit(
        "k3s",
        "/usr/local/bin/k3s",
        f"{_RANCHER}/k3s/agent",
        f"{_RANCHER}/k3s/data/current/bin",
        f"{_RANCHER}/k3s/agent/etc/containerd/config.toml",
        _K3S_SOCKET,
        "/run/k3s/containerd",
        title="/usr/local/bin/k3s server",
        words="server",
        yaml="/etc/rancher/k3s/config.yaml",
    ),
    "rke2": _one_unit(
        "rke2-agent",
        "/usr/local/bin/rke2",
        f"{_RANCHER}/rke2/agent",
        _RKE2_DATA,
        f"{_RANCHER}/rke2/agent/etc/containerd/config.toml",
        _K3S_SOCKET,
        "/run/k3s/containerd",
        title="/usr/local/bin/rke2 agent",
        words="agent",
        containerd="containerd",
        ends="both",
        yaml="/etc/rancher/rke2/config.yaml",
    )._replace(links={f"{_RANCHER}/rke2/bin": _RKE2_DATA}),
    "k0s": _one_unit(
        "k0sworker",
        "/usr/local/bin/k0s",
        "/var/lib/k0s",
        "/var/lib/k0s/bin",
        "/etc/k0s/containerd.toml",
        "/run/k0s/containerd.sock",
        "/run/k0s/containerd",
        title="/usr/local/bin/k0s",
        words="worker",
        tied="False",
        kubelet="/var/lib/k0s/bin/kubelet",
        directory="/var/lib/k0s/kubelet",
    ),
    "microk8s": _microk8s(),
}
"""By the name of the distribution; k0s' supervisor ends both itself, the others' children end with their parent."""
