"""A document in which members come twice tells the same pod to all who read it: what the exact decoder makes of it, which real Go has judged."""

from __future__ import annotations

import json
from itertools import product

import pytest

from tests.builders import CATALOG
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.pod import Origin, View
from upgradecheck.model.version import Minor
from upgradecheck.reading.merging import merged
from upgradecheck.reading.pod import ReadPod, Taken

METADATA = (
    '{"name":"a"}',
    '{"uid":"u-1","namespace":"n"}',
    '{"name":"b","annotations":{"kubernetes.io/config.source":"file","kubernetes.io/config.mirror":"m"}}',
    '{"annotations":{"other":"x"}}',
    '{"annotations":null}',
    '{"name":null,"uid":null}',
    "null",
    '{"n\\u0061me":"c"}',
    '{"labels":{"app":"x"},"labels":{"tier":"y"}}',
)
SPECS = ('{"nodeName":"node-1"}', '{"containers":[{"name":"app","image":"a:1"}]}', '{"nodeName":null}', '{"hostNetwork":true}')


def builds(text: str) -> list[KubeletBuild]:
    """Kubelets up to 1.22 empty a text for a null that comes after it; a view is of no minor, and is read as the newer ones read it."""
    return [CATALOG.builds_of(Minor(1, minor))[-1] for minor in ((30, 34) if "null" in text else (15, 22, 30, 34))]


@pytest.mark.parametrize(("one", "other"), list(product(METADATA, METADATA)))
def test_names_and_view_are_those_of_the_decoded_pod(one: str, other: str) -> None:
    for spec, more in product(SPECS, SPECS):
        text = f'{{"metadata":{one},"spec":{spec},"metadata":{other},"status":{{"phase":"Running"}},"spec":{more}}}'
        pod = ReadPod(text.encode(), Origin("drawn.json"))
        for build in builds(text):
            value = ReadPod(text.encode(), Origin("drawn.json")).under(build, Taken.FROM_API).value
            told = {key: value.get("ObjectMeta", {}).get(key, b"").decode() for key in ("Name", "Namespace", "UID")}
            names = pod.names
            assert (names.name or "", names.namespace or "", names.uid or "") == (told["Name"], told["Namespace"], told["UID"]), text
            assert pod.view.name == told["Name"], text
            assert pod.view.node == (value.get("Spec", {}).get("NodeName", b"").decode() or None), text
            annotations = value.get("ObjectMeta", {}).get("Annotations") or {}
            assert (pod.view.view is View.MIRROR) == (b"kubernetes.io/config.mirror" in annotations), text
            labels = value.get("ObjectMeta", {}).get("Labels") or {}
            assert dict(pod.view.labels) == {key.decode(): text.decode() for key, text in labels.items()}, text


def test_a_status_that_comes_twice_is_one() -> None:
    status = '"status":{"phase":"Running"},"status":{"containerStatuses":[{"name":"app","state":{"running":{}}}]}'
    pod = ReadPod(f'{{"metadata":{{"name":"a"}},{status}}}'.encode(), Origin("a.json"))
    assert (pod.view.phase, [one.name for one in pod.view.statuses]) == ("Running", ["app"])


def test_a_plain_document_stays_as_it_is() -> None:
    """Conditions have a status, too."""
    text = json.dumps({"metadata": {"name": "a"}, "spec": {}, "status": {"conditions": [{"status": "True"}, {"status": "False"}]}}).encode()
    assert merged(text) is text
