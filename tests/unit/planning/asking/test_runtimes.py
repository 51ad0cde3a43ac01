"""Whether the new kubelet can use the runtime that a node reports."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.builders import CATALOG
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.model.config import Configs, KubeletConfig
from upgradecheck.model.here import LocalKubelet
from upgradecheck.model.pod import NodeFacts, Origin
from upgradecheck.model.reasons import Reason
from upgradecheck.planning.asking.here import Here
from upgradecheck.planning.asking.runtimes import with_runtimes
from upgradecheck.planning.asking.steps import plan_steps
from upgradecheck.planning.seeing.facts import Step

PLAIN = KubeletConfig()
CRI_DOCKERD = replace(PLAIN, runtime_endpoint="unix:///run/cri-dockerd.sock")
DOCKERSHIM = replace(PLAIN, runtime_endpoint="unix:///var/run/dockershim.sock")
CONTAINERD = replace(PLAIN, runtime_endpoint="unix:///run/containerd/containerd.sock")
GONE = Reason.RUNTIME_REMOVED


def step(
    runtime: str | None,
    start: str | None,
    target: str,
    old: KubeletConfig = PLAIN,
    new: KubeletConfig | None = None,
    here: Here | None = None,
) -> Step:
    version = None if start is None else parse_kubelet_version(start)
    node = NodeFacts("n1", version, runtime, {}, Origin("nodes.json"))
    configs = Configs(old, old if new is None else new)
    found = with_runtimes(plan_steps((node,), None, target, CATALOG, configs=configs), (node,), here).of("n1").step
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("runtime", "start", "target", "old", "new", "expected"),
    [
        pytest.param("docker://20.10.24", "1.23.17", "1.24.17", PLAIN, None, GONE, id="docker over the end of dockershim"),
        pytest.param("docker://20.10.24", "1.19.16", "1.30.14", PLAIN, None, GONE, id="in one go"),
        pytest.param("docker://20.10.24", "1.22.17", "1.23.17", PLAIN, None, None, id="before it"),
        pytest.param("docker://20.10.24", "1.24.17", "1.25.16", PLAIN, None, None, id="after it docker is spoken to over CRI"),
        pytest.param("docker://20.10.24", "1.24.17", "1.23.17", PLAIN, None, None, id="going back loses nothing"),
        pytest.param("docker://20.10.24", None, "1.24.17", PLAIN, None, GONE, id="what runs is not known"),
        pytest.param("docker://20.10.24", "1.23.17", "1.24.17", CRI_DOCKERD, None, None, id="cri-dockerd serves already"),
        pytest.param("docker://20.10.24", "1.23.17", "1.24.17", PLAIN, CRI_DOCKERD, None, id="cri-dockerd will serve"),
        pytest.param("docker://20.10.24", "1.23.17", "1.24.17", DOCKERSHIM, None, GONE, id="dockershim's own endpoint is no other"),
        pytest.param("docker://20.10.24", "1.23.17", "1.24.17", PLAIN, CONTAINERD, GONE, id="another runtime knows none of the pods"),
        pytest.param("docker://20.10.24", "1.23.17", "1.24.17", CRI_DOCKERD, CONTAINERD, GONE, id="from cri-dockerd to another one"),
        pytest.param("containerd://1.5.18", "1.25.16", "1.26.15", PLAIN, None, GONE, id="containerd 1.5 without v1"),
        pytest.param("containerd://1.4.3-0ubuntu1~20.04.2", "1.22.17", "1.27.16", PLAIN, None, GONE, id="a distribution's"),
        pytest.param("containerd://v1.6.0", "1.25.16", "1.26.15", PLAIN, None, None, id="1.6 has v1"),
        pytest.param("containerd://1.5.18", "1.24.17", "1.25.16", PLAIN, None, None, id="1.25 still takes v1alpha2"),
        pytest.param("containerd://1.5.18", "1.26.15", "1.27.16", PLAIN, None, None, id="1.26 runs on it, whatever it says"),
        pytest.param("containerd://Unknown", "1.25.16", "1.26.15", PLAIN, None, GONE, id="a version that nobody can read"),
        pytest.param("containerd://Unknown", "1.24.17", "1.25.16", PLAIN, None, None, id="the same where v1alpha2 is still spoken"),
        pytest.param(None, "1.25.16", "1.26.15", PLAIN, None, GONE, id="a Node object without a runtime"),
        pytest.param("", "1.22.17", "1.26.15", PLAIN, CRI_DOCKERD, GONE, id="with an empty one, whatever endpoint is named"),
        pytest.param(None, None, "1.26.15", PLAIN, None, None, id="none, and no version either, which is told"),
        pytest.param(None, "1.26.15", "1.27.16", PLAIN, None, None, id="none, and 1.26 runs on it"),
        pytest.param("cri-o://1.19.0", "1.25.16", "1.26.15", PLAIN, None, GONE, id="CRI-O 1.19 without v1"),
        pytest.param("cri-o://1.25.1", "1.25.16", "1.26.15", PLAIN, None, None, id="CRI-O with v1"),
        pytest.param("isulad://2.0", "1.25.16", "1.26.15", PLAIN, None, GONE, id="of others nothing is known"),
        pytest.param("isulad://2.0", "1.26.15", "1.27.16", PLAIN, None, None, id="1.26 runs on it, too"),
        pytest.param("docker://20.10.24", "1.25.16", "1.26.15", PLAIN, None, GONE, id="nothing tells which cri-dockerd serves"),
        pytest.param("docker://20.10.24", "1.24.17", "1.30.14", CRI_DOCKERD, None, None, id="an endpoint that is named serves"),
        pytest.param("docker://20.10.24", "1.26.15", "1.30.14", PLAIN, None, None, id="1.26 speaks to it already"),
    ],
)
def test_a_node(
    runtime: str | None, start: str | None, target: str, old: KubeletConfig, new: KubeletConfig | None, expected: Reason | None
) -> None:
    assert step(runtime, start, target, old, new).obstacle is expected


def test_pods_that_name_docker_are_concerned_whatever_the_node_object_names() -> None:
    assert step(None, "1.23.17", "1.24.17").loses_docker
    assert step("containerd://1.6.8", "1.23.17", "1.24.17").loses_docker
    assert step("containerd://1.6.8", "1.23.17", "1.24.17").obstacle is None
    assert not step(None, "1.24.17", "1.25.16").loses_docker


def test_pods_that_name_none_are_concerned_where_the_node_object_names_none() -> None:
    assert step(None, "1.23.17", "1.24.17").runtime_untold
    assert not step(None, "1.24.17", "1.25.16").runtime_untold
    assert not step("containerd://1.6.8", "1.23.17", "1.24.17").runtime_untold


def test_a_socket_that_was_asked_over_cri_shows_what_serves() -> None:
    asked = Here(LocalKubelet("n1"), "n1", runtime="docker://20.10.24", over_cri=True)
    found = step("docker://20.10.24", "1.23.17", "1.24.17", here=asked)
    assert (found.obstacle, found.docker_over_cri) == (None, True)
