"""A file that is one bundle is taken whole; anything else that begins like one is read as ever, and gives what it holds."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from tests.bundles import of_others, some_bundle, some_pods
from upgradecheck.formats.bundle import bundle_text
from upgradecheck.sources.files import open_inputs

TEXT = bundle_text(some_bundle())
OTHER = bundle_text(of_others(some_bundle(), "node-2"))
POD = json.dumps(some_pods()[0]).encode()


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("text", "bundles", "pods"),
    [
        pytest.param(TEXT, 1, 0, id="one"),
        pytest.param(TEXT + b"\n \n", 1, 0, id="and blanks"),
        pytest.param(TEXT + b"\n" + OTHER, 2, 0, id="two"),
        pytest.param(TEXT + b"\n" + POD, 1, 1, id="and a pod"),
        pytest.param(POD + b"\n" + TEXT, 1, 1, id="behind a pod"),
        pytest.param(TEXT + POD + OTHER, 2, 1, id="a pod between two"),
        pytest.param(b"[" + TEXT + b"," + POD + b"]", 1, 1, id="in an array"),
        pytest.param(json.dumps(json.loads(TEXT), separators=(",", ":")).encode() + b"\n" + POD, 1, 1, id="written as it stands"),
    ],
)
def test_what_a_file_with_bundles_holds(text: bytes, bundles: int, pods: int, packed: bool, tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_bytes(gzip.compress(text) if packed else text)
    with open_inputs((str(file),), recursive=False) as inputs:
        assert (len(inputs.facts().bundles), len(list(inputs.pods())), inputs.facts().missing) == (bundles, pods, ())


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(TEXT[:-70] + POD + TEXT[-70:], id="something in the middle"),
        pytest.param(TEXT + TEXT[-70:], id="two ends"),
        pytest.param(TEXT.replace(b'"pods":', b'"sdop":', 1), id="edited"),
        pytest.param(TEXT.replace(b",", b",,", 1), id="no JSON"),
    ],
)
def test_what_only_looks_like_one_is_set_aside(text: bytes, tmp_path: Path) -> None:
    pod, file = tmp_path / "pod.json", tmp_path / "a.json"
    pod.write_bytes(POD)
    file.write_bytes(text)
    with open_inputs((str(file), str(pod)), recursive=False) as inputs:
        found = inputs.facts()
    assert found.bundles == ()
    assert [str(file) in one.what for one in found.missing] == [True]
