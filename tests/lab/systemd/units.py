"""The units of the node: as few as systemd can do with, and containerd, etcd, kube-apiserver and kubelet as packages have them.

containerd's is as Debian's (Type=notify, KillMode=process, Restart=always), the kubelet's as kubeadm's (no order after containerd).
"""

from collections.abc import Mapping
from pathlib import Path

CONTAINERD, PROXY = "/run/containerd/containerd.sock", "/run/upgradecheck/cri.sock"
AT = Path("/etc/systemd/system")
_BARE = ("final", "local-fs", "network", "network-online", "rescue", "shutdown", "umount")
_TARGETS = {
    **dict.fromkeys(_BARE, ""),
    "sysinit": "Conflicts=shutdown.target\n",
    "sockets": "",
    "basic": "Requires=sysinit.target\nAfter=sysinit.target sockets.target\nWants=sockets.target\n",
}
_WANTED = "Requires=basic.target\nAfter=basic.target\nWants=systemd-journald.service containerd.service {wants}\n"
_SOCKET = """\
[Unit]
DefaultDependencies=no
Before=sockets.target
IgnoreOnIsolate=yes
[Socket]
{listens}
PassCredentials=yes
Service=systemd-journald.service
SocketMode=0666
Timestamping=us
"""
_JOURNAL = """\
[Unit]
DefaultDependencies=no
Requires=systemd-journald.socket
Before=sysinit.target
IgnoreOnIsolate=yes
[Service]
ExecStart=/lib/systemd/systemd-journald
Restart=always
RestartSec=0
RuntimeDirectory=systemd/journal
RuntimeDirectoryPreserve=yes
Sockets=systemd-journald.socket systemd-journald-dev-log.socket
StandardOutput=null
Type=notify
"""
_CONTAINERD = """\
[Unit]
After=network.target local-fs.target
[Service]
Environment=PATH=/opt/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
ExecStart={containerd}
Type=notify
Delegate=yes
KillMode=process
Restart=always
RestartSec=5
LimitNOFILE=1048576
TasksMax=infinity
"""
_ETCD = """\
[Service]
Type=notify
ExecStart={etcd} --data-dir=/var/lib/etcd --listen-client-urls=http://127.0.0.1:2379 --advertise-client-urls=http://127.0.0.1:2379 \
--listen-peer-urls=http://127.0.0.1:2380 --initial-advertise-peer-urls=http://127.0.0.1:2380 --initial-cluster=default=http://127.0.0.1:2380
StandardOutput=null
StandardError=null
"""
_SERVER = """\
[Unit]
After=etcd.service
Requires=etcd.service
[Service]
ExecStart={server} --etcd-servers=http://127.0.0.1:2379 --cert-dir=/var/lib/apiserver-pki --bind-address=127.0.0.1 \
--advertise-address=127.0.0.1 --secure-port=6443 --token-auth-file=/etc/kubernetes/tokens.csv --authorization-mode=Node,RBAC \
--anonymous-auth=false --allow-privileged=true --disable-admission-plugins=ServiceAccount --enable-admission-plugins=NodeRestriction \
--service-cluster-ip-range=10.96.0.0/16 --endpoint-reconciler-type=none --service-account-issuer=https://lab.example \
--service-account-key-file=/etc/kubernetes/accounts.key --service-account-signing-key-file=/etc/kubernetes/accounts.key \
--feature-gates=AuthorizeNodeWithSelectors=true,AuthorizeWithSelectors=true
StandardOutput=append:/var/log/kube-apiserver.log
StandardError=append:/var/log/kube-apiserver.log
"""
_KUBELET = """\
[Unit]
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0
[Service]
EnvironmentFile=-/etc/default/kubelet
ExecStart=/opt/bin/kubelet --config=/etc/kubernetes/kubelet-config.json --root-dir=/var/lib/kubelet --cert-dir=/var/lib/kubelet/pki \
$KUBELET_EXTRA_ARGS
Restart=always
RestartSec={again}
"""


def written(programs: Mapping[str, Path | str], *, wants: tuple[str, ...] = ()) -> None:
    """Writes them all; wants are what is started beside containerd at boot."""
    AT.mkdir(parents=True, exist_ok=True)
    for name, more in _TARGETS.items():
        _target(name, f"DefaultDependencies=no\n{more}")
    _target("multi-user", _WANTED.format(wants=" ".join(f"{one}.service" for one in wants)))
    listens = {
        "": "ListenDatagram=/run/systemd/journal/socket\nListenStream=/run/systemd/journal/stdout",
        "-dev-log": "ListenDatagram=/run/systemd/journal/dev-log\nSymlinks=/dev/log",
    }
    (AT / "sockets.target.wants").mkdir()
    for suffix, what in listens.items():
        name = f"systemd-journald{suffix}.socket"
        (AT / name).write_text(_SOCKET.format(listens=what))
        (AT / "sockets.target.wants" / name).symlink_to(f"../{name}")
    texts = {"systemd-journald": _JOURNAL, "containerd": _CONTAINERD, "etcd": _ETCD, "kube-apiserver": _SERVER, "kubelet": _KUBELET}
    for name, text in texts.items():
        (AT / f"{name}.service").write_text(text.format(**programs, again=3))


def drop_in(name: str, text: str, unit: str = "kubelet") -> None:
    """A drop-in of a unit; systemd is to be told."""
    folder = AT / f"{unit}.service.d"
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text)


def _target(name: str, text: str) -> None:
    (AT / f"{name}.target").write_text(f"[Unit]\nDescription={name}\n{text}")
