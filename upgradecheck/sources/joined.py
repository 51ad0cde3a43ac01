"""Source: the live cluster, and beside it files with what no API server shows: runtimes' records, what kubelets say, configurations.

Of objects that both have the cluster's count, which are of now. A pod of a file as an API server had it is left out: the cluster gives it,
or it is gone. The kubelet's own view of a pod is another one of the same pod, and stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.packed import containers_of, sandboxes_of
from upgradecheck.model.pod import View
from upgradecheck.model.snapshot import Facts
from upgradecheck.model.wording import count
from upgradecheck.reading.pod import ReadPod
from upgradecheck.sources import Source, Telling


class WithFiles:
    """A cluster, and files beside it."""

    def __init__(self, cluster: Telling, files: Source) -> None:
        self._cluster, self._files = cluster, files
        self._left_out = 0

    def facts(self) -> Facts:
        """Of both, as far as they are known before the pods are read."""
        return joined(self._cluster.facts(), self._files.facts())

    def pods(self) -> Iterator[ReadPod]:
        """The cluster's, then the kubelets' views of the files."""
        yield from self._cluster.pods()
        self._left_out = 0
        for pod in self._files.pods():
            if _is_kubelets(pod):
                yield pod
            else:
                self._left_out += 1

    def beforehand(self) -> None:
        """No: the server would list them twice."""

    def all_facts(self) -> Facts:
        """Of both, and how many pods of the files were left out."""
        found = joined(self._cluster.all_facts(), self._files.all_facts())
        if not self._left_out:
            return found
        left_out = count(self._left_out, "pod")
        told = f"{left_out} of files left out: the cluster is read, and of them only a kubelet's own view (/pods) tells more."
        return replace(found, notices=(*found.notices, told))

    def events(self) -> Iterator[bytes]:
        """The cluster's."""
        return self._cluster.events()

    def close(self) -> None:
        """Ends both."""
        self._files.close()
        self._cluster.close()


def _is_kubelets(pod: ReadPod) -> bool:
    """Whether it is a kubelet's view; what cannot be read is left for whoever reads it, and told there."""
    try:
        return pod.view.view is View.KUBELET
    except SpecRefused:
        return True


def joined(cluster: Facts, files: Facts) -> Facts:
    """The facts of both; of Nodes and budgets that both have the cluster's."""
    nodes = {one.name for one in cluster.nodes}
    budgets = {(one.namespace, one.name) for one in cluster.budgets}
    apart: dict[str, Any] = {
        "cluster": cluster.cluster,
        "nodes": (*cluster.nodes, *(one for one in files.nodes if one.name not in nodes)),
        "budgets": (*cluster.budgets, *(one for one in files.budgets if (one.namespace, one.name) not in budgets)),
        "server": cluster.server or files.server,
        "containers": containers_of((cluster.containers, files.containers)),
        "sandboxes": sandboxes_of((cluster.sandboxes, files.sandboxes)),
        "collected": {**files.collected, **cluster.collected},
        "listed_again": {**files.listed_again, **cluster.listed_again},
    }
    names = (name for name in Facts.__struct_fields__ if name not in apart)
    lists: dict[str, Any] = {name: (*getattr(cluster, name), *getattr(files, name)) for name in names}
    return Facts(**lists, **apart)
