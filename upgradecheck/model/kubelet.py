"""A kubelet as its decisions see it: a patch release of a minor, and the feature gates that are set on it.

An API server is one, too: it is of a release, with the gates and the v1 defaults that a kubelet of this release has.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import msgspec
from msgspec.structs import replace

from upgradecheck.model.admission import AdmissionFacts
from upgradecheck.model.decisions import DecisionFacts
from upgradecheck.model.facts import FeatureGate
from upgradecheck.model.manifests import ManifestFacts
from upgradecheck.model.schema import HashClass, Schema, StaticPodUID
from upgradecheck.model.servers import ApiServerFacts
from upgradecheck.model.statefiles import StateFacts
from upgradecheck.model.vendors import UPSTREAM, VendorBuild
from upgradecheck.model.version import KubeletVersion, Minor

_OF_STAGE = {"alpha": "AllAlpha", "beta": "AllBeta"}
_PAST_ALPHA = ("beta", "ga")
_AS_BY_DEFAULT: Mapping[str, bool] = MappingProxyType({})


class KubeletBuild(msgspec.Struct, frozen=True, gc=False):
    """One kubelet that a version can be: usually the only one. gates are those that somebody set, by name; vendor: who built it."""

    hash_class: HashClass
    patch: int
    feature_gates: Mapping[str, bool] = msgspec.field(default_factory=lambda: _AS_BY_DEFAULT)
    vendor: VendorBuild = UPSTREAM

    def __hash__(self) -> int:
        """Without feature_gates and vendor."""
        return hash((self.hash_class, self.patch))

    @property
    def schema(self) -> Schema:
        return self.hash_class.schema

    @property
    def minor(self) -> Minor:
        return self.hash_class.schema.minor

    @property
    def release(self) -> str:
        """``1.22.17``."""
        return f"{self.minor}.{self.patch}"

    @property
    def version(self) -> KubeletVersion:
        """Its release."""
        return KubeletVersion(f"v{self.release}", self.minor, self.patch)

    @property
    def decisions(self) -> DecisionFacts:
        return self.schema.decisions.at(self.patch)

    @property
    def admission(self) -> AdmissionFacts:
        return self.schema.admission.at(self.patch)

    @property
    def manifests(self) -> ManifestFacts:
        return self.schema.manifests.at(self.patch)

    @property
    def state_files(self) -> StateFacts:
        """The state files that it reads when it starts."""
        return self.schema.state_files.at(self.patch)

    @property
    def api_server(self) -> ApiServerFacts:
        """What an API server of its release does."""
        return self.schema.api_server.at(self.patch)

    @property
    def static_pod_uid(self) -> StaticPodUID:
        """How it makes the UID of a static pod; what a vendor puts into it is known of some builds."""
        rule, own = self.schema.static_pod_uid, self.vendor.uid_input
        return rule if own is None else replace(rule, input=own)

    def knows_feature_gate(self, name: str) -> bool:
        """Whether this release has the gate; a kubelet that is given another one does not start."""
        return self.comes_with(name) is None and (name in self.schema.feature_gates or name in self.schema.other_gates)

    def comes_with(self, name: str) -> str | None:
        """The patch of this minor that brought a gate, such as ``1.32.3``, where that is a later one than this."""
        known = self.gate(name)
        return f"{self.minor}.{known.since_patch}" if known is not None and known.since_patch > self.patch else None

    def gate(self, name: str) -> FeatureGate | None:
        """A gate as this patch has it, or as a later one brings it; None where the minor has none, or nobody read its default."""
        known = self.schema.feature_gates.get(name) or self.schema.other_gates.get(name)
        return known if known is None or not known.before else known.at(self.patch)

    def is_past_alpha(self, name: str) -> bool:
        """Whether a gate is beta or GA, however it is set, or was left on for good."""
        known = self.gate(name)
        return self.schema.gone_gates.get(name, False) if known is None else known.stage in _PAST_ALPHA

    def locked_to(self, name: str) -> bool | None:
        """The value of a gate that cannot be changed; None of any other."""
        known = self.gate(name)
        return known.default if known is not None and known.locked else None

    @property
    def sets_resize_policies(self) -> bool:
        """Whether it gives app containers a resizePolicy."""
        return self.manifests.resize_policy_default and self.feature_gate("InPlacePodVerticalScaling")

    @property
    def sets_on_reading(self) -> bool:
        """Whether it sets, as an API server, what others do not, in containers of pods that are stored already."""
        return self.manifests.proc_mount_default or self.sets_resize_policies

    def feature_gate(self, name: str) -> bool:
        """Whether what a gate switches is on: as set, unless it is locked, else as all of its stage are set, else by this minor's default.

        A gate that is gone was left on or off for good; one that this minor does not have yet is off. One that a later patch of it brings
        cannot be set: it is as by default, since patches bring switches for what is there.

        Mirrors setUnsetAlphaGates and setUnsetBetaGates in k8s.io/component-base/featuregate/feature_gate.go.
        """
        known = self.gate(name)
        if known is None:
            return self.schema.gone_gates.get(name, False)
        if known.locked or not self.feature_gates or known.since_patch > self.patch:
            return known.default
        return self.feature_gates.get(name, self.feature_gates.get(_OF_STAGE.get(known.stage, ""), known.default))
