"""Static pods through ``plan``: manifests with and without what runs of them, duplicates, what is gone, and what a configuration changes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.builders import NODE, STARTED
from upgradecheck.commands.hash import HashRequest, make_hashes
from upgradecheck.commands.plan import PlanRequest, make_plan
from upgradecheck.model.errors import InputError, UsageError
from upgradecheck.model.hashlist import HashItem
from upgradecheck.model.plan import Calibration, Grade, Plan, StaticUIDs, Verdict
from upgradecheck.model.reasons import Reason

UID = "5eed0000-0000-4000-8000-000000000001"
MADE = "0123456789abcdef0123456789abcdef"
MADE_BY_1_19, MADE_BY_1_28 = "01de6727754dc10e2c407a363fc45c68", "32155141018f4c2d2e513a76a9b547ca"
MADE_BY_1_31 = "b567dc98019260a10fe649b7e2a4b84c"
"""By kubelets 1.19 and 1.20, by 1.28, and by 1.31, of the manifest in /etc/kubernetes/manifests/web.yaml."""
PIN_OPEN = (Verdict.UNKNOWN, Reason.PIN_UNPROVED)
UNPROVED = (Verdict.UNKNOWN, Reason.STATIC_UID_UNPROVED)
WEB = "apiVersion: v1\nkind: Pod\nmetadata: {name: web%s}\nspec:\n  containers:\n  - {name: app, image: registry.example/web:1.0%s}\n"


def manifest(*, uid: str | None = None, container: str = "") -> str:
    return WEB % (f", uid: {uid}" if uid else "", container)


def seen(uid: str, *, phase: str = "Running", name: str = "web") -> dict[str, Any]:
    """The kubelet's own view of the pod."""
    marks = {"kubernetes.io/config.source": "file", "kubernetes.io/config.hash": uid}
    state = {"running": {"startedAt": STARTED}} if phase == "Running" else {"terminated": {"exitCode": 1}}
    return {
        "metadata": {"name": f"{name}-{NODE}", "namespace": "default", "uid": uid, "annotations": marks},
        "spec": {"nodeName": NODE, "containers": [{"name": "app", "image": "registry.example/web:1.0"}]},
        "status": {
            "phase": phase,
            "containerStatuses": [{"name": "app", "containerID": "containerd://1", "state": state, "started": True}],
        },
    }


def node(version: str, name: str = NODE) -> dict[str, Any]:
    return {
        "kind": "Node",
        "metadata": {"name": name},
        "status": {"nodeInfo": {"kubeletVersion": f"v{version}", "containerRuntimeVersion": "containerd://1.7.27"}},
    }


class World:
    """Files of one node in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "manifests").mkdir()

    def manifests(self, **texts: str) -> None:
        for name, text in texts.items():
            (self.folder / "manifests" / f"{name}.yaml").write_text(text)

    def plan(self, *documents: dict[str, Any], start: str | None = None, target: str = "1.22.17", **options: Any) -> Plan:
        files = tuple(str(self.folder / f"in-{number}.json") for number in range(len(documents)))
        for file, document in zip(files, documents, strict=True):
            Path(file).write_text(json.dumps(document))
        options.setdefault("static_pods", str(self.folder / "manifests"))
        return make_plan(PlanRequest(files=files, from_version=start, to_version=target, **options))


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def told(plan: Plan) -> list[tuple[str, Verdict, Reason]]:
    return [(pod.name, pod.verdict, pod.reason) for pod in plan.pods]


def test_a_pod_that_nobody_runs_yet_will_start(world: World) -> None:
    world.manifests(web=manifest())
    plan = world.plan(seen(UID, name="other"), node("1.20.15"))
    assert (f"web-{NODE}", Verdict.NOT_COMPARED, Reason.WILL_START) in told(plan)


def test_manifests_alone_say_what_would_happen(world: World) -> None:
    """Nothing tells what runs, so what runs is taken on trust: the manifest, under --from."""
    world.manifests(web=manifest(), own=manifest(uid=UID).replace("web", "own"))
    plan = world.plan(start="1.20.15")
    assert told(plan) == [("own", Verdict.SAFE, Reason.HASH_EQUAL), ("web", Verdict.RECREATE, Reason.STATIC_UID_CHANGED)]


@pytest.mark.parametrize(
    ("before", "start", "target", "expected"),
    [
        pytest.param(MADE_BY_1_19, "1.19.16", "1.20.15", (Verdict.SAFE, Reason.HASH_EQUAL), id="1.19 to 1.20 keeps UIDs"),
        pytest.param(MADE, "1.19.16", "1.20.15", (Verdict.RECREATE, Reason.STATIC_UID_CHANGED), id="but not that of another manifest"),
        pytest.param(MADE_BY_1_28, "1.28.15", "1.29.15", (Verdict.SAFE, Reason.HASH_EQUAL), id="1.28 to 1.29 keeps it, as computed"),
        pytest.param(MADE, "1.20.15", "1.22.17", (Verdict.RECREATE, Reason.STATIC_UID_CHANGED), id="1.20 to 1.22 does not"),
        pytest.param(MADE, "1.22.17", "1.20.15", (Verdict.RECREATE, Reason.STATIC_UID_CHANGED), id="nor does the way back"),
        pytest.param(MADE, "1.28.15", "1.29.15", (Verdict.SAFE, Reason.HASH_EQUAL), id="1.28 to 1.29 keeps what a view shows to run"),
    ],
)
def test_uids_that_the_kubelet_made(before: str, start: str, target: str, expected: tuple[Verdict, Reason], world: World) -> None:
    world.manifests(web=manifest())
    assert told(world.plan(seen(before), node(start), target=target)) == [(f"web-{NODE}", *expected)]


def test_one_manifest_that_is_reproduced_proves_that_another_is_not_what_runs(world: World) -> None:
    world.manifests(web=manifest(), edited=manifest().replace("web", "edited"))
    plan = world.plan(seen(MADE_BY_1_28), seen(MADE, name="edited"), node("1.28.15"), target="1.29.15")
    assert told(plan) == [
        (f"edited-{NODE}", Verdict.RECREATE, Reason.STATIC_UID_CHANGED),
        (f"web-{NODE}", Verdict.SAFE, Reason.HASH_EQUAL),
    ]
    assert plan.nodes[0].evidence == {Grade.INFERRED: 2}


def sandbox(uid: str) -> dict[str, Any]:
    """What the runtime's list has of the pod, with a container in it that nobody saw more of."""
    labels = {"io.kubernetes.pod.name": f"web-{NODE}", "io.kubernetes.pod.namespace": "default", "io.kubernetes.pod.uid": uid}
    one = {
        "id": "5b",
        "metadata": {"name": f"web-{NODE}", "namespace": "default", "uid": uid, "attempt": 0},
        "state": "SANDBOX_READY",
        "labels": labels,
    }
    return {"items": [{**one, "createdAt": "1795644001863573049", "annotations": {"kubernetes.io/config.source": "file"}}]}


TOLD = {"apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration", "staticPodPath": "/etc/kubernetes/manifests"}


@pytest.mark.parametrize(
    ("documents", "expected"),
    [
        pytest.param([seen(MADE)], (Verdict.SAFE, Reason.HASH_EQUAL), id="a view shows that it is what runs, and its directory may be any"),
        pytest.param([seen(MADE), TOLD], UNPROVED, id="its directory is told: the file was renamed, or another kubelet runs"),
        pytest.param([sandbox(MADE)], UNPROVED, id="nothing shows what runs: it may have been edited"),
        pytest.param([sandbox(MADE), TOLD], UNPROVED, id="nor does it where the directory is told"),
    ],
)
def test_where_no_uid_is_reproduced_the_two_versions_alone_give_no_all_clear(
    documents: list[dict[str, Any]], expected: tuple[Verdict, Reason], world: World
) -> None:
    world.manifests(web=manifest())
    plan = world.plan(*documents, node("1.28.15"), target="1.29.15")
    assert told(plan) == [(f"web-{NODE}", *expected)]
    assert [missing.what for missing in plan.coverage.missing] == [f"what runs of the manifests on node {NODE}"]
    assert (plan.exit_code, plan.nodes[0].calibration) == (3, Calibration(static_uids=StaticUIDs(0, 1)))
    assert plan.nodes[0].evidence == {Grade.ESTIMATED: 1}


@pytest.mark.parametrize(
    ("uid", "grade"),
    [
        pytest.param(MADE_BY_1_31, Grade.INFERRED, id="a view under a UID that is made of it is as good as its manifest"),
        pytest.param(MADE, Grade.ESTIMATED, id="one of which it is not, for its file may be anywhere, is believed"),
    ],
)
def test_a_view_is_what_runs_whatever_its_file_is_called(uid: str, grade: Grade, world: World) -> None:
    plan = world.plan(seen(uid), node("1.31.0"), target="1.31.14", static_pods=None)
    assert told(plan) == [(f"web-{NODE}", Verdict.SAFE, Reason.HASH_EQUAL)]
    assert (plan.complete, plan.nodes[0].evidence) == (True, {grade: 1})


RKE2 = ", env: [{name: FILE_HASH, value: 5eed}]"


@pytest.mark.parametrize(
    ("uid", "container", "spec", "expected", "pinned"),
    [
        pytest.param(MADE_BY_1_31, "", "", (Verdict.SAFE, Reason.HASH_EQUAL), ["UC017"], id="as it was pinned"),
        pytest.param(MADE_BY_1_28, "", "", (Verdict.SAFE, Reason.HASH_EQUAL), ["UC017"], id="pinned under a kubelet before"),
        pytest.param(MADE_BY_1_31, "", "  hostNetwork: true\n", PIN_OPEN, ["UC017"], id="edited since, which no list shows"),
        pytest.param(MADE_BY_1_31, RKE2, "", (Verdict.SAFE, Reason.HASH_EQUAL), [], id="a UID of RKE2's own"),
        pytest.param(UID, "", "  hostNetwork: true\n", (Verdict.SAFE, Reason.HASH_EQUAL), [], id="a UID that is no pin"),
    ],
)
def test_a_pin_is_tested_by_the_uid_that_its_manifest_makes_without_it(
    uid: str, container: str, spec: str, expected: tuple[Verdict, Reason], pinned: list[str], world: World
) -> None:
    world.manifests(web=manifest(uid=uid, container=container) + spec)
    plan = world.plan(sandbox(uid), node("1.31.0"), target="1.31.14")
    assert told(plan) == [(f"web-{NODE}", *expected)]
    assert [finding.rule for finding in plan.findings if finding.rule in ("UC017", "UC018")] == pinned


def test_what_an_edit_under_a_pin_does_is_told_where_a_view_shows_what_runs(world: World) -> None:
    world.manifests(web=manifest(uid=MADE_BY_1_31) + "  hostNetwork: true\n")
    plan = world.plan(seen(MADE_BY_1_31), node("1.31.0"), target="1.31.14")
    assert told(plan) == [(f"web-{NODE}", Verdict.RECREATE, Reason.NETWORK_MODE_CHANGED)]


def test_another_uid_in_the_manifest_than_that_of_what_runs(world: World) -> None:
    world.manifests(web=manifest(uid=UID))
    assert told(world.plan(seen(MADE), node("1.20.15"), target="1.20.15")) == [(f"web-{NODE}", Verdict.RECREATE, Reason.STATIC_UID_CHANGED)]


def test_a_finished_pod_runs_again_under_another_uid(world: World) -> None:
    world.manifests(web=manifest())
    assert told(world.plan(seen(MADE, phase="Failed"), node("1.20.15"))) == [(f"web-{NODE}", Verdict.RECREATE, Reason.STATIC_UID_CHANGED)]


def test_a_manifest_that_is_gone(world: World) -> None:
    plan = world.plan(seen(UID), node("1.20.15"))
    assert told(plan) == [(f"web-{NODE}", Verdict.REJECT, Reason.MANIFEST_GONE)]
    assert [finding.rule for finding in plan.findings] == ["UC013"]


@pytest.mark.parametrize(
    ("container", "reason"),
    [
        pytest.param(", securityContext: {windowsOptions: {hostProcess: false}}", Reason.MANIFEST_INVALID, id="1.22 refuses hostProcess"),
        pytest.param(", env: [{name: A, value: yes}]", Reason.MANIFEST_NOT_DECODED, id="a boolean where text is wanted"),
    ],
)
def test_a_manifest_that_the_new_kubelet_refuses(container: str, reason: Reason, world: World) -> None:
    world.manifests(web=manifest(uid=UID, container=container))
    plan = world.plan(seen(UID), node("1.20.15"))
    assert told(plan) == [(f"web-{NODE}", Verdict.REJECT, reason)]
    assert (plan.exit_code, len(plan.pods[0].details)) == (2, 1)


def test_a_manifest_that_neither_kubelet_takes_is_named(world: World) -> None:
    world.manifests(cut="apiVersion: v1\nkind: Pod\nmetadata:\n  name: cut\n")
    plan = world.plan(start="1.20.15")
    assert told(plan) == [("cut", Verdict.NOT_COMPARED, Reason.NOT_RUNNING)]
    assert any("cut.yaml: neither kubelet takes it (spec.containers: is empty)" in notice for notice in plan.notices)


def test_of_two_files_with_one_pod_the_last_that_is_taken_runs(world: World) -> None:
    world.manifests(a=manifest(uid=UID), b=manifest(uid=UID, container=", env: [{name: A, value: yes}]"))
    plan = world.plan(seen(UID), node("1.20.15"))
    assert told(plan) == [(f"web-{NODE}", Verdict.SAFE, Reason.HASH_EQUAL)]
    assert any("b.yaml: passed over" in notice for notice in plan.notices)


def test_what_is_no_pod_is_named_and_passed_over(world: World) -> None:
    world.manifests(web=manifest(uid=UID), empty="", noname="kind: Pod\n", list="- 1\n")
    plan = world.plan(seen(UID), node("1.20.15"))
    assert told(plan) == [(f"web-{NODE}", Verdict.SAFE, Reason.HASH_EQUAL)]
    assert sum("gives no static pod" in notice for notice in plan.notices) == 3


def test_manifests_belong_to_one_node(world: World) -> None:
    world.manifests(web=manifest())
    with pytest.raises(UsageError, match=r"belong to one node.*--node"):
        world.plan(node("1.20.15"), node("1.20.15", "worker-2"), seen(UID))
    assert told(world.plan(node("1.20.15"), node("1.20.15", "worker-2"), seen(UID), nodes=(NODE,)))


def test_a_folder_that_is_not_there(world: World) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        world.plan(node("1.20.15"), static_pods=str(world.folder / "nowhere"))


def config(folder: Path, **settings: Any) -> dict[str, Any]:
    document = {"apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration", **settings}
    (folder / "new.json").write_text(json.dumps(document))
    return document


def test_a_configuration_that_gives_pods_cgroups_recreates_every_pod_that_runs(world: World) -> None:
    world.manifests(web=manifest(uid=UID))
    old = config(world.folder, cgroupsPerQOS=False)
    config(world.folder, cgroupsPerQOS=True)
    assert told(world.plan(seen(UID), node("1.20.15"), old)) == [(f"web-{NODE}", Verdict.SAFE, Reason.HASH_EQUAL)]
    moved = world.plan(seen(UID), node("1.20.15"), old, to_config=str(world.folder / "new.json"))
    assert told(moved) == [(f"web-{NODE}", Verdict.RECREATE, Reason.CGROUPS_MOVE)]


def test_the_old_directory_is_known_by_proof_where_only_the_new_one_is_told(world: World) -> None:
    world.manifests(web=manifest())
    config(world.folder, staticPodPath="/srv/manifests")
    plan = world.plan(sandbox(MADE_BY_1_31), node("1.31.0"), target="1.31.14", to_config=str(world.folder / "new.json"))
    assert told(plan) == [(f"web-{NODE}", Verdict.RECREATE, Reason.STATIC_UID_CHANGED)]


def test_two_configurations_do_not_say_which_is_which(world: World) -> None:
    one = config(world.folder)
    with pytest.raises(UsageError, match=r"2 kubelet configurations.*--to-config"):
        world.plan(seen(UID), node("1.20.15"), one, one)


def test_hashes_of_manifests_defaulted_are_those_that_a_real_kubelet_recorded() -> None:
    folder = Path(__file__).parents[1] / "examples" / "sources" / "node-1.20-to-1.22"
    observed = json.loads((folder / "observed.json").read_bytes())["containers"]
    recorded = {(one["pod"].removesuffix("-node-1"), one["container"]): one["recorded_hash"] for one in observed}
    request = HashRequest(files=(str(folder / "manifests"),), kubelets=("1.20.15",), defaults=True)
    made = {(one.pod, one.container): one.hash.hex for one in make_hashes(request) if isinstance(one, HashItem)}
    assert made == {(pod, container): hash_ for (pod, container), hash_ in recorded.items()}
