"""Known upgrade dangers, one rule per file in ``rules/``; a rule reads the decisions and gives findings.

A rule's id is also its file's name (in lower case), its test's and its examples'. Rules are found by their files.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from upgradecheck.decisions.admission import Outcome
from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.hazards import rules
from upgradecheck.model.budget import Exceeded
from upgradecheck.model.checkpoint import CheckpointTrouble
from upgradecheck.model.plan import Calibration, Finding, PlannedContainer, PlannedPod
from upgradecheck.model.schema import Era


@dataclass(frozen=True, slots=True)
class PodAdmission:
    """A pod and what becomes of it when the new kubelet admits it again."""

    pod: PlannedPod
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Upgrade:
    """The decided pods and what is common to them: the distinct versions that nodes start from, and the one they go to.

    admission: pods that are or may be refused when they are admitted again; those that are admitted need not be there.
    checkpoints: what is wrong with checkpoints. contradicted: by node, how many recorded hashes its checkpoint contradicts.
    server: the API server's version, None where nobody asked it. budgets: PodDisruptionBudgets that one node's upgrade exceeds.
    """

    starts: tuple[KubeletEnd, ...]
    target: KubeletEnd
    pods: tuple[PlannedPod, ...]
    calibration: Calibration
    admission: tuple[PodAdmission, ...] = ()
    checkpoints: tuple[CheckpointTrouble, ...] = ()
    contradicted: Mapping[str, int] = field(default_factory=dict)
    server: str | None = None
    budgets: tuple[Exceeded, ...] = ()

    @property
    def from_versions(self) -> tuple[str, ...]:
        """The old versions as reported or given."""
        return tuple(start.text for start in self.starts)

    @property
    def to_version(self) -> str:
        """The new version."""
        return self.target.text

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

    def versions(self) -> str:
        """``1.30.14 → 1.31.14`` for messages."""
        return f"{', '.join(self.from_versions) or '?'} → {self.to_version}"


class Rule(Protocol):
    """One hazard: id such as UC001, a title for headings, and what it finds."""

    id: str
    title: str

    def findings(self, upgrade: Upgrade) -> Iterable[Finding]:
        """Every occurrence; none if there is none."""
        ...


def told_hash(number: int | None) -> str:
    """A hash as the kubelet writes it on a container."""
    return "unknown" if number is None else f"{number:x}"


def discover() -> tuple[Rule, ...]:
    """All rules, by id."""
    found: list[Rule] = [importlib.import_module(f"{rules.__name__}.{module.name}").RULE for module in pkgutil.iter_modules(rules.__path__)]
    return tuple(sorted(found, key=lambda rule: rule.id))
