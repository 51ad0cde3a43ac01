"""Whether a kubelet makes the UID that runs of what is known of a manifest, and which UID the new one makes of it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from tests.builders import CATALOG, Document, as_version
from tests.unit.decisions.manifests.corpus import build_of
from tests.unit.hashing.staticuid.making import defaulted, uid_of
from upgradecheck.decisions.manifests.outcomes import Pin, Ran, UIDCheck, UIDOutcome
from upgradecheck.decisions.manifests.pins import pin_of
from upgradecheck.decisions.manifests.places import places_of_file
from upgradecheck.decisions.manifests.reproducing import Manifests, check_uid, made_by_others, printed
from upgradecheck.hashing.codecs import GoValue
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.static_uid import ManifestFile, NoUID

NODE = "node1"
HOME, AWAY = "/etc/kubernetes/manifests", "/opt/pods"
PLACES = places_of_file("web.yaml", (AWAY, HOME))
WEB: Document = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "web"},
    "spec": {"containers": [{"name": "app", "image": "app:1"}]},
}
EDITED: Document = {**WEB, "metadata": {"name": "web", "labels": {"tier": "edge"}}}
DATED: Document = {**WEB, "metadata": {"name": "web", "creationTimestamp": "2026-03-01T10:00:00Z"}}


def made(document: Document, version: str, directory: str = HOME) -> str:
    uid = uid_of(document, version, NODE, ManifestFile(f"{directory}/web.yaml"))
    assert not isinstance(uid, NoUID)
    return uid


def of(*documents: Document) -> Manifests:
    return lambda build: tuple(defaulted(document, build) for document in documents)


def refused(build: KubeletBuild) -> Sequence[GoValue]:
    if build.minor == build_of("1.22.17").minor:
        raise SpecRefused("a decoder's reason")
    return of(WEB)(build)


def ran(uid: str, **known: object) -> Ran:
    return replace(Ran(uid, NODE, PLACES), **known)


HERE = PLACES[1]
KEPT, CHANGED = UIDOutcome.KEPT, UIDOutcome.CHANGED


@pytest.mark.parametrize(
    ("manifests", "start", "target", "what", "expected"),
    [
        pytest.param(
            of(WEB), "1.31.0", "1.31.14", ran(made(WEB, "1.31.0")), UIDCheck(HERE, exact=KEPT, new=made(WEB, "1.31.14")), id="made, and kept"
        ),
        pytest.param(
            of(WEB), "1.30.14", "1.31.14", ran(made(WEB, "1.30.14")), UIDCheck(HERE, exact=CHANGED, new=made(WEB, "1.31.14")), id="made, changes"
        ),
        pytest.param(
            of(EDITED, WEB),
            "1.31.0",
            "1.31.14",
            ran(made(WEB, "1.31.0"), viewed=True),
            UIDCheck(HERE, 1, exact=KEPT, new=made(WEB, "1.31.14")),
            id="of what a view leaves open it is the second",
        ),
        pytest.param(
            of(WEB),
            "1.31.0",
            "1.31.14",
            ran(made(WEB, "1.31.0"), moved_to=AWAY),
            UIDCheck(HERE, exact=CHANGED, new=made(WEB, "1.31.14", AWAY)),
            id="the new kubelet has another directory",
        ),
        pytest.param(of(EDITED), "1.31.0", "1.31.14", ran(made(WEB, "1.31.0")), UIDCheck(), id="not made, and the place may be any"),
        pytest.param(
            of(EDITED),
            "1.31.0",
            "1.31.14",
            Ran(made(WEB, "1.31.0"), NODE, (HERE,), proved=True),
            UIDCheck(exact=CHANGED, new=made(EDITED, "1.31.14"), edited=True),
            id="not made, in a directory that is proved: edited",
        ),
        pytest.param(
            of(EDITED), "1.31.0", "1.31.14", ran(made(WEB, "1.31.0"), viewed=True), UIDCheck(viewed=True), id="not made of a view: no sign of an edit"
        ),
        pytest.param(
            of(EDITED), "1.19.16", "1.20.15", ran(made(WEB, "1.19.16")), UIDCheck(exact=CHANGED, new=made(EDITED, "1.20.15")), id="up to 1.20 the place does not count"
        ),
        pytest.param(
            of(WEB), "1.30.14", "1.31.14", ran(made(WEB, "1.31.0")), UIDCheck(exact=KEPT), id="the new kubelet makes it, at one of the places"
        ),
        pytest.param(of(DATED), "1.31.0", "1.31.14", ran(made(WEB, "1.31.0")), None, id="a time: nobody can compute it"),
    ],
)  # fmt: skip
def test_what_a_uid_tells(manifests: Manifests, start: str, target: str, what: Ran, expected: UIDCheck | None) -> None:
    assert check_uid(manifests, (build_of(start),), (build_of(target),), what) == expected


def test_kubelets_that_part_leave_it_open() -> None:
    target = (build_of("1.31.14"), build_of("1.30.14"))
    found = check_uid(of(WEB), (build_of("1.31.0"),), target, ran(made(WEB, "1.31.0")))
    assert found == UIDCheck(HERE, exact=None, new=None)


OTHERS = tuple(build_of(version) for version in ("1.21.14", "1.22.17", "1.28.15", "1.29.15", "1.30.14"))


@pytest.mark.parametrize(
    ("manifests", "uid", "expected"),
    [
        pytest.param(of(WEB), made(WEB, "1.30.14"), UIDCheck(exact=CHANGED, new=made(WEB, "1.31.14"), minors=("1.30",)), id="another minor"),
        pytest.param(
            of(WEB), made(WEB, "1.28.15"), UIDCheck(exact=CHANGED, new=made(WEB, "1.31.14"), minors=("1.28", "1.29")), id="or one of two that do alike"
        ),
        pytest.param(
            refused, made(WEB, "1.21.14"), UIDCheck(exact=CHANGED, new=made(WEB, "1.31.14"), minors=("1.21",)), id="but not one that refuses it"
        ),
        pytest.param(of(EDITED), made(WEB, "1.30.14"), UIDCheck(), id="none"),
    ],
)  # fmt: skip
def test_which_minors_made_a_uid_that_the_running_kubelet_does_not_make(manifests: Manifests, uid: str, expected: UIDCheck) -> None:
    assert made_by_others(UIDCheck(), printed(manifests, OTHERS), manifests, (build_of("1.31.14"),), ran(uid)) == expected


def test_what_another_minor_made_was_not_edited() -> None:
    found = made_by_others(
        UIDCheck(exact=CHANGED, edited=True), printed(of(WEB), OTHERS), of(WEB), (build_of("1.30.14"),), ran(made(WEB, "1.30.14"))
    )
    assert found == UIDCheck(exact=KEPT, new=made(WEB, "1.30.14"), minors=("1.30",))


def pinned(document: Document, uid: str, *variables: str) -> Document:
    container = {"name": "app", "image": "app:1", **({"env": [{"name": name, "value": "x"} for name in variables]} if variables else {})}
    return {**document, "metadata": {**document["metadata"], "uid": uid}, "spec": {"containers": [container]}}


UID = made(WEB, "1.28.15")


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(pinned(WEB, UID), Pin.MADE, id="as it was pinned, under a kubelet before"),
        pytest.param(pinned(EDITED, UID), Pin.OPEN, id="edited since"),
        pytest.param(pinned(WEB, UID, "FILE_HASH"), Pin.FOREIGN, id="RKE2 gives its pods such UIDs"),
        pytest.param(pinned(DATED, UID), Pin.OPEN, id="nobody can compute it"),
    ],
)
def test_a_pin(document: Document, expected: Pin) -> None:
    assert pin_of(of(document), (build_of("1.31.0"), *OTHERS), ran(UID)) is expected


def test_a_vendor_that_hashes_something_else_leaves_what_is_not_made_in_doubt() -> None:
    (openshift,) = CATALOG.builds(as_version("v1.20.0+7d0a2b2"))
    assert check_uid(of(EDITED), (openshift,), (openshift,), ran(made(WEB, "1.19.16"))) == UIDCheck()
