"""``hash`` says of many pods what it says of each alone, whichever path made it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.bench.fleet import fleet
from tests.builders import listed, pod, raw, with_field
from upgradecheck.commands import fast_hashes
from upgradecheck.commands.hash import HashRequest, make_hashes
from upgradecheck.hashing.fast.pods import FEW
from upgradecheck.model.hashlist import HashEntry, HashError, HashItem, PodHashes, one_by_one


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
