"""Managed fields that Go reads or refuses, by minor; tests/oracle/test_hashes.py asks the real code the same."""

from __future__ import annotations

import pytest

from tests.builders import containers_under
from tests.property.strategies import TREES
from upgradecheck.catalog import Catalog
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.hashing.fast.pods import FastPods
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.hash import Hash
from upgradecheck.model.schema import HashClass

MAPS_IN_MAPS = ("1.14.10", "1.15.12")
"""Versions that read `fields` as maps in maps; any other takes whatever stands there."""
OTHERS = ("1.13.12", "1.16.15", "1.37.1")
READ, REFUSED = TREES[:3], TREES[3:]


def pod_with(tree: bytes, name: bytes) -> bytes:
    """A pod with one entry of managed fields."""
    managed = b'{"manager":"m","operation":"Update","' + name + b'":' + tree + b"}"
    spec = b'"spec":{"containers":[{"name":"app","image":"nginx"}]}'
    return b'{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","managedFields":[' + managed + b"]}," + spec + b"}"


def hash_class_of(version: str) -> HashClass:
    """What a released version hashes by."""
    return Catalog().resolve(parse_kubelet_version(version))[-1]


@pytest.mark.parametrize("version", MAPS_IN_MAPS)
@pytest.mark.parametrize("tree", REFUSED)
def test_what_is_no_map_in_maps_is_refused(version: str, tree: bytes) -> None:
    pod, hash_class = pod_with(tree, b"fields"), hash_class_of(version)
    with pytest.raises(SpecRefused, match=r"managedFields\[0\]\.fields"):
        containers_under(pod, hash_class)
    assert _quickly(pod, hash_class) is None


@pytest.mark.parametrize(
    ("version", "name", "tree"),
    [
        *((version, b"fields", tree) for version in MAPS_IN_MAPS for tree in READ),
        *((version, b"fieldsV1", tree) for version in MAPS_IN_MAPS for tree in REFUSED),
        *((version, name, tree) for version in OTHERS for name in (b"fields", b"fieldsV1") for tree in TREES),
    ],
)
def test_what_else_stands_there_is_passed_over(version: str, name: bytes, tree: bytes) -> None:
    hash_class = hash_class_of(version)
    assert len(containers_under(pod_with(tree, name), hash_class)) == 1


def _quickly(pod: bytes, hash_class: HashClass) -> list[Hash] | None:
    read = FastPods((hash_class,), few=0).read(pod)
    found = None if read is None else read.containers(hash_class, from_api=False)
    return None if found is None else [one.hash for one in found]
