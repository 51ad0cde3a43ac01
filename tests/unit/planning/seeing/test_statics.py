"""What runs under the name of a static pod."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from tests.builders import KUBELET_MADE_UID, Document, as_static, ended, pod, raw, record
from tests.unit.planning.world import container_records
from upgradecheck.decode.kube.pods import pod_view
from upgradecheck.model.pod import Origin, PodView
from upgradecheck.planning.seeing.statics import Running, StaticIndex

STATIC = as_static(pod())
OTHER = as_static(pod(), "fedcba9876543210fedcba9876543210")
OTHER["metadata"]["name"] = "other-worker-1"


def view(document: Document) -> PodView:
    return pod_view(raw(document), Origin("kubelet-pods.json"))


@pytest.mark.parametrize(
    ("views", "records", "expected"),
    [
        pytest.param((STATIC,), (), Running(KUBELET_MADE_UID, asked=True), id="a view shows it"),
        pytest.param((OTHER,), (), Running(None, asked=True), id="views show others"),
        pytest.param((OTHER,), (record(STATIC, hash_text="1"),), Running(KUBELET_MADE_UID, asked=True), id="but a container of it runs"),
        pytest.param((OTHER,), (ended(record(STATIC, hash_text="1")),), Running(None, asked=True), id="one that has ended is of before"),
        pytest.param(
            (), (record(STATIC, hash_text="1"),), Running(KUBELET_MADE_UID, asked=False), id="a container of it runs, all that is listed"
        ),
        pytest.param((), (), Running(None, asked=False), id="nobody was asked"),
    ],
)
def test_what_runs_under_a_name(views: Iterable[Document], records: Iterable[Document], expected: Running) -> None:
    index = StaticIndex(map(view, views), (), containers=container_records(*records))
    found = index.running("shop", "kube-proxy-worker-1")
    assert (found.uid, found.asked) == (expected.uid, expected.asked)
