"""What API servers make of manifests: facts and their ranges, each from the other side. The real one is asked in tests/lab/test_served.py."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from tests.builders import CATALOG
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.hashing.containers import parse_pod, pod_value
from upgradecheck.hashing.defaulting.creating import TOKEN_VOLUME, as_created
from upgradecheck.hashing.gotypes import codecs
from upgradecheck.model.kubelet import KubeletBuild

SECCOMP, APPARMOR = "container.seccomp.security.alpha.kubernetes.io/a", "container.apparmor.security.beta.kubernetes.io/a"
PLAIN = {
    "terminationMessagePath": "/dev/termination-log",
    "terminationMessagePolicy": "File",
    "imagePullPolicy": "IfNotPresent",
    "resources": {},
}


def build(release: str, **gates: bool) -> KubeletBuild:
    (made,) = CATALOG.builds(parse_kubelet_version(release))
    return replace(made, feature_gates=gates)


def made(
    container: dict[str, Any], server: KubeletBuild, kubelet: str = "1.30.14", annotations: dict[str, str] | None = None, **spec: Any
) -> dict[str, Any]:
    """The container as the kubelet has it, by its JSON, without what is the same for all."""
    spec = {"automountServiceAccountToken": False, **spec, "containers": [{"name": "a", "image": "a:1", **container}]}
    raw = msgspec.json.encode({"metadata": {"name": "p", "annotations": annotations or {}}, "spec": spec})
    schema = build(kubelet).schema
    value = as_created(pod_value(parse_pod(raw), server.schema), server, schema)
    text = codecs(schema).root("Container").encode(value["Spec"]["Containers"][0], short_control_escapes=True)
    told: dict[str, Any] = msgspec.json.decode(text)
    assert all(told.get(key) == wanted or key in container for key, wanted in PLAIN.items())
    return {key: wanted for key, wanted in told.items() if key not in PLAIN and key not in ("name", "image")}


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        pytest.param("1.18.19", {}, id="before fields"),
        pytest.param("1.19.16", {"securityContext": {"seccompProfile": {"type": "RuntimeDefault"}}}, id="first that makes one"),
        pytest.param("1.26.15", {"securityContext": {"seccompProfile": {"type": "RuntimeDefault"}}}, id="last that does"),
        pytest.param("1.27.16", {}, id="annotations count no more"),
    ],
)
def test_seccomp_annotations(release: str, expected: dict[str, Any]) -> None:
    assert made({}, build(release), annotations={SECCOMP: "docker/default"}) == expected


@pytest.mark.parametrize(
    ("server", "annotation", "expected"),
    [
        pytest.param(build("1.29.15"), "runtime/default", None, id="before fields"),
        pytest.param(build("1.30.14"), "runtime/default", {"type": "RuntimeDefault"}, id="first that makes one"),
        pytest.param(build("1.30.14", AppArmorFields=False), "runtime/default", None, id="gate off"),
        pytest.param(build("1.37.1"), "localhost/web", {"type": "Localhost", "localhostProfile": "web"}, id="newest, a profile by name"),
        pytest.param(build("1.31.14"), "localhost/", None, id="no name"),
        pytest.param(build("1.31.14"), "localhost/ web", None, id="no valid name"),
        pytest.param(build("1.31.14"), "unconfined", {"type": "Unconfined"}, id="none at all"),
        pytest.param(build("1.31.14"), "bogus", None, id="no value"),
    ],
)
def test_apparmor_annotations(server: KubeletBuild, annotation: str, expected: dict[str, Any] | None) -> None:
    wanted = {} if expected is None else {"securityContext": {"appArmorProfile": expected}}
    assert made({}, server, annotations={APPARMOR: annotation}) == wanted


def test_a_field_that_the_pod_or_the_container_has_is_not_made() -> None:
    profile = {"type": "RuntimeDefault"}
    own = {"securityContext": {"appArmorProfile": {"type": "Unconfined"}}}
    asked = {APPARMOR: "runtime/default"}
    assert made(own, build("1.31.14"), annotations=asked) == own
    assert made({}, build("1.31.14"), annotations=asked, securityContext={"appArmorProfile": profile}) == {}
    assert made({}, build("1.31.14"), annotations=asked, os={"name": "windows"}) == {}


REQUESTS = {"resources": {"limits": {"cpu": "1"}}}
POLICY = [{"resourceName": "cpu", "restartPolicy": "NotRequired"}]


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        pytest.param(build("1.27.16", InPlacePodVerticalScaling=True), POLICY, id="first, gate on"),
        pytest.param(build("1.32.13", InPlacePodVerticalScaling=True), POLICY, id="last, gate on"),
        pytest.param(build("1.31.14"), None, id="gate off"),
        pytest.param(build("1.33.13"), None, id="sets it no more"),
    ],
)
def test_resize_policies(server: KubeletBuild, expected: list[dict[str, str]] | None) -> None:
    assert made(REQUESTS, server).get("resizePolicy") == expected
    assert made(REQUESTS, server, "1.26.15").get("resizePolicy") is None, "which this kubelet does not know"


UNMASKED = {"securityContext": {"procMount": "Unmasked"}}
SLEEP = {"lifecycle": {"preStop": {"sleep": {"seconds": 5}}}}


@pytest.mark.parametrize(
    ("server", "container", "expected"),
    [
        pytest.param(build("1.28.15"), SLEEP, {"lifecycle": {"preStop": {}}}, id="does not know it"),
        pytest.param(build("1.29.15"), SLEEP, {"lifecycle": {"preStop": {}}}, id="drops it, gate off"),
        pytest.param(build("1.29.15", PodLifecycleSleepAction=True), SLEEP, SLEEP, id="gate on"),
        pytest.param(build("1.30.14"), SLEEP, SLEEP, id="on by default"),
        pytest.param(build("1.27.16"), {"resizePolicy": POLICY}, {}, id="of the user's own, gate off"),
        pytest.param(build("1.33.13"), {"resizePolicy": POLICY}, {"resizePolicy": POLICY}, id="of the user's own, gate on"),
        pytest.param(build("1.30.14"), UNMASKED, {"securityContext": {"procMount": "Default"}}, id="becomes the default, gate off"),
        pytest.param(build("1.33.13"), UNMASKED, UNMASKED, id="stays, gate on"),
    ],
)
def test_fields_of_gates(server: KubeletBuild, container: dict[str, Any], expected: dict[str, Any]) -> None:
    assert made(container, server) == expected


TOKEN = {"name": TOKEN_VOLUME.decode(), "readOnly": True, "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}


@pytest.mark.parametrize(
    ("mounts", "automount", "expected"),
    [
        pytest.param([], None, [TOKEN], id="mounted by default"),
        pytest.param([], True, [TOKEN], id="as asked"),
        pytest.param([], False, None, id="not wanted"),
        pytest.param([{**TOKEN, "name": "own"}], None, [{**TOKEN, "name": "own"}], id="something is mounted there"),
    ],
)
def test_the_mount_of_the_token(mounts: list[dict[str, Any]], automount: bool | None, expected: list[dict[str, Any]] | None) -> None:
    container = {"volumeMounts": mounts} if mounts else {}
    assert made(container, build("1.30.14"), automountServiceAccountToken=automount).get("volumeMounts") == expected
