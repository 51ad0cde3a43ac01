"""``crictl inspect``: the status alone is read, also out of a document that is no JSON behind it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upgradecheck.decode.runtime.crictl_inspect import inspected_container, inspected_sandbox, status_first
from upgradecheck.decode.text.jsonstream import split
from upgradecheck.model.errors import InputError, SpecRefused
from upgradecheck.model.pod import NetworkMode, Origin, RunState, SandboxNetwork

ORIGIN = Origin("inspect.json")
STATUS: dict[str, Any] = {
    "id": "0a1b",
    "metadata": {"attempt": 2, "name": "app"},
    "state": "CONTAINER_RUNNING",
    "createdAt": "2024-03-01T11:00:00.000000001+01:00",
    "labels": {"io.kubernetes.pod.uid": "u"},
}


def raw(change: dict[str, Any]) -> bytes:
    return json.dumps({"info": {"config": {"envs": []}}, "status": {**STATUS, **change}}).encode()


@pytest.mark.parametrize(
    ("created", "expected"),
    [
        pytest.param("2024-03-01T11:00:00.000000001+01:00", 1709287200000000001, id="as crictl rewrites it"),
        pytest.param("1709287200000000001", 1709287200000000001, id="as protobuf prints it"),
        pytest.param(1709287200000000001, 1709287200000000001, id="as a number"),
        pytest.param("0001-01-01T00:00:00Z", 0, id="never"),
        pytest.param(None, 0, id="left out"),
    ],
)
def test_created_at(created: object, expected: int) -> None:
    assert inspected_container(raw({"createdAt": created}), ORIGIN).created_at == expected


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param({"createdAt": "yesterday"}, "status.createdAt: expected a whole number, found other text", id="a text"),
        pytest.param({"createdAt": "10:00"}, "status.createdAt: expected a time as Go prints it, found other text", id="no date"),
        pytest.param({"id": ""}, "status.id: expected an ID, found none", id="no ID"),
        pytest.param({"metadata": {"attempt": "x"}}, "status.metadata.attempt: expected a whole number, found other text", id="attempt"),
        pytest.param({"labels": []}, "status.labels: expected an object, found an array", id="labels"),
    ],
)
def test_refusals_name_the_path(change: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecRefused) as caught:
        inspected_container(raw(change), ORIGIN)
    assert str(caught.value) == message


def test_a_sandbox_refusal_names_the_path() -> None:
    with pytest.raises(SpecRefused) as caught:
        inspected_sandbox(b'{"status":{"metadata":{"uid":"u"}}}', ORIGIN)
    assert str(caught.value) == "status.id: expected an ID, found none"


values = (
    st.text(max_size=9)
    | st.lists(st.text(max_size=9) | st.integers(), max_size=3)
    | st.dictionaries(st.text(max_size=9), st.text(max_size=9), max_size=3)
)
statuses = st.dictionaries(st.text(max_size=9), values, max_size=4)


@given(statuses, st.binary(max_size=40), st.sampled_from([None, 1]))
def test_the_status_is_cut_out_exactly_whatever_follows(status: dict[str, object], rest: bytes, indent: int | None) -> None:
    text = json.dumps(status, indent=indent).encode()
    assert status_first(b'{\n "status" : ' + text + b',"info":' + rest) == text


@pytest.mark.parametrize("beginning", [b'{"info":1,"status":{}}', b'{"status":[]}', b'{"status":{"a":"', b'{"status":{"a":{}', b"[", b""])
def test_no_status_is_cut_out_of_anything_else(beginning: bytes) -> None:
    assert status_first(beginning) == b""


def test_a_hostile_status_ends_in_time() -> None:
    assert status_first(b'{"status":{"a":"' + b'\\"' * (4 << 20)) == b""


def test_the_status_of_a_broken_document_is_read() -> None:
    document = json.dumps({"status": STATUS}).encode()[:-1] + b',"info":"{"env": "x"}"}'
    assert inspected_container(document, ORIGIN).state is RunState.RUNNING


def test_a_broken_document_without_end_says_what_to_run_instead() -> None:
    document = json.dumps({"status": STATUS}).encode()[:-1] + b',"info":"{"env": "{"}"}'
    with pytest.raises(InputError) as caught:
        list(split([document], "inspect.json"))
    assert str(caught.value).endswith('crictl up to 1.30 may print no valid JSON; take "crictl ps -a -o json" instead.')


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param(
            {"network": {"ip": "10.0.0.7"}, "linux": {"namespaces": {"options": {"network": "POD"}}}},
            (NetworkMode.POD, "10.0.0.7"),
            id="its own",
        ),
        pytest.param(
            {"network": {"ip": ""}, "linux": {"namespaces": {"options": {"network": "NODE"}}}}, (NetworkMode.NODE, ""), id="the node's"
        ),
        pytest.param({"network": {}, "linux": {"namespaces": {"options": {}}}}, (NetworkMode.POD, ""), id="zero values are left out"),
        pytest.param(
            {"linux": {"namespaces": {"options": {"network": 2}}}}, (NetworkMode.NODE, None), id="an enum as a number, and no network part"
        ),
        pytest.param({}, (None, None), id="nothing is told"),
    ],
)
def test_the_network_of_a_sandbox(told: dict[str, Any], expected: tuple[NetworkMode | None, str | None]) -> None:
    status = {
        "id": "5a",
        "metadata": {"name": "web", "namespace": "shop", "uid": "u", "attempt": 0},
        "state": "SANDBOX_READY",
        "createdAt": "1",
        **told,
    }
    assert inspected_sandbox(json.dumps({"status": status}).encode(), Origin("x")).network == SandboxNetwork(*expected)
