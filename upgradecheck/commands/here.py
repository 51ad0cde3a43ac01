"""What --cri and --docker bring into a plan: the records of this machine's runtime, and what its kubelet tells of itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from upgradecheck.model.errors import InputError
from upgradecheck.model.here import LocalKubelet
from upgradecheck.model.override import Rewrite
from upgradecheck.model.pod import NodeFacts
from upgradecheck.planning.asking.here import Here, live_node, place
from upgradecheck.planning.evidence.in_force import NOTHING_IN_FORCE, InForce, overrides_shown

if TYPE_CHECKING:
    from upgradecheck.sources import Source
    from upgradecheck.sources.node import WithNode


class AskedNode(msgspec.Struct, frozen=True):
    """A node that was asked: its kubelet, the source with its records, and what a proxy of ours shows in place of their hashes, by ID."""

    kubelet: LocalKubelet
    told: WithNode
    shown: Mapping[str, Rewrite] = {}

    def here(self, nodes: Sequence[NodeFacts], requested: Sequence[str], *, manifests: bool) -> Here:
        """This machine among the nodes of the plan; requested: those of --node; manifests: the user named static pods.

        Where neither tells a node, pods that are all of one do.
        """
        only = None if nodes or requested else self.told.only_node()
        here = place(
            self.kubelet, nodes, requested if only is None else (only,), configured=bool(self.told.facts().configs), manifests=manifests
        )
        live = self.told.live
        return replace(
            here,
            listed=live.listed,
            set_aside=self.told.set_aside,
            runtime=live.runtime,
            over_cri=live.over_cri,
            asked=live.name,
            in_swarm=live.in_swarm,
            notices=(*((live.why,) if live.why else ()), *here.notices),
        )


def asked_in_force(asked: AskedNode | None, node: str | None) -> InForce:
    """What a proxy of ours before the runtime that was asked shows. node: whose."""
    if asked is None or not asked.shown:
        return NOTHING_IN_FORCE
    shown = overrides_shown(asked.shown, asked.told.live.containers, node)
    return InForce(shown=shown, asked=frozenset(shown))


def require_no_proxy(asked: AskedNode | None) -> None:
    """That what was asked shows what the records hold: overrides are made of that, and a proxy of ours shows the hashes of its map.

    Raises:
        InputError: it is such a proxy.
    """
    from upgradecheck.machine.runtime import Host
    from upgradecheck.override.hold.standing_proxy import proxy_of

    path = "" if asked is None else asked.told.live.place.removeprefix("unix://")
    try:
        found = proxy_of(Host().listener(path).command_line, path) if path else None
    except OSError:  # gone meanwhile, or docker's
        return
    if found is not None:
        raise InputError(
            f'{path}: is the socket of "upgradecheck override proxy", which shows the hashes of its map and not those of the records, of'
            f" which overrides are made. Give --cri unix://{found.upstream} --override-in-force {found.map_file} instead."
        )


def ask_node(source: Source, cri: str | None, docker: str | None, requested: Sequence[str] = ()) -> AskedNode | None:
    """Asks the runtime at a socket, and this machine for its kubelet; None where neither socket is named.

    ``--cri auto`` is the socket that the kubelet was told, where one runs here that was told any: another runtime's records are not its.
    Else it is the runtime that lists pods that run. requested: the nodes that --node names. Behind a proxy of ours it is asked, too.

    Raises:
        InputError: the runtime does not answer.
        UsageError: no path of a socket.
    """
    if cri is None and docker is None:
        return None
    from upgradecheck.commands.behind_proxy import behind_proxy
    from upgradecheck.machine.local_kubelet import local_kubelet
    from upgradecheck.machine.node import Machine
    from upgradecheck.sources.node import WithNode, read_auto, read_docker, read_node
    from upgradecheck.transport.cri import AUTO

    kubelet = local_kubelet()
    if cri is None:
        return AskedNode(kubelet, WithNode(source, read_docker(docker or "")))
    if cri != AUTO or kubelet.endpoint:
        live = read_node(kubelet.endpoint if cri == AUTO and kubelet.endpoint else cri)
    else:
        live = read_auto(_told_runtime(kubelet, source.facts().nodes, requested))
    behind = behind_proxy(live, kubelet.endpoint or "", Machine())
    return AskedNode(kubelet, WithNode(source, behind.records), behind.shown)


def _told_runtime(kubelet: LocalKubelet, nodes: Sequence[NodeFacts], requested: Sequence[str]) -> str | None:
    """The runtime that this machine's Node object names; None if there is none, or it names none."""
    node = live_node(place(kubelet, nodes, requested, configured=False, manifests=False), requested)
    return next((one.runtime for one in nodes if one.name == node), None)
