"""In which order nodes are upgraded, and node by node what is expected to stop there and what is typed.

Where the plan parts nodes into waves, these are the order; the nodes of one wave may go at the same time. After each wave what came is held
against the plan, and what was found once stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from upgradecheck.explaining.runbook import pins, typing
from upgradecheck.explaining.runbook.blocks import Block, Bullets, Commands, Paragraph, Section, Table
from upgradecheck.explaining.runbook.choosing import Choice, NodeChoice, bare_pods
from upgradecheck.explaining.runbook.looking import Looks
from upgradecheck.explaining.runbook.naming import can_be_typed
from upgradecheck.model.plan import GONE, Plan, PlannedNode, PlannedPod, Severity, Verdict
from upgradecheck.model.reasons import Reason
from upgradecheck.model.wording import count
from upgradecheck.reporting.lines import Command, Line, Name, Names, joined, with_commands
from upgradecheck.reporting.overriding import OverrideWay
from upgradecheck.reporting.report import Report
from upgradecheck.reporting.waves import APART, UNSOLVED, ToldWave
from upgradecheck.reporting.words import WORD

_MOST_STOPS = 12
_RULES = {
    Reason.RUNTIME_REMOVED: ("UC033",),
    Reason.KUBELET_WILL_NOT_START: ("UC031", "UC032"),
    Reason.KUBELET_MAY_NOT_START: ("UC032",),
    Reason.OTHER_NODE_NAME: ("UC019",),
}
"""Whose findings say what keeps a kubelet from coming up."""
_Pods = dict[str | None, list[PlannedPod]]


def in_their_order(chosen: Sequence[NodeChoice], report: Report) -> tuple[NodeChoice, ...]:
    """The nodes as they are gone through: by waves, else those first on which least stops."""
    if report.waves is None:
        return tuple(sorted(chosen, key=lambda one: one.stops))
    places = {name: place for place, name in enumerate(name for wave in report.waves.waves for name in wave.nodes)}
    return tuple(sorted(chosen, key=lambda one: places.get(one.node.name, len(places))))


def order(report: Report) -> Iterator[Block]:
    """In which order, and why."""
    told = report.waves
    if told is None:
        yield Paragraph(("One node after the other, those first on which least stops.",))
        return
    yield Paragraph((told.sentence,))

    def rows() -> Iterator[tuple[Line, ...]]:
        for wave in told.waves:
            zone: Line = ("–",) if wave.zone is None else (Name(wave.zone),)
            yield (f"{wave.number:,}",), (wave.kind,), zone, (Names(wave.nodes),), (wave.stops,), joined(list(wave.reasons), "; ")

    if told.waves:
        yield Table(("wave", "kind", "zone", "nodes", "what stops", "why it is no larger"), rows)
    if told.apart:
        yield Paragraph((f"In no wave, {APART}; plan again then:",), strong=True)
        yield Bullets(tuple((Names(one.nodes), f": {one.why}") for one in told.apart))
    if told.unsolved:
        yield Paragraph((f"{UNSOLVED[:1].upper()}{UNSOLVED[1:]}: decide about them before you begin.",))
        yield Bullets(tuple((*one.about, ": ", *one.what, f"; what helps: {one.ways}" if one.ways else "") for one in told.unsolved))


def walk(plan: Plan, report: Report, chosen: Sequence[NodeChoice]) -> Iterator[Section]:
    """Wave by wave, and node by node."""
    on_node: _Pods = {}
    for pod in plan.pods:
        on_node.setdefault(pod.node, []).append(pod)
    if report.waves is None:
        yield from (_node(one, plan, on_node, level=3) for one in chosen)
        return
    by_name = {one.node.name: one for one in chosen}
    looks = Looks(report.waves.waves, chosen)
    for wave in report.waves.waves:
        yield Section(
            (f"Wave {wave.number:,}, {wave.kind}: {count(len(wave.nodes), 'node')}",),
            (Paragraph((f"{wave.stops[:1].upper()}{wave.stops[1:]}.",)),),
            level=3,
        )
        yield from (_node(by_name.pop(name), plan, on_node, level=4) for name in wave.nodes if name in by_name)
        yield Section((f"After wave {wave.number:,}",), tuple(_after(wave, looks)), level=4)
    if report.waves.apart and by_name:
        yield Section((f"In no wave, {APART}",), (), level=3)
    yield from (_node(one, plan, on_node, level=4 if report.waves.apart else 3) for one in by_name.values())


def _after(wave: ToldWave, looks: Looks) -> Iterator[Block]:
    if (line := looks.after(wave.number)) is not None:
        yield Commands(typing.CLUSTER, (line,))
    if looks.apart_in(wave.number):
        yield Paragraph(("Nodes that were pinned have been held against plans of their own, each in its part.",))
    yield Paragraph(("Go on only if that is as foretold (chapter 7), every workload is ready again, and what you watch is as it was.",))


def _node(one: NodeChoice, plan: Plan, on_node: _Pods, *, level: int) -> Section:
    return Section((Name(one.node.name), f": {one.choice.value}"), tuple(_of_node(one, plan, on_node.get(one.node.name, []))), level)


def _of_node(one: NodeChoice, plan: Plan, pods: list[PlannedPod]) -> Iterator[Block]:
    yield Paragraph((f"Because {one.why}.",))
    if one.obstacle is not None and one.choice is not Choice.DONE:
        yield from _obstacle(one.obstacle, plan)
        return
    stops = _stops(pods)
    if stops:
        more = len(stops) - _MOST_STOPS
        rest: tuple[Line, ...] = ((f"and {count(more, 'more pod')}, see chapter 10",),) if more > 0 else ()
        yield Bullets((*stops[:_MOST_STOPS], *rest))
    if one.choice is Choice.DRAIN and (bare := bare_pods(pods)):
        yield Paragraph(("A drain is refused while pods run there that nothing makes anew: ", Names(bare), ". Move or delete them first; ",
                         Command("--force"), " deletes them for good."))  # fmt: skip
    if one.waits:
        yield from _waits(one.waits)
    if one.pins.pods and one.choice not in typing.NOTHING_TO_DO:
        yield from _pins(one.pins, one.node)
    if not can_be_typed(one.node):
        yield Paragraph(("Its name is none that Kubernetes allows, so no command is given for it.",))
    if typing.is_open(one):
        how = OverrideWay.UNKNOWN.value[1]
        yield Paragraph(
            ("Its runtime was not seen, so no command is given for it: give its Node object, and plan again. ", *with_commands(how))
        )
    yield from typing.commands(one, plan, pods)


def _pins(found: pins.Pins, node: PlannedNode) -> Iterator[Block]:
    """What keeps static pods whose UID changes, and that the node has a plan of its own from then on."""
    names = Names(tuple(f"{pod.namespace}/{pod.name}" for pod in found.pods))
    if not found.typed and can_be_typed(node):
        why = "this distribution has the kubelet inside its own unit, and may write its manifests anew whenever that starts"
        yield Paragraph((names, f" would be kept by a pin of their UID, but no command is given for it: {why}."))
    if not found.typed:
        return
    yield Paragraph(("A pin of their UID keeps ", names, " from being made anew. With it their manifests are others than this plan "
                     "knew, so the node gets a plan of its own, and goes by that: add what this one was given of the new kubelet (",
                     Command("--feature-gate"), ", ", Command("--to-config"), "), and read what still restarts. ", *_confirmed(found),
                     "It is held against ", Command(pins.here(node)), ". A pin hides later edits: ", Command("upgradecheck override unpin"),
                     " takes it out with the next restart that is wanted."))  # fmt: skip


def _confirmed(found: pins.Pins) -> Line:
    return (Command("PINNED_HASH"), " is the hash of that plan, which confirms it. ") if found.overridden else ()


def _obstacle(obstacle: Reason, plan: Plan) -> Iterator[Block]:
    """What stands in the way of the new kubelet, as its findings say, and what mends it."""
    found = [one for one in plan.findings if one.rule in _RULES.get(obstacle, ()) and one.severity is not Severity.INFO]
    told = [(f"{one.rule}: ", one.message, " ", *with_commands(one.remedy)) for one in found]
    yield Paragraph(("Do not upgrade it yet; no command is given for it until that is mended and planned again:",), strong=True)
    yield Bullets((*told, with_commands(obstacle.next_step or obstacle.sentence)))


def _waits(pods: Sequence[PlannedPod]) -> Iterator[Block]:
    """What a drain does not get past, and what helps."""
    refused = tuple(f"{pod.namespace}/{pod.name}" for pod in pods if len(pod.budgets) > 1)
    held = tuple(f"{pod.namespace}/{pod.name}" for pod in pods if len(pod.budgets) == 1)
    if held:
        names = tuple(dict.fromkeys(f"{pod.namespace}/{name}" for pod in pods if len(pod.budgets) == 1 for name in pod.budgets))
        yield Paragraph(("The drain waits, and fails after its timeout, while the PodDisruptionBudgets ", Names(names), " let none go of ",
                         Names(held), ". Scale their workloads up first; go on when ",
                         Command("kubectl get pdb --all-namespaces"), " shows more than 0 under ALLOWED DISRUPTIONS."))  # fmt: skip
    if refused:
        yield Paragraph(
            (
                "The drain is refused ",
                Names(refused),
                ", which several PodDisruptionBudgets select: let one of them alone do so first.",
            )
        )


def _stops(pods: list[PlannedPod]) -> list[Line]:
    """What is expected to stop there, or may, a line a pod."""
    found: list[Line] = []
    for pod in pods:
        names = tuple(one.name for one in pod.containers if one.fate in (*GONE, Verdict.UNKNOWN))
        if names or (not pod.containers and pod.fate in (*GONE, Verdict.UNKNOWN)):
            whole: Line = (Names(names),) if names else ("as a whole",)
            found.append((f"{WORD[pod.fate].lower()}: ", Name(f"{pod.namespace}/{pod.name}"), ", ", *whole))
    return found
