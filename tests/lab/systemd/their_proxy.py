"""``override proxy`` on nodes as distributions have them: its unit as it is printed there, the kubelet pointed at it in their way, up and back.

Where containerd ends with the kubelet's unit, the proxy stands meanwhile without a runtime behind it.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.lab import run
from tests.lab.containerd.crictl import crictl
from tests.lab.containerd.playing import MANIFESTS
from tests.lab.containerd.seen import DISTURBED, foretold
from tests.lab.systemd import units
from tests.lab.systemd.alone import NEW, OLD, PLAN, TheirNode, planned, told
from tests.lab.systemd.distributions import IMITATED
from tests.lab.systemd.node import PROGRAM, ended, refusal, started

_ARGUMENT = f"container-runtime-endpoint=unix://{units.PROXY}"
_LISTED = f'kubelet-arg: ["{_ARGUMENT}"]\n'
_POINTED: Mapping[str, str] = {
    "k3s": f"mkdir -p /etc/rancher/k3s && echo '{_LISTED.strip()}' > /etc/rancher/k3s/config.yaml",
    "rke2": f"mkdir -p /etc/rancher/rke2 && echo '{_LISTED.strip()}' > /etc/rancher/rke2/config.yaml",
    "k0s": f"sed -i 's#k0s worker#k0s worker --kubelet-extra-args=--{_ARGUMENT}#' {units.AT}/k0sworker.service",
    "canonical": f"sed -i 's#--container-runtime-endpoint=[^ ]*#--{_ARGUMENT}#' /var/snap/k8s/common/args/kubelet",
    "microk8s": f"sed -i 's#--container-runtime-endpoint=[^ ]*#--{_ARGUMENT}#' /var/snap/microk8s/current/args/kubelet",
}
"""How each kubelet is pointed at the proxy, as its unit says."""
_AWAY: Mapping[str, str] = {
    "k3s": "rm /etc/rancher/k3s/config.yaml",
    "rke2": "rm /etc/rancher/rke2/config.yaml",
    "k0s": f"sed -i 's# --kubelet-extra-args=[^ ]*##' {units.AT}/k0sworker.service",
    "canonical": "sed -i 's#{proxy}#{socket}#' /var/snap/k8s/common/args/kubelet",
    "microk8s": "sed -i 's#{proxy}#{socket}#' /var/snap/microk8s/current/args/kubelet",
}


def main() -> int:
    """Exit codes: 0 as foretold, 2 not, 1 it cannot be played here."""
    asked = argparse.ArgumentParser(prog="python -m tests.lab.systemd.their_proxy")
    asked.add_argument("--like", choices=sorted(IMITATED), default="k3s")
    asked.add_argument("--keep", type=Path, metavar="DIR")
    given = asked.parse_args()
    run.exit_on_sigterm()
    problem = refusal(OLD, NEW)
    if problem:
        print(problem, file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="upgradecheck-scene-") as unkept:
        into = (given.keep or Path(unkept)).absolute()
        play(into, given.like)
        wrong = 0
        for what, found, wanted in findings(into, given.like):
            wrong += found != wanted
            print(f"{what}: {found}" if found == wanted else f"WRONG {what}: {found}, expected {wanted}")
        return 2 if wrong else 0


def play(into: Path, name: str) -> None:
    """Up by the proxy, and back without it; what was seen is kept however it ends."""
    into.mkdir(parents=True, exist_ok=True)
    steps: dict[str, Any] = {}
    try:
        with started(OLD, MANIFESTS, (OLD, NEW), crictl=crictl()) as plain:
            node = TheirNode(plain, IMITATED[name])
            planned(node, into, steps)
            _there_and_back(node, name, steps)
    finally:
        (into / "steps.json").write_text(json.dumps(steps, indent=1))


def _there_and_back(node: TheirNode, name: str, steps: dict[str, Any]) -> None:
    where = ("--listen", units.PROXY, "--upstream", node.like.socket, "--map", PLAN)
    printed = node.upgradecheck("override", "proxy", *where, "--print-unit")
    steps["unit"] = told(replace(printed, out=printed.out.replace(str(PROGRAM), "upgradecheck")))  # where it stands is this machine's
    node.write(f"{units.AT}/upgradecheck-proxy.service", printed.out)
    node.ask("systemctl", "daemon-reload")
    node.ask("systemctl", "enable", "--now", "upgradecheck-proxy")
    proxy, before = node.unit("upgradecheck-proxy", "MainPID"), node.running()
    steps["stopped"] = node.stops()
    node.ask("sh", "-c", _POINTED[name])
    node.ask("systemctl", "daemon-reload")
    node.put(NEW)
    node.starts()
    steps["up"] = {"ran": len(before), "ended": ended(before, node.running()), "connected": _connected(node)}
    before = node.running()
    node.stops()
    node.ask("sh", "-c", _AWAY[name].format(proxy=units.PROXY, socket=node.like.socket))
    node.ask("systemctl", "daemon-reload")
    node.put(OLD)
    node.starts()
    steps["back"] = {"ran": len(before), "ended": ended(before, node.running()), "connected": _connected(node)}
    steps["proxy"] = {"same process": node.unit("upgradecheck-proxy", "MainPID") == proxy}


def _connected(node: TheirNode) -> bool:
    """Whether the kubelet was told the proxy's socket."""
    return units.PROXY in node.run("sh", "-c", "for one in $(pgrep -x 'kubelet|kubelite'); do tr '\\0' ' ' < /proc/$one/cmdline; done").out


def findings(into: Path, name: str) -> list[tuple[str, Any, Any]]:
    """What a kept folder shows: each with what it should be."""
    like = IMITATED[name]
    steps, plan = (json.loads((into / one).read_text()) for one in ("steps.json", "plan.json"))
    unit = "\n".join(steps["unit"]["out"])
    held = foretold(plan, "overridden")
    return [
        ("running containers", steps["up"]["ran"] >= 20, True),
        ("held, and what restarts all the same", (len(held) >= 20, sorted(foretold(plan, *DISTURBED))), (True, [])),
        (
            "its unit names the distribution, and is before its",
            (f"of {like.called or name}" in unit, f"Before={like.unit}.service" in unit),
            (True, True),
        ),
        ("it tells how the kubelet is pointed there", _ARGUMENT in unit, True),
        ("containerd runs once that is stopped", bool(steps["stopped"]["containerd"]), not like.alone),
        ("the kubelet goes through it, and on the way back no more", (steps["up"]["connected"], steps["back"]["connected"]), (True, False)),
        ("ended by the upgrade", steps["up"]["ended"], []),
        ("ended on the way back", steps["back"]["ended"], []),
        ("the proxy is the same process until then", steps["proxy"]["same process"], True),
    ]


if __name__ == "__main__":
    raise SystemExit(main())
