"""What the pods of a plan are judged by: all that is known before the first of them is read."""

from __future__ import annotations

import msgspec

from upgradecheck.model.catalog import SchemaCatalog
from upgradecheck.model.ignores import Ignores
from upgradecheck.model.manifests import Manifests
from upgradecheck.model.plan import Scope
from upgradecheck.model.pod import NodeFacts
from upgradecheck.model.snapshot import Facts
from upgradecheck.model.waves import WaveRules
from upgradecheck.planning.asking.here import Here, live_node
from upgradecheck.planning.asking.scope import Filter
from upgradecheck.planning.asking.steps import Steps
from upgradecheck.planning.evidence.histories import NO_HISTORIES, Histories
from upgradecheck.planning.evidence.in_force import NOTHING_IN_FORCE, InForce
from upgradecheck.planning.seeing.records import Records


class Setting(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What was asked, and what is small and read first.

    scope: what the report says that was looked at; chosen: which pods are in it. nodes: those of the plan, with the steps that they make.
    records: the runtime's, as kubelets see them. manifests: of static pods, None where nobody names any. here: this machine, None where its
    runtime is not asked. override: what overrides can hold is asked too. ignores: None where no ignore file was given.
    owner_label: the label that tells whose a pod is.
    waves: what is asked of them.
    """

    scope: Scope
    chosen: Filter
    nodes: tuple[NodeFacts, ...]
    steps: Steps
    records: Records
    catalog: SchemaCatalog
    facts: Facts = Facts()
    histories: Histories = NO_HISTORIES
    in_force: InForce = NOTHING_IN_FORCE
    manifests: Manifests | None = None
    here: Here | None = None
    override: bool = False
    ignores: Ignores | None = None
    owner_label: str | None = None
    waves: WaveRules = WaveRules()

    @property
    def live_node(self) -> str | None:
        """The node whose runtime is asked now."""
        return live_node(self.here, self.scope.nodes)

    def only_node(self, named: frozenset[str]) -> str | None:
        """The node that evidence belongs to which names none: the one that the user or a Node object names, or the only one of all pods.

        Where nothing names any, it is this machine, if its own kubelet or runtime is read. named: the nodes that anything names.
        """
        if self.chosen.only_node is not None:
            return self.chosen.only_node
        if len(named) == 1:
            return next(iter(named))
        return self.here.node if not named and self.here is not None else None
