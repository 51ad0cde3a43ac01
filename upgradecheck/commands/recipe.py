"""``doctor --recipe``: whom the commands are for is asked of the cluster, where one answers."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from upgradecheck.catalog import Catalog
from upgradecheck.commands.doctor import nodes_of
from upgradecheck.reporting.recipe import Cluster, Recipe, script
from upgradecheck.transport.errors import ClusterError
from upgradecheck.transport.kube import KubeApi

if TYPE_CHECKING:
    from upgradecheck.commands.doctor import DoctorRequest


def recipe_of(request: DoctorRequest) -> str:
    """The commands for the cluster at hand, or for any where none answers, which the user is told."""
    target = request.target
    told = (("--kubeconfig", target.kubeconfig), ("--context", target.context))
    options = tuple(word for option, value in told if value is not None for word in (option, value))
    return script(Recipe(Catalog().minors()[-1], options, request.namespaces, _cluster(request)))


def _cluster(request: DoctorRequest) -> Cluster | None:
    with closing(KubeApi(request.target, request.limits)) as api:
        try:
            nodes = sorted(nodes_of(api), key=lambda node: node.name)
        except ClusterError as error:
            request.target.tell(f"{error}\nThese commands are for any cluster.")
            return None
        return Cluster(api.context, api.host, tuple(nodes))
