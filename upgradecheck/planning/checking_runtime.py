"""Whether the runtime that was asked is the one of the node's kubelet. Another one's answer is empty, and proves nothing.

A node may have several: docker's containerd beside that of k3s, one of an earlier installation. Each answers, and lists no pod of this
kubelet's; taken for its own, sandboxes that are gone and hashes that are recorded would count as not seen.
"""

from __future__ import annotations

from upgradecheck.model.errors import InputError
from upgradecheck.model.pod import RunState
from upgradecheck.model.wording import count
from upgradecheck.planning.asking.asked import is_another_kind
from upgradecheck.planning.asking.here import Here
from upgradecheck.planning.seeing.views import Seen
from upgradecheck.planning.setting import Setting

_FINISHED = ("Failed", "Succeeded")


def check_asked(setting: Setting, seen: Seen) -> None:
    """Refuses the answer of a runtime that cannot be the kubelet's.

    Raises:
        InputError: the Node object names another kind, or none of the node's pods that run is listed.
    """
    here, node = setting.here, setting.live_node
    if here is None or node is None:
        return
    told = next((one.runtime for one in setting.nodes if one.name == node), None)
    if is_another_kind(told, here.runtime):
        raise InputError(
            f"{_where(here)} answers as {here.runtime}, and the Node object of {node} names {told}: this is not the runtime of its "
            "kubelet. Name that with --cri SOCKET or --docker SOCKET, or take the Node object again."
        )
    running = _running(seen, node)
    if running and here.listed.isdisjoint(running):
        raise InputError(
            f"{_where(here)} answers as {here.runtime}, and lists none of the {count(len(running), 'pod')} that run on {node}: this is not "
            "the runtime of its kubelet. Name that with --cri SOCKET or --docker SOCKET."
        )


def _where(here: Here) -> str:
    return f"--{here.asked}"


def _running(seen: Seen, node: str) -> frozenset[str]:
    """The pods, by UID, of which a status says that something runs there."""
    joined = (one for one in seen.pods.joined() if (one.spec.view.node or one.status.node or seen.only_node) == node)
    return frozenset(
        one.status.uid
        for one in joined
        if one.status.phase == "Running"
        or (one.status.phase not in _FINISHED and any(entry.state is RunState.RUNNING for entry in one.status.statuses))
    )
