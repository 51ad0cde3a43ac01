"""An API server's gate is switched on under a running kubelet, which is then swapped: what became of the containers, each time.

    python -m tests.lab.switching --from 1.30.14 --to 1.30.14 --keep tests/lab/recorded-switched/1.30.14-to-1.30.14     # 3 minutes, as root

A recorded folder has the dumps of before (`nodes.json`, `api-pods.json`, `crictl-ps.json`, `crictl-pods.json`), and `observed.json`: which of the
containers that ran were stopped when InPlacePodVerticalScaling was switched on, and which when the new kubelet came. Started with --inside, it is
the first process of the node's namespaces, as node.py is.
"""

import argparse
import contextlib
import shutil
import sys
from pathlib import Path
from typing import Any

import yaml

from tests.lab import apiserver, creating, running
from tests.lab import endpoint as cri
from tests.lab.kubelets import API_SERVER, built, kubelet
from tests.lab.node import NODES, SETTLED, WATCHED, furnish, registered, write
from tests.lab.run import NAMESPACES, exit_on_sigterm, lived_through, state_folder

Json = dict[str, Any]
PODS = Path(__file__).parent / "with-switch" / "pods.yaml"
FOLDER = Path(__file__).parent / "recorded-switched"
RUNNING = "CONTAINER_RUNNING"


def record(old: str, new: str, into: Path) -> None:
    """Records it into the folder. Minutes; builds what is not built."""
    into.mkdir(parents=True, exist_ok=True)
    with state_folder() as state:
        command = [
            *NAMESPACES,
            sys.executable,
            "-m",
            "tests.lab.switching",
            "--inside",
            f"--state={state}",
            f"--keep={into}",
            f"--cri={cri.built()}",
        ]
        command += ["--from", old, "--to", new, f"--old={kubelet(old)}", f"--new={kubelet(new)}"]
        command += [f"--etcd={shutil.which('etcd')}", f"--server={built(apiserver.VERSION, API_SERVER)}"]
        lived_through(command, f"{old} -> {new}, switched", state)


def inside(given: argparse.Namespace) -> None:
    """The node's own part."""
    furnish()
    (given.state / "plugins").mkdir()
    (given.state / "static").mkdir()
    with cri.started(given.cri, given.state) as endpoint:
        with apiserver.started(given.etcd, given.server, given.state, resize=False) as server:
            setting = running.Setting(
                endpoint.socket, given.state / "static", given.state, server.kubeconfig, cgroup_root=given.cgroup_root
            )
            kept = contextlib.ExitStack()
            kept.enter_context(running.started(given.start, given.old, setting))
            registered(server, ())
            for pod in yaml.safe_load_all(PODS.read_text()):
                server.create("/api/v1/namespaces/default/pods", creating.as_created(pod))
            endpoint.wait_until_quiet(**SETTLED)
            server.wait_until_still(creating.PODS)
            before = _dumped(endpoint, server, given.keep)
        with kept, apiserver.started(given.etcd, given.server, given.state, resize=True) as server:
            endpoint.wait_until_quiet(**WATCHED)
            server.wait_until_still(creating.PODS, at_most=45)
            switched = _running(endpoint)
            write(given.keep / "api-pods-switched.json", server.shown(creating.PODS))
            kept.close()
            with running.started(given.target, given.new, setting):
                endpoint.wait_until_quiet(**WATCHED)
                server.wait_until_still(creating.PODS, at_most=45)
                upgraded = _running(endpoint)
    observed = {"from": given.start, "to": given.target, "api": apiserver.VERSION}
    write(given.keep / "observed.json", {**observed, "switched": _stopped(before, switched), "upgraded": _stopped(switched, upgraded)})


def _dumped(endpoint: cri.Endpoint, server: apiserver.ApiServer, into: Path) -> dict[str, list[str]]:
    write(into / "crictl-ps.json", endpoint.ask("ps"))
    write(into / "crictl-pods.json", endpoint.ask("pods"))
    write(into / "nodes.json", server.shown(NODES))
    write(into / "api-pods.json", server.shown(creating.PODS))
    return _running(endpoint)


def _running(endpoint: cri.Endpoint) -> dict[str, list[str]]:
    """By its ID, the pod and name of each container that runs."""
    found = endpoint.ask("ps")["containers"]
    return {
        one["id"]: [one["labels"]["io.kubernetes.pod.name"], one["labels"]["io.kubernetes.container.name"]]
        for one in found
        if one["state"] == RUNNING
    }


def _stopped(before: dict[str, list[str]], after: dict[str, list[str]]) -> list[list[str]]:
    return sorted(name for identity, name in before.items() if identity not in after)


def main() -> None:
    """From outside, or from inside."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--inside", action="store_true")
    asked.add_argument("--from", dest="start", required=True)
    asked.add_argument("--to", dest="target", required=True)
    asked.add_argument("--keep", type=Path, required=True)
    for name in ("--state", "--cri", "--etcd", "--server", "--old", "--new"):
        asked.add_argument(name, type=Path)
    asked.add_argument("--cgroup-root")
    given = asked.parse_args()
    if given.inside:
        inside(given)
    else:
        exit_on_sigterm()
        record(given.start, given.target, given.keep.resolve())


if __name__ == "__main__":
    main()
