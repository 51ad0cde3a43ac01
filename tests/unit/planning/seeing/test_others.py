"""Other minors are asked of a fleet's static pods: what is shared among alike pods changes no answer."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from tests.builders import CATALOG, STARTED, Document, as_version, raw
from tests.control_planes import DIRECTORY, manifest, mirrored
from tests.unit.hashing.staticuid.making import uid_of
from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.decisions.manifests.outcomes import UIDCheck
from upgradecheck.decode.kubelet.version import parse_minor
from upgradecheck.model.pod import Origin, View
from upgradecheck.model.static_uid import ManifestFile
from upgradecheck.planning.seeing.facts import Step
from upgradecheck.planning.seeing.fates import manifests_under
from upgradecheck.planning.seeing.others import OtherMinors, kind_of
from upgradecheck.planning.seeing.ran import ran_of_view
from upgradecheck.planning.seeing.spec import Spec
from upgradecheck.reading.pod import ReadPod

AWAY = "/somewhere/else"


def end(version: str) -> KubeletEnd:
    return KubeletEnd(as_version(version), CATALOG.builds(as_version(version)))


STEP = Step(end("v1.30.14"), end("v1.31.14"))


def seen(node: str, version: str, component: str = "kube-scheduler", directory: str = DIRECTORY, address: str = "10.0.0.1") -> Document:
    document = manifest(component, address)
    uid = str(uid_of(document, version, node, ManifestFile(f"{directory}/{component}.yaml")))
    return mirrored(document, node, uid, 1)


def read(document: Document) -> ReadPod:
    return ReadPod(raw(document), Origin("dump.json"))


def asked(others: OtherMinors, document: Document) -> UIDCheck:
    pod = read(document)
    spec = Spec(pod, STEP, CATALOG, from_api=False)
    ran = ran_of_view(pod.view, STEP)
    assert ran is not None
    return others.asked(UIDCheck(viewed=True), spec, View.MIRROR, manifests_under(spec.under, View.MIRROR), ran)


def edited(*path: str | int, value: Any) -> Document:
    document: Any = deepcopy(seen("cp-1", "1.29.15"))
    target = document
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value
    return document  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(seen("cp-2", "1.29.15"), id="on another node, under its UID"),
        pytest.param(seen("cp-1", "1.22.17", directory=AWAY), id="made by another kubelet, elsewhere"),
        pytest.param(edited("status", value={"phase": "Pending"}), id="in another state"),
        pytest.param(edited("metadata", "creationTimestamp", value="2025-01-01T00:00:00Z"), id="made at another time"),
        pytest.param(edited("metadata", "annotations", "kubernetes.io/config.seen", value=STARTED + "0"), id="seen at another time"),
    ],
)
def test_pods_are_of_one_kind_where_only_their_nodes_differ(document: Document) -> None:
    assert kind_of(read(document), View.MIRROR) == kind_of(read(seen("cp-1", "1.29.15")), View.MIRROR)


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(edited("spec", "containers", 0, "command", value=["kube-scheduler"]), id="another command"),
        pytest.param(edited("spec", "priority", value="2000001000"), id="a text for a number"),
        pytest.param(edited("metadata", "name", value="scheduler-cp-1"), id="another name"),
        pytest.param(edited("metadata", "name", value="kube-scheduler-cp-9"), id="a name that does not end with its node's"),
        pytest.param(edited("metadata", "namespace", value="default"), id="another namespace"),
        pytest.param(edited("metadata", "labels", "tier", value="edge"), id="another label"),
        pytest.param(edited("metadata", "annotations", "note", value="x"), id="an annotation of its own"),
        pytest.param(edited("spec", "NodeName", value="cp-2"), id="another node beside, which old kubelets may take"),
        pytest.param(edited("spec", "nodeName", value=7), id="a node that is no name"),
    ],
)
def test_what_a_manifest_can_have_had_makes_another_kind(document: Document) -> None:
    assert kind_of(read(document), View.MIRROR) != kind_of(read(seen("cp-1", "1.29.15")), View.MIRROR)


def test_a_view_of_a_kubelet_is_another_kind_than_a_mirror_pod_and_a_manifest_of_its_own() -> None:
    pod = read(seen("cp-1", "1.29.15"))
    assert len({kind_of(pod, view) for view in View}) == len(View)


def test_a_document_that_says_a_thing_twice_is_of_a_kind_of_its_own() -> None:
    one, other = (
        raw(seen(node, "1.29.15")).replace(b'"spec": {', b'"spec": {"hostPID": true, "hostPID": false, ', 1) for node in ("cp-1", "cp-2")
    )
    assert kind_of(ReadPod(one, Origin("a")), View.MIRROR) != kind_of(ReadPod(other, Origin("a")), View.MIRROR)


MADE_BY = ("1.9.11", "1.20.15", "1.22.17", "1.28.15", "1.29.15", "1.35.4", "1.37.1")
FLEET = [
    seen(f"cp-{number}", version, component, directory, f"10.0.0.{number % 2}")
    for number, version in enumerate(MADE_BY)
    for component in ("etcd", "kube-scheduler")
    for directory in (DIRECTORY, AWAY)
]


def up_to(minors: tuple[str, ...], last: str) -> tuple[str, ...]:
    """A later minor may make the same UID as the last that is asked about here."""
    return tuple(one for one in minors if parse_minor(one) <= parse_minor(last))


def test_alike_pods_get_the_answer_that_each_gets_alone() -> None:
    shared = OtherMinors(CATALOG)
    found = [asked(shared, document) for document in FLEET]
    assert found == [asked(OtherMinors(CATALOG), document) for document in FLEET]
    assert [up_to(one.minors, "1.37") for one in found[::2]] == [
        minors
        for minors in (("1.9",), ("1.19", "1.20"), ("1.21", "1.22"), ("1.28", "1.29"), ("1.28", "1.29"), ("1.35",), ("1.37",))
        for _ in range(2)
    ]


STRANGE = 30


@pytest.mark.parametrize(
    ("version", "minors"),
    [("1.9.11", ("1.9",)), ("1.37.1", ("1.37",))],
)
def test_one_that_another_minor_made_is_found_behind_many_that_none_makes(version: str, minors: tuple[str, ...]) -> None:
    """It was spared far minors once, and was safe where it stood last in a dump."""
    others = OtherMinors(CATALOG)
    for number in range(STRANGE):
        assert not asked(others, seen(f"w-{number}", "1.29.15", "etcd", AWAY, f"10.1.0.{number}")).minors
    assert up_to(asked(others, seen("cp-1", version, "etcd")).minors, minors[-1]) == minors
