"""What must hold before the first node is touched: versions, tools, permissions, evidence; and the steps that only the reader knows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from shlex import quote

from upgradecheck.explaining.runbook import pins, typing
from upgradecheck.explaining.runbook.blocks import Block, Bullets, Commands, Paragraph, Section, Table
from upgradecheck.explaining.runbook.choosing import Choice, NodeChoice
from upgradecheck.model.plan import Finding, Plan, Severity
from upgradecheck.model.version import release_of
from upgradecheck.reporting.lines import Command, Line, Name, Names, with_commands
from upgradecheck.reporting.report import Report

_SKEW, _STARTS = "UC040", "UC032"
_CGROUPS = "stat -fc %T /sys/fs/cgroup"
_PLACES: tuple[tuple[Line, ...], ...] = (
    ((Command(f"{typing.INSTALL} VERSION"),), ("the new kubelet is put in place, and not started",),
     ("Debian: apt-mark unhold kubelet; apt-get install -y kubelet=VERSION-*; of a kubeadm cluster, kubeadm upgrade node before it",)),
    ((Command(f"{typing.POINT} ENDPOINT"),), ("the kubelet gets another runtime endpoint; only with override proxy",),
     ("containerRuntimeEndpoint in its configuration, or its flag; of k3s and rke2 a kubelet-arg, see docs/override-proxy.md",)),
    ((Command(typing.BACKUP_ETCD),), ("a snapshot of etcd; only where a node has one",), ("etcdctl snapshot save FILE",)),
)  # fmt: skip


_FETCHING: tuple[Line, ...] = (
    (Command(f"{pins.FETCH} NODE FILE"),),
    (
        "the plan that a node has made of itself, ",
        Command(pins.THERE),
        " there, becomes FILE where kubectl is, in whose shell this one is asked for",
    ),
    (Command("scp root@NODE:pinned.json FILE"),),
)


def before(plan: Plan, report: Report, chosen: tuple[NodeChoice, ...]) -> Iterator[Section]:
    """The chapter."""
    yield Section(("1. Before you begin",), ())
    yield Section(("Versions",), tuple(_versions(plan, report)), level=3)
    yield Section(("Tools and permissions",), tuple(_permissions(chosen)), level=3)
    yield Section(("Steps that only you know",), (
        Paragraph(("Say what these are, in root's shell on each node, or type your own step in their place; undefined they fail.",)),
        Table(("word", "what it does", "for instance"), lambda: iter(_places(chosen))),
    ), level=3)  # fmt: skip
    if unseen := [one for one in plan.findings if one.rule == _STARTS and one.severity is Severity.INFO]:
        yield Section(("Whether the new kubelet starts",), tuple(_starts(unseen)), level=3)
    if report.missing or report.answer.on_a_word:
        yield Section(("Evidence that is missing",), tuple(_missing(plan, report)), level=3)
    if report.ignores:
        told_of = tuple((f"{one.number}, {one.state}: {one.sentence}",) for one in report.ignores)
        yield Section(("What an ignore file accepts",), (Bullets(told_of),), level=3)
    grave = tuple(one for one in report.findings if one.severity is not Severity.INFO and one.rule != _SKEW)
    if grave:
        told = ((group, one) for group in grave for one in group.messages)
        items = tuple((f"{group.rule}, {group.severity.value}: ", one.message, " ", *with_commands(group.remedy)) for group, one in told)
        yield Section(("Hazards",), (Bullets(items),), level=3)


def _places(chosen: tuple[NodeChoice, ...]) -> Iterator[tuple[Line, ...]]:
    yield from _PLACES
    if any(one.pins.typed for one in chosen):
        yield _FETCHING


def _starts(unseen: Sequence[Finding]) -> Iterator[Block]:
    """What a kubelet needs to come up at all, and that nothing showed."""
    yield Paragraph(("Nothing showed that these hold. See to it before the first node is touched:",))
    yield Bullets(tuple((f"{one.rule}: ", one.message, " ", *with_commands(one.remedy)) for one in unseen))
    if any(f"`{_CGROUPS}`" in one.remedy for one in unseen):
        yield Commands(("on each node",), (f"{_CGROUPS}  # cgroup2fs: it is well; tmpfs: do not upgrade this node yet",))


def _versions(plan: Plan, report: Report) -> Iterator[Block]:
    def rows() -> Iterator[tuple[Line, ...]]:
        return ((group.step, (f"{len(group.names):,}",), (Name(group.runtime),), (Names(group.names),)) for group in report.nodes)

    if report.nodes:
        yield Table(("kubelet", "nodes", "runtime", "names"), rows)
    minor = plan.to_version.minor
    yield Paragraph((f"Every API server is at {minor} or newer before the first kubelet is: a kubelet must not be newer.",))
    yield Commands(typing.CLUSTER, ("kubectl version", "kubectl get nodes -o wide"))
    skewed = [one for one in plan.findings if one.rule == _SKEW]
    if skewed:
        yield Bullets(tuple((f"{one.message} ", *with_commands(one.remedy)) for one in skewed))
        start = quote(release_of(plan.from_version) or "VERSION")
        yield Commands(typing.CLUSTER, (f"upgradecheck path --from {start} --to {quote(plan.to_version.release)}",))


def _permissions(chosen: tuple[NodeChoice, ...]) -> Iterator[Block]:
    asked = ["kubectl auth can-i list pods --all-namespaces", "kubectl auth can-i list events --all-namespaces"]
    if any(one.choice is Choice.DRAIN for one in chosen):
        asked += ["kubectl auth can-i patch nodes", "kubectl auth can-i create pods --subresource=eviction --all-namespaces"]
    whole = f"upgradecheck show {typing.PLAN} --exit-zero -o name > /dev/null"
    yield Commands(typing.CLUSTER, ("upgradecheck --version", whole, *asked))
    yield Commands(("on each node, as root",), ("upgradecheck --version", f"test -s {typing.PLAN_THERE}"))
    if any(one.overridden for one in chosen):
        yield Paragraph(("Overrides need upgradecheck with its extra: ", Command("pip install 'upgradecheck[override]'"), "."))


def _missing(plan: Plan, report: Report) -> Iterator[Block]:
    yield Bullets(tuple((Name(one.what), f": {one.reason}") for one in report.missing))
    yield Paragraph(("What hangs on it is unknown, or rests on a word. These get it and plan again:",))
    overrides = "" if plan.summary.override is None else " --override"
    again = f"upgradecheck plan --to {quote(plan.to_version.release)} -f dump/{overrides} -o json={typing.PLAN}"
    yield Commands(typing.CLUSTER, ("upgradecheck doctor --recipe > dump.sh", "sh dump.sh", again))
