"""Why two minors hash a container differently: which fields, since when, and what is only another way to hash."""

from __future__ import annotations

import pytest

from tests.builders import CATALOG, Document, containers_under, pod, with_env, with_field, with_new_probe_field, with_sidecar
from upgradecheck.decode.kubelet.version import parse_minor
from upgradecheck.hashing.difference import causes, knows_more
from upgradecheck.hashing.schemas.changes import newest_class
from upgradecheck.model.plan import Cause, CauseKind
from upgradecheck.model.schema import Schema

BASE = pod()


def schema(minor: str) -> Schema:
    return CATALOG.schema(parse_minor(minor))


def between(document: Document, old: str, new: str, name: str = "app") -> tuple[Cause, ...]:
    classes = (newest_class(parse_minor(minor), CATALOG) for minor in (old, new))
    before, after = (next(found for found in containers_under(document, one) if found.name == name) for one in classes)
    return causes(before, after, schema(old), schema(new), CATALOG)


def added(path: str, since: str) -> Cause:
    return Cause(CauseKind.FIELD_ADDED, path, since)


def lost(path: str) -> Cause:
    return Cause(CauseKind.FIELD_VALUE, path)


def algorithm(since: str | None) -> Cause:
    return Cause(CauseKind.ALGORITHM, since=since)


PROBE = with_new_probe_field(BASE)
SECCOMP = with_field(BASE, "app", "securityContext", {"seccompProfile": {"type": "RuntimeDefault"}})
APPARMOR = with_field(BASE, "app", "securityContext.appArmorProfile", {"type": "RuntimeDefault"})
RESIZE = with_field(BASE, "app", "resizePolicy", [{"resourceName": "cpu", "restartPolicy": "NotRequired"}])
GRPC_HOOK = with_field(BASE, "app", "lifecycle", {"preStop": {"sleep": {"seconds": 5}}})
CLAIMS = with_field(BASE, "app", "resources", {"claims": [{"name": "gpu", "request": "one"}]})
MOUNTS = with_field(
    BASE, "app", "volumeMounts", [{"name": "a", "mountPath": "/a"}, {"name": "b", "mountPath": "/b", "recursiveReadOnly": "Enabled"}]
)


@pytest.mark.parametrize(
    ("document", "old", "new", "expected"),
    [
        pytest.param(PROBE, "1.20", "1.22", (added("livenessProbe.terminationGracePeriodSeconds", "1.21"),), id="a field of 1.21"),
        pytest.param(PROBE, "1.20", "1.30", (added("livenessProbe.terminationGracePeriodSeconds", "1.21"),), id="over many minors"),
        pytest.param(SECCOMP, "1.16", "1.30", (added("securityContext.seccompProfile", "1.19"),), id="a struct: its topmost field"),
        pytest.param(APPARMOR, "1.29", "1.30", (added("securityContext.appArmorProfile", "1.30"),), id="first known to the new minor"),
        pytest.param(RESIZE, "1.22", "1.30", (added("resizePolicy", "1.27"),), id="a list"),
        pytest.param(GRPC_HOOK, "1.22", "1.30", (added("lifecycle.preStop.sleep", "1.29"),), id="an embedded handler"),
        pytest.param(MOUNTS, "1.22", "1.30", (added("volumeMounts[1].recursiveReadOnly", "1.30"),), id="an element of a list"),
        pytest.param(CLAIMS, "1.22", "1.30", (added("resources.claims", "1.26"),), id="a list inside a struct that is always written"),
        pytest.param(
            with_field(APPARMOR, "app", "resizePolicy", [{"resourceName": "cpu", "restartPolicy": "NotRequired"}]),
            "1.22",
            "1.30",
            (added("resizePolicy", "1.27"), added("securityContext.appArmorProfile", "1.30")),
            id="two fields, in the order of the struct",
        ),
        pytest.param(PROBE, "1.22", "1.20", (lost("livenessProbe.terminationGracePeriodSeconds"),), id="going back, the field is lost"),
        pytest.param(with_env(BASE, "a\bb"), "1.22", "1.30", (algorithm(None),), id="the same content in other letters"),
        pytest.param(
            with_env(PROBE, "a\fb"),
            "1.20",
            "1.30",
            (added("livenessProbe.terminationGracePeriodSeconds", "1.21"),),
            id="a field names itself first",
        ),
        pytest.param(BASE, "1.30", "1.31", (algorithm("1.31"),), id="the era changes"),
        pytest.param(BASE, "1.22", "1.37", (algorithm("1.31"),), id="the era changed on the way"),
        pytest.param(BASE, "1.32", "1.30", (algorithm("1.31"),), id="going back to the older era"),
        pytest.param(PROBE, "1.20", "1.31", (algorithm("1.31"),), id="a new era hides new fields"),
    ],
)
def test_causes(document: Document, old: str, new: str, expected: tuple[Cause, ...]) -> None:
    assert between(document, old, new) == expected


def test_a_sidecar_is_one_by_a_field_of_1_28() -> None:
    assert between(with_sidecar(BASE, "mesh"), "1.27", "1.28", "mesh") == (added("restartPolicy", "1.28"),)


def test_map_keys_are_written_as_keys() -> None:
    """No map inside a Container holds structs, so a changed field is never below a key; keys are not field names."""
    limits = with_field(RESIZE, "app", "resources", {"limits": {"cpu": "1"}, "requests": {"cpu": "1"}})
    assert between(limits, "1.22", "1.30") == (added("resizePolicy", "1.27"),)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param("1.22", "1.30", True, id="fields were added"),
        pytest.param("1.29", "1.30", True, id="by one minor"),
        pytest.param("1.30", "1.22", False, id="an older minor knows less"),
        pytest.param("1.30", "1.30", False, id="a minor knows what it knows"),
        pytest.param("1.18", "1.19", True, id="a field deep inside"),
    ],
)
def test_knows_more(old: str, new: str, expected: bool) -> None:
    assert knows_more(schema(old), schema(new)) is expected


def printed(path: str, since: str) -> Cause:
    return Cause(CauseKind.FIELD_ADDED, path, since, printed=True)


SECURITY = with_field(BASE, "app", "securityContext", {})
TWO_MOUNTS = with_field(BASE, "app", "volumeMounts", [{"name": "a", "mountPath": "/a"}, {"name": "b", "mountPath": "/b"}])


@pytest.mark.parametrize(
    ("document", "old", "new", "expected"),
    [
        pytest.param(BASE, "1.8", "1.9", (printed("volumeDevices", "1.9"),), id="a field of Container itself, though not set"),
        pytest.param(SECURITY, "1.9", "1.10", (printed("securityContext.runAsGroup", "1.10"),), id="behind a pointer that is set"),
        pytest.param(TWO_MOUNTS, "1.13", "1.14", (printed("volumeMounts[].subPathExpr", "1.14"),), id="all elements of a list at once"),
        pytest.param(
            with_field(TWO_MOUNTS, "app", "securityContext", {"runAsGroup": 5}),
            "1.9",
            "1.15",
            (
                printed("volumeMounts[].subPathExpr", "1.14"),
                printed("securityContext.windowsOptions", "1.15"),
                printed("securityContext.runAsGroup", "1.10"),
                printed("securityContext.procMount", "1.12"),
            ),
            id="over many minors, one of the fields set",
        ),
        pytest.param(SECURITY, "1.10", "1.9", (Cause(CauseKind.FIELD_VALUE, "securityContext.runAsGroup", printed=True),), id="going back"),
        pytest.param(BASE, "1.15", "1.16", (algorithm("1.16"),), id="the typed era ends"),
    ],
)
def test_causes_of_the_typed_era(document: Document, old: str, new: str, expected: tuple[Cause, ...]) -> None:
    assert between(document, old, new) == expected
