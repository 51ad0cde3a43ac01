"""What a pod is exposed to beside its verdict, by its document alone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders import kubelet, read
from upgradecheck.model.exposure import Exposure, Probe, Probed, Pulled
from upgradecheck.planning.seeing.exposed import exposure_of
from upgradecheck.reading.pod import Taken

READY, GONE = "node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"
ASKED = {"exec": {"command": ["true"]}}


def exposed(*, to: str = "1.34.1", node: str | None = None, ready: bool | None = None, **spec: Any) -> Exposure:
    document = {
        "metadata": {"name": "web"},
        "spec": {"containers": [{"name": "app"}], **({"nodeName": node} if node else {}), **spec},
        "status": {} if ready is None else {"containerStatuses": [{"name": "app", "ready": ready}]},
    }
    return exposure_of(read({"apiVersion": "v1", "kind": "Pod", **document}).under(kubelet(to).builds[-1], Taken.FROM_API).value)


def app(**fields: Any) -> dict[str, Any]:
    return {"containers": [{"name": "app", **fields}]}


def tolerates(key: str | None, seconds: int | None, **fields: Any) -> dict[str, Any]:
    return {
        "operator": "Exists",
        **({} if key is None else {"key": key}),
        **({} if seconds is None else {"tolerationSeconds": seconds}),
        **fields,
    }


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param({}, (), id="no probe"),
        pytest.param(app(livenessProbe=ASKED), (), id="a liveness probe decides on no readiness"),
        pytest.param(app(readinessProbe=ASKED), (Probed("app", Probe(10, 1)),), id="what is not said is as by default"),
        pytest.param(
            app(readinessProbe={**ASKED, "periodSeconds": 5, "successThreshold": 3}), (Probed("app", Probe(5, 3)),), id="numbers of its own"
        ),
        pytest.param({**app(readinessProbe=ASKED), "ready": False}, (Probed("app", Probe(), ready=False),), id="not ready now"),
        pytest.param(app(startupProbe=ASKED), (Probed("app", None, Probe()),), id="a startup probe"),
        pytest.param({**app(startupProbe=ASKED), "to": "1.15.12"}, (), id="a probe that the kubelet does not know"),
        pytest.param(
            {"initContainers": [{"name": "mesh", "restartPolicy": "Always", "readinessProbe": ASKED}, {"name": "prep"}]},
            (Probed("mesh", Probe()),),
            id="a sidecar counts",
        ),
        pytest.param({"initContainers": [{"name": "prep", "readinessProbe": ASKED}]}, (), id="an init container does not"),
    ],
)
def test_probes(given: dict[str, Any], expected: tuple[Probed, ...]) -> None:
    assert exposed(**given).probed == expected


@pytest.mark.parametrize(
    ("tolerations", "expected"),
    [
        pytest.param([tolerates(READY, 300), tolerates(GONE, 300)], (300, False), id="what admission adds"),
        pytest.param([tolerates(READY, 300), tolerates(GONE, 30)], (30, False), id="the shorter of both"),
        pytest.param([tolerates(GONE, -5)], (0, False), id="none below zero"),
        pytest.param([tolerates(None, None), tolerates(GONE, 30)], (None, False), id="the first that matches counts: for ever"),
        pytest.param([tolerates(GONE, 30), tolerates(None, None)], (30, False), id="the first that matches counts: for 30 s"),
        pytest.param([tolerates(GONE, 30, effect="NoSchedule")], (None, True), id="of another effect"),
        pytest.param([tolerates("dedicated", 30)], (None, True), id="of another taint"),
        pytest.param([tolerates(GONE, 30, operator="Equal", value="x")], (None, True), id="of another value"),
        pytest.param([tolerates(GONE, 30, operator="Equal")], (30, False), id="of its empty value"),
        pytest.param([], (None, True), id="of nothing, on a node"),
    ],
)
def test_how_long_it_stays_on_a_node_that_is_gone(tolerations: list[dict[str, Any]], expected: tuple[int | None, bool]) -> None:
    found = exposed(node="worker-1", tolerations=tolerations)
    assert (found.stays, found.bare) == expected


def test_of_a_template_admission_is_still_to_come() -> None:
    assert exposed() == Exposure()


@pytest.mark.parametrize(
    ("image", "policy", "expected"),
    [
        pytest.param("registry.example/web:1.0", "Always", Pulled("app", "registry.example"), id="by a tag"),
        pytest.param("registry.example:5000/web@sha256:00", "Always", Pulled("app", "registry.example:5000", False), id="by a digest"),
        pytest.param("localhost/web:1.0", "Always", Pulled("app", "localhost"), id="of this machine"),
        pytest.param("acme/web:1.0", "Always", Pulled("app", "docker.io"), id="of Docker's own registry"),
        pytest.param("web", None, Pulled("app", "docker.io"), id="no tag and no policy is always"),
        pytest.param("registry.example:5000/web", None, Pulled("app", "registry.example:5000"), id="a port is no tag"),
        pytest.param("registry.example/web:latest", None, Pulled("app", "registry.example"), id="latest is always"),
        pytest.param("registry.example/web:1.0", None, None, id="another tag is not"),
        pytest.param("registry.example/web:latest", "IfNotPresent", None, id="unless it says so"),
    ],
)
def test_images_that_are_pulled_at_each_start(image: str, policy: str | None, expected: Pulled | None) -> None:
    found = exposed(**app(image=image, **({} if policy is None else {"imagePullPolicy": policy})))
    assert found.pulled == (() if expected is None else (expected,))


def test_init_containers_are_no_sidecars() -> None:
    inits = [{"name": "prep"}, {"name": "mesh", "restartPolicy": "Always"}]
    assert exposed(initContainers=inits).inits == ("prep",)
