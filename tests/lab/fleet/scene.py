"""What is played in the cluster, and kept of it: agents publish, a plan finds all of it, then what is amiss is named, and then kubelets are upgraded.

Agents and the gate are the pods that deploy/kustomize/gate writes, made by nobody's hand but their owner's, for which the lab stands in: their image,
arguments, environment, mounts, account and limits are the manifest's own.
"""

import argparse
import base64
import calendar
import gzip
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.deploy.kustomized import built
from tests.lab.accounts import what
from tests.lab.fleet import gates
from tests.lab.fleet.cluster import HERE, MAPS, NODES, PODS, SPACE, Cluster, Json, Worker, templates, up
from tests.lab.systemd.inside import MANIFESTS
from tests.lab.systemd.node import SETTLED, ended
from upgradecheck.model.fleet import KEY, KIND, KIND_LABEL

OLD, NEW = "1.30.14", "1.31.0"
AGENT, PLANNER = (f"system:serviceaccount:{SPACE}:upgradecheck-{name}" for name in ("collect", "plan"))
_OURS = f"/api/v1/namespaces/{SPACE}/pods"
_UNMIRRORED = {"apart-{}/probe", "steady-{}/core"}
_METRICS = "/var/lib/node_exporter/textfile_collector"
_HEARTBEATS, _BACK_OFF = 330, 420
"""Seconds: a kubelet that has nothing new to tell writes its Node every five minutes; one that saw a container end again and again lets it
wait as long, and then its agent has to look and to publish."""
_RUNS, _DONE = ("Running",), ("Succeeded", "Failed")


def main() -> None:
    """Plays it; what it keeps is in the folder `into`."""
    asked = argparse.ArgumentParser()
    for name in ("--into", "--state", "--image", "--crictl"):
        asked.add_argument(name, type=Path, required=True)
    asked.add_argument("--nodes", type=int, default=3)
    given = asked.parse_args()
    with up(given.state, given.nodes, OLD, given.image, given.crictl) as cluster:
        Scene(cluster, given.into).play()


class Scene:
    """Each step by its name, as it came out."""

    def __init__(self, cluster: Cluster, into: Path) -> None:
        self.cluster, self.into, self.server = cluster, into, cluster.server
        self.agents = next(one for one in self._owned("daemonsets", "apps") if one["metadata"]["name"] == "upgradecheck-collect")
        self.planner = cluster.config(cluster.token("upgradecheck-plan"), "planner")
        self.plans: dict[str, Json] = {}

    def play(self) -> None:
        """All of it."""
        self._filled()
        self.plan("whole", to=NEW)
        self._told("here")
        self._ran("gate", "cronjobs", "upgradecheck-plan")
        self._ran("once", "jobs", "upgradecheck-once")
        self._opened()
        self._amiss()
        self._unmirrored()
        self._watched("before")
        self._upgraded()
        self._watched("after")
        self._keep("histories", {worker.name: self._history(worker) for worker in self.cluster.workers[:-1]})
        self._keep("plans", {name: {**one, "plan": _short(one["plan"])} for name, one in self.plans.items()})
        self._keep("audit", {user: self._asked(user) for user in (AGENT, PLANNER)})
        self._held(self.cluster.workers[-1])

    def plan(self, name: str, *more: str, to: str) -> Json:
        """What a plan of the fleet says now, made with the planner's own token."""
        path = self.cluster.at / "plan.json"
        words = ["plan", "--fleet", "--to", to, "--kubeconfig", self.planner, "-q", "-o", f"json={path}", *more]
        done = subprocess.run([sys.executable, "-m", "upgradecheck", *words], capture_output=True, text=True, check=False, timeout=120)
        assert path.exists(), f"exit code {done.returncode}: {done.stderr}"
        plan = json.loads(path.read_text())
        path.unlink()
        self.plans[name] = {"code": done.returncode, "arguments": ["--to", to, *more], "plan": plan}
        return self.plans[name]

    def _filled(self) -> None:
        """Pods of the cluster, and the agents; each node's own pods and bundle are there then."""
        for worker in self.cluster.workers:
            self.cluster.until(f"{worker.name} is ready", lambda worker=worker: self._ready(worker))
            for pod in templates():
                metadata = {**pod["metadata"], "name": f"{pod['metadata']['name']}-{worker.number}"}
                spec = {**pod["spec"], "nodeName": worker.name}
                self.server.create("/api/v1/namespaces/default/pods", {**pod, "metadata": metadata, "spec": spec})
        self.cluster.until("pods run", self._all_run)
        for worker in self.cluster.workers:
            self._agent(worker)
        self.cluster.until("pods run, agents too", self._all_run)
        self.cluster.until("bundles are published", lambda: self._maps() >= {f"bundle-0.{one.name}" for one in self.cluster.workers})
        self.cluster.until("statuses are told", self._all_ready)
        # what they published first lacks the agents themselves, as they were the first thing that they saw of their nodes
        for worker in self.cluster.workers:
            self._again(worker)

    def _agent(self, worker: Worker) -> None:
        self.cluster.bound(self.agents["spec"]["template"], self.agents, worker, f"upgradecheck-collect-{worker.number}")

    def _again(self, worker: Worker) -> None:
        """The node's bundle goes, and its agent begins anew, so that another one comes."""
        self.cluster.delete(f"{MAPS}/bundle-0.{worker.name}")
        self._kill_agent(worker)
        self.cluster.until(f"{worker.name} is published again", lambda: f"bundle-0.{worker.name}" in self._maps())

    def _kill_agent(self, worker: Worker) -> None:
        """Its container, which its kubelet starts again."""
        (agent,) = (one for one in worker.node.running().values() if one["name"] == "collect")
        worker.node.ask("kill", str(agent["pid"]))

    def _ready(self, worker: Worker) -> bool:
        found = [one for one in self.server.get(NODES)["items"] if one["metadata"]["name"] == worker.name]
        return any(one["type"] == "Ready" and one["status"] == "True" for node in found for one in node["status"].get("conditions") or ())

    def _all_run(self) -> bool:
        pods = self.server.get(PODS)["items"]
        return len(pods) >= 2 * len(self.cluster.workers) and all(one["status"].get("phase") in _RUNS for one in pods)

    def _all_ready(self) -> bool:
        statuses = [status for pod in self.server.get(PODS)["items"] for status in pod["status"].get("containerStatuses") or ()]
        return all("running" in one["state"] for one in statuses)

    def _maps(self) -> set[str]:
        return {one["metadata"]["name"] for one in self.server.get(MAPS)["items"]}

    def _owned(self, resource: str, group: str) -> list[Json]:
        found = self.server.get(f"/apis/{group}/v1/namespaces/{SPACE}/{resource}")
        kind = found["kind"].removesuffix("List")
        return [{"apiVersion": found["apiVersion"], "kind": kind, **one} for one in found["items"]]

    def _seen(self) -> Json:
        """What a planner's lists give now."""
        labelled = [one for one in self.server.get(MAPS)["items"] if (one["metadata"].get("labels") or {}).get(KIND_LABEL) == KIND]
        found: Json = {"pods": self.server.get(PODS)["items"], "nodes": self.server.get(NODES)["items"], "maps": labelled}
        for one in (one for items in found.values() for one in items):
            one["metadata"].pop("managedFields", None)
        return {**found, "now": int(time.time())}

    def _ran(self, kept: str, resource: str, name: str) -> None:
        """The pod of a Job, or of a CronJob's, as its controller makes it, on the first node."""
        (owner,) = (one for one in self._owned(resource, "batch") if one["metadata"]["name"] == name)
        template, worker = owner["spec"].get("jobTemplate", owner)["spec"]["template"], self.cluster.workers[0]
        self.cluster.bound(template, owner, worker, f"{name}-1")
        path = f"{_OURS}/{name}-1"
        self.cluster.until(f"{name} has spoken", lambda: self.server.get(path)["status"].get("phase") in _DONE)
        pod = self.server.get(path)
        said = worker.node.ask("sh", "-c", f"cat /var/log/pods/{SPACE}_{name}-1_*/plan/*.log")
        lines = [line.split(" ", 3)[3] for line in said.splitlines() if line.count(" ") > 2]
        self._keep(kept, {"state": pod["status"]["containerStatuses"][0]["state"], "phase": pod["status"]["phase"], "said": lines})
        self.cluster.delete(path)
        worker.node.run("sh", "-c", "sleep 2")

    def _watched(self, when: str) -> None:
        """The pod of the CronJob of deploy/kustomize/watch, for the kubelet that comes, on the first node: what it leaves for Prometheus."""
        owner, worker = next(one for one in self._owned("cronjobs", "batch")), self.cluster.workers[0]
        (watch,) = (one for one in built("watch") if one["kind"] == "CronJob")
        template = watch["spec"]["jobTemplate"]["spec"]["template"]
        self.server.patch(f"{NODES}/{worker.name}", {"metadata": {"labels": template["spec"]["nodeSelector"]}})
        time.sleep(3)  # its kubelet has to know
        template["spec"]["containers"][0]["env"] = [{"name": "UPGRADECHECK_TO", "value": NEW}]
        self.cluster.bound(template, owner, worker, "upgradecheck-watch")
        path = f"{_OURS}/upgradecheck-watch"
        self.cluster.until("the watch has looked", lambda: self.server.get(path)["status"].get("phase") in _DONE)
        metrics = {name: worker.node.read(f"{_METRICS}/{name}.prom").splitlines() for name in ("upgradecheck", "upgradecheck-verified")}
        self._keep(f"watched-{when}", {"ended": gates.outcome(self.server.get(path)), "metrics": metrics})
        self.cluster.delete(path)
        worker.node.run("sh", "-c", "sleep 2")

    def _opened(self) -> None:
        """The gates of the examples, each as it stands there, and of an upgrade that changes nothing; on the first node, one after the other."""
        authority = (self.cluster.at / "apiserver-pki" / "apiserver.crt").read_bytes()
        for thing in gates.around(json.loads(Path(self.planner).read_text()), authority):
            self.cluster.apply(thing)
        seen: Json = {}
        for made in (gate() for gate in gates.GATES):
            name, place = made["metadata"]["name"], f"/api/v1/namespaces/{made['metadata']['namespace']}/pods"
            made["spec"]["nodeName"] = self.cluster.workers[0].name
            for version in ("1.31.4", OLD):
                self.server.create(place, gates.to(made, version))
                self.cluster.until(f"{name} has ended", lambda at=f"{place}/{name}": self.server.get(at)["status"].get("phase") in _DONE)
                seen.setdefault(name, {})[version] = gates.outcome(self.server.get(f"{place}/{name}"))
                self.cluster.delete(f"{place}/{name}")
                time.sleep(2)
        self._keep("gates", seen)

    def _amiss(self) -> None:
        """One thing after the other, each mended before the next, but for the last."""
        first, second, *_, last = self.cluster.workers
        place = f"{MAPS}/bundle-0.{first.name}"
        data = self.server.get(place)["binaryData"]
        broken = base64.b64encode(base64.b64decode(data[KEY])[:-9]).decode()
        self.server.patch(place, {"binaryData": {KEY: broken}})
        self._told("corrupted")
        self.server.patch(place, {"binaryData": data})
        self.server.create(MAPS, {"metadata": {"name": "theirs", "labels": {KIND_LABEL: KIND}}, "data": {"a": "b"}})
        self._told("foreign")
        self.cluster.delete(f"{MAPS}/theirs")
        self._old(second)
        self.cluster.delete(f"{NODES}/{last.name}")
        self._told("removed")

    def _old(self, old: Worker) -> None:
        """All other nodes publish again; that one's bundle has grown older than is asked for."""
        collected = self.server.get(f"{MAPS}/bundle-0.{old.name}")["metadata"]["annotations"]["upgradecheck.io/collected-at"]
        time.sleep(15)
        for worker in self.cluster.workers:
            if worker is not old:
                self._again(worker)
        self._told("old", "--max-bundle-age", f"{_seconds_since(collected) - 3}s")

    def _told(self, name: str, *more: str, to: str = OLD) -> None:
        self.plan(name, *more, to=to)
        self._keep(f"seen-{name}", self._seen())

    def _unmirrored(self) -> None:
        """Static pods that no API server knows come to every node; their agents tell of them, and of their manifests."""
        workers = self.cluster.workers[:-1]
        for worker in workers:
            for manifest in sorted((HERE / "unmirrored").iterdir()):
                worker.node.write(MANIFESTS / manifest.name, manifest.read_text())
        for worker in workers:
            self.cluster.until(f"{worker.name} runs them", lambda worker=worker: self._run_there(worker))
            self._again(worker)
        self._told("unmirrored", to=NEW)
        self.plan("unmirrored-here", to=OLD)

    def _run_there(self, worker: Worker) -> bool:
        return {one.format(worker.name) for one in _UNMIRRORED} <= set(_named(worker.node.running()))

    def _upgraded(self) -> None:
        """Every node that the plan is of gets the new kubelet, and what ended there is kept beside what was foretold."""
        workers = self.cluster.workers[:-1]
        with ThreadPoolExecutor(len(workers)) as each:
            self._keep("ended", dict(each.map(_swapped, workers)))

    def _history(self, worker: Worker) -> list[Json]:
        """Which kubelets a node's agent has published, once it knows of the new one.

        The agent looks when it begins, and then every ten minutes; the upgrade itself may have ended it, before the Node told of the new
        kubelet. So it is ended once more, when it could learn of it, and its kubelet is given the time that it lets it wait.
        """

        def told() -> list[Json]:
            data = self.server.get(f"{MAPS}/bundle-0.{worker.name}")["binaryData"][KEY]
            return list(json.loads(gzip.decompress(base64.b64decode(data)))["polled"]["history"])

        def agents() -> list[Json]:
            return [one for one in worker.node.running().values() if one["name"] == "collect"]

        self.cluster.until(f"{worker.name} tells of its new kubelet", lambda: self._told_by_new(worker), at_most=_HEARTBEATS)
        self.cluster.until(f"{worker.name}'s agent runs", agents, at_most=_BACK_OFF)
        if len(told()) == 1:
            self._kill_agent(worker)
        self.cluster.until(f"{worker.name}'s agent has seen the new kubelet", lambda: len(told()) > 1, at_most=_BACK_OFF)
        return told()

    def _told_by_new(self, worker: Worker) -> bool:
        """Whether the Node was written by the kubelet that runs now, as its agent tells that: half a second after the start, or later."""
        node = next(one for one in self.server.get(NODES)["items"] if one["metadata"]["name"] == worker.name)
        written = max(_seconds_of(one["lastHeartbeatTime"]) for one in node["status"]["conditions"])
        ticks = int(worker.node.ask("sh", "-c", "cat /proc/$(pidof kubelet)/stat").rpartition(") ")[2].split()[19])
        began = time.time() - float(Path("/proc/uptime").read_text().split()[0]) + ticks / os.sysconf("SC_CLK_TCK")
        return node["status"]["nodeInfo"]["kubeletVersion"] == f"v{NEW}" and written >= began + 0.6

    def _held(self, worker: Worker) -> None:
        """What a node's pod of the DaemonSet upgradecheck-units puts there runs at its kubelet's next starts, the last of them an upgrade."""
        node = worker.node
        node.restart()  # its Node is gone: it makes itself known anew
        self.cluster.until(f"{worker.name} is ready again", lambda: self._ready(worker))
        (units,) = (one for one in self._owned("daemonsets", "apps") if one["metadata"]["name"] == "upgradecheck-units")
        node.ask("sh", "-c", f"mkdir -p {node.at}/opt /opt/upgradecheck && mount --bind {node.at}/opt /opt/upgradecheck")
        self.cluster.bound(units["spec"]["template"], units, worker, f"upgradecheck-units-{worker.number}")
        self.cluster.until("the drop-ins count", lambda: "60-upgradecheck-hold" in node.unit("kubelet.service", "DropInPaths"))
        seen = {"first": node.restart(), "drop-ins": node.unit("kubelet.service", "DropInPaths").split()}
        time.sleep(5)
        before = node.running()
        node.put(NEW)
        seen["upgrade"] = node.restart()
        time.sleep(SETTLED)
        after = node.running()
        history = json.loads(node.ask("/opt/upgradecheck/bin/upgradecheck", "checkpoint", "show", "-o", "json"))
        seen |= {"before": _named(before), "ended": ended(before, after), "history": history}
        self._keep("held", seen)

    def _asked(self, user: str) -> Json:
        events = self.cluster.audit.asked_by(user)
        told: dict[str, list[int]] = {}
        for event in events:
            told.setdefault(what(event), []).append(event["responseStatus"]["code"])
        nodes = {event["user"]["extra"]["authentication.kubernetes.io/node-name"][0] for event in events if "extra" in event["user"] and "authentication.kubernetes.io/node-name" in event["user"]["extra"]}  # fmt: skip
        wrote = {f"{event['objectRef']['namespace']}/{event['objectRef']['name']}" for event in events if event["verb"] == "patch"}
        return {"asked": {key: sorted(set(codes)) for key, codes in sorted(told.items())}, "nodes": sorted(nodes), "wrote": sorted(wrote)}

    def _keep(self, name: str, value: Any) -> None:
        (self.into / f"{name}.json").write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n")


def _short(plan: Json) -> Json:
    """What of a plan is compared when it is made again."""
    names = ("complete", "exit_code", "calibration", "coverage", "summary", "nodes")
    return {**{name: plan[name] for name in names}, "containers": told_of(plan)}


def told_of(plan: Json) -> list[list[Any]]:
    """Of each container where it is, what is said of it, and why."""
    return sorted(
        [
            pod["node"] or "",
            pod["name"],
            one["name"],
            one["verdict"],
            one["reason"],
            one["evidence"]["grade"],
            one["computed"]["from"] or "",
        ]
        for pod in plan["pods"]
        for one in pod["containers"]
    )


def _swapped(worker: Worker) -> tuple[str, list[str]]:
    before = worker.node.running()
    worker.node.put(NEW)
    worker.node.restart()
    time.sleep(SETTLED)
    return worker.name, ended(before, worker.node.running())


def _named(running: dict[str, Json]) -> list[str]:
    return sorted(f"{one['pod']}/{one['name']}" for one in running.values())


def _seconds_since(told: str) -> int:
    return int(time.time() - _seconds_of(told))


def _seconds_of(told: str) -> int:
    return calendar.timegm(time.strptime(told, "%Y-%m-%dT%H:%M:%SZ"))


if __name__ == "__main__":
    main()
