"""UC032: the new kubelet will not start as it is set up: a flag or a gate that it does not have or has locked, or a node with cgroup v1."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from upgradecheck.hazards import Rule, Upgrade, grouped
from upgradecheck.hazards.settings import on_nodes, sets, where_set
from upgradecheck.hazards.user_ids import OF_IDS, ids_unseen, of_ids
from upgradecheck.model.kinds import Value
from upgradecheck.model.patterns import pattern
from upgradecheck.model.plan import Finding, ObjectRef, Severity
from upgradecheck.model.rules import Upstream
from upgradecheck.model.starting import StartTrouble, TroubleKind
from upgradecheck.model.wording import form, listed

_ASKED = {
    TroubleKind.FLAG_GONE: " flag",
    TroubleKind.GATE_GONE: " feature gate",
    TroubleKind.GATE_LOCKED: " feature gate",
    TroubleKind.VALUE_REFUSED: "",
    TroubleKind.GATE_WANTS: " feature gate",
    TroubleKind.LABEL_REFUSED: " label",
    TroubleKind.LABEL_MISSPELLED: " label",
}
_OF_SWAP = (TroubleKind.SWAP_ON, TroubleKind.SWAP_UNSEEN)
_SWAP = "the new configuration has failSwapOn true, or lacks it, which is the same, and kubelet {} does not start where swap is on"
_TO_DO_SWAP = (
    "Set failSwapOn: false in the new configuration, as the running kubelet has it, or take swap away first (`swapoff -a`, and out of "
    "/etc/fstab), and plan again."
)
_RESERVED = "kubeReserved, systemReserved and evictionHard of the new configuration together, and kubelet {} does not start"
_TO_DO_RESERVED = "Reserve less in the new configuration, and plan again (--to-config)."
_MEMORY = (
    "under memoryManagerPolicy Static reservedMemory has to be whole bytes, and in all what kubeReserved, systemReserved and evictionHard "
    "keep back): kubelet {} does not start"
)
_TO_DO_MEMORY = "Make both the same in the new configuration, in whole numbers and without huge pages, and plan again (--to-config)."
_TO_DO_PROVIDERS = (
    "Write the file of --image-credential-provider-config so that the new kubelet takes it, before that starts (once the old one has "
    "stopped, where that does not take it), give it with -f, and plan again."
)
_HEADS = {
    "apiVersion": "another apiVersion or none",
    "kind": "another kind or none, or one that is spelt otherwise,",
    "kind of a drop-in that names another": "a drop-in of another kind",
    "apiVersion of a drop-in": "another apiVersion or none in a drop-in",
    "kind of a drop-in": "a drop-in that is empty or names no kind",
}
"""How a file names what it is."""
_NO_TEXT = pattern(r"|true|false|[+-]?[0-9]+")
_LABELS = (TroubleKind.LABEL_REFUSED, TroubleKind.LABEL_MISSPELLED)
_NOT_A_KUBELETS = "of kubernetes.io and k8s.io it sets a few alone, and what is below node.kubernetes.io or kubelet.kubernetes.io"
_TO_DO_LABEL = (
    "Take it out of --node-labels when the binary is changed, and plan again. The label that the Node has stays; on nodes to come set it "
    "from outside (`kubectl label node`), which is how roles are given."
)
_CGROUP_V1 = "cgroups are of version 1, on which kubelet {} does not start unless its configuration sets failCgroupV1 to false"
_CGROUP_V1_UNSEEN = (
    "Kubelet {} does not start on a node whose cgroups are of version 1, unless its configuration sets failCgroupV1 to false; which "
    "version the nodes have was not seen"
)
_TO_DO_CGROUP_V1 = (
    "`stat -fc %T /sys/fs/cgroup` on a node says cgroup2fs for version 2. Move nodes of version 1 to version 2 first (drained: it is a "
    "reboot), or set failCgroupV1: false in the new configuration."
)


def findings(upgrade: Upgrade) -> Iterator[Finding]:
    """One finding for each thing that a kubelet stops at, with the nodes and places that have it."""
    alike = grouped(((one.kind, one.name, one.locked_to, _value(one), one.flag, _apart(one)), one) for one in upgrade.troubles)
    for (kind, *_), found in alike.items():
        if kind is TroubleKind.OTHER_NAME:  # it starts, as UC019 tells
            continue
        first = found[0]
        if kind is TroubleKind.CGROUP_V1:
            nodes = listed(one.node or "?" for one in found)
            yield RULE.finding(ObjectRef("Node", first.node or "?"), f"{nodes}: {_CGROUP_V1.format(upgrade.to_version)}.", _TO_DO_CGROUP_V1)
            continue
        if kind is TroubleKind.MEMORY_UNLIKE:
            yield _of_memory(upgrade, found)
            continue
        if kind is TroubleKind.PROVIDERS:
            yield _of_providers(upgrade, found)
            continue
        if kind in OF_IDS:
            yield RULE.finding(_node_or_kubelet(upgrade, first), *of_ids(found, upgrade.to_version))
            continue
        if kind in _OF_SWAP:
            yield _of_swap(upgrade, found)
            continue
        if kind is TroubleKind.RESERVES_TOO_MUCH:
            yield _of_room(upgrade, found)
            continue
        what = _of_nobody(first, found) or f"{sets(found)}{_ASKED[kind]} {_named(first)}{_value(first)}"
        yield RULE.finding(
            ObjectRef("Kubelet", upgrade.to_version),
            f"{where_set(found)} {what}, {_why(first, upgrade.to_version)}: it does not start{on_nodes(found)}.",
            _to_do(first),
        )
    if upgrade.cgroups_unseen:
        message = f"{_CGROUP_V1_UNSEEN.format(upgrade.to_version)}."
        yield RULE.finding(ObjectRef("Kubelet", upgrade.to_version), message, _TO_DO_CGROUP_V1, Severity.INFO)
    if upgrade.user_ids_unseen:
        yield RULE.finding(ObjectRef("Kubelet", upgrade.to_version), *ids_unseen(upgrade.to_version))


def _apart(trouble: StartTrouble) -> str:
    """What else tells one from another of its name."""
    return trouble.instead if trouble.kind is TroubleKind.MEMORY_UNLIKE else ""


def _node_or_kubelet(upgrade: Upgrade, trouble: StartTrouble) -> ObjectRef:
    return ObjectRef("Kubelet", upgrade.to_version) if trouble.node is None else ObjectRef("Node", trouble.node)


def _of_nobody(trouble: StartTrouble, found: Sequence[StartTrouble]) -> str:
    """What a file is called that no kubelet reads as its configuration; empty of what is set in one that it reads."""
    what = _HEADS.get(trouble.name, "")
    return f"{form(len({one.place for one in found}), 'has', 'have')} {what}" if what else ""


def _of_room(upgrade: Upgrade, found: Sequence[StartTrouble]) -> Finding:
    """More that is kept back of a resource than nodes have."""
    nodes = [one.node or "?" for one in found]
    text = f"{listed(nodes)}: more {found[0].name} is kept back than there is, by {_RESERVED.format(upgrade.to_version)}."
    return RULE.finding(ObjectRef("Node", nodes[0]), text, _TO_DO_RESERVED)


def _of_memory(upgrade: Upgrade, found: Sequence[StartTrouble]) -> Finding:
    """Memory of NUMA nodes that is not what their node keeps back."""
    text = f"{where_set(found)} reserves {found[0].instead}{on_nodes(found)} ({_MEMORY.format(upgrade.to_version)}."
    return RULE.finding(ObjectRef("Kubelet", upgrade.to_version), text, _TO_DO_MEMORY)


def _of_providers(upgrade: Upgrade, found: Sequence[StartTrouble]) -> Finding:
    """What is in a file of credential providers that the new kubelet refuses."""
    first, has = found[0], form(len({one.place for one in found}), "has", "have")
    why = [f"from {first.since} on"] if first.since is not None else []
    why += [f"it wants {first.instead}"] if first.instead else []
    reasons = f" ({'; '.join(why)})" if why else ""
    refuses = f"which kubelet {upgrade.to_version} refuses{reasons}"
    text = f"{where_set(found)} {has} {first.name}, {refuses}: it does not start{on_nodes(found)}."
    return RULE.finding(ObjectRef("Kubelet", upgrade.to_version), text, _TO_DO_PROVIDERS)


def _of_swap(upgrade: Upgrade, found: Sequence[StartTrouble]) -> Finding:
    """Swap that is on, or that the running kubelet is let have and of which nothing shows whether it is."""
    named = [one.node for one in found if one.node is not None]
    on, text = f" ({listed(named)})" if named else "", _SWAP.format(upgrade.to_version)
    place = ObjectRef("Node", named[0]) if named else ObjectRef("Kubelet", upgrade.to_version)
    if found[0].kind is TroubleKind.SWAP_ON:
        return RULE.finding(place, f"{form(len(named), 'A node has', 'Nodes have')} swap on{on}: {text}.", _TO_DO_SWAP)
    text = f"The running kubelet is let have swap, and whether any is on was not seen{on}: {text}."
    return RULE.finding(place, text, _TO_DO_SWAP, Severity.WARNING)


def _named(trouble: StartTrouble) -> str:
    return f"{trouble.name} by {trouble.flag}" if trouble.kind in _LABELS else trouble.flag or trouble.name


def _why(trouble: StartTrouble, version: str) -> str:
    if trouble.kind is TroubleKind.LABEL_REFUSED:
        return f"which kubelet {version} refuses (from {trouble.since} on; {_NOT_A_KUBELETS})"
    if trouble.kind is TroubleKind.LABEL_MISSPELLED:
        return f"which kubelet {version} refuses (from {trouble.since} on; name or value is none that a label can have)"
    if trouble.kind is TroubleKind.FLAG_GONE:
        when = f"gone since {trouble.since}" if trouble.comes is None else f"it came with {trouble.comes}"
        return f"which kubelet {version} does not have ({when})"
    if trouble.kind is TroubleKind.VALUE_REFUSED:
        return f"which kubelet {version} refuses (from {trouble.since} on; it wants {trouble.instead})"
    if trouble.kind is TroubleKind.GATE_WANTS:
        return f"which kubelet {version} refuses while {trouble.instead}"
    if trouble.kind is TroubleKind.GATE_GONE:
        return f"which kubelet {version} does not have{f' yet (it came with {trouble.instead})' if trouble.instead else ''}"
    return f"which kubelet {version} has locked to {str(trouble.locked_to).lower()}"


def _to_do(trouble: StartTrouble) -> str:
    if trouble.kind in _LABELS:
        return _TO_DO_LABEL if trouble.kind is TroubleKind.LABEL_REFUSED else "Write it otherwise, or take it out, and plan again."
    if trouble.kind is TroubleKind.GATE_WANTS:
        return f"Set {trouble.name} otherwise for the new kubelet, or the others with it ({trouble.instead}), and plan again (--to-config)."
    instead = f" In its place there is: {trouble.instead}." if trouble.instead else ""
    if trouble.kind is TroubleKind.FLAG_GONE:
        return f"Take {trouble.name} out when the binary is changed, not before, for the old kubelet may need it; then plan again.{instead}"
    if trouble.name in _HEADS:
        return f"Write {trouble.name.partition(' ')[0]}: {trouble.instead} into the file, or take the file away, and plan again."
    if trouble.kind is TroubleKind.VALUE_REFUSED:
        return f"Set {trouble.flag or trouble.name} otherwise for the new kubelet ({trouble.instead}), or take it out, and plan again."
    return f"Take {trouble.name} out for the new kubelet, and plan again (--to-config)."


def _value(trouble: StartTrouble) -> str:
    """What it is set to, where that is refused."""
    if trouble.written is not None and trouble.kind is TroubleKind.VALUE_REFUSED:
        members = listed(f"{one.value}s" for one in trouble.written.members)
        return f" to a {trouble.written.form.value}{f' of {members}' if members else ''}"
    if trouble.kind not in (TroubleKind.VALUE_REFUSED, TroubleKind.GATE_WANTS) or trouble.value is None:
        return ""
    return f" to {_as_it_is(trouble.value)}"


def _as_it_is(value: Value) -> str:
    """A value as the file has it; a text in quotes where it would else be taken for nothing, a number or a switch."""
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) and _NO_TEXT.fullmatch(value) else str(value)


RULE = Rule(
    id="UC032",
    title="Kubelet that will not start",
    severity=Severity.ERROR,
    summary="The configuration or the command line of a kubelet asks for something that the new version does not have, so that it does not "
    "start.",
    why="A kubelet ends at once at a flag that it does not know, at a feature gate that it does not know, at another value than the one "
    "that a gate is locked to, and at values of its configuration or its flags that it refuses, alone or beside others "
    "(memorySwap.swapBehavior UnlimitedSwap from 1.30 on, containerLogMaxFiles 1 from 1.33 on, maxParallelImagePulls 2 with "
    "serializeImagePulls true from 1.27 on, --cloud-provider=aws from 1.27 on, node-role.kubernetes.io/… in --node-labels from 1.16 on; "
    "showHiddenMetricsForVersion at every minor, since each takes the one before its own alone); "
    "from 1.35 on also at gates that do not go together, and on a node with cgroup v1; with failSwapOn true, its default, on a node with "
    "swap (a Node object tells of it from 1.33 on); where more of a node is kept back than it has; "
    "under memoryManagerPolicy Static where reservedMemory is not, in all, what kubeReserved, systemReserved and evictionHard keep back; "
    "at a file of --image-credential-provider-config that it refuses (from 1.32 on a field that it does not know or that is there twice, "
    "from 1.34 on tokenAttributes without cacheType; before 1.34 a directory in its place, and newer versions of it on the way back); "
    "at gates that came with a later patch of its minor; "
    "and with gate UserNamespacesSupport, which is on from 1.33 on, where there is a user "
    "kubelet without getsubids, or with IDs that do not fit, or where a pod has other IDs than it would give "
    "(kubernetes/kubernetes 132966, 141941). Flags go with nearly every second minor, gates "
    "two or three minors after they became final. Until it is mended the containers go on running, but nothing is started again, the node "
    "becomes NotReady, and its pods are evicted.",
    look="The kubelet's log says `unknown flag`, `unrecognized feature gate`, `cannot set feature gate`, `invalid configuration` or "
    "`Failed to register CRI auth plugins`. "
    "/proc/PID/cmdline shows what the running one was started with; kubeadm keeps it in /var/lib/kubelet/kubeadm-flags.env.",
    remedy="Take it out of the kubelet's configuration, its unit or its environment file before the new kubelet starts.",
    sources=(
        Upstream("k8s.io/kubernetes", "v1.37.1", "cmd/kubelet/app/options"),
        Upstream("k8s.io/kubernetes", "v1.16.15", "cmd/kubelet/app/options/options.go", "ValidateKubeletFlags"),
        Upstream("k8s.io/kubernetes", "v1.37.1", "pkg/features"),
        Upstream("k8s.io/kubernetes", "v1.33.13", "pkg/kubelet/apis/config/validation/validation.go", "ValidateKubeletConfiguration"),
        Upstream("k8s.io/kubernetes", "v1.34.0", "pkg/credentialprovider/plugin/config.go", "validateCredentialProviderConfig"),
    ),
    findings=findings,
)
