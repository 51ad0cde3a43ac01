"""Which hash classes a kubelet version can be of, over release lines with the Go versions of the real ones."""

from __future__ import annotations

import pytest

from tests.builders import ADMISSION, API_SERVER, DECISIONS, INTERNAL, MANIFESTS
from upgradecheck.catalog.releases import Build, ReleaseLine, possible_classes
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.model.errors import UnknownMinor
from upgradecheck.model.facts import ByPatch
from upgradecheck.model.schema import Era, HashClass, JSONDecoder, Schema, StaticPodUID, UIDHasher, UIDInput
from upgradecheck.model.version import Minor

LONG, SHORT = False, True


def line(minor: int, era: Era, *gos: str) -> tuple[Minor, ReleaseLine]:
    schema = Schema(
        minor=Minor(1, minor),
        era=era,
        decoder=JSONDecoder.KJSON,
        kinds_known=frozenset(),
        kinds_compared=frozenset(),
        hash_without_resources=False,
        roots={},
        types={},
        kubelet_lag=3,
        node_monitor_grace=40,
        static_pod_uid=StaticPodUID(UIDHasher.MD5, (UIDInput.POD,), "*core.Pod"),
        internal_pod=INTERNAL,
        manifests=ByPatch(MANIFESTS),
        decisions=ByPatch(DECISIONS),
        admission=ByPatch(ADMISSION),
        api_server=ByPatch(API_SERVER),
        feature_gates={},
    )
    return schema.minor, ReleaseLine(schema, tuple(Build(patch, go, "source") for patch, go in enumerate(gos)))


LINES = dict(
    [
        line(14, Era.TYPED, *["1.12.1"] * 11),
        line(15, Era.TYPED, *["1.12.17"] * 13),
        line(16, Era.JSON, *["1.13.15"] * 16),
        line(26, Era.JSON, *["1.21.8"] * 16),
        line(27, Era.JSON, *["1.20.3"] * 10, *["1.21.11"] * 6, "1.22.5"),
        line(28, Era.JSON, *["1.20.7"] * 12, *["1.22.5"] * 4),
        line(29, Era.JSON, *["1.21.5"] * 7, *["1.22.5"] * 9),
        line(30, Era.JSON, *["1.22.2"] * 14, "1.23.10"),
        line(31, Era.IMAGE_NAME, *["1.22.5"] * 15),
        line(32, Era.IMAGE_NAME, *["1.23.3"] * 13, "1.26"),
    ]
)


def known_line(minor: Minor) -> ReleaseLine:
    if minor not in LINES:
        raise UnknownMinor(str(minor))
    return LINES[minor]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("v1.26.15", [("1.26", LONG)], id="a release whose Go never changed the bytes"),
        pytest.param("v1.27.15", [("1.27", LONG)], id="the last 1.27 with an older Go"),
        pytest.param("v1.27.16", [("1.27", SHORT)], id="the first 1.27 with Go 1.22"),
        pytest.param("v1.28.11", [("1.28", LONG)], id="the last 1.28 with an older Go"),
        pytest.param("v1.28.12", [("1.28", SHORT)], id="the first 1.28 with Go 1.22"),
        pytest.param("v1.29.6", [("1.29", LONG)], id="the last 1.29 with an older Go"),
        pytest.param("v1.29.7", [("1.29", SHORT)], id="the first 1.29 with Go 1.22"),
        pytest.param("v1.30.0", [("1.30", SHORT)], id="1.30 began with Go 1.22"),
        pytest.param("v1.15.12", [("1.15", LONG)], id="typed era"),
        pytest.param("v1.32.13", [("1.32", SHORT)], id="image-name era, Go text without a patch"),
        pytest.param("v1.28.11-eks-1552ad0", [("1.28", LONG)], id="a vendor's build is of its release"),
        pytest.param("v1.31.0-eks-a737599", [("1.31", SHORT)], id="also of a .0, which semver takes for older"),
        pytest.param("v1.31.0-gke.100", [("1.31", SHORT)], id="GKE likewise"),
        pytest.param("v1.28.11-dirty", [("1.28", LONG)], id="a modified tree is taken for its tag"),
        pytest.param("1.28", [("1.28", SHORT)], id="a bare minor means its newest patch"),
        pytest.param("1.26", [("1.26", LONG)], id="a bare minor is no long-term support"),
        pytest.param("v1.27.101", [("1.27", SHORT)], id="long-term support above a patch that had Go 1.22"),
        pytest.param("v1.26.100", [("1.26", LONG), ("1.26", SHORT)], id="long-term support that may have moved on to Go 1.22"),
        pytest.param("v1.15.99", [("1.15", LONG)], id="the typed era escapes nothing, whatever the Go"),
        pytest.param("v1.31.99", [("1.31", SHORT)], id="nor can name and image hold such a byte"),
        pytest.param("1.31.0-alpha.2", [("1.31", SHORT)], id="seen to have the new hash"),
        pytest.param("1.31.0-alpha.3", [("1.31", SHORT)], id="later than one that was seen"),
        pytest.param("1.31.0-beta.0", [("1.31", SHORT)], id="a beta is later than every alpha"),
        pytest.param("v1.31.0-rc1+rke2r1", [("1.31", SHORT)], id="so is a candidate, also in a vendor's spelling"),
        pytest.param("v1.31.0-alpha.2.7+7d8e1b2f", [("1.31", SHORT)], id="commits after one that was seen"),
        pytest.param("1.31.0-alpha.1", [("1.30", SHORT), ("1.31", SHORT)], id="an alpha that nobody has seen: either schema"),
        pytest.param("v1.31.0-alpha.0.1+7d8e1b2f-dirty", [("1.30", SHORT), ("1.31", SHORT)], id="commits after a first alpha"),
        pytest.param(
            "1.30.0-rc.1",
            [("1.29", LONG), ("1.29", SHORT), ("1.30", LONG), ("1.30", SHORT)],
            id="either schema, and the branch changed its Go in between",
        ),
        pytest.param("1.28.0-alpha.1", [("1.27", LONG), ("1.28", LONG)], id="either schema, one sort of Go"),
        pytest.param("1.16.0-alpha.1", [("1.15", LONG), ("1.16", LONG)], id="typed or JSON"),
        pytest.param("v1.27.1-rc.0", [("1.27", LONG)], id="candidate of a patch: the same minor"),
        pytest.param("v1.28.12-rc.0", [("1.28", LONG), ("1.28", SHORT)], id="candidate of the patch that changed its Go"),
        pytest.param("v1.28.13-rc.0", [("1.28", SHORT)], id="candidate of the patch after it"),
        pytest.param("v1.29.6-rc1+rke2r1", [("1.29", LONG)], id="a vendor's candidate of a patch"),
        pytest.param("v1.28.12-rc.0.4+0123456789abcd", [("1.28", LONG), ("1.28", SHORT)], id="release branch just before the change"),
        pytest.param("v1.28.5-3+83e2bb7ee39726", [("1.28", LONG)], id="commits after a release, before the next"),
        pytest.param("v1.28.11-3-gabcdef0", [("1.28", LONG), ("1.28", SHORT)], id="commits after the last release with the older Go"),
        pytest.param("v1.28.11-0-gabcdef0", [("1.28", LONG)], id="no commits after it is the release itself"),
        pytest.param("v1.26.15-3+83e2bb7ee39726", [("1.26", LONG), ("1.26", SHORT)], id="commits after the newest known patch"),
    ],
)
def test_a_version_has_these_hash_classes(text: str, expected: list[tuple[str, bool]]) -> None:
    classes = possible_classes(parse_kubelet_version(text), known_line)
    assert [(str(found.minor), found.short_control_escapes) for found in classes] == expected


@pytest.mark.parametrize("text", ["1.33.0", "1.33", "1.14.0-alpha.1", "1.33.0-alpha.1"])
def test_a_minor_that_is_not_known_is_not_interpolated(text: str) -> None:
    """Also where only the earlier of a pre-release's two schemas is missing."""
    with pytest.raises(UnknownMinor):
        possible_classes(parse_kubelet_version(text), known_line)


@pytest.mark.parametrize(
    ("minor", "expected"),
    [(15, [LONG]), (26, [LONG]), (27, [LONG, SHORT]), (28, [LONG, SHORT]), (29, [LONG, SHORT]), (30, [SHORT]), (31, [SHORT])],
)
def test_a_minor_splits_where_a_patch_changed_the_escapes(minor: int, expected: list[bool]) -> None:
    known = LINES[Minor(1, minor)]
    assert known.classes() == tuple(HashClass(known.schema, short) for short in expected)
