"""A law of whole plans: what a checkpoint's history makes of a container is what its record would have said, or unknown.

Nodes with one to four kubelets in any order, downgrades too; containers that started at any moment of it, also in the second in which a
kubelet did; histories that lack their beginning.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.builders import STARTED, as_version, computed, kubelet, listed, node, pod, with_env, with_new_probe_field, with_sidecar
from tests.drawing import tried
from tests.unit.checkpoint.samples import checkpoint
from upgradecheck.commands import plan as pipeline
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.formats.checkpoint import encode_checkpoint
from upgradecheck.model.checkpoint import KubeletStart, NodeIdentity
from upgradecheck.model.hash import Hash
from upgradecheck.model.plan import Verdict
from upgradecheck.model.schema import ContainerKind
from upgradecheck.model.times import SECOND, rfc3339

DAY = 86_400 * SECOND
BEGIN = 1_704_873_600 * SECOND + SECOND // 3
DOCUMENT = with_env(with_new_probe_field(with_sidecar(pod(), "mesh")), "a\bb")
VERSIONS = ("1.13.12", "1.15.12", "1.16.15", "1.20.15", "1.22.17", "1.28.15", "1.29.15", "1.30.14", "1.31.0", "1.33.13")
WITH_SIDECARS = VERSIONS[-4:]
TARGETS = ("1.21.14", "1.30.14", "1.31.14", "1.32.13", "1.34.1")


@cache
def hash_of(version: str, name: str) -> Hash:
    return computed(version, DOCUMENT, name)


@dataclass(frozen=True)
class Lived:
    """Kubelets a day apart; the container `name` was created by the one at place `creator`, so long after its start."""

    versions: tuple[str, ...]
    name: str
    creator: int
    after: int
    unknown: int
    """How many of the first kubelets the checkpoint does not know."""
    target: str

    @property
    def kind(self) -> ContainerKind:
        return ContainerKind.SIDECAR if self.name == "mesh" else ContainerKind.APP

    @property
    def hash(self) -> Hash:
        return hash_of(self.versions[self.creator], self.name)

    def can_be(self) -> bool:
        """No later kubelet has restarted it."""
        later = self.versions[self.creator + 1 :]
        return all(hash_of(version, self.name) == self.hash for version in later if kubelet(version).compares(self.kind))

    def no_hidden_downgrade(self) -> bool:
        """Before a history begins, kubelets count as no newer than the one that runs (design, evidence grades); here that is so."""
        minors = [parse_kubelet_version(version).minor for version in self.versions]
        return all(minor <= minors[-1] for minor in minors[: self.unknown])


@st.composite
def lives(draw: st.DrawFn) -> Lived:
    name = draw(st.sampled_from(["app", "mesh"]))
    known = WITH_SIDECARS if name == "mesh" else VERSIONS
    versions = tuple(draw(st.lists(st.sampled_from(known), min_size=1, max_size=4, unique=True)))
    creator = draw(st.integers(0, len(versions) - 1))
    after = draw(st.sampled_from([0, SECOND // 2, SECOND, 60 * SECOND, DAY // 2, DAY - 1]))
    lived = Lived(versions, name, creator, after, draw(st.integers(0, len(versions) - 1)), draw(st.sampled_from(TARGETS)))
    assume(lived.can_be() and lived.no_hidden_downgrade())
    return lived


@pytest.mark.parametrize("reported", [pytest.param(True, id="the Node is given"), pytest.param(False, id="--from is given")])
@given(lived=lives())
@settings(
    tried(20), derandomize=True, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much]
)  # fmt: skip
def test_inferred_is_what_a_record_would_say_or_unknown(tmp_path: Path, lived: Lived, *, reported: bool) -> None:
    starts = tuple(KubeletStart(as_version(f"v{version}"), BEGIN + place * DAY) for place, version in enumerate(lived.versions))
    born = starts[lived.creator].start_time + lived.after
    document = json.loads(json.dumps(DOCUMENT).replace(STARTED, rfc3339(born // SECOND * SECOND)))
    running = lived.versions[-1]
    (tmp_path / "checkpoint").write_bytes(encode_checkpoint(checkpoint(starts[lived.unknown :], NodeIdentity("worker-1"))))
    (tmp_path / "pods.json").write_text(json.dumps(listed(document, *([node(version=f"v{running}")] if reported else []))))
    plan = pipeline.make_plan(
        pipeline.PlanRequest(
            files=(str(tmp_path / "pods.json"),),
            from_version=None if reported else running,
            to_version=lived.target,
            checkpoint=str(tmp_path / "checkpoint"),
        )
    )
    (found,) = (one for planned in plan.pods for one in planned.containers if one.name == lived.name)
    minor = str(parse_kubelet_version(lived.versions[lived.creator]).minor)
    assert found.evidence.hash in (lived.hash, None)
    assert found.evidence.creator in (minor, None)
    true = Verdict.SAFE if lived.hash == hash_of(lived.target, lived.name) else Verdict.RESTART
    if found.verdict is not Verdict.NOT_COMPARED:
        assert found.verdict in (true, Verdict.UNKNOWN)
