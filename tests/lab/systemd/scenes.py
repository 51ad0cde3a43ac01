"""The scenes: hold by records and by proxy, up and back, and whatever may befall it; the kubelet starts each time."""

import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.lab import run
from tests.lab.apiserver import TOKEN, URL
from tests.lab.containerd.crictl import crictl
from tests.lab.containerd.image import OTHER_IMAGE
from tests.lab.containerd.pinning import MANIFESTS as OWN
from tests.lab.containerd.playing import MANIFESTS
from tests.lab.systemd import units
from tests.lab.systemd.credentials import credentials
from tests.lab.systemd.ending import containerdkilled, killedeach, slow
from tests.lab.systemd.node import Node, started
from tests.lab.systemd.playing import HOLD, JOURNALS, METRICS, Play, Step, keep, killed_at, played, pods_made
from tests.lab.systemd.sizes import crowded, served
from upgradecheck.override.hold.stand_in import UNIT as STAND_IN

_ANY = Path(f"{units.AT}/kubelet.service.d/10-order.conf")
OFF = "/etc/upgradecheck/no-hold"
_BROKEN = "/run/lab/broken"


def records(into: Path, step: Step) -> None:
    """Up and back by records, static pods alone; then bound to containerd by Requires=, where systemd ends the first run."""
    with played(step, proxy=False, api=False) as play:
        play.told("dry run", "override", "hold", "--dry-run", "--to", play.new, "-o", "json")
        _seen(play.node, into)
        play.restarted("up", play.new)
        keep(into, "hashes-after.json", {key: one["hash"] for key, one in play.node.running().items()})
        play.told("status", "override", "hold", "status", "-o", "json")
        play.steps["metrics"] = {"out": play.node.read(METRICS).splitlines()}
        play.restarted("nothing to do", watch=5)
        play.restarted("back", play.old)
        play.node.write(_ANY, "[Unit]\nRequires=containerd.service\nAfter=containerd.service\n")
        play.node.ask("systemctl", "daemon-reload")
        play.restarted("up, requiring containerd", play.new)
        play.restarted("back, requiring containerd", play.old)
        play.keep(into)


def faults(into: Path, step: Step) -> None:
    """By records, with what may befall it: each time the kubelet starts, and nothing is half done."""
    with played(step, proxy=False, api=False) as play:
        node = play.node
        node.write(f"{units.AT}/containerd.service.d/90-tried.conf", f"[Service]\nExecStartPre=/usr/bin/test ! -e {_BROKEN}\n")
        node.ask("systemctl", "daemon-reload")
        node.ask("systemctl", "restart", "containerd")
        node.write(OFF, "")
        play.restarted("switched off, same version", watch=5)
        node.ask("rm", OFF)
        play.restarted("containerd hangs", during=lambda: _hangs(node), watch=5)
        play.restarted("containerd comes up later", play.new, during=lambda: _comes_later(node))
        play.restarted("a kubelet that cannot start, and the old one put back", during=lambda: _cannot_start(play))
        play.restarted("containerd does not come back", during=lambda: _does_not_come_back(play))
        play.told("doctor beside the stand-in", "doctor", "--cri", units.CONTAINERD)
        play.restarted("the stand-in goes on, mended", during=lambda: _mended(play))
        node.write(f"{units.AT}/containerd.service.d/99-broken.conf", "[Service]\nExecStartPre=/bin/false\n")
        node.ask("systemctl", "daemon-reload")
        play.told("dry run on a unit that nobody tried", "override", "hold", "--dry-run", "--to", play.new)
        play.restarted("containerd's unit was changed since it started", play.new)
        play.keep(into)


def killed(into: Path, step: Step) -> None:
    """By records, all of the unit killed with -9 at each mark: the kubelet starts at once, and nothing is half done.

    In the middle containerd stands still, with a write under way; later the same, and a kubelet that does not come up: its next start goes on.
    """
    marks = {"a journal is begun": "1", "half is written": "20 still", "all is written, containerd not restarted": "applied"}
    with played(step, proxy=False, api=False) as play:
        for mark, word in {**marks, "containerd restarts": "restart"}.items():
            told: list[str] = []
            play.restarted(f"killed: {mark}", play.new, during=lambda word=word, told=told: told.append(killed_at(play.node, word)[0]))  # type: ignore[misc]
            play.steps[f"killed: {mark}"]["killed"] = told[0]
            play.told(f"status: {mark}", "override", "status", "-o", "json")
            play.node.ask("rm", "-rf", JOURNALS, f"{HOLD}/restart.json", f"{HOLD}/restart-next.json")
            play.node.ask("touch", OFF)
            play.restarted(f"back: {mark}", play.old, watch=25)
            play.node.ask("rm", OFF)
        play.restarted("killed in the middle, and the kubelet dies: the next start goes on", during=lambda: _killed_and_dead(play))
        play.keep(into)


def proxied(into: Path, step: Step) -> None:
    """By proxy with an API server: up, back with the server away, up again, and back when nobody knows the pods."""
    with played(step, proxy=True, api=True) as play:
        play.steps["pods"] = {"made": pods_made(play.node)}
        play.settled()
        play.restarted("again", watch=5)
        play.told("dry run", "override", "hold", "--dry-run", "--to", play.new, "-o", "json")
        play.restarted("up", play.new)
        play.node.ask("systemctl", "stop", "kube-apiserver")
        play.restarted("back, the API server away: the kept copy", play.old)
        play.restarted("up again", play.new)
        _known_to_nobody(play.node)
        play.restarted("back, and nobody knows the pods", play.old)
        play.keep(into)


def proxykilled(into: Path, step: Step) -> None:
    """By proxy: all of the unit killed with -9 while hold plans, and once its map is in place; the proxy killed with -9 meanwhile."""
    with played(step, proxy=True, api=False) as play:
        told: list[str] = []
        play.restarted("killed while it plans", play.new, during=lambda: told.append(killed_at(play.node, "plan")[0]))
        play.restarted("back, of which nothing is proved", play.old)
        play.restarted("killed once the map is in place", play.new, during=lambda: told.append(killed_at(play.node, "map")[0]))
        play.restarted(
            "killed on the way back as soon as it is there", play.old, during=lambda: told.append(killed_at(play.node, "there")[0])
        )
        play.steps["by then"] = {"kept": play.node.ask("ls", HOLD).split()}
        play.restarted("up again", play.new)
        play.restarted("killed on the way back while it plans", play.old, during=lambda: told.append(killed_at(play.node, "given back")[0]))
        play.restarted("the proxy killed meanwhile", play.new, during=lambda: _proxy_killed(play.node))
        play.restarted("the proxy away for 8 s meanwhile", play.old, during=lambda: _proxy_away(play.node))
        play.steps["killed"] = {"out": told}
        play.keep(into)


def pasttwo(into: Path, step: Step) -> None:
    """By proxy, up twice and back past both maps: planned, killed at once, and when nobody knows the pods."""
    with played(step, proxy=True, api=True) as play:
        play.steps["pods"] = {"made": pods_made(play.node)}
        play.settled()
        play.restarted("again", watch=5)
        play.restarted("up", "1.31.0")
        play.restarted("up once more", play.new)
        play.restarted("back past two maps", play.old)
        play.restarted("up past two maps", play.new)
        told: list[str] = []
        play.restarted(
            "killed on the way back as soon as it is there", play.old, during=lambda: told.append(killed_at(play.node, "there")[0])
        )
        play.steps["killed"] = {"out": told}
        play.restarted("up again", play.new)
        _known_to_nobody(play.node)
        play.restarted("back past two maps, and nobody knows the pods", play.old)
        play.keep(into)


def pinned(into: Path, step: Step) -> None:
    """By records, with --pins: static pods without a UID of their own, one of them edited while no kubelet runs."""
    with tempfile.TemporaryDirectory() as folder:
        manifests = Path(folder, "given")
        shutil.copytree(MANIFESTS, manifests)
        for name in ("ledger.yaml", "stale.yaml", "gate.json"):
            (manifests / name).write_text(OWN[name])
        with played(step, proxy=False, api=False, manifests=manifests, hold=("--pins",)) as play:
            play.told("dry run", "override", "hold", "--dry-run", "--to", play.new, "--pins")
            play.node.ask("systemctl", "stop", "kubelet")
            play.node.ask("sed", "-i", "s/before/after/", "/etc/kubernetes/manifests/stale.yaml")
            play.restarted("up", play.new)
            play.told("status", "override", "status")
            play.restarted("back", play.old)
            play.keep(into)


def full(into: Path, step: Step) -> None:
    """By records on a disk that has no room, and on one that fills up in the middle: what is written is held, and the kubelet starts."""
    with played(step, proxy=False, api=False) as play:
        _small(play.node, "120k")
        play.restarted("no room", play.new)
        play.node.ask("umount", JOURNALS)
        play.restarted("back, of which nothing is proved", play.old)
        _small(play.node, "500k")
        play.restarted("full in the middle", play.new, during=lambda: _filled(play.node))
        play.told("status", "override", "status")
        play.keep(into)


def stale(into: Path, step: Step) -> None:
    """By records with an API server: a copy of the pods from before one was patched, and containerd restarted with the kubelet in one go."""
    with played(step, proxy=False, api=True) as play:
        play.steps["pods"] = {"made": pods_made(play.node)}
        play.settled()
        play.restarted("again", watch=5)
        play.restarted("patched while it was stopped, the API server away", play.new, during=lambda: _patched(play.node))
        play.restarted("containerd and kubelet in one go", play.old, during=lambda: _both(play.node))
        play.keep(into)


def environment(into: Path, step: Step) -> None:
    """What a stand-in is told of an environment with every character, who sees it, and when it is gone; no kubelet is restarted."""
    with started(step.old, MANIFESTS, step, crictl=crictl()) as node:
        play = Play(node, step)
        seen = json.loads(node.ask("sh", "-c", f"cd {run.ROOT} && {sys.executable} -m tests.lab.systemd.environment"))
        play.steps["told an environment"] = seen
        play.keep(into)


SCENES: dict[str, Callable[[Path, Step], None]] = {
    "records": records,
    "faults": faults,
    "killed": killed,
    "killedeach": killedeach,
    "containerdkilled": containerdkilled,
    "slow": slow,
    "credentials": credentials,
    "proxied": proxied,
    "proxykilled": proxykilled,
    "pinned": pinned,
    "full": full,
    "stale": stale,
    "crowded": crowded,
    "served": served,
    "pasttwo": pasttwo,
    "environment": environment,
}


def _seen(node: Node, into: Path) -> None:
    """What an operator could have collected before the upgrade: manifests, records, history."""
    keep(into, "crictl-ps.json", node.listed("ps", "-a"))
    keep(into, "crictl-pods.json", node.listed("pods"))
    shutil.rmtree(into / "manifests", ignore_errors=True)
    shutil.copytree(node.at / "manifests", into / "manifests")


def _hangs(node: Node) -> None:
    main = node.unit("containerd", "MainPID")
    node.ask("kill", "-STOP", main)
    time.sleep(12)
    node.ask("kill", "-CONT", main)


def _comes_later(node: Node) -> None:
    node.ask("systemctl", "stop", "kubelet")
    node.ask("systemctl", "stop", "containerd")
    node.ask("systemctl", "start", "--no-block", "kubelet")
    time.sleep(6)
    node.ask("systemctl", "start", "containerd")


def _cannot_start(play: Play) -> None:
    """The newer one is in place, held for, and dies of a flag; then the old one comes back."""
    node = play.node
    node.ask("systemctl", "stop", "kubelet")
    node.put(play.old)
    node.flags("s#--v=2#--v=2 --no-such-flag#")
    node.ask("systemctl", "start", "--no-block", "kubelet")
    time.sleep(15)
    node.ask("systemctl", "stop", "kubelet")
    node.flags("s# --no-such-flag##")
    node.put(play.new)
    node.ask("systemctl", "start", "--no-block", "kubelet")


def _does_not_come_back(play: Play) -> None:
    """containerd's unit does not start any more, for what neither its files nor its configuration show."""
    node = play.node
    node.ask("systemctl", "stop", "kubelet")
    node.put(play.old)
    node.write(_BROKEN, "")
    node.ask("systemctl", "start", "--no-block", "kubelet")
    answers = node.up()
    play.steps["while it is broken"] = {"answers": answers is not None, **_units(node)}


def _mended(play: Play) -> None:
    """Its unit is started while the stand-in has its directories: it waits for them, and has them once that is stopped."""
    node = play.node
    node.up()
    node.ask("rm", _BROKEN)
    node.ask("systemctl", "start", "--no-block", "containerd")
    time.sleep(10)
    play.steps["mended, the stand-in still there"] = _units(node)
    node.ask("systemctl", "stop", STAND_IN)
    node.ask("systemctl", "start", "containerd")
    play.steps["mended"] = _units(node)


def _units(node: Node) -> dict[str, str]:
    return {unit: node.unit(unit, "ActiveState") for unit in ("containerd", STAND_IN, "kubelet")}


def _killed_and_dead(play: Play) -> None:
    """The newer kubelet is in place and dies of a flag; hold is killed in the middle of writing, and the flag is taken away meanwhile."""
    node = play.node
    node.ask("systemctl", "stop", "kubelet")
    node.put(play.new)
    node.flags("s#--v=2#--v=2 --no-such-flag#")
    play.steps["killed"] = {"killed": killed_at(node, "20 still", "--starting")[0]}
    node.flags("s# --no-such-flag##")


def _known_to_nobody(node: Node) -> None:
    """No API server, no copy of its pods, no history of kubelets."""
    node.run("systemctl", "stop", "kube-apiserver")
    node.ask("rm", "-f", f"{HOLD}/pods.json", f"{HOLD}/node.json")
    node.ask("mv", "/var/lib/upgradecheck/checkpoint", "/var/lib/upgradecheck/checkpoint.away")


def _proxy_killed(node: Node) -> None:
    """As soon as hold is there; systemd starts another one."""
    _held_back(node)
    node.ask("kill", "-KILL", node.unit("upgradecheck-proxy", "MainPID"))


def _proxy_away(node: Node) -> None:
    """Stopped as soon as hold is there, and started again 8 s later."""
    _held_back(node)
    node.ask("systemctl", "stop", "upgradecheck-proxy")
    time.sleep(8)
    node.ask("systemctl", "start", "upgradecheck-proxy")


def _held_back(node: Node) -> None:
    """Returns once systemd waits for hold."""
    until = time.monotonic() + 30
    while node.unit("kubelet", "SubState") != "start-pre" and time.monotonic() < until:
        pass


def _lines(node: Node, kind: str = "") -> int:
    return int(node.run("sh", "-c", f"cat {JOURNALS}/*.journal 2>/dev/null | grep -c '{kind}'").out or 0)


def _small(node: Node, size: str) -> None:
    """The place of journals is a disk of its own, of so much room."""
    node.ask("sh", "-c", f"mkdir -p -m 700 {JOURNALS} && mount -t tmpfs -o size={size},mode=700 lab {JOURNALS}")


def _filled(node: Node) -> None:
    """Somebody else fills that disk once some lines of a journal stand."""
    until = time.monotonic() + 60
    while _lines(node) < 4 and time.monotonic() < until:
        pass
    node.run("sh", "-c", f"cat /dev/zero > {JOURNALS}/of-somebody-else")


def _patched(node: Node) -> None:
    """The kubelet's stop keeps a copy; then an image is changed, and hold finds no server."""
    node.ask("systemctl", "stop", "kubelet")
    path = "/api/v1/namespaces/default/pods/edited"
    change = json.dumps({"spec": {"containers": [{"name": "edited", "image": OTHER_IMAGE}]}})
    kind = "Content-Type: application/strategic-merge-patch+json"
    asked = ("curl", "-sk", "--fail", "-X", "PATCH", "-H", f"Authorization: Bearer {TOKEN}", "-H", kind, "-d", change, f"{URL}{path}")
    node.ask(*asked)
    node.ask("systemctl", "stop", "kube-apiserver")
    node.ask("systemctl", "start", "--no-block", "kubelet")
    node.up(90)
    node.ask("systemctl", "start", "kube-apiserver")
    time.sleep(20)


def _both(node: Node) -> None:
    node.ask("systemctl", "restart", "containerd", "kubelet")
