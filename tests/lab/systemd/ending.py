"""By records: hold, or containerd under it, is killed with -9 at each state of the disk, and a containerd that is slow beyond the deadline.

The kubelet that is started then dies of a flag before it looks at anything, or is a real one; its next start finishes what was begun.
"""

import json
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from tests.lab.systemd import units
from tests.lab.systemd.node import Json, Node
from tests.lab.systemd.playing import Play, Step, killed_at, played

FLAG = "--no-such-flag"
MARKS: Mapping[str, str] = {
    "while it plans, nothing on the disk": "plan",
    "the next restart's mark is ready, nothing written": "ready",
    "a journal is begun": "1",
    "half is written, in the middle of a write": "20 still",
    "all is written": "applied",
    "the mark of the restart stands": "marked",
    "containerd is stopped": "restart",
    "containerd answers again, and nobody has looked": "up",
    "it was looked at": "verified",
    "the outcome is kept": "noted",
}
"""Each state of the disk, and how killing calls it."""
CONTAINERD_MARKS: Mapping[str, str] = {
    "while it is planned": "plan",
    "the next restart's mark is ready, nothing written": "ready",
    "a journal is begun": "1",
    "all is written": "applied",
    "the mark of the restart stands": "marked",
    "it starts again": "starting",
    "it answers again, and nobody has looked": "up",
}
_WATCHED = 25.0
_SLOW = "/run/lab/slow"
_STARTS_AFTER = 62
"""Seconds, beyond the 50 that hold gives itself."""
_HANGS_FOR = 57.0


def killedeach(into: Path, step: Step) -> None:
    """All of the kubelet's unit killed at each mark, up and back in turn; the kubelet dies of a flag, and its next start goes on."""
    with played(step, proxy=False, api=False) as play:
        for number, (name, mark) in enumerate(MARKS.items()):
            version, told = (play.new, play.old)[number % 2], list[str]()
            play.restarted(name, during=lambda: told.extend(_dies(play, mark, version)), watch=_WATCHED)  # noqa: B023 - called at once
            play.steps[name]["killed"] = told
        play.steps["status"] = _stood(play.node)
        play.keep(into)


def _stood(node: Node) -> Json:
    """What ``override status`` says in the end, and how many containers of all journals are in which state."""
    said = node.upgradecheck("override", "status", "-o", "json")
    told = json.loads(said.out)
    states = Counter(one["state"] for one in told["containers"])
    return {"code": said.code, "ok": told["ok"], "answer": told["answer"], "states": dict(sorted(states.items()))}


def _dies(play: Play, mark: str, version: str) -> list[str]:
    """Another kubelet is in place, which dies of a flag; that is taken away meanwhile. Where it was killed, and of how many it died."""
    node = play.node
    node.ask("systemctl", "stop", "kubelet")
    node.put(version)
    node.flags(f"s#--v=2#--v=2 {FLAG}#")
    since = node.ask("date", "+%s.%N")
    told = killed_at(node, mark, "--starting")
    node.flags(f"s# {FLAG}##")
    node.up(120)
    lines = node.run("journalctl", "-u", "kubelet", "-o", "cat", "--no-pager", f"--since=@{since}").out
    return [
        *told,
        f"kubelets that died of the flag: {sum(f'unknown flag: {FLAG}' in line for line in lines.splitlines() if 'err=' in line)}",
    ]


def containerdkilled(into: Path, step: Step) -> None:
    """containerd alone killed at each mark, under a hold that lives; up and back in turn, with real kubelets."""
    with played(step, proxy=False, api=False) as play:
        for number, (name, mark) in enumerate(CONTAINERD_MARKS.items()):
            version, told = (play.new, play.old)[number % 2], list[str]()
            during = lambda: told.extend(killed_at(play.node, mark, "--containerd", "kill"))  # noqa: B023, E731 - called at once
            play.restarted(name, version, during=during, watch=_WATCHED)
            play.steps[name]["killed"] = told
        play.steps["status"] = _stood(play.node)
        play.keep(into)


def slow(into: Path, step: Step) -> None:
    """containerd takes longer to start than hold has, and hangs: while it is written, and once all is."""
    with played(step, proxy=False, api=False) as play:
        try:
            _slow(play)
            play.steps["status"] = _stood(play.node)
        finally:
            play.keep(into)


def _slow(play: Play) -> None:
    node = play.node
    tried = f"[Service]\nExecStartPre=/bin/sh -c 'sleep $(cat {_SLOW} 2>/dev/null || echo 0)'\n"
    node.write(f"{units.AT}/containerd.service.d/90-slow.conf", tried)
    node.ask("systemctl", "daemon-reload")
    node.ask("systemctl", "restart", "containerd")
    play.restarted("as ever", watch=5)
    node.write(_SLOW, str(_STARTS_AFTER))
    play.restarted("it starts after the deadline", play.new, during=lambda: _told_meanwhile(play, "while it starts"), watch=_WATCHED)
    node.ask("rm", _SLOW)
    for name, mark, version in (("while it is written", "20", play.old), ("once all is written", "applied", play.new)):
        told: list[str] = []
        play.restarted(f"it hangs {name}", version, during=lambda: told.extend(_hangs(play, mark)), watch=_WATCHED)  # noqa: B023 - called at once
        play.steps[f"it hangs {name}"]["killed"] = told


def _hangs(play: Play, mark: str) -> list[str]:
    """Stopped by a signal at a mark, until hold has ended."""
    node = play.node
    told = killed_at(node, mark, "--containerd", "stop")
    pid = node.unit("containerd", "MainPID")
    until = time.monotonic() + _HANGS_FOR
    while node.unit("kubelet", "SubState") == "start-pre" and time.monotonic() < until:
        time.sleep(0.5)
    node.run("kill", "-CONT", pid)
    return told


def _told_meanwhile(play: Play, name: str, seconds: float = 56.0) -> None:
    """What a person finds then: states of units, hold's status, and the kubelet's journal."""
    node, since = play.node, play.node.ask("date", "+%s.%N")
    time.sleep(seconds)
    play.steps[name] = {unit: _state(node, unit) for unit in ("containerd", "kubelet")}
    play.steps[name]["said"] = node.said(since)
    play.told(f"{name}: status", "override", "hold", "status")


def _state(node: Node, unit: str) -> str:
    return f"{node.unit(unit, 'ActiveState')} ({node.unit(unit, 'SubState')})"
