"""Files in which a kubelet keeps its state over a restart (/var/lib/kubelet), and what a minor's kubelet does with what it finds in them.

A kubelet reads them when it starts. One that it cannot read, or that is of another policy than its configuration, ends it, where that file
is one that it trusts (cpus, memory, claims, allocations); of devices it goes on without what was written.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

import msgspec

from upgradecheck.model.usernamespaces import MappingRule


class StateName(Enum):
    """A file by its name."""

    CPUS = "cpu_manager_state"
    MEMORY = "memory_manager_state"
    DEVICES = "kubelet_internal_checkpoint"
    CLAIMS = "dra_manager_state"
    STATUSES = "pod_status_manager_state"
    ALLOCATED = "allocated_pods_state"
    ACTUATED = "actuated_pods_state"


PLACES: Mapping[StateName, str] = {name: f"device-plugins/{name.value}" if name is StateName.DEVICES else name.value for name in StateName}
"""Where each lies in the kubelet's directory."""


class StateFormat(Enum):
    """A form of a file's content, of each file from the oldest on; the value is the name that hashdata uses.

    CPUS_PLAIN: without checksum. CPUS_V1: by container ID; CPUS_V1_MIGRATED: the same, for a kubelet that keeps them by pod and has to find
    each container at the runtime. CPUS_V2_EITHER: V2 under either name that its Go type has had. CPUS_V4, MEMORY_V3: what was before, and
    the content once more as text with a checksum of its own. CLAIMS_TYPED: with a checksum over Go types; CLAIMS_CRC: of the text. TYPED:
    likewise of resources; SEALED: text with a checksum. RESOURCES_V2: the same with a version that is known,
    or without one; kubelets that know of none find in it what they look for.
    """

    CPUS_PLAIN = "cpus-plain"
    CPUS_V1 = "cpus-v1"
    CPUS_V1_MIGRATED = "cpus-v1-migrated"
    CPUS_V2 = "cpus-v2"
    CPUS_V2_EITHER = "cpus-v2-either"
    CPUS_V3 = "cpus-v3"
    CPUS_V4 = "cpus-v4"
    MEMORY_V1 = "memory-v1"
    MEMORY_V1_UNSUMMED = "memory-v1-unsummed"
    MEMORY_V2 = "memory-v2"
    MEMORY_V3 = "memory-v3"
    DEVICES_PLAIN = "devices-plain"
    DEVICES_V1 = "devices-v1"
    DEVICES_V2 = "devices-v2"
    CLAIMS_TYPED = "claims-typed"
    CLAIMS_CRC = "claims-crc"
    RESOURCES_TYPED = "resources-typed"
    RESOURCES_SEALED = "resources-sealed"
    RESOURCES_V2 = "resources-v2"


class StateFailure(Enum):
    """What a kubelet does where it cannot use a file: it ends, or goes on without what the file told, or as if it were not there."""

    ENDS = "ends"
    GOES_ON = "goes-on"
    STARTS_ANEW = "starts-anew"


class StateRule(msgspec.Struct, frozen=True, gc=False):
    """How a minor's kubelet reads one file: the formats in the order in which it tries them, those before them that a gate brings.

    gate: without it the file is not read. empty_is_none: an empty file counts as none.
    """

    formats: tuple[StateFormat, ...]
    failure: StateFailure = StateFailure.ENDS
    gate: str | None = None
    under: Mapping[str, tuple[StateFormat, ...]] = {}
    empty_is_none: bool = False


class StateFacts(msgspec.Struct, frozen=True, gc=False):
    """The files that a minor's kubelet reads; None for one that it does not know."""

    cpu_manager_state: StateRule | None = None
    memory_manager_state: StateRule | None = None
    kubelet_internal_checkpoint: StateRule | None = None
    dra_manager_state: StateRule | None = None
    pod_status_manager_state: StateRule | None = None
    allocated_pods_state: StateRule | None = None
    actuated_pods_state: StateRule | None = None
    user_namespaces: MappingRule | None = None
    """How it looks after the IDs of pods with user namespaces, whose blocks are files in their directories."""
    memory_by_group: bool = False
    """Whether memory of NUMA nodes that serve a container together is compared as one (1.32 on; kubernetes/kubernetes 113130)."""

    def of(self, name: StateName) -> StateRule | None:
        """The rule for a file."""
        rule: StateRule | None = getattr(self, name.value)
        return rule


class Said(msgspec.Struct, frozen=True, gc=False):
    """What a file says, where it was read. cpus: the sets of its containers, by pod and container; in the first forms by their IDs.

    policy: None where the file has none. nodes: of its memory, each with those that it serves containers together with. unopened: why
    more of it is not known; the kubelet may yet refuse it.
    """

    policy: str | None = None
    default_cpus: str = ""
    cpus: Mapping[tuple[str, ...], str] = {}
    nodes: tuple[tuple[int, ...], ...] = ()
    unopened: str = ""


class Outlined(msgspec.Struct, frozen=True, gc=False):
    """What a file says in one form, or why it cannot be read in it. sealed: no older form is looked for behind it."""

    said: Said = Said()
    problem: str = ""
    sealed: bool = False


class StateOutline(msgspec.Struct, frozen=True, gc=False):
    """A file by what it says in each form that is known, for where its content is not to be told. blank: it holds nothing but blanks."""

    forms: Mapping[StateFormat, Outlined]
    blank: bool = False


class StateFile(msgspec.Struct, frozen=True, gc=False):
    """A file as it was found. content: None where it was only listed, or problem says why it cannot be read. node: as with arguments.

    absent: its directory was seen, and it is not in there. outline: in place of a content that was read elsewhere.
    """

    name: StateName
    place: str
    content: bytes | None = None
    size: int | None = None
    node: str | None = None
    problem: str = ""
    absent: bool = False
    outline: StateOutline | None = None


class StateWeight(Enum):
    """What a trouble means: the kubelet does not start; whether it does is not known, as something was not shown; it may not, or starts
    and has lost something; or there is something to know."""

    STOPS = "stops"
    OPEN = "open"
    WARNS = "warns"
    TELLS = "tells"


class StateTrouble(msgspec.Struct, frozen=True, gc=False):
    """What a new kubelet makes of a file that is not what it wants. what: a clause, ``the file is empty``. place: where the file lies."""

    name: StateName
    place: str
    what: str
    weight: StateWeight
    node: str | None = None
