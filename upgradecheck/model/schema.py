"""What one Kubernetes minor says about a Pod: the field tree that its Go types have, and how its kubelet hashes.

The kubelet hashes a container through the Go struct of its own minor, so everything that decides a hash is data: the
order of the fields, their JSON names, which of them are left out when empty, the JSON decoder that the minor uses, and
the algorithm (the *era*). Three eras follow each other: ``typed`` (up to 1.15, a printed Go struct), ``json`` (1.16 to
1.30, the JSON of the container) and ``image-name`` (from 1.31 on, two fields only).

Mirrors HashContainer in pkg/kubelet/container/helpers.go and the types of k8s.io/api/core/v1.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

import msgspec

from upgradecheck.model.admission import AdmissionFacts
from upgradecheck.model.decisions import DecisionFacts
from upgradecheck.model.facts import ByPatch, FeatureGate
from upgradecheck.model.internal import InternalPod
from upgradecheck.model.manifests import ManifestFacts
from upgradecheck.model.servers import ApiServerFacts
from upgradecheck.model.statefiles import StateFacts
from upgradecheck.model.version import Minor
from upgradecheck.model.wording import count
from upgradecheck.model.words import Word


class Era(Word):
    """Minors that hash alike share an era; the value is the name that hashdata uses."""

    TYPED = "typed"
    JSON = "json"
    IMAGE_NAME = "image-name"


HASHED: Mapping[Era, str] = {
    Era.TYPED: "the printed Go struct of a container",
    Era.JSON: "the whole JSON of a container",
    Era.IMAGE_NAME: "only a container's name and image",
}
"""What each era hashes, in words."""


class JSONDecoder(Enum):
    """The JSON decoder of a minor's apimachinery: json-iterator up to 1.22, sigs.k8s.io/json from 1.23 on."""

    JSONITER = "jsoniter"
    KJSON = "kjson"


class ResizeRecords(Enum):
    """Whether a kubelet keeps the resources that it last gave to a container (actuated_pods_state), and how it reads a gap.

    MISSING_IS_ZERO: a container without a record, so any that an older kubelet started, counts as having no resources; a
    resizePolicy RestartContainer then restarts it (1.33 to 1.36). INITIALISED: records are made up first (1.37).
    """

    NONE = "none"
    MISSING_IS_ZERO = "missing-is-zero"
    INITIALISED = "initialised"


class ContainerKind(Word):
    """What a container is to a kubelet. A sidecar is an init container with restartPolicy Always (known from 1.28 on)."""

    APP = "app"
    INIT = "init"
    SIDECAR = "sidecar"
    EPHEMERAL = "ephemeral"


class UIDHasher(Enum):
    """What the UID of a static pod is a sum of; the value is the name that hashdata uses."""

    MD5 = "md5"
    FNV128A = "fnv128a"


class UIDInput(Enum):
    """What goes into the UID of a static pod. SOURCE is the manifest's path, or its URL; from a URL, NODE does not go in."""

    POD = "pod"
    NODE = "node"
    SOURCE = "source"


class StaticPodUID(msgspec.Struct, frozen=True, gc=False):
    """The UID that a minor's kubelet makes for a static pod whose manifest has no metadata.uid.

    It hashes input in this order; of the pod the text of the internal struct whose type object names, after defaulting.

    Mirrors applyDefaults in pkg/kubelet/config/common.go. Up to 1.20 it writes node and path first, and DeepHashObject erases them.
    """

    hasher: UIDHasher
    input: tuple[UIDInput, ...]
    object: str


class Field(msgspec.Struct, frozen=True, gc=False):
    """One field of a Go struct, in the struct's order.

    json is None where encoding/json never sees the field (unexported, or tagged "-"); type is a compact type
    expression such as ``*core/v1.Probe``.
    """

    go: str
    type: str
    json: str | None = None
    omitempty: bool = False
    omitzero: bool = False
    inline: bool = False
    embedded: bool = False
    exported: bool = True


class TypeDef(msgspec.Struct, frozen=True, gc=False):
    """A named Go type: its name as %#v prints it, its kind, its fields, and its codec if it has JSON methods of its own."""

    go: str
    kind: str
    fields: tuple[Field, ...] = ()
    elem: str | None = None
    codec: str | None = None


class Provisional(msgspec.Struct, frozen=True, gc=False):
    """Why the facts of a minor may still change: they are of a pre-release, or a function that is mirrored changed and nobody has read it.

    release: ``1.38.0-beta.0``; empty where the facts are of a release. unread: functions with their files.
    """

    release: str = ""
    unread: tuple[str, ...] = ()

    @property
    def reason(self) -> str:
        """``known from 1.38.0-beta.0 alone, a pre-release; 2 mirrored functions were read by nobody yet``."""
        before = [f"known from {self.release} alone, a pre-release"] if self.release else []
        number = len(self.unread)
        which = f"{count(number, 'mirrored function')} that changed {'was' if number == 1 else 'were'}"
        unread = [f"{which} read by nobody yet"] if number else []
        return "; ".join([*before, *unread])


class Schema(msgspec.Struct, frozen=True, eq=False, gc=False):
    """One minor: era, decoder, container kinds, and the named types that a Pod reaches. Equal only to itself: a catalog has one."""

    minor: Minor
    era: Era
    decoder: JSONDecoder
    kinds_known: frozenset[ContainerKind]
    kinds_compared: frozenset[ContainerKind]
    hash_without_resources: bool
    roots: Mapping[str, str]
    types: Mapping[str, TypeDef]
    kubelet_lag: int
    """How many minors a kubelet of this minor may be older than its API server (version-skew policy)."""
    node_monitor_grace: int
    """After how many seconds without a word of its kubelet this minor's node controller takes a node for gone, by default."""
    static_pod_uid: StaticPodUID
    internal_pod: InternalPod
    manifests: ByPatch[ManifestFacts]
    decisions: ByPatch[DecisionFacts]
    admission: ByPatch[AdmissionFacts]
    api_server: ByPatch[ApiServerFacts]
    feature_gates: Mapping[str, FeatureGate]
    other_gates: Mapping[str, FeatureGate | None] = MappingProxyType({})
    """Gates that a kubelet takes beside its own: AllAlpha and AllBeta, and those of the libraries in it; None where nobody read more."""
    gone_gates: Mapping[str, bool] = MappingProxyType({})
    """Gates that earlier minors have and this one no longer: whether what they switched is on for good, or off."""
    resize_records: ResizeRecords = ResizeRecords.NONE
    state_files: ByPatch[StateFacts] = ByPatch(StateFacts())
    driver_fallback_until: str = ""
    """The minor from which on a runtime must tell its cgroup driver; empty where nothing says that yet."""
    provisional: Provisional | None = None
    """None of a minor that is released, and whose facts were read."""


class HashClass(msgspec.Struct, frozen=True, gc=False):
    """Kubelet versions that hash every container alike: a minor, split where the Go of a patch release changes the bytes.

    short_control_escapes: encoding/json writes U+0008 and U+000C as ``\\b`` and ``\\f`` (Go 1.22 and later) instead of
    ``\\u0008`` and ``\\u000c``. It splits 1.27, 1.28 and 1.29.
    """

    schema: Schema
    short_control_escapes: bool

    @property
    def minor(self) -> Minor:
        return self.schema.minor
