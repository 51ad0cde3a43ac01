"""Counting given containers for every pair of minors."""

from __future__ import annotations

import pytest

from tests.builders import (
    CATALOG,
    Document,
    containers_under,
    pod,
    with_container,
    with_env,
    with_ephemeral,
    with_field,
    with_init,
    with_new_probe_field,
    with_sidecar,
)
from upgradecheck.decode.kubelet.version import parse_minor
from upgradecheck.hashing.containers import HashedContainer, hashed
from upgradecheck.hashing.schemas.changes import newest_class
from upgradecheck.hashing.schemas.pairs import PairCounter, Way, minors_needed, profiles
from upgradecheck.model.changes import PairCounts, UIDChange
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.schema import HashClass

KNOWN = {minor: newest_class(minor, CATALOG) for minor in CATALOG.minors()}
BASE = pod()
REFUSED_SINCE = with_field(BASE, "app", "resizePolicy", "wrong")
SECURITY = with_field(BASE, "app", "securityContext", {})


def counted(document: Document, old: str, new: str, *, times: int = 1, lossy: bool = False, static: UIDChange | None = None) -> PairCounts:
    minors = minors_needed([parse_minor(old), parse_minor(new)], KNOWN)
    counter = PairCounter(tuple(KNOWN[minor] for minor in minors))
    for _ in range(times):
        for _, profile, _ in profiles(made_of(document, one) for one in counter.classes):
            counter.add((Way(profile),), lossy=lossy, static=static is not None)
    return counter.counts(parse_minor(old), parse_minor(new), static or UIDChange.ALL)


def made_of(document: Document, hash_class: HashClass) -> list[HashedContainer] | None:
    try:
        return [hashed(one, hash_class) for one in containers_under(document, hash_class)]
    except SpecRefused:
        return None


@pytest.mark.parametrize(
    ("document", "old", "new", "expected"),
    [
        pytest.param(BASE, "1.22", "1.30", PairCounts(safe=1), id="nothing new is set"),
        pytest.param(with_new_probe_field(BASE), "1.20", "1.30", PairCounts(restart=1), id="a field that the first minor drops"),
        pytest.param(with_container(with_new_probe_field(BASE), "log"), "1.20", "1.30", PairCounts(1, 1, 0), id="one of two containers"),
        pytest.param(BASE, "1.30", "1.31", PairCounts(restart=1), id="another algorithm"),
        pytest.param(with_init(BASE), "1.30", "1.31", PairCounts(restart=1), id="init containers are not compared"),
        pytest.param(with_ephemeral(BASE), "1.30", "1.31", PairCounts(restart=1), id="ephemeral containers are not compared"),
        pytest.param(with_ephemeral(BASE), "1.15", "1.16", PairCounts(restart=1), id="or not even known"),
        pytest.param(with_sidecar(BASE), "1.30", "1.31", PairCounts(restart=1), id="sidecars are not compared before 1.32"),
        pytest.param(with_sidecar(BASE), "1.31", "1.32", PairCounts(0, 1, 1), id="nobody knows which minor started the sidecar"),
        pytest.param(with_sidecar(BASE), "1.30", "1.32", PairCounts(2, 0, 0), id="whichever it was, its hash is an old one"),
        pytest.param(with_sidecar(BASE), "1.32", "1.33", PairCounts(0, 2, 0), id="the first minor compared it"),
        pytest.param(with_env(BASE, "a\bb"), "1.26", "1.27", PairCounts(restart=1), id="the newest patch is built with another Go"),
        pytest.param(SECURITY, "1.9", "1.10", PairCounts(restart=1), id="a printed struct, though empty"),
        pytest.param(BASE, "1.9", "1.10", PairCounts(safe=1), id="a struct that is not there is not printed"),
        pytest.param(REFUSED_SINCE, "1.26", "1.27", PairCounts(unknown=1), id="the second minor refuses the pod"),
        pytest.param(REFUSED_SINCE, "1.27", "1.26", PairCounts(unknown=1), id="the first minor refused it"),
        pytest.param(REFUSED_SINCE, "1.27", "1.28", PairCounts(), id="a pod that all refuse cannot be told apart into containers"),
    ],
)
def test_counts(document: Document, old: str, new: str, expected: PairCounts) -> None:
    assert counted(document, old, new) == expected


def test_replicas_count_each() -> None:
    assert counted(with_new_probe_field(BASE), "1.20", "1.30", times=3) == PairCounts(restart=3)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param("1.20", "1.30", PairCounts(unknown=1), id="the old kubelet may have dropped what the new one hashes"),
        pytest.param("1.16", "1.17", PairCounts(safe=1), id="both know the same fields"),
        pytest.param("1.32", "1.33", PairCounts(safe=1), id="only name and image count"),
        pytest.param("1.30", "1.31", PairCounts(restart=1), id="a restart stays one"),
    ],
)
def test_a_spec_seen_through_a_kubelet_is_never_safe_under_one_that_knows_more(old: str, new: str, expected: PairCounts) -> None:
    assert counted(BASE, old, new, lossy=True) == expected


@pytest.mark.parametrize(
    ("document", "new", "change", "expected"),
    [
        pytest.param(BASE, "1.30", UIDChange.ALL, PairCounts(restart=1), id="it goes with its pod"),
        pytest.param(BASE, "1.30", UIDChange.NONE, PairCounts(safe=1), id="its hash decides"),
        pytest.param(BASE, "1.31", UIDChange.NONE, PairCounts(restart=1), id="and says restart"),
        pytest.param(BASE, "1.30", UIDChange.CONDITIONAL, PairCounts(unknown=1), id="whether it is touched is not asked"),
        pytest.param(BASE, "1.31", UIDChange.CONDITIONAL, PairCounts(restart=1), id="and makes no difference where its hash says restart"),
        pytest.param(REFUSED_SINCE, "1.30", UIDChange.ALL, PairCounts(unknown=1), id="a pod that is refused"),
    ],
)
def test_a_container_of_a_static_pod(document: Document, new: str, change: UIDChange, expected: PairCounts) -> None:
    assert counted(document, "1.26" if document is REFUSED_SINCE else "1.29", new, static=change) == expected


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        pytest.param(["1.20", "1.30"], ["1.20", "1.30"], id="no kind is newly compared"),
        pytest.param(["1.32", "1.36"], ["1.32", "1.36"], id="compared by both"),
        pytest.param(["1.31", "1.32"], ["1.28", "1.29", "1.30", "1.31", "1.32"], id="all that may have started a sidecar"),
    ],
)
def test_minors_needed(wanted: list[str], expected: list[str]) -> None:
    assert [str(minor) for minor in minors_needed(map(parse_minor, wanted), KNOWN)] == expected
