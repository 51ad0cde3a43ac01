"""Reports of hashes and of versions."""

from __future__ import annotations

import json
from collections.abc import Iterator

import jsonschema
import pytest

from tests.unit.renderers.golden_files import assert_is_golden
from tests.unit.renderers.test_plan_json import closed, schema
from upgradecheck.model.hash import Hash
from upgradecheck.model.hashlist import HashEntry, HashError, HashItem, HashRow, HashRows, PodHashes
from upgradecheck.model.schema import ContainerKind, Era, Provisional
from upgradecheck.model.version import Minor
from upgradecheck.model.versionlist import ExplainedVersion, FactSource, KnownMinor, PossibleClass, VersionList, VersionPiece
from upgradecheck.renderers import Canvas, choose


def item(container: str = "app", **changes: object) -> HashItem:
    values: dict[str, object] = {"namespace": "shop", "pod": "web-1", "uid": "5a1e", "container_kind": ContainerKind.APP, "kubelet": "1.30",
                                 "era": Era.JSON, "hash": Hash(0x8E45CBD0), "hash_without_resources": Hash(0x311670A)}  # fmt: skip
    return HashItem(container=container, **{**values, **changes})  # type: ignore[arg-type]


ENTRIES: tuple[HashEntry, ...] = (
    item("migrate", container_kind=ContainerKind.INIT),
    item(),
    item(kubelet="1.31", era=Era.IMAGE_NAME, hash=Hash(0xBADCAFE), hash_without_resources=None),
    item(pod="\x1b[31mred", uid="6b2f"),
    HashError("shop", "\x1b[31mred", "6b2f", "1.16", "spec.containers[0].ports[0].containerPort", "a number is wanted"),
    HashError(None, None, None, "1.30", "", "a Service is no Pod"),
)
VERSIONS = VersionList(
    minors=(
        KnownMinor(Minor(1, 15), Era.TYPED, (ContainerKind.APP, ContainerKind.INIT), (ContainerKind.APP,), False, tuple(range(13)), "1.12.5",
                   "1.12.17", (FactSource("types", "k8s.io/api", "v0.15.12", ("core/v1/types.go",)),)),
        KnownMinor(Minor(1, 37), Era.IMAGE_NAME, tuple(ContainerKind), (ContainerKind.APP, ContainerKind.SIDECAR), False, (0,), "1.26.0", "1.26.0",
                   (FactSource("types", "k8s.io/api", "v0.37.0", ("core/v1/types.go",)),), Provisional("1.37.0-rc.0").reason),
    ),
)  # fmt: skip
EXPLAINED = VersionList(
    explained=(
        ExplainedVersion("v1.21.5-eks-bc4871b", "1.21.5", "Amazon EKS",
                         (VersionPiece("v", "prefix"), VersionPiece("1.21", "minor"), VersionPiece(".5", "patch"), VersionPiece("-eks-bc4871b", "vendor")),
                         (PossibleClass(Minor(1, 21), Era.JSON, (ContainerKind.APP,), False),), "1.16.8"),
        ExplainedVersion("1.31.0-alpha.1", "1.31.0-alpha.1", "unmarked",
                         (VersionPiece("1.31", "minor"), VersionPiece(".0", "patch"), VersionPiece("-alpha.1", "prerelease")),
                         (PossibleClass(Minor(1, 30), Era.JSON, (ContainerKind.APP,), True),
                          PossibleClass(Minor(1, 31), Era.IMAGE_NAME, (ContainerKind.APP,), True)), None),
    ),
)  # fmt: skip


PODS = (
    pytest.param("web-1", "app", id="plain"),
    pytest.param('"%s"%x%%', ',"hash":"0"%d', id="signs of a layout"),
    pytest.param("\x1b[31mred\u202e", "app", id="a hostile pod"),
    pytest.param("web-1", "\u2066\u00adapp\n", id="a hostile container"),
    pytest.param("\udc80", "\ud800", id="lone surrogates"),
    pytest.param(None, "é日本", id="no name, and letters beyond ASCII"),
)


@pytest.mark.parametrize(("pod", "container"), PODS)
@pytest.mark.parametrize("name", ["csv", "json", "markdown", "table", "wide", "yaml"])
def test_items_of_a_pod_are_shown_as_one_by_one(name: str, pod: str | None, container: str) -> None:
    """Replicas, too: what is laid out of the first serves all of them."""
    rows = HashRows(
        (
            HashRow(container, ContainerKind.APP, "1.30", Era.JSON, 2, 0),
            HashRow("init", ContainerKind.INIT, "1.30", Era.JSON, 1, 2),
            HashRow(container, ContainerKind.APP, "1.31", Era.IMAGE_NAME, 1, None),
        )
    )
    pods = [
        PodHashes("shop", pod, "5a1e", rows, (0, 0xBADCAFE, 0xFFFFFFFF)),
        PodHashes("shöp", "web-2", None, rows, (1, 0, 0x8E45CBD0)),
        PodHashes("shop", "bare", "6b2f", HashRows(()), ()),
    ]
    alone = [one for each in pods for one in each.items()]
    assert [(one.hash.number, one.hash_without_resources) for one in alone[:3]] == [
        (0xFFFFFFFF, Hash(0)), (0xBADCAFE, Hash(0xFFFFFFFF)), (0xBADCAFE, None)]  # fmt: skip
    render = choose(name, "hashes").render
    refused = ENTRIES[-1]
    assert "".join(render((refused, *pods, refused), Canvas())) == "".join(render((refused, *alone, refused), Canvas()))


def test_many_pods_in_a_row_are_written_in_their_order_some_at_once() -> None:
    """Refusals stand where they came; no more than some are read before text appears; one that is to be escaped costs no other."""
    row = HashRow("app", ContainerKind.APP, "1.30", Era.JSON, 0, None)
    pods = [
        PodHashes("shop", "\u2066" if number == 50 else f"web-{number}", "5a1e", HashRows((row,)), (number,), number % 2 == 1)
        for number in range(100)
    ]
    entries = [*pods[:40], ENTRIES[-1], *pods[40:]]
    render, taken = choose("json", "hashes").render, 0
    alone = [item for one in entries for item in (one.items() if isinstance(one, PodHashes) else (one,))]

    def counted() -> Iterator[HashEntry]:
        nonlocal taken
        for entry in entries:
            taken += 1
            yield entry

    text = ""
    for piece in render(counted(), Canvas()):
        text += piece
        assert taken - text.count('"kubelet"') <= 40
    assert text == "".join(render(alone, Canvas()))


@pytest.mark.parametrize(
    ("entries", "golden"),
    [
        pytest.param(ENTRIES, "table/hashes-80.txt", id="pods with hashes, refusals and a hostile name"),
        pytest.param((), "table/hashes-none-80.txt", id="nothing to hash is said"),
    ],
)
def test_hash_table_is_its_golden(entries: tuple[HashEntry, ...], golden: str) -> None:
    render = choose("table", "hashes").render
    assert_is_golden("".join(render(iter(entries), Canvas(width=80))), golden)


@pytest.mark.parametrize(("name", "ahead"), [("json", 1), ("table", 4)])
def test_hashes_are_shown_while_they_come(name: str, ahead: int) -> None:
    """One entry, or for a table those of one pod and the first of the next, is read before text appears."""
    taken = 0

    def entries() -> Iterator[HashEntry]:
        nonlocal taken
        for entry in ENTRIES:
            taken += 1
            yield entry

    render = choose(name, "hashes").render
    text = ""
    pieces = iter(render(entries(), Canvas()))
    while "migrate" not in text:
        text += next(pieces)
    assert taken == ahead


@pytest.mark.parametrize(("versions", "golden"), [(VERSIONS, "versions-known-80.txt"), (EXPLAINED, "versions-explained-80.txt")])
def test_versions_table_is_its_golden(versions: VersionList, golden: str) -> None:
    render = choose("table", "versions").render
    assert_is_golden("".join(render(versions, Canvas(width=80))), f"table/{golden}")


@pytest.mark.parametrize("versions", [VERSIONS, EXPLAINED, VersionList()])
def test_versions_json_fits_its_schema(versions: VersionList) -> None:
    render = choose("json", "versions").render
    document = json.loads("".join(render(versions, Canvas())))
    jsonschema.Draft202012Validator(closed(schema("versions"))).validate(document)
    assert [minor["minor"] for minor in document["minors"]] == [str(known.minor) for known in versions.minors]
    assert [one["version"] for one in document["explained"]] == [known.text for known in versions.explained]
