"""Another container runtime behind the same upgrade: what it does to the pods of each node."""

from __future__ import annotations

import pytest

from tests.builders import CATALOG
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.model.errors import UsageError
from upgradecheck.model.pod import NodeFacts, Origin
from upgradecheck.model.reasons import Reason
from upgradecheck.model.runtimes import runtime_option
from upgradecheck.planning.asking.newruntime import NewRuntime, parse_runtime, with_new_runtime
from upgradecheck.planning.asking.runtimes import with_runtimes
from upgradecheck.planning.asking.steps import plan_steps

CHANGED, MAYBE, REMOVED = Reason.RUNTIME_CHANGED, Reason.RUNTIME_MAY_END_ALL, Reason.RUNTIME_REMOVED


def told(runtime: str | None, new: str, start: str = "1.30.14", target: str = "1.31.14") -> tuple[Reason | None, Reason | None]:
    """Why all pods are made anew, or may be, and why nothing can be said of them."""
    node = NodeFacts("n1", parse_kubelet_version(start), runtime, {}, Origin("nodes.json"))
    steps = with_runtimes(plan_steps((node,), None, target, CATALOG), (node,), None)
    step = with_new_runtime(steps, (node,), parse_runtime(new), None).of("n1").step
    assert step is not None
    return step.recreates, step.obstacle


@pytest.mark.parametrize(
    ("runtime", "new", "expected"),
    [
        pytest.param("containerd://1.7.27", "containerd/2.1", (None, None), id="containerd keeps what runs, 1 to 2 as well"),
        pytest.param("containerd://1.7.27", "containerd", (None, None), id="whatever version"),
        pytest.param("containerd://1.7.27", "cri-o/1.31", (CHANGED, None), id="from containerd to CRI-O"),
        pytest.param("cri-o://1.30.2", "containerd/2.1", (CHANGED, None), id="and back"),
        pytest.param("cri-o://1.30.2", "crio/1.30.9", (None, None), id="CRI-O of the same minor keeps what runs"),
        pytest.param("cri-o://1.30.2", "cri-o/1.31", (MAYBE, None), id="of another minor it may remove all"),
        pytest.param("cri-o://1.30.2", "cri-o", (MAYBE, None), id="of one that was not said as well"),
        pytest.param("docker://20.10.24", "containerd/1.7", (CHANGED, None), id="from docker to containerd"),
        pytest.param("docker://20.10.24", "cri-dockerd", (None, None), id="docker by way of cri-dockerd"),
        pytest.param(None, "containerd/2.1", (MAYBE, None), id="what runs now was not told"),
        pytest.param("containerd://1.7.27", "containerd/1.5", (None, REMOVED), id="one that the new kubelet does not speak to"),
    ],
)
def test_what_becomes_of_pods(runtime: str | None, new: str, expected: tuple[Reason | None, Reason | None]) -> None:
    assert told(runtime, new) == expected


def test_what_stood_in_the_way_of_the_old_runtime_is_gone_with_it() -> None:
    assert told("docker://20.10.24", "cri-dockerd", "1.23.17", "1.24.17") == (None, None)
    assert told("containerd://1.5.18", "containerd/1.6", "1.25.16", "1.26.15") == (None, None)
    assert told("containerd://1.5.18", "containerd/1.5", "1.25.16", "1.25.16") == (None, None)
    assert told("containerd://1.5.18", "containerd/1.5", "1.25.16", "1.26.15") == (None, REMOVED)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("containerd", NewRuntime("containerd", None, "containerd"), id="a name"),
        pytest.param("containerd://2.1.4", NewRuntime("containerd", (2, 1), "containerd://2.1.4"), id="as Nodes write it"),
        pytest.param("CRI-O/v1.31", NewRuntime("cri-o", (1, 31), "CRI-O/v1.31"), id="with a v"),
    ],
)
def test_how_it_is_written(text: str, expected: NewRuntime) -> None:
    assert parse_runtime(text) == expected


@pytest.mark.parametrize("text", ["", "podman", "containerd/", "containerd/two", "1.31"])
def test_what_is_none(text: str) -> None:
    with pytest.raises(UsageError, match="wanted containerd, cri-o or cri-dockerd"):
        parse_runtime(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("containerd://1.7.27", "containerd/1.7", id="containerd"),
        pytest.param("cri-o://v1.30.4-dev", "cri-o/1.30", id="CRI-O"),
        pytest.param("docker://20.10.24", "cri-dockerd", id="docker, whose shim has another version"),
        pytest.param("containerd://latest", "containerd", id="no version"),
        pytest.param("rkt://1.30.0", "", id="another one"),
        pytest.param("", "", id="none"),
    ],
)
def test_what_is_to_be_given_for_the_runtime_of_a_node(text: str, expected: str) -> None:
    assert runtime_option(text) == expected
    if expected:
        assert parse_runtime(expected).name == text.partition("://")[0]
