"""Endpoints that new kubelets are given, held against the runtimes of their nodes."""

from __future__ import annotations

import pytest

from tests.builders import CATALOG
from upgradecheck.model.config import Configs, KubeletConfig
from upgradecheck.model.pod import NodeFacts, Origin
from upgradecheck.model.reasons import Reason
from upgradecheck.planning.asking.endpoints import with_endpoints
from upgradecheck.planning.asking.steps import plan_steps

CHANGED, MAYBE = Reason.RUNTIME_CHANGED, Reason.RUNTIME_MAY_END_ALL
CONTAINERD, CRIO = "containerd://1.7.27", "cri-o://1.33.1"
SOCKET, OF_CRIO = "unix:///run/containerd/containerd.sock", "unix:///var/run/crio/crio.sock"


def recreates(old: str | None, new: str, runtime: str | None = CONTAINERD, to: str = "1.34.1", *, file: bool = False) -> Reason | None:
    """What becomes of a node's pods. old: the running kubelet's endpoint, None where its configuration is not known; file: not by a flag."""
    given = ("containerRuntimeEndpoint",) if file else ()
    configs = Configs(
        KubeletConfig(runtime_endpoint=old or ""), KubeletConfig(runtime_endpoint=new, given=given), old_told=old is not None, new_told=True
    )
    nodes = [NodeFacts("node-1", None, runtime, {}, Origin("nodes.json"))]
    steps = with_endpoints(plan_steps(nodes, "1.20.15", to, CATALOG, configs=configs), nodes, CATALOG.options())
    step = steps.of("node-1").step
    assert step is not None
    return step.recreates


@pytest.mark.parametrize(
    ("old", "new", "runtime", "expected"),
    [
        pytest.param(SOCKET, OF_CRIO, CONTAINERD, CHANGED, id="another runtime's"),
        pytest.param(None, OF_CRIO, CONTAINERD, CHANGED, id="another runtime's, and the old one is not told"),
        pytest.param(OF_CRIO, OF_CRIO, CONTAINERD, CHANGED, id="both say what does not run"),
        pytest.param(OF_CRIO, SOCKET, CRIO, CHANGED, id="the other way"),
        pytest.param(SOCKET, "unix:///run/cri-dockerd.sock", CONTAINERD, CHANGED, id="cri-dockerd's"),
        pytest.param(SOCKET, "unix:///run/k3s/containerd/containerd.sock", CONTAINERD, MAYBE, id="another one of the same"),
        pytest.param(None, "unix:///run/cri.sock", CONTAINERD, MAYBE, id="a name that does not tell"),
        pytest.param(OF_CRIO, "", CRIO, MAYBE, id="dropped"),
        pytest.param(SOCKET, "/var/run/containerd/containerd.sock", CONTAINERD, None, id="the same, written otherwise"),
        pytest.param(None, SOCKET, CONTAINERD, None, id="the one of what runs"),
        pytest.param("unix:///run/cri.sock", "unix:///run/cri.sock", CONTAINERD, None, id="a name that does not tell, in both"),
        pytest.param(SOCKET, "", CONTAINERD, None, id="the default, dropped"),
        pytest.param(SOCKET, "unix:///run/upgradecheck/cri.sock", CONTAINERD, None, id="the proxy of override"),
        pytest.param(SOCKET, "$ENDPOINT", CONTAINERD, None, id="a variable"),
        pytest.param(None, OF_CRIO, None, None, id="nothing tells what runs"),
        pytest.param(None, "", CONTAINERD, None, id="none is given"),
    ],
)
def test_endpoints(old: str | None, new: str, runtime: str | None, expected: Reason | None) -> None:
    assert recreates(old, new, runtime) is expected


@pytest.mark.parametrize(
    ("to", "file", "expected"),
    [
        pytest.param("1.26.15", True, None, id="no such field yet"),
        pytest.param("1.26.15", False, CHANGED, id="but the flag"),
        pytest.param("1.27.16", True, CHANGED, id="the first minor with the field"),
        pytest.param(f"{CATALOG.minors()[-1]}", True, CHANGED, id="the newest"),
    ],
)
def test_who_reads_it(to: str, file: bool, expected: Reason | None) -> None:
    assert recreates(None, OF_CRIO, to=to, file=file) is expected


def test_docker_beside_an_endpoint_that_dockershim_does_not_ask() -> None:
    assert recreates(None, SOCKET, "docker://20.10.7", "1.23.17") is None
