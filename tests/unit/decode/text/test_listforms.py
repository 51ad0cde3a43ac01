"""How lists are written by who asks for them, and how by who makes them out of others. The first are as kubectl 1.27, 1.30 and 1.33 write them."""

from __future__ import annotations

import json

import pytest

from upgradecheck.decode.text.listforms import is_of_one_request, is_of_one_request_in_yaml

KUBECTL = '{\n    "apiVersion": "v1",\n    "items": [],\n    "kind": "List",\n    "metadata": {\n        "resourceVersion": ""\n    }\n}'
RAW = '{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"777"},"items":[]}'
AS_OBJECT = json.loads(KUBECTL)
YAML = 'apiVersion: v1\nitems:\n- apiVersion: v1\n  kind: Pod\nkind: List\nmetadata:\n  resourceVersion: ""\n'


@pytest.mark.parametrize(
    ("around", "expected"),
    [
        pytest.param(KUBECTL, True, id="kubectl"),
        pytest.param(KUBECTL.replace('": ""\n', '": "",\n        "selfLink": ""\n'), True, id="up to 1.20"),
        pytest.param(KUBECTL.replace("\n", "\r\n"), True, id="on Windows"),
        pytest.param(RAW, True, id="an API server"),
        pytest.param(json.dumps(json.loads(RAW), indent=4), True, id="kubectl cluster-info dump"),
        pytest.param(RAW.replace("777", '777","continue":"abc'), True, id="a page of it"),
        pytest.param(RAW.replace('"resourceVersion"', '"selfLink":"/api/v1/pods","resourceVersion"'), True, id="of an old one"),
        pytest.param(json.dumps(AS_OBJECT, indent=2), False, id="jq"),
        pytest.param(json.dumps(AS_OBJECT, separators=(",", ":")), False, id="jq -c"),
        pytest.param(json.dumps(AS_OBJECT), False, id="a program"),
        pytest.param(json.dumps({"kind": "List", "items": []}, indent=4), False, id="made by hand"),
        pytest.param(KUBECTL.replace('""', '"777"'), False, id="a version that kubectl leaves out"),
        pytest.param(KUBECTL.replace('"List"', '"PodList"'), False, id="the kind of a server's list"),
        pytest.param(json.dumps(json.loads(RAW)), False, id="an API server's through a program"),
        pytest.param(RAW.replace("777", ""), False, id="without a version"),
        pytest.param(RAW.replace("777", "７"), False, id="a version that is no number of etcd's"),
        pytest.param(RAW.replace('"metadata":{"resourceVersion":"777"}', '"metadata":[]'), False, id="metadata that is none"),
        pytest.param("[]", False, id="an array"),
        pytest.param('{"containers": []}', False, id="a runtime's"),
        pytest.param('{"items": [', False, id="no JSON"),
    ],
)
def test_json(around: str, *, expected: bool) -> None:
    assert is_of_one_request(around.encode()) is expected


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(YAML, True, id="kubectl"),
        pytest.param(YAML + '  selfLink: ""\n', True, id="up to 1.20"),
        pytest.param(YAML.replace("- apiVersion: v1\n  kind", "  - apiVersion: v1\n    kind"), False, id="yq"),
        pytest.param(YAML.replace("metadata:\n", ""), False, id="without metadata"),
        pytest.param(YAML + "  more: 1\n", False, id="with more"),
    ],
)
def test_yaml(document: str, *, expected: bool) -> None:
    assert is_of_one_request_in_yaml(document.encode()) is expected
