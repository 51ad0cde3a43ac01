"""How UC032 words that a kubelet does not take the IDs that its node has for user namespaces of pods."""

from __future__ import annotations

from collections.abc import Sequence

from upgradecheck.hazards.settings import on_nodes
from upgradecheck.model.plan import Severity
from upgradecheck.model.starting import StartTrouble, TroubleKind
from upgradecheck.model.usernamespaces import BLOCK
from upgradecheck.model.wording import listed

OF_IDS = (TroubleKind.USER_IDS, TroubleKind.USER_IDS_AS_BEFORE, TroubleKind.POD_IDS, TroubleKind.IDS_PER_POD)
_WANTED = (
    f"Give the user kubelet one range in /etc/subuid and the same in /etc/subgid, from a multiple of {BLOCK} on that is not 0, with as "
    f"many times {BLOCK} as maxPods says, and install getsubids (package uidmap, or shadow-utils-subid); or remove that user, if nothing "
    "needs it. Up to 1.35 the kubelet starts with feature gate UserNamespacesSupport false, too (1.35: and ProcMountType), and then no pod "
    "can have a user namespace. Plan again."
)
_DRAINED = (
    "Leave the IDs as the running kubelet has them, or drain the pods with spec.hostUsers false while it runs: their files go with them. "
    "One that is damaged is to be removed before the new kubelet starts, and its pod with it. Plan again."
)
_LOOK = (
    "`getent passwd kubelet` on a node says whether there is that user; where there is none, or nothing in it, all is well. Else look at "
    "`getsubids kubelet` and `getsubids -g kubelet`: "
)
_UNSEEN = (
    "Kubelet {} asks for the IDs of a user called kubelet, which the running one does not, and does not start where there is such a user "
    "without getsubids, or with ranges that do not fit; whether nodes have that user was not seen"
)
_CHANGES = (
    f"{{}} is {{}} for kubelet {{}}, and pods were given another number of IDs by the running one ({BLOCK}, unless it heeds the field): "
    "where a pod with spec.hostUsers false is on the node, it does not start; whether there is one was not seen"
)
_AS_BEFORE = "nor would the running one: it came since, or is not what they see"


def of_ids(found: Sequence[StartTrouble], version: str) -> tuple[str, str, Severity]:
    """What is said of troubles that are alike, what to do, and how bad it is."""
    first, on = found[0], on_nodes(found)
    if first.kind is TroubleKind.IDS_PER_POD:
        return f"{_CHANGES.format(first.name, first.value, version)}{on}.", _DRAINED, Severity.WARNING
    where = f"{listed(one.place for one in found if one.place)}: " if first.place else ""
    todo = _DRAINED if where.endswith("userns: ") else _WANTED
    if first.kind is TroubleKind.USER_IDS_AS_BEFORE:
        text = f"{where}{first.name}: kubelet {version} does not start with that{on}, {_AS_BEFORE}."
        return text, todo, Severity.WARNING
    return f"{where}{first.name}: kubelet {version} does not start{on}.", todo, Severity.ERROR


def ids_unseen(version: str) -> tuple[str, str, Severity]:
    """What there is to look at where the node's user was not seen."""
    return f"{_UNSEEN.format(version)}.", f"{_LOOK}{_WANTED[0].lower()}{_WANTED[1:]}", Severity.INFO
