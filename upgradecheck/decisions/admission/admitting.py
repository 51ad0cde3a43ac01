"""The pods of a node, one after the other as a restarted kubelet admits them.

Static pods come first (their source is read at once, while that of the API server waits for the Node object), then those of the API
server by time of creation. Pods of one second come in an order that nobody can tell; what hangs on it is possible at most.

Mirrors HandlePodAdditions and canAdmitPod in pkg/kubelet/kubelet.go, Admit and generalFilter in pkg/kubelet/lifecycle/predicate.go.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from upgradecheck.decisions.admission import checks
from upgradecheck.decisions.admission.node import NodeView, node_view
from upgradecheck.decisions.admission.outcomes import ADMITTED, Admitted, Ground, Outcome, Possible, Refusal, Refused, plain
from upgradecheck.decisions.admission.preempting import Present
from upgradecheck.decisions.admission.requests import PodRequest
from upgradecheck.decisions.admission.resources import CPU, PODS
from upgradecheck.decisions.admission.room import Shortage, TakenRoom, colliding, shortages
from upgradecheck.model.admission import OSCheck, Predicates
from upgradecheck.model.config import SAME_CONFIG, Configs
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.pod import NodeFacts
from upgradecheck.model.wording import count

_ORDER = "the order in which pods that were created in the same second are admitted"
_RESIZE = "which resources an in-place resize has left to the pods"
_BEFORE = "whether the pods before it are all admitted"
_SOURCE = "whether static pods are admitted before those of the API server"


def admit(
    requests: Iterable[PodRequest],
    facts: NodeFacts,
    build: KubeletBuild,
    *,
    running: KubeletBuild | None = None,
    configs: Configs = SAME_CONFIG,
    docker_over_cri: bool = False,
) -> Mapping[str, Outcome]:
    """What becomes of each pod of a node under a restarted kubelet, by UID; finished pods are listed where it admits them again.

    running: the kubelet that wrote the Node object, None if it is not known. configs: the kubelets' configurations.
    docker_over_cri: docker is known to be spoken to over CRI.
    """
    pods = sorted(requests, key=lambda pod: (not pod.static, pod.created is None, pod.created or "", pod.uid))
    return judged(pods, node_view(facts, build, running, configs=configs, docker_over_cri=docker_over_cri), build)


def judged(pods: Sequence[PodRequest], node: NodeView, build: KubeletBuild) -> Mapping[str, Outcome]:
    """The same of pods in the order in which they come, by a node as admission sees it."""
    return _Admission(node, build, pods).run()


class _Admission:
    """One pass over a node's pods. What surely admitted pods take is kept apart from what the others may take, too."""

    def __init__(self, node: NodeView, build: KubeletBuild, pods: Sequence[PodRequest]) -> None:
        self._node, self._build, self._facts, self._pods = node, build, build.admission, pods
        self._seconds = Counter((pod.static, pod.created) for pod in pods)
        self._mixed = len({pod.static for pod in pods}) > 1
        self._sure, self._likely = TakenRoom(), TakenRoom()
        self._present = Present()
        self._surely: set[str] = set()
        self._resizing = False
        self._outcomes: dict[str, Outcome] = {}

    def run(self) -> Mapping[str, Outcome]:
        for pod in self._pods:
            if (pod.finished and not self._facts.readmits_finished) or (pod.deleted and not self._facts.counts_deleted):
                continue
            outcome = self._judged(pod)
            self._count(pod, outcome)
            self._outcomes[pod.uid] = outcome
        return self._outcomes

    def _count(self, pod: PodRequest, outcome: Outcome) -> None:
        """A pod that is refused has failed, and takes no room; nor does one that had finished before."""
        gone = isinstance(outcome, Refused) or pod.finished
        if gone and not self._facts.counts_finished:
            return
        self._likely.add(pod.needs)
        self._present.add(pod)
        self._resizing = self._resizing or pod.needs.resizing
        if not isinstance(outcome, Possible):
            self._sure.add(pod.needs)
            self._surely.add(pod.uid)

    def _judged(self, pod: PodRequest) -> Outcome:
        """The first certain refusal, else the first that is likely, else the first possible one."""
        possible: Outcome = ADMITTED
        for outcome in self._grounds(pod):
            if pod.idle and not isinstance(outcome, Admitted) and outcome.ground.stays_pending:
                continue  # it is Pending, and stays so
            if isinstance(outcome, Refused):
                return outcome
            if possible == ADMITTED or (
                isinstance(possible, Possible) and isinstance(outcome, Possible) and outcome.likely > possible.likely
            ):
                possible = outcome
        return possible

    def _grounds(self, pod: PodRequest) -> Iterator[Outcome]:
        node, build = self._node, self._build
        yield from checks.before_predicates(pod, node, build)
        if self._facts.os_check is OSCheck.FIRST:
            yield from checks.os_checks(pod, node)
        yield from checks.gated(pod, node, build)
        yield from self._predicates(pod)
        if self._facts.os_check is OSCheck.LAST:
            yield from checks.os_checks(pod, node)
        yield from checks.after_predicates(pod, node, build)

    def _predicates(self, pod: PodRequest) -> Iterator[Outcome]:
        """Room first, then the rest; a critical pod is refused for want of room only where nothing can be stopped for it."""
        others = tuple(self._beside_room(pod))
        short = tuple(shortages(pod.needs, self._likely, self._node.room, self._facts))
        if short and not self._preempts(pod):
            yield self._short(pod, short[0], Refusal.OUT_OF, f"OutOf{short[0].resource}")
        yield from others
        if short and self._preempts(pod):
            yield from self._make_room(pod, short)

    def _beside_room(self, pod: PodRequest) -> Iterator[Outcome]:
        selection, name = checks.selection(pod, self._node, self._build), checks.node_name(pod, self._node, self._build)
        ports = self._ports(pod)
        if self._facts.predicates is Predicates.PREDICATES:
            yield from (*name, *ports, *selection)
        else:
            yield from (*selection, *name, *ports)
        yield from checks.taints(pod, self._node, self._build)

    def _ports(self, pod: PodRequest) -> Iterator[Outcome]:
        by_number = self._facts.ports_by_number
        port = colliding(pod.needs, self._likely, by_number=by_number)
        if port is None:
            return
        ground = checks.named(Refusal.NODE_PORTS, self._build, f"host port {port.port}/{port.protocol}", "another pod on it")
        certain = colliding(pod.needs, self._sure, by_number=by_number) is not None
        yield self._weighed(pod, ground, None if certain else _BEFORE)

    def _preempts(self, pod: PodRequest) -> bool:
        gated = self._facts.preemption_needs_annotation_gate and not self._build.feature_gate("ExperimentalCriticalPodAnnotation")
        return pod.critical and not gated

    def _make_room(self, pod: PodRequest, short: tuple[Shortage, ...]) -> Iterator[Outcome]:
        """Mirrors HandleAdmissionFailure in pkg/kubelet/preemption/preemption.go."""
        victims = self._present.stopped_for(pod, short)
        if victims is None:
            yield self._short(pod, short[0], Refusal.UNEXPECTED, Refusal.UNEXPECTED.value)
            return
        ground = plain(Refusal.PREEMPTED, "its room", "a critical pod that does not fit otherwise")
        for other in self._present.as_well(pod, victims):
            self._outcomes[other.uid] = Possible(ground, "which of the pods that can be stopped the kubelet takes", likely=True)
        for victim in victims:
            self._leave(victim)

    def _leave(self, victim: PodRequest) -> None:
        self._likely.add(victim.needs, -1)
        self._present.leave(victim)
        if victim.uid in self._surely:
            self._surely.remove(victim.uid)
            self._sure.add(victim.needs, -1)

    def _short(self, pod: PodRequest, short: Shortage, refusal: Refusal, reason: str) -> Outcome:
        asked, has = (
            _amount(short.asked, short.resource),
            f"{_amount(short.room, short.resource)}, {_plain(short.taken, short.resource)} taken",
        )
        ground = Ground(refusal, reason, asked, has)
        facts, room = self._facts, self._node.room
        if any(shortages(pod.needs, TakenRoom(), room, facts)):
            return Possible(ground, _RESIZE) if pod.needs.resizing else Refused(ground)
        if self._resizing or pod.needs.resizing:
            return Possible(ground, _RESIZE)
        return self._weighed(pod, ground, None if any(shortages(pod.needs, self._sure, room, facts)) else _BEFORE)

    def _weighed(self, pod: PodRequest, ground: Ground, doubt: str | None) -> Outcome:
        """A refusal for what others take: certain unless there is a doubt, or the order of admission is not known."""
        if doubt is not None:
            return Possible(ground, doubt, likely=True)
        if self._seconds[pod.static, pod.created] > 1 or (pod.created is None and not pod.static):
            return Possible(ground, _ORDER, likely=True)
        if not self._facts.waits_for_node and self._mixed:
            return Possible(ground, _SOURCE, likely=True)
        return Refused(ground)


def _amount(amount: int, resource: str) -> str:
    return count(amount, "pod") if resource == PODS else f"{_plain(amount, resource)} {resource}"


def _plain(amount: int, resource: str) -> str:
    return f"{amount}m" if resource == CPU else str(amount)
