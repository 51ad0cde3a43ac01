"""Which version steps restart what, through files: the eras' boundary, Go's escapes, new fields, and the way back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.builders import (
    OTHER_UID,
    Document,
    crictl_ps,
    ended,
    known_as,
    listed,
    node,
    on_node,
    pod,
    recorded_by,
    seen_by_kubelet,
    with_container,
    with_env,
    with_ephemeral,
    with_field,
    with_init,
    with_sidecar,
    without_status,
)
from upgradecheck.commands.hash import HashRequest, hash_notices, make_hashes
from upgradecheck.commands.plan import PlanRequest, make_plan
from upgradecheck.model.errors import ConflictingSpecs, InvalidVersion, UnknownVersion, UsageError
from upgradecheck.model.hashlist import HashError, HashItem
from upgradecheck.model.plan import Coverage, Grade, Missing, Plan, Verdict
from upgradecheck.model.version import release_of


def written(folder: Path, **documents: Document | str) -> tuple[str, ...]:
    """Files of these names."""
    paths = []
    for name, document in documents.items():
        path = folder / f"{name}.json"
        path.write_text(document if isinstance(document, str) else json.dumps(document))
        paths.append(str(path))
    return tuple(paths)


def upgrade(folder: Path, *pods: Document, start: str, target: str) -> Plan:
    inputs = written(folder, pods=listed(*pods), nodes=listed(node(version=f"v{start}")))
    return make_plan(PlanRequest(files=inputs, to_version=target))


def verdicts(plan: Plan) -> dict[str, Verdict]:
    return {container.name: container.verdict for pod in plan.pods for container in pod.containers}


RESTART, SAFE, NOT_COMPARED = Verdict.RESTART, Verdict.SAFE, Verdict.NOT_COMPARED
EVERYTHING = with_ephemeral(with_sidecar(with_init(with_container(pod(), "second"))))


@pytest.mark.parametrize("target", ["1.31.0", "1.31.14", "1.37.1"])
@pytest.mark.parametrize("start", ["1.16.15", "1.22.17", "1.30.14"])
def test_crossing_to_1_31_restarts_every_running_app_container(start: str, target: str, tmp_path: Path) -> None:
    """1.37 does not start on the CPU manager's file of a 1.17 and before, whatever the policy (UC031)."""
    found = verdicts(upgrade(tmp_path, with_init(with_container(pod(), "second")), start=start, target=target))
    unread = (start, target) == ("1.16.15", "1.37.1")
    assert found == dict.fromkeys(found, Verdict.UNKNOWN) if unread else {"prep": NOT_COMPARED, "app": RESTART, "second": RESTART}


def test_crossing_to_1_31_leaves_the_other_kinds_alone(tmp_path: Path) -> None:
    found = verdicts(upgrade(tmp_path, EVERYTHING, start="1.30.14", target="1.31.14"))
    assert found == {"prep": NOT_COMPARED, "mesh": NOT_COMPARED, "app": RESTART, "second": RESTART, "debug": NOT_COMPARED}


def test_the_way_back_from_1_31_restarts_them_too_and_is_called_a_downgrade(tmp_path: Path) -> None:
    plan = upgrade(tmp_path, pod(), start="1.31.14", target="1.30.14")
    assert (verdicts(plan), plan.downgrade, plan.exit_code) == ({"app": RESTART}, True, 2)


def test_a_downgrade_within_the_json_era_is_planned_and_called_one(tmp_path: Path) -> None:
    plan = upgrade(tmp_path, pod(), start="1.30.14", target="1.22.17")
    assert (verdicts(plan), plan.downgrade, plan.exit_code) == ({"app": SAFE}, True, 0)


JSON_ERA = [f"1.{minor}" for minor in range(16, 31)]


@pytest.mark.parametrize("target", JSON_ERA)
def test_nothing_restarts_within_the_json_era(target: str, tmp_path: Path) -> None:
    plan = upgrade(tmp_path, pod(), start="1.16.15", target=target)
    assert (verdicts(plan), {finding.rule for finding in plan.findings} - {"UC040"}, plan.exit_code) == ({"app": SAFE}, set(), 0)


def test_nothing_restarts_from_1_31_on(tmp_path: Path) -> None:
    assert verdicts(upgrade(tmp_path, pod(), start="1.31.0", target="1.37")) == {"app": SAFE}


@pytest.mark.parametrize(
    ("path", "value", "last", "first"),
    [
        pytest.param("securityContext.seccompProfile", {"type": "RuntimeDefault"}, "1.18.20", "1.19.0", id="seccompProfile"),
        pytest.param(
            "livenessProbe",
            {"tcpSocket": {"port": 1}, "terminationGracePeriodSeconds": 1},
            "1.20.15",
            "1.21.0",
            id="terminationGracePeriodSeconds",
        ),
        pytest.param("livenessProbe", {"grpc": {"port": 1}}, "1.22.17", "1.23.0", id="grpc probe"),
        pytest.param("resources", {"claims": [{"name": "gpu"}]}, "1.25.16", "1.26.0", id="resource claims"),
        pytest.param("resizePolicy", [{"resourceName": "cpu", "restartPolicy": "NotRequired"}], "1.26.15", "1.27.0", id="resizePolicy"),
        pytest.param("lifecycle", {"preStop": {"sleep": {"seconds": 1}}}, "1.28.15", "1.29.0", id="sleep hook"),
        pytest.param("securityContext.appArmorProfile", {"type": "RuntimeDefault"}, "1.29.15", "1.30.0", id="appArmorProfile"),
    ],
)
def test_a_newly_known_field_restarts_its_container_alone(path: str, value: object, last: str, first: str, tmp_path: Path) -> None:
    document = with_container(with_field(pod(), "app", path, value), "second")
    assert verdicts(upgrade(tmp_path, document, start="1.16.15", target=last)) == {"app": SAFE, "second": SAFE}
    assert verdicts(upgrade(tmp_path, document, start="1.16.15", target="1.30.14")) == {"app": RESTART, "second": SAFE}
    assert verdicts(upgrade(tmp_path, document, start=last, target=first)) == {"app": RESTART, "second": SAFE}
    assert verdicts(upgrade(tmp_path, document, start=first, target="1.30.14")) == {"app": SAFE, "second": SAFE}


@pytest.mark.parametrize("text", ["a\bb", "a\fb"], ids=["U+0008", "U+000C"])
@pytest.mark.parametrize(
    ("start", "target", "expected"),
    [
        pytest.param("1.16.15", "1.26.15", SAFE, id="up to 1.26"),
        pytest.param("1.16.15", "1.27.15", SAFE, id="before 1.27.16"),
        pytest.param("1.27.15", "1.27.16", RESTART, id="across 1.27.16"),
        pytest.param("1.16.15", "1.27.16", RESTART, id="to 1.27.16"),
        pytest.param("1.28.10", "1.28.11", SAFE, id="before 1.28.12"),
        pytest.param("1.28.11", "1.28.12", RESTART, id="across 1.28.12"),
        pytest.param("1.29.5", "1.29.6", SAFE, id="before 1.29.7"),
        pytest.param("1.29.6", "1.29.7", RESTART, id="across 1.29.7"),
        pytest.param("1.29.6", "1.30.0", RESTART, id="across 1.30.0"),
        pytest.param("1.27.16", "1.30.0", SAFE, id="behind all of them"),
        pytest.param("1.29.7", "1.28.11", RESTART, id="and back"),
    ],
)
def test_control_characters_across_gos_change(text: str, start: str, target: str, expected: Verdict, tmp_path: Path) -> None:
    document = with_env(with_container(pod(), "second"), text)
    assert verdicts(upgrade(tmp_path, document, start=start, target=target)) == {"app": expected, "second": SAFE}


TWO = (pod(), with_env(pod("other", OTHER_UID), "x"))
FORMS: dict[str, Document | str] = {
    "PodList": listed(*TWO, kind="PodList"),
    "PodList without kinds": listed(
        *({key: value for key, value in one.items() if key not in ("kind", "apiVersion")} for one in TWO), kind="PodList"
    ),
    "List": listed(*TWO),
    "NDJSON": "\n".join(json.dumps(one) for one in TWO) + "\n",
    "array": json.dumps(TWO),
    "concatenated": "".join(json.dumps(one, indent=2) for one in TWO),
    "another order": listed(*TWO[::-1]),
    "twice": listed(*TWO, *TWO),
}


@pytest.mark.parametrize("form", FORMS)
def test_however_pods_come_the_plan_is_the_same(form: str, tmp_path: Path) -> None:
    def plan(pods: Document | str) -> Plan:
        inputs = written(tmp_path, pods=pods, nodes=listed(node(version="v1.30.14")))
        return make_plan(PlanRequest(files=inputs, to_version="1.31"))

    assert plan(FORMS[form]) == plan(FORMS["PodList"])


@pytest.mark.parametrize("text", ["\\ud83d", "\\ud83d\\ude00", "\\u00e9"], ids=["lone surrogate", "surrogate pair", "escape"])
def test_odd_text_is_the_same_spec_in_another_layout(text: str, tmp_path: Path) -> None:
    document = with_env(pod(), "PLACE")
    layouts = {"a": json.dumps(document), "b": json.dumps(document, indent=1, sort_keys=True)}
    inputs = written(tmp_path, **{name: layout.replace("PLACE", text) for name, layout in layouts.items()})
    assert verdicts(make_plan(PlanRequest(files=inputs, from_version="1.22", to_version="1.30"))) == {"app": SAFE}


def test_two_specs_for_one_uid_are_an_input_error(tmp_path: Path) -> None:
    inputs = written(tmp_path, monday=pod(), tuesday=with_env(pod(), "x"))
    with pytest.raises(ConflictingSpecs) as conflict:
        make_plan(PlanRequest(files=inputs, from_version="1.30", to_version="1.31"))
    assert all(name in str(conflict.value) for name in inputs)
    assert conflict.value.exit_code == 1


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        pytest.param(PlanRequest(files=("nowhere.json",)), UsageError, id="no --to"),
        pytest.param(PlanRequest(example=True, files=("x.json",)), UsageError, id="the example and files"),
        pytest.param(PlanRequest(example=True, to_version="banana"), InvalidVersion, id="no version"),
        pytest.param(PlanRequest(example=True, from_version="1.99"), UnknownVersion, id="an unknown version"),
        pytest.param(PlanRequest(example=True, max_restarts="many", fail_on=frozenset()), UsageError, id="no number"),
        pytest.param(PlanRequest(example=True, selector="app=db="), UsageError, id="no selector"),
    ],
)
def test_an_option_that_cannot_be_used_is_a_usage_error(request_: PlanRequest, error: type[UsageError]) -> None:
    with pytest.raises(error) as refused:
        make_plan(request_)
    assert refused.value.exit_code == 64


def db() -> Document:
    """Another pod, on another node and in another namespace."""
    other = on_node(pod("db-0", OTHER_UID), "worker-2")
    other["metadata"].update(namespace="data", labels={"app": "db"})
    return other


SHOP, DATA = "web-7d9f-x2x1z", "db-0"


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        pytest.param({}, [DATA, SHOP], id="everything, by namespace and name"),
        pytest.param({"namespaces": ("shop",)}, [SHOP], id="a namespace"),
        pytest.param({"excluded_namespaces": ("shop",)}, [DATA], id="all but a namespace"),
        pytest.param({"nodes": ("worker-2",)}, [DATA], id="a node"),
        pytest.param({"selector": "app=web"}, [SHOP], id="a label"),
        pytest.param({"node_selector": "disk=ssd"}, [SHOP], id="a label of the node"),
        pytest.param({"node_selector": "disk=ssd", "nodes": ("worker-2",)}, [], id="a node and a label that it has not"),
        pytest.param({"namespaces": ("shpo",)}, [], id="a namespace that is not there"),
    ],
)
def test_scope(scope: dict[str, Any], expected: list[str], tmp_path: Path) -> None:
    """What is out of scope leaves no trace, its records neither."""
    records = crictl_ps(recorded_by("1.22.17", pod()), {**recorded_by("1.22.17", db()), "id": "other"})
    nodes = listed(node(disk="ssd"), node("worker-2", "v1.22.17"))
    inputs = written(tmp_path, pods=listed(pod(), db()), nodes=nodes, crictl=records)
    plan = make_plan(PlanRequest(files=inputs, to_version="1.30.14", **scope))
    assert [found.name for found in plan.pods] == expected
    assert plan.complete is bool(expected)
    assert plan.exit_code == (0 if expected else 3)


@pytest.mark.parametrize(
    ("scope", "missing"),
    [
        pytest.param({}, ("labels of node worker-2",), id="a pod may be in scope: nobody shows the labels of its node"),
        pytest.param({"namespaces": ("shop",)}, (), id="the pod is out of scope anyhow, by its namespace"),
        pytest.param({"selector": "app=web"}, (), id="or by its labels"),
        pytest.param({"nodes": ("worker-1",)}, (), id="or by the name of its node"),
    ],
)
def test_a_node_selector_and_a_node_that_was_not_given(scope: dict[str, Any], missing: tuple[str, ...], tmp_path: Path) -> None:
    inputs = written(tmp_path, pods=listed(pod(), db()), nodes=listed(node(disk="ssd")))
    plan = make_plan(PlanRequest(files=inputs, to_version="1.30.14", node_selector="disk=ssd", **scope))
    assert [found.name for found in plan.pods] == [SHOP]
    assert tuple(item.what for item in plan.coverage.missing) == missing
    assert plan.exit_code == (3 if missing else 0)


def test_a_node_out_of_scope_does_not_make_the_plan_incomplete_or_a_downgrade(tmp_path: Path) -> None:
    nodes = listed(node(), node("worker-2", "banana"), node("worker-3", "v1.37.0"))
    inputs = written(tmp_path, pods=listed(pod(), db()), nodes=nodes)
    plan = make_plan(PlanRequest(files=inputs, to_version="1.30.14", nodes=("worker-1",)))
    assert (plan.complete, plan.downgrade, release_of(plan.from_version), plan.coverage.nodes) == (True, False, "1.22.17", 1)


def test_a_manifest_without_a_node_belongs_to_the_only_node_also_when_that_is_asked_for(tmp_path: Path) -> None:
    inputs = written(tmp_path, pods=on_node(without_status(pod()), None), nodes=listed(node()))
    plan = make_plan(PlanRequest(files=inputs, to_version="1.30.14", nodes=("worker-1",)))
    assert [(found.name, found.verdict) for found in plan.pods] == [(SHOP, SAFE)]


def test_a_status_older_than_the_runtimes_list_hides_no_restart(tmp_path: Path) -> None:
    """The pods were listed, then a container crashed and was created anew, then the runtime was asked."""
    crashed = ended(recorded_by("1.30.14", pod()))
    runs = known_as(recorded_by("1.30.14", pod()), "new", created_at=5)
    inputs = written(tmp_path, pods=pod(), nodes=node(version="v1.30.14"), crictl=crictl_ps(crashed, runs))
    plan = make_plan(PlanRequest(files=inputs, to_version="1.31.14"))
    assert [(one.container_id, one.verdict) for found in plan.pods for one in found.containers] == [("new", RESTART)]


def test_a_list_of_the_runtime_older_than_the_status_hides_no_restart(tmp_path: Path) -> None:
    """The runtime was asked, then a container that had come to its end was started anew, then the pods were listed."""
    before = known_as(ended(recorded_by("1.30.14", pod())), "old")
    inputs = written(tmp_path, pods=pod(), nodes=node(version="v1.30.14"), crictl=crictl_ps(before))
    plan = make_plan(PlanRequest(files=inputs, to_version="1.31.14"))
    assert [(one.container_id, one.verdict, one.evidence.grade) for found in plan.pods for one in found.containers] == [
        ("id-of-app", RESTART, Grade.INFERRED)
    ]


def test_a_status_without_containers_hides_no_restart(tmp_path: Path) -> None:
    cut_down = {**pod(), "status": {"phase": "Running"}}
    plan = upgrade(tmp_path, cut_down, start="1.30.14", target="1.31.14")
    assert [(one.verdict, one.evidence.grade) for found in plan.pods for one in found.containers] == [(RESTART, Grade.ESTIMATED)]


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        pytest.param((), "worker-1", id="the only node that a pod names"),
        pytest.param((db(),), None, id="one of two nodes"),
    ],
)
def test_where_runtime_records_without_pods_belong_if_no_node_is_given(
    other: tuple[Document, ...], expected: str | None, tmp_path: Path
) -> None:
    unseen = {**recorded_by("1.22.17", pod()), "id": "unseen"}
    unseen["labels"] = {**unseen["labels"], "io.kubernetes.pod.uid": "unseen"}
    inputs = written(tmp_path, pods=listed(pod(), *other), crictl=crictl_ps(unseen))
    plan = make_plan(PlanRequest(files=inputs, from_version="1.22.17", to_version="1.30.14"))
    assert [found.node for found in plan.pods if found.uid == "unseen"] == [expected]


def test_runtime_records_without_pods_are_evidence_of_the_only_node_and_incomplete(tmp_path: Path) -> None:
    inputs = written(tmp_path, crictl=crictl_ps(recorded_by("1.22.17", pod())), nodes=listed(node()))
    plan = make_plan(PlanRequest(files=inputs, to_version="1.30.14"))
    assert plan.coverage == Coverage(
        pods=1,
        nodes=1,
        nodes_with_evidence=1,
        missing=(Missing("the spec of 1 pod", "only the container runtime's list shows what runs there; give the pods too"),),
    )
    assert (plan.complete, plan.exit_code) == (False, 3)


def test_a_node_that_no_input_shows_and_no_from_is_incomplete(tmp_path: Path) -> None:
    plan = make_plan(PlanRequest(files=written(tmp_path, pods=pod()), to_version="1.30.14", fail_on=frozenset()))
    assert (plan.from_version, plan.complete, plan.exit_code) == (None, False, 3)


def test_views_across_files_are_one_pod(tmp_path: Path) -> None:
    files = {"api": listed(pod()), "kubelet": listed(seen_by_kubelet(pod())), "nodes": listed(node())}
    plan = make_plan(PlanRequest(files=written(tmp_path, **files), to_version="1.30.14"))
    assert verdicts(plan) == {"app": SAFE}


def test_a_document_that_is_no_readable_pod_is_missing_and_the_others_are_planned(tmp_path: Path) -> None:
    broken = pod("broken", OTHER_UID)
    broken["metadata"]["labels"] = 7
    inputs = written(tmp_path, pods=listed(pod(), broken), nodes=listed(node()))
    plan = make_plan(PlanRequest(files=inputs, to_version="1.30.14"))
    assert (verdicts(plan), plan.complete, plan.exit_code) == ({"app": SAFE}, False, 3)


def test_hashes_come_pod_by_pod_then_by_kubelet_then_in_spec_order(tmp_path: Path) -> None:
    first = with_init(pod())
    inputs = written(tmp_path, pods=listed(first, pod("other", OTHER_UID)))
    found = list(make_hashes(HashRequest(files=inputs, kubelets=("1.31", "v1.22.17-eks-bc4871b"))))
    assert [(one.pod, one.kubelet, one.container) for one in found if isinstance(one, HashItem)] == [
        (SHOP, "1.31", "prep"),
        (SHOP, "1.31", "app"),
        (SHOP, "1.22.17", "prep"),
        (SHOP, "1.22.17", "app"),
        ("other", "1.31", "app"),
        ("other", "1.22.17", "app"),
    ]


def test_a_refused_pod_has_one_error_in_the_place_of_its_hashes(tmp_path: Path) -> None:
    refused = with_field(pod(), "app", "ports", [{"containerPort": "secret"}])
    inputs = written(tmp_path, pods=listed(refused, pod("other", OTHER_UID)))
    error, item = make_hashes(HashRequest(files=inputs, kubelets=("1.30",)))
    assert isinstance(error, HashError)
    assert (error.pod, error.path) == (SHOP, "spec.containers[0].ports[0].containerPort")
    assert "secret" not in error.reason
    assert isinstance(item, HashItem)
    assert item.pod == "other"


def test_a_version_that_cannot_be_is_told_before_any_input_is_read() -> None:
    with pytest.raises(UnknownVersion, match=r"1\.99"):
        make_plan(PlanRequest(files=("no-such-file.json",), from_version="1.22", to_version="1.99"))


def test_what_is_said_beside_hashes() -> None:
    assert hash_notices(HashRequest(kubelets=("1.30", "v1.30.x", "v1.30.14", "1.30.99"))) == (
        "--kubelet 1.30 is taken as 1.30.14, the newest known patch.",
        "--kubelet v1.30.x is taken as 1.30.14, the newest known patch.",
        "--kubelet 1.30.99 is newer than 1.30.14, the newest known patch: taken to hash as that minor does.",
    )
    with pytest.raises(UnknownVersion, match=r"1\.7\.3"):
        hash_notices(HashRequest(kubelets=("1.7.3",)))
