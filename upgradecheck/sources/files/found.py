"""What one file holds, until it was read to its end: what a plan is made of, and what shows what is missing of one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from upgradecheck.decode.kube.objects import Named
from upgradecheck.decode.kube.shapes import Recognition
from upgradecheck.decode.text.streamed import Document
from upgradecheck.model.arguments import KubeletArguments
from upgradecheck.model.bundle import Bundle
from upgradecheck.model.claims import BoundVolume
from upgradecheck.model.keyed import Keyed
from upgradecheck.model.pod import NodeFacts, Origin, SandboxRecord
from upgradecheck.model.statefiles import StateFile
from upgradecheck.model.version import ReportedVersion
from upgradecheck.sources.files.aside import Holds
from upgradecheck.sources.files.records import Record
from upgradecheck.sources.files.templates import PodName, Workload

if TYPE_CHECKING:
    from upgradecheck.decode.kubelet.config import Settings
    from upgradecheck.decode.runtime.docker import Foreign


class Found(msgspec.Struct):
    """All of it.

    refused: its documents that cannot be used; uids: those of its records' pods. live: by namespace, the names of running pods, without
    their ends. makers: what may make pods, in words, with its namespace.
    """

    nodes: list[NodeFacts] = msgspec.field(default_factory=list)
    objects: list[tuple[str, Named]] = msgspec.field(default_factory=list)
    configs: list[tuple[Settings, Origin]] = msgspec.field(default_factory=list)
    providers: list[tuple[bytes, Origin]] = msgspec.field(default_factory=list)
    servers: list[ReportedVersion] = msgspec.field(default_factory=list)
    state_files: list[StateFile] = msgspec.field(default_factory=list)
    arguments: list[KubeletArguments] = msgspec.field(default_factory=list)
    volumes: list[BoundVolume] = msgspec.field(default_factory=list)
    keyed: list[Keyed] = msgspec.field(default_factory=list)
    unfilled: bool = False
    records: list[Record] = msgspec.field(default_factory=list)
    foreign: list[Foreign] = msgspec.field(default_factory=list)
    templates: list[Workload] = msgspec.field(default_factory=list)
    live: dict[str, set[str]] = msgspec.field(default_factory=dict)
    at_rest: list[PodName] = msgspec.field(default_factory=list)
    others: list[Recognition] = msgspec.field(default_factory=list)
    makers: list[tuple[str, str]] = msgspec.field(default_factory=list)
    refused: list[tuple[Document, Origin, str]] = msgspec.field(default_factory=list)
    bundles: list[Bundle] = msgspec.field(default_factory=list)
    pods: int = 0

    @property
    def beside(self) -> bool:
        """Whether it holds objects that are read beside others, of which no plan is made."""
        return bool(self.keyed or self.volumes)

    @property
    def used(self) -> bool:
        """Whether there is anything in it that a plan is made of, or that shows what is missing of one."""
        kubelets = self.configs or self.providers or self.state_files or self.arguments
        took = (
            self.pods
            or self.templates
            or self.nodes
            or self.objects
            or kubelets
            or self.servers
            or self.records
            or self.foreign
            or self.bundles
        )
        return bool(took) or any(one.makes or one.lost for one in self.others)

    @property
    def running(self) -> Iterator[PodName]:
        """The running pods in it, those of a workload once or twice."""
        return ((namespace, f"{name}-") for namespace, names in self.live.items() for name in names)

    @property
    def uids(self) -> frozenset[str]:
        bundled = (one.pod_uid for bundle in self.bundles for one in bundle.sandboxes)
        return frozenset(one.pod_uid for one in self.records if one.pod_uid).union(bundled)

    @property
    def holds_no_kubelets(self) -> bool:
        """Whether it lists containers of a runtime, none of them a kubelet's; of podman's and nerdctl's nobody can tell."""
        foreign = bool(self.foreign) and all(one.not_the_kubelets for one in self.foreign)
        return (foreign or bool(self.records)) and not self.uids

    @property
    def holds(self) -> Holds:
        """What it may hold beside: no records where all that could be read of it are pods and other objects, no sandboxes where all
        records that could be are containers.
        """
        records = bool(self.records) or not (self.pods or self.nodes or self.templates or self.objects)
        sandboxes = records and (not self.records or any(isinstance(one, SandboxRecord) for one in self.records))
        return Holds(self.uids, records, sandboxes)
