"""Where distributions have the kubelet of a node, its runtime, its manifests and its configuration: one entry for each.

Read in their sources and pages: k3s pkg/agent and pkg/daemons, rke2 pkg/executor, k0s pkg/component/worker, microk8s' snap, KubeEdge's
componentconfig, Canonical's k8s-snap, MicroShift, the configuration of OpenShift's machines, Talos' and Bottlerocket's pages; and seen
on nodes of kubeadm, k3s, rke2 and k0s as far as their mechanics go. Cloud machines (EKS, GKE, AKS), kOps and kind have upstream's
kubelet.service, with the configuration elsewhere: what that unit names is read, so they need no entry of their own.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

CONTAINERD_SOCKET, CRIO_SOCKET = "/run/containerd/containerd.sock", "/run/crio/crio.sock"


class OwnContainerd(msgspec.Struct, frozen=True, gc=False):
    """The containerd that ends with a distribution's unit, and how that starts it. path: where its shims and runc are, for PATH.

    data: its data directory, if nobody told it another one.
    """

    program: str
    configuration: str
    root: str
    state: str
    path: str
    data: str


class Distribution(msgspec.Struct, frozen=True, gc=False):
    """One of them, or what is as kubeadm's.

    name is how people call it; units: of a server, and of an agent, without ``.service``. vendor: how the suffix of its versions
    begins, empty where they are upstream's. label: what its Nodes have. programs: in which the kubelet is or whose child it is.
    socket: the runtime's. directory: the kubelet's own; None where it is not known. manifests: the directory of static pods that it
    gives its kubelet; unread: why it cannot be told. configuration: files and directories that say how the kubelet is started;
    own_form: in a form that plan does not read.
    kubeconfig: with which it reaches the cluster, as far as its own node goes. marks: one of these is on a node of it. inside: the
    kubelet is a part of the unit's program, or its child. containerd: the one that ends with that unit, None where it does not.
    tells_version: which kubelet it is can be asked of the program.
    endpoint: how its kubelet is given the runtime's socket {}.
    """

    name: str
    units: tuple[str, str] = ("kubelet", "kubelet")
    vendor: str = ""
    label: str = ""
    programs: tuple[str, ...] = ()
    socket: str = CONTAINERD_SOCKET
    directory: str | None = "/var/lib/kubelet"
    manifests: str | None = None
    unread: str = ""
    configuration: tuple[str, ...] = ()
    kubeconfig: str | None = None
    marks: tuple[str, ...] = ()
    inside: bool = False
    containerd: OwnContainerd | None = None
    own_form: bool = False
    tells_version: bool = True
    endpoint: str = "--container-runtime-endpoint={} among the kubelet's flags"

    @property
    def services(self) -> tuple[str, ...]:
        """Its units by their whole names, each once."""
        return tuple(dict.fromkeys(f"{unit}.service" for unit in self.units))


_RANCHER = "/var/lib/rancher"
_RANCHER_SOCKET = "/run/k3s/containerd/containerd.sock"
_RANCHER_ENDPOINT = 'kubelet-arg: ["container-runtime-endpoint={{}}"] in /etc/rancher/{0}/config.yaml, never the option of {0} of that name'
_SNAP = "/var/snap/microk8s"
PLAIN = Distribution(
    "kubeadm or the like",
    manifests="/etc/kubernetes/manifests",
    configuration=("/var/lib/kubelet/config.yaml", "/etc/kubernetes/kubelet-config.yaml"),
    kubeconfig="/etc/kubernetes/kubelet.conf",
)
"""kubeadm, Kubespray, kOps, kind, minikube and the machines of clouds."""
DISTRIBUTIONS = (
    Distribution(
        "k3s",
        ("k3s", "k3s-agent"),
        vendor="k3s",
        programs=("k3s", "k3s-server", "k3s-agent"),
        socket=_RANCHER_SOCKET,
        manifests=f"{_RANCHER}/k3s/agent/pod-manifests",
        configuration=("/etc/rancher/k3s/config.yaml", "/etc/rancher/k3s/config.yaml.d"),
        kubeconfig=f"{_RANCHER}/k3s/agent/kubelet.kubeconfig",
        marks=("/etc/rancher/k3s", f"{_RANCHER}/k3s/agent"),
        inside=True,
        containerd=OwnContainerd(
            f"{_RANCHER}/k3s/data/current/bin/containerd",
            f"{_RANCHER}/k3s/agent/etc/containerd/config.toml",
            f"{_RANCHER}/k3s/agent/containerd",
            "/run/k3s/containerd",
            f"{_RANCHER}/k3s/data/current/bin:{_RANCHER}/k3s/data/current/bin/aux",
            f"{_RANCHER}/k3s",
        ),
        endpoint=_RANCHER_ENDPOINT.format("k3s"),
    ),
    Distribution(
        "rke2",
        ("rke2-server", "rke2-agent"),
        vendor="rke2",
        programs=("rke2",),
        socket=_RANCHER_SOCKET,
        manifests=f"{_RANCHER}/rke2/agent/pod-manifests",
        configuration=("/etc/rancher/rke2/config.yaml", "/etc/rancher/rke2/config.yaml.d"),
        kubeconfig=f"{_RANCHER}/rke2/agent/kubelet.kubeconfig",
        marks=("/etc/rancher/rke2", f"{_RANCHER}/rke2/agent"),
        inside=True,
        containerd=OwnContainerd(
            f"{_RANCHER}/rke2/bin/containerd",
            f"{_RANCHER}/rke2/agent/etc/containerd/config.toml",
            f"{_RANCHER}/rke2/agent/containerd",
            "/run/k3s/containerd",
            f"{_RANCHER}/rke2/bin",
            f"{_RANCHER}/rke2",
        ),
        endpoint=_RANCHER_ENDPOINT.format("rke2"),
    ),
    Distribution(
        "k0s",
        ("k0scontroller", "k0sworker"),
        vendor="k0s",
        programs=("k0s",),
        socket="/run/k0s/containerd.sock",
        directory="/var/lib/k0s/kubelet",
        unread="its kubelet takes static pods from a URL of k0s: give all of its manifests with --static-pods",
        configuration=("/etc/k0s/k0s.yaml",),
        kubeconfig="/var/lib/k0s/kubelet.conf",
        marks=("/var/lib/k0s",),
        inside=True,
        containerd=OwnContainerd(
            "/var/lib/k0s/bin/containerd",
            "/etc/k0s/containerd.toml",
            "/var/lib/k0s/containerd",
            "/run/k0s/containerd",
            "/var/lib/k0s/bin",
            "/var/lib/k0s",
        ),
        endpoint='--kubelet-extra-args="--container-runtime-endpoint={}" of "k0s worker", or a worker profile; never its --cri-socket',
    ),
    Distribution(
        "microk8s",
        ("snap.microk8s.daemon-kubelite", "snap.microk8s.daemon-kubelite"),
        label="microk8s.io/cluster",
        programs=("kubelite",),
        socket=f"{_SNAP}/common/run/containerd.sock",
        directory=f"{_SNAP}/common/var/lib/kubelet",
        configuration=(f"{_SNAP}/current/args/kubelet",),
        kubeconfig=f"{_SNAP}/current/credentials/kubelet.config",
        marks=(f"{_SNAP}/current/args",),
        inside=True,
        tells_version=False,
        endpoint=f"--container-runtime-endpoint={{}} in {_SNAP}/current/args/kubelet",
    ),
    Distribution(
        "Canonical Kubernetes",
        ("snap.k8s.kubelet", "snap.k8s.kubelet"),
        configuration=("/var/snap/k8s/common/args/kubelet",),
        marks=("/var/snap/k8s/common/args",),
        endpoint="--container-runtime-endpoint={} in /var/snap/k8s/common/args/kubelet",
    ),
    Distribution(
        "KubeEdge",
        ("edgecore", "edgecore"),
        vendor="kubeedge",
        programs=("edgecore",),
        directory=None,
        manifests="/etc/kubeedge/manifests",
        configuration=("/etc/kubeedge/config/edgecore.yaml",),
        marks=("/etc/kubeedge/config",),
        inside=True,
        tells_version=False,
        endpoint="modules.edged.tailoredKubeletConfig.containerRuntimeEndpoint: {} in /etc/kubeedge/config/edgecore.yaml",
    ),
    Distribution(
        "MicroShift",
        ("microshift", "microshift"),
        programs=("microshift",),
        socket=CRIO_SOCKET,
        configuration=("/etc/microshift/config.yaml",),
        own_form=True,
        marks=("/etc/microshift", "/var/lib/microshift"),
        inside=True,
        tells_version=False,
        endpoint="kubelet: {{containerRuntimeEndpoint: {}}} in /etc/microshift/config.yaml",
    ),
    Distribution(
        "OpenShift",
        socket=CRIO_SOCKET,
        manifests="/etc/kubernetes/manifests",
        configuration=("/etc/kubernetes/kubelet.conf",),
        marks=("/etc/machine-config-daemon",),
    ),
)
"""Those that are not as kubeadm's."""


def services() -> tuple[str, ...]:
    """Every service that starts a kubelet, upstream's first."""
    return tuple(dict.fromkeys(unit for one in (PLAIN, *DISTRIBUTIONS) for unit in one.services))


def manifest_directories() -> Iterator[str]:
    """Where distributions have the manifests of static pods, each once."""
    yield from dict.fromkeys(one.manifests for one in (PLAIN, *DISTRIBUTIONS) if one.manifests is not None)
