"""UC035: the new kubelet starts as it is set up, and takes some of it otherwise: flags on their way out, fields, defaults."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from upgradecheck.hazards import Rule, Upgrade, grouped
from upgradecheck.hazards.settings import on_nodes, sets, where_set
from upgradecheck.model.plan import Finding, ObjectRef, Severity
from upgradecheck.model.rules import Upstream
from upgradecheck.model.starting import OptionRemark, RemarkKind
from upgradecheck.model.wording import count, form, listed

Told = tuple[str, str]
"""A message, and what to do."""


def findings(upgrade: Upgrade) -> Iterator[Finding]:
    """One finding a kind, with what it is about and where that stands."""
    for kind, found in grouped((one.kind, one) for one in upgrade.remarks).items():
        message, remedy = _TOLD[kind](found, upgrade.to_version)
        yield RULE.finding(ObjectRef("Kubelet", upgrade.to_version), message, remedy, _SEVERITY.get(kind))


def _ends(found: Sequence[OptionRemark], version: str) -> Told:
    its = form(len(_names(found)), "it", "them")
    return (
        f"{where_set(found)} {sets(found)} {listed(_names(found))}: kubelet {version} is the last to take {its}, {found[0].ends} does not "
        f"start with {its}{on_nodes(found)}.",
        f"Take {its} out before the upgrade after this one.{_in_place(found)}",
    )


def _deprecated(found: Sequence[OptionRemark], version: str) -> Told:
    since = listed(str(one.since) for one in found)
    return (
        f"{where_set(found)} {sets(found)} {listed(_names(found))}, deprecated since {since}: kubelet {version} still takes "
        f"{form(len(_names(found)), 'it', 'them')}{on_nodes(found)}.",
        f"Nothing breaks now; it will when a flag goes.{_in_place(found)}",
    )


def _old(found: Sequence[OptionRemark], version: str) -> Told:
    flags = count(len(_names(found)), "flag that has", "flags that have")
    return (
        f"{where_set(found)} {sets(found)} {flags} been deprecated for long, and kubelet {version} still takes: {listed(_names(found))}"
        f"{on_nodes(found)}.",
        f"Nothing is to be done for this upgrade.{_in_place(found)}",
    )


def _ignored(found: Sequence[OptionRemark], version: str) -> Told:
    return (
        f"{where_set(found)} {sets(found)} {_fields(found)}, which kubelet {version} does not have and passes over{_came(found)}.",
        f"What it was set for does not happen; the kubelet logs it and starts.{_by_flag(found)}",
    )


def _of_nobody(found: Sequence[OptionRemark], version: str) -> Told:
    return (
        f"{where_set(found)} {sets(found)} {_fields(found)}, which neither the running kubelet nor {version} has: both pass over "
        f"{form(len(_names(found)), 'it', 'them')}{_came(found)}.",
        "Look for a typing error: names of fields are case-sensitive. The upgrade changes nothing about it.",
    )


def _counts(found: Sequence[OptionRemark], version: str) -> Told:
    its = form(len(_names(found)), "it", "them")
    return (
        f"{where_set(found)} {sets(found)} {_fields(found)}, which the running kubelet passes over and {version} has: what is set there "
        "counts from the upgrade on.",
        f"See that you want {its} now; else take {its} out first.",
    )


def _moved(found: Sequence[OptionRemark], version: str) -> Told:
    told = "; ".join(f"{one.name} {_difference(one)} (since {one.since}): {one.matters}" for one in found)
    return (
        f"{where_set(found)} leaves to kubelet {version} what has another default there: {told}.",
        "Set it as it was, if that is what you want.",
    )


def _difference(one: OptionRemark) -> str:
    """From what to what a default moved; of a list, what came and what went."""
    old, new = one.old.split(", "), one.new.split(", ")
    if len(old) + len(new) == 2:
        return f"from {one.old} to {one.new}"
    came, went = [part for part in new if part not in old], [part for part in old if part not in new]
    told = (("also", came), ("no longer", went))
    return " and ".join(f"{how} {', '.join(parts)}" for how, parts in told if parts)


def _of_a_vendor(found: Sequence[OptionRemark], version: str) -> Told:
    names, its = listed(_names(found)), form(len(_names(found)), "it", "them")
    return (
        f"{where_set(found)} {sets(found)} {names}, which no kubelet of Kubernetes has there, and the one that runs takes"
        f"{on_nodes(found)}: it is a vendor's build. That its build of {version} takes {its}, too, is taken on trust.",
        f"Look for {names} in the vendor's notes on {version}: a kubelet does not start with a flag that it does not have.",
    )


_TOLD: Mapping[RemarkKind, Callable[[Sequence[OptionRemark], str], Told]] = {
    RemarkKind.FLAG_ENDS: _ends,
    RemarkKind.FLAG_DEPRECATED: _deprecated,
    RemarkKind.FLAG_OLD: _old,
    RemarkKind.FIELD_IGNORED: _ignored,
    RemarkKind.FIELD_OF_NOBODY: _of_nobody,
    RemarkKind.FIELD_COUNTS: _counts,
    RemarkKind.DEFAULT_OF_PODS: _moved,
    RemarkKind.DEFAULT_OF_NODES: _moved,
    RemarkKind.OF_A_VENDOR: _of_a_vendor,
}
_INFOS = (RemarkKind.FLAG_OLD, RemarkKind.FIELD_OF_NOBODY, RemarkKind.DEFAULT_OF_NODES, RemarkKind.OF_A_VENDOR)
_SEVERITY = dict.fromkeys(_INFOS, Severity.INFO)


def _names(found: Sequence[OptionRemark]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.name for one in found))


def _fields(found: Sequence[OptionRemark]) -> str:
    names = _names(found)
    return f"{form(len(names), 'field')} {listed(names)}"


def _came(found: Sequence[OptionRemark]) -> str:
    """Since when there are those that some kubelet has."""
    came = [f"{one.name} came with {one.since}" for one in found if one.since is not None]
    return f" ({listed(came)})" if came else ""


def _in_place(found: Sequence[OptionRemark]) -> str:
    told = tuple(dict.fromkeys(f"{one.name}: {one.instead}" for one in found if one.instead))
    return f" In place of {listed(told, '; ')}." if told else ""


def _by_flag(found: Sequence[OptionRemark]) -> str:
    told = tuple(dict.fromkeys(f"{one.name} is set by the flag {one.instead}" for one in found if one.instead))
    return f" There {listed(told)}." if told else " Set it in another way, or take it out."


RULE = Rule(
    id="UC035",
    title="Settings that the new kubelet takes otherwise",
    severity=Severity.WARNING,
    summary="The new kubelet starts as it is set up, but some of that is on its way out, has no effect there, or has one for the first "
    "time.",
    why="A flag that is called deprecated does what it did until a minor drops it, and then the kubelet does not start (UC032). A field of "
    "the configuration that a kubelet does not have stops none: it is logged and passed over, so that a field written in advance, or with "
    "a typing error, waits until a kubelet has it. What is not set at all is as by default, and a few defaults move.",
    look="The kubelet's log says `Flag … has been deprecated` and `strict decoding error: unknown field`. What it runs with is shown by "
    "its /configz, what it was started with by /proc/PID/cmdline.",
    remedy="Write into the configuration what you rely on, under the name that the new kubelet has for it.",
    sources=(
        Upstream("k8s.io/kubernetes", "v1.37.1", "cmd/kubelet/app/options"),
        Upstream("k8s.io/kubernetes", "v1.37.1", "pkg/kubelet/apis/config/v1beta1/defaults.go"),
        Upstream("k8s.io/kubernetes", "v1.37.1", "pkg/kubelet/kubeletconfig/util/codec/codec.go", "DecodeKubeletConfiguration"),
    ),
    findings=findings,
)
