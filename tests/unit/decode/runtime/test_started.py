"""Kubelets in containers, by what inspecting these shows; nothing of what is no kubelet, or does not run."""

from __future__ import annotations

import json
from typing import Any

import pytest

from upgradecheck.decode.runtime.started import kubelet_in_cri, kubelet_in_docker
from upgradecheck.model.arguments import KubeletArguments
from upgradecheck.model.pod import Origin

ORIGIN = Origin("inspect.json", "item 1")


def docker(*words: str, running: bool | None = True, **members: Any) -> bytes:
    told = {"Id": "4f1c", "Path": words[0], "Args": list(words[1:]), "State": {"Running": running}, "Config": {"Image": "kubelet:1"}}
    return json.dumps({**told, **members}).encode()


def cri(*words: str, state: object = "CONTAINER_RUNNING", **status: Any) -> bytes:
    told = {"id": "4f1c", "state": state, "image": {"image": "kubelet:1"}, **status}
    return json.dumps({"status": told, "info": {"runtimeSpec": {"process": {"args": list(words), "env": ["TOKEN=x"]}}}}).encode()


@pytest.mark.parametrize(
    ("words", "given"),
    [
        pytest.param(("kubelet", "--v=2"), ("--v=2",), id="the kubelet itself"),
        pytest.param(("/usr/local/bin/kubelet-v1.31.0", "--v=2"), ("--v=2",), id="by its version's name"),
        pytest.param(("kubelet",), (), id="without any flag"),
        pytest.param(("/hyperkube", "kubelet", "--v=2"), ("--v=2",), id="hyperkube"),
        pytest.param(("/opt/rke-tools/entrypoint.sh", "kubelet", "--v", "2"), ("--v", "2"), id="behind a wrapper"),
        pytest.param(("sh", "-c", "mkdir -p /x && exec kubelet --v=2 $MORE"), ("--v=2", "$MORE"), id="a shell's line"),
        pytest.param(("/bin/sh", "-c", "exec /usr/bin/kubelet --v=2"), ("--v=2",), id="a shell's line with a path"),
        pytest.param(("cat", "/var/lib/kubelet"), None, id="another program about its directory"),
        pytest.param(("du", "/var/lib/kubelet", "--max-depth=1"), None, id="another program with flags"),
        pytest.param(("kubelet-csr-approver", "--v=2"), None, id="another program of a like name"),
        pytest.param(("sh", "-c", "tail -f /var/log/kubelet.log"), None, id="a shell that reads its log"),
        pytest.param(("nginx", "-g", "daemon off;"), None, id="something else"),
    ],
)
def test_what_a_kubelet_gets(words: tuple[str, ...], given: tuple[str, ...] | None) -> None:
    expected = None if given is None else KubeletArguments(given, "inspect.json item 1", image="kubelet:1", container="4f1c", runs=True)
    assert kubelet_in_docker(docker(*words), ORIGIN) == expected
    assert kubelet_in_cri(cri(*words), ORIGIN) == expected


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(docker("kubelet", running=False), id="docker: it has ended"),
        pytest.param(docker("kubelet", running=None), id="docker: it is not told whether it runs"),
        pytest.param(b'{"Path": 7}', id="docker: a program that is no text"),
    ],
)
def test_docker_shows_none(raw: bytes) -> None:
    assert kubelet_in_docker(raw, ORIGIN) is None


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(cri("kubelet", state="CONTAINER_EXITED"), id="it has ended"),
        pytest.param(b'{"status": {"id": "4f1c", "state": "CONTAINER_RUNNING"}}', id="what it runs is not told"),
        pytest.param(b'{"status": {"id": "4f1c", "state": "CONTAINER_RUNNING"}, "info": "kubelet"}', id="its info is a text"),
    ],
)
def test_crictl_shows_none(raw: bytes) -> None:
    assert kubelet_in_cri(raw, ORIGIN) is None


def test_an_image_by_the_name_that_somebody_gave_it() -> None:
    found = kubelet_in_cri(cri("kubelet", image={"image": "sha256:1", "userSpecifiedImage": "kubelet:v1"}), ORIGIN)
    assert found is not None
    assert found.image == "kubelet:v1"
    podman = docker("kubelet", ImageName="localhost/kubelet:2", Config={})
    assert (found := kubelet_in_docker(podman, ORIGIN)) is not None
    assert found.image == "localhost/kubelet:2"
