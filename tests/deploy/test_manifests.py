"""What is deployed asks for no more than it needs, and every command in it is one that the program takes."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.kustomized import FOLDER, OVERLAYS, Json, built, command, written
from upgradecheck import __version__
from upgradecheck.cli import main, menu
from upgradecheck.cli.program import program

EXAMPLES = FOLDER.parent / "examples"
ROLES = ("Role", "ClusterRole")


def images(thing: Any) -> Iterator[Json]:
    """Whatever runs the program, at any depth."""
    if isinstance(thing, dict):
        if str(thing.get("image", "")).partition(":")[0] == "upgradecheck":
            yield thing
        thing = list(thing.values())
    if isinstance(thing, list):
        for one in thing:
            yield from images(one)


def documents() -> Iterator[tuple[str, Json]]:
    yield from written()
    for file in sorted(EXAMPLES.glob("*.yaml")):
        yield from ((file.name, one) for one in yaml.safe_load_all(file.read_text()))


CONTAINERS = [(place, one) for place, document in documents() for one in images(document)]
COMMANDS = [(place, one) for place, one in CONTAINERS if one.get("command", [""])[0] != "/opt/upgradecheck/bin/python"]
WRITTEN = {"parts/units/units.yaml": {"program", "units"}}
"""Folders of the node that a pod may write to, by manifest; of all others none."""


@pytest.mark.parametrize("container", [one for _, one in COMMANDS], ids=[place for place, _ in COMMANDS])
def test_each_command_is_one(container: Json) -> None:
    words = [re.sub(r"\$\([A-Z_]+\)|\{\{[^}]*}}", "1.31.4", word) for word in container["args"]]
    if container.get("command") == ["sh", "-c"]:
        (line,) = re.findall(r"^upgradecheck (.*)$", words[0], re.MULTILINE)
        words = shlex.split(line)
    else:
        assert container.get("command", ["upgradecheck"]) == ["upgradecheck"]
    path = menu.path_in(words)
    found = program()
    with found.make_context("upgradecheck", list(words[:1]), resilient_parsing=True) as context:
        found.get_command(context, path[0]).make_context(path[0], words[1:])
    assert all(isinstance(word, str) for word in container["args"])


def test_the_script_for_kubeadm_types_commands_that_there_are() -> None:
    lines = re.findall(r"^ *upgradecheck (.*?)(?: \|\| .*)?$", (EXAMPLES / "kubeadm.sh").read_text(), re.MULTILINE)
    assert len(lines) == 2
    found = program()
    for words in map(shlex.split, lines):
        with found.make_context("upgradecheck", words[:1], resilient_parsing=True) as context:
            found.get_command(context, words[0]).make_context(words[0], words[1:])


def test_roles_are_those_that_doctor_prints(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--rbac", "--fleet"]) == 0
    printed = {(one["kind"], one["metadata"]["name"]): one["rules"] for one in yaml.safe_load_all(capsys.readouterr().out)}
    assert {(one["kind"], one["metadata"]["name"]): one["rules"] for _, one in written() if one["kind"] in ROLES} == printed


def test_bindings_bind_what_there_is_to_accounts_that_there_are() -> None:
    names = {(one["kind"], one["metadata"]["name"], one["metadata"].get("namespace")) for _, one in written()}
    for place, one in written():
        if one["kind"].endswith("RoleBinding"):
            role, (subject,) = one["roleRef"], one["subjects"]
            assert (role["kind"], role["name"], one["metadata"].get("namespace") if role["kind"] == "Role" else None) in names, place
            assert ("ServiceAccount", subject["name"], subject["namespace"]) in names, place


@pytest.mark.parametrize(
    "container", [one for _, one in CONTAINERS if "securityContext" in one], ids=lambda one: str(one["args"][0]).partition("\n")[0]
)
def test_no_privilege(container: Json) -> None:
    told = container["securityContext"]
    assert (told["allowPrivilegeEscalation"], told["readOnlyRootFilesystem"], told["capabilities"]) == (False, True, {"drop": ["ALL"]})
    assert "privileged" not in told


def pod_specs() -> Iterator[tuple[str, Json]]:
    for place, one in written():
        spec = one.get("spec", {})
        template = spec.get("template") or spec.get("jobTemplate", {}).get("spec", {}).get("template")
        if template is not None:
            yield place, template["spec"]


def test_pods_share_nothing_of_their_node_but_what_is_mounted_to_be_read() -> None:
    found = dict(pod_specs())
    assert len(found) >= 3
    for place, spec in found.items():
        assert not {"hostPID", "hostIPC", "hostNetwork"} & set(spec), place
        if "watch" in place:  # a patch of the gate's
            continue
        (container,) = spec["containers"]
        assert {"requests", "limits"} == set(container["resources"]), place
        of_host = {volume["name"] for volume in spec["volumes"] if "hostPath" in volume}
        to_write = {mount["name"] for mount in container["volumeMounts"] if mount["name"] in of_host and not mount.get("readOnly")}
        assert to_write == WRITTEN.get(place, set()), place
        if place not in ("base/collect.yaml", *WRITTEN):
            assert spec["securityContext"]["runAsNonRoot"], place
            assert not of_host, place
        assert {mount["name"] for mount in container["volumeMounts"]} == {volume["name"] for volume in spec["volumes"]}, place


def test_the_image_is_of_this_version() -> None:
    tags = [image["newTag"] for file in FOLDER.rglob("kustomization.yaml") for image in yaml.safe_load(file.read_text()).get("images", ())]
    assert set(tags) == {__version__}
    of_examples = {one["image"] for place, one in CONTAINERS if not Path(place.partition(":")[0]).parent.name}
    assert of_examples == {f"upgradecheck:{__version__}"}


@pytest.mark.skipif(command() is None, reason="neither kustomize nor kubectl on this machine")
@pytest.mark.long
@pytest.mark.parametrize("overlay", OVERLAYS)
def test_kustomize_builds_it(overlay: str) -> None:
    found = built(overlay)
    names = [(one["kind"], one["metadata"].get("namespace"), one["metadata"]["name"]) for one in found]
    assert len(names) == len(set(names)) > 0
    assert ("Namespace", None, "upgradecheck") in names
    assert all(one["image"] == f"upgradecheck:{__version__}" for one in images(found))
    assert any(kind.startswith("ValidatingAdmissionPolicy") for kind, *_ in names) is (overlay not in ("before-1.30", "once"))
    units = [one["args"][2:] for one in images(found) if one["name"] == "units"]
    assert units == {"starts": [["record"]], "hold": [["record", "hold"]]}.get(overlay, [])
    if overlay in ("k3s", "rke2"):
        (agent,) = images(found)
        assert agent["args"][-1] == "--cri=unix:///host/run/k3s/containerd/containerd.sock"
        assert {"name": "runtime", "mountPath": "/host/run/k3s/containerd", "readOnly": True} in agent["volumeMounts"]
    if overlay != "once":
        (pod,) = (
            one["spec"]["template"]["spec"]
            for one in found
            if one["metadata"]["name"] == "upgradecheck-collect" and one["kind"] == "DaemonSet"
        )
        paths = {one["name"]: one["hostPath"]["path"] for one in pod["volumes"] if "hostPath" in one}
        assert {one["mountPath"]: one["name"] for one in pod["containers"][0]["volumeMounts"] if one.get("readOnly")} == {
            f"/host{path}": name for name, path in paths.items()
        }
        providers = {"credential-providers": "/etc/eks/image-credential-provider"}
        assert paths.get("credential-providers") == providers.get(overlay)
        assert "/etc" not in paths.values()  # whatever is secret on a node is below it
        manifests = {"k3s": None, "rke2": "/var/lib/rancher/rke2/agent/pod-manifests"}
        assert paths.get("manifests") == manifests.get(overlay, "/etc/kubernetes/manifests")
