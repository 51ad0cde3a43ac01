"""Documents recognised by their own shape; anything else is named so that an error can say it."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upgradecheck.decode.kube import shapes
from upgradecheck.decode.kube.kinds import NO_OBJECT
from upgradecheck.decode.kube.shapes import Recognition, Shape, recognise

POD, NODE = Recognition(Shape.POD), Recognition(Shape.NODE)
CONTAINER, SANDBOX = Recognition(Shape.CRI_CONTAINER), Recognition(Shape.CRI_SANDBOX)
INSPECTED_CONTAINER, INSPECTED_SANDBOX = Recognition(Shape.CRI_INSPECTED_CONTAINER), Recognition(Shape.CRI_INSPECTED_SANDBOX)
DOCKER_SUMMARY, DOCKER_INSPECTION = Recognition(Shape.DOCKER_SUMMARY), Recognition(Shape.DOCKER_INSPECTION)
DOCKER_LINE = Recognition(Shape.DOCKER_LINE)
EMPTY_LIST = Recognition(Shape.EMPTY_LIST)
NO_CONTAINERS = Recognition(Shape.EMPTY_RECORDS, "containers")
NO_ITEMS = Recognition(Shape.EMPTY_RECORDS, "items")


def other(found: str, lost: str = "") -> Recognition:
    return Recognition(Shape.OTHER, found, lost)


def maker(found: str) -> Recognition:
    return Recognition(Shape.OTHER, found, makes=True)


PODS_MEMBERS = [b'"kind":"Pod"', b'"kind":"Job"', b'"kind":""', b'"apiVersion":"v1"', b'"apiVersion":"x/v1"', b'"spec":{"containers":[]}', b'"spec":[]',
                b'"podSandboxId":"x"', b'"kubeletconfig":{}', b'"serverVersion":{}', b'"gitVersion":"v1","gitCommit":"x"', b'"metadata":{}']  # fmt: skip


@pytest.mark.parametrize("listed", ["", "Pod", "Deployment"])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_what_is_told_by_one_decode_is_told_by_all_of_it(number: int, listed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pods as most are written are recognised sooner, and nothing else is taken for one."""
    documents = [b"{" + b",".join(some) + b"}" for some in permutations(PODS_MEMBERS, number)]
    soon = [recognise(one, listed) for one in documents]
    monkeypatch.setattr(shapes, "_is_plain_pod", lambda raw, listed: False)
    assert soon == [recognise(one, listed) for one in documents]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        pytest.param(b'{"apiVersion":"v1","kind":"Pod"}', POD, id="a Pod by its kind, whatever else is wrong with it"),
        pytest.param(b'{"kind":"P\\u006fd"}', POD, id="a kind written with escapes"),
        pytest.param(b'{"spec":{"containers":[]}}', POD, id="an item of a PodList has no kind"),
        pytest.param(b'{"kind":null,"apiVersion":"","spec":{"containers":[]}}', POD, id="null and empty are no kind"),
        pytest.param(b'{"kind":"Pod","spec":{"x":"\\ud800\xff"}}', POD, id="odd text inside is not our business"),
        pytest.param(b'{"kind":"Pod","apiVersion":"metrics.k8s.io/v1"}', other("kind Pod of metrics.k8s.io/v1"), id="another group's Pod"),
        pytest.param(b'{"kind":"Node","apiVersion":"v1"}', NODE, id="a Node by its kind"),
        pytest.param(b'{"status":{"nodeInfo":{}}}', NODE, id="an item of a NodeList has no kind"),
        pytest.param(
            b'{"kind":"Node","apiVersion":"management.cattle.io/v3"}', other("kind Node of management.cattle.io/v3"), id="Rancher's Node"
        ),
        pytest.param(b'{"id":"a","podSandboxId":"b","state":"CONTAINER_RUNNING"}', CONTAINER, id="a container of crictl ps"),
        pytest.param(b'{"id":"a","podSandboxId":"b","state":7}', CONTAINER, id="its state as a number"),
        pytest.param(b'{"id":"a","podSandboxId":"b","state":"on"}', CONTAINER, id="whatever its state is"),
        pytest.param(b'{"metadata":{"uid":"u","attempt":0},"state":"SANDBOX_READY"}', SANDBOX, id="a sandbox of crictl pods"),
        pytest.param(b'{"metadata":{"uid":"u","attempt":0},"state":1}', SANDBOX, id="its state as a number, too"),
        pytest.param(b'{"id":"a","metadata":{"uid":"u","attempt":0}}', SANDBOX, id="without its state"),
        pytest.param(b'{"metadata":{"uid":"u","attempt":0},"state":"Ready"}', SANDBOX, id="whatever its state is, too"),
        pytest.param(
            b'{"metadata":{"name":"p","uid":"u","namespace":"d","attempt":1},"log_directory":"/tmp","linux":{}}',
            other("a sandbox's configuration"),
            id="what crictl runp is given",
        ),
        pytest.param(
            b'{"container":"c","pod":"p","kind":"app","outcome":"kept"}',
            other("an object of no Kubernetes kind"),
            id="an observed.json entry",
        ),
        pytest.param(b'{"status":{"id":"a","metadata":{"name":"c"},"state":"CONTAINER_EXITED"}}', INSPECTED_CONTAINER, id="crictl inspect"),
        pytest.param(
            b'{"status":{"id":"a","metadata":{"name":"c","attempt":0}}}', INSPECTED_CONTAINER, id="crictl inspect without a state"
        ),
        pytest.param(
            b'{"status":{"id":"a","metadata":{"uid":"u","attempt":0},"state":"on"}}',
            INSPECTED_SANDBOX,
            id="crictl inspectp, whatever its state",
        ),
        pytest.param(b'{"info":{},"status":{"id":"a","metadata":{"uid":"u"},"state":0}}', INSPECTED_SANDBOX, id="crictl inspectp"),
        pytest.param(
            b'{"status":{"id":"a","metadata":{},"state":1},"info":"{"}"}',
            INSPECTED_CONTAINER,
            id="crictl inspect with an info that is no JSON",
        ),
        pytest.param(b'{"status":{"id":"sha256:a","repoTags":[]},"info":{}}', other("an object without a kind"), id="crictl inspecti"),
        pytest.param(b'{"status":{"conditions":[]},"config":{}}', other("an object without a kind"), id="crictl info"),
        pytest.param(b'{"Id":"a","Names":["/b"],"Labels":{},"State":"running"}', DOCKER_SUMMARY, id="docker's engine API"),
        pytest.param(b'{"Id":"a","Names":["/b"],"Labels":null}', DOCKER_SUMMARY, id="an engine without State"),
        pytest.param(b'{"Id":"a","Name":"/b","State":{},"Config":{}}', DOCKER_INSPECTION, id="docker inspect"),
        pytest.param(b'{"Id":"a","Name":"/b","Config":{}}', DOCKER_INSPECTION, id="docker inspect without a state"),
        pytest.param(b'{"ID":"a","Names":"b","Labels":""}', DOCKER_LINE, id="docker ps"),
        pytest.param(b'{"Id":"sha256:a","RepoTags":[],"Config":{}}', other("an object without a kind"), id="docker inspect of an image"),
        pytest.param(b'{"ID":"a","Name":"bridge","Labels":""}', other("an object without a kind"), id="docker network ls"),
        pytest.param(b'{"kind":"PodList","items":null}', EMPTY_LIST, id="Go prints an empty list as null"),
        pytest.param(b'{"items":[ ]}', NO_ITEMS, id="crictl pods on an empty node"),
        pytest.param(b'{"items": null}', NO_ITEMS, id="the same as some tools write it"),
        pytest.param(b'{"apiVersion":"v1","items":null}', EMPTY_LIST, id="an API's list without its kind"),
        pytest.param(b'{"containers": null}', NO_CONTAINERS, id="crictl ps, likewise"),
        pytest.param(b'{"metadata":{},"containers":null}', other("an object without a kind"), id="containers of something else"),
        pytest.param(b'{"kind":"ServiceList","items":[]}', other("kind ServiceList"), id="an empty list of something else"),
        pytest.param(b'{"kind":"Service","apiVersion":"v1"}', other("kind Service"), id="a Service is named"),
        pytest.param(
            b'{"kind":"Deployment","apiVersion":"apps/v1"}', maker("kind Deployment of apps/v1"), id="a Deployment without a template"
        ),
        pytest.param(b'{"kind":"\\u001b[31m"}', other("an object of no Kubernetes kind"), id="a hostile kind is not repeated"),
        pytest.param(b'{"kind":5,"spec":5,"status":[],"metadata":""}', other("an object without a kind"), id="wrong types all over"),
        pytest.param(b"[{}]", other("an array in place of an object", NO_OBJECT), id="an array"),
        pytest.param(b"null", other("null in place of an object", NO_OBJECT), id="null"),
        pytest.param(b"-1", other("a number in place of an object", NO_OBJECT), id="a number"),
        pytest.param(b'{"kind":"Pod",}', Recognition(Shape.MALFORMED, "no valid JSON (trailing comma in object (byte 14))"), id="no JSON"),
        pytest.param(
            b'{"a":[}', Recognition(Shape.MALFORMED, "no valid JSON (invalid character (byte 6))"), id="brackets that do not match"
        ),
    ],
)
def test_recognise(raw: bytes, expected: Recognition) -> None:
    assert recognise(raw) == expected


@given(st.binary(max_size=60) | st.text(alphabet='{}[]":,kindPo\\u', max_size=40).map(str.encode))
def test_any_bytes_have_a_shape(raw: bytes) -> None:
    assert recognise(b"{" + raw).shape in Shape
