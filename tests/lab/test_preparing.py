"""What is built, with what, and which manifests a pair is given; without building anything."""

from pathlib import Path

import pytest

from tests.lab.kubelets import module_file, parts
from tests.lab.run import MANIFESTS, refusal
from tests.lab.selecting import ACCIDENTS, selected
from tests.lab.toolchains import era


@pytest.mark.parametrize(
    ("version", "release"),
    [
        ("1.15.12", "1.13.15"),
        ("1.16.15", "1.13.15"),
        ("1.20.15", "1.15.15"),
        ("1.22.17", "1.16.15"),
        ("1.28.11", "1.20.14"),
        ("1.28.15", "1.22.12"),
        ("1.31.0", "1.22.5"),
        ("1.37.1", "system"),
    ],
)
def test_each_release_is_built_with_the_go_of_its_era(version: str, release: str) -> None:
    assert era(*parts(version)) == release


def test_staging_modules_are_replaced_by_what_was_published_and_other_replacements_kept() -> None:
    described = {
        "Go": "1.15",
        "Replace": [
            {"Old": {"Path": "k8s.io/api"}, "New": {"Path": "./staging/src/k8s.io/api"}},
            {"Old": {"Path": "example.com/a"}, "New": {"Path": "example.com/b", "Version": "v1.2.3"}},
            {"Old": {"Path": "vbom.ml/util"}, "New": {"Path": "vbom.ml/util", "Version": "v0.0.1"}},
        ],
    }
    assert module_file(described, "1.19.16") == (
        "module kubelet\n"
        "go 1.15\n"
        "require k8s.io/kubernetes v1.19.16\n"
        "replace k8s.io/api => k8s.io/api v0.19.16\n"
        "replace example.com/a => example.com/b v1.2.3\n"
        "replace vbom.ml/util => github.com/fvbommel/util v0.0.0-20160121211510-db5cfe13f5cc\n"
    )


def test_staging_modules_of_a_workspace_are_known_by_their_version() -> None:
    described = {
        "Go": "1.24.0",
        "Require": [{"Path": "k8s.io/api", "Version": "v0.0.0"}, {"Path": "k8s.io/klog/v2", "Version": "v2.130.1"}],
        "Godebug": [{"Key": "default", "Value": "go1.24"}],
    }
    assert module_file(described, "1.34.1") == (
        "module kubelet\ngo 1.24.0\nrequire k8s.io/kubernetes v1.34.1\nreplace k8s.io/api => k8s.io/api v0.34.1\ngodebug default=go1.24\n"
    )


def test_a_pair_is_given_what_both_versions_know(tmp_path: Path) -> None:
    selected(MANIFESTS, ("1.22.17", "1.30.14"), tmp_path / "old")
    selected(MANIFESTS, ("1.31.0", "1.30.14"), tmp_path / "new")
    old, new = ({path.name for path in folder.iterdir()} for folder in (tmp_path / "old", tmp_path / "new"))
    assert {"probe-http.yaml", ACCIDENTS} <= old < new
    assert new - old >= {"sidecar.yaml", "hook-sleep.yaml"}


def test_one_name_in_two_folders_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path / "pods", tmp_path / "pods" / "since-1.29"):
        folder.mkdir()
        (folder / "web.yaml").write_text("{}")
    with pytest.raises(FileExistsError, match=r"since-1\.29/web\.yaml: a manifest of that name is already taken"):
        selected(tmp_path / "pods", ("1.30.14", "1.31.0"), tmp_path / "into")


@pytest.mark.parametrize(
    ("system", "user", "tools", "said"),
    [
        pytest.param("Darwin", 0, {"go", "unshare", "ip", "mount"}, "need Linux; this is Darwin", id="not on Linux"),
        pytest.param("Linux", 1000, {"go", "unshare", "ip", "mount"}, "need root", id="not as root"),
        pytest.param("Linux", 0, {"unshare", "mount"}, "needs go, ip on the PATH", id="not without Go"),
        pytest.param("Linux", 0, {"go", "unshare", "ip", "mount"}, None, id="here"),
    ],
)
def test_the_lab_says_why_it_cannot_run(monkeypatch: pytest.MonkeyPatch, system: str, user: int, tools: set[str], said: str | None) -> None:
    monkeypatch.setattr("platform.system", lambda: system)
    monkeypatch.setattr("os.geteuid", lambda: user)
    monkeypatch.setattr("shutil.which", lambda tool: tool if tool in tools else None)
    problem = refusal()
    assert problem is None if said is None else said in (problem or "")
