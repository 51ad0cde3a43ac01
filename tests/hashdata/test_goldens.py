"""Every golden, made by the real Go code of its minor, recomputed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders import containers_under
from upgradecheck.catalog import Catalog
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.hashing.containers import hash_container, hash_container_without_resources
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.schema import Era, HashClass
from upgradecheck.model.version import Minor

CATALOG = Catalog()
MINORS = CATALOG.minors()


def pod_around(container: bytes) -> bytes:
    return b'{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"containers":[' + container + b"]}}"


def _class_of(minor: Minor, patch: int | None) -> HashClass:
    return CATALOG.resolve(parse_kubelet_version(str(minor) if patch is None else f"{minor}.{patch}"))[-1]


def _computed(container: bytes, hash_class: HashClass, *, from_api: bool) -> dict[str, str] | None:
    try:
        decoded = containers_under(pod_around(container), hash_class, from_api=from_api)
    except SpecRefused:
        return None
    found = {"hash": hash_container(decoded[0], hash_class).hex}
    without = hash_container_without_resources(decoded[0], hash_class)
    return found if without is None else {**found, "hash_without_resources": without.hex}


@pytest.mark.parametrize("minor", MINORS, ids=str)
def test_goldens_are_reproduced(minor: Minor) -> None:
    goldens = CATALOG.goldens(minor)
    assert len(goldens) >= 60
    differing: dict[str, Any] = {}
    for golden in goldens:
        expected = None if golden.refused is not None else {"hash": golden.hash}
        if expected is not None and golden.hash_without_resources is not None:
            expected["hash_without_resources"] = golden.hash_without_resources
        computed = _computed(golden.container, _class_of(minor, golden.patch), from_api=golden.source != "json")
        if computed != expected:
            differing[f"{golden.id} {golden.source or ''}"] = (computed, expected)
    assert differing == {}


PUBLISHED = {Era.JSON: "311670a", Era.IMAGE_NAME: "8e45cbd0"}
"""What upstream's own unit test expects of its sample: container_hash_test.go, v1.16.0 to v1.30.14 and v1.31.0 on."""

TYPED = {"1.15": "f39e1ad"}
"""Of the same sample under 1.15.12; the constant that upstream names after 1.15 is that of 1.16."""

SAMPLE = (
    b'{"name":"test_container","image":"foo/image:v1","command":["/bin/testcmd"],"args":["/bin/sh","-c","echo abc"],'
    b'"ports":[{"containerPort":8001}],"env":[{"name":"ENV_FOO","value":"bar"},{"name":"ENV_BAR","valueFrom":'
    b'{"secretKeyRef":{"name":"foo","key":"bar","optional":true}}}],"resources":{"limits":{"foo":"1G"},"requests":{"foo":"500M"}}}'
)


@pytest.mark.parametrize("minor", [minor for minor in MINORS if str(minor) in TYPED or CATALOG.schema(minor).era in PUBLISHED], ids=str)
def test_the_sample_of_upstreams_unit_test_has_the_published_hash(minor: Minor) -> None:
    hash_class = CATALOG.hash_classes(minor)[-1]
    container = containers_under(pod_around(SAMPLE), hash_class)[0]
    assert hash_container(container, hash_class).hex == TYPED.get(str(minor), PUBLISHED.get(hash_class.schema.era))
