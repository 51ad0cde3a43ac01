"""Labels of --node-labels with which kubelets do not start; what real ones say of them, tests/lab/test_starting.py."""

from __future__ import annotations

import pytest

from tests.builders import CATALOG
from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.model.arguments import KubeletArguments
from upgradecheck.model.starting import StartTrouble, TroubleKind
from upgradecheck.model.version import Minor
from upgradecheck.planning.asking.labels import labels_that_stop

ROLE = "node-role.kubernetes.io/worker"


def stops(text: str, release: str) -> list[tuple[str, Minor | None]]:
    version = parse_kubelet_version(release)
    words = ("--node_labels", "a=b", f"--node-labels={text}")
    found = labels_that_stop(KubeletEnd(version, CATALOG.builds(version)), CATALOG.options(), KubeletArguments(words, "x.env"))
    return [(one.name, one.since) for one in found]


@pytest.mark.parametrize(
    ("text", "release", "expected"),
    [
        pytest.param(f"{ROLE}=", "1.15.12", [], id="the last that only warns"),
        pytest.param(f"{ROLE}=", "1.16.15", [(ROLE, Minor(1, 16))], id="the first that refuses"),
        pytest.param(f"x=y, {ROLE} ,z", "1.37.1", [(ROLE, Minor(1, 16))], id="among others, without value, on the newest"),
        pytest.param("a.k8s.io/x=1,k8s.io/y=1", "1.30.14", [("a.k8s.io/x", Minor(1, 16)), ("k8s.io/y", Minor(1, 16))], id="of k8s.io"),
        pytest.param("kubernetes.io/os=linux,x.node.kubernetes.io/a=b,kubelet.kubernetes.io/c=d", "1.37.1", [], id="allowed ones"),
        pytest.param("example.com/x=1,notkubernetes.io/x=1", "1.37.1", [], id="of others"),
        pytest.param("kubernetes.io/instance-type=a", "1.16.15", [], id="one that is allowed for one minor"),
        pytest.param(
            "kubernetes.io/instance-type=a", "1.17.17", [("kubernetes.io/instance-type", Minor(1, 17))], id="and no longer from the next on"
        ),
        pytest.param("topology.kubernetes.io/zone=a", "1.16.15", [("topology.kubernetes.io/zone", Minor(1, 16))], id="not yet"),
        pytest.param("topology.kubernetes.io/zone=a", "1.17.17", [], id="allowed from 1.17 on"),
        pytest.param("x=a_b.", "1.24.17", [], id="no value of a label: the last that does not look"),
        pytest.param("x=a_b.", "1.25.16", [("x", Minor(1, 25))], id="the first that does"),
        pytest.param(
            "Example.com/x=a,/x=a,a/b/c=d,-x=a",
            "1.30.14",
            [(name, Minor(1, 25)) for name in ("Example.com/x", "/x", "a/b/c", "-x")],
            id="no names",
        ),
        pytest.param(f"{'x' * 63}={'y' * 63},{'p' * 63}.{'q' * 63}.io/x=", "1.30.14", [], id="as long as may be"),
        pytest.param(f"x={'y' * 64}", "1.30.14", [("x", Minor(1, 25))], id="too long"),
        pytest.param(f"{ROLE}=$ROLE,${{X}}.kubernetes.io/y=", "1.30.14", [], id="variables"),
    ],
)
def test_labels(text: str, release: str, expected: list[tuple[str, Minor | None]]) -> None:
    assert stops(text, release) == expected


def test_what_is_told_of_one() -> None:
    version = parse_kubelet_version("1.30.14")
    arguments = KubeletArguments(("--node-labels=a=b", f"--node-labels={ROLE}=x"), "kubelet.service", "n", ("a.conf", "b.env"))
    (found,) = labels_that_stop(KubeletEnd(version, CATALOG.builds(version)), CATALOG.options(), arguments)
    expected = StartTrouble(TroubleKind.LABEL_REFUSED, ROLE, "b.env", since=Minor(1, 16), node="n", value="x", flag="--node-labels")
    assert found == expected
