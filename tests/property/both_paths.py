"""A pod by the exact path and by the fast one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from tests.builders import CATALOG
from upgradecheck.hashing.containers import HashedContainer, containers_of, hashed, parse_pod, pod_value
from upgradecheck.hashing.fast.pods import FastPods
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.schema import HashClass

CLASSES = tuple(one for minor in CATALOG.minors() for one in CATALOG.hash_classes(minor))

NODE = re.compile(rb'("nodeName"\s*:\s*)"[^"\\]*"')

Hashes = list[list[HashedContainer]]


@lru_cache(maxsize=64)
def fast(classes: tuple[HashClass, ...]) -> FastPods:
    """The fast path for some classes, at once; what it has met before stays met."""
    return FastPods(classes, few=0)


def exactly(document: bytes, classes: Sequence[HashClass], *, from_api: bool) -> Hashes | None:
    """What the exact path makes of a pod; None if it refuses it for one of the classes."""
    try:
        tree = parse_pod(document)
        return [[hashed(one, of) for one in containers_of(pod_value(tree, of.schema), of.schema, from_api=from_api)] for of in classes]
    except SpecRefused:
        return None


def quickly(document: bytes, pods: FastPods, *, from_api: bool) -> Hashes | None:
    """What the fast path makes of it; None if it steps aside."""
    found = pods.read(document)
    if found is None:
        return None
    made = [found.containers(one, from_api=from_api) for one in pods.classes]
    return None if None in made else [one for one in made if one is not None]


def agree(document: bytes, pods: FastPods, *, from_api: bool = False) -> bool:
    """Whether the fast path steps aside, or makes what the exact one makes: at first sight, as a text that it knows, and of replicas, on
    another node and with another end of the token's volume; the last by a spec that it knows."""
    replica = document.replace(b"abcde", b"ab0z9")
    elsewhere = NODE.sub(rb'\g<1>"elsewhere"', replica)
    for text in (document, document, replica, document, elsewhere, replica):
        found = quickly(text, pods, from_api=from_api)
        if found is not None and found != exactly(text, pods.classes, from_api=from_api):
            return False
    return True
