"""The kubelet of this machine, in a /proc and a root that the test lays out; binaries are scripts that answer as kubelets do."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.builders import as_version
from tests.unit.machine.test_which_kubelet import process
from upgradecheck.machine.kubelet_unit import unit_programs
from upgradecheck.machine.local_kubelet import local_kubelet
from upgradecheck.machine.node import Machine
from upgradecheck.model.config import KubeletConfig
from upgradecheck.model.credentialproviders import ProviderTexts
from upgradecheck.model.kinds import Form, Written

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")

GATES = {"featureGates": Written(Form.MAP, (Form.SWITCH,))}


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    monkeypatch.delenv("MAINPID", raising=False)
    (tmp_path / "sys/kernel/random").mkdir(parents=True)
    (tmp_path / "sys/kernel/random/boot_id").write_text("boot-1\n")
    return Machine(proc=tmp_path, machine_id=tmp_path / "id", system_uuid=tmp_path / "none", ticks=100, root=tmp_path)


def written(machine: Machine, path: str, text: str, mode: int = 0o644) -> Path:
    file = machine.root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(mode)
    return file


KIND = "kind: KubeletConfiguration\napiVersion: kubelet.config.k8s.io/v1beta1\n"


def binary(machine: Machine, path: str, version: str, mode: int = 0o755) -> None:
    written(machine, path, f"#!/bin/sh\necho 'Kubernetes {version}'\n", mode)


def test_one_that_runs_tells_its_version_node_gates_and_static_pods(machine: Machine) -> None:
    process(machine, 8, "/usr/bin/kubelet", "--config=/etc/k.yaml", "--hostname-override=Worker-1", "--cgroups-per-qos=false")
    written(machine, "etc/k.yaml", f"{KIND}staticPodPath: /etc/manifests\nfeatureGates: {{A: true}}\ncgroupDriver: systemd\n")
    (machine.root / "etc/manifests").mkdir()
    found = local_kubelet(machine)
    assert (found.name, found.boot_id, found.version, found.runs) == ("Worker-1", "boot-1", as_version("v1.20.15"), True)
    assert found.told.startswith("process 8 on this machine (running since ")
    assert found.config == KubeletConfig(
        cgroups_per_qos=False,
        cgroup_driver="systemd",
        feature_gates={"A": True},
        static_pod_path="/etc/manifests",
        given=("cgroupDriver", "featureGates", "staticPodPath"),
        forms=GATES,
        values={"cgroupDriver": "systemd", "staticPodPath": "/etc/manifests"},
    )
    assert (found.static_pods, found.static_pods_problem) == (f"{machine.root}/etc/manifests", "")


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        pytest.param((), "", id="none"),
        pytest.param(("--pod-manifest-path=/gone",), "static pod path /gone is not there", id="gone"),
        pytest.param(("--pod-manifest-path", "here"), "is a relative one", id="relative"),
        pytest.param(("--pod-manifest-path=/etc", "--manifest-url=http://x/"), "takes static pods from a URL too", id="also a URL"),
    ],
)
def test_static_pods_that_are_not_read(machine: Machine, words: tuple[str, ...], problem: str) -> None:
    process(machine, 8, "kubelet", *words)
    found = local_kubelet(machine)
    assert found.static_pods is None
    assert problem in found.static_pods_problem
    assert bool(problem) == bool(found.static_pods_problem)


def test_a_kubelet_with_another_root_is_read_in_that_root(machine: Machine) -> None:
    folder = process(machine, 8, "kubelet", "--pod-manifest-path=/manifests")
    (folder / "root").unlink()
    (folder / "root/manifests").mkdir(parents=True)
    assert local_kubelet(machine).static_pods == str(folder / "root/manifests")


def test_settings_that_cannot_be_read_are_no_defaults(machine: Machine) -> None:
    process(machine, 8, "kubelet", "--config=/gone.yaml")
    found = local_kubelet(machine)
    assert (found.version, found.config) == (as_version("v1.20.15"), None)
    assert "cannot be read" in found.config_problem


@pytest.mark.parametrize(
    ("main", "drop_in", "named"),
    [
        pytest.param("kind: [", None, "/config.yaml", id="no YAML"),
        pytest.param("[a]", None, "/config.yaml", id="no object"),
        pytest.param("maxPods: 5", "kind: [", "10.conf", id="a drop-in"),
        pytest.param("maxPods: x", None, "", id="another kind of value, which is judged"),
    ],
)
def test_a_file_that_can_be_read_and_not_understood(machine: Machine, main: str, drop_in: str | None, named: str) -> None:
    process(machine, 8, "kubelet", "--config=/config.yaml", "--config-dir=/drop")
    (machine.proc / "config.yaml").write_text(main)
    (machine.proc / "drop").mkdir()
    if drop_in is not None:
        (machine.proc / "drop/10.conf").write_text(drop_in)
    found = local_kubelet(machine)
    assert (found.config is None, found.config_refused) == (bool(named), bool(named))
    assert named in found.config_problem


def test_one_that_does_not_run_is_told_by_the_binary_of_its_unit(machine: Machine) -> None:
    written(machine, "usr/lib/systemd/system/kubelet.service", "[Service]\nExecStart=/usr/bin/kubelet\n")
    written(machine, "etc/systemd/system/kubelet.service.d/10.conf", "[Service]\nExecStart=\nExecStart=-/opt/k/kubelet $A \\\n  --b\n")
    binary(machine, "usr/bin/kubelet", "v1.1.1")
    binary(machine, "opt/k/kubelet", "v1.22.17")
    written(machine, "var/lib/kubelet/config.yaml", "featureGates: {B: true}\n")
    written(machine, "etc/systemd/system/kubelet.service.d/20.conf", "[Service]\nEnvironmentFile=-/etc/no\nEnvironmentFile=/etc/a.env\n")
    written(machine, "etc/a.env", "A='--config /etc/k.yaml --feature-gates=C=true'\n")
    written(machine, "etc/k.yaml", f"{KIND}featureGates: {{B: false}}\n")
    found = local_kubelet(machine)
    assert (found.name, found.version, found.runs) == (os.uname().nodename.lower(), as_version("v1.22.17"), False)
    assert found.told == "/opt/k/kubelet on this machine (not running)"
    file = KubeletConfig(feature_gates={"B": False}, given=("featureGates",), forms=GATES)
    assert found.config == replace(file, feature_gates={"B": False, "C": True}, beneath=file)
    assert found.command_line == ("--config", "/etc/k.yaml", "--feature-gates=C=true", "--b")


@pytest.mark.parametrize("linked", [True, False])
def test_a_masked_unit_starts_nothing(machine: Machine, linked: bool) -> None:
    written(machine, "usr/lib/systemd/system/kubelet.service", "[Service]\nExecStart=/usr/bin/kubelet --config=/etc/k.yaml\n")
    written(machine, "etc/systemd/system/kubelet.service", "")
    if linked:
        (machine.root / "etc/systemd/system/kubelet.service").unlink()
        (machine.root / "etc/systemd/system/kubelet.service").symlink_to("/dev/null")
    found = local_kubelet(machine)
    assert (found.command_line, found.config, unit_programs(machine.root)) == ((), None, ())
    assert "what its unit, kubelet.service, starts" in found.config_problem


def test_one_that_its_unit_runs_in_a_container_is_not_told_by_a_binary_that_lies_there(machine: Machine) -> None:
    unit = "[Service]\nExecStart=/usr/bin/docker run --name kubelet rancher/hyperkube:v1.20.15 kubelet --config /etc/k.yaml\n"
    written(machine, "usr/lib/systemd/system/kubelet.service", unit)
    binary(machine, "usr/bin/kubelet", "v1.1.1")
    written(machine, "etc/k.yaml", f"{KIND}featureGates: {{B: false}}\n")
    found = local_kubelet(machine)
    assert (found.version, found.command_line) == (None, ("--config", "/etc/k.yaml"))
    assert found.config == KubeletConfig(feature_gates={"B": False}, given=("featureGates",), forms=GATES)


@pytest.mark.parametrize(
    ("unit", "config", "problem"),
    [
        pytest.param("", True, "", id="no unit: the usual file"),
        pytest.param("ExecStart=/usr/bin/kubelet --v=2", False, "", id="a unit that names no file: none is read"),
        pytest.param("ExecStart=/opt/start-kubelet.sh", None, "what its unit, kubelet.service, starts", id="a unit that is not understood"),
        pytest.param("ExecStart=/bin/sh -c 'kubelet $$(cat /x)'", None, "what its unit, kubelet.service, starts", id="nor is its shell"),
        pytest.param("ExecStart=/usr/bin/kubelet --config=/no", None, "the kubelet's configuration file cannot be read", id="a lost file"),
    ],
)
def test_the_configuration_of_one_that_does_not_run(machine: Machine, unit: str, config: bool | None, problem: str) -> None:
    written(machine, "var/lib/kubelet/config.yaml", "featureGates: {B: true}\n")
    if unit:
        written(machine, "lib/systemd/system/kubelet.service", f"[Service]\n{unit}\n")
    found = local_kubelet(machine)
    assert (None if found.config is None else "B" in found.config.feature_gates) is config
    assert found.config_problem.startswith(problem)
    assert bool(found.config_problem) is bool(problem)


def test_a_binary_that_anyone_can_write_is_not_started(machine: Machine) -> None:
    binary(machine, "usr/bin/kubelet", "v1.22.17", 0o777)
    found = local_kubelet(machine)
    assert found.version is None
    assert "none runs here" in found.why_unknown
    binary(machine, "opt/bin/kubelet", "v1.20.15")
    assert local_kubelet(machine).version == as_version("v1.20.15")


def test_of_several_that_run_none_is_taken_and_no_binary_either(machine: Machine) -> None:
    process(machine, 8, "kubelet")
    process(machine, 9, "kubelet")
    binary(machine, "usr/bin/kubelet", "v1.22.17")
    found = local_kubelet(machine)
    assert (found.version, found.config) == (None, None)
    assert "2 run here" in found.why_unknown


def test_what_the_unit_starts(machine: Machine) -> None:
    assert unit_programs(machine.root) == ()
    written(machine, "lib/systemd/system/kubelet.service", '# ExecStart=/no\nExecStart = "/a" x\nExecStartPre=/no\n')
    assert unit_programs(machine.root) == ("/a",)
    written(machine, "lib/systemd/system/kubelet.service.d/20.conf", "ExecStart=\nExecStart=kubelet\n")
    assert unit_programs(machine.root) == ()
    written(machine, "etc/systemd/system/kubelet.service.d/20.conf", "ExecStart=+/b\n")
    assert unit_programs(machine.root) == ("/a", "/b")


def test_a_machine_that_shows_nothing(tmp_path: Path) -> None:
    found = local_kubelet(Machine(proc=tmp_path / "no-proc", machine_id=tmp_path / "id", root=tmp_path / "no-root"))
    assert (found.version, found.boot_id, found.static_pods, found.config) == (None, None, None, None)
    assert "is not seen: no unit kubelet.service is here" in found.config_problem
    assert "static pods are is not seen" in found.static_pods_problem, "not: the kubelet has none"
    assert "none runs here" in found.why_unknown


def test_of_a_process_that_does_not_run_the_endpoint_is_not_taken(machine: Machine) -> None:
    written(machine, "var/lib/kubelet/config.yaml", "containerRuntimeEndpoint: unix:///a\n")
    assert local_kubelet(machine).endpoint is None
    process(machine, 8, "kubelet", "--container-runtime-endpoint=unix:///b")
    assert local_kubelet(machine).endpoint == "unix:///b"


def test_a_file_that_names_no_kind_is_told_as_none_that_a_kubelet_reads(machine: Machine) -> None:
    """Real kubelets 1.20.15 to 1.34.1 end at it."""
    process(machine, 8, "kubelet", "--config=/config.yaml")
    (machine.proc / "config.yaml").write_text("featureGates: {B: false}\n")
    config = local_kubelet(machine).config
    assert config is not None
    assert (config.given, dict(config.feature_gates)) == (("featureGates", "kind"), {"B": False})


PROVIDERS = "--image-credential-provider-config"


def test_files_of_credential_providers_are_read_as_the_kubelet_sees_them(machine: Machine) -> None:
    folder = process(machine, 8, "kubelet", f"{PROVIDERS}=/etc/p.yaml", "--image-credential-provider-bin-dir", "/bin")
    written(machine, "etc/p.yaml", "kind: X\n")
    written(machine, "bin/runs", "", 0o755)
    written(machine, "bin/lies", "", 0o644)
    (machine.root / "bin/folder").mkdir()
    found = ProviderTexts(f"/etc/p.yaml ({PROVIDERS})", (("", b"kind: X\n"),), idle=frozenset({"lies", "folder"}))
    assert local_kubelet(machine).providers == found
    (folder / "root").unlink()
    (folder / "root/etc").mkdir(parents=True)
    (folder / "root/etc/p.yaml").write_text("other")
    assert local_kubelet(machine).providers == replace(found, texts=(("", b"other"),), idle=frozenset())


def test_of_a_directory_those_are_read_that_a_kubelet_reads(machine: Machine) -> None:
    process(machine, 8, "kubelet", f"{PROVIDERS}=/etc/providers")
    for name in ("b.yml", "a.json", "c.yaml", "d.conf", "below/e.yaml", "f.yaml/g"):
        written(machine, f"etc/providers/{name}", name)
    texts = tuple((name, name.encode()) for name in ("a.json", "b.yml", "c.yaml"))
    assert local_kubelet(machine).providers == ProviderTexts(f"/etc/providers ({PROVIDERS})", texts, directory=True)


def test_one_that_is_not_there_is_unread_and_one_that_nobody_named_is_none(machine: Machine) -> None:
    process(machine, 8, "kubelet", f"{PROVIDERS}=/gone.yaml")
    found = local_kubelet(machine).providers
    assert found == ProviderTexts(f"/gone.yaml ({PROVIDERS})", unread="cannot be read here (No such file or directory)")
    (machine.proc / "8" / "cmdline").write_bytes(f"kubelet\0{PROVIDERS}=\0".encode())
    assert local_kubelet(machine).providers is None
