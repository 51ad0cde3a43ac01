"""Known upgrade dangers, one rule per file in ``rules/``; a rule reads the decisions and gives findings.

A rule's id is also its file's name (in lower case), its examples' and its page's (``docs/rules/``, written from the rule and its first
example). Rules are found by their files' names, and imported when they are to run or to be told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from itertools import compress
from pkgutil import iter_modules
from typing import Any, TypeVar

import msgspec

from upgradecheck.decisions.admission import Outcome
from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.hazards import rules
from upgradecheck.model.alike import firsts_of, numbered, numbers_of, weighed
from upgradecheck.model.checkpoint import CheckpointTrouble
from upgradecheck.model.config import SAME_CONFIG, Configs
from upgradecheck.model.exposure import Exposure
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.plan import Calibration, Cause, Finding, ObjectRef, PlannedContainer, PlannedPod, Severity, Verdict
from upgradecheck.model.reasons import Reason
from upgradecheck.model.rules import RuleFacts
from upgradecheck.model.schema import Era
from upgradecheck.model.snapshot import Facts
from upgradecheck.model.starting import OptionRemark, StartTrouble
from upgradecheck.model.statefiles import StateTrouble

Key = TypeVar("Key")
Value = TypeVar("Value")


class PodAdmission(msgspec.Struct, frozen=True, gc=False):
    """A pod and what becomes of it when the new kubelet admits it again. succeeded: it had come to a good end before."""

    pod: PlannedPod
    outcome: Outcome
    succeeded: bool = False


class OtherKubelet(msgspec.Struct, frozen=True, gc=False):
    """What UIDs of static pods say to run on a node, and of how many. perhaps_pinned: unless their manifests, unseen, give them."""

    minors: tuple[str, ...]
    pods: int
    perhaps_pinned: bool = False


class Sorted(msgspec.Struct, frozen=True, gc=False):
    """The containers of an upgrade, looked through once for all rules; in a fleet most rules have nothing to look at.

    by_reason: the forms of pods that have one with it, by their numbers. restarting: those that have one whose verdict that is. by_causes:
    each causes that any of these has, and of how many; they are told apart by what they are, since replicas share them.
    """

    by_reason: Mapping[Reason, Collection[int]]
    restarting: Collection[int]
    by_causes: Mapping[int, tuple[tuple[Cause, ...], int]]


class Upgrade(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """The decided pods and what is common to them: the distinct versions that nodes start from, and the one they go to.

    facts: all that the sources told beside the pods. noted: by rule, the pods of which it noted something, with that.
    admission: pods that are or may be refused when they are admitted again; those that are admitted need not be there.
    configs: the kubelets' configurations; own_configs: of nodes that are set up otherwise. checkpoints: what is wrong with checkpoints.
    contradicted: by node, how many recorded hashes its checkpoint contradicts. others: by node, another kubelet than it is
    said to run, by the UIDs of its static pods; said: by node, the version that it is said to run. alone: no other node is seen that pods
    could go to. troubles: what new kubelets stop at.
    state_troubles: what new kubelets make of the state files that they find.
    new_runtime: the container runtime that the user says will serve.
    cgroups_unseen: they do not start on cgroup v1, and which version nodes have was not seen.
    user_ids_unseen: they ask for the IDs of a user, and whether nodes have that user was not seen.
    exposures: of each pod in turn, what it is exposed to beside its verdict.
    remarks: what is to be said of flags and fields with which they start.
    server: the API server when the new kubelet runs, None where nobody tells.
    nobodys: by node, how many UIDs of static pods were to be made again, where no minor makes any.
    """

    starts: tuple[KubeletEnd, ...]
    target: KubeletEnd
    pods: Sequence[PlannedPod]
    facts: Facts
    noted: Mapping[str, Sequence[tuple[PlannedPod, Any]]] = {}
    calibration: Calibration = Calibration()
    admission: tuple[PodAdmission, ...] = ()
    checkpoints: tuple[CheckpointTrouble, ...] = ()
    contradicted: Mapping[str, int] = {}
    configs: Configs = SAME_CONFIG
    own_configs: Mapping[str, Configs] = {}
    others: Mapping[str, OtherKubelet] = {}
    said: Mapping[str, str] = {}
    alone: bool = False
    nobodys: Mapping[str, int] = {}
    troubles: tuple[StartTrouble, ...] = ()
    cgroups_unseen: bool = False
    user_ids_unseen: bool = False
    exposures: tuple[Exposure, ...] = ()
    state_troubles: tuple[StateTrouble, ...] = ()
    remarks: tuple[OptionRemark, ...] = ()
    server: KubeletBuild | None = None
    new_runtime: str = ""
    memo: list[Sorted] = msgspec.field(default_factory=list)
    """What was looked through, once it was."""

    @property
    def sorted(self) -> Sorted:
        """The containers by what rules ask for."""
        if not self.memo:
            self.memo.append(_sorted(self.pods))
        return self.memo[0]

    def of_reason(self, *reasons: Reason) -> Iterator[tuple[PlannedPod, PlannedContainer]]:
        """Every container that has one of these reasons with its pod, in plan order."""
        having = {number for reason in reasons for number in self.sorted.by_reason.get(reason, ())}
        return ((pod, one) for pod in numbered(self.pods, having) for one in pod.containers if one.reason in reasons)

    def restarting(self, holds: Callable[[PlannedContainer], object]) -> Iterator[tuple[PlannedPod, PlannedContainer]]:
        """Every container that restarts and of which something holds, with its pod, in plan order. holds: as of those."""

        def counts(one: PlannedContainer) -> bool:
            return one.verdict is Verdict.RESTART and bool(holds(one))

        firsts = firsts_of(self.pods)
        having = {number for number in self.sorted.restarting if any(map(counts, firsts[number].containers))}
        return ((pod, one) for pod in numbered(self.pods, having) for one in pod.containers if counts(one))

    def restarting_for(self, counts: Callable[[Cause], bool]) -> Iterator[tuple[PlannedPod, PlannedContainer, Cause]]:
        """Every cause that counts, of every container that restarts, with its pod, in plan order."""
        counting = {key: found for key, (causes, _) in self.sorted.by_causes.items() if (found := [one for one in causes if counts(one)])}
        if counting:
            for pod, container in self.restarting(lambda one: id(one.causes) in counting):
                for cause in counting[id(container.causes)]:
                    yield pod, container, cause

    @property
    def from_versions(self) -> tuple[str, ...]:
        """The old versions as reported or given."""
        return tuple(start.release for start in self.starts)

    @property
    def to_version(self) -> str:
        """The new version."""
        return self.target.release

    @property
    def from_eras(self) -> tuple[Era, ...]:
        """The eras of the old versions, each once."""
        return tuple(dict.fromkeys(start.classes[-1].schema.era for start in self.starts))

    @property
    def to_era(self) -> Era:
        """The era of the new version."""
        return self.target.classes[-1].schema.era

    def containers(self) -> Iterator[tuple[PlannedPod, PlannedContainer]]:
        """Every container with its pod, in plan order."""
        for pod in self.pods:
            for container in pod.containers:
                yield pod, container

    def exposed(self, holds: Callable[[PlannedPod, Exposure], object]) -> Iterator[tuple[PlannedPod, Exposure]]:
        """Every pod of which something holds, with what it is exposed to, in plan order; without exposures nothing is known of any.

        holds: as of those.
        """
        numbers = numbers_of(self.pods)
        of_first = dict(zip(reversed(numbers[: len(self.exposures)]), reversed(self.exposures), strict=True))
        firsts = firsts_of(self.pods)
        having = {number for number, exposure in of_first.items() if holds(firsts[number], exposure)}
        return zip(numbered(self.pods, having), compress(self.exposures, map(having.__contains__, numbers)), strict=False)

    def configs_on(self, node: str | None) -> Configs:
        """The configurations of a node's kubelets."""
        return self.configs if node is None else self.own_configs.get(node, self.configs)

    def versions(self) -> str:
        """``1.30.14 → 1.31.14`` for messages."""
        return f"{', '.join(self.from_versions) or '?'} → {self.to_version}"


def _sorted(pods: Iterable[PlannedPod]) -> Sorted:
    by_reason = defaultdict[Reason, set[int]](set)
    restarting = set[int]()
    by_causes = dict[int, tuple[tuple[Cause, ...], int]]()
    for number, (pod, times) in enumerate(weighed(pods)):
        for container in pod.containers:
            by_reason[container.reason].add(number)
            if container.verdict is Verdict.RESTART:
                restarting.add(number)
                causes = container.causes
                _, known = by_causes.get(id(causes), (causes, 0))
                by_causes[id(causes)] = causes, known + pod.number * times
    return Sorted(by_reason, restarting, by_causes)


class Rule(RuleFacts, frozen=True, gc=False, kw_only=True):
    """One hazard: what is said of it, and how it is found.

    unexamined: what it could not examine, for want of facts.
    """

    findings: Callable[[Upgrade], Iterable[Finding]]
    unexamined: Callable[[Facts], Iterable[str]] | None = None

    def finding(self, found: ObjectRef, message: str, remedy: str | None = None, severity: Severity | None = None) -> Finding:
        """One occurrence, with the rule's own remedy and severity where it has no other."""
        return Finding(self.id, severity or self.severity, found, message, remedy or self.remedy)


def grouped(found: Iterable[tuple[Key, Value]]) -> Mapping[Key, list[Value]]:
    """Values by what they are counted by, in the order in which that comes first."""
    groups: dict[Key, list[Value]] = {}
    for key, value in found:
        groups.setdefault(key, []).append(value)
    return groups


def workload_of(pod: PlannedPod, container: PlannedContainer | None = None) -> ObjectRef:
    """A pod's workload, or a container of it, so that its pods are counted together."""
    return ObjectRef(pod.workload.kind, pod.workload.name, pod.namespace, container.name if container else None)


def pod_itself(pod: PlannedPod, container: PlannedContainer | None = None) -> ObjectRef:
    """A pod, or a container of it."""
    return ObjectRef("Pod", pod.name, pod.namespace, container.name if container else None)


def rule_ids() -> tuple[str, ...]:
    """The ids of all rules, sorted; imports none of them."""
    return tuple(sorted(module.name.upper() for module in iter_modules(rules.__path__)))


def rule(id_: str) -> Rule:
    """The rule of that id, which is one of rule_ids()."""
    found: Rule = import_module(f"{rules.__name__}.{id_.lower()}").RULE
    return found


def discover() -> tuple[Rule, ...]:
    """All rules, by id."""
    return tuple(map(rule, rule_ids()))
