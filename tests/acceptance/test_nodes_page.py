"""docs/nodes.md claims no more than the tests that there are: each cell that is seen or imitated names here what shows it.

Seen is what a test or a scene on real kubelets and runtimes shows (``tests/lab``), or what one has left recorded; imitated is what a test of the
default tier shows on a machine in miniature.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "nodes.md"
SEEN, IMITATED, READ, NO = "**seen**", "*imitated*", "read", "no"
MARKS = (SEEN, IMITATED, READ, NO)

PLAN, RECORDS, STATIC, UNIT = "plan on the node", "runtime's records", "static pods", "`checkpoint record`"
APPLY, PROXY, HOLD, OF_RUNTIME = "`override apply`", "`override proxy`", "`override hold`", "records"

_RUNNING = "tests/unit/machine/test_running_kubelets.py"
_RECOGNISED = "tests/unit/machine/test_recognising.py::test_each_by_its_unit_and_its_files"
_INSIDE = f"{_RUNNING}::test_whatever_it_is_called"
_CHILD = f"{_RUNNING}::test_systemd_names_the_program_that_starts_it"
_SOCKETS = "tests/unit/sources/test_node.py::test_the_one_that_lists_pods_that_run"
_ENDPOINT = "tests/unit/machine/test_local_kubelet.py::test_one_that_runs_tells_its_version_node_gates_and_static_pods"
_BESIDE = "tests/unit/checkpoint/test_commands.py::test_the_unit_of_a_program_with_a_kubelet_inside_is_not_held_up"
_MODULES = "tests/unit/machine/test_buildinfo.py::test_as_the_linker_wrote_it"
_ALONE = "tests/override/test_alone.py::test_it_runs_while_records_are_written_and_proved_and_no_longer"
_HAVE_ONE = "tests/override/test_alone.py::test_those_that_have_one"
_THERE_AND_BACK = "tests/lab/test_recorded_alone.py::test_what_was_seen_is_what_should_be"
_THEIR_PROXY = "tests/lab/test_recorded_their_proxy.py::test_what_was_seen_is_what_should_be"
_EMBEDDED = "tests/lab/containerd/embedded.py::play"
_NAMES = "tests/unit/explaining/runbook/test_commands.py::test_a_distribution_has_its_own_names"
_UPGRADING = "tests/lab/containerd/test_upgrading.py"
_CRI = "tests/unit/sources/test_node.py::test_records_are_those_of_crictl_with_the_network_of_each_sandbox"
_RELAY = "tests/unit/override/proxy/test_relay.py"

KUBEADM = "kubeadm, Kubespray, kOps, clouds"
SHOWN: Mapping[tuple[str, str], tuple[str, ...]] = {
    (KUBEADM, PLAN): (f"{_UPGRADING}::test_the_new_kubelet_restarts_just_what_is_predicted",),
    (KUBEADM, RECORDS): (f"{_UPGRADING}::test_all_ways_to_ask_the_runtime_give_the_same_records",),
    (KUBEADM, STATIC): (
        "tests/lab/test_static_pods_planned.py",
        "tests/unit/machine/test_local_kubelet.py::test_the_configuration_of_one_that_does_not_run",
    ),
    (KUBEADM, UNIT): ("tests/lab/living.py",),
    (KUBEADM, APPLY): (
        "tests/lab/containerd/overriding.py::play",
        "tests/override/test_recorded_records.py::test_what_was_written_is_what_we_write",
    ),
    (KUBEADM, PROXY): ("tests/lab/containerd/proxying.py::play",),
    (KUBEADM, HOLD): (
        "tests/lab/systemd/test_holding.py::test_a_scene_comes_out_as_it_was_recorded",
        "tests/lab/test_recorded_hold.py::test_by_records_nothing_ends_up_and_back",
        "tests/lab/test_recorded_hold.py::test_past_two_maps_nothing_ends",
    ),
    ("k3s", PLAN): (_INSIDE, f"{_RUNNING}::test_version_and_settings"),
    ("k3s", RECORDS): (_SOCKETS,),
    ("k3s", STATIC): (_RECOGNISED,),
    ("k3s", UNIT): ("tests/unit/checkpoint/test_commands.py::test_the_unit_of_this_node", _BESIDE),
    ("k3s", APPLY): (_ALONE, _HAVE_ONE, _THERE_AND_BACK),
    ("k3s", PROXY): (_THEIR_PROXY,),
    ("rke2", PLAN): (_CHILD, _ENDPOINT),
    ("rke2", RECORDS): (_ENDPOINT,),
    ("rke2", STATIC): (_RECOGNISED, _ENDPOINT),
    ("rke2", UNIT): (_BESIDE,),
    ("rke2", APPLY): (_HAVE_ONE, _THERE_AND_BACK),
    ("rke2", PROXY): (_THEIR_PROXY,),
    ("k0s", PLAN): (_CHILD, _ENDPOINT),
    ("k0s", RECORDS): (_ENDPOINT,),
    ("k0s", STATIC): ("tests/unit/machine/test_local_kubelet.py::test_static_pods_that_are_not_read",),
    ("k0s", UNIT): (_CHILD, _BESIDE),
    ("k0s", APPLY): (_HAVE_ONE, _THERE_AND_BACK),
    ("k0s", PROXY): (_THEIR_PROXY,),
    ("microk8s", PLAN): (_INSIDE, _MODULES),
    ("microk8s", RECORDS): (_SOCKETS,),
    ("microk8s", STATIC): (_THERE_AND_BACK,),
    ("microk8s", UNIT): (_BESIDE,),
    ("microk8s", APPLY): (_NAMES, _EMBEDDED, _THERE_AND_BACK),
    ("microk8s", PROXY): (_THEIR_PROXY,),
    ("KubeEdge", PLAN): (_INSIDE, _MODULES, "tests/unit/decode/kubelet/test_config.py::test_edgecores_file_lies_over_its_defaults"),
    ("KubeEdge", RECORDS): (_SOCKETS,),
    ("KubeEdge", STATIC): (_RECOGNISED,),
    ("KubeEdge", UNIT): (_BESIDE,),
    ("KubeEdge", APPLY): (_NAMES, _EMBEDDED),
    ("OpenShift", RECORDS): (_CRI,),
    ("MicroShift", PLAN): (_INSIDE, _MODULES),
    ("MicroShift", UNIT): (_BESIDE,),
    ("containerd 1.6", OF_RUNTIME): (f"{_UPGRADING}::test_all_ways_to_ask_the_runtime_give_the_same_records",),
    ("containerd 1.6", APPLY): ("tests/lab/containerd/overriding.py::play", "tests/override/recorded/1.6.20.json"),
    ("containerd 1.6", PROXY): ("tests/lab/containerd/proxying.py::play",),
    ("containerd 1.7", OF_RUNTIME): ("tests/lab/containerd/overriding.py::play", "tests/override/recorded/1.7.27.json"),
    ("containerd 1.7", APPLY): ("tests/lab/containerd/overriding.py::play", "tests/override/recorded/1.7.27.json"),
    ("containerd 1.7", PROXY): ("tests/lab/containerd/proxying.py::play", "tests/lab/containerd/builds.py::containerd"),
    ("containerd 2.2", OF_RUNTIME): (
        f"{_UPGRADING}::test_all_ways_to_ask_the_runtime_give_the_same_records",
        "tests/lab/containerd/builds.py::containerd",
    ),
    ("containerd 2.2", APPLY): ("tests/lab/containerd/overriding.py::play", "tests/override/recorded/2.2.9.json"),
    ("containerd 2.2", PROXY): ("tests/lab/containerd/proxying.py::play", "tests/lab/containerd/builds.py::containerd"),
    ("CRI-O 1.37", OF_RUNTIME): (_CRI,),
    ("CRI-O 1.37", PROXY): (_RELAY,),
    ("cri-dockerd 0.3 on docker 20.10", OF_RUNTIME): (_CRI,),
    ("cri-dockerd 0.3 on docker 20.10", PROXY): (_RELAY,),
    ("dockershim (docker 20.10, kubelets up to 1.23)", OF_RUNTIME): ("tests/lab/test_recorded_dockershim.py",),
    ("dockershim (docker 20.10, kubelets up to 1.23)", APPLY): (
        "tests/lab/test_recorded_docker_systemd.py::test_what_was_seen_is_what_should_be",
        "tests/lab/test_recorded_docker_labels.py::test_every_process_is_kept_whatever_is_killed",
        "tests/override/test_docker.py",
    ),
}


def cells() -> Iterator[tuple[str, str, str]]:
    """Row, column and text of each cell that claims something."""
    head: list[str] = []
    for line in PAGE.read_text("utf-8").splitlines():
        if not line.startswith("|"):
            head = []
            continue
        row = [one.strip() for one in line.strip("|").split("|")]
        if not head:
            head = row
        elif not set(line) <= set("|-"):
            yield from ((row[0], column, text) for column, text in zip(head[1:], row[1:], strict=True) if column != "kubelet")


CELLS = {(row, column): text for row, column, text in cells()}


def mark(text: str) -> str:
    """What a cell rests on."""
    found = next((one for one in MARKS if re.match(rf"{re.escape(one)}(?![\w])", text)), None)
    assert found is not None, f"begins with none of {MARKS}: {text}"
    return found


@lru_cache
def defined(path: str) -> frozenset[str]:
    """The functions of a file, those of its classes, too."""
    return frozenset(one.name for one in ast.walk(ast.parse((ROOT / path).read_text("utf-8"))) if isinstance(one, ast.FunctionDef))


def test_both_tables_are_found() -> None:
    assert len({row for row, _ in CELLS}) == 18
    assert {column for _, column in CELLS} == {PLAN, RECORDS, STATIC, UNIT, APPLY, PROXY, HOLD, OF_RUNTIME}


@pytest.mark.parametrize("cell", CELLS, ids=": ".join)
def test_a_cell_claims_what_is_shown(cell: tuple[str, str]) -> None:
    rests_on = mark(CELLS[cell])
    shown = SHOWN.get(cell, ())
    assert bool(shown) == (rests_on in (SEEN, IMITATED)), f"{cell}: {rests_on}, and shown by {shown or 'nothing'}"
    for one in shown:
        path, _, function = one.partition("::")
        assert (ROOT / path).is_file(), one
        assert not function or function in defined(path), one
    if rests_on == SEEN:
        assert any(one.startswith(("tests/lab/", "tests/override/recorded/")) for one in shown), f"{cell}: nothing real shows it"


def test_nothing_is_shown_that_is_not_claimed() -> None:
    assert SHOWN.keys() <= CELLS.keys()
