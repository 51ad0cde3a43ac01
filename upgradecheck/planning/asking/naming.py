"""Whether the new kubelets come up under the names of their nodes.

A kubelet takes its node's name of ``--hostname-override``, trimmed and in lower case; the Node object whose name that is, it registers and
keeps, and it lists the pods whose spec.nodeName that is. Under another name than that of the node on which pods run it knows none of them:
it ends what it finds running (HandlePodCleanups), and makes its static pods anew, whose names and UIDs contain the node's name. Where the
running kubelet got the flag, too, something gave it the node's name nevertheless; so the flag was written since, or a cloud provider in the
kubelet (up to 1.28) gives the name, or the Node object is an old one. Nobody knows which: of the pods of the node nothing can be said.

A flag in a file that is of no node in particular, and that is another node's name, is that node's.

Mirrors GetHostname (pkg/util/node, cmd/kubelet/app/server.go), getNodeName there, and HandlePodCleanups in pkg/kubelet/kubelet_pods.go.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from msgspec.structs import replace

from upgradecheck.decode.kubelet.flags import last
from upgradecheck.model.arguments import KubeletArguments
from upgradecheck.model.reasons import Reason
from upgradecheck.model.starting import StartTrouble, TroubleKind
from upgradecheck.planning.asking.bynode import ByNode
from upgradecheck.planning.asking.starting import placed, stopped_at
from upgradecheck.planning.asking.steps import Steps
from upgradecheck.planning.seeing.placing import node_in_name

FLAG = "--hostname-override"
_NAMING_CLOUDS = frozenset({"aws", "openstack", "vsphere"})
"""Providers in kubelets that give the node a name of their own (CurrentNodeName)."""


def with_names(steps: Steps, arguments: Iterable[KubeletArguments], known: Collection[str]) -> Steps:
    """The steps, with the nodes whose new kubelets may come up under other names. known: all nodes that any source shows."""
    nodes = frozenset(steps.by_node)
    told = tuple(arguments)
    found = tuple(_misnamed(tuple(zip(told, placed(told, nodes), strict=True)), nodes, frozenset(known)))
    named = replace(steps, troubles=(*steps.troubles, *dict.fromkeys(found)))
    return stopped_at(named, [one.node for one in found], obstacle=Reason.OTHER_NODE_NAME)


def _misnamed(
    told: Sequence[tuple[KubeletArguments, KubeletArguments]], nodes: frozenset[str], known: frozenset[str]
) -> Iterator[StartTrouble]:
    """The nodes whose kubelets get another name. told: command lines as they were given, and with the nodes whose they are."""
    clouds = ByNode((whose.node, last(whose.words, "cloud-provider")) for _, whose in told)
    for one, whose in told:
        given = last(one.words, FLAG.removeprefix("--"))
        if not given or "$" in given or "`" in given or _names_itself(clouds, whose.node):
            continue
        name = given.strip().lower()
        sure = one.node is not None or node_in_name(one.place, nodes) is not None
        if name in known and not sure:
            continue
        on = nodes if whose.node is None else nodes & {whose.node}
        yield from (StartTrouble(TroubleKind.OTHER_NAME, FLAG, one.place_of(FLAG), node=node, value=name) for node in sorted(on - {name}))


def _names_itself(clouds: ByNode[str | None], node: str | None) -> bool:
    """Whether a cloud gives a node its name, whatever the flag says: as it does for the running kubelet."""
    return any(word in _NAMING_CLOUDS for word in clouds.of(node))
