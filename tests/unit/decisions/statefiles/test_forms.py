"""Forms of state files: what upstream's own code wrote is read, and nothing that was changed in one byte."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from tests.drawing import TIMES
from tests.statefiles import claims, cpus, cpus_v4, memory, resources
from upgradecheck.decisions.statefiles.forms import read_form
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.statefiles import Said, StateFormat

POD_CPUS = (
    b'{"policyName":"static","defaultCpuSet":"0-1","entries":{"p":{"c":"2"}},"podEntries":{"p":{"cpuSet":"2-3,11"},"q":{}},'
    b'"checksum":3780584959}'
)
GOLDENS = json.loads((Path(__file__).parents[3] / "goldens" / "state-files.json").read_bytes())


@pytest.mark.parametrize("golden", GOLDENS, ids=lambda one: f"{one['form']}-{one['kubelet']}")
def test_what_upstream_wrote_has_its_checksum(golden: dict[str, str]) -> None:
    form, content = StateFormat(golden["form"]), golden["content"].encode()
    read_form(form, content)
    at = content.rindex(b":") + 1
    changed = content[:at] + str(int(content[at:].rstrip(b"}")) ^ 1).encode() + b"}"
    with pytest.raises(SpecRefused, match="checksum"):
        read_form(form, changed)


def test_what_kubelets_up_to_117_write() -> None:
    """Seen on many nodes; upstream's CPUManagerCheckpointV1 of 1.22.17 takes both sums."""
    plain = b'{"policyName":"none","defaultCpuSet":"","checksum":3242152201}'
    held = b'{"policyName":"static","defaultCpuSet":"0-1,4","entries":{"a1":"3","b2":"2"},"checksum":3437754932}'
    assert read_form(StateFormat.CPUS_V1, plain) == Said("none")
    assert read_form(StateFormat.CPUS_V1, held) == Said("static", "0-1,4", {("a1",): "3", ("b2",): "2"})


@pytest.mark.parametrize(
    ("form", "content", "expected"),
    [
        pytest.param(StateFormat.CPUS_V2, cpus(entries={"p": {"c": "6"}}), Said("static", "0-5", {("p", "c"): "6"}), id="as written"),
        pytest.param(StateFormat.CPUS_V2, b'{"POLICYNAME":"none","checkSum":0,"more":1}', Said("none"), id="other case, no checksum, more"),
        pytest.param(StateFormat.CPUS_V2, b"null", Said(""), id="null leaves all as it was"),
        pytest.param(StateFormat.CPUS_V3, POD_CPUS, Said("static", "0-1", {("p", "c"): "2"}), id="entries of whole pods"),
        pytest.param(StateFormat.CPUS_V4, cpus_v4(entries={"p": {"c": "6"}}), Said("static", "0-5", {("p", "c"): "6"}), id="1.37's text"),
        pytest.param(StateFormat.MEMORY_V1, memory(cells=[0, 1]), Said("Static", nodes=((0, 1),)), id="memory"),
        pytest.param(StateFormat.MEMORY_V1_UNSUMMED, b'{"policyName":"None","machineState":{},"checksum":0}', Said("None"), id="no sum"),
        pytest.param(StateFormat.CLAIMS_CRC, claims(), Said(), id="claims"),
        pytest.param(StateFormat.RESOURCES_SEALED, resources(), Said(), id="resources"),
    ],
)  # fmt: skip
def test_what_a_file_says(form: StateFormat, content: bytes, expected: Said) -> None:
    assert read_form(form, content) == expected


@pytest.mark.parametrize(
    ("form", "content", "problem"),
    [
        pytest.param(StateFormat.CPUS_V2, b"", "no JSON", id="empty"),
        pytest.param(StateFormat.CPUS_V2, b"\x00\xff" * 9, "no JSON", id="no text"),
        pytest.param(StateFormat.CPUS_V2, b"[" * 100_000, "no JSON", id="deep"),
        pytest.param(StateFormat.CPUS_V2, cpus() + b"x", "no JSON", id="something behind it"),
        pytest.param(StateFormat.CPUS_V2, cpus(v1=True, entries={"id": "3"}), "a text where an object was wanted", id="a form before"),
        pytest.param(StateFormat.CPUS_V1, cpus(entries={"p": {"c": "3"}}), "an object where a text was wanted", id="a form after"),
        pytest.param(StateFormat.CPUS_V2, b"[]", "a list where", id="a list"),
        pytest.param(StateFormat.CPUS_V2, b'{"checksum":1.5}', "a number where a number was wanted", id="a broken checksum"),
        pytest.param(StateFormat.MEMORY_V1, b'{"machineState":{"a":null}}', "the key 'a'", id="a node without number"),
        pytest.param(StateFormat.MEMORY_V1, b'{"policyName":"None","machineState":{},"checksum":0}', "checksum", id="no sum up to 1.35"),
        pytest.param(StateFormat.RESOURCES_SEALED, resources("[]"), "no object of JSON", id="a list inside"),
        pytest.param(StateFormat.RESOURCES_SEALED, b"{}", "checksum", id="nothing inside"),
        pytest.param(StateFormat.CLAIMS_CRC, resources(), "checksum", id="another sum"),
    ],
)
def test_what_is_refused(form: StateFormat, content: bytes, problem: str) -> None:
    with pytest.raises(SpecRefused, match=problem):
        read_form(form, content)


def test_anything_is_read_or_refused() -> None:
    golden, drawn = GOLDENS[0]["content"].encode(), random.Random(31)
    for _ in range(60 * TIMES):
        at = drawn.randrange(len(golden))
        damaged = golden[:at] + bytes([drawn.randrange(256)]) + golden[at + drawn.randrange(3) :]
        for form in StateFormat:
            try:
                read_form(form, damaged)
            except SpecRefused:
                continue
