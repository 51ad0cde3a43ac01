"""Drawn worlds after an upgrade, and the truth of each told by hand: nothing of it is miscounted, whichever dumps show it.

A story is what befell a container; beside it stands what a person who saw it says of a prediction that it stays, stops or is refused.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.builders import as_kubectl
from tests.builders import listed as base_listed
from tests.builders_plan import pod
from tests.drawing import tried
from tests.unit.cli.test_show import trusted
from tests.unit.contract.saved import saved
from tests.unit.verifying.world import BOOT, NEW, OLD, START, plan_of, planned
from upgradecheck.commands.verify import VerifyRequest, make_verification
from upgradecheck.model.plan import Plan, PlannedContainer, Verdict
from upgradecheck.model.reasons import Reason
from upgradecheck.model.times import rfc3339
from upgradecheck.model.verification import Result, Verification

Json = dict[str, Any]
BEFORE, BETWEEN, AFTER = rfc3339(START), rfc3339(START + 60_000_000_000), rfc3339(START + 3_605_000_000_000)
"""When containers were started; when something else was, after the plan and before the upgrade; after the upgrade."""
STAYS, STOPS, REFUSED, OPEN = "stays", "stops", "refused", "open"
PREDICTIONS: Mapping[str, tuple[PlannedContainer, ...]] = {
    STAYS: (
        planned(),
        planned(Verdict.OVERRIDDEN, Reason.HASH_CHANGED, override="in-force"),
        planned(Verdict.NOT_COMPARED, Reason.KIND_NOT_COMPARED),
    ),
    STOPS: (
        planned(Verdict.RESTART, Reason.HASH_CHANGED),
        planned(Verdict.RECREATE, Reason.SANDBOX_NOT_READY),
        planned(Verdict.RESTART, Reason.RECORD_ABSENT),
    ),
    REFUSED: (planned(Verdict.REJECT, Reason.NODE_AFFINITY),),
    OPEN: (planned(Verdict.UNKNOWN, Reason.NOT_REPRODUCED),),
}


def running(identity: str, restarts: int = 0, **last: Any) -> Json:
    told: Json = {"name": "app", "containerID": f"containerd://{identity}", "restartCount": restarts}
    told["state"] = {"running": {"startedAt": AFTER if restarts else BEFORE}}
    if last:
        told["lastState"] = {"terminated": {"startedAt": BEFORE, "finishedAt": AFTER, "containerID": f"containerd://{OLD}", **last}}
    return told


def ended(code: int, reason: str) -> Json:
    over = {"exitCode": code, "reason": reason, "startedAt": BEFORE, "finishedAt": AFTER, "containerID": f"containerd://{OLD}"}
    return {"name": "app", "containerID": f"containerd://{OLD}", "restartCount": 0, "state": {"terminated": over}}


@dataclass(frozen=True)
class Story:
    """The status of the pod, what of it an event tells, and the results by prediction: stays, stops, refused. None: the pod is gone."""

    status: Json | None
    truth: tuple[str, str, str]
    event: str = ""
    by_a_reboot: tuple[str, str, str] | None = None

    def result(self, prediction: str, *, rebooted: bool) -> str:
        if prediction == OPEN:
            return "replaced" if self.status is None else "unknown"
        told = self.by_a_reboot if rebooted and self.by_a_reboot is not None else self.truth
        return told[(STAYS, STOPS, REFUSED).index(prediction)]


def alive(container: Json, phase: str = "Running") -> Json:
    return {"phase": phase, "containerStatuses": [container]}


def failed(reason: str, message: str) -> Json:
    return {"phase": "Failed", "reason": reason, "message": message}


RESTART = ("miss", "hit", "false_alarm")
ANOTHERS = ("unexplained", "unexplained", "false_alarm")
UNTOLD = ("unseen", "unseen", "false_alarm")
END = ("unexplained", "unexplained", "unexplained")
STORIES: Mapping[str, Story] = {
    "kept": Story(alive(running(OLD)), ("hit", "false_alarm", "false_alarm")),
    "killed for its hash": Story(alive(running(NEW, 1, exitCode=143, reason="Error")), RESTART, by_a_reboot=ANOTHERS),
    "killed for its hash, and its kubelet says so": Story(
        alive(running(NEW, 1, exitCode=137, reason="Error")), RESTART, "Container app definition changed, will be restarted"
    ),
    "killed for its hash, as an old kubelet says it": Story(
        alive(running(NEW, 1, exitCode=0, reason="Completed")),
        RESTART,
        "Killing container with id docker://app:Container spec hash changed (1 vs 2).. Container will be killed and recreated.",
    ),
    "killed, and not back yet": Story(
        alive({**running(OLD, 0, exitCode=143, reason="Error"), "state": {"waiting": {"reason": "CrashLoopBackOff"}}}), RESTART,
        by_a_reboot=ANOTHERS,
    ),
    "out of memory": Story(alive(running(NEW, 1, exitCode=137, reason="OOMKilled")), ANOTHERS),
    "a probe failed": Story(
        alive(running(NEW, 1, exitCode=137, reason="Error")), ANOTHERS, "Container app failed liveness probe, will be restarted"
    ),
    "its program ended": Story(alive(running(NEW, 1, exitCode=3, reason="Error")), UNTOLD, by_a_reboot=ANOTHERS),
    "killed for its hash, then out of memory": Story(
        alive(running(NEW, 2, exitCode=137, reason="OOMKilled", containerID="containerd://between")),
        ("miss", "hit", "false_alarm"),
        "Container app definition changed, will be restarted",
    ),
    "evicted": Story(failed("Evicted", "The node was low on resource: memory. "), END),
    "shut down with its node": Story(failed("Terminated", "Pod was terminated in response to imminent node shutdown."), END),
    "its deadline was over": Story(failed("DeadlineExceeded", "Pod was active on the node longer than the specified deadline"), END),
    "refused": Story(
        failed("NodeAffinity", "Pod was rejected: Predicate NodeAffinity failed"), ("miss", "miss", "hit"),
        by_a_reboot=("unexplained", "unexplained", "hit"),
    ),
    "refused for pressure": Story(
        failed("Evicted", "Pod was rejected: The node had condition: [DiskPressure]. "), ("miss", "miss", "hit"), by_a_reboot=("unexplained", "unexplained", "hit")
    ),
    "done": Story(alive(ended(0, "Completed"), "Succeeded"), END),
    "drained, or rolled out anew": Story(None, ("replaced", "replaced", "replaced")),
}  # fmt: skip
IMPOSSIBLE_AFTER_A_REBOOT = {"kept"}


@dataclass(frozen=True)
class Place:
    """A node: whether it is upgraded, and whether it was rebooted."""

    upgraded: bool = True
    rebooted: bool = False


@dataclass(frozen=True)
class World:
    """Nodes, and on each the stories of its pods, with what was predicted: kind of prediction, which of that kind, story."""

    nodes: tuple[tuple[Place, tuple[tuple[str, int, str], ...]], ...]
    beside: str = "nothing"
    """What is given beside the API's pods: nothing, the runtime's lists, or lists that were taken before the upgrade."""
    pods: str = "all"
    """Which of the API's pods are given, and of when: one of LISTS."""

    @property
    def rows(self) -> list[tuple[int, int, Place, str, int, str]]:
        return [(place, number, node, *told) for place, (node, pods) in enumerate(self.nodes) for number, told in enumerate(pods)]

    def plan(self) -> Plan:
        pods = (
            pod(
                f"p-{place}-{number}",
                replace(PREDICTIONS[prediction][which % len(PREDICTIONS[prediction])], container_id=identity(place, number)),
                namespace=f"ns-{number % 3}",
                node=f"node-{place}",
            )
            for place, number, _, prediction, which, _ in self.rows
        )
        return trusted_with_nodes(plan_of(*pods))

    def truth(self) -> Counter[str]:
        return Counter(
            STORIES[story].result(prediction, rebooted=node.rebooted) if node.upgraded else "pending"
            for _, _, node, prediction, _, story in self.rows
        )

    def write(self, folder: Path) -> tuple[str, ...]:
        """The dumps, as kubectl and crictl write them."""
        folder.mkdir(parents=True, exist_ok=True)
        pods: list[Json] = [anchor(f"ns-{number}") for number in range(3)]
        nodes = [node_now(place, node) for place, (node, _) in enumerate(self.nodes)]
        events: list[Json] = []
        records: list[Json] = []
        for place, number, _, _, _, story in self.rows:
            status = STORIES[story].status
            if status is None or status["phase"] == "Failed":
                pods.append(another(place, number, of_its_name=status is None))
            if status is None:
                continue
            text = json.dumps(status).replace(OLD, identity(place, number)).replace(NEW, identity(place, number, NEW))
            found = document(place, number, json.loads(text))
            pods.append(found)
            events += [event(found, STORIES[story].event)] if STORIES[story].event else []
            records += [record(found, one, stale=self.beside == "stale") for one in found["status"].get("containerStatuses", ())]
        given = listed([*nodes, *pods, *events]) if self.pods == "all" else LISTS[self.pods](pods, self.before(), nodes)
        (folder / "pods.json").write_text(given)
        (folder / "nodes.json").write_text(listed([*nodes, *events]))
        (folder / "crictl.json").write_text(json.dumps({"containers": records}))
        files = ("pods.json",) if self.pods == "all" else ("pods.json", "nodes.json")
        return files if self.beside == "nothing" or not records else (*files, "crictl.json")

    def before(self) -> list[Json]:
        """The pods between plan and upgrade, when something else has been started."""
        old = [document(place, number, alive(running(identity(place, number)))) for place, number, *_ in self.rows]
        return [*old, *(anchor(f"ns-{number}", BETWEEN) for number in range(3))]


def trusted_with_nodes(made: Plan) -> Plan:
    told = trusted(made)
    return replace(told, nodes=tuple(replace(node, boot_id=BOOT) for node in told.nodes))


def identity(place: int, number: int, of: str = OLD) -> str:
    return f"{place:02}{number:03}{of[5:]}"


def listed(items: list[Json]) -> str:
    return as_kubectl(base_listed(*items))


def joined(*items: list[Json]) -> str:
    """By hand: ``jq -s '.[0].items += .[1].items | .[0]'``."""
    members = {"apiVersion": "v1", "items": [one for some in items for one in some], "kind": "List", "metadata": {"resourceVersion": ""}}
    return json.dumps(members, indent=2)


def page(items: list[Json], **metadata: Any) -> str:
    members = {"kind": "PodList", "apiVersion": "v1", "metadata": {"resourceVersion": "7", **metadata}, "items": items}
    return json.dumps(members, separators=(",", ":"))


Hides = Callable[[list[Json], list[Json], list[Json]], str]


def where(fits: Callable[[Json], bool]) -> Hides:
    return lambda pods, *_: listed([one for one in pods if fits(one)])


LISTS: Mapping[str, Hides] = {
    "by themselves": where(lambda _: True),
    "that run": where(lambda one: one["status"]["phase"] == "Running"),
    "that have not failed": where(lambda one: one["status"]["phase"] != "Failed"),
    "of one namespace": where(lambda one: one["metadata"]["namespace"] == "ns-0"),
    "of one node": where(lambda one: one["spec"]["nodeName"] == "node-0"),
    "of the last rollout": where(lambda one: one["metadata"]["uid"].endswith("-anew")),
    "of one page": lambda pods, *_: page(pods[: len(pods) // 2], **{"continue": "more"}),
    "of the last page": lambda pods, *_: page(pods[len(pods) // 2 :]),
    "of before": lambda _, before, __: listed(before),
    "of two times": lambda pods, before, _: f"{listed(before)}\n{listed(pods[::2])}",
    "of two times, the older last": lambda pods, before, _: f"{listed(pods[1::2])}\n{listed(before)}",
    "of before, beside the Nodes, joined by hand": lambda _, before, nodes: joined(nodes, before),
    "of two times, joined by hand": lambda pods, before, nodes: joined(
        nodes, [one for one in pods if not _odd(one)], [one for one in before if _odd(one)]
    ),
    "of two times, joined by hand, the older first": lambda pods, before, nodes: joined(before[::2], nodes, pods[1::2]),
    "of two times, joined by a program that writes as kubectl does": lambda pods, before, nodes: listed([*nodes, *before, *pods[::2]]),
}
"""What hides pods, and what shows them as they were."""


def _odd(one: Json) -> bool:
    return one["metadata"]["name"][-1] in "13579"


def another(place: int, number: int, *, of_its_name: bool) -> Json:
    """What its ReplicaSet has made since, also in the place of one that was refused; that of a StatefulSet has its name."""
    made = document(place, number, alive(running(NEW)))
    made["metadata"]["uid"] += "-anew"
    made["metadata"]["creationTimestamp"] = AFTER
    if not of_its_name:
        made["metadata"]["name"] += "-anew"
    return made


def anchor(namespace: str, started: str = AFTER) -> Json:
    """A pod that was started after the plan: dumps that show nothing newer than that decide nothing."""
    status = running(NEW, 1)
    status["state"]["running"]["startedAt"] = started
    made = document(99, 99, alive(status))
    made["metadata"] |= {"namespace": namespace, "name": "anchor", "uid": f"anchor-{namespace}"}
    return made


def document(place: int, number: int, status: Json) -> Json:
    name = f"p-{place}-{number}"
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-7d9f", "uid": "u", "controller": True}
    metadata = {
        "namespace": f"ns-{number % 3}",
        "name": name,
        "uid": f"uid-of-{name}",
        "labels": {"pod-template-hash": "7d9f"},
        "ownerReferences": [owner],
    }
    spec = {"nodeName": f"node-{place}", "containers": [{"name": "app", "image": "i"}]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec, "status": status}


def node_now(place: int, node: Place) -> Json:
    info = {"kubeletVersion": "v1.31.4" if node.upgraded else "v1.30.14", "bootID": "another" if node.rebooted else BOOT}
    written = [{"type": "Ready", "status": "True", "lastHeartbeatTime": AFTER, "lastTransitionTime": AFTER}]
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": f"node-{place}"}, "status": {"nodeInfo": info, "conditions": written}}


def event(found: Json, message: str) -> Json:
    about = {"kind": "Pod", **found["metadata"], "fieldPath": "spec.containers{app}"}
    metadata = {"name": f"{about['name']}.1", "namespace": about["namespace"]}
    times = {"firstTimestamp": AFTER, "lastTimestamp": AFTER, "source": {"component": "kubelet"}}
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": metadata,
        "involvedObject": about,
        "reason": "Killing",
        "message": message,
        **times,
    }


def record(found: Json, status: Json, *, stale: bool) -> Json:
    """The runtime's; a stale one is from before the upgrade, when the old container ran."""
    metadata = found["metadata"]
    place, number = metadata["name"].split("-")[1:]
    own = identity(int(place), int(number)) if stale else status["containerID"].removeprefix("containerd://")
    runs = stale or "running" in status["state"]
    names = {"pod.name": metadata["name"], "pod.namespace": metadata["namespace"], "pod.uid": metadata["uid"], "container.name": "app"}
    return {
        "id": own,
        "podSandboxId": f"sandbox-{metadata['name']}",
        "metadata": {"name": "app", "attempt": 0 if stale else status["restartCount"]},
        "state": "CONTAINER_RUNNING" if runs else "CONTAINER_EXITED",
        "createdAt": str(START if stale or not status["restartCount"] else START + 3_604_500_000_000),
        "labels": {f"io.kubernetes.{key}": value for key, value in names.items()},
        "annotations": {},
    }


def result_of(world: World, folder: Path, *more: str, only: tuple[str, ...] = ()) -> Verification:
    (folder / "plan.json").write_bytes(saved(world.plan()))
    files = tuple(str(folder / name) for name in world.write(folder))
    return make_verification(VerifyRequest(str(folder / "plan.json"), files, nodes=only, earlier=more), lambda _: None)


def counted(found: Verification) -> Counter[str]:
    return Counter(one.result.value for one in found.containers)


@st.composite
def worlds(draw: st.DrawFn, least_nodes: int = 1) -> World:
    places = st.builds(Place, st.booleans() | st.just(True), st.sampled_from([False, False, True]))
    nodes = []
    for _ in range(draw(st.integers(least_nodes, 3))):
        place = draw(places)
        possible = [name for name in STORIES if not (place.rebooted and name in IMPOSSIBLE_AFTER_A_REBOOT)]
        pods = st.tuples(st.sampled_from(sorted(PREDICTIONS)), st.integers(0, 2), st.sampled_from(possible))
        nodes.append((place, tuple(draw(st.lists(pods, min_size=1, max_size=6)))))
    return World(tuple(nodes), draw(st.sampled_from(["nothing", "lists", "stale"])))


@pytest.fixture(scope="module", name="folder")
def _folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("world")


@tried(8)
@given(world=worlds())
def test_nothing_is_miscounted(world: World, folder: Path) -> None:
    found = result_of(world, folder)
    assert counted(found) == world.truth()
    truth = world.truth()
    wrong, judged = truth["miss"] + truth["false_alarm"], truth["hit"] + truth["miss"] + truth["false_alarm"]
    drained = any(one.summary.replaced for one in found.nodes) and not truth["unexplained"] + truth["unknown"]
    assert found.exit_code == (2 if wrong else 3 if truth["unseen"] else 0 if judged or drained else 3)


ENDED_BY_A_REBOOT = World(
    (
        (Place(rebooted=True), ((REFUSED, 0, "killed, and not back yet"), (REFUSED, 0, "refused"))),
        (Place(), ((OPEN, 0, "kept"),)),
    ),
    "lists",
)
"""A runtime's list shows that they have ended, and pods of before the upgrade that they run: whether they were refused, neither tells."""


@tried(12)
@given(world=worlds(), pods=st.sampled_from(sorted(LISTS)))
@example(world=ENDED_BY_A_REBOOT, pods="of before")
def test_what_lists_leave_out_or_show_as_it_was_is_not_told_otherwise(world: World, pods: str, folder: Path) -> None:
    """Nor is what was stopped, but that a runtime's list alone shows it, and not why: that is held against the plan."""
    check(replace_lists(world, pods), folder)


@pytest.mark.parametrize("pods", sorted(LISTS))
def test_each_story_in_each_list(pods: str, folder: Path) -> None:
    every = tuple((prediction, 0, story) for story in STORIES for prediction in PREDICTIONS)
    check(World(((Place(), every), (Place(), every[::-1]), (Place(upgraded=False), every[:3])), pods=pods), folder)


def test_a_list_that_shows_something_of_after_the_upgrade_decides(folder: Path) -> None:
    """Something in it was started when the Nodes were written, or later."""
    every = tuple((prediction, 0, story) for story in STORIES for prediction in PREDICTIONS)
    world = World(((Place(), every), (Place(rebooted=True), tuple(one for one in every if one[2] not in IMPOSSIBLE_AFTER_A_REBOOT))))
    assert counted(result_of(replace_lists(world, "by themselves"), folder)) == world.truth()


def replace_lists(world: World, pods: str) -> World:
    return World(world.nodes, world.beside, pods)


def check(world: World, folder: Path) -> None:
    found = {one.pod: one.result.value for one in result_of(world, folder).containers}
    for place, number, node, prediction, _, story in world.rows:
        truth = STORIES[story].result(prediction, rebooted=node.rebooted) if node.upgraded else "pending"
        told = found[f"p-{place}-{number}"]
        blamed = told == "miss" and world.beside == "lists"
        unseen = told == ("unknown" if prediction == OPEN else "unseen")
        assert told == truth or unseen or blamed, (world.pods, story, prediction, told)


@pytest.mark.parametrize("beside", ["nothing", "lists", "stale"])
def test_each_story_under_each_prediction(beside: str, folder: Path) -> None:
    kinds = [(prediction, which) for prediction in PREDICTIONS for which in range(len(PREDICTIONS[prediction]))]
    every = tuple((*kind, story) for story in STORIES for kind in kinds)
    possible = tuple(one for one in every if one[2] not in IMPOSSIBLE_AFTER_A_REBOOT)
    world = World(((Place(), every), (Place(upgraded=False), every), (Place(rebooted=True), possible)), beside)
    told = {one.pod: one.result.value for one in result_of(world, folder).containers}
    expected = {
        f"p-{place}-{number}": (story, STORIES[story].result(prediction, rebooted=node.rebooted) if node.upgraded else "pending")
        for place, number, node, prediction, _, story in world.rows
    }
    assert {name: (expected[name][0], result) for name, result in told.items()} == expected


@tried(4)
@given(world=worlds(least_nodes=2))
def test_waves_add_up(world: World, folder: Path) -> None:
    """The first node is upgraded and looked at first; later its pods have been rolled out anew, and the others are upgraded."""
    upgraded = tuple((replace_place(place, upgraded=True), pods) for place, pods in world.nodes)
    first = World((upgraded[0], *((replace_place(place, upgraded=False), pods) for place, pods in upgraded[1:])), world.beside)
    gone = tuple((prediction, which, "drained, or rolled out anew") for prediction, which, _ in upgraded[0][1])
    second = World(((upgraded[0][0], gone), *upgraded[1:]), world.beside)
    (folder / "wave-1.json").write_text(as_json(result_of(first, folder)))
    both = result_of(second, folder, str(folder / "wave-1.json"))
    assert counted(both) == World(upgraded, world.beside).truth()


def replace_place(place: Place, *, upgraded: bool) -> Place:
    return Place(upgraded, place.rebooted)


def as_json(found: Verification) -> str:
    from upgradecheck.renderers import Canvas, choose

    return "".join(choose("json", "verification").render(found, Canvas()))


def test_the_truth_names_results_that_there_are() -> None:
    words = {word for story in STORIES.values() for told in (story.truth, story.by_a_reboot or ()) for word in told}
    assert words <= {one.value for one in Result}
