"""One upgrade on a node that consists of namespaces: `unshare --net --mount --pid … python -m tests.lab.node`.

Started by `run.record`. Being the first process of its own PID namespace, it takes everything it started with it when it ends, however it
ends; mounts and addresses go with the other two namespaces. /var/log and /var/lib are empty there, since kubelets write to fixed
places below them (/var/log/pods, /var/lib/kubelet/device-plugins).
"""

import argparse
import contextlib
import json
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.lab import accidents, apiserver, creating, devices, nodes, outcomes, running
from tests.lab import endpoint as cri
from tests.lab.kubelets import parts
from tests.lab.selecting import ACCIDENTS

ENDING = 1.5
"""Longer than a container with `exit N` runs: no dump shows one half-way, whichever second the kubelet was stopped in."""

SETTLED = {"seconds": 8.0, "at_least": 20.0, "at_most": 240.0}
WATCHED = {"seconds": 15.0, "at_least": 45.0, "at_most": 300.0}
"""When a kubelet counts as done: quiet for this long. Pods are synced every 10 s here, and cleaned up every 2."""

FIRST_WITH_RESIZE_POLICY = 27
NODES = "/api/v1/nodes"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What is swapped and on what.

    `old` and `new` are version and program, as is `creator`, the kubelet that created the pods if that was not `old`; `etcd`, `server` and
    `created` are there only with an API server.
    """

    old: tuple[str, Path]
    new: tuple[str, Path]
    cri: Path
    manifests: Path
    state: Path
    into: Path
    etcd: Path | None = None
    server: Path | None = None
    created: Path | None = None
    cgroup_root: str | None = None
    creator: tuple[str, Path] | None = None


def main() -> None:
    """Records one upgrade into the folder `into`."""
    asked = argparse.ArgumentParser()
    for name in ("--from", "--to"):
        asked.add_argument(name, nargs=2, metavar=("VERSION", "PROGRAM"), required=True)
    asked.add_argument("--created-by", nargs=2, metavar=("VERSION", "PROGRAM"))
    for name in ("--cri", "--manifests", "--state", "--into"):
        asked.add_argument(name, type=Path, required=True)
    for name in ("--etcd", "--server", "--created"):
        asked.add_argument(name, type=Path)
    asked.add_argument("--cgroup-root")
    given = vars(asked.parse_args())
    old, new = ((version, Path(program)) for version, program in (given.pop("from"), given.pop("to")))
    created_by = given.pop("created_by")
    creator = (created_by[0], Path(created_by[1])) if created_by else None
    furnish()
    record(Upgrade(old, new, creator=creator, **given))


def furnish() -> None:
    """Addresses, and empty folders in the places that kubelets write to."""
    for command in (
        ["ip", "link", "set", "lo", "up"],
        ["ip", "address", "add", f"{running.ADDRESS}/32", "dev", "lo"],
        ["ip", "route", "add", "local", "10.244.0.0/16", "dev", "lo"],
        ["mount", "-t", "tmpfs", "lab", "/var/log"],
        ["mount", "-t", "tmpfs", "lab", "/var/lib"],
    ):
        subprocess.run(command, check=True)


def record(upgrade: Upgrade) -> None:
    """Old kubelet, accidents, dumps, new kubelet, and what it did."""
    (upgrade.state / "plugins").mkdir()
    befalls = accidents.listed(upgrade.manifests / ACCIDENTS)
    node = accidents.to_the_node(befalls)
    with contextlib.ExitStack() as until_the_end:
        endpoint = until_the_end.enter_context(cri.started(upgrade.cri, upgrade.state))
        server = _server(upgrade, until_the_end)
        setting = running.Setting(
            endpoint=endpoint.socket,
            manifests=upgrade.manifests,
            at=upgrade.state,
            kubeconfig=server.kubeconfig if server else None,
            cgroup_root=upgrade.cgroup_root,
        )
        before = _settled(upgrade, setting, endpoint, server, node)
        time.sleep(ENDING)
        accidents.to_the_records(befalls, endpoint)
        accidents.to_the_manifests(befalls, upgrade.manifests)
        if server is not None and accidents.to_the_server(befalls, server):
            write(upgrade.into / "config-maps.json", server.shown(creating.CONFIG_MAPS))
        story = _dumped(upgrade, node, before, endpoint, server)
        setting = replace(setting, labels=node.labels, reserved_cpu=nodes.reserved(node))
        seen = outcomes.observed(_watched(upgrade, setting, story, endpoint, server))
        write(upgrade.into / "observed.json", {**seen, "directory": str(upgrade.manifests)})


def _server(upgrade: Upgrade, until_the_end: contextlib.ExitStack) -> apiserver.ApiServer | None:
    if upgrade.etcd is None or upgrade.server is None:
        return None
    resize = min(parts(version)[0] for version, _ in (upgrade.old, upgrade.new)) >= FIRST_WITH_RESIZE_POLICY
    return until_the_end.enter_context(apiserver.started(upgrade.etcd, upgrade.server, upgrade.state, resize=resize))


def _settled(
    upgrade: Upgrade, setting: running.Setting, endpoint: cri.Endpoint, server: apiserver.ApiServer | None, node: accidents.Node
) -> Json:
    """The old kubelet's `/pods` when all that it is given runs; it is stopped then."""
    with contextlib.ExitStack() as longer, running.started(*(upgrade.creator or upgrade.old), setting) as kubelet:
        for resource, number in node.devices.items():
            longer.enter_context(devices.offered(resource, number))
        _given_pods(upgrade, endpoint, server, node)
        if upgrade.creator is None:
            return kubelet.pods()
    with running.started(*upgrade.old, setting) as kubelet:
        endpoint.wait_until_quiet(**WATCHED)
        if server is not None:
            server.wait_until_still(creating.PODS)
        return kubelet.pods()


def _given_pods(upgrade: Upgrade, endpoint: cri.Endpoint, server: apiserver.ApiServer | None, node: accidents.Node) -> None:
    """Returns when the kubelet has started all that it will; static pods it finds by itself."""
    if server is None or upgrade.created is None:
        endpoint.wait_until_quiet(**SETTLED)
        return
    registered(server, node.devices)
    pods = creating.all_of(upgrade.created, server)
    endpoint.wait_until_quiet(**SETTLED)
    if creating.debugged(pods, server):
        endpoint.wait_until_quiet(**SETTLED)
    server.wait_until_still(creating.PODS)


def registered(server: apiserver.ApiServer, resources: Iterable[str], at_most: float = 120) -> None:
    """Returns when the node is ready and says how much disk it has, and these resources: until then, early pods that ask for some are refused."""
    until = time.monotonic() + at_most
    while not any(_is_ready(node, resources) for node in server.get(NODES)["items"]):
        if time.monotonic() > until:
            raise TimeoutError(f"the kubelet did not make its node ready within {at_most:.0f} s")
        time.sleep(0.5)


def _is_ready(node: Json, resources: Iterable[str]) -> bool:
    ready = any(one["type"] == "Ready" and one["status"] == "True" for one in node["status"].get("conditions") or ())
    return ready and all(node["status"]["allocatable"].get(name, "0") != "0" for name in ("ephemeral-storage", *resources))


def _dumped(
    upgrade: Upgrade, node: accidents.Node, before: Json, endpoint: cri.Endpoint, server: apiserver.ApiServer | None
) -> outcomes.Story:
    """Writes what an operator can see now, and gives it as the beginning of the story."""
    if server is not None:
        nodes.changed(server, node)
    known = server.shown(creating.PODS) if server else None
    records, sandboxes = endpoint.ask("ps"), endpoint.ask("pods")
    write(upgrade.into / "crictl-ps.json", records)
    write(upgrade.into / "crictl-pods.json", sandboxes)
    write(upgrade.into / "kubelet-pods.json", before)
    write(upgrade.into / "nodes.json", server.shown(NODES) if server else nodes.alone(upgrade.old[0], node))
    if known is not None:
        write(upgrade.into / "api-pods.json", known)
    story = outcomes.Story((upgrade.old[0], upgrade.new[0]), records["containers"], sandboxes["items"], before, known)
    return replace(story, events=endpoint.happened(), creator=upgrade.creator[0] if upgrade.creator else None)


def _watched(
    upgrade: Upgrade, setting: running.Setting, story: outcomes.Story, endpoint: cri.Endpoint, server: apiserver.ApiServer | None
) -> outcomes.Story:
    """The story with its end."""
    with running.started(*upgrade.new, setting) as kubelet:
        endpoint.wait_until_quiet(**WATCHED)
        if server is not None:
            server.wait_until_still(creating.PODS, at_most=45)
        return replace(
            story,
            events=endpoint.happened(len(story.events)),
            after=kubelet.pods(),
            api_after=server.get(creating.PODS) if server else None,
            sandboxes_after=endpoint.ask("pods")["items"],
            log=kubelet.log.read_text(errors="replace"),
        )


def write(path: Path, value: Json) -> None:
    """One line per item: small, and a diff still shows which pod."""
    lists = {key: items for key, items in value.items() if isinstance(items, list)}
    head = json.dumps({key: one for key, one in value.items() if key not in lists}, ensure_ascii=False)[1:-1]
    bodies = [f'"{key}": [\n' + ",\n".join(json.dumps(item, ensure_ascii=False) for item in items) + "\n]" for key, items in lists.items()]
    path.write_text("{" + ",\n".join(filter(None, (head, *bodies))) + "}\n")


if __name__ == "__main__":
    main()
