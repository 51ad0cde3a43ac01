"""The QoS class by version: which containers and resources count, and when the class in the status stands."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from tests.builders import CATALOG, raw
from upgradecheck.decisions.qos import may_hide_its_class, qos_class
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.hashing.containers import parse_pod
from upgradecheck.hashing.gotypes import codecs
from upgradecheck.model.admission import QOSClass

G, B, BE = QOSClass.GUARANTEED, QOSClass.BURSTABLE, QOSClass.BEST_EFFORT
ALL = ("1.8.15", "1.9.11", "1.10.13", "1.15.12", "1.16.0", "1.28.15", "1.29.0", "1.31.14", "1.32.13", "1.34.10", "1.36.4", "1.37.1")
FULL = {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"cpu": "1000m", "memory": "1024Mi"}}


def containers(*resources: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"name": f"c{index}", "image": "i", "resources": one} for index, one in enumerate(resources)]


def pod(*app: dict[str, Any], init: tuple[dict[str, Any], ...] = (), **spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": "p"}, "spec": {"containers": containers(*app), "initContainers": containers(*init), **spec}}


def found(document: dict[str, Any], version: str, *, from_api: bool = True, **gates: bool) -> QOSClass:
    (build,) = CATALOG.builds(parse_kubelet_version(version))
    codec = codecs(build.schema).root("Pod")
    value = codec.decode(parse_pod(raw(document)), codec.zero)
    return qos_class(value, replace(build, feature_gates=gates), with_status=from_api)


@pytest.mark.parametrize("version", ALL)
@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(pod({}), BE, id="nothing is asked for"),
        pytest.param(pod({"requests": {"cpu": "0"}, "limits": {"memory": "0"}}), BE, id="zeros are nothing"),
        pytest.param(pod({"requests": {"example.com/gpu": "1"}, "limits": {"example.com/gpu": "1"}}), BE, id="devices do not count"),
        pytest.param(pod(FULL), G, id="requests are limits, however they are written"),
        pytest.param(pod(FULL, {}), B, id="one container asks for nothing"),
        pytest.param(pod({"requests": {"cpu": "1"}}), B, id="a request alone"),
        pytest.param(pod({"limits": {"cpu": "1"}}), B, id="a limit alone, not defaulted"),
        pytest.param(pod({"requests": {"cpu": "1"}, "limits": {"cpu": "1"}}), B, id="memory is not limited"),
        pytest.param(
            pod({"requests": {"cpu": "1", "memory": "1"}, "limits": {"cpu": "2", "memory": "1"}}), B, id="a limit above its request"
        ),
    ],
)
def test_in_every_version(document: dict[str, Any], version: str, expected: QOSClass) -> None:
    assert found(document, version) is expected


@pytest.mark.parametrize(
    ("document", "by_version"),
    [
        pytest.param(pod({}, init=(FULL,)), {"1.15.12": BE, "1.16.0": B, "1.37.1": B}, id="init containers count from 1.16 on"),
        pytest.param(pod(FULL, init=({},)), {"1.15.12": G, "1.16.0": B}, id="an init container without limits, too"),
        pytest.param(
            pod({"requests": {"hugepages-2Mi": "2Mi"}, "limits": {"hugepages-2Mi": "2Mi"}}),
            {"1.9.11": B, "1.10.13": BE},
            id="huge pages count up to 1.9",
        ),
        pytest.param(
            pod(
                {"requests": {"cpu": "1", "memory": "1"}, "limits": {"cpu": "2", "memory": "1"}},
                {"requests": {"cpu": "2", "memory": "1"}, "limits": {"cpu": "1", "memory": "1"}},
            ),
            {"1.36.4": G, "1.37.1": B},
            id="requests above limits are made up for by another container, up to 1.36",
        ),
        pytest.param(
            pod({}, resources={"requests": {"cpu": "1"}}),
            {"1.31.14": BE, "1.32.13": BE, "1.33.13": BE, "1.34.10": B},
            id="pod-level resources, by the default of their gate",
        ),
        pytest.param(pod({}, resources=FULL), {"1.31.14": BE, "1.36.4": G, "1.37.1": G}, id="the pod's own alone decide"),
        pytest.param(
            pod(FULL, resources={}),
            {"1.33.13": G, "1.34.10": BE, "1.36.4": BE, "1.37.1": G},
            id="empty pod-level resources hide the containers', up to 1.36",
        ),
    ],
)
def test_by_version(document: dict[str, Any], by_version: dict[str, QOSClass]) -> None:
    assert {version: found(document, version) for version in by_version} == by_version


def test_a_gate_that_is_set_counts() -> None:
    document = pod({}, resources=FULL)
    assert found(document, "1.33.13", PodLevelResources=True) is G
    assert found(document, "1.34.10", PodLevelResources=False) is BE
    assert found(pod(FULL, resources={}), "1.37.1", PodLevelResourcesFixKubeletQOSClass=False) is BE


def test_the_class_in_the_status_stands_from_1_29_on_for_pods_of_an_api_server() -> None:
    document = {**pod({}), "status": {"qosClass": "Burstable"}}
    assert found(document, "1.28.15") is BE
    assert found(document, "1.29.0") is B
    assert found(document, "1.37.1") is B
    assert found(document, "1.29.0", from_api=False) is BE


@pytest.mark.parametrize(
    ("seen_by", "version", "mirrored", "hidden"),
    [
        pytest.param("1.31.0", "1.34.0", False, True, id="1.31 drops what 1.34 heeds"),
        pytest.param("1.31.0", "1.33.13", False, False, id="1.33 does not heed it, unless its gate is on"),
        pytest.param("1.32.0", "1.37.1", False, False, id="1.32 knows the field, whatever its gate"),
        pytest.param("1.30.14", "1.31.0", False, False, id="none of them knows it"),
        pytest.param("1.32.0", "1.37.1", True, True, id="the API server beside 1.32 took it out, as its gate was off"),
        pytest.param("1.33.13", "1.34.0", True, True, id="that beside 1.33, too"),
        pytest.param("1.34.0", "1.37.1", True, False, id="1.34 heeds it already"),
        pytest.param("1.33.13", "1.33.14", True, False, id="and neither does"),
    ],
)
def test_what_another_kubelet_dropped_may_give_another_class(seen_by: str, version: str, *, mirrored: bool, hidden: bool) -> None:
    (before,), (after,) = (CATALOG.builds(parse_kubelet_version(one)) for one in (seen_by, version))
    assert may_hide_its_class([before], after, mirrored=mirrored) is hidden


def test_where_nobody_knows_who_saw_it_it_may_be_hidden() -> None:
    (after,) = CATALOG.builds(parse_kubelet_version("1.34.1"))
    assert may_hide_its_class(None, after, mirrored=False)


def test_a_gate_that_is_set_lets_it_count_earlier() -> None:
    (before,), (after,) = (CATALOG.builds(parse_kubelet_version(one)) for one in ("1.31.0", "1.33.13"))
    assert may_hide_its_class([before], replace(after, feature_gates={"PodLevelResources": True}), mirrored=False)
