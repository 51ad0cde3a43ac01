"""One document of a pod: what it answers, and that its JSON is gone through once for each thing that can be asked."""

from __future__ import annotations

import json
from collections import Counter
from types import ModuleType
from typing import Any

import pytest
from msgspec.structs import replace

from tests.builders import CATALOG, NODE, UID, Document, as_static, mirror_of, pod, raw, read, with_field
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.hashing.defaulting import pods as defaulting
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.reading import pod as reading
from upgradecheck.reading.identity import Identity, identity_of
from upgradecheck.reading.pod import Taken

BASE = pod()
STATIC = as_static(BASE)


def build_of(version: str) -> KubeletBuild:
    return CATALOG.builds(parse_kubelet_version(version))[-1]


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each kind of work was done."""
    done: Counter[str] = Counter()
    for name in ("parse_pod", "pod_value", "pod_view", "opened_spec"):
        _count(reading, name, done, monkeypatch)
    _count(defaulting, "default_pod", done, monkeypatch)
    return done


def _count(module: ModuleType, name: str, done: Counter[str], monkeypatch: pytest.MonkeyPatch) -> None:
    original = getattr(module, name)

    def counted(*arguments: Any) -> Any:
        done[name] += 1
        return original(*arguments)

    monkeypatch.setattr(module, name, counted)


def test_whatever_is_asked_is_read_once(work: Counter[str]) -> None:
    document = read(STATIC)
    newer = build_of("1.30.14")
    for _ in range(3):
        _ = document.view, document.identity, document.digest, document.tree, document.names
        for build in (build_of("1.22.17"), newer, replace(newer, feature_gates={"InPlacePodVerticalScaling": True})):
            document.under(build, Taken.DEFAULTED)
            document.under(build, Taken.AS_WRITTEN)
    assert work == {"parse_pod": 1, "pod_view": 1, "opened_spec": 1, "pod_value": 2, "default_pod": 3}


def test_a_refusal_is_kept_as_well(work: Counter[str]) -> None:
    document, build = read(with_field(BASE, "app", "image", 5)), build_of("1.30.14")
    for _ in range(3):
        with pytest.raises(SpecRefused, match="a string is expected, a number was found") as refusal:
            document.under(build, Taken.FROM_API)
        assert refusal.value.path == "spec.containers[0].image"
    assert work == {"parse_pod": 1, "pod_value": 1}


@pytest.mark.parametrize(
    ("taken", "expected"),
    [
        pytest.param(Taken.FROM_API, None, id="an API server has defaulted it"),
        pytest.param(Taken.AS_WRITTEN, None, id="nobody defaults it"),
        pytest.param(Taken.DEFAULTED, b"File", id="the kubelet defaults it"),
    ],
)
def test_only_a_pod_from_a_file_or_url_is_defaulted(taken: Taken, expected: bytes | None) -> None:
    bare = {"metadata": {"name": "p"}, "spec": {"containers": [{"name": "app", "image": "i"}]}}
    (container,) = read(bare).under(build_of("1.30.14"), taken).containers
    assert container.content.get("TerminationMessagePolicy") == expected


def test_only_old_kubelets_see_that_a_pod_came_by_protobuf() -> None:
    emptied = read(with_field(BASE, "app", "args", []))
    found = {}
    for version in ("1.15.12", "1.16.15"):
        for taken in (Taken.FROM_API, Taken.AS_WRITTEN):
            found[version, taken] = emptied.under(build_of(version), taken).containers[0].content.get("Args")
    assert found == {
        ("1.15.12", Taken.FROM_API): None,
        ("1.15.12", Taken.AS_WRITTEN): [],
        ("1.16.15", Taken.FROM_API): [],
        ("1.16.15", Taken.AS_WRITTEN): [],
    }


@pytest.mark.parametrize(
    ("document", "identity"),
    [
        pytest.param(BASE, Identity(NODE, UID, "shop", "web-7d9f-x2x1z"), id="its node and its UID"),
        pytest.param(mirror_of(STATIC), identity_of(read(STATIC).view), id="a mirror pod is its static pod"),
        pytest.param({"metadata": {"name": "p"}, "spec": {}}, Identity(None, "", "default", "p"), id="a manifest tells neither"),
    ],
)
def test_identity(document: Document, identity: Identity) -> None:
    assert read(document).identity == identity


def test_equal_specs_have_equal_digests_whatever_their_layout() -> None:
    same = json.dumps(BASE, indent=2, sort_keys=True).encode()
    other_pod = BASE | {"metadata": {"name": "other"}}
    other_spec = with_field(BASE, "app", "image", "other")
    digests = [read(document).digest for document in (BASE, same, other_pod, other_spec)]
    assert [digest == digests[0] for digest in digests] == [True, True, True, False]


def test_documents_of_one_text_and_place_are_equal() -> None:
    assert read(BASE) == read(raw(BASE))
    assert len({read(BASE), read(BASE), read(STATIC)}) == 2


def test_nothing_of_a_spec_is_printed() -> None:
    secret = read(with_field(BASE, "app", "args", ["--password=hunter2"]))
    assert "hunter2" not in repr(secret) + repr(secret.under(build_of("1.30.14"), Taken.FROM_API))
