"""Every form of one node's records gives the same records, every encoding of the same pods the same snapshot, and no secret passes."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

import upgradecheck.example
from tests.drawing import tried
from tests.unit.sources import told_node
from upgradecheck.model.errors import InputError
from upgradecheck.model.pod import ContainerRecord, PodView, SandboxRecord
from upgradecheck.sources.files import Inputs, open_inputs

SHIPPED = Path(upgradecheck.example.__file__).parent
FORMS: dict[str, tuple[str, ...]] = {
    "crictl ps and pods": (told_node.crictl_ps(), told_node.crictl_pods()),
    "crictl inspect up to 1.30": (told_node.crictl_inspect("concatenated"), told_node.crictl_inspectp("concatenated")),
    "crictl inspect after 1.30": (told_node.crictl_inspect("array"), told_node.crictl_inspectp("array")),
    "crictl inspect with an info that is no JSON": (told_node.crictl_inspect("unescaped"), told_node.crictl_inspectp("unescaped")),
    "docker's engine API": (told_node.docker_api(),),
    "docker inspect": (told_node.docker_inspect(),),
    "docker ps": (told_node.docker_ps(),),
}


@pytest.fixture(autouse=True)
def _in_an_empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def opened(*texts: str) -> Inputs:
    for number, text in enumerate(texts):
        Path(f"{number}.json").write_text(text)
    return open_inputs([f"{number}.json" for number in range(len(texts))], recursive=False)


def bare(inputs: Inputs) -> tuple[list[ContainerRecord], list[SandboxRecord]]:
    """The records without their origins, and without a sandbox's network, which only ``crictl inspectp`` shows."""
    containers = [replace(record, origin=told_node.NOWHERE) for record in inputs.facts().containers]
    return containers, [replace(record, origin=told_node.NOWHERE, network=None) for record in inputs.facts().sandboxes]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_tells_the_same_records(form: str) -> None:
    containers = told_node.container_records()
    if "inspect" in form and "crictl" in form:  # it tells the sandbox in its info only, among the secrets
        containers = [replace(record, sandbox_id="") for record in containers]
    if form in ("docker's engine API", "docker ps"):
        containers = told_node.listed_by_docker()
    with opened(*FORMS[form]) as inputs:
        assert bare(inputs) == (containers, told_node.sandbox_records())


@pytest.mark.parametrize("form", FORMS)
def test_no_secret_passes(form: str) -> None:
    assert all(told_node.SECRET in text for text in FORMS[form][:1])
    with opened(*FORMS[form]) as inputs:
        told = repr((inputs, inputs.facts()))
    assert told_node.SECRET not in told


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("old", "new"),
    [('"id"', '"no"'), ('"Id"', '"iD"'), ('"ID"', '"iD"'), ("2024-03", "2024-99"), ('"labels": {', '"labels": [{'), ("{", "")],
)
def test_no_secret_passes_into_an_error(form: str, old: str, new: str) -> None:
    try:
        told = repr(opened(*(text.replace(old, new) for text in FORMS[form])))
    except InputError as error:
        told = f"{error}{error.__cause__}{error.__context__}"
    assert told_node.SECRET not in told


def test_all_forms_together_are_one_node() -> None:
    """The fullest telling of each record wins, whatever comes first."""
    texts = [text for texts in reversed(FORMS.values()) for text in texts]
    with opened(*texts) as inputs:
        assert bare(inputs) == (told_node.container_records(), told_node.sandbox_records())


def test_nanoseconds_survive_a_telling_in_seconds() -> None:
    exact = json.loads(told_node.crictl_ps())["containers"][0] | {"createdAt": f"{told_node.CREATED}000000001"}
    for texts in ((told_node.docker_api(), json.dumps([exact])), (json.dumps([exact]), told_node.docker_api())):
        with opened(*texts) as inputs:
            assert next(record.created_at for record in inputs.facts().containers) == told_node.CREATED * 10**9 + 1
            assert len(inputs.facts().containers) == len(told_node.CONTAINERS)


@pytest.mark.parametrize("form", ["docker's engine API", "docker inspect", "docker ps"])
def test_what_no_kubelet_made_is_counted(form: str) -> None:
    with opened(*FORMS[form]) as inputs:
        assert inputs.facts().notices == ("0.json: left out 1 container of docker that no kubelet made",)


def snapshot(inputs: Inputs) -> tuple[list[PodView], list[Any], list[Any], list[Any]]:
    """Everything that a source gives, without origins; specs as values, for YAML does not keep layout and key order."""
    pods = list(inputs.pods())
    views = [replace(pod.view, origin=told_node.NOWHERE) for pod in pods]
    nodes = [replace(node, origin=told_node.NOWHERE) for node in inputs.facts().nodes]
    return views, [json.loads(pod.raw) for pod in pods], nodes, list(bare(inputs))


def to_yaml(text: str) -> str:
    import yaml

    return yaml.dump_all([json.loads(text)], allow_unicode=True)


ENCODINGS: dict[str, Callable[[str], tuple[str, bytes]]] = {
    "gzip": lambda text: ("x.json.gz", gzip.compress(text.encode())),
    "gzip in two members": lambda text: ("x.json", gzip.compress(text[:99].encode()) + gzip.compress(text[99:].encode())),
    "YAML": lambda text: ("x.yaml", to_yaml(text).encode()),
    "YAML without a name": lambda text: ("dump", to_yaml(text).encode()),
    "YAML in gzip": lambda text: ("x.yml.gz", gzip.compress(to_yaml(text).encode())),
}


def few_pods() -> str:
    """A List of pods of the shipped node, of each kind of source and owner."""
    pods = json.loads((SHIPPED / "api-pods.json").read_text())
    return json.dumps(pods | {"items": pods["items"][:6] + pods["items"][-6:]})


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("text", [few_pods(), told_node.crictl_ps(), told_node.docker_inspect()], ids=["pods", "crictl", "docker"])
def test_every_encoding_gives_the_same_snapshot(encoding: str, text: str) -> None:
    Path("plain.json").write_text(text)
    name, data = ENCODINGS[encoding](text)
    Path("d").mkdir()
    Path("d", name).write_bytes(data)
    with open_inputs(["plain.json"], recursive=False) as plain, open_inputs([f"d/{name}"], recursive=False) as other:
        assert snapshot(other) == snapshot(plain) == snapshot(other)
        assert snapshot(plain)[0] or plain.facts().containers


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_standard_input_may_be_encoded_too(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = few_pods()
    Path("plain.json").write_text(text)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(ENCODINGS[encoding](text)[1])))
    with open_inputs(["plain.json", "-"], recursive=False) as inputs:
        pods = list(inputs.pods())
    half = len(pods) // 2
    assert [json.loads(pod.raw) for pod in pods[half:]] == [json.loads(pod.raw) for pod in pods[:half]]
    assert {pod.origin.source for pod in pods[half:]} == {"standard input"}


@tried(20)
@given(st.lists(st.binary(max_size=60), min_size=1, max_size=4), st.integers(1, 30), st.integers(0, 3))
def test_gzip_is_what_was_compressed(parts: list[bytes], size: int, padding: int) -> None:
    from upgradecheck.decode.text.gzipped import decompressed

    data = b"".join(gzip.compress(part) for part in parts) + b"\0" * padding
    chunks = [data[start : start + size] for start in range(0, len(data), size)]
    assert b"".join(decompressed(chunks, "x")) == b"".join(parts)
