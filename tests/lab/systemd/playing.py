"""What the scenes on a node with systemd share: what is installed, a kubelet that is swapped and watched, and what is kept of it."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tests.lab import run
from tests.lab.containerd.crictl import crictl
from tests.lab.containerd.playing import MANIFESTS
from tests.lab.systemd import units
from tests.lab.systemd.node import SETTLED, Node, ended, started

Json = dict[str, Any]
HOLD, METRICS = "/var/lib/upgradecheck/hold", "/var/lib/upgradecheck/hold.prom"
MAP, JOURNALS = f"{HOLD}/map.json", "/var/lib/upgradecheck/override"


class Step(NamedTuple):
    """The kubelets of a scene: the one to begin with, and the other."""

    old: str = "1.30.14"
    new: str = "1.31.0"


class Play:
    """A scene that is played: each step by its name, as it came out."""

    def __init__(self, node: Node, step: Step) -> None:
        self.node, self.old, self.new = node, step.old, step.new
        self.steps: dict[str, Json] = {}

    def settled(self, seconds: float = SETTLED) -> None:
        """The kubelet that runs has done what it will do."""
        assert self.node.up() is not None, "the kubelet does not answer"
        time.sleep(seconds)

    def grown(self, least: int, at_most: float = 300.0) -> None:
        """Returns when so many containers run."""
        until = time.monotonic() + at_most
        while self.node.count() < least and time.monotonic() < until:
            time.sleep(3)

    def restarted(self, name: str, version: str | None = None, during: Callable[[], None] | None = None, watch: float = SETTLED) -> Json:
        """The kubelet is restarted, as another version if one is named; during: what befalls the node meanwhile, and mends it."""
        node, before = self.node, self.node.running()
        if version is not None:
            node.put(version)
        since = node.ask("date", "+%s.%N")
        done = node.restart() if during is None else _meanwhile(node, during)
        self.settled(watch)
        after = node.running()
        self.steps[name] = {
            **done,
            "said": node.said(since),
            "ran": len(before),
            "ended": ended(before, after),
            "hashes": sum(before[key]["hash"] != after[key]["hash"] for key in before if key in after),
            "containerd_restarts": int(node.unit("containerd", "NRestarts")),
            "kubelet": node.unit("kubelet", "SubState"),
            "journals": node.run("ls", JOURNALS).out.split(),
        }
        return self.steps[name]

    def told(self, name: str, *words: str) -> None:
        """A command of ours, and what it says."""
        said = self.node.upgradecheck(*words)
        self.steps[name] = {"code": said.code, "out": said.out.splitlines(), "err": said.err.splitlines()}

    def keep(self, into: Path) -> None:
        """What was seen, and on what: kubelets, containerd and systemd by their versions."""
        keep(into, "steps.json", self.steps)
        keep(into, "node.json", {"from": self.old, "to": self.new, **self.node.versions()})


def _meanwhile(node: Node, during: Callable[[], None]) -> Json:
    node.ask("systemctl", "restart", "--no-block", "kubelet")
    begun = time.monotonic()
    during()
    answers = node.up(120)
    return {"answers": None if answers is None else round(answers - begun, 2)}


@contextmanager
def played(
    step: Step, *, proxy: bool, api: bool, manifests: Path = MANIFESTS, hold: tuple[str, ...] = (), least: int = 0
) -> Iterator[Play]:
    """A node with pods of the old kubelet, record and hold installed, and the first start, the dry run, behind it; at least so many run."""
    with started(step.old, manifests, step, api=api, crictl=crictl()) as node:
        play = Play(node, step)
        installed(node, proxy=proxy, hold=hold)
        play.settled()
        play.grown(least)
        play.restarted("first start", watch=5)
        yield play


def installed(node: Node, *, proxy: bool, hold: tuple[str, ...] = ()) -> None:
    """What an operator installs, as --print-unit prints it; with a proxy, the kubelet is pointed at it."""
    folder = f"{units.AT}/kubelet.service.d"
    node.write(f"{folder}/50-upgradecheck.conf", _printed(node, "checkpoint", "record", "--print-unit", "--unit", "kubelet"))
    node.write(f"{folder}/60-upgradecheck-hold.conf", _printed(node, "override", "hold", "--print-unit", "--metrics", METRICS, *hold))
    if proxy:
        assert node.upgradecheck("override", "hold", "--first-map").code == 0
        where = ("--listen", units.PROXY, "--upstream", units.CONTAINERD, "--map", MAP)
        node.write(f"{units.AT}/upgradecheck-proxy.service", _printed(node, "override", "proxy", *where, "--print-unit"))
        node.flags(f"s#unix://{units.CONTAINERD}#unix://{units.PROXY}#")
    node.ask("systemctl", "daemon-reload")
    if proxy:
        node.ask("systemctl", "enable", "--now", "upgradecheck-proxy")


def _printed(node: Node, *words: str) -> str:
    said = node.upgradecheck(*words)
    assert said.code == 0, said.err
    return said.out


def pods_made(node: Node) -> list[str]:
    """Pods of the manifests that are kept back are made through the API server, for this node."""
    return node.ask("sh", "-c", f"cd {run.ROOT} && {sys.executable} -m tests.lab.systemd.making").split()


def killed_at(node: Node, mark: str, *more: str) -> list[str]:
    """The kubelet's unit, or containerd, is killed once hold has come to a mark (``killing``): how many and where, and containerd's state."""
    told = node.ask("sh", "-c", f"cd {run.ROOT} && {sys.executable} -m tests.lab.systemd.killing '{mark}' {' '.join(more)}").splitlines()
    assert len(told) == 2, told
    return told


def keep(into: Path, name: str, value: object) -> None:
    """A file of what was seen."""
    into.mkdir(parents=True, exist_ok=True)
    (into / name).write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n")
