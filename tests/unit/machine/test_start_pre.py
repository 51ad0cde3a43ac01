"""Only the process for which systemd waits, in the kubelet's own unit, holds the kubelet back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from upgradecheck.machine.node import Machine
from upgradecheck.machine.running_kubelets import RunningKubelet
from upgradecheck.machine.runtime import Host
from upgradecheck.machine.start_pre import held_back_unit, span, why_not_held_back

STATE = {"SubState": "start-pre", "ControlPID": "40", "TimeoutStartUSec": "1min 30s"}


class ToldHost(Host):
    def __init__(self, machine: Machine, state: Mapping[str, str] | None, kubelets: tuple[RunningKubelet, ...]) -> None:
        self.machine, self._state, self._kubelets = machine, state, kubelets  # type: ignore[misc]

    def unit(self, name: str) -> Mapping[str, str] | None:
        return self._state if name == "kubelet.service" else {}

    def kubelets(self) -> tuple[RunningKubelet, ...]:
        return self._kubelets


def why(
    at: Path,
    state: Mapping[str, str] | None = STATE,
    cgroup: str = "0::/system.slice/kubelet.service",
    parent: int = 40,
    kubelets: tuple[RunningKubelet, ...] = (),
    seconds: float = 65,
) -> str:
    """Process 50 is ours, below process 40, which is timeout(1)."""
    for pid, above in ((50, parent), (40, 1), (1, 0)):
        (at / str(pid)).mkdir()
        (at / str(pid) / "stat").write_text(f"{pid} (time) out) S {above} 3 3 0")
    (at / "50/cgroup").write_text(f"{cgroup}\n")
    return why_not_held_back(ToldHost(Machine(proc=at), state, kubelets), 50, seconds) or ""


def test_the_process_that_systemd_waits_for_holds_the_kubelet_back(tmp_path: Path) -> None:
    assert why(tmp_path) == ""


@pytest.mark.parametrize("direct", [pytest.param("50", id="itself"), pytest.param("40", id="timeout in front")])
def test_itself_or_one_above_it(tmp_path: Path, direct: str) -> None:
    assert why(tmp_path, {**STATE, "ControlPID": direct}) == ""


@pytest.mark.parametrize("state", ["auto-restart", "start", "start-post", "running", "stop", "stop-post", "dead", ""])
def test_no_other_state_will_do(tmp_path: Path, state: str) -> None:
    assert "nobody holds the kubelet back" in why(tmp_path, {**STATE, "SubState": state})


def test_an_outsider_during_start_pre_has_no_lock(tmp_path: Path) -> None:
    assert "not in kubelet.service" in why(tmp_path, cgroup="0::/user.slice/user-0.slice/session-1.scope")


def test_another_process_of_the_unit_has_none_either(tmp_path: Path) -> None:
    assert "does not wait for this process" in why(tmp_path, parent=1)


def test_another_service_has_none(tmp_path: Path) -> None:
    assert "is in cron.service" in why(tmp_path, cgroup="0::/system.slice/cron.service")


def test_no_control_process_is_none(tmp_path: Path) -> None:
    assert "does not wait" in why(tmp_path, {**STATE, "ControlPID": "0"})


def test_a_kubelet_that_runs(tmp_path: Path) -> None:
    assert why(tmp_path, kubelets=(RunningKubelet(7, "kubelet"),)) == "a kubelet runs (process 7)"


def test_nobody_to_ask(tmp_path: Path) -> None:
    assert why(tmp_path, None) == "systemd cannot be asked here"


@pytest.mark.parametrize("limit", ["1min", "", "soon", "64s 900ms"])
def test_a_limit_of_the_unit_that_is_too_short_or_not_told(tmp_path: Path, limit: str) -> None:
    assert "TimeoutStartSec" in why(tmp_path, {**STATE, "TimeoutStartUSec": limit})


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1min 30s", 90), ("infinity", float("inf")), ("5s", 5), ("1h 1min", 3660), ("500ms", 0.5), ("1.500s", 1.5), ("0", None), ("x", None)],
)
def test_spans_as_systemctl_prints_them(text: str, seconds: float | None) -> None:
    assert span(text) == seconds


def test_the_unit_whose_kubelet_is_held_back_is_the_one_that_the_process_is_in(tmp_path: Path) -> None:
    for pid, above in ((50, 40), (40, 1), (1, 0)):
        (tmp_path / str(pid)).mkdir()
        (tmp_path / str(pid) / "stat").write_text(f"{pid} (x) S {above} 3 3 0")
    (tmp_path / "50/cgroup").write_text("0::/system.slice/kubelet.service\n")
    host = ToldHost(Machine(proc=tmp_path), STATE, ())
    assert held_back_unit(host, 50, ("k3s.service", "kubelet.service")) == "kubelet.service"
    assert held_back_unit(host, 50, ("k3s.service",)) is None
    assert held_back_unit(host, 40, ("kubelet.service",)) is None, "its cgroup is not told"
    assert held_back_unit(ToldHost(Machine(proc=tmp_path), {**STATE, "SubState": "auto-restart"}, ()), 50, ("kubelet.service",)) is None
