"""What a source tells beside the pods, which is small, in one record: a new kind of fact is a field of it, and nothing on the way."""

from __future__ import annotations

import msgspec

from upgradecheck.model.budget import Budget
from upgradecheck.model.config import KubeletConfig
from upgradecheck.model.plan import ClusterRead, Missing
from upgradecheck.model.pod import ContainerRecord, NodeFacts, Origin, SandboxRecord
from upgradecheck.model.version import ReportedVersion


class Facts(msgspec.Struct, frozen=True, gc=False):
    """A source fills what it has; what it does not show is empty, or None.

    names: the inputs, as the user named them. cluster: which one was read, and when; None where files were. containers and sandboxes: the
    runtime's records. configs: kubelets' configurations. server: the API server's version, such as ``v1.31.0``; None where there is none
    to ask, or it does not say. missing: what should have been there and was not; notices: what else is to be said of the reading.
    """

    names: tuple[str, ...] = ()
    cluster: ClusterRead | None = None
    nodes: tuple[NodeFacts, ...] = ()
    containers: tuple[ContainerRecord, ...] = ()
    sandboxes: tuple[SandboxRecord, ...] = ()
    configs: tuple[tuple[KubeletConfig, Origin], ...] = ()
    budgets: tuple[Budget, ...] = ()
    server: ReportedVersion | None = None
    missing: tuple[Missing, ...] = ()
    notices: tuple[str, ...] = ()
