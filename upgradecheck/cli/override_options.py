"""Options that the override commands on a node share."""

from __future__ import annotations

from typing import Annotated

from upgradecheck.cli.declaring import option
from upgradecheck.cli.texts import comma_lists

Socket = Annotated[str, option("--containerd", metavar="SOCKET", help="The socket of containerd.")]
StateDir = Annotated[
    str | None,
    option(
        "--state-dir",
        metavar="DIR",
        help="Where overrides keep their journals and audit log. [default: /var/lib/upgradecheck/override]",
    ),
]
ThisNode = Annotated[
    str | None,
    option("--node", metavar="NAME", help="This node's name in the plan. [default: the one whose containers run here, or the host's name]"),
]
SkipCheck = Annotated[
    tuple[str, ...],
    option(
        "--skip-check",
        metavar="CHECK,...",
        help="Go on although this does not hold or cannot be known: kubelet, kill-mode, config, live-restore. Repeatable.",
        read=comma_lists,
    ),
]
RestartRuntime = Annotated[
    bool,
    option(
        "--restart-runtime",
        help="Restart the runtime's unit (of docker: stop it before, start it after), and check that every container is as it was.",
        variable=False,
    ),
]
Alone = Annotated[
    bool,
    option(
        "--alone",
        help="On k3s, rke2 and k0s, once stopped: run their containerd meanwhile, without a kubelet, and stop it again.",
        variable=False,
    ),
]
DockerSocket = Annotated[
    str | None,
    option(
        "--docker",
        metavar="SOCKET|auto",
        help="On a node whose kubelet speaks to docker itself (dockershim): docker's labels instead of containerd's records.",
    ),
]
DockerRoot = Annotated[
    str | None,
    option(
        "--docker-root", metavar="DIR", help="Docker's data root, where dockerd is stopped and cannot be asked. [default: by daemon.json]"
    ),
]
Confirm = Annotated[
    str | None,
    option("--confirm", metavar="PLAN_HASH", help="Do it: the hash of the plan, as the dry run prints it.", variable=False),
]
StaticPodDir = Annotated[
    str | None,
    option("--static-pods", metavar="DIR", help="The kubelet's static pod directory, as the kubelet was told it. [default: it is asked]"),
]
KubeletPid = Annotated[int | None, option("--pid", metavar="PID", help="The kubelet's process, where several run.")]
SelectedPods = Annotated[
    tuple[str, ...], option("--pod", metavar="NAMESPACE/NAME", help="Only this static pod, by its name on the node. Repeatable.")
]
DEFAULT_SOCKET = "/run/containerd/containerd.sock"
