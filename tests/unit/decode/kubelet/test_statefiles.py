"""State files by name, and in listings."""

from __future__ import annotations

import pytest

from tests.statefiles import claims, cpus, cpus_v4, devices, memory, resources
from upgradecheck.decode.kube.shapes import Shape, recognise
from upgradecheck.decode.kubelet.statefiles import is_listing, listed_files, state_in, state_name
from upgradecheck.model.statefiles import StateName

LONG = """total 40
drwxr-xr-x  9 root root  4096 Nov 29 10:00 .
-rw-------. 1 root root     0 Nov 29 10:00 cpu_manager_state
-rw-------  1 root root    61 Nov 29 10:00 memory_manager_state
-rw-------  1 root root    61 Nov 29 10:00 my cpu_manager_state.bak
drwxr-x---  2 root root  4096 Nov 29 10:00 device-plugins
drwxr-x--- 30 root root  4096 Nov 29 10:00 pods
"""
BELOW = """
/var/lib/kubelet/device-plugins:
total 4
-rw------- 1 root root 100 Nov 29 10:00 kubelet_internal_checkpoint
"""
FOUND = "/var/lib/kubelet/cpu_manager_state\n./pods\n/var/lib/kubelet/device-plugins/kubelet.sock\n"


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        pytest.param("cpu_manager_state", StateName.CPUS, id="its name"),
        pytest.param("worker-1-cpu_manager_state", StateName.CPUS, id="after its node"),
        pytest.param("memory_manager_state.worker-1.json", StateName.MEMORY, id="before it"),
        pytest.param("kubelet_internal_checkpoint", StateName.DEVICES, id="devices"),
        pytest.param("cpu_manager_states", None, id="another name"),
        pytest.param("my_cpu_manager_statement", None, id="a word that begins alike"),
    ],
)
def test_names(file: str, expected: StateName | None) -> None:
    assert state_name(file) is expected


def sizes(text: str) -> dict[str, int | str | None]:
    return {one.name.value: "absent" if one.absent else one.size for one in listed_files(text, "list.txt")}


def test_listings() -> None:
    absent = dict.fromkeys(("dra_manager_state", "pod_status_manager_state", "allocated_pods_state", "actuated_pods_state"), "absent")
    seen: dict[str, int | str | None] = {"cpu_manager_state": 0, "memory_manager_state": 61, **absent}
    assert sizes(LONG) == seen
    assert sizes(LONG + BELOW) == {**seen, "kubelet_internal_checkpoint": 100}
    assert sizes(FOUND) == {**seen, "cpu_manager_state": None, "memory_manager_state": "absent", "kubelet_internal_checkpoint": "absent"}


@pytest.mark.parametrize("text", [LONG, FOUND, "cpu_manager_state\npods\n"])
def test_what_is_a_listing(text: str) -> None:
    assert is_listing(text)


@pytest.mark.parametrize("text", ["", "hello\n", '{"items": []}', "total 0\n"])
def test_what_is_none(text: str) -> None:
    assert not is_listing(text)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        pytest.param(cpus(), StateName.CPUS, id="CPUs"),
        pytest.param(cpus_v4(), StateName.CPUS, id="CPUs of 1.37"),
        pytest.param(memory(), StateName.MEMORY, id="memory"),
        pytest.param(devices(["0"]), StateName.DEVICES, id="devices"),
        pytest.param(claims(), StateName.CLAIMS, id="claims"),
        pytest.param(resources(), None, id="allocated or actuated: nobody can tell"),
        pytest.param(b'{"policyName":"none"}', None, id="too little"),
        pytest.param(b'{"kind":"Service","Data":{"a":1}}', None, id="something else"),
        pytest.param(b'{"policyName":', None, id="cut"),
    ],
)
def test_a_file_is_known_by_its_content(raw: bytes, expected: StateName | None) -> None:
    assert state_in(raw) is expected
    found = recognise(raw)
    assert (found.shape is Shape.STATE_FILE, found.found if expected else "") == (expected is not None, expected.value if expected else "")
