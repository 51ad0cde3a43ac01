"""The scene with `override proxy`: the same upgrade without a restart of the runtime, and a proxy that is killed under the new kubelet.

Old kubelet · stopped, a spec changed, planned · proxy, and the new kubelet at its socket · a sibling dies · the proxy is killed, is away for a
while, and comes back · containerd restarts behind it · the old kubelet again at the runtime's own socket, which needs no undo.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.lab.containerd import holding
from tests.lab.containerd.seen import Finding, ended, kept
from tests.lab.containerd.stage import Stage

AWAY = 20.0
"""Seconds for which there is no proxy: the kubelet looks at its pods every second, and syncs them every ten."""

PROXIED, KILLED, RETURNED, RESTARTED = (f"{when}.json" for when in ("proxied", "proxy-killed", "proxy-returned", "containerd-restarted"))
DAEMONS = "daemons.json"


def play(stage: Stage) -> None:
    """Upgrade and way back."""
    socket, daemon = stage.state / "proxy.sock", stage.daemon.pid
    with stage.kubelet(stage.old):
        holding.under_the_old_kubelet(stage)
    plan = holding.edited_and_planned(stage)
    with contextlib.ExitStack() as until_the_end:
        first = until_the_end.enter_context(_proxy(stage, plan, socket))
        stage.keep(PROXIED, stage.running())
        with stage.kubelet(stage.new, endpoint=socket):
            stage.keep(holding.UPGRADED, stage.running())
            holding.sibling_dies(stage)
            holding.planned_again(stage, plan)
            os.kill(first.pid, signal.SIGKILL)
            first.wait()
            time.sleep(AWAY)
            stage.keep(KILLED, stage.running())
            until_the_end.enter_context(_proxy(stage, plan, socket))
            stage.watch()
            stage.keep(RETURNED, stage.running())
            stage.keep(DAEMONS, [daemon, stage.daemon.pid])
            stage.daemon.restart()
            stage.watch()
            stage.keep(RESTARTED, stage.running())
    stage.keep(holding.UNDONE, stage.running())
    holding.planned_back(stage)
    with stage.kubelet(stage.old):
        stage.keep(holding.DOWNGRADED, stage.running())


def findings(into: Path) -> list[Finding]:
    """What a kept folder shows: each with what it should be."""
    first, last = kept(into, DAEMONS)
    sibling, killed, returned, restarted = (kept(into, when) for when in (holding.SIBLING, KILLED, RETURNED, RESTARTED))
    return [
        *holding.plan_findings(into),
        ("containerd is the same process until then", last == first, True),
        *holding.kubelet_findings(into, PROXIED),
        ("ended while no proxy was there", sorted(ended(sibling, killed)), []),
        ("ended when it came back", sorted(ended(killed, returned)), []),
        ("ended when containerd restarted behind it", sorted(ended(returned, restarted)), []),
    ]


@contextlib.contextmanager
def _proxy(stage: Stage, plan: Path, socket: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A proxy that serves; stopped at the end, if it is still there."""
    places = ("--listen", str(socket), "--upstream", str(stage.daemon.socket), "--map", str(plan))
    with (stage.state / f"proxy-{time.monotonic_ns()}.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "upgradecheck", "override", "proxy", *places], stdout=log, stderr=log)
    try:
        _served(stage, socket, process)
        yield process
    finally:
        process.terminate()
        process.wait(30)


def _served(stage: Stage, socket: Path, process: subprocess.Popen[bytes], at_most: float = 60) -> None:
    """Returns when crictl gets answers there. Raises RuntimeError."""
    until = time.monotonic() + at_most
    while process.poll() is None and time.monotonic() < until:
        with contextlib.suppress(subprocess.CalledProcessError):
            stage.daemon.crictl("version", socket=socket)
            return
        time.sleep(0.2)
    raise RuntimeError(f"the proxy does not serve (exit code {process.poll()})")
