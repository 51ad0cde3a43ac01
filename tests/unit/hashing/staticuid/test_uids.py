"""The UID of a static pod: what goes into it, what does not, and where it cannot be known."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders import CATALOG, Document, as_version
from tests.drawing import sampled
from tests.unit.decisions.manifests.corpus import GOLDENS, build_of, manifest_json
from tests.unit.hashing.staticuid.making import defaulted, text_of, uid_of
from upgradecheck.hashing.staticuid.uids import Summed, summed
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.static_uid import ManifestFile, ManifestURL, NoUID, Source, WhyNoUID

OLD, PLACED, NEWEST = "1.20.15", "1.22.17", "1.37.1"
"""One that hashes the pod alone, and two that hash node and place as well, by MD5 and by FNV-1a."""


def manifest(metadata: Document | None = None, status: Document | None = None, **spec: Any) -> Document:
    """A pod with one container and what is given."""
    made: Document = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", **(metadata or {})}}
    made["spec"] = {"containers": [{"name": "app", "image": "app:1"}], **spec}
    return made if status is None else {**made, "status": status}


@pytest.mark.parametrize("name", sampled((name for name, golden in GOLDENS.items() if golden["uids"] and name != "managed-fields.yaml"), 4))
def test_versions_share_a_uid_exactly_where_real_kubelet_code_gives_the_same_one(name: str) -> None:
    groups = {frozenset(group.split()) for group in GOLDENS[name]["uids"]}
    sharing: dict[str | NoUID, set[str]] = {}
    for version in sorted(frozenset().union(*groups)):
        sharing.setdefault(uid_of(manifest_json(name), version), set()).add(version)
    assert set(map(frozenset, sharing.values())) == groups
    assert not any(isinstance(uid, NoUID) for uid in sharing)


FILE, RENAMED, ELSEWHERE = (ManifestFile(path) for path in ("/manifests/web.yaml", "/manifests/web2.yaml", "/other/web.yaml"))
URL, OTHER_URL = ManifestURL("http://host/web"), ManifestURL("http://host/web2")
OPENSHIFT = CATALOG.builds(as_version("v1.20.0+7d0a2b2"))[0]


@pytest.mark.parametrize(
    ("one", "other", "counts"),
    [
        pytest.param(("node1", FILE), ("node2", FILE), True, id="the node"),
        pytest.param(("node1", FILE), ("Node1", FILE), True, id="the node's name as the kubelet has it, in whatever case"),
        pytest.param(("node1", FILE), ("node1", RENAMED), True, id="the file's name"),
        pytest.param(("node1", FILE), ("node1", ELSEWHERE), True, id="its directory"),
        pytest.param(("node1", FILE), ("node1", URL), True, id="file or URL"),
        pytest.param(("node1", URL), ("node1", OTHER_URL), True, id="the URL"),
        pytest.param(("node1", URL), ("node2", URL), False, id="the node does not, from a URL"),
    ],
)
def test_from_1_21_on_node_and_place_count(one: tuple[str, Source], other: tuple[str, Source], *, counts: bool) -> None:
    for kubelet in (PLACED, NEWEST, OPENSHIFT):
        assert (uid_of(manifest(), kubelet, *one) != uid_of(manifest(), kubelet, *other)) is counts
    assert uid_of(manifest(), OLD, *one) == uid_of(manifest(), OLD, *other)


MANY: tuple[Source, ...] = (ELSEWHERE, URL, FILE, RENAMED, FILE)


@pytest.mark.parametrize("kubelet", [*map(build_of, (OLD, PLACED, NEWEST)), OPENSHIFT], ids=lambda one: str(one.release))
@pytest.mark.parametrize("document", [manifest(), manifest({"uid": "0ec9"})], ids=["made", "given"])
def test_the_place_of_a_uid_is_the_first_where_it_is_made(document: Document, kubelet: KubeletBuild) -> None:
    found = summed(defaulted(document, kubelet), kubelet)
    assert isinstance(found, Summed)
    uids = found.uids("node1", MANY)
    assert [found.place(uid, "node1", MANY) for uid in uids] == [uids.index(uid) for uid in uids]
    for other in (
        *(uid_of(manifest(), kubelet, "node2", source) for source in (FILE, URL)),
        uids[0][:-2],
        uids[0].upper() + "F",
        "",
        "-" * 32,
    ):
        assert found.place(str(other), "node1", MANY) == (uids.index(other) if other in uids else None)
    assert found.place(uids[0], "node1", ()) is None


def test_a_uid_that_the_manifest_gives_stays() -> None:
    given = manifest({"uid": "0ec9"}, status={"startTime": "2024-01-01T00:00:00Z"})
    assert {uid_of(given, kubelet) for kubelet in (OLD, PLACED, NEWEST)} == {"0ec9"}
    assert uid_of(manifest({"uid": ""}), NEWEST) == uid_of(manifest(), NEWEST)


TIME = "2024-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("document", "why"),
    [
        pytest.param(manifest({"creationTimestamp": TIME}), WhyNoUID.TIME, id="a creation time"),
        pytest.param(manifest({"deletionTimestamp": TIME}), WhyNoUID.TIME, id="behind a pointer"),
        pytest.param(manifest(status={"startTime": TIME}), WhyNoUID.TIME, id="in the status"),
        pytest.param(manifest(status={"conditions": [{"type": "Ready", "lastProbeTime": TIME}]}), WhyNoUID.TIME, id="in a list"),
        pytest.param(manifest({"creationTimestamp": "0001-01-01T00:00:00Z"}), WhyNoUID.TIME, id="the zero time, which then has a zone"),
        pytest.param(manifest({"managedFields": [{}]}), WhyNoUID.MANAGED_FIELDS, id="managed fields"),
        pytest.param(manifest({"managedFields": [{"time": TIME}]}), WhyNoUID.MANAGED_FIELDS, id="managed fields with a time"),
    ],
)
def test_what_a_manifest_does_not_tell_is_no_uid(document: Document, why: WhyNoUID) -> None:
    for kubelet in ("1.18.19", PLACED, NEWEST):
        assert uid_of(document, kubelet) == NoUID(why)


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(manifest({"creationTimestamp": None}), id="no creation time, as kubeadm writes it"),
        pytest.param(manifest({"managedFields": None}), id="null managed fields"),
        pytest.param(manifest({"deletionTimestamp": None, "annotations": None}), id="other nulls"),
        pytest.param({**manifest(), "status": {}}, id="an empty status"),
        pytest.param({**manifest(), "other": 1}, id="a field that no kubelet knows"),
    ],
)
def test_what_says_nothing_changes_nothing(document: Document) -> None:
    for kubelet in (OLD, PLACED, NEWEST):
        assert uid_of(document, kubelet) == uid_of(manifest(), kubelet)


def test_an_empty_list_is_not_a_missing_one() -> None:
    assert uid_of(manifest({"managedFields": []}), PLACED) not in (uid_of(manifest(), PLACED), NoUID(WhyNoUID.MANAGED_FIELDS))


ANNOTATION, OTHER = "pod.beta.kubernetes.io/init-container-statuses", "pod.beta.kubernetes.io/other"


@pytest.mark.parametrize(
    ("document", "same_as", "kept_by", "not_by"),
    [
        pytest.param(
            manifest({"annotations": {ANNOTATION: "[]", OTHER: ""}}),
            manifest({"annotations": {OTHER: ""}}),
            ["1.9.11", "1.20.15", "1.36.4"],
            ["1.37.1"],
            id="annotations of init containers are dropped up to 1.36",
        ),
        pytest.param(
            manifest({"annotations": {ANNOTATION: "[]"}}),
            manifest({"annotations": {}}),
            ["1.36.4"],
            ["1.37.1"],
            id="and leave an empty map",
        ),
        pytest.param(
            manifest(status={"podIP": "10.0.0.1"}),
            manifest(status={"podIP": "10.0.0.1", "podIPs": [{"ip": "10.0.0.1"}]}),
            ["1.15.12", "1.16.15", "1.36.4", "1.37.1"],
            [],
            id="podIP goes into podIPs from 1.16 on, where there are some",
        ),
        pytest.param(
            manifest(status={"podIP": "10.0.0.1", "podIPs": [{"ip": "10.0.0.2"}, {"ip": "fd00::2"}]}),
            manifest(status={"podIP": "10.0.0.1"}),
            ["1.15.12", "1.16.15", "1.37.1"],
            [],
            id="and counts if they differ",
        ),
        pytest.param(
            manifest(status={"podIPs": [{"ip": "10.0.0.1"}]}),
            manifest(status={"podIP": "10.0.0.1"}),
            ["1.16.15", "1.36.4", "1.37.1"],
            ["1.15.12"],
            id="the first of podIPs counts where there is no podIP",
        ),
        pytest.param(
            manifest(serviceAccount="web"),
            manifest(serviceAccountName="web"),
            ["1.8.15", "1.20.15", "1.37.1"],
            [],
            id="two names of the service account",
        ),
        pytest.param(
            manifest(hostNetwork=False, securityContext={}),
            manifest(),
            ["1.8.15", "1.20.15", "1.37.1"],
            [],
            id="a host field that is not set",
        ),
        pytest.param(
            manifest(hostUsers=False),
            manifest(),
            ["1.24.17"],
            ["1.25.16", "1.36.4", "1.37.1"],
            id="hostUsers counts from the minor on that knows it",
        ),
    ],
)
def test_conversion(document: Document, same_as: Document, kept_by: list[str], not_by: list[str]) -> None:
    same = {version: uid_of(document, version) == uid_of(same_as, version) for version in (*kept_by, *not_by)}
    assert same == dict.fromkeys(kept_by, True) | dict.fromkeys(not_by, False)


@pytest.mark.parametrize(
    ("version", "security_context"),
    [
        pytest.param(
            "1.8.15",
            b"SecurityContext:(*api.PodSecurityContext){HostNetwork:(bool)true HostPID:(bool)false HostIPC:(bool)false "
            b"SELinuxOptions:(*api.SELinuxOptions)<nil> RunAsUser:(*int64)1 RunAsNonRoot:(*bool)<nil> SupplementalGroups:([]int64)<nil> "
            b"FSGroup:(*int64)<nil>} ImagePullSecrets:",
            id="inside, host fields stand in the security context; 1.8 has another package",
        ),
        pytest.param(
            "1.10.13",
            b"SecurityContext:(*core.PodSecurityContext){HostNetwork:(bool)true HostPID:(bool)false HostIPC:(bool)false "
            b"ShareProcessNamespace:(*bool)<nil> SELinuxOptions:(*core.SELinuxOptions)<nil> RunAsUser:(*int64)1 RunAsGroup:(*int64)<nil> "
            b"RunAsNonRoot:(*bool)<nil> SupplementalGroups:([]int64)<nil> FSGroup:(*int64)<nil>} ImagePullSecrets:",
            id="1.10 has two more",
        ),
        pytest.param(
            "1.37.1",
            b"HostNetwork:(bool)true HostPID:(bool)false HostIPC:(bool)false ShareProcessNamespace:(*bool)<nil> "
            b"SecurityContext:(*core.PodSecurityContext){SELinuxOptions:(*core.SELinuxOptions)<nil> WindowsOptions:",
            id="1.37 has them where v1 does",
        ),
    ],
)
def test_how_a_security_context_prints(version: str, security_context: bytes) -> None:
    text = text_of(manifest(hostNetwork=True, securityContext={"runAsUser": 1}), build_of(version))
    assert security_context in text


@pytest.mark.parametrize(
    ("version", "time"),
    [
        pytest.param("1.8.15", b"{Time:(time.Time){sec:(int64)0 nsec:(int32)0 loc:(*time.Location)<nil>}}", id="1.8 is built with Go 1.8"),
        pytest.param("1.9.11", b"{Time:(time.Time){wall:(uint64)0 ext:(int64)0 loc:(*time.Location)<nil>}}", id="1.9 with Go 1.9"),
    ],
)
def test_how_a_time_prints_that_is_not_set(version: str, time: bytes) -> None:
    assert b"CreationTimestamp:(v1.Time)" + time in text_of(manifest(), build_of(version))
