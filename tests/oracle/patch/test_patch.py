"""The patch on real sources: it applies to the last patch release of every minor that is here, compiles, and does what it says."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.builders_plan import pod
from tests.lab.caches import cache
from tests.lab.toolchains import go_of, run
from tests.unit.contract.test_plan_reading import ID, override_plan
from tests.unit.override.proxy.samples import C1, override
from upgradecheck.catalog import Catalog
from upgradecheck.cli import main
from upgradecheck.contract.v1.plan_digest import plan_digest
from upgradecheck.model.plan import Verdict
from upgradecheck.override.patching import ADDED, MANAGER, go_source

pytestmark = [pytest.mark.oracle, pytest.mark.skipif(shutil.which("go") is None, reason="no Go on this machine")]


def _releases() -> dict[str, Path]:
    """The newest release of each minor in Go's module cache."""
    if shutil.which("go") is None:
        return {}
    newest: dict[int, tuple[int, Path]] = {}
    for folder in Path(run(["go", "env", "GOMODCACHE"]).strip(), "k8s.io").glob("kubernetes@v1.*"):
        found = re.fullmatch(r"kubernetes@v1\.(\d+)\.(\d+)", folder.name)
        if found and (folder / MANAGER).exists():
            minor, patch = int(found[1]), int(found[2])
            newest[minor] = max(newest.get(minor, (-1, folder)), (patch, folder))
    return {f"1.{minor}.{patch}": folder for minor, (patch, folder) in sorted(newest.items())}


RELEASES = _releases()


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["override", "patch", *arguments]) == 0
    return capsys.readouterr().out


def copied(source: Path, folder: Path) -> Path:
    target = folder / "tree"
    (target / MANAGER).parent.mkdir(parents=True)
    shutil.copyfile(source / MANAGER, target / MANAGER)
    return target


@pytest.mark.parametrize("release", RELEASES)
def test_both_diffs_apply_and_make_the_same(release: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    minor = release.rpartition(".")[0]
    made = []
    for number, more in enumerate(([], ["--source", str(RELEASES[release])])):
        tree = copied(RELEASES[release], tmp_path / str(number))
        text = printed(capsys, "--kubelet", minor, *more)
        for options in (["--dry-run"], []):
            done = subprocess.run(["patch", "-p1", "--fuzz=0", *options], cwd=tree, input=text, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout
            assert "fuzz" not in done.stdout
            if more:
                assert "offset" not in done.stdout
        made.append([(tree / one).read_text() for one in (MANAGER, ADDED)])
        assert main(["override", "patch", "--kubelet", minor, "--source", str(tree)]) == 1, "patched already"
    assert made[0] == made[1]
    before = (RELEASES[release] / MANAGER).read_text().splitlines()
    assert [line for line in made[0][0].splitlines() if "hashOverridden(" in line] == [
        "\tif containerStatus.Hash != expectedHash && hashOverridden(containerStatus.ID.ID, containerStatus.Hash, expectedHash) {"
    ]
    assert len(made[0][0].splitlines()) == len(before) + 3


def test_all_minors_are_here() -> None:
    """As far as Go's cache goes: a machine without it tests what it has."""
    if len(RELEASES) < len(Catalog().minors()):
        pytest.skip(f"only {len(RELEASES)} minors are in Go's module cache")
    assert [one.rpartition(".")[0] for one in RELEASES][: len(Catalog().minors())] == [str(minor) for minor in Catalog().minors()]


@pytest.fixture
def go_folder(tmp_path: Path) -> Path:
    (tmp_path / "go.mod").write_text("module kuberuntime\n\ngo 1.16\n")
    (tmp_path / "hash_override.go").write_text(go_source("/var/lib/upgradecheck/override-plan.json"))
    shutil.copyfile(Path(__file__).with_name("hash_override_test.go"), tmp_path / "hash_override_test.go")
    return tmp_path


def _given() -> list[tuple[str, bytes, str, int, int]]:
    """Plans of the Python side: its own test's, and one with names that JSON encoders treat differently."""
    odd = override("c18c318c", "f2adbab", (None, "7"))
    made = pod('we"b\\0', uid="u<&>1", namespace="sh\u00fcop", node=None, verdict=Verdict.OVERRIDDEN, containers=())
    names = {"namespace": odd.namespace, "pod": odd.pod, "uid": odd.uid, "container": odd.container, "node": odd.node}
    pods: list[dict[str, object]] = [
        {"uid": made.uid, "namespace": made.namespace, "name": made.name, "verdict": made.verdict.value, "containers": []}
    ]
    whole = {
        "format_version": "1.0",
        "kind": "Plan",
        "from": None,
        "to": "1.31.0",
        "pods": pods,
        "plan_hash": plan_digest("1.31.0", [made], {C1: odd}),
    }
    told = {**names, "from": "c18c318c", "to": "f2adbab", "without_resources": {"from": None, "to": "7"}}
    return [
        ("of a node", override_plan(), ID, 0xC18C318C, 0xF2ADBAB),
        ("with odd names", json.dumps({**whole, "overrides": {C1: told}}).encode(), C1, 0xC18C318C, 0xF2ADBAB),
    ]


@pytest.mark.parametrize(
    ("about", "raw", "container_id", "before", "after"), _given(), ids=lambda one: one if isinstance(one, str) and " " in one else ""
)
def test_the_new_file_in_go(go_folder: Path, about: str, raw: bytes, container_id: str, before: int, after: int) -> None:
    (go_folder / "given.json").write_text(json.dumps({"plan": raw.decode(), "id": container_id, "from": before, "to": after}))
    environment = {**os.environ, "GOFLAGS": "-mod=mod", "GOTOOLCHAIN": "local"}
    done = subprocess.run(["go", "test", "-vet=all", "./..."], cwd=go_folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_new_file_is_formatted(go_folder: Path) -> None:
    assert run(["gofmt", "-l", "."], cwd=go_folder) == ""


def test_the_new_file_compiles_with_the_go_of_the_oldest_release(go_folder: Path) -> None:
    """The oldest Go that can be had as a module builds it; kubelets before 1.15 were built with older ones, which have all that it uses."""
    go = go_of(15, 12)
    (go_folder / "hash_override_test.go").unlink()
    run(["go", "build", "./..."], cwd=go_folder, env=go.environment() | {"GOFLAGS": ""})


@pytest.mark.parametrize("release", ["1.22.17", "1.31.0"])
def test_the_kubelet_s_package_compiles(release: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = Path(run(["go", "env", "GOMODCACHE"]).strip(), "k8s.io", f"kubernetes@v{release}")
    if not source.exists():
        pytest.skip(f"the sources of {release} are not in Go's module cache")
    tree = copied(source, tmp_path)
    subprocess.run(
        ["patch", "-p1", "-s"], cwd=tree, input=printed(capsys, "--kubelet", release, "--source", str(source)), text=True, check=True
    )
    minor, patch = (int(one) for one in release.split(".")[1:])
    overlay = tmp_path / "overlay.json"
    overlay.write_text(json.dumps({"Replace": {str(source / one): str(tree / one) for one in (MANAGER, ADDED)}}))
    package = "k8s.io/kubernetes/pkg/kubelet/kuberuntime"
    environment = go_of(minor, patch).environment() | {"GODEBUG": "goindex=0"}  # Go's index of a module does not know added files
    run(["go", "build", "-overlay", str(overlay), package], cwd=_build_module(release), env=environment)


def _build_module(release: str) -> Path:
    """The module in which the lab builds that kubelet."""
    for folder in (cache("kubelets") / release, *cache("kubelets").glob(f"*{release}*")):
        if (folder / "go.mod").exists():
            return folder
    pytest.skip(f"the lab has not built kubelet {release} here")
