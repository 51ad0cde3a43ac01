"""One upgrade on a node that consists of namespaces: `unshare --net --mount --pid … python -m tests.lab.node`.

Started by `run.record`. Being the first process of its own PID namespace, it takes everything it started with it when it ends, however it
ends; mounts and addresses go with the other two namespaces. /var/log and /var/lib are empty there, since kubelets write to fixed
places below them (/var/log/pods, /var/lib/kubelet/device-plugins).
"""

import argparse
import json
import subprocess
import time
from pathlib import Path
from typing import Any

import yaml

from tests.lab import endpoint as cri
from tests.lab import outcomes, standalone
from tests.lab.kubelets import parts
from tests.lab.selecting import ACCIDENTS

ENDING = 1.5
"""Longer than a container with `exit N` runs: no dump shows one half-way, whichever second the kubelet was stopped in."""

SETTLED = {"seconds": 8.0, "at_least": 20.0, "at_most": 240.0}
WATCHED = {"seconds": 15.0, "at_least": 45.0, "at_most": 300.0}
"""When a kubelet counts as done: quiet for this long. Pods are synced every 10 s here, and cleaned up every 2."""


def main() -> None:
    """Records one upgrade into the folder `into`."""
    asked = argparse.ArgumentParser()
    for name in ("--from", "--to"):
        asked.add_argument(name, nargs=2, metavar=("VERSION", "PROGRAM"), required=True)
    for name in ("--cri", "--manifests", "--state", "--into"):
        asked.add_argument(name, type=Path, required=True)
    given = vars(asked.parse_args())
    _furnish()
    record(tuple(given["from"]), tuple(given["to"]), given["cri"], given["manifests"], given["state"], given["into"])


def _furnish() -> None:
    for command in (
        ["ip", "link", "set", "lo", "up"],
        ["ip", "address", "add", f"{standalone.ADDRESS}/32", "dev", "lo"],
        ["ip", "route", "add", "local", "10.244.0.0/16", "dev", "lo"],
        ["mount", "-t", "tmpfs", "lab", "/var/log"],
        ["mount", "-t", "tmpfs", "lab", "/var/lib"],
    ):
        subprocess.run(command, check=True)


def record(old: tuple[str, ...], new: tuple[str, ...], program: Path, manifests: Path, state: Path, into: Path) -> None:
    """Old kubelet, dumps, accidents, new kubelet, and what it did. `old` and `new` are version and program."""
    (state / "plugins").mkdir()
    with cri.started(program, state) as endpoint:
        with standalone.started(old[0], Path(old[1]), endpoint.socket, manifests, state) as kubelet:
            endpoint.wait_until_quiet(**SETTLED)
            before = kubelet.pods()
        time.sleep(ENDING)
        _befall(endpoint, manifests / ACCIDENTS)
        records = endpoint.ask("ps")
        _write(into / "crictl-ps.json", records)
        _write(into / "crictl-pods.json", endpoint.ask("pods"))
        _write(into / "kubelet-pods.json", before)
        _write(into / "nodes.json", outcomes.node(old[0]))
        known = len(endpoint.happened())
        with standalone.started(new[0], Path(new[1]), endpoint.socket, manifests, state) as kubelet:
            endpoint.wait_until_quiet(**WATCHED)
            after, log = kubelet.pods(), kubelet.log.read_text(errors="replace")
        events = endpoint.happened(known)
        found = outcomes.observed((old[0], new[0]), records["containers"], before, after, events, log)
        _write(into / "observed.json", found)
        newer = after if parts(new[0]) >= parts(old[0]) else before
        _write(into / "api-pods.json", as_from_api(newer, before, manifests))


def _befall(endpoint: cri.Endpoint, listed: Path) -> None:
    """Each accident names a pod and, where it is a container's, the container; the rest goes to the endpoint as it stands;
    `rewrite` is the hash that was recorded, written in another way.
    """
    if not listed.exists():
        return
    records = outcomes.latest(endpoint.ask("ps")["containers"])
    hashes = {one["id"]: one["annotations"][outcomes.LABEL + "container.hash"] for one in records}
    containers = {
        (one["labels"][outcomes.LABEL + "pod.name"], one["labels"][outcomes.LABEL + "container.name"]): one["id"] for one in records
    }
    sandboxes = {(one["metadata"]["name"], None): one["id"] for one in endpoint.ask("pods")["items"]}
    for accident in yaml.safe_load(listed.read_text()):
        what = dict(accident)
        pod, container = f"{what.pop('pod')}-{standalone.NODE}", what.pop("container", None)
        identity = (sandboxes if container is None else containers).get((pod, container))
        if identity is None:
            raise RuntimeError(f"{listed}: {pod} {container or ''} is not among the records of the old kubelet")
        if "rewrite" in what:
            recorded = hashes[identity]
            what["value"] = what.pop("rewrite").format(hash=recorded, HASH=recorded.upper())
        endpoint.ask(what.pop("do"), id=identity, **what)


def as_from_api(newer: dict[str, Any], before: dict[str, Any], manifests: Path) -> dict[str, Any]:
    """The pods as an API server of the newer version would have shown them before the step: the newer kubelet's decoding, the old one's status.

    Without the marks of a static pod, and only those with a UID in their manifest: the others' UID, on the way up, is one that nobody
    knows before.
    """
    texts = [yaml.safe_load(path.read_text()) for path in manifests.iterdir() if not path.name.startswith(".")]
    own = {text["metadata"].get("uid") for text in texts if isinstance(text, dict)}
    statuses = {pod["metadata"]["uid"]: pod["status"] for pod in before["items"]}
    pods = []
    for pod in sorted(newer["items"], key=lambda pod: str(pod["metadata"]["name"])):
        uid = pod["metadata"]["uid"]
        if uid in own & statuses.keys():
            metadata = {key: value for key, value in pod["metadata"].items() if key != "annotations"}
            pods.append({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": pod["spec"], "status": statuses[uid]})
    return {"kind": "List", "apiVersion": "v1", "metadata": {"resourceVersion": ""}, "items": pods}


def _write(path: Path, value: dict[str, Any]) -> None:
    """One line per item: small, and a diff still shows which pod."""
    lists = {key: items for key, items in value.items() if isinstance(items, list)}
    head = json.dumps({key: one for key, one in value.items() if key not in lists}, ensure_ascii=False)[1:-1]
    bodies = [f'"{key}": [\n' + ",\n".join(json.dumps(item, ensure_ascii=False) for item in items) + "\n]" for key, items in lists.items()]
    path.write_text("{" + ",\n".join(filter(None, (head, *bodies))) + "}\n")


if __name__ == "__main__":
    main()
