"""What is built, with what, and which manifests a pair is given; without building anything."""

from pathlib import Path
from typing import Any

import pytest

from tests.lab import devices, standins
from tests.lab.accidents import Node, to_the_manifests, to_the_node
from tests.lab.creating import TOLERATED, as_created
from tests.lab.kubelets import module_file, parts
from tests.lab.nodes import reserved
from tests.lab.run import MANIFESTS, refusal
from tests.lab.selecting import ACCIDENTS, selected, shared_out
from tests.lab.toolchains import NotBuildable, era


@pytest.mark.parametrize(
    ("version", "release"),
    [
        ("1.15.12", "1.13.15"),
        ("1.16.15", "1.13.15"),
        ("1.20.15", "1.15.15"),
        ("1.22.17", "1.16.15"),
        ("1.26.15", "1.19.13"),
        ("1.27.15", "1.20.14"),
        ("1.27.16", "1.22.12"),
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
        "module example.com/built\n"
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
        "module example.com/built\ngo 1.24.0\nrequire k8s.io/kubernetes v1.34.1\nreplace k8s.io/api => k8s.io/api v0.34.1\ngodebug default=go1.24\n"
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


def test_files_are_copied_as_they_stand(tmp_path: Path) -> None:
    selected(MANIFESTS, ("1.22.17", "1.30.14"), tmp_path / "into")
    assert {"empty.yaml", ".hidden.yaml", "subdirectory", "no-extension", "odd name (1).yml"} <= {
        path.name for path in (tmp_path / "into").iterdir()
    }
    assert (tmp_path / "into" / "subdirectory" / "inside.yaml").is_file()


def test_what_was_recorded_can_be_given_again(tmp_path: Path) -> None:
    selected(MANIFESTS, ("1.22.17", "1.30.14"), tmp_path / "once")
    selected(tmp_path / "once", ("1.22.17", "1.30.14"), tmp_path / "again")
    once, again = (sorted(str(path.relative_to(tmp_path / name)) for path in (tmp_path / name).rglob("*")) for name in ("once", "again"))
    assert once == again


def test_an_api_server_is_given_the_pods_with_a_uid_and_kubelets_read_the_others(tmp_path: Path) -> None:
    shared_out(MANIFESTS, ("1.22.17", "1.30.14"), "1.31.0", tmp_path / "static", tmp_path / "created")
    static, created = ({path.name for path in (tmp_path / name).iterdir()} for name in ("static", "created"))
    assert {"web-nouid.yaml", "pod-level-resources.yaml", ACCIDENTS} <= static
    assert {"resize-policy.yaml", "debugged.yaml", "sidecar.yaml", "hook-sleep.yaml"} <= created
    assert not static & created
    assert "sidecar-nouid.yaml" not in static | created  # neither would know what it is


def test_a_pod_is_created_bound_without_uid_and_tolerates_what_comes_unless_it_says_what_it_tolerates() -> None:
    containers = {"containers": [{"name": "c"}]}
    pod = {"metadata": {"name": "p", "uid": "u"}, "spec": {**containers, "ephemeralContainers": [{"name": "e"}]}}
    assert as_created(pod) == {"metadata": {"name": "p"}, "spec": {**containers, "tolerations": TOLERATED, "nodeName": "node-1"}}
    picky = {"metadata": {"name": "p"}, "spec": {**containers, "tolerations": []}}
    assert as_created(picky)["spec"] == {**containers, "tolerations": [], "nodeName": "node-1"}


def test_the_node_after_its_accidents() -> None:
    listed: list[dict[str, Any]] = [
        {"pod": "p", "do": "not-ready"},
        {"do": "label-node", "key": "lab.example/pool", "value": "new"},
        {"do": "taint-node", "key": "k", "effect": "NoExecute"},
        {"do": "leave-cpu", "cpu": "1"},
        {"do": "offer-devices", "resource": "lab.example/gadget", "number": 2},
    ]
    assert to_the_node(listed) == Node({"lab.example/pool": "new"}, [{"key": "k", "effect": "NoExecute"}], "1", {"lab.example/gadget": 2})


def test_manifests_are_edited_while_no_kubelet_runs(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("name: a\n")
    edit = {"do": "edit-manifest", "file": "a.yaml", "before": "name: a", "after": "name: b"}
    to_the_manifests([{"do": "leave-cpu", "cpu": "1"}, edit], tmp_path)
    assert (tmp_path / "a.yaml").read_text() == "name: b\n"
    with pytest.raises(RuntimeError, match=r"a\.yaml: .name: a. is not there once"):
        to_the_manifests([edit], tmp_path)


def test_what_a_device_plugin_says() -> None:
    assert devices.registration("r") == b"\n\x07v1beta1\x12\x08lab.sock\x1a\x01r"
    assert devices.devices(1) == b"\n\x13\n\x08gadget-0\x12\x07Healthy"
    assert devices.allocated(b"\n\x0a\n\x08gadget-0\n\x00") == b"\n\x00\n\x00"


def test_the_cpus_beyond_those_to_be_left_are_reserved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 4)
    assert (reserved(Node(cpu="1")), reserved(Node())) == ("3000m", None)
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    with pytest.raises(RuntimeError, match="this machine has 1 CPUs; the lab needs more than 1"):
        reserved(Node(cpu="1"))


@pytest.mark.parametrize(
    ("system", "user", "tools", "said"),
    [
        pytest.param("Darwin", 0, {"go", "setpriv", "unshare", "ip", "mount"}, "need Linux; this is Darwin", id="not on Linux"),
        pytest.param("Linux", 1000, {"go", "setpriv", "unshare", "ip", "mount"}, "need root", id="not as root"),
        pytest.param("Linux", 0, {"setpriv", "unshare", "mount"}, "needs go, ip on the PATH", id="not without Go"),
        pytest.param("Linux", 0, {"go", "setpriv", "unshare", "ip", "mount"}, None, id="here"),
    ],
)
def test_the_lab_says_why_it_cannot_run(monkeypatch: pytest.MonkeyPatch, system: str, user: int, tools: set[str], said: str | None) -> None:
    monkeypatch.setattr("platform.system", lambda: system)
    monkeypatch.setattr("os.geteuid", lambda: user)
    monkeypatch.setattr("shutil.which", lambda tool: tool if tool in tools else None)
    problem = refusal()
    assert problem is None if said is None else said in (problem or "")


@pytest.mark.parametrize("lacking", ["etcd", "openssl"])
def test_with_an_api_server_it_needs_more(monkeypatch: pytest.MonkeyPatch, lacking: str) -> None:
    monkeypatch.setattr("platform.system", lambda: "Linux")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("shutil.which", lambda tool: None if tool == lacking else tool)
    assert refusal() is None
    assert f"needs {lacking} on the PATH" in (refusal(api=True) or "")


def test_what_no_proxy_gives_out_of_a_release_is_of_the_patch_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """k8s.io/kube-scheduler v0.31.14 alone: what can be had is taken as it was published, and nothing else is asked for."""
    given: set[str] = set()

    def downloaded(module: str, version: str) -> Path:
        if f"{module}@{version}" not in given:
            raise NotBuildable("403 Forbidden")
        return Path()

    monkeypatch.setattr(standins, "downloaded", downloaded)
    described = {"Require": [{"Path": f"k8s.io/{name}", "Version": "v0.0.0"} for name in ("api", "kube-scheduler")]}
    assert "replace k8s.io/kube-scheduler => k8s.io/kube-scheduler v0.31.13\n" in module_file(described, "1.31.14")
    assert "replace k8s.io/api => k8s.io/api v0.31.14\n" in module_file(described, "1.31.14")
    assert "replace k8s.io/kube-scheduler => k8s.io/kube-scheduler v0.31.12\n" in module_file(described, "1.31.12")
    given.add("k8s.io/kube-scheduler@v0.31.14")
    assert "replace k8s.io/kube-scheduler => k8s.io/kube-scheduler v0.31.14\n" in module_file(described, "1.31.14")
