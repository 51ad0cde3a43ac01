"""Pod views: whose picture it is, identity, workload and status; and what refuses a pod."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from upgradecheck.decode.kube.pods import pod_view
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.pod import ContainerStatus, Origin, PodSource, PodView, RunState, View, Workload

ORIGIN = Origin("pods.json", "item 3")
UID = "11111111-0000-4000-8000-000000000001"
STATIC_UID = "0123456789abcdef0123456789abcdef"
ID = "0a1b" * 16

BASE = PodView(
    uid=UID,
    namespace="shop",
    name="web-0",
    view=View.SPEC,
    source=PodSource.API,
    origin=ORIGIN,
    node="worker-1",
    workload=Workload("Pod", "web-0"),
)


def view(pod: dict[str, Any]) -> PodView:
    return pod_view(json.dumps(pod).encode(), ORIGIN)


def pod(*, status: Any = None, spec: Any = None, **metadata: Any) -> dict[str, Any]:
    base: dict[str, Any] = {
        "metadata": {"name": "web-0", "namespace": "shop", "uid": UID, **metadata},
        "spec": {"nodeName": "worker-1"} if spec is None else spec,
    }
    return base if status is None else {**base, "status": status}


def config(**values: str) -> dict[str, str]:
    return {f"kubernetes.io/config.{key}": value for key, value in values.items()}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(pod(), BASE, id="a manifest has no status"),
        pytest.param(pod(status={}), BASE, id="an empty status is none"),
        pytest.param({"metadata": {"name": "web-0", "uid": UID}}, replace(BASE, namespace="default", node=None), id="namespace is default"),
        pytest.param(pod(namespace=None, spec={}), replace(BASE, namespace="default", node=None), id="null reads as absent, as in Go"),
        pytest.param(
            {"spec": {"containers": []}},
            replace(BASE, uid="", name="", namespace="default", node=None, workload=Workload("Pod", "")),
            id="a pod without metadata is read, and is nameless",
        ),
        pytest.param(pod(labels={"app": "web", "x": None}), replace(BASE, labels={"app": "web", "x": ""}), id="labels"),
        pytest.param(pod(deletionTimestamp="2024-03-01T10:00:00Z"), replace(BASE, deleting=True), id="being deleted"),
        pytest.param(pod(status={"conditions": []}), replace(BASE, has_status=True), id="a status of which nothing is read"),
        pytest.param(pod(status={"phase": "Pending"}), replace(BASE, has_status=True, phase="Pending"), id="a phase"),
        pytest.param(
            pod(annotations=config(source="api", seen="x")), replace(BASE, view=View.KUBELET), id="an API pod as a kubelet decoded it"
        ),
        pytest.param(
            pod(name="etcd-cp-1", uid=STATIC_UID, annotations=config(source="file", hash=STATIC_UID), spec={"nodeName": "CP-1"}),
            replace(
                BASE,
                name="etcd-cp-1",
                uid=STATIC_UID,
                view=View.KUBELET,
                source=PodSource.FILE,
                config_hash=STATIC_UID,
                node="CP-1",
                workload=Workload("StaticPod", "etcd"),
            ),
            id="a static pod as its kubelet shows it; the node's name is appended in lower case",
        ),
        pytest.param(
            pod(name="etcd-cp-1", annotations=config(source="http", hash=STATIC_UID, mirror=STATIC_UID), spec={"nodeName": "cp-1"}),
            replace(
                BASE,
                name="etcd-cp-1",
                uid=STATIC_UID,
                mirror_uid=UID,
                view=View.MIRROR,
                source=PodSource.HTTP,
                config_hash=STATIC_UID,
                node="cp-1",
                workload=Workload("StaticPod", "etcd"),
            ),
            id="a mirror pod: the static pod's UID, and its own",
        ),
        pytest.param(
            pod(annotations=config(mirror=STATIC_UID)),
            replace(BASE, uid=STATIC_UID, mirror_uid=UID, view=View.MIRROR, source=PodSource.FILE, workload=Workload("StaticPod", "web-0")),
            id="a mirror pod that does not name its source is of a file",
        ),
        pytest.param(
            pod(ownerReferences=[{"kind": "Node", "name": "cp-1", "controller": True}], annotations={}),
            replace(BASE, mirror_uid=UID, view=View.MIRROR, source=PodSource.FILE, workload=Workload("StaticPod", "web-0")),
            id="a mirror pod without annotations, which its node controls",
        ),
        pytest.param(
            pod(ownerReferences=[{"kind": "Node", "name": "cp-1", "controller": True}], annotations=config(hash=STATIC_UID)),
            replace(
                BASE,
                uid=STATIC_UID,
                mirror_uid=UID,
                view=View.MIRROR,
                source=PodSource.FILE,
                config_hash=STATIC_UID,
                workload=Workload("StaticPod", "web-0"),
            ),
            id="one with the UID alone",
        ),
        pytest.param(
            pod(ownerReferences=[{"kind": "Node", "name": "cp-1"}]), BASE, id="an owner that controls nothing makes no mirror pod"
        ),
        pytest.param(
            pod(uid=STATIC_UID, status={"phase": "Running"}),
            replace(
                BASE,
                uid=STATIC_UID,
                view=View.KUBELET,
                source=PodSource.FILE,
                has_status=True,
                phase="Running",
                workload=Workload("StaticPod", "web-0"),
            ),
            id="a static pod without annotations, by the UID that only kubelets make",
        ),
        pytest.param(pod(uid=STATIC_UID), replace(BASE, uid=STATIC_UID), id="a manifest that is pinned to one has no status"),
        pytest.param(pod(annotations=config(source="elsewhere")), BASE, id="a source that no kubelet writes is a stranger's annotation"),
        pytest.param(
            pod(name="\x1b[2J<b>"),
            replace(BASE, name="\x1b[2J<b>", workload=Workload("Pod", "\x1b[2J<b>")),
            id="a hostile name stays as it is",
        ),
    ],
)
def test_pod_view(given: dict[str, Any], expected: PodView) -> None:
    assert view(given) == expected


def owned(kind: str, name: str, **labels: str) -> dict[str, Any]:
    return pod(labels=labels, ownerReferences=[{"kind": "Foo", "name": "no-controller"}, {"kind": kind, "name": name, "controller": True}])


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(owned("ReplicaSet", "web-6d4b", **{"pod-template-hash": "6d4b"}), Workload("Deployment", "web"), id="a Deployment's"),
        pytest.param(owned("ReplicaSet", "web-6d4b"), Workload("ReplicaSet", "web-6d4b"), id="a ReplicaSet of nobody: no label"),
        pytest.param(owned("ReplicaSet", "web", **{"pod-template-hash": "6d4b"}), Workload("ReplicaSet", "web"), id="the name has no hash"),
        pytest.param(owned("ReplicaSet", "-6d4b", **{"pod-template-hash": "6d4b"}), Workload("ReplicaSet", "-6d4b"), id="nothing is left"),
        pytest.param(owned("Job", "backup-28489680"), Workload("CronJob", "backup"), id="minutes of March 2024"),
        pytest.param(owned("Job", "backup-1609459200"), Workload("CronJob", "backup"), id="seconds of January 2021, as up to 1.20"),
        pytest.param(owned("Job", "backup-20240115"), Workload("Job", "backup-20240115"), id="a date is no scheduled time"),
        pytest.param(owned("Job", "backup-2024011508"), Workload("Job", "backup-2024011508"), id="a date with hour neither"),
        pytest.param(owned("Job", "import-2"), Workload("Job", "import-2"), id="a Job by its number"),
        pytest.param(owned("StatefulSet", "db"), Workload("StatefulSet", "db"), id="a StatefulSet's"),
        pytest.param(owned("DaemonSet", "cni"), Workload("DaemonSet", "cni"), id="a DaemonSet's"),
        pytest.param(
            pod(ownerReferences=[None, {"kind": "ReplicaSet", "name": "x"}]), Workload("Pod", "web-0"), id="an owner that is no controller"
        ),
    ],
)
def test_workload(given: dict[str, Any], expected: Workload) -> None:
    assert view(given).workload == expected


def status(**members: Any) -> dict[str, Any]:
    return pod(status={"containerStatuses": [{"name": "app", "containerID": f"containerd://{ID}", "restartCount": 2, **members}]})


RUNNING = ContainerStatus("app", ID, RunState.RUNNING, started=True, started_at="2024-03-01T10:00:00Z", restart_count=2)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(status(state={"running": {"startedAt": "2024-03-01T10:00:00Z"}}, started=True), (RUNNING,), id="running"),
        pytest.param(
            status(state={"running": {"startedAt": None}}, started=False),
            (replace(RUNNING, started=False, started_at=None),),
            id="running, startup probe pending",
        ),
        pytest.param(
            status(state={"terminated": {"exitCode": 137, "startedAt": "2024-03-01T10:00:00Z", "containerID": "x"}}),
            (replace(RUNNING, state=RunState.EXITED, started=None, exit_code=137),),
            id="terminated",
        ),
        pytest.param(
            status(state={"waiting": {"reason": "CrashLoopBackOff"}}),
            (replace(RUNNING, state=RunState.WAITING, started=None, started_at=None),),
            id="waiting",
        ),
        pytest.param(
            status(state={}), (replace(RUNNING, state=RunState.WAITING, started=None, started_at=None),), id="no state is waiting"
        ),
        pytest.param(
            status(ready=True), (replace(RUNNING, started=None, started_at=None),), id="what is ready runs, though its state is cut out"
        ),
        pytest.param(status(state={}, started=True), (replace(RUNNING, started_at=None),), id="so does what has started"),
        pytest.param(
            status(state={"waiting": {}}, ready=True, started=True),
            (replace(RUNNING, state=RunState.WAITING, started_at=None),),
            id="unless it says that it waits",
        ),
        pytest.param(
            pod(status={"initContainerStatuses": [{"name": "prepare", "ready": True}]}),
            (ContainerStatus("prepare", None, RunState.WAITING),),
            id="an init container that is ready may be done",
        ),
        pytest.param(
            pod(status={"containerStatuses": [{"name": "app", "containerID": ""}]}),
            (ContainerStatus("app", None, RunState.WAITING),),
            id="not created yet",
        ),
        pytest.param(
            pod(
                status={
                    "ephemeralContainerStatuses": [{"name": "debug"}],
                    "containerStatuses": [{"name": "app"}],
                    "initContainerStatuses": [{"name": "prepare"}],
                }
            ),
            tuple(ContainerStatus(name, None, RunState.WAITING) for name in ("prepare", "app", "debug")),
            id="init, app, ephemeral containers, in this order",
        ),
        pytest.param(pod(status={"containerStatuses": None, "phase": "Pending"}), (), id="null is none"),
    ],
)
def test_container_statuses(given: dict[str, Any], expected: tuple[ContainerStatus, ...]) -> None:
    found = view(given)
    assert (found.has_status, found.statuses) == (True, expected)


@pytest.mark.parametrize(
    ("given", "path", "reason"),
    [
        pytest.param(pod(name=5), "metadata.name", "expected a string, found an integer", id="a name of a wrong type"),
        pytest.param(pod(labels={"a": 1}), "metadata.labels[...]", "expected a string, found an integer", id="a label of a wrong type"),
        pytest.param(
            pod(annotations={"kubernetes.io/config.hash": True}),
            "metadata.annotations.kubernetes.io/config.hash",
            "expected a string, found a boolean",
            id="an annotation of a wrong type",
        ),
        pytest.param(pod(spec=["x"]), "spec", "expected an object, found an array", id="a spec of a wrong type"),
        pytest.param(pod(status="x"), "status", "expected an object, found a string", id="a status of a wrong type"),
        pytest.param(
            status(state={"running": "x"}),
            "status.containerStatuses[0].state.running",
            "expected an object, found a string",
            id="a state of a wrong type",
        ),
    ],
)
def test_refused_with_its_path(given: dict[str, Any], path: str, reason: str) -> None:
    with pytest.raises(SpecRefused) as caught:
        view(given)
    assert (caught.value.path, caught.value.reason) == (path, reason)


def test_a_view_holds_nothing_of_env_args_or_annotations() -> None:
    secrets = {"env": [{"name": "PIN", "value": "canary-1"}], "args": ["canary-2"], "command": ["canary-3"]}
    given = pod(spec={"containers": [{"name": "app", **secrets}]}, annotations={"last-applied": "canary-4"})
    assert "canary" not in repr(view(given))


def test_what_repeats_is_held_once() -> None:
    first, second = (view(owned("ReplicaSet", "web-6d4b", app="web", **{"pod-template-hash": "6d4b"})) for _ in range(2))
    assert first.labels is second.labels
    assert first.workload is second.workload
    assert first.namespace is second.namespace
    assert first.node is second.node


@pytest.mark.parametrize("restarts", [(1 << 31) - 1, -(1 << 31)])
def test_a_number_of_restarts_is_an_int32(restarts: int) -> None:
    assert [one.restart_count for one in view(status(restartCount=restarts)).statuses] == [restarts]


@pytest.mark.parametrize(
    ("restarts", "words"),
    [
        (1 << 31, "an integer of at most 2147483647, found a larger one"),
        ((1 << 53) + 1, "found a larger one"),
        (-(1 << 31) - 1, "an integer of at least -2147483648, found a smaller one"),
    ],
)
def test_no_kubelet_counts_as_far(restarts: int, words: str) -> None:
    with pytest.raises(SpecRefused, match=f"restartCount: .*{words}"):
        view(status(restartCount=restarts))
