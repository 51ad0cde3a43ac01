"""The chapters of a runbook, in the order in which they are gone through."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from shlex import quote

from upgradecheck.explaining.runbook import expecting, typing
from upgradecheck.explaining.runbook.blocks import Block, Bullets, Commands, Paragraph, Runbook, Section, Table
from upgradecheck.explaining.runbook.choosing import Choice, NodeChoice, choices, pools
from upgradecheck.explaining.runbook.way_back import Back, WayBack, in_order, way_back
from upgradecheck.model.catalog import SchemaCatalog
from upgradecheck.model.plan import GONE, Plan, PlannedPod, Severity, Verdict
from upgradecheck.model.pod import Workload
from upgradecheck.model.version import release_of
from upgradecheck.model.wording import count
from upgradecheck.reporting.appendix import AppendixRow, appendix_rows
from upgradecheck.reporting.impact_words import heading, notes_of, where
from upgradecheck.reporting.lines import Arrow, Command, Line, Name, Names, with_commands
from upgradecheck.reporting.radius import Hit
from upgradecheck.reporting.report import Report, VerdictCount, report_of
from upgradecheck.reporting.words import WORD

_MOST_STOPS = 12
_SKEW = "UC040"
_PLACES: tuple[tuple[Line, ...], ...] = (
    ((Command(f"{typing.INSTALL} VERSION"),), ("the new kubelet is put in place, and not started",),
     ("Debian: apt-mark unhold kubelet; apt-get install -y kubelet=VERSION-*; of a kubeadm cluster, kubeadm upgrade node before it",)),
    ((Command(f"{typing.POINT} ENDPOINT"),), ("the kubelet gets another runtime endpoint; only with override proxy",),
     ("containerRuntimeEndpoint in its configuration, or its flag; of k3s and rke2 a kubelet-arg, see docs/override-proxy.md",)),
    ((Command(typing.BACKUP_ETCD),), ("a snapshot of etcd; only where a node has one",), ("etcdctl snapshot save FILE",)),
)  # fmt: skip


def runbook_of(plan: Plan, catalog: SchemaCatalog | None) -> Runbook:
    """The runbook of a plan. catalog: what is known of kubelet versions."""
    report = report_of(plan)
    return Runbook(("Runbook: kubelet ", *report.step), tuple(_head(report)), partial(_sections, plan, report, catalog))


def _head(report: Report) -> Iterator[Block]:
    answer = report.answer
    yield Paragraph((f"{answer.word}: {answer.sentence}",), strong=True)
    if report.impact.sentence:
        yield Paragraph((report.impact.sentence,))
    yield Paragraph((answer.gate,))
    titles = ("verdict", "containers", "pods", "containers on a drained node", "pods on a drained node")
    rows = [((WORD[one.verdict].lower(),), *((f"{number:,}",) for number in _numbers(one))) for one in report.counts]
    yield Table(titles, lambda: iter(rows))
    yield Paragraph((report.closing,))
    yield Paragraph(("Type each line and look at what it says; where one fails, stop, and do not go on with the next. Of this plan: ",
                     Name(report.plan_hash), ", as ", Command(typing.PLAN), " beside you, and in /root on each node."))  # fmt: skip


def _numbers(one: VerdictCount) -> tuple[int, ...]:
    return one.containers, one.pods, one.containers_after_drain, one.pods_after_drain


def _sections(plan: Plan, report: Report, catalog: SchemaCatalog | None) -> Iterator[Section]:
    chosen = tuple(sorted(choices(plan), key=lambda one: one.stops))
    yield from _before(plan, report, chosen)
    yield Section(("2. Calibration",), tuple(_calibration(report)))
    yield Section(("3. Impact",), tuple(_impact(plan, report)))
    yield Section(("4. Decision for each pool",), tuple(_decisions(report, chosen)))
    yield Section(("5. Order",), tuple(_order(chosen)))
    yield Section(("6. What to expect",), tuple(expecting.blocks(plan, catalog)))
    yield Section(("7. Node by node",), (Paragraph(("After each node: is it as expected? If not, stop, and look at chapter 9.",)),))
    yield from _nodes(plan, chosen)
    yield Section(("8. At the end",), tuple(_verification()))
    yield from _back(plan, chosen, catalog)
    yield Section(("10. Every verdict",), (Table(("verdict", "namespace", "pod", "container", "workload", "node", "why", "evidence"),
                                                 lambda: map(_verdict, appendix_rows(plan))),))  # fmt: skip


def _before(plan: Plan, report: Report, chosen: tuple[NodeChoice, ...]) -> Iterator[Section]:
    yield Section(("1. Before you begin",), ())
    yield Section(("Versions",), tuple(_versions(plan, report)), level=3)
    yield Section(("Tools and permissions",), tuple(_permissions(chosen)), level=3)
    yield Section(("Steps that only you know",), (
        Paragraph(("Say what these are, in root's shell on each node, or type your own step in their place; undefined they fail.",)),
        Table(("word", "what it does", "for instance"), lambda: iter(_PLACES)),
    ), level=3)  # fmt: skip
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
    if any(one.choice is Choice.OVERRIDE for one in chosen):
        yield Paragraph(("Overrides need upgradecheck with its extra: ", Command("pip install 'upgradecheck[override]'"), "."))


def _missing(plan: Plan, report: Report) -> Iterator[Block]:
    yield Bullets(tuple((Name(one.what), f": {one.reason}") for one in report.missing))
    yield Paragraph(("What hangs on it is unknown, or rests on a word. These get it and plan again:",))
    again = f"upgradecheck plan --to {quote(plan.to_version.release)} -f dump/ -o json={typing.PLAN}"
    yield Commands(typing.CLUSTER, ("upgradecheck doctor --recipe > dump.sh", "sh dump.sh", again))


def _calibration(report: Report) -> Iterator[Block]:
    yield Bullets(tuple((f"{one.label}: ", *one.line, " (in doubt)" if one.doubt else "") for one in report.basis))
    if report.notices:
        yield Bullets(tuple((notice,) for notice in report.notices))
    yield Paragraph(("Stop here if recorded hashes are not reproduced and you do not know why: the plan is then of another state.",))


def _impact(plan: Plan, report: Report) -> Iterator[Block]:
    owners = _owners(plan)
    if not report.impact.hits:
        yield Paragraph(("No workload loses a pod.",))
    for radius, hits in report.impact.hits.items():
        title, explanation = heading(radius, report.scope)
        yield Paragraph((f"{title.capitalize()}: {explanation}.",), strong=True)

        owner = ("owner",) if owners else ()
        yield Table(("namespace", "workload", *owner, "at once", "notes"), partial(_hits, hits, report, owners))
    if len(report.causes.told) > 1:
        yield Bullets(tuple((f"{one.letter}: {one.number:,} x {one.text}",) for one in report.causes.told))
    if report.drain is not None:
        yield Paragraph((f"If you drain first: {report.drain.sentence}",))
        yield Bullets(tuple((*note.about, ": ", *note.what) for note in report.drain.notes))


_Owners = Mapping[tuple[str, Workload], tuple[str, ...]]


def _owners(plan: Plan) -> _Owners:
    """By workload, whose its pods are by their label; nothing where nobody asked."""
    found: dict[tuple[str, Workload], dict[str, None]] = {}
    for pod in plan.pods:
        if pod.owner is not None:
            found.setdefault((pod.namespace, pod.workload), {})[pod.owner] = None
    return {key: tuple(names) for key, names in found.items()}


def _hits(hits: tuple[Hit, ...], report: Report, owners: _Owners) -> Iterator[tuple[Line, ...]]:
    for hit in hits:
        notes = "; ".join(notes_of(hit, budgets_read=report.budgets_read))
        known = owners.get((hit.namespace, hit.workload))
        owner: tuple[Line, ...] = (((Names(known),) if known else ("–",)),) if owners else ()
        yield (Name(hit.namespace),), (Name(f"{hit.workload.kind}/{hit.workload.name}"),), *owner, where(hit), (notes,)


def _decisions(report: Report, chosen: tuple[NodeChoice, ...]) -> Iterator[Block]:
    def rows() -> Iterator[tuple[Line, ...]]:
        for one in pools(chosen):
            start, end = one.step
            whys = (*one.whys[:3], *([f"and {len(one.whys) - 3} other reasons"] if len(one.whys) > 3 else []))
            pool: Line = ("–",) if one.pool is None else (Name(one.pool),)
            step: Line = ("unknown version" if start is None else start, Arrow(), end)
            yield pool, step, (Name(one.runtime),), (one.choice.value,), ("; ".join(whys),), (Names(one.names),)

    yield Table(("pool", "kubelet", "runtime", "decision", "because", "nodes"), rows)
    yield Bullets(report.next_steps)


def _order(chosen: tuple[NodeChoice, ...]) -> Iterator[Block]:
    yield Paragraph(("One node after the other, those first on which least stops.",))


def _nodes(plan: Plan, chosen: tuple[NodeChoice, ...]) -> Iterator[Section]:
    on_node: dict[str | None, list[PlannedPod]] = {}
    for pod in plan.pods:
        on_node.setdefault(pod.node, []).append(pod)
    for one in chosen:
        yield Section((Name(one.node.name), f": {one.choice.value}"), tuple(_node(one, plan, on_node.get(one.node.name, []))), level=3)


def _node(one: NodeChoice, plan: Plan, pods: list[PlannedPod]) -> Iterator[Block]:
    yield Paragraph((f"Because {one.why}.",))
    stops = _stops(pods)
    if stops:
        more = len(stops) - _MOST_STOPS
        rest: tuple[Line, ...] = ((f"and {count(more, 'more pod')}, see chapter 10",),) if more > 0 else ()
        yield Bullets((*stops[:_MOST_STOPS], *rest))
    if not typing.can_be_typed(one.node):
        yield Paragraph(("Its name is none that Kubernetes allows, so no command is given for it.",))
    yield from typing.commands(one, plan)


def _stops(pods: list[PlannedPod]) -> list[Line]:
    """What is expected to stop there, or may, a line a pod."""
    found: list[Line] = []
    for pod in pods:
        names = tuple(one.name for one in pod.containers if one.fate in (*GONE, Verdict.UNKNOWN))
        if names or (not pod.containers and pod.fate in (*GONE, Verdict.UNKNOWN)):
            whole: Line = (Names(names),) if names else ("as a whole",)
            found.append((f"{WORD[pod.fate].lower()}: ", Name(f"{pod.namespace}/{pod.name}"), ", ", *whole))
    return found


def _verification() -> Iterator[Block]:
    yield Commands(typing.CLUSTER, (f"upgradecheck verify {typing.PLAN} -o table -o json=verified.json",))
    yield Bullets((
        ("0: what could be compared came as predicted.",),
        ("2: misses or false alarms: keep verified.json beside your change record, and find out why before the next pool.",),
        ("3: it could not be decided: what was not seen is named.",),
    ))  # fmt: skip


def _back(plan: Plan, chosen: tuple[NodeChoice, ...], catalog: SchemaCatalog | None) -> Iterator[Section]:
    found = way_back(plan, catalog)
    yield Section(("9. The way back",), tuple(_told_back(plan, found)))
    for one in chosen:
        given = tuple(typing.back(one, plan))
        if given:
            yield Section((Name(one.node.name), Arrow(), str(release_of(one.node.from_version))), given, level=3)


def _told_back(plan: Plan, found: WayBack) -> Iterator[Block]:
    words = {Back.RESTART: "restarted", Back.UNKNOWN: "cannot be told", Back.KEPT: "kept"}
    told = ", ".join(f"{words[one]} {number:,}" for one, number in in_order(found.numbers))
    yield Paragraph((f"If the old kubelet runs again after the upgrade, of the containers there: {told or 'none is known'}.",), strong=True)
    if found.without_undo is not None:
        yield Paragraph((f"That is with overrides put back first, as below; without, {found.without_undo:,} are restarted.",))

    def rows() -> Iterator[tuple[Line, ...]]:
        return (
            ((Name(namespace),), (Name(f"{workload.kind}/{workload.name}"),), (f"{restart:,}",), (f"{unknown:,}",))
            for namespace, workload, restart, unknown in found.workloads
        )

    if found.workloads:
        yield Table(("namespace", "workload", "restart", "unknown"), rows)
    yield Bullets((
        ("It is foretold of the hashes of this plan. Not in it is what the old kubelet refuses or resizes, and what has moved meanwhile: "
         "before you take it, plan the way back on the nodes as they are then.",),
        ("The control plane stays: upstream supports no way back for it. A kubelet may be two minors older than it, from 1.25 on three.",),
        ("If the old kubelet does not start and names a state file, put back the one of ", Name(typing.STATE), "."),
    ))  # fmt: skip
    if plan.from_version is not None:
        again = f"upgradecheck plan --from {quote(plan.to_version.release)} --to {quote(plan.from_version.release)} -o table"
        yield Commands(typing.CLUSTER, (again,))


def _verdict(row: AppendixRow) -> tuple[Line, ...]:
    names = ((Name(text),) for text in (row.namespace, row.pod, row.container, row.workload, row.node))
    return ((WORD[row.verdict].lower(),), *names, (row.why,), (row.evidence,))
