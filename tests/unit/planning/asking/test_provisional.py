"""Plans that touch a minor which is not released, or of which not all was read: told of, and partial unless that is allowed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.builders import CATALOG
from tests.unit.contract.saved import reported
from upgradecheck.catalog import Catalog, files
from upgradecheck.cli import main
from upgradecheck.cli.verbs.override.proxy import remarks_of
from upgradecheck.commands.diff import compare_versions
from upgradecheck.commands.explain import ExplainRequest, make_explanation
from upgradecheck.commands.hash import HashRequest, hash_notices
from upgradecheck.commands.matrix import MatrixRequest, compare_minors
from upgradecheck.commands.path import PathRequest, find_paths
from upgradecheck.commands.plan import PlanRequest, make_plan
from upgradecheck.commands.provisional import remarks_on_versions
from upgradecheck.commands.verify import VerifyRequest, make_verification
from upgradecheck.commands.versions import known_versions
from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.model.plan import Missing
from upgradecheck.model.schema import Provisional
from upgradecheck.model.version import Minor
from upgradecheck.override.proxy.counters import Counters
from upgradecheck.override.proxy.plan_file import PlanFile
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


REMARK = "Kubernetes 1.34 is provisional, known from 1.34.0-beta.0 alone, a pre-release: what is told of it may change."
UNSEEN = Missing("what Kubernetes 1.34 does", "it is known from 1.34.0-beta.0 alone, a pre-release")


def test_diff_and_hash_tell_of_it(provisional_34: Path) -> None:
    assert REMARK in compare_versions("1.33", "1.34")[1]
    assert REMARK not in compare_versions("1.32", "1.33")[1]
    pods = (str(provisional_34),)
    assert REMARK in hash_notices(HashRequest(files=pods, kubelets=("1.33", "1.34.1")))
    assert REMARK in hash_notices(HashRequest(files=pods, kubelets=("1.33",), api="1.34"))
    assert REMARK not in hash_notices(HashRequest(files=pods, kubelets=("1.33", "1.35")))


def test_a_matrix_tells_of_it_and_is_not_complete(provisional_34: Path) -> None:
    both = frozenset({Minor(1, 33), Minor(1, 34)})
    alone, told = compare_minors(MatrixRequest(starts=both, ends=both))
    assert (told, alone.missing) == ((REMARK,), ())
    counted, told = compare_minors(MatrixRequest(starts=both, ends=both, files=(str(provisional_34),)))
    assert REMARK in told
    assert UNSEEN in counted.missing
    assert counted.complete is False
    beside = frozenset({Minor(1, 33), Minor(1, 35)})
    assert compare_minors(MatrixRequest(starts=beside, ends=beside))[1] == ()


def test_a_path_tells_of_it_where_kubelet_or_server_come_through_it(provisional_34: Path) -> None:
    pods = (str(provisional_34),)
    paths, told = find_paths(PathRequest("1.32", "1.35", files=pods))
    assert REMARK in told
    assert UNSEEN in paths.missing
    by_server, told = find_paths(PathRequest("1.31", "1.33", api_to="1.34", files=pods))
    assert REMARK in told
    assert UNSEEN in by_server.missing
    assert REMARK not in find_paths(PathRequest("1.31", "1.33"))[1]


def saved_plan(dump: Path, folder: Path) -> Path:
    saved = folder / "plan.json"
    plan = make_plan(PlanRequest(files=(str(dump),), to_version="1.34"))
    saved.write_text(reported(plan, "json"))
    return saved


def test_an_explanation_a_verification_and_what_overrides_tell_of_it(provisional_34: Path, tmp_path: Path) -> None:
    explained = make_explanation(ExplainRequest(PlanRequest(files=(str(provisional_34),), to_version="1.34"), "web"))
    assert any("1.34 is provisional" in one for one in explained.notices)
    saved = saved_plan(provisional_34, tmp_path)
    verified = make_verification(VerifyRequest(str(saved), files=(str(provisional_34),)), lambda said: None)
    assert REMARK in verified.notices
    assert remarks_on_versions(("1.33.1", "1.34.1+k3s1", None, "no version")) == (REMARK,)


@pytest.mark.parametrize("command", ["apply", "status", "pin", "patch"])
def test_what_overrides_tells_of_it_first(command: str, provisional_34: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved = saved_plan(provisional_34, tmp_path)
    words = ["--kubelet", "1.34"] if command == "patch" else [str(saved)]
    nowhere = [] if command in ("patch", "pin") else ["--containerd", "no/path"]
    main(["override", command, *words, *nowhere])
    assert REMARK in " ".join(capsys.readouterr().err.split())


def test_a_proxy_tells_of_it_with_each_plan_that_it_takes(provisional_34: Path, tmp_path: Path) -> None:
    saved = saved_plan(provisional_34, tmp_path)
    said: list[str] = []
    PlanFile(str(saved), Counters(), said.append, remarks_of)
    assert said == [REMARK]


def test_versions_marks_it(provisional_34: Path) -> None:
    marked = {str(one.minor): one.provisional for one in known_versions(Catalog()).minors if one.provisional}
    marked_anyway = {str(one.minor): one.provisional for one in known_versions(CATALOG).minors if one.provisional}
    assert marked == {**marked_anyway, "1.34": "known from 1.34.0-beta.0 alone, a pre-release"}
    assert "1.34" not in marked_anyway
