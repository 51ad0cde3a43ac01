"""Records of the runtime, and the hash annotation read exactly as the kubelet reads it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given as given_any
from hypothesis import strategies as st
from msgspec.structs import replace

from upgradecheck.decode.runtime.crictl import container_record, recorded_hash, sandbox_record
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.hash import Hash
from upgradecheck.model.pod import Absent, ContainerRecord, Origin, PodSource, Recorded, RunState, SandboxRecord

ORIGIN = Origin("crictl-ps.json", "item 1")
UID = "11111111-0000-4000-8000-000000000001"


_ATTEMPT = "expected a number from 0 to 4294967295, as CRI has it, found another"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("8e45cbd0", Recorded(Hash(0x8E45CBD0)), id="as every kubelet writes it"),
        pytest.param("8E45CBD0", Recorded(Hash(0x8E45CBD0)), id="upper case"),
        pytest.param("000000000000000000008e45cbd0", Recorded(Hash(0x8E45CBD0)), id="leading zeros"),
        pytest.param("0", Recorded(Hash(0)), id="zero"),
        pytest.param("00", Recorded(Hash(0)), id="zeros alone"),
        pytest.param("100000000", Recorded(Hash(1 << 32)), id="above 32 bits it stays the number that it is"),
        pytest.param("f" * 16, Recorded(Hash((1 << 64) - 1)), id="the largest of 64 bits"),
        pytest.param("1" + "0" * 16, Absent("1" + "0" * 16), id="above 64 bits"),
        pytest.param("0x8e45cbd0", Absent("0x8e45cbd0"), id="a prefix"),
        pytest.param("+8e45cbd0", Absent("+8e45cbd0"), id="a sign"),
        pytest.param("-1", Absent("-1"), id="a minus"),
        pytest.param(" 8e45cbd0", Absent(" 8e45cbd0"), id="a blank"),
        pytest.param("8e45cbd0\n", Absent("8e45cbd0\n"), id="a line feed"),
        pytest.param("8e_45", Absent("8e_45"), id="an underscore"),
        pytest.param("٣", Absent("٣"), id="a digit of another script"),
        pytest.param("", Absent(""), id="empty"),
        pytest.param(None, Absent(), id="no annotation"),
    ],
)
def test_recorded_hash(text: str | None, expected: Recorded | Absent) -> None:
    assert recorded_hash(text) == expected


@given_any(st.integers(0, (1 << 64) - 1), st.integers(0, 3), st.booleans())
def test_every_64_bit_number_is_read_back(number: int, zeros: int, upper: bool) -> None:
    text = "0" * zeros + f"{number:x}"
    text = text.upper() if upper else text
    found = recorded_hash(text)
    assert found == Recorded(Hash(number))
    assert isinstance(found, Recorded)
    assert found.as_written is (text == f"{number:x}")


CONTAINER: dict[str, Any] = {
    "id": "0a1b",
    "podSandboxId": "5a5b",
    "metadata": {"name": "app", "attempt": 2},
    "image": {"image": "sha256:00"},
    "state": "CONTAINER_RUNNING",
    "createdAt": "1709287200000000001",
    "labels": {
        "io.kubernetes.container.name": "app",
        "io.kubernetes.pod.name": "web-0",
        "io.kubernetes.pod.namespace": "shop",
        "io.kubernetes.pod.uid": UID,
    },
    "annotations": {"io.kubernetes.container.hash": "311670a", "io.kubernetes.container.hashWithoutResources": "8e45cbd0"},
}
RECORD = ContainerRecord(
    container_id="0a1b",
    sandbox_id="5a5b",
    pod_uid=UID,
    pod_namespace="shop",
    pod_name="web-0",
    name="app",
    attempt=2,
    state=RunState.RUNNING,
    created_at=1709287200000000001,
    hash=Recorded(Hash(0x311670A)),
    hash_without_resources=Recorded(Hash(0x8E45CBD0)),
    origin=ORIGIN,
)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param({}, RECORD, id="as crictl prints it"),
        pytest.param({"imageId": "x", "podId": {"new": ["member"]}}, RECORD, id="members of another crictl"),
        pytest.param({"createdAt": 1709287200000000001}, RECORD, id="int64 as a number"),
        pytest.param({"createdAt": None}, replace(RECORD, created_at=0), id="a zero left out"),
        pytest.param({"metadata": {"attempt": "2"}}, RECORD, id="the label names the container, attempt as text"),
        pytest.param({"state": 1}, RECORD, id="a state as a number"),
        pytest.param({"state": "CONTAINER_EXITED"}, replace(RECORD, state=RunState.EXITED), id="exited"),
        pytest.param({"state": "CONTAINER_UNKNOWN"}, replace(RECORD, state=RunState.UNKNOWN), id="unknown"),
        pytest.param({"state": 9}, replace(RECORD, state=RunState.UNKNOWN), id="a state from the future is unknown to a kubelet"),
        pytest.param({"annotations": None}, replace(RECORD, hash=Absent(), hash_without_resources=Absent()), id="no annotations"),
        pytest.param(
            {"annotations": {"io.kubernetes.container.hash": "0x1"}},
            replace(RECORD, hash=Absent("0x1"), hash_without_resources=Absent()),
            id="a hash that the kubelet cannot read",
        ),
        pytest.param({"labels": {}}, replace(RECORD, pod_uid="", pod_namespace="", pod_name=""), id="a container that no kubelet made"),
    ],
)
def test_container_record(change: dict[str, Any], expected: ContainerRecord) -> None:
    assert container_record(json.dumps({**CONTAINER, **change}).encode(), ORIGIN) == expected


SANDBOX: dict[str, Any] = {
    "id": "5a5b",
    "metadata": {"name": "etcd-cp-1", "uid": UID, "namespace": "kube-system", "attempt": 1},
    "state": "SANDBOX_READY",
    "createdAt": "1709287199000000000",
    "labels": {"component": "etcd"},
    "annotations": {"kubernetes.io/config.source": "file", "kubernetes.io/config.hash": UID},
    "runtimeHandler": "",
}
SANDBOX_RECORD = SandboxRecord(
    sandbox_id="5a5b",
    pod_uid=UID,
    pod_namespace="kube-system",
    pod_name="etcd-cp-1",
    attempt=1,
    ready=True,
    created_at=1709287199000000000,
    source=PodSource.FILE,
    config_hash=UID,
    origin=ORIGIN,
)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param({}, SANDBOX_RECORD, id="as crictl prints it"),
        pytest.param({"state": "SANDBOX_NOTREADY"}, replace(SANDBOX_RECORD, ready=False), id="not ready"),
        pytest.param({"state": 0}, SANDBOX_RECORD, id="ready as a number"),
        pytest.param({"state": 5}, replace(SANDBOX_RECORD, ready=False), id="a state from the future is not ready"),
        pytest.param({"annotations": {}}, replace(SANDBOX_RECORD, source=None, config_hash=None), id="no annotations"),
        pytest.param({"metadata": None}, replace(SANDBOX_RECORD, pod_uid="", pod_namespace="", pod_name="", attempt=0), id="no metadata"),
    ],
)
def test_sandbox_record(change: dict[str, Any], expected: SandboxRecord) -> None:
    assert sandbox_record(json.dumps({**SANDBOX, **change}).encode(), ORIGIN) == expected


@pytest.mark.parametrize(
    ("change", "path", "reason"),
    [
        pytest.param({"id": ""}, "id", "expected an ID, found none", id="no ID"),
        pytest.param({"podSandboxId": None}, "podSandboxId", "expected an ID, found none", id="no sandbox ID"),
        pytest.param(
            {"createdAt": "2024-03-01T10:00:00Z"}, "createdAt", "expected a whole number, found other text", id="crictl inspect's time"
        ),
        pytest.param({"createdAt": 1.5}, "createdAt", "expected an integer or a string, found a number", id="a fraction"),
        pytest.param({"labels": []}, "labels", "expected an object, found an array", id="labels of a wrong type"),
        pytest.param(
            {"annotations": {"io.kubernetes.container.hash": 5}},
            "annotations.io.kubernetes.container.hash",
            "expected a string, found an integer",
            id="a hash of a wrong type",
        ),
        pytest.param({"metadata": {"attempt": 1 << 32}}, "metadata.attempt", _ATTEMPT, id="more attempts than CRI counts"),
        pytest.param({"metadata": {"attempt": "-1"}}, "metadata.attempt", _ATTEMPT, id="fewer than none"),
        pytest.param({"state": None}, "state", "expected a state of CRI, found none", id="no state, which every crictl prints"),
        pytest.param({"state": "Running"}, "state", "expected a state of CRI, found another word", id="a state as people say it"),
        pytest.param({"state": "CONTAINER_RUNNING "}, "state", "expected a state of CRI, found another word", id="a state and a blank"),
        pytest.param({"state": "1"}, "state", "expected a state of CRI, found another word", id="a number as text"),
        pytest.param({"state": "SANDBOX_READY"}, "state", "expected a state of CRI, found another word", id="a sandbox's state"),
    ],
)
def test_a_record_is_refused_with_its_path(change: dict[str, Any], path: str, reason: str) -> None:
    with pytest.raises(SpecRefused) as caught:
        container_record(json.dumps({**CONTAINER, **change}).encode(), ORIGIN)
    assert (caught.value.path, caught.value.reason) == (path, reason)


@pytest.mark.parametrize(
    ("state", "found"),
    [
        pytest.param(None, "none", id="no state, which every crictl prints"),
        pytest.param("Ready", "another word", id="a state as people say it"),
        pytest.param("CONTAINER_RUNNING", "another word", id="a container's state"),
    ],
)
def test_a_sandbox_is_refused_without_a_state(state: str | None, found: str) -> None:
    with pytest.raises(SpecRefused) as caught:
        sandbox_record(json.dumps({**SANDBOX, "state": state}).encode(), ORIGIN)
    assert (caught.value.path, caught.value.reason) == ("state", f"expected a state of CRI, found {found}")


def test_a_record_holds_no_command() -> None:
    annotations = {**CONTAINER["annotations"], "io.kubernetes.container.preStopHandler": '{"exec":{"command":["canary"]}}'}
    assert "canary" not in repr(container_record(json.dumps({**CONTAINER, "annotations": annotations}).encode(), ORIGIN))
