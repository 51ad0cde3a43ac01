"""The version of an API server, as it is dumped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from upgradecheck.decode.kube.server import server_version
from upgradecheck.decode.kube.shapes import Shape, recognise
from upgradecheck.sources.files import open_inputs

POD = {"kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [{"name": "a", "image": "i"}]}}
INFO = {"major": "1", "minor": "31", "gitVersion": "v1.31.0", "gitCommit": "9edcffcde5595e8a5b1a35f88c421764e575afce"}


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param({"clientVersion": {**INFO, "gitVersion": "v1.33.1"}, "serverVersion": INFO}, "v1.31.0", id="kubectl version -o json"),
        pytest.param(INFO, "v1.31.0", id="kubectl get --raw /version"),
        pytest.param({"serverVersion": {"major": "1"}}, None, id="it says none"),
    ],
)
def test_version(document: object, expected: str | None) -> None:
    raw = json.dumps(document).encode()
    found = server_version(raw)
    assert recognise(raw).shape is Shape.SERVER_VERSION
    assert (None if found is None else found.text) == expected


def test_a_client_alone_tells_nothing() -> None:
    assert recognise(json.dumps({"clientVersion": INFO, "kustomizeVersion": "v5"}).encode()).shape is Shape.OTHER


@pytest.mark.parametrize(("versions", "expected"), [((), None), (("v1.31.0",), "v1.31.0"), (("v1.31.0", "v1.32.1"), None)], ids=str)
def test_of_files(versions: tuple[str, ...], expected: str | None, tmp_path: Path) -> None:
    """Of two clusters nobody can tell which one is meant."""
    (tmp_path / "pod.json").write_text(json.dumps(POD))
    for index, version in enumerate(versions):
        (tmp_path / f"version-{index}.json").write_text(json.dumps({**INFO, "gitVersion": version}))
    with open_inputs((str(tmp_path),), recursive=False) as inputs:
        server = inputs.facts().server
    assert (None if server is None else server.text) == expected
