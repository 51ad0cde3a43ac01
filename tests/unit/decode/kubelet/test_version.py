"""Version texts as nodes report them; most rows are from nodes that people showed in public, the rest from release pages."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from upgradecheck.decode.kubelet.version import parse_kubelet_version, parse_minor, reported_version, suggestion
from upgradecheck.decode.kubelet.version_parts import PartMeaning, explain
from upgradecheck.model.errors import InvalidVersion
from upgradecheck.model.version import KubeletVersion, Minor, UnreadVersion


def release(text: str, minor: int, patch: int | None) -> KubeletVersion:
    return KubeletVersion(text=text, minor=Minor(1, minor), patch=patch)


def built(text: str, minor: int, patch: int, vendor: str) -> KubeletVersion:
    return replace(release(text, minor, patch), vendor=vendor)


REPORTED = [
    pytest.param(release("v1.22.17", 22, 17), id="upstream release"),
    pytest.param(release("1.30.14", 30, 14), id="without v, as people type it"),
    pytest.param(release("v1.20", 20, None), id="bare minor"),
    pytest.param(release("1.8", 8, None), id="bare minor without v"),
    pytest.param(release("1.19.x", 19, None), id="the newest patch, as people write it"),
    pytest.param(release("v1.19.x", 19, None), id="the same with v"),
    pytest.param(release("v1.27.101", 27, 101), id="AKS long-term support goes on above upstream's last patch"),
    pytest.param(built("v1.21.5-eks-bc4871b", 21, 5, "eks-bc4871b"), id="EKS"),
    pytest.param(built("v1.31.0-eks-a737599", 31, 0, "eks-a737599"), id="EKS build of a .0: semver would call it older than 1.31.0"),
    pytest.param(built("v1.14.7-eks-1861c5", 14, 7, "eks-1861c5"), id="EKS with a six-digit id"),
    pytest.param(built("v1.21.2-eks-1-21-4", 21, 2, "eks-1-21-4"), id="EKS Distro"),
    pytest.param(built("v1.27.3-gke.100", 27, 3, "gke.100"), id="GKE"),
    pytest.param(built("v1.11.3-gke.18", 11, 3, "gke.18"), id="GKE of old"),
    pytest.param(built("v1.31.1-gke.1678000", 31, 1, "gke.1678000"), id="GKE with a long build number"),
    pytest.param(built("v1.28.5+k3s1", 28, 5, "k3s1"), id="k3s"),
    pytest.param(built("v1.29.1+k3s2", 29, 1, "k3s2"), id="k3s, second build"),
    pytest.param(built("v1.16.3-k3s.2", 16, 3, "k3s.2"), id="k3s of old"),
    pytest.param(built("v1.26.6+rke2r1", 26, 6, "rke2r1"), id="RKE2"),
    pytest.param(
        replace(built("v1.29.6-rc1+rke2r1", 29, 6, "rke2r1"), prerelease="rc1"), id="RKE2 candidate: a pre-release and a vendor at once"
    ),
    pytest.param(built("v1.27.1+k0s", 27, 1, "k0s"), id="k0s"),
    pytest.param(built("v1.22.3-aliyun.1", 22, 3, "aliyun.1"), id="Alibaba ACK"),
    pytest.param(built("v1.18.3-tke.1", 18, 3, "tke.1"), id="Tencent TKE"),
    pytest.param(built("v1.22.5-tke.1", 22, 5, "tke.1"), id="Tencent TKE on 1.22"),
    pytest.param(built("v1.11.7-r0-CCE2.0.20.B001", 11, 7, "r0-CCE2.0.20.B001"), id="Huawei CCE"),
    pytest.param(built("v1.17.9-r0-CCE20.7.1.B003-17.36.3", 17, 9, "r0-CCE20.7.1.B003-17.36.3"), id="Huawei CCE, two build numbers"),
    pytest.param(
        built("v1.19.10-r0-CCE21.11.1.B006-21.11.1.B006", 19, 10, "r0-CCE21.11.1.B006-21.11.1.B006"), id="Huawei CCE, the build twice"
    ),
    pytest.param(built("v1.20.15-vke.10", 20, 15, "vke.10"), id="Volcengine VKE"),
    pytest.param(built("v1.20.4-vke", 20, 4, "vke"), id="Volcengine VKE without a number"),
    pytest.param(built("v1.24.9+vmware.1", 24, 9, "vmware.1"), id="VMware Tanzu"),
    pytest.param(built("v1.11.0+d4cacc0", 11, 0, "d4cacc0"), id="OpenShift: a bare commit id"),
    pytest.param(built("v1.20.0+bafe72f-1054", 20, 0, "bafe72f-1054"), id="OpenShift with a build number"),
    pytest.param(built("v1.22.6-kubeedge-v1.12.1", 22, 6, "kubeedge-v1.12.1"), id="KubeEdge embeds a kubelet 1.22.6"),
    pytest.param(built("v1.15.0-kubeedge-v1.0.0", 15, 0, "kubeedge-v1.0.0"), id="KubeEdge, its first"),
    pytest.param(
        replace(
            built("v1.15.3-kubeedge-v1.1.0-beta.0.358+0b7ac7172442b5-dirty", 15, 3, "kubeedge-v1.1.0-beta.0.358+0b7ac7172442b5"), dirty=True
        ),
        id="KubeEdge between its own tags: beta and commits are KubeEdge's",
    ),
    pytest.param(built("v1.18.10-hotfix.20210118", 18, 10, "hotfix.20210118"), id="AKS hotfix"),
    pytest.param(built("v1.27.7-mirantis-1", 27, 7, "mirantis-1"), id="Mirantis"),
    pytest.param(built("v1.24.7+IKS", 24, 7, "IKS"), id="IBM Cloud"),
    pytest.param(built("v1.19.10-vk-azure-aci-1.4.8", 19, 10, "vk-azure-aci-1.4.8"), id="Virtual Kubelet"),
    pytest.param(built("v1.19.10-vk-azure-aci-", 19, 10, "vk-azure-aci-"), id="Virtual Kubelet that does not know its own version"),
    pytest.param(built("v1.13.1-vk-N/A", 13, 1, "vk-N/A"), id="Virtual Kubelet without a version"),
    pytest.param(
        built("v1.26.10-kubeedge-v0.0.0-master+$Format:%h$", 26, 10, "kubeedge-v0.0.0-master+$Format:%h$"),
        id="KubeEdge that was built without its version",
    ),
    pytest.param(built("v1.30.4+", 30, 4, ""), id="a tail of nothing"),
    pytest.param(replace(built("v1.16.0-rc.1+", 16, 0, ""), prerelease="rc.1"), id="behind a release candidate"),
    pytest.param(replace(built("v1.10.0-alpha.0.1+", 10, 0, ""), prerelease="alpha.0", commits=1), id="and behind commits"),
    pytest.param(built("1.28.2-1.1", 28, 2, "1.1"), id="a distribution's package, revision 1.1"),
    pytest.param(built("1.20.4-00", 20, 4, "00"), id="the old apt repository's package"),
    pytest.param(built("v1.31.0-alphacorp.1", 31, 0, "alphacorp.1"), id="a vendor whose name begins like a pre-release"),
    pytest.param(replace(release("1.31.0-alpha.2", 31, 0), prerelease="alpha.2"), id="alpha"),
    pytest.param(replace(release("v1.20.0-beta.1", 20, 0), prerelease="beta.1"), id="beta"),
    pytest.param(replace(release("v1.24.0-rc.0", 24, 0), prerelease="rc.0"), id="release candidate"),
    pytest.param(replace(release("v1.30.1-rc.0", 30, 1), prerelease="rc.0"), id="candidate of a later patch"),
    pytest.param(replace(built("v1.31.0-alpha.2+k3s1", 31, 0, "k3s1"), prerelease="alpha.2"), id="a vendor's build of an alpha"),
    pytest.param(
        replace(release("v1.31.0-alpha.0.1+7d8e1b2f-dirty", 31, 0), prerelease="alpha.0", commits=1, dirty=True),
        id="one commit after an alpha, tree modified",
    ),
    pytest.param(
        replace(release("v1.3.0-alpha.4.132+1cce15659750d9-dirty", 3, 0), prerelease="alpha.4", commits=132, dirty=True),
        id="132 commits after an alpha",
    ),
    pytest.param(
        replace(release("v1.30.1-rc.0.12+abcdef01234567", 30, 1), prerelease="rc.0", commits=12), id="a release branch between patches"
    ),
    pytest.param(replace(release("v1.21.5-3+83e2bb7ee39726", 21, 5), commits=3), id="MicroK8s: three commits after the release"),
    pytest.param(replace(release("v1.30.0-12-gabcdef", 30, 0), commits=12), id="git describe as git prints it"),
    pytest.param(replace(release("v1.30.0-0-gabcdef0", 30, 0), commits=0), id="git describe --long on the tag itself"),
    pytest.param(
        replace(release("v1.30.0-alpha.1-12-gabcdef0", 30, 0), prerelease="alpha.1", commits=12), id="git describe after a pre-release"
    ),
    pytest.param(replace(built("v1.16.3-k3s.2-3-gabcdef", 16, 3, "k3s.2"), commits=3), id="git describe after a vendor's tag"),
    pytest.param(replace(release("v1.22.3-dirty", 22, 3), dirty=True), id="modified tree"),
    pytest.param(replace(built("v1.28.5+k3s1-dirty", 28, 5, "k3s1"), dirty=True), id="modified vendor tree"),
]

REFUSED = [
    ("1.3l", "1.31", "a letter l for the one"),
    ("1.2O", "1.20", "a letter O for the zero"),
    ("1,22", "1.22", "a comma for the dot"),
    ("1..22", "1.22", "two dots"),
    ("1. 22", "1.22", "a blank inside"),
    ("22", "1.22", "everyday speech"),
    ("22.17", "1.22.17", "everyday speech with a patch"),
    ("122", "1.22", "no dot"),
    ("1-22", "1.22", "a dash for the dot"),
    ("1.022", "1.22", "leading zero in the minor"),
    ("v1.22.03", "v1.22.3", "leading zero in the patch"),
    ("01.22", "1.22", "leading zero in the major"),
    ("1.31.0-alpha.02", "1.31.0-alpha.2", "leading zero in a pre-release"),
    ("1.31.0-RC.1", "1.31.0-rc.1", "capital stage"),
    ("V1.22.3-eks-bc4871b", "v1.22.3-eks-bc4871b", "capital V: no kubelet prints it, and Kubernetes does not read it either"),
    ("v.1.22", "1.22", "a dot after v"),
    ("1.22.", "1.22", "cut off"),
    ("1.22.X", "1.22", "a wildcard"),
    ("1.22.*", "1.22", "another wildcard"),
    ("1.x", None, "no minor"),
    ("1.22.x-eks-bc4871b", "1.22", "a suffix on any patch belongs to no release"),
    ("1.22.17.1", "1.22.17", "four numbers"),
    ("1.21+", "1.21", "the minor as an API server of EKS prints it"),
    ("v1.21-eks-bc4871b", "1.21", "a suffix on a bare minor belongs to no release"),
    (">=1.22", "1.22", "a range"),
    ("release-1.22", "1.22", "a branch"),
    ("Kubernetes v1.22.17", "1.22.17", "what kubelet --version prints"),
    ("1.31.0-alpha", None, "a pre-release without its number is no release either"),
    ("v2.1", None, "no such major"),
    ("latest", None, "a word"),
    ("", None, "nothing"),
    ("v", None, "only the prefix"),
    ("v0.0.0-master+$Format:%H$", None, "built without its version"),
    ("1.99999999999999999999", None, "more digits than any minor has"),
    ("1.\u0662\u0662", None, "digits that are not ASCII"),
    ("1.22.3\x1b[31m", "1.22.3", "an escape sequence"),
    ("1" * 5000, None, "more than Python turns into a number"),
    ("1.22.3-" + "a-1+" * 5000, None, "a suffix without end"),
]


@pytest.mark.parametrize("expected", REPORTED)
def test_a_reported_version_is_taken_apart(expected: KubeletVersion) -> None:
    assert parse_kubelet_version(expected.text) == expected


@pytest.mark.parametrize(("text", "meant"), [pytest.param(text, meant, id=why) for text, meant, why in REFUSED])
def test_nonsense_is_refused_with_what_was_probably_meant(text: str, meant: str | None) -> None:
    advice = f"Did you mean {meant}?" if meant else '"upgradecheck versions" lists'
    with pytest.raises(InvalidVersion, match=re.escape(advice)):
        parse_kubelet_version(text)
    assert suggestion(text) == meant


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            "1.3l",
            "version '1.3l': not understood; wanted a release such as 1.30, 1.30.14 or v1.21.5-eks-bc4871b. Did you mean 1.31?",
            id="thing, found, wanted, next",
        ),
        pytest.param(
            "v2.1",
            "version 'v2.1': there is no Kubernetes 2.x; wanted a release such as 1.30, 1.30.14 or v1.21.5-eks-bc4871b. "
            'The command "upgradecheck versions" lists the minors that are known.',
            id="nothing comes close",
        ),
        pytest.param(
            "1.22\x1b[31m",
            "version '1.22\\x1b[31m': not understood; wanted a release such as 1.30, 1.30.14 or v1.21.5-eks-bc4871b. Did you mean 1.22?",
            id="terminal codes are shown, not sent",
        ),
    ],
)
def test_the_message_of_a_refusal(text: str, message: str) -> None:
    with pytest.raises(InvalidVersion) as refusal:
        parse_kubelet_version(text)
    assert str(refusal.value) == message


def test_a_refusal_stays_short_whatever_was_given() -> None:
    with pytest.raises(InvalidVersion) as refusal:
        parse_kubelet_version("9" * 100_000)
    assert "100000 characters long" in str(refusal.value)
    assert len(str(refusal.value)) < 300


@pytest.mark.parametrize(
    ("text", "vendor"),
    [
        pytest.param("v1.30.4_acme", "acme", id="another mark between"),
        pytest.param("v1.30.4.1", "1", id="four numbers"),
        pytest.param("v1.30.4 (Acme build)", "(Acme build)", id="blanks"),
        pytest.param("v1.30.4-caf\u00e9", "caf\u00e9", id="letters that are not ASCII"),
    ],
)
def test_a_node_may_report_any_printable_tail(text: str, vendor: str) -> None:
    assert reported_version(text) == KubeletVersion(text, Minor(1, 30), 4, vendor=vendor)
    with pytest.raises(InvalidVersion):
        parse_kubelet_version(text)
    assert "".join(part.text for part in explain(KubeletVersion(text, Minor(1, 30), 4)).parts) == text


@pytest.mark.parametrize(
    "text", ["v1.30.4acme", "v1.30.4rc1", "v1.31.0_rc.1", "v1.31.0-alpha", "v1.30.4\u0663", "v1.30.4-\x1b[31m", "v1.30-acme", "v1.fixture"]
)
def test_what_can_be_no_release_is_reported_as_text(text: str) -> None:
    assert reported_version(text) == UnreadVersion(text)


SEEN = sorted({line for path in (Path(__file__).parent / "versions").glob("*.txt") for line in path.read_text().splitlines() if line})
"""Versions of nodes that people showed in public, and others composed like them."""


@pytest.mark.parametrize("text", SEEN)
def test_what_nodes_report_is_read_where_it_begins_with_a_release(text: str) -> None:
    begin = re.match(r"v?(1\.[0-9]+(?:\.[0-9]+)?)(?![.0-9a-z])", text)
    found = reported_version(text)
    if begin is None:
        assert isinstance(found, UnreadVersion)
    else:
        assert isinstance(found, KubeletVersion)
        assert found.release.partition("-")[0] == begin[1]


def test_blanks_around_a_version_do_not_count() -> None:
    assert parse_kubelet_version(" \tv1.22.17\n") == release("v1.22.17", 22, 17)


@pytest.mark.parametrize("text", ["1.31", "v1.31", " 1.31 "])
def test_a_minor(text: str) -> None:
    assert parse_minor(text) == Minor(1, 31)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("1.31.4", "names a patch or more; wanted a minor alone. Did you mean 1.31?", id="a release is no minor"),
        pytest.param("22", "Did you mean 1.22?", id="nonsense is refused as for versions"),
    ],
)
def test_what_is_no_minor(text: str, message: str) -> None:
    with pytest.raises(InvalidVersion, match=re.escape(message)):
        parse_minor(text)


@pytest.mark.parametrize("reported", REPORTED)
def test_the_pieces_make_up_the_whole_text_and_say_what_was_parsed(reported: KubeletVersion) -> None:
    parts = explain(reported).parts
    assert "".join(part.text for part in parts) == reported.text
    meanings = [part.meaning for part in parts]
    assert meanings.count(PartMeaning.MINOR) == 1
    for field, meaning in [
        ("x" if reported.text.endswith(".x") else reported.patch, PartMeaning.PATCH),
        (reported.prerelease, PartMeaning.PRERELEASE),
        (reported.vendor, PartMeaning.VENDOR),
        (reported.commits, PartMeaning.COMMITS),
        (reported.dirty or None, PartMeaning.DIRTY),
    ]:
        assert meanings.count(meaning) == (field is not None)


numbers = st.integers(min_value=0, max_value=999)
prereleases = st.none() | st.builds("{}{}{}".format, st.sampled_from(["alpha", "beta", "rc"]), st.sampled_from([".", ""]), numbers)
vendors = st.none() | st.sampled_from([row.values[0].vendor for row in REPORTED if isinstance(row.values[0], KubeletVersion)])


@given(minor=numbers, patch=numbers, prerelease=prereleases, vendor=vendors, separator=st.sampled_from("-+"), dirty=st.booleans())
def test_what_a_version_is_made_of_is_found_again(
    minor: int, patch: int, prerelease: str | None, vendor: str | None, separator: str, *, dirty: bool
) -> None:
    text = f"v1.{minor}.{patch}" + (f"-{prerelease}" if prerelease else "")
    text += (f"{separator}{vendor}" if vendor is not None else "") + ("-dirty" if dirty else "")
    version = parse_kubelet_version(text)
    assert version == KubeletVersion(text, Minor(1, minor), patch, prerelease, vendor, None, dirty)
    assert parse_kubelet_version(version.release) == KubeletVersion(version.release, Minor(1, minor), patch, prerelease)


@given(st.text(string.ascii_letters + string.digits + ".+-_ v1", max_size=40).map("v1.2".__add__) | st.text(max_size=60))
def test_any_text_is_a_version_or_refused_and_a_suggestion_is_a_version(text: str) -> None:
    try:
        version = parse_kubelet_version(text)
    except InvalidVersion:
        meant = suggestion(text)
        assert meant is None or parse_kubelet_version(meant).text == meant
    else:
        assert parse_kubelet_version(version.release).release == version.release
        assert version.text == text.strip()
