"""The catalog over a small hashdata folder made for the test; the real one has tests of its own (tests/hashdata)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import asdict, replace

from tests.builders import ADMISSION, API_SERVER, DECISIONS, INTERNAL, MANIFESTS
from upgradecheck.catalog import Catalog, FeatureGate, Golden, MinorFacts
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.model.admission import AdmissionFacts
from upgradecheck.model.catalog import SchemaCatalog
from upgradecheck.model.decisions import DecisionFacts
from upgradecheck.model.errors import DataError, UnknownMinor, UnknownVersion
from upgradecheck.model.facts import ByPatch
from upgradecheck.model.manifests import ManifestFacts
from upgradecheck.model.places import Place, Places
from upgradecheck.model.schema import (
    ContainerKind,
    Era,
    Field,
    HashClass,
    JSONDecoder,
    ResizeRecords,
    Schema,
    StaticPodUID,
    TypeDef,
    UIDHasher,
    UIDInput,
)
from upgradecheck.model.version import Minor

V27, V28, V30 = Minor(1, 27), Minor(1, 28), Minor(1, 30)
CONTAINER_TEXT = '{"name": "a",\n  "name": "b"}'


def as_written(facts: DecisionFacts | AdmissionFacts | ManifestFacts) -> dict[str, object]:
    return {name: _written(value) for name, value in asdict(facts).items()}


def _written(value: object) -> object:
    if isinstance(value, frozenset):
        return sorted(map(_written, value), key=str)
    return value.value if isinstance(value, Enum) else value


def minor_file(minor: Minor) -> dict[str, Any]:
    return {
        "format_version": "1.0",
        "minor": str(minor),
        "era": "json",
        "decoder": "kjson",
        "hash_without_resources": True,
        "container_kinds": {"known": ["app", "init"], "compared": ["app"]},
        "go_versions": [
            {"patch": f"{minor}.0", "go": "1.20.7", "evidence": "source"},
            {"patch": f"{minor}.1", "go": "1.21", "evidence": "carried"},
            {"patch": f"{minor}.2", "go": "1.22.5", "evidence": "changelog"},
        ],
        "gates": {"SidecarContainers": {"default": False, "stage": "alpha", "locked": False}},
        "other_gates": {"AllAlpha": None, "WatchList": {"default": True, "stage": "ga", "locked": True}},
        "gone_gates": {"on_for_good": ["PodPriority"], "off_for_good": ["Accelerators"]},
        "removed_flags": ["container-runtime"],
        "kubelet_lag": 3,
        "node_monitor_grace": 40,
        "resize_records": "missing-is-zero",
        "manifests": {"first": as_written(MANIFESTS)},
        "decisions": {"first": as_written(DECISIONS), "later": [{"since": f"{minor}.2", "facts": {"resizes_static_pods": True}}]},
        "admission": {"first": as_written(ADMISSION), "later": []},
        "state_files": {"first": {}, "later": []},
        "api_server": {"first": msgspec.to_builtins(API_SERVER), "later": []},
        "static_pod_uid": {"hasher": "md5", "input": ["pod", "node"], "object": "*core.Pod"},
        "internal_pod": {"fields": {}, "types": {}, "conversion": [], "time": ["wall uint64", "ext int64", "loc *time.Location"]},
        "places": {
            "admission": {"file": "pkg/kubelet/kubelet.go", "function": "canAdmitPod"},
            "cgroup": {"file": "pkg/kubelet/kubelet.go", "function": "syncPod"},
            "sandbox": {"file": "pkg/kubelet/kuberuntime/util/util.go", "function": "PodSandboxChanged"},
            "init": {"file": "pkg/kubelet/kuberuntime/kuberuntime_container.go", "function": "findNextInitContainerToRun"},
        },
        "provenance": {"types": {"module": "k8s.io/api"}},
        "roots": {"Container": "core/v1.Container"},
        "types": {
            "core/v1.Container": {
                "go": "v1.Container",
                "kind": "struct",
                "fields": [
                    {"go": "Name", "json": "name", "type": "string"},
                    {"go": "Args", "json": "args", "omitempty": True, "type": "[]string"},
                    {"go": "cached", "json": None, "exported": False, "type": "bool"},
                ],
            },
            "core/v1.ResourceList": {"go": "v1.ResourceList", "kind": "map", "type": "map[string]resource.Quantity"},
            "resource.Quantity": {"go": "resource.Quantity", "kind": "struct", "codec": "quantity"},
        },
        "goldens": [
            {"id": "twice", "container": CONTAINER_TEXT, "hash": "8e45cbd0", "hash_without_resources": "1f"},
            {"id": "bytes", "container_base64": "eyJuYW1lIjoi/yJ9", "hash": "abc", "patch": f"{minor}.2", "source": "generated"},
            {"id": "no", "container": "[]", "refused": "json: cannot unmarshal array"},
        ],
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for minor in (V27, V28, V30):
        write(tmp_path, minor, lambda file: None)
    for other in ("schema.json", "__init__.py", "v1.29.json.bak", "v1.029.json", "v1.29.yaml"):
        (tmp_path / other).write_text("not read")
    return tmp_path


def write(folder: Path, minor: Minor, change: Callable[[dict[str, Any]], object]) -> None:
    file = minor_file(minor)
    change(file)
    (folder / f"v{minor}.json").write_text(json.dumps(file))


def test_minors_are_listed_by_number_and_nothing_is_read_for_it(tmp_path: Path) -> None:
    for name in ("v1.9.json", "v1.30.json", "v1.10.json"):
        (tmp_path / name).write_text("no JSON at all")
    assert Catalog(tmp_path).minors() == (Minor(1, 9), Minor(1, 10), Minor(1, 30))


def test_a_schema_is_decoded_with_its_fields_in_order(folder: Path) -> None:
    catalog: SchemaCatalog = Catalog(folder)
    expected = Schema(
        minor=V28,
        era=Era.JSON,
        decoder=JSONDecoder.KJSON,
        kinds_known=frozenset({ContainerKind.APP, ContainerKind.INIT}),
        kinds_compared=frozenset({ContainerKind.APP}),
        hash_without_resources=True,
        roots={"Container": "core/v1.Container"},
        types={
            "core/v1.Container": TypeDef(
                go="v1.Container",
                kind="struct",
                fields=(
                    Field(go="Name", type="string", json="name"),
                    Field(go="Args", type="[]string", json="args", omitempty=True),
                    Field(go="cached", type="bool", exported=False),
                ),
            ),
            "core/v1.ResourceList": TypeDef(go="v1.ResourceList", kind="map", elem="map[string]resource.Quantity"),
            "resource.Quantity": TypeDef(go="resource.Quantity", kind="struct", codec="quantity"),
        },
        kubelet_lag=3,
        node_monitor_grace=40,
        static_pod_uid=StaticPodUID(UIDHasher.MD5, (UIDInput.POD, UIDInput.NODE), "*core.Pod"),
        internal_pod=INTERNAL,
        manifests=ByPatch(MANIFESTS),
        decisions=ByPatch(DECISIONS, ((2, replace(DECISIONS, resizes_static_pods=True)),)),
        admission=ByPatch(ADMISSION),
        api_server=ByPatch(API_SERVER),
        feature_gates={"SidecarContainers": FeatureGate(default=False, stage="alpha")},
        other_gates={"AllAlpha": None, "WatchList": FeatureGate(default=True, stage="ga", locked=True)},
        gone_gates={"PodPriority": True, "Accelerators": False},
        resize_records=ResizeRecords.MISSING_IS_ZERO,
    )
    assert asdict(catalog.schema(V28)) == asdict(expected)


def test_builds_are_told_apart_by_hash_and_by_decisions(folder: Path) -> None:
    catalog = Catalog(folder)
    first, last = catalog.builds_of(V28)
    assert (first.release, last.release) == ("1.28.0", "1.28.2")
    assert (first.decisions.resizes_static_pods, last.decisions.resizes_static_pods) == (False, True)
    assert [build.release for build in catalog.builds(parse_kubelet_version("1.28.1"))] == ["1.28.1"]
    assert [build.release for build in catalog.builds(parse_kubelet_version("1.28.2-rc.1"))] == ["1.28.1", "1.28.2"]


def test_a_gate_is_as_set_unless_locked_or_unknown(folder: Path) -> None:
    (build,) = Catalog(folder).builds(parse_kubelet_version("1.28.1"))
    given = replace(build, feature_gates={"SidecarContainers": True, "Unheard": True})
    assert (build.feature_gate("SidecarContainers"), given.feature_gate("SidecarContainers"), given.feature_gate("Unheard")) == (
        False,
        True,
        False,
    )


def test_places_are_read_and_one_that_a_minor_does_not_have_is_none(folder: Path) -> None:
    kubelet, runtime = "pkg/kubelet/kubelet.go", "pkg/kubelet/kuberuntime"
    assert Catalog(folder).places(V28) == Places(
        admission=Place(kubelet, "canAdmitPod"),
        cgroup=Place(kubelet, "syncPod"),
        sandbox=Place(f"{runtime}/util/util.go", "PodSandboxChanged"),
        init=Place(f"{runtime}/kuberuntime_container.go", "findNextInitContainerToRun"),
        resize=None,
    )


def test_a_schema_is_read_once(folder: Path) -> None:
    catalog = Catalog(folder)
    first = catalog.schema(V28)
    (folder / "v1.28.json").unlink()
    assert catalog.schema(V28) is first


def test_whether_a_minor_is_finished_is_told_by_its_own_file(folder: Path) -> None:
    for minor in (V27, V30):
        (folder / f"v{minor}.json").write_text("no JSON")
    assert Catalog(folder).is_finished(V28)
    with pytest.raises(DataError):
        Catalog(folder).finished_minors()


def test_patches_and_their_go(folder: Path) -> None:
    catalog = Catalog(folder)
    assert catalog.patches(V28) == (0, 1, 2)
    assert catalog.newest_patch(V28) == 2
    assert catalog.go_version(V28, 1) == ("1.21", "carried")
    assert catalog.go_version(V28, 3) is None


def test_a_minor_in_which_a_patch_changed_the_escapes_has_two_classes(folder: Path) -> None:
    catalog = Catalog(folder)
    schema = catalog.schema(V28)
    assert catalog.hash_classes(V28) == (HashClass(schema, False), HashClass(schema, True))
    assert catalog.resolve(parse_kubelet_version("1.28.1")) == (HashClass(schema, False),)
    assert catalog.resolve(parse_kubelet_version("1.28")) == (HashClass(schema, True),)


@pytest.mark.parametrize(
    ("text", "release"),
    [
        pytest.param("1.28", "1.28.2", id="a bare minor stands for its newest patch"),
        pytest.param("v1.28.1-eks-1", "1.28.1", id="a release for itself"),
        pytest.param("v1.28.101", "1.28.101", id="also above what is known"),
        pytest.param("1.28.0-alpha.1", "1.28.0-alpha.1", id="a pre-release for itself"),
        pytest.param("v1.99.3", "1.99.3", id="whether known or not"),
    ],
)
def test_the_release_that_a_version_stands_for(folder: Path, text: str, release: str) -> None:
    assert Catalog(folder).release_of(parse_kubelet_version(text)) == release


def test_gates_facts_and_goldens(folder: Path) -> None:
    catalog = Catalog(folder)
    assert catalog.feature_gates(V28) == {"SidecarContainers": FeatureGate(default=False, stage="alpha")}
    assert catalog.facts(V28) == MinorFacts(
        minor=V28,
        era=Era.JSON,
        decoder=JSONDecoder.KJSON,
        kinds_known=frozenset({ContainerKind.APP, ContainerKind.INIT}),
        kinds_compared=frozenset({ContainerKind.APP}),
        hash_without_resources=True,
        patches=(0, 1, 2),
        go_first="1.20.7",
        go_last="1.22.5",
        removed_flags=("container-runtime",),
        provenance={"types": {"module": "k8s.io/api"}},
        goldens=3,
    )
    assert catalog.goldens(V28) == (
        Golden("twice", CONTAINER_TEXT.encode(), hash="8e45cbd0", hash_without_resources="1f"),
        Golden("bytes", b'{"name":"\xff"}', hash="abc", patch=2, source="generated"),
        Golden("no", b"[]", refused="json: cannot unmarshal array"),
    )


NEXT = 'Look at "upgradecheck versions"; a newer upgradecheck may know it.'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            "v1.31.2-eks-1", f"Kubernetes 1.31.2: not in hashdata, which holds 1.27 to 1.30; nearest: 1.30. {NEXT}", id="newer than all"
        ),
        pytest.param("1.8", f"Kubernetes 1.8: not in hashdata, which holds 1.27 to 1.30; nearest: 1.27. {NEXT}", id="older than all"),
        pytest.param(
            "1.29.3", f"Kubernetes 1.29.3: not in hashdata, which holds 1.27 to 1.30; nearest: 1.28, 1.30. {NEXT}", id="a gap has two sides"
        ),
        pytest.param(
            "1.27.0-rc.1",
            "Kubernetes 1.27.0-rc.1: may hash as 1.26, which is not in hashdata, which holds 1.27 to 1.30; nearest: 1.27. " + NEXT,
            id="a pre-release whose earlier schema is missing",
        ),
    ],
)
def test_a_version_of_an_unknown_minor_is_refused_with_the_nearest(folder: Path, text: str, message: str) -> None:
    with pytest.raises(UnknownVersion) as refusal:
        Catalog(folder).resolve(parse_kubelet_version(text))
    assert str(refusal.value) == message


def test_the_release_of_an_unknown_bare_minor_is_refused(folder: Path) -> None:
    with pytest.raises(UnknownVersion, match=re.escape("nearest: 1.28, 1.30")):
        Catalog(folder).release_of(parse_kubelet_version("1.29"))


@pytest.mark.parametrize("question", ["schema", "hash_classes", "patches", "newest_patch", "feature_gates", "places", "facts", "goldens"])
def test_an_unknown_minor_is_refused_whatever_is_asked(folder: Path, question: str) -> None:
    with pytest.raises(UnknownMinor, match=re.escape("Kubernetes 1.29: not in hashdata")):
        getattr(Catalog(folder), question)(Minor(1, 29))


def test_an_empty_folder_knows_nothing_and_says_so(tmp_path: Path) -> None:
    assert Catalog(tmp_path).minors() == ()
    with pytest.raises(UnknownVersion, match="holds no minor at all"):
        Catalog(tmp_path).resolve(parse_kubelet_version("1.30"))


@pytest.mark.parametrize(
    ("change", "found"),
    [
        pytest.param(lambda file: file.update(minor="1.27"), "the minor inside is '1.27'", id="another minor's file"),
        pytest.param(lambda file: file.update(format_version="2.0"), "format_version is '2.0', this program reads 1.x", id="newer format"),
        pytest.param(lambda file: file.update(era="quantum"), "Invalid enum value 'quantum'", id="unknown era"),
        pytest.param(lambda file: file.update(decoder="yaml"), "Invalid enum value 'yaml'", id="unknown decoder"),
        pytest.param(lambda file: file.pop("types"), "lacks types, which whoever makes it fills in", id="no types"),
        pytest.param(lambda file: file.update(go_versions=[]), "go_versions is empty", id="no patch"),
        pytest.param(lambda file: file["go_versions"][1].update(go="master"), "the Go of 1.28.1 is 'master'", id="no Go version"),
        pytest.param(
            lambda file: file["go_versions"][1].update(patch="1.27.1"),
            "'1.27.1' is no patch release of 1.28",
            id="a patch of another minor",
        ),
        pytest.param(lambda file: file["go_versions"][1].update(patch="1.28.x"), "'1.28.x' is no patch release of 1.28", id="no patch"),
    ],
)
def test_an_unusable_file_is_named(folder: Path, change: Callable[[dict[str, Any]], object], found: str) -> None:
    write(folder, V28, change)
    with pytest.raises(DataError) as refusal:
        Catalog(folder).schema(V28)
    assert str(refusal.value).startswith("hashdata/v1.28.json: ")
    assert found in str(refusal.value)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]"])
def test_a_file_that_is_no_such_json_is_named(folder: Path, content: bytes) -> None:
    (folder / "v1.28.json").write_bytes(content)
    with pytest.raises(DataError, match=r"hashdata/v1\.28\.json: "):
        Catalog(folder).facts(V28)


@pytest.mark.parametrize(
    "golden",
    [
        pytest.param({"id": "x"}, id="no container"),
        pytest.param({"id": "x", "container_base64": "?"}, id="no base64"),
        pytest.param({"id": "x", "container": "{}", "patch": "2"}, id="no patch"),
    ],
)
def test_a_golden_that_cannot_be_used_is_a_data_error(folder: Path, golden: dict[str, str]) -> None:
    write(folder, V28, lambda file: file.update(goldens=[golden]))
    with pytest.raises(DataError, match=r"hashdata/v1\.28\.json: "):
        Catalog(folder).goldens(V28)


def test_a_file_that_cannot_be_read_is_named(folder: Path) -> None:
    catalog = Catalog(folder)
    assert V28 in catalog.minors()
    (folder / "v1.28.json").unlink()
    with pytest.raises(DataError, match=re.escape("hashdata/v1.28.json: cannot be read (No such file or directory)")):
        catalog.schema(V28)
