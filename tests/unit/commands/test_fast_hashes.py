"""``hash`` says of many pods what it says of each alone, whichever path made it."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from tests.bench.fleet import fleet
from tests.builders import listed, pod, raw, with_field
from upgradecheck.commands import fast_hashes
from upgradecheck.commands.hash import HashRequest, make_hashes
from upgradecheck.hashing.fast.pods import FEW, FastPods
from upgradecheck.model.hashlist import HashEntry, HashError, HashItem, PodHashes, one_by_one
from upgradecheck.reading.pod import KnownText


def documents() -> Iterator[dict[str, Any]]:
    """More than are read before the fast path begins: some that it reads, some that a kubelet refuses, some of a static pod."""
    yield from fleet(FEW + 8)
    yield {**with_field(pod("refused"), "app", "ports", [{"containerPort": "secret"}])}
    yield with_field(pod("resized"), "app", "resizePolicy", [{"resourceName": "cpu", "restartPolicy": "NotRequired"}])
    yield with_field(pod("plain"), "app", "command", [])
    static = with_field(pod("static"), "app", "command", [])
    static["metadata"]["annotations"] = {"kubernetes.io/config.source": "file"}
    yield static
    nameless = pod()
    nameless["metadata"] = {}
    yield nameless
    yield {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "none"}, "spec": {"containers": []}}
    yield from fleet(FEW)


def test_a_kubelet_that_may_be_one_of_two_is_told_to_differ_of_many_pods_as_of_each(tmp_path: Path) -> None:
    """1.26 and 1.27, of which the newer one records another hash, too."""
    dump = tmp_path / "pods.json"
    dump.write_bytes(raw(listed(*fleet(FEW + 4))))
    found = list(make_hashes(HashRequest(files=(str(dump),), kubelets=("1.27.0-alpha.1", "1.30"))))
    assert [type(one) for one in found[-3:]] == [HashError, HashItem, HashItem]
    assert sum(isinstance(one, HashError) for one in found) == FEW + 4


@pytest.mark.parametrize("source", ["auto", "api", "file"])
def test_many_pods_are_told_as_each_alone(source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dump = tmp_path / "pods.json"
    dump.write_bytes(raw(listed(*documents())))
    request = HashRequest(files=(str(dump),), kubelets=("1.15.12", "1.22.0-alpha.1", "1.30.14", "1.31"), pod_source=source)
    found: list[HashEntry] = list(make_hashes(request))
    monkeypatch.setattr(fast_hashes.FastHashes, "of", lambda self, pod: None)
    monkeypatch.setattr("upgradecheck.reading.pod.ReadPod._read_fast", lambda self: None)
    exactly = list(make_hashes(request))
    assert sum(isinstance(one, PodHashes) for one in found) > FEW
    assert any(isinstance(one, HashError) for one in found)
    assert list(one_by_one(found)) == exactly


def elsewhere(document: dict[str, Any]) -> dict[str, Any]:
    """Its token is mounted where no API server mounts one, so that nothing is left open in its containers."""
    for container in document["spec"]["containers"]:
        container["volumeMounts"][0]["mountPath"] = "/elsewhere"
    return document


@pytest.mark.parametrize("source", ["auto", "api", "file"])
def test_pods_that_are_known_by_their_text_are_told_as_each_alone(source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dump, hits = tmp_path / "pods.json", list[object]()
    pods = [*(one for one in fleet(400) if one["metadata"]["namespace"] in ("ns1", "ns2", "ns3"))]
    annotated = [{**one, "metadata": {**one["metadata"], "annotations": {"kubernetes.io/config.source": "file"}}} for one in pods]
    dump.write_bytes(raw(listed(*fleet(FEW), *pods, *map(elsewhere, deepcopy(pods)), *annotated)))
    request = HashRequest(files=(str(dump),), kubelets=("1.15.12", "1.30.14", "1.31"), pod_source=source)
    by_text = fast_hashes.FastHashes.by_text

    def counted(self: fast_hashes.FastHashes, given: bytes | KnownText) -> PodHashes | None:
        found = by_text(self, given)
        hits.extend([found] if found is not None else [])
        return found

    monkeypatch.setattr(fast_hashes.FastHashes, "by_text", counted)
    found: list[HashEntry] = list(make_hashes(request))
    assert len(hits) > 4
    monkeypatch.setattr(fast_hashes.FastHashes, "of", lambda self, pod: None)
    monkeypatch.setattr("upgradecheck.reading.pod.ReadPod._read_fast", lambda self: None)
    assert list(one_by_one(found)) == list(make_hashes(request))


def test_that_no_text_can_be_known_of_pods_is_asked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As of a StatefulSet, whose labels name each pod."""
    dump, asked, outline = tmp_path / "pods.json", list[bytes](), FastPods.outline
    pods = [deepcopy(next(fleet(1))) for _ in range(10 * FEW)]
    for number, one in enumerate(pods):
        one["metadata"] |= {"name": f"db-{number}", "uid": f"u-{number}", "labels": {"statefulset.kubernetes.io/pod-name": f"db-{number}"}}
    dump.write_bytes(raw(listed(*pods)))
    monkeypatch.setattr(FastPods, "outline", lambda self, document: asked.append(document) or outline(self, document))  # type: ignore[func-returns-value]
    assert len(list(make_hashes(HashRequest(files=(str(dump),), kubelets=("1.29.3", "1.30.2"))))) == len(pods)
    assert 0 < len(asked) <= FEW
