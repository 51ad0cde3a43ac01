"""Which kubelet takes which state file: first and last minor of each form, policies, CPUs, and what a kubelet does where it does not."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import pytest

from tests.builders import CATALOG
from tests.statefiles import claims, cpus, cpus_v4, devices, memory, resources, statuses
from upgradecheck.decisions.statefiles.judging import Wanted, judge
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.statefiles import StateFile, StateName, StateWeight

STOPS, OPEN, WARNS, TELLS = StateWeight.STOPS, StateWeight.OPEN, StateWeight.WARNS, StateWeight.TELLS
LATER = "it is of a form that this kubelet does not read"
CPUS, MEMORY, DEVICES, CLAIMS = StateName.CPUS, StateName.MEMORY, StateName.DEVICES, StateName.CLAIMS
NONE = cpus("none", "")
UNTOLD = Wanted()
OFF: Mapping[str, bool] = MappingProxyType({})


def build_of(version: str, gates: Mapping[str, bool] = OFF) -> KubeletBuild:
    found = CATALOG.builds(parse_kubelet_version(version))[0]
    return KubeletBuild(found.hash_class, found.patch, gates) if gates else found


def judged(
    version: str, name: StateName, content: bytes, wanted: Wanted = UNTOLD, gates: Mapping[str, bool] = OFF
) -> list[tuple[str, StateWeight]]:
    file = StateFile(name, "there", content, node="worker-1")
    found = list(judge(file, build_of(version, gates), wanted))
    assert {(one.name, one.place, one.node) for one in found} <= {(name, "there", "worker-1")}
    return [(one.what, one.weight) for one in found]


@pytest.mark.parametrize(
    ("version", "name", "content", "expected"),
    [
        pytest.param("1.8.15", CPUS, b"x", [], id="1.8 has none"),
        pytest.param("1.9.11", CPUS, b"x", [], id="1.9 reads it under a gate alone"),
        pytest.param("1.10.13", CPUS, b"", [], id="1.10 takes an empty one for none"),
        pytest.param("1.11.10", CPUS, b"", [], id="1.11 likewise"),
        pytest.param("1.12.10", CPUS, b"", [("it is empty", STOPS)], id="1.12 stops at an empty one"),
        pytest.param("1.37.1", CPUS, b"", [("it is empty", STOPS)], id="1.37 still does"),
        pytest.param("1.12.10", CPUS, cpus("none", "", v1=True), [], id="V1 in 1.12"),
        pytest.param("1.17.17", CPUS, cpus("none", "", v1=True), [], id="V1 in 1.17"),
        pytest.param("1.17.17", CPUS, NONE, [(LATER, STOPS)], id="V2 in 1.17"),
        pytest.param("1.18.20", CPUS, NONE, [], id="V2 in 1.18"),
        pytest.param("1.36.4", CPUS, NONE, [], id="V2 in 1.36"),
        pytest.param("1.37.1", CPUS, NONE, [], id="V2 in 1.37"),
        pytest.param("1.36.4", CPUS, cpus("none", "", v1=True), [], id="V1 in 1.36"),
        pytest.param("1.37.1", CPUS, cpus("none", "", v1=True), [(LATER, STOPS)], id="V1 in 1.37"),
        pytest.param("1.36.4", CPUS, cpus_v4(), [], id="V4 in 1.36, which reads the older one in it"),
        pytest.param("1.37.1", CPUS, cpus_v4(), [], id="V4 in 1.37"),
        pytest.param("1.37.1", CPUS, cpus_v4().replace(b'dataChecksum": ', b'dataChecksum": 1'),
                     [("its checksum is not that of its content, so it was changed or written in part", STOPS)], id="V4, damaged"),
        pytest.param("1.20.15", MEMORY, b"x", [], id="1.20 has no memory manager"),
        pytest.param("1.21.14", MEMORY, b"x", [], id="1.21 reads it under a gate alone"),
        pytest.param("1.22.17", MEMORY, b"", [("it is empty", STOPS)], id="1.22 stops at an empty one"),
        pytest.param("1.22.17", MEMORY, memory("None"), [], id="memory in 1.22"),
        pytest.param("1.37.1", MEMORY, memory("None"), [], id="memory in 1.37"),
        pytest.param("1.10.13", DEVICES, devices(["0"]), [], id="devices without NUMA nodes in 1.10"),
        pytest.param("1.11.10", DEVICES, devices(["0"]), [], id="in 1.11"),
        pytest.param("1.19.16", DEVICES, devices(["0"]), [], id="in 1.19"),
        pytest.param("1.20.13", DEVICES, devices(["0"]), [(LATER, WARNS)], id="in 1.20 before the patch that reads them"),
        pytest.param("1.20.15", DEVICES, devices(["0"]), [], id="in 1.20.15"),
        pytest.param("1.21.7", DEVICES, devices(["0"]), [(LATER, WARNS)], id="in 1.21.7"),
        pytest.param("1.21.8", DEVICES, devices(["0"]), [], id="in 1.21.8"),
        pytest.param("1.22.4", DEVICES, devices(["0"]), [(LATER, WARNS)], id="in 1.22.4"),
        pytest.param("1.22.5", DEVICES, devices(["0"]), [], id="in 1.22.5"),
        pytest.param("1.30.14", DEVICES, devices(["0"]), [], id="in 1.30, the last"),
        pytest.param("1.31.0", DEVICES, devices(["0"]), [(LATER, WARNS)], id="in 1.31"),
        pytest.param("1.19.16", DEVICES, devices({"0": ["0"]}), [(LATER, WARNS)], id="devices by NUMA node in 1.19"),
        pytest.param("1.37.1", DEVICES, devices({"0": ["0"]}), [], id="in 1.37"),
        pytest.param("1.33.13", CLAIMS, b"x", [], id="claims up to 1.33: the gate is off"),
        pytest.param("1.34.10", CLAIMS, b"", [("it is empty", STOPS)], id="claims in 1.34"),
        pytest.param("1.34.10", CLAIMS, claims(), [], id="claims in 1.34 as written since 1.31"),
        pytest.param("1.34.10", CLAIMS, b'{"version":"v1","entries":[],"checksum":12}',
                     [("its checksum is not that of its content, so it was changed or written in part", STOPS)], id="claims of 1.30 in 1.34"),
        pytest.param("1.32.13", StateName.ALLOCATED, b"", [], id="allocations up to 1.32: another file"),
        pytest.param("1.33.13", StateName.ALLOCATED, b"", [("it is empty", STOPS)], id="allocations in 1.33"),
        pytest.param("1.37.1", StateName.ACTUATED, b"", [("it is empty", STOPS)], id="allocations in 1.37"),
        pytest.param("1.37.1", StateName.ACTUATED, resources(), [], id="as written"),
        pytest.param("1.31.14", StateName.STATUSES, b"", [], id="pod statuses: the gate is off"),
        pytest.param("1.33.13", StateName.STATUSES, b"", [], id="pod statuses in 1.33, which does not know the file"),
    ],
)  # fmt: skip
def test_which_minor_takes_what(version: str, name: StateName, content: bytes, expected: list[tuple[str, StateWeight]]) -> None:
    assert judged(version, name, content) == expected


AMOUNTS = {"cpu": "100m", "memory": "1Gi"}
WRONG_SUM = "its checksum is not that of its content, so it was changed or written in part"


def test_pod_statuses_under_the_gate() -> None:
    """kubernetes/kubernetes 117589, 135711; deckhouse 17403: what 1.31 wrote ends 1.32."""
    on = {"InPlacePodVerticalScaling": True}
    assert judged("1.31.14", StateName.STATUSES, statuses(AMOUNTS), gates=on) == []
    assert judged("1.27.16", StateName.STATUSES, statuses({"cpu": "1"}, {"cpu": "1000m"}), gates=on) == [(WRONG_SUM, STOPS)]
    assert judged("1.31.14", StateName.STATUSES, statuses({"memory": "0"}, {"memory": None}), gates=on) == [(WRONG_SUM, STOPS)]
    assert judged("1.31.14", StateName.STATUSES, b"", gates=on) == [("it is empty", STOPS)]
    (told,) = judged("1.32.13", StateName.STATUSES, statuses(AMOUNTS), gates=on)
    assert told[1] is STOPS
    assert judged("1.32.13", StateName.STATUSES, resources(), gates=on) == []
    assert judged("1.31.14", StateName.STATUSES, resources(), gates=on) == [(LATER, STOPS)]


def test_before_a_policy_was_trusted_a_new_file_was_made() -> None:
    (told,) = judged("1.9.11", CPUS, b"x", gates={"CPUManager": True})
    assert told[1] is WARNS


@pytest.mark.parametrize(
    ("content", "wanted", "expected"),
    [
        pytest.param(cpus(), Wanted(), [], id="nobody knows what is wanted"),
        pytest.param(cpus(), Wanted("static"), [], id="the same policy"),
        pytest.param(cpus(), Wanted("none"), [("it was written under policy 'static', and the configuration says 'none'", STOPS)], id="another"),
        pytest.param(NONE, Wanted("static"), [("it was written under policy 'none', and the configuration says 'static'", STOPS)], id="back"),
        pytest.param(cpus(), Wanted("none", perhaps=True), [("it was written under policy 'static', and the configuration says 'none', "
                                                             "unless a flag says otherwise", OPEN)], id="a flag was not seen"),
        pytest.param(cpus(entries={"p": {"c": "6-7"}}), Wanted("static", reserved="0-1"), [], id="CPUs as they should be"),
        pytest.param(cpus(entries={"p": {"c": "5"}}), Wanted("static"), [("CPU 5 is given to container 'c' alone, and to all", STOPS)],
                     id="one given twice"),
        pytest.param(cpus(default="", entries={"p": {"c": "5"}}), Wanted("static"),
                     [("it gives CPUs to containers and has none left that all share", STOPS)], id="none left"),
        pytest.param(cpus(entries={"p": {"c": "6"}}), Wanted("static", reserved="6"),
                     [("CPU 6 is reserved by the configuration, and not among those that all share", STOPS)], id="a reserved one is taken"),
        pytest.param(cpus(default="0-x"), Wanted("static"), [("'0-x' is no list of CPUs", STOPS)], id="no CPUs"),
        pytest.param(cpus(default=""), Wanted("static", reserved="0"), [], id="an empty state is filled"),
    ],
)  # fmt: skip
def test_policies_and_cpus(content: bytes, wanted: Wanted, expected: list[tuple[str, StateWeight]]) -> None:
    assert judged("1.30.14", CPUS, content, wanted) == expected


REBOOT = ("it fits this boot: after a reboot the memory of NUMA nodes may be another, at which the kubelet stops", TELLS)
JOINT = ("NUMA nodes 0, 1 serve containers together, which this kubelet compares one by one, and may refuse", WARNS)


@pytest.mark.parametrize(
    ("version", "content", "expected"),
    [
        pytest.param("1.31.14", memory(cells=[0, 1]), [JOINT, REBOOT], id="1.31 compares each node for itself"),
        pytest.param("1.32.0", memory(cells=[0, 1]), [REBOOT], id="1.32 compares groups"),
        pytest.param("1.31.14", memory(cells=[0]), [REBOOT], id="a node alone"),
        pytest.param("1.31.14", memory("None"), [], id="no policy"),
    ],
)
def test_memory_hangs_on_the_machine(version: str, content: bytes, expected: list[tuple[str, StateWeight]]) -> None:
    """kubernetes/kubernetes 113130 and 131253."""
    assert judged(version, MEMORY, content) == expected


@pytest.mark.parametrize(
    ("version", "known", "expected"),
    [
        pytest.param("1.17.17", None, [], id="1.17 keeps them by ID"),
        pytest.param("1.18.20", None, [("it gives CPUs to containers by their IDs, and this kubelet stops at one that the runtime has no "
                                       "longer", OPEN)], id="1.18 looks for them, and nobody knows what it finds"),
        pytest.param("1.18.20", {"abc", "d"}, [], id="it finds them"),
        pytest.param("1.36.4", {"d"}, [("it gives CPUs to container abc, which the runtime does not list", STOPS)], id="one is gone"),
    ],
)  # fmt: skip
def test_ids_of_containers_are_looked_for(version: str, known: set[str] | None, expected: list[tuple[str, StateWeight]]) -> None:
    assert judged(version, CPUS, cpus(v1=True, entries={"abc": "6"}), Wanted(containers=known)) == expected


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        pytest.param(StateFile(CPUS, "there", absent=True), [], id="not there"),
        pytest.param(StateFile(CPUS, "there"), [], id="listed alone"),
        pytest.param(StateFile(CPUS, "there", size=74), [], id="listed with a size"),
        pytest.param(StateFile(CPUS, "there", size=0), ["it is empty"], id="listed as empty"),
        pytest.param(StateFile(CPUS, "there", problem="cannot be read"), [], id="not to be read"),
        pytest.param(StateFile(CPUS, "there", b" \n"), ["it holds nothing but blanks"], id="blanks"),
    ],
)
def test_files_without_content(file: StateFile, expected: list[str]) -> None:
    assert [one.what for one in judge(file, build_of("1.30.14"), Wanted())] == expected


STRICT = Wanted("static", reserved="0", strict=True)


@pytest.mark.parametrize(
    ("content", "wanted", "expected"),
    [
        pytest.param(cpus("static", "1-5"), STRICT, [], id="reserved strictly, and not shared"),
        pytest.param(cpus("static", "0-5"), STRICT,
                     [("CPU 0 is reserved by the configuration strictly, and is among those that all share", STOPS)], id="and shared"),
        pytest.param(cpus("none", "x"), UNTOLD, [("'x' is no list of CPUs", STOPS)], id="whatever the policy, lists are read"),
        pytest.param(cpus("none", "1_0"), UNTOLD, [("'1_0' is no list of CPUs", STOPS)], id="Python's numbers are not Go's"),
        pytest.param(cpus("none", "+1-+2"), UNTOLD, [], id="and Go's are not Python's"),
    ],
)  # fmt: skip
def test_lists_of_cpus(content: bytes, wanted: Wanted, expected: list[tuple[str, StateWeight]]) -> None:
    """strict-cpu-reservation: 1.32 on; validateState of policy_static.go."""
    assert judged("1.34.1", CPUS, content, wanted) == expected
