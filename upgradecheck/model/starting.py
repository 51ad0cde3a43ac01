"""Why a kubelet will not start: what its configuration or its command line asks for and it does not have.

A kubelet that does not start runs nothing new and ends nothing; but whoever finds that out at night will give it another configuration or
another version, and what that one does is not this plan.
"""

from __future__ import annotations

from enum import Enum

import msgspec

from upgradecheck.model.kinds import Value, Written
from upgradecheck.model.version import Minor


class TroubleKind(Enum):
    """What a kubelet stops at."""

    GATE_GONE = "gate-gone"
    GATE_LOCKED = "gate-locked"
    FLAG_GONE = "flag-gone"
    CGROUP_V1 = "cgroup-v1"
    VALUE_REFUSED = "value-refused"
    GATE_WANTS = "gate-wants"
    LABEL_REFUSED = "label-refused"
    LABEL_MISSPELLED = "label-misspelled"
    SWAP_ON = "swap-on"
    SWAP_UNSEEN = "swap-unseen"
    RESERVES_TOO_MUCH = "reserves-too-much"
    OTHER_NAME = "other-name"
    USER_IDS = "user-ids"
    USER_IDS_AS_BEFORE = "user-ids-as-before"
    POD_IDS = "pod-ids"
    IDS_PER_POD = "ids-per-pod"
    MEMORY_UNLIKE = "memory-unlike"
    PROVIDERS = "credential-providers"


class StartTrouble(msgspec.Struct, frozen=True, gc=False):
    """One thing that a kubelet stops at. name: of the gate or the field, or the flag with its dashes. place: where it stands, in words.

    locked_to: the value of a gate that cannot be changed. since: the first minor without the flag. instead: what there is in its place.
    node: whose kubelet it is, None for those of all nodes. comes: the first minor with the flag, where all that have it are newer.
    value: what is refused, None where anything is; since: by this minor and later ones; instead: what it wants; flag: by
    which the field is set, where it is not by the configuration. GATE_GONE: instead is the patch of this minor that brought the gate, where
    a later one did. GATE_WANTS: value is what the gate is set to, instead says what the others are with which it does not go together.
    SWAP_ON: swap is on, and the new configuration does not let it; SWAP_UNSEEN: it was let before, and whether any is on was not seen, so
    that it may stop. RESERVES_TOO_MUCH: more of name, a resource, is kept back than the node has. MEMORY_UNLIKE:
    NUMA nodes keep other memory than the node does, as instead says.
    OTHER_NAME: it starts, but under another name than its Node object's, which is value. Of a label, name is the
    label's, and value its value. USER_IDS: name says what is the matter with the IDs for user namespaces of a node, POD_IDS with those
    of one pod; USER_IDS_AS_BEFORE: with either, and the running kubelet would stop at it, too. IDS_PER_POD: pods get another number of
    them, which is value. PROVIDERS: name is what is refused in a file of credential providers. written: what is refused, where that is no
    plain value, and how it is written is why.
    """

    kind: TroubleKind
    name: str
    place: str
    locked_to: bool = False
    since: Minor | None = None
    instead: str = ""
    node: str | None = None
    comes: Minor | None = None
    value: Value = None
    flag: str = ""
    written: Written | None = None


class GoneFlag(msgspec.Struct, frozen=True, gc=False):
    """A flag that a minor has not: the first minor without it, and what there is in its place; empty where nobody wrote that down.

    comes: the first minor with it, where all that have it are newer; then since is None.
    """

    since: Minor | None
    instead: str = ""
    comes: Minor | None = None


class RemarkKind(Enum):
    """What is to be said of a setting with which the new kubelet starts.

    FLAG_ENDS: the flag goes with the next minor. FLAG_DEPRECATED: it is called deprecated since one of the minors that are passed.
    FLAG_OLD: it has been for long. FIELD_IGNORED: the new kubelet does not have the field, and passes over it; FIELD_COUNTS: it has it, and
    the running one has not, so that the value counts from now on; FIELD_OF_NOBODY: neither has. DEFAULT_OF_PODS, DEFAULT_OF_NODES: what is
    not set has another default, on which something of pods or of nodes hangs. OF_A_VENDOR: no release of the running kubelet's minor takes
    it, and yet the running kubelet was started with it.
    """

    FLAG_ENDS = "flag-ends"
    FLAG_DEPRECATED = "flag-deprecated"
    FLAG_OLD = "flag-old"
    FIELD_IGNORED = "field-ignored"
    FIELD_COUNTS = "field-counts"
    FIELD_OF_NOBODY = "field-of-nobody"
    DEFAULT_OF_PODS = "default-of-pods"
    DEFAULT_OF_NODES = "default-of-nodes"
    OF_A_VENDOR = "of-a-vendor"


class OptionRemark(msgspec.Struct, frozen=True, gc=False):
    """One of these. name: the flag with its dashes, or the path of the field; place: where it stands, in words; node: whose it is.

    since: deprecated, or there, from this minor on. ends: the first minor without the flag. instead: what there is in its place. old, new:
    the defaults, in words. matters: what hangs on it.
    """

    kind: RemarkKind
    name: str
    place: str
    since: Minor | None = None
    ends: Minor | None = None
    instead: str = ""
    old: str = ""
    new: str = ""
    matters: str = ""
    node: str | None = None
