"""Plans that touch a minor which is not released, or of which not all was read: told of, and partial unless that is allowed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.builders import CATALOG
from upgradecheck.catalog import Catalog, files
from upgradecheck.commands.plan import PlanRequest, make_plan
from upgradecheck.commands.versions import known_versions
from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.model.plan import Missing
from upgradecheck.model.schema import Provisional
from upgradecheck.planning.asking.provisional import with_provisional
from upgradecheck.planning.asking.steps import NodeStep, Steps, plan_steps

HASHDATA = Path(__file__).parents[4] / "hashdata"
POD = {
    "kind": "Pod",
    "apiVersion": "v1",
    "metadata": {"name": "web", "namespace": "shop", "uid": "6b2f"},
    "spec": {"nodeName": "worker-1", "containers": [{"name": "app", "image": "nginx:1"}]},
}
NODE = {"kind": "Node", "apiVersion": "v1", "metadata": {"name": "worker-1"}, "status": {"nodeInfo": {"kubeletVersion": "v1.33.1"}}}
BETA, UNREAD = Provisional("1.34.0-beta.0"), Provisional(unread=("pkg/kubelet/a.go f", "pkg/kubelet/b.go g"))


def marked(end: KubeletEnd, known: Provisional) -> KubeletEnd:
    """An end whose builds are of a provisional minor."""
    classes = [(build, replace(build.hash_class, schema=replace(build.schema, provisional=known))) for build in end.builds]
    return KubeletEnd(end.version, tuple(replace(build, hash_class=hash_class) for build, hash_class in classes))


def steps(start: Provisional | None, target: Provisional | None, server: Provisional | None = None) -> Steps:
    made = plan_steps((), "1.33.1", "1.34.1", CATALOG)
    step = made.default.step
    assert step is not None
    assert step.start is not None
    new = made.target if target is None else marked(made.target, target)
    old = step.start if start is None else marked(step.start, start)
    known = None if server is None else marked(made.target, server).builds[0]
    return replace(made, target=new, default=NodeStep(replace(step, start=old, target=new, api_to=known)))


@pytest.mark.parametrize(
    ("made", "told"),
    [
        pytest.param(steps(None, None), [], id="nothing is provisional"),
        pytest.param(steps(None, BETA), ["1.34 is provisional, known from 1.34.0-beta.0 alone, a pre-release"], id="the new kubelet"),
        pytest.param(
            steps(UNREAD, None), ["1.33 is provisional, 2 mirrored functions that changed were read by nobody yet"], id="the running one"
        ),
        pytest.param(
            steps(None, None, Provisional("1.34.0-rc.1", UNREAD.unread[:1])),
            ["1.34 is provisional, known from 1.34.0-rc.1 alone, a pre-release; 1 mirrored function that changed was read by nobody yet"],
            id="the API server",
        ),
    ],
)
def test_what_is_provisional_is_told_and_missing_unless_it_is_allowed(made: Steps, told: list[str]) -> None:
    partial, taken = with_provisional(made, allowed=False), with_provisional(made, allowed=True)
    assert list(partial.notices) == [*made.notices, *(f"Kubernetes {one}: this plan is partial." for one in told)]
    assert list(taken.notices) == [*made.notices, *(f"Kubernetes {one}: --allow-provisional takes it as it is." for one in told)]
    assert len(partial.missing) == len(told)
    assert taken.missing == made.missing


@pytest.fixture
def provisional_34(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A hashdata whose 1.34 is that of a pre-release, and pods to plan."""
    for file in HASHDATA.glob("*.json"):
        (tmp_path / file.name).symlink_to(file)
    file = tmp_path / "v1.34.json"
    content = json.loads(file.read_bytes())
    file.unlink()
    file.write_text(json.dumps(content | {"provisional": {"release": "1.34.0-beta.0"}}))
    monkeypatch.setattr(files, "packaged_folder", lambda: tmp_path)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "pods.json").write_text(json.dumps({"kind": "List", "apiVersion": "v1", "items": [POD, NODE]}))
    return tmp_path / "in" / "pods.json"


def test_a_plan_of_a_provisional_minor_is_partial_and_another_is_not(provisional_34: Path) -> None:
    request = PlanRequest(files=(str(provisional_34),), to_version="1.34", fail_on=frozenset())
    partial, allowed = make_plan(request), make_plan(replace(request, allow_provisional=True))
    reason = "it is known from 1.34.0-beta.0 alone, a pre-release; --allow-provisional takes that as it is"
    assert (partial.complete, partial.exit_code) == (False, 3)
    assert Missing("what Kubernetes 1.34 does", reason) in partial.coverage.missing
    assert Missing("what Kubernetes 1.34 does", reason) not in allowed.coverage.missing
    assert any("1.34 is provisional" in one for one in allowed.notices)
    assert allowed.plan_hash == partial.plan_hash
    beside = make_plan(replace(request, to_version="1.35"))
    assert not any("provisional" in one for one in (*beside.notices, *(missing.reason for missing in beside.coverage.missing)))


def test_versions_marks_it(provisional_34: Path) -> None:
    marked = {str(one.minor): one.provisional for one in known_versions(Catalog()).minors if one.provisional}
    assert marked == {"1.34": "known from 1.34.0-beta.0 alone, a pre-release"}
