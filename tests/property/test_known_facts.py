"""What is remembered of a pod for its replicas is what would be found of each of them, whatever else is different in it."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import lru_cache
from importlib.resources import files
from types import SimpleNamespace
from typing import Any

import pytest

from tests.bench.fleet import fleet
from tests.builders import CATALOG, Document, kubelet, raw, read
from tests.drawing import TIMES, thrown
from tests.property.random_texts import RandomWriter
from upgradecheck.hashing.codecs import GoSlice
from upgradecheck.hashing.containers import pod_value
from upgradecheck.hashing.fast import keys, pods, skeletons
from upgradecheck.hashing.fast.pods import FastPods
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.hash import Hash
from upgradecheck.model.pod import View
from upgradecheck.planning.seeing import known
from upgradecheck.planning.seeing.facts import SpecFacts, Step
from upgradecheck.planning.seeing.known import KnownFacts
from upgradecheck.planning.seeing.spec import Spec
from upgradecheck.planning.seeing.spec_facts import facts_of
from upgradecheck.reading import pod as reading

STEPS = tuple(
    Step(kubelet(old), kubelet(new))
    for old, new in (("1.30.14", "1.31.0"), ("1.22.17", "1.23.17"), ("1.32.1", "1.34.1"), ("1.29", "1.36.0"))
)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fast path, from the first pod on."""
    monkeypatch.setattr(reading, "fast_pods", lru_cache(lambda classes: FastPods(classes, few=0)))


def told(find: Callable[[], SpecFacts]) -> object:
    """The facts, or why there are none."""
    try:
        return find()
    except SpecRefused as error:
        return str(error)


def agrees(document: bytes, step: Step, memory: KnownFacts, *, view: View = View.SPEC) -> bool:
    """Whether what is remembered is what is found."""
    remembered = told(lambda: memory.facts_of(Spec(read(document), step, CATALOG, from_api=True), view=view, past=None))
    return remembered == told(lambda: facts_of(Spec(read(document), step, CATALOG, from_api=True), view=view))


def set_at(path: str, value: object) -> Callable[[Document], None]:
    """Sets a member, for each pod anew, since others may change it; a number in the path is the place in a list."""

    def change(document: Document) -> None:
        *parents, last = path.split(".")
        here: Any = document
        for name in parents:
            here = here[int(name)] if isinstance(here, list) else here.setdefault(name, {})
        here[int(last) if isinstance(here, list) else last.replace("~", ".")] = deepcopy(value)

    return change


STATUS: list[dict[str, object]] = [{"name": "c0", "state": {"running": {}}}, {"name": "c1", "state": {"terminated": {"exitCode": 1}}}]
CHANGES: tuple[Callable[[Document], None], ...] = (
    set_at("metadata.namespace", "kube-system"),
    set_at("metadata.labels", {"kubernetes.io/os": "windows"}),
    set_at("metadata.annotations", {"container.apparmor.security.beta.kubernetes.io/c0": "localhost/x"}),
    set_at("metadata.deletionTimestamp", "2024-01-01T00:00:00Z"),
    set_at("metadata.creationTimestamp", None),
    set_at("status.phase", "Failed"),
    set_at("status.qosClass", "Guaranteed"),
    set_at("status.containerStatuses", STATUS),
    set_at("status.initContainerStatuses", [{"name": "i", "state": {"waiting": {}}}]),
    set_at("status.ephemeralContainerStatuses", [{"name": "e", "state": {"running": {}}}]),
    set_at("status.containerStatuses", [{"name": "c0", "allocatedResources": {"cpu": "7"}, "state": {"running": {}}}]),
    set_at("spec.priority", 2_000_000_001),
    set_at("spec.hostNetwork", True),
    set_at("spec.nodeSelector", {"nodeName": "node-1"}),
    set_at("spec.containers.0.image", "other"),
    set_at("spec.containers.0.startupProbe", {"exec": {}}),
    set_at("spec.containers.0.resizePolicy", [{"resourceName": "cpu", "restartPolicy": "RestartContainer"}]),
    set_at("spec.containers.0.readinessProbe", {"exec": {}}),
    set_at("spec.initContainers", [{"name": "i", "image": "i", "restartPolicy": "Always", "startupProbe": {"exec": {}}}]),
    set_at("status.containerStatuses", [{"name": "c0", "ready": True, "state": {"running": {}}}]),
    set_at("status.initContainerStatuses", [{"name": "i", "ready": True, "state": {"terminated": {"exitCode": 0}}}]),
    set_at("status.containerStatuses", [{"name": "c0", "resources": {"limits": {"cpu": "7"}}, "state": {"running": {}}}]),
    set_at("status.containerStatuses", [{"name": "c0", "state": {"waiting": {}}}]),
    set_at("status.ephemeralContainerStatuses", [{"name": "e", "state": {"terminated": {"exitCode": 0}}}]),
    set_at("status.ephemeralContainerStatuses", [{"name": "e", "state": {"waiting": {}}}]),
    set_at("metadata.annotations", {"scheduler.alpha.kubernetes.io/critical-pod": ""}),
    set_at("metadata.annotations", {"security.alpha.kubernetes.io/unsafe-sysctls": "kernel.shm_rmid_forced=1"}),
    set_at("status.resize", "Deferred"),
    set_at("status.conditions", [{"type": "PodResizePending", "status": "True"}]),
)


def replicas(base: Document, dice: random.Random, forms: int = 40) -> Iterator[bytes]:
    """Pods that differ in what is open, with up to three changes that count, each twice."""
    for number in range(forms):
        document = deepcopy(base)
        for change in dice.sample(CHANGES, number % 4):
            change(document)
        for _ in range(2):
            document["metadata"]["uid"] = document["metadata"]["name"] = f"{dice.randrange(1 << 20)}"
            if document["metadata"].get("creationTimestamp"):
                document["metadata"]["creationTimestamp"] = f"2024-0{dice.randint(1, 9)}-01T00:00:00Z"
            document["spec"]["nodeName"] = f"node-{dice.randrange(9)}"
            token = f"kube-api-access-{dice.randrange(10_000, 99_999)}"
            for container in document["spec"]["containers"]:
                for mount in container.get("volumeMounts") or ():
                    mount["name"] = token if mount["name"].startswith("kube-api-access-") else mount["name"]
            yield raw(document)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: f"{step.start.release} to {step.target.release}")
def test_replicas_have_the_facts_that_each_of_them_has(step: Step, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Spec] = []
    monkeypatch.setattr(known, "facts_of", lambda spec, **how: asked.append(spec) or facts_of(spec, **how))  # type: ignore[func-returns-value]
    memory, dice, tried = KnownFacts(), thrown(), 0
    for base in fleet(2 * TIMES):
        for document in replicas(base, dice):
            view = dice.choice((View.SPEC, View.SPEC, View.SPEC, View.KUBELET))
            tried += 1
            assert agrees(document, step, memory, view=view), document
    assert len(asked) < tried * 3 / 4


def test_nodes_that_make_the_same_step_share_what_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Spec] = []
    monkeypatch.setattr(known, "facts_of", lambda spec, **how: asked.append(spec) or facts_of(spec, **how))  # type: ignore[func-returns-value]
    memory, document = KnownFacts(), raw(next(fleet(1)))
    for _ in range(3):
        step = Step(kubelet("1.30.14"), kubelet("1.31.0"))
        memory.facts_of(Spec(read(document), step, CATALOG, from_api=True), view=View.SPEC, past=None)
    memory.facts_of(Spec(read(document), STEPS[2], CATALOG, from_api=True), view=View.SPEC, past=None)
    assert len(asked) == 2, "one for each step that differs"


def test_real_pods_and_drawn_ones() -> None:
    """Whatever stands in them, and whether or not they are refused."""
    dice = thrown()
    real = [raw(one) for one in json.loads((files("upgradecheck.example") / "api-pods.json").read_text())["items"]]
    for step in STEPS[:: len(STEPS) - 1]:
        memory = KnownFacts()
        writer = RandomWriter(dice, refusable=True, one_odd_in=1000)
        drawn = [writer.whole_pod(step.target.builds[-1].schema) for _ in range(20 * TIMES)]
        for document in (*real[::7], *drawn):
            assert agrees(document, step, memory), document
            assert agrees(document, step, memory), document


CONTAINER = b'"spec":{"containers":[{"name":"app","image":"nginx"}]}'
ODD = {
    "a status twice, which Go merges": (b'"metadata":{}', b'"status":{"phase":"Running"},"status":{}'),
    "metadata twice": (b'"metadata":{"namespace":"kube-system"},"metadata":{}', b'"status":{}'),
    "conditions of one name": (b'"metadata":{}', b'"status":{"conditions":[{"status":"True"},{"status":"True"}]}'),
}


@pytest.mark.parametrize("name", ODD)
def test_a_member_that_comes_twice(name: str) -> None:
    """Of two objects under one key Go has what either has; a pod before it has the same key else."""
    memory = KnownFacts()
    for metadata, status in ((b'"metadata":{}', b'"status":{}'), ODD[name]):
        document = b'{"apiVersion":"v1","kind":"Pod",%b,%b,%b}' % (CONTAINER, metadata, status)
        assert agrees(document, STEPS[0], memory), document


def test_a_container_that_is_null() -> None:
    document = b'{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"spec":{"containers":[null]},"status":{}}'
    assert agrees(document, STEPS[0], KnownFacts())


@pytest.mark.long
def test_many_replicas_and_drawn_pods() -> None:
    dice = thrown()
    for number in range(1000):
        step, memory = dice.choice(STEPS), KnownFacts()
        writer = RandomWriter(dice, refusable=True, one_odd_in=dice.choice((100, 10_000)))
        drawn = [writer.whole_pod(step.target.builds[-1].schema) for _ in range(20)]
        base = deepcopy(list(fleet(number % 40 + 1))[-1])
        for document in (*replicas(base, dice), *drawn, *drawn):
            assert agrees(document, step, memory), document


class Watched(dict[Any, Any]):
    """A Go struct or map that writes down which of its members somebody looks at, by their paths."""

    def __init__(self, members: dict[Any, Any], path: tuple[str, ...], seen: set[tuple[str, ...]]) -> None:
        super().__init__(members)
        self._path, self._seen = path, seen

    def get(self, key: Any, default: Any = None) -> Any:
        self._seen.add((*self._path, _told(key)))
        return super().get(key, default)

    def __getitem__(self, key: Any) -> Any:
        self._seen.add((*self._path, _told(key)))
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self._seen.add((*self._path, _told(key)))
        return super().__contains__(key)


def _told(key: object) -> str:
    """As JSON has it, in small letters: Go's own names differ in these alone."""
    return (key.decode() if isinstance(key, bytes) else str(key)).lower().replace("objectmeta", "metadata")


def watched(value: Any, seen: set[tuple[str, ...]], path: tuple[str, ...] = ()) -> Any:
    """A Go value that writes down what is looked at in it."""
    if isinstance(value, dict):
        return Watched({key: watched(each, seen, (*path, _told(key))) for key, each in value.items()}, path, seen)
    return GoSlice([watched(each, seen, path) for each in value], value.hidden) if isinstance(value, GoSlice) else value


def members(value: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The paths of a document down to what holds nothing more, and all above them."""
    yield path
    if isinstance(value, dict):
        for key, each in value.items():
            yield from members(each, (*path, _told(key)))
    if isinstance(value, list):
        for each in value:
            yield from members(each, path)


def test_all_that_facts_look_at_beside_the_spec_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new fact that reads another member of metadata or status fails here, until the key has that and a change above tries it."""
    seen: set[tuple[str, ...]] = set()
    monkeypatch.setattr(reading, "values_alike", lambda tree, schemas: {})
    monkeypatch.setattr(reading, "pod_value", lambda tree, schema: watched(pod_value(tree, schema), seen))
    documents, tried = [next(fleet(1))], set[tuple[str, ...]]()
    for change in CHANGES:
        bare: Document = {"spec": {"containers": [{}]}}
        documents.append(next(fleet(1)))
        for document in (bare, documents[0], documents[-1]):
            change(document)
        tried |= set(members(bare))
    specs = [Spec(read(raw(document)), step, CATALOG, from_api=True) for document in documents for step in STEPS]
    for name in ("view", "digest", "names", "identity"):
        monkeypatch.setattr(reading.ReadPod, name, property(lambda pod: pytest.fail("facts are made of the Go value alone")))
    for spec in specs:
        facts_of(spec)
    looked_at = {path for path in seen if path[0] in ("metadata", "status")}
    assert ("status", "containerstatuses", "ready") in looked_at
    assert looked_at <= tried


PROBED: Document = {"readinessProbe": {"exec": {}}}
IDLE: Document = {"name": "c0", "state": {"terminated": {"exitCode": 0}}}
RUNS: Document = {"state": {"running": {}}}
WAITS: Document = {"state": {"waiting": {}}}
ENDED: Document = {"state": {"terminated": {}}}


@pytest.mark.parametrize(
    ("member", "one", "other"),
    [
        pytest.param("containerStatuses", {"name": "c0", "ready": True}, {"name": "c0", "ready": False}, id="ready"),
        pytest.param("initContainerStatuses", {"name": "i", "ready": True}, {"name": "i", "ready": False}, id="a sidecar is ready"),
        pytest.param("containerStatuses", {"name": "c0", "ready": True}, {"name": "c1", "ready": True}, id="another one is ready"),
        pytest.param("containerStatuses", {"name": "c0"} | RUNS, {"name": "c0"} | ENDED, id="runs"),
        pytest.param("containerStatuses", {"name": "c0"} | RUNS, {"name": "c0"} | WAITS, id="waits"),
        pytest.param("initContainerStatuses", {"name": "i"} | RUNS, {"name": "i"} | ENDED, id="an init container runs"),
        pytest.param("initContainerStatuses", {"name": "i"} | RUNS, {"name": "i"} | WAITS, id="an init container waits"),
        pytest.param("ephemeralContainerStatuses", {"name": "e"} | RUNS, {"name": "e"} | ENDED, id="an ephemeral container runs"),
        pytest.param("ephemeralContainerStatuses", {"name": "e"} | RUNS, {"name": "e"} | WAITS, id="an ephemeral container waits"),
    ],
)
def test_the_states_of_containers_are_the_pods_own(member: str, one: Document, other: Document) -> None:
    """Whether a pod runs at all decides what is left of a node for others, and readiness what a restart of the kubelet exposes (UC034)."""
    memory, told_of = KnownFacts(), set()
    for state in (one, other, one, other):
        document = next(fleet(1))
        document["spec"]["containers"][0].update(PROBED)
        document["spec"]["initContainers"] = [{"name": "i", "image": "i", "restartPolicy": "Always"} | PROBED]
        document["status"] |= {"containerStatuses": [IDLE], member: [state]}
        assert agrees(raw(document), STEPS[2], memory)
        told_of.add(repr(told(lambda document=document: facts_of(Spec(read(raw(document)), STEPS[2], CATALOG, from_api=True)))))  # type: ignore[misc]
    assert len(told_of) == 2, "they are told apart"


def test_a_pod_of_no_node_is_no_replica_of_one_that_has_a_node() -> None:
    memory = KnownFacts()
    for node in ("node-1", "", "node-2", ""):
        document = next(fleet(1))
        document["spec"]["nodeName"] = node
        assert agrees(raw(document), STEPS[2], memory)


def test_what_was_given_to_a_container_is_the_pods_own() -> None:
    memory = KnownFacts()
    for cpu in ("250m", "7", "250m", "7"):
        document = next(fleet(1))
        document["status"]["containerStatuses"] = [{"name": "c0", "allocatedResources": {"cpu": cpu}, "state": {"running": {}}}]
        assert agrees(raw(document), STEPS[3], memory)


def test_a_container_that_resizes_with_a_restart_is_looked_at_each_time() -> None:
    memory = KnownFacts()
    for cpu in ("500m", "7", "500m", "7"):
        document = next(fleet(1))
        document["spec"]["containers"][0]["resizePolicy"] = [{"resourceName": "cpu", "restartPolicy": "RestartContainer"}]
        document["status"]["containerStatuses"] = [{"name": "c0", "resources": {"limits": {"cpu": cpu}}, "state": {"running": {}}}]
        assert agrees(raw(document), STEPS[3], memory)


def test_a_step_has_facts_of_its_own() -> None:
    """Two steps between minors that hash alike, and of which one asks for what the other does not."""
    memory = KnownFacts()
    document = next(fleet(1))
    document["metadata"]["annotations"] = {"container.apparmor.security.beta.kubernetes.io/c0": "localhost/x"}
    document["spec"]["initContainers"] = [{"name": "i", "image": "i", "restartPolicy": "Always"}]
    for old, new in (("1.32.1", "1.33.1"), ("1.35.0", "1.36.0"), ("1.31.1", "1.32.1"), ("1.32.1", "1.33.1")):
        assert agrees(raw(document), Step(kubelet(old), kubelet(new)), memory)


def test_a_pod_of_a_manifest_is_no_replica_of_one_of_an_api_server() -> None:
    """Its kubelet sets the defaults itself, and hashes what it has set."""
    memory, document = KnownFacts(), raw(next(fleet(1)))
    for from_api in (True, True, False, False, True):
        spec = Spec(read(document), STEPS[0], CATALOG, from_api=from_api)
        assert memory.facts_of(spec, view=View.SPEC, past=None) == facts_of(spec)


@pytest.mark.parametrize("place", ["a container's name", "an image", "a node selector", "a container's name, another one's mount"])
def test_a_name_like_that_of_the_tokens_volume_is_its_own_pods(place: str) -> None:
    memory = KnownFacts()
    for end in ("abcde", "fghij", "klmno"):
        document = next(fleet(1))
        text = raw(document).decode()
        own = re.search(r"kube-api-access-(\w{5})", text)
        assert own is not None
        document = json.loads(text.replace(own[0], f"kube-api-access-{end}"))
        container = document["spec"]["containers"][0]
        if place == "an image":
            container["image"] = f"registry.example/kube-api-access-{end}"
        elif place == "a node selector":
            document["spec"]["nodeSelector"] = {"for": f"kube-api-access-{end}"}
        else:
            document["status"]["containerStatuses"][0]["name"] = container["name"] = f"kube-api-access-{end}"
        if "another" in place:
            container.setdefault("env", []).append({"name": "A", "value": "/var/run/secrets/kubernetes.io/serviceaccount"})
        assert agrees(raw(document), STEPS[0], memory)


REASONS = (
    *((STEPS[2], change, part) for change, part in ((CHANGES[1], 2), (CHANGES[2], 3), (CHANGES[5], 5), (CHANGES[6], 6), (CHANGES[11], 0))),
    (STEPS[2], CHANGES[10], 7),
    (STEPS[2], CHANGES[14], -1),
)


@pytest.mark.parametrize(("step", "change", "part"), REASONS)
def test_each_part_of_a_key_is_needed(step: Step, change: Callable[[Document], None], part: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it, a pod that differs there alone would be taken for a replica. part: its place, -1 for the lists of containers."""
    base = next(fleet(1))
    base["metadata"]["annotations"] = {}
    changed = deepcopy(base)
    change(changed)

    def both_agree() -> bool:
        memory = KnownFacts()
        return all(agrees(raw(one), step, memory) for one in (base, changed, base, changed))

    assert both_agree()
    if part < 0:
        monkeypatch.setattr(pods.WrittenLists, "of", lambda lists: SimpleNamespace(lists=lists, hole=b"", opened=b""))
    else:
        made = keys.Keys.of

        def without(*given: Any) -> keys.PodKey | None:
            found = made(*given)
            return found and keys.PodKey((*found.key[:part], *found.key[part + 1 :]), found.node, found.created)

        monkeypatch.setattr(keys.Keys, "of", without)
    assert not both_agree()


PLAIN_ENV: list[Document] = [{"name": "A", "value": "a"}, {"name": "B"}, {"name": "C", "value": 'x"\\,]}'}]
SOURCE: Document = {"name": "S", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}
FREE: tuple[Callable[[Document], None], ...] = (
    set_at("spec.containers.0.args", ["--a", "kube-api-access-abcde"]),
    set_at("spec.containers.0.args", []),
    set_at("spec.containers.1.command", ["sh", "-c", 'echo "$A" }]']),
    set_at("spec.containers.0.env", PLAIN_ENV),
    set_at("spec.containers.0.env", PLAIN_ENV[:1]),
    set_at("spec.containers.0.env", []),
    set_at("spec.containers.1.env", None),
    set_at("spec.containers.1.image", "registry.example/other:v1"),
)
OTHERS: tuple[Callable[[Document], None], ...] = (
    set_at("spec.containers.0.env", [*PLAIN_ENV, SOURCE]),
    set_at("spec.containers.0.env", [SOURCE]),
    set_at("spec.containers.0.env", [{**SOURCE, "valueFrom": {"secretKeyRef": {"name": "other", "key": "k"}}}]),
    set_at("spec.containers.1.env", [PLAIN_ENV[0], {"name": "F", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}]),
    set_at("spec.containers.0.imagePullPolicy", "Always"),
    set_at("spec.containers.0.imagePullPolicy", "Never"),
    set_at("spec.containers.0.ports", [{"containerPort": 80, "hostPort": 80}]),
    set_at("spec.containers.0.livenessProbe", {"exec": {"command": ["true"]}, "terminationGracePeriodSeconds": 3}),
    set_at("spec.containers.0.resources", {"requests": {"cpu": "2"}}),
)
WORKLOAD_STEPS = (*STEPS, Step(kubelet("1.14.10"), kubelet("1.15.12")), Step(kubelet("1.15.12"), kubelet("1.16.15")))


def workloads(dice: random.Random, number: int) -> Iterator[bytes]:
    """Pods that differ in what nothing but their hashes hangs on, the first two in nothing else, and now and then in what counts."""
    base = next(fleet(1))
    for each in range(number):
        document = deepcopy(base)
        drawn = (*dice.sample(OTHERS, each % 3), *dice.sample(FREE, dice.randint(1, 4)))
        for change in FREE[3 + each : 4 + each] if each < 2 else drawn:
            change(document)
        yield raw(document)


@pytest.mark.parametrize("step", WORKLOAD_STEPS, ids=lambda step: f"{step.start.release} to {step.target.release}")
def test_what_a_container_runs_and_with_what_is_for_its_hash_alone(step: Step, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Spec] = []
    monkeypatch.setattr(known, "facts_of", lambda spec, **how: asked.append(spec) or facts_of(spec, **how))  # type: ignore[func-returns-value]
    memory, tried = KnownFacts(), 30 * TIMES
    for document in workloads(thrown(), tried):
        assert agrees(document, step, memory), document
    assert len(asked) < tried or step not in STEPS[:2]


@pytest.mark.long
def test_what_many_containers_run_is_for_their_hashes_alone() -> None:
    for step in WORKLOAD_STEPS:
        memory = KnownFacts()
        for document in workloads(thrown(), 3000):
            assert agrees(document, step, memory), document


@pytest.mark.parametrize(
    ("name", "broken", "changes"),
    [
        pytest.param("_counts", lambda variable: False, OTHERS[1:3], id="whose key a variable is"),
        pytest.param("_NOT_PULLED", (b'"Always"',), (OTHERS[4], set_at("spec.containers.0.image", "other.example/a:v1")), id="pulled anew"),
        pytest.param("_FREE", {"ports": b""}, (OTHERS[6],), id="ports of the host"),
        pytest.param("_FREE", {"resources": b""}, (OTHERS[8],), id="what it asks for"),
    ],
)
def test_what_counts_of_a_container_is_in_its_skeleton(
    name: str, broken: Any, changes: tuple[Callable[[Document], None], ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    def all_agree() -> bool:
        memory, document, made = KnownFacts(), next(fleet(1)), list[bytes]()
        document["spec"]["containers"][0]["imagePullPolicy"] = "Always"
        for change in (lambda _: None, *changes):
            change(document)
            made.append(raw(document))
        return all(agrees(one, STEPS[0], memory) for one in (*made, *made))

    assert all_agree()
    monkeypatch.setattr(skeletons, name, broken)
    assert not all_agree()


def test_facts_look_at_nothing_that_is_not_in_a_skeleton(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new fact that reads what a container runs fails here, until the skeleton has it. The hashes, which hang on all, are one for each era."""
    seen: set[tuple[str, ...]] = set()
    monkeypatch.setattr(reading, "values_alike", lambda tree, schemas: {})
    monkeypatch.setattr(reading, "pod_value", lambda tree, schema: watched(pod_value(tree, schema), seen))
    monkeypatch.setattr(Spec, "hash", lambda self, decoded, index: Hash(len(decoded.build.schema.era.value)))
    monkeypatch.setattr(Spec, "made_earlier", lambda *_: iter(()))
    for change in (*FREE, *OTHERS, *CHANGES):
        document = next(fleet(1))
        change(document)
        for container in (*document["spec"]["containers"], *document["spec"].get("initContainers", ())):
            container["imagePullPolicy"] = "IfNotPresent"
        for step in (STEPS[0], STEPS[2]):
            before, spec = set(seen), Spec(read(raw(document)), step, CATALOG, from_api=True)
            assert len(spec.before) == len(spec.after) == 1
            seen.clear()  # what hashes are made of
            facts_of(spec)
            seen |= before
    looked_at = {path[2:] for path in seen if path[:2] in (("spec", "containers"), ("spec", "initcontainers"))}
    assert ("env", "valuefrom") in looked_at
    assert (looked_at & {("args",), ("command",), ("image",), ("env", "name"), ("env", "value")}) == set()
