"""``override hold`` by records on a real node, killed at each state of the disk, and containerd killed or slow under it: as it was recorded.

With ``python -m tests.lab.systemd killedeach`` and the other scenes of ``tests/lab/systemd/ending.py``. Each call in between, in miniature:
``tests/override/test_hold_killed.py``. That the kubelet is up in the end of each step, test_recorded_hold says.
"""

from __future__ import annotations

import pytest

from tests.lab.systemd.ending import CONTAINERD_MARKS, MARKS
from tests.lab.test_recorded_hold import held, steps

DONE = ("it was looked at", "the outcome is kept")
"""There all is in effect, and the next start has nothing to do."""
IN_EFFECT = ("containerd is stopped", "containerd answers again, and nobody has looked")


@pytest.mark.parametrize("name", MARKS)
def test_killed_at_each_state_of_the_disk_a_kubelet_starts_and_the_next_start_ends_with_all_held(name: str) -> None:
    """The kubelet right after the kill dies of a flag: systemd has started it all the same, and no container ended."""
    step = steps("killedeach")[name]
    killed, containerd, died = step["killed"]
    assert killed.startswith(("killed 2 at ", "killed 3 at ")), "hold, timeout, and perhaps systemctl"
    assert containerd == ("containerd gone" if name in (*IN_EFFECT, *DONE) else "containerd as before")
    assert died.startswith("kubelets that died of the flag: "), step
    assert int(died.rpartition(" ")[2]) >= 1
    assert (step["ended"], step["hashes"], step["ran"]) == ([], 22, 23)
    if name not in DONE:
        assert held(step)[:2] == (22, 22)
        assert ("by records that a run before has written, containerd had restarted" in step["said"][-1]) is (name in IN_EFFECT)


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("while it plans, nothing on the disk", range(1)),
        ("the next restart's mark is ready, nothing written", range(1)),
        ("a journal is begun", range(1, 2)),
        ("half is written, in the middle of a write", range(20, 23)),
        *((name, range(46, 47)) for name in list(MARKS)[4:]),
    ],
)
def test_each_was_killed_where_it_was_to_be(name: str, lines: range) -> None:
    assert int(steps("killedeach")[name]["killed"][0].split()[-2]) in lines, "of the journal's 46"


def test_in_the_end_ten_journals_hang_together_and_the_newest_is_in_effect() -> None:
    status = steps("killedeach")["status"]
    assert (status["code"], status["ok"], status["states"]) == (0, True, {"applied": 22, "taken-over": 9 * 22})


@pytest.mark.parametrize("name", CONTAINERD_MARKS)
def test_where_containerd_is_killed_the_same_start_holds_all(name: str) -> None:
    """Real kubelets, each another one than before: hold waits until systemd has started containerd again, writes the rest, and looks."""
    step = steps("containerdkilled")[name]
    killed, containerd = step["killed"]
    assert killed.startswith("killed 1 of containerd at ")
    assert containerd == ("containerd gone" if name.startswith("it ") else "containerd as before")
    (line,) = step["said"]
    assert (held(step)[:2], step["ended"], step["hashes"], step["ran"]) == ((22, 22), [], 22, 23), line
    assert ("containerd was not restarted, since nothing waits for that" in line) is (name == "all is written"), "its end was the restart"


def test_and_all_journals_hang_together() -> None:
    status = steps("containerdkilled")["status"]
    assert (status["code"], status["ok"], status["states"]) == (0, True, {"applied": 22, "taken-over": 7 * 22})


def test_a_containerd_that_starts_after_the_deadline_is_told_as_pending_and_the_next_start_finds_all_held() -> None:
    found = steps("slow")
    first, last = found["it starts after the deadline"]["said"]
    assert "held perhaps, nobody has seen it: the records are written" in first
    assert "by records that a run before has written, containerd had restarted" in last
    step = found["it starts after the deadline"]
    assert (held(step)[:2], step["ended"], step["hashes"]) == ((22, 22), [], 22)
    assert "held perhaps, nobody has seen it" in found["while it starts: status"]["out"][0]
    assert "containerd's restart for plan " in "\n".join(found["while it starts: status"]["out"][3:])


def test_one_that_hangs_once_it_was_written_is_restarted_if_there_is_time_and_else_told() -> None:
    """Stopped by SIGSTOP. Where too little time is left its containers restart, as without hold, and nothing is half written."""
    found = steps("slow")
    after, meanwhile = found["it hangs once all is written"], found["it hangs while it is written"]
    assert (held(after)[:2], after["ended"], after["hashes"]) == ((22, 22), [], 22)
    assert "16 records are written, containerd was not restarted, and it does not answer since" in meanwhile["said"][0]
    assert (len(meanwhile["ended"]), meanwhile["hashes"]) == (22, 0)
