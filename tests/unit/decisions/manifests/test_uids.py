"""Whether a static pod keeps its UID: against the UIDs that real kubelet code made, and against the published types."""

from __future__ import annotations

from itertools import pairwise

import pytest
from msgspec.structs import replace

from tests.builders import CATALOG, Document, as_version, read
from tests.drawing import sampled
from tests.unit.decisions.manifests.corpus import GOLDENS, build_of, manifest_json
from upgradecheck.decisions.manifests.outcomes import GIVEN, UIDComparison, UIDOutcome
from upgradecheck.decisions.manifests.uids import OTHER_DEFAULTS, OTHER_INPUT, compare_uids
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.static_uid import WhyNoUID

NOT_COMPUTABLE = "managed-fields.yaml"
KEPT, CHANGED = UIDComparison(UIDOutcome.KEPT), UIDOutcome.CHANGED


def manifest(**spec: object) -> Document:
    """A static pod with one container and what is given."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "web"},
        "spec": {"containers": [{"name": "app", "image": "app:1"}], **spec},
    }


def compared(document: Document, old: str, new: str) -> UIDComparison:
    return compare_uids(read(document), build_of(old), build_of(new))


@pytest.mark.parametrize("name", sampled((name for name, golden in GOLDENS.items() if golden["uids"] and name != NOT_COMPUTABLE), 2))
def test_the_uid_is_kept_exactly_where_real_kubelets_keep_it(name: str) -> None:
    class_of = {version: number for number, group in enumerate(GOLDENS[name]["uids"]) for version in group.split()}
    pod = read(manifest_json(name))
    versions = list(class_of)
    for old, new in (*pairwise(versions), *pairwise(versions[::-4])):
        outcome = compare_uids(pod, build_of(old), build_of(new)).outcome
        assert outcome is (UIDOutcome.KEPT if class_of[old] == class_of[new] else CHANGED), f"{old} to {new}"


OPENSHIFT = CATALOG.builds(as_version("v1.20.0+7d0a2b2"))[0]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param(build_of("1.19.16"), OPENSHIFT, UIDComparison(CHANGED, (OTHER_INPUT,)), id="OpenShift 4.6 to 4.7"),
        pytest.param(OPENSHIFT, build_of("1.20.15"), UIDComparison(CHANGED, (OTHER_INPUT,)), id="to the release that it is called after"),
        pytest.param(OPENSHIFT, OPENSHIFT, KEPT, id="to itself"),
        pytest.param(
            OPENSHIFT,
            build_of("1.21.14"),
            UIDComparison(
                UIDOutcome.UNKNOWN,
                ("what upstream changed, this vendor may have changed before: of this pod nothing",),
            ),
            id="to 1.21, of whose changes it has made one before",
        ),
    ],
)
def test_a_vendor_makes_uids_of_something_else(old: KubeletBuild, new: KubeletBuild, expected: UIDComparison) -> None:
    assert compare_uids(read(manifest()), old, new) == expected


HOOK = {"containers": [{"name": "app", "image": "app:1", "lifecycle": {"preStop": {"exec": {"command": ["true"]}}}}]}
GUARDED = {"containers": [{"name": "app", "image": "app:1", "securityContext": {}}]}
RESIZABLE = {"containers": [{"name": "app", "image": "app:1", "resources": {"requests": {"cpu": "1"}}}]}


@pytest.mark.parametrize(
    ("document", "old", "new", "expected"),
    [
        pytest.param(manifest(), "1.28.15", "1.29.15", KEPT, id="an ordinary pod is not touched by a conditional step"),
        pytest.param(
            manifest(**HOOK),
            "1.28.15",
            "1.29.15",
            UIDComparison(CHANGED, ("LifecycleHandler.Sleep",)),
            id="a handler is touched by the step to 1.29",
        ),
        pytest.param(
            manifest(**HOOK),
            "1.29.15",
            "1.28.15",
            UIDComparison(CHANGED, ("LifecycleHandler.Sleep",)),
            id="and by the way back",
        ),
        pytest.param(manifest(**HOOK), "1.21.14", "1.22.17", KEPT, id="and not by the step to 1.22"),
        pytest.param(
            manifest(**GUARDED),
            "1.14.3",
            "1.14.4",
            UIDComparison(CHANGED, (OTHER_DEFAULTS,)),
            id="1.14.4 no longer sets procMount",
        ),
        pytest.param(manifest(), "1.14.3", "1.14.4", KEPT, id="which only a securityContext gets"),
        pytest.param(
            {**manifest(), "metadata": {"name": "web", "uid": "u"}},
            "1.8.15",
            "1.37.1",
            UIDComparison(UIDOutcome.KEPT, (GIVEN,)),
            id="a UID in the manifest stays",
        ),
        pytest.param(
            manifest(hostNetwork="yes"),
            "1.21.14",
            "1.22.17",
            UIDComparison(
                UIDOutcome.UNKNOWN,
                ("a decoder refuses the manifest: spec.hostNetwork: true or false is expected, a string was found",),
            ),
            id="what no decoder takes has no UID",
        ),
    ],
)
def test_a_step(document: Document, old: str, new: str, expected: UIDComparison) -> None:
    assert compared(document, old, new) == expected


def test_a_gate_that_sets_defaults_gives_another_uid() -> None:
    off = build_of("1.30.14")
    on = replace(off, feature_gates={"InPlacePodVerticalScaling": True})
    pod = read(manifest(**RESIZABLE))
    assert compare_uids(pod, off, on) == UIDComparison(CHANGED, (OTHER_DEFAULTS,))


def test_what_a_manifest_does_not_tell_is_unknown() -> None:
    """Its managed fields are printed as they stand in the file: where no struct differs, that is all that there is to compare."""
    pod = read(manifest_json(NOT_COMPUTABLE))
    assert compare_uids(pod, build_of("1.28.15"), build_of("1.29.15")) == UIDComparison(
        UIDOutcome.UNKNOWN, (WhyNoUID.MANAGED_FIELDS.value,)
    )
    assert compare_uids(pod, build_of("1.29.15"), build_of("1.30.14")).outcome is CHANGED
