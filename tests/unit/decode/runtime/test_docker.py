"""Docker's three forms: what is the kubelet's, which state it has, and labels that can or cannot be told apart."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from upgradecheck.decode.runtime.docker import Foreign, inspection_record, left_out, line_record, summary_record
from upgradecheck.decode.runtime.docker_labels import Labels, split_labels
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.hash import Hash
from upgradecheck.model.pod import Absent, ContainerRecord, Origin, PodSource, Recorded, RunState, SandboxRecord

ORIGIN = Origin("docker.json", "item 1")
OTHERS, NO_HASH = Foreign.NOT_THE_KUBELETS, Foreign.WITHOUT_ANNOTATIONS
UID = "11111111-0000-4000-8000-000000000001"
ID = "0a" * 32
NAME = f"k8s_app_web-0_shop_{UID}_2"
LABELS = {
    "annotation.io.kubernetes.container.hash": "8e45cbd0",
    "io.kubernetes.container.name": "app",
    "io.kubernetes.docker.type": "container",
    "io.kubernetes.pod.name": "web-0",
    "io.kubernetes.pod.namespace": "shop",
    "io.kubernetes.pod.uid": UID,
    "io.kubernetes.sandbox.id": "5a5b",
}
SUMMARY: dict[str, Any] = {
    "Id": ID,
    "Names": [f"/k8s_app_web-0_shop_{UID}_2"],
    "Created": 1709287200,
    "State": "running",
    "Status": "Up 3 hours",
    "Labels": LABELS,
}
RECORD = ContainerRecord(
    container_id=ID,
    sandbox_id="5a5b",
    pod_uid=UID,
    pod_namespace="shop",
    pod_name="web-0",
    name="app",
    attempt=2,
    state=RunState.RUNNING,
    created_at=1709287200 * 10**9,
    hash=Recorded(Hash(0x8E45CBD0)),
    hash_without_resources=Absent(),
    origin=ORIGIN,
)
SANDBOX_LABELS = {
    "annotation.kubernetes.io/config.source": "file",
    "annotation.kubernetes.io/config.hash": UID,
    "io.kubernetes.container.name": "POD",
    "io.kubernetes.docker.type": "podsandbox",
}
SANDBOX = SandboxRecord(ID, UID, "shop", "web-0", 1, True, 1709287200 * 10**9, PodSource.FILE, UID, ORIGIN)


def without(*keys: str) -> dict[str, str]:
    return {key: value for key, value in LABELS.items() if key not in keys}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param({}, RECORD, id="as dockershim and cri-dockerd write it"),
        pytest.param({"Names": [f"/k8s_app_web-0_shop_{UID}_2_0badcafe", "/web/alias"]}, RECORD, id="a random part, and a link's name"),
        pytest.param({"Names": ["/web/alias", f"/k8s_app_web-0_shop_{UID}_2"]}, OTHERS, id="the kubelet looks at the first name alone"),
        pytest.param({"Names": ["/debug-copy"]}, OTHERS, id="of an image that was made of a kubelet's container: all labels, another name"),
        pytest.param({"Names": None}, OTHERS, id="no name"),
        pytest.param({"Names": [f"/k8s_app_web-0_shop_{UID}_2_0badcafe_x"]}, OTHERS, id="more parts than a shim gives"),
        pytest.param({"Names": [f"/k8s_app_web-0_shop_{UID}"]}, OTHERS, id="fewer"),
        pytest.param({"Names": [f"/k8s_app_web-0_shop_{UID}_4294967296"]}, OTHERS, id="an attempt beyond 32 bits"),
        pytest.param({"Names": [f"/k8s_app_web-0_shop_{UID}_x"]}, OTHERS, id="one that is no number"),
        pytest.param({"Names": ["/k8sx_app_web-0_shop_u_2"]}, OTHERS, id="another beginning"),
        pytest.param(
            {"Labels": {"io.kubernetes.docker.type": "container"}},
            replace(RECORD, sandbox_id="", hash=Absent()),
            id="the name tells what labels do not; a hash that is not there is absent",
        ),
        pytest.param(
            {"Labels": without("io.kubernetes.docker.type")}, NO_HASH, id="no type: the shim does not list it, and podman shows such"
        ),
        pytest.param({"Labels": LABELS | {"io.kubernetes.docker.type": "x"}}, OTHERS, id="another type"),
        pytest.param({"Labels": None}, OTHERS, id="a name like the kubelet's, and no labels"),
        pytest.param({"Labels": {"maintainer": "x"}, "Names": ["/registry"]}, OTHERS, id="somebody else's"),
        pytest.param({"Labels": None, "Names": ["/registry"]}, OTHERS, id="somebody else's without labels"),
        pytest.param({"Status": "Up 5 minutes (Paused)", "State": "paused"}, RECORD, id="paused is running to the kubelet"),
        pytest.param({"Status": "Exited (137) 1 second ago"}, replace(RECORD, state=RunState.EXITED), id="exited"),
        pytest.param({"Status": "Created"}, replace(RECORD, state=RunState.STOPPED), id="created, or failed to start"),
        pytest.param({"Status": "Dead"}, replace(RECORD, state=RunState.STOPPED), id="dead"),
        pytest.param({"Status": "Removal In Progress", "State": "removing"}, replace(RECORD, state=RunState.STOPPED), id="being removed"),
        pytest.param({"Status": "Restarting (1) 2 seconds ago"}, replace(RECORD, state=RunState.UNREPORTED), id="restarted by docker"),
        pytest.param({"Status": None, "State": "created"}, replace(RECORD, state=RunState.STOPPED), id="State alone, created"),
        pytest.param({"Status": None, "State": "exited"}, replace(RECORD, state=RunState.EXITED), id="State alone"),
        pytest.param(
            {"Status": None, "State": "restarting"}, replace(RECORD, state=RunState.UNREPORTED), id="State alone, restarted by docker"
        ),
        pytest.param({"Names": ["/web"], "Status": None, "State": None}, OTHERS, id="whatever somebody else's state is"),
        pytest.param({"Names": [f"/k8s_POD_web-0_shop_{UID}_1"], "Labels": SANDBOX_LABELS}, SANDBOX, id="a sandbox"),
        pytest.param(
            {"Names": [f"/k8s_POD_web-0_shop_{UID}_1"], "Labels": SANDBOX_LABELS, "Status": "Exited (0)"},
            replace(SANDBOX, ready=False),
            id="a sandbox that is stopped",
        ),
        pytest.param(
            {"Names": [f"/k8s_POD_web-0_shop_{UID}_1"], "Labels": {"io.kubernetes.container.name": "POD"}},
            OTHERS,
            id="one by its name alone",
        ),
    ],
)
def test_summary_record(change: dict[str, Any], expected: object) -> None:
    assert summary_record(json.dumps({**SUMMARY, **change}).encode(), ORIGIN) == expected


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        pytest.param({"Running": True, "Paused": True}, RunState.RUNNING, id="paused"),
        pytest.param({"Running": False, "FinishedAt": "2024-03-01T10:00:00Z"}, RunState.EXITED, id="finished once"),
        pytest.param({"Running": False, "FinishedAt": "0001-01-01T00:00:00Z", "ExitCode": 127}, RunState.EXITED, id="failed to start"),
        pytest.param({"Running": False, "FinishedAt": "0001-01-01T00:00:00Z", "ExitCode": 0}, RunState.CREATED, id="never started"),
    ],
)
def test_inspection_state(state: dict[str, Any], expected: RunState) -> None:
    inspection = {"Id": ID, "Name": SUMMARY["Names"][0], "Created": "2024-03-01T10:00:00Z", "State": state, "Config": {"Labels": LABELS}}
    assert inspection_record(json.dumps(inspection).encode(), ORIGIN) == replace(RECORD, state=expected)


@pytest.mark.parametrize("told", [{"Status": None, "State": None}, {"Status": "Laeuft"}, {"Status": None, "State": "Running"}])
@pytest.mark.parametrize("labels", [LABELS, SANDBOX_LABELS])
def test_a_list_without_a_state_of_dockers_is_refused(told: dict[str, Any], labels: dict[str, str]) -> None:
    with pytest.raises(SpecRefused, match=r"^State: expected a state of docker's, found none or another word$"):
        summary_record(json.dumps({**SUMMARY, "Labels": labels, **told}).encode(), ORIGIN)


@pytest.mark.parametrize("state", [None, {}, {"Status": "running"}])
def test_an_inspection_that_does_not_tell_whether_it_runs_is_refused(state: dict[str, Any] | None) -> None:
    inspection = {"Id": ID, "Name": SUMMARY["Names"][0], "State": state, "Config": {"Labels": LABELS}}
    with pytest.raises(SpecRefused, match=r"^State\.Running: expected whether it runs, found nothing$"):
        inspection_record(json.dumps(inspection).encode(), ORIGIN)


API = 'take "curl -s --unix-socket /var/run/docker.sock http://localhost/containers/json?all=1" instead'
UNCLEAR = f"Labels: docker ps joins the labels with commas, and some values hold commas too, so they cannot be told apart (container {NAME}); {API}"
TYPE = "io.kubernetes.docker.type=container"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(
            {"ID": ID[:12]},
            f"ID: is cut short, so it matches no pod; take it again with --no-trunc (container {NAME}); {API}",
            id="a short ID",
        ),
        pytest.param({"Labels": f"{TYPE},x=1,{TYPE}"}, UNCLEAR, id="a label twice"),
        pytest.param({"Labels": f"{TYPE},io.kubernetes.pod.name=a,b"}, UNCLEAR, id="a comma in a value that is read"),
        pytest.param({"Labels": f'annotation.io.kubernetes.container.ports=[{{"name":"a",{TYPE}'}, UNCLEAR, id="ports that are no JSON"),
        pytest.param({"Labels": f"annotation.io.kubernetes.container.ports=[]x,{TYPE}"}, UNCLEAR, id="ports with something behind"),
        pytest.param(
            {"Labels": None},
            f"Labels: expected the kubelet's labels, found none; {API}",
            id="no labels",
        ),
    ],
)
def test_a_line_that_cannot_be_used_is_refused_by_name(change: dict[str, str | None], message: str) -> None:
    line = {"ID": ID, "Names": NAME, "Labels": TYPE, "Status": "Up", **change}
    with pytest.raises(SpecRefused) as caught:
        line_record(json.dumps({key: value for key, value in line.items() if value is not None}).encode(), ORIGIN)
    assert str(caught.value) == message


def test_a_hostile_name_is_not_repeated_raw() -> None:
    with pytest.raises(SpecRefused) as caught:
        line_record(json.dumps({"ID": "1", "Names": "k8s_\x1b[31m_p_n_u_0", "Labels": TYPE}).encode(), ORIGIN)
    assert "\x1b" not in str(caught.value)


def test_a_line_of_nerdctl_proves_nothing() -> None:
    labels = f"io.cri-containerd.kind=container,io.kubernetes.container.name=app,io.kubernetes.pod.uid={UID}"
    assert (
        line_record(json.dumps({"ID": ID, "Names": "k8s://shop/web-0/app", "Labels": labels, "Status": "Up"}).encode(), ORIGIN)
        is Foreign.NERDCTLS
    )


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        pytest.param(None, Foreign.NOT_THE_KUBELETS_OF_PODMAN, id="one that somebody started"),
        pytest.param({"io.kubernetes.pod.uid": UID}, Foreign.PODMANS, id="one that CRI-O keeps for a kubelet"),
    ],
)
def test_a_list_of_podman_is_called_so(labels: dict[str, str] | None, found: Foreign) -> None:
    listed = {"Id": ID, "Names": ["web"], "State": "running", "Labels": labels, "IsInfra": False, "Created": 1}
    assert summary_record(json.dumps(listed).encode(), ORIGIN) is found


def test_labels_of_others_may_hold_anything() -> None:
    assert line_record(json.dumps({"ID": "1", "Names": "x", "Labels": "a=b,c,,=,pod.uid=1,2"}).encode(), ORIGIN) is OTHERS


json_values = st.recursive(
    st.none() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
NAMES = {
    field: f"{prefix}{name}"
    for field, prefix, name in (
        ("hash", "annotation.", "io.kubernetes.container.hash"),
        ("pod_uid", "", "io.kubernetes.pod.uid"),
        ("pod_name", "", "io.kubernetes.pod.name"),
    )
}


@given(
    st.fixed_dictionaries({}, optional={field: st.from_regex(r"[a-z0-9.-]{0,12}", fullmatch=True) for field in NAMES}),
    json_values,
    json_values,
    st.dictionaries(st.sampled_from(["app", "annotation.io.kubernetes.container.terminationMessagePath"]), st.text("ab/= ", max_size=9)),
    st.randoms(use_true_random=False),
)
def test_labels_joined_by_docker_are_told_apart(
    labels: dict[str, str], ports: object, hook: object, others: dict[str, str], random: Any
) -> None:
    """Whatever JSON stands in ports and preStopHandler, and in whatever order docker joins."""
    joined = [f"{NAMES[field]}={value}" for field, value in labels.items()] + [f"{key}={value}" for key, value in others.items()]
    joined.append(f"annotation.io.kubernetes.container.ports={json.dumps(ports)}")
    joined.append(f"annotation.io.kubernetes.container.preStopHandler={json.dumps(hook)}")
    random.shuffle(joined)
    assert split_labels(",".join(joined)) == Labels(**labels)


TASK = {"com.docker.swarm.node.id": "3ab", "com.docker.swarm.service.name": "web", "com.docker.swarm.task.id": "9x"}
SWARMS = [
    pytest.param(summary_record, {"Id": ID, "Names": ["/web.1.9x"], "State": "running", "Labels": TASK}, id="the engine's list"),
    pytest.param(
        inspection_record,
        {"Id": ID, "Name": "/web.1.9x", "State": {"Running": True}, "Config": {"Labels": TASK}},
        id="an inspection",
    ),
    pytest.param(
        line_record,
        {"ID": ID, "Names": "web.1.9x", "Status": "Up 1 hour", "Labels": ",".join(f"{key}={value}" for key, value in TASK.items())},
        id="a line",
    ),
]


@pytest.mark.parametrize(("read", "shown"), SWARMS)
def test_a_container_of_a_swarm_is_nobody_elses(read: Callable[[bytes, Origin], object], shown: dict[str, Any]) -> None:
    found = read(json.dumps(shown).encode(), ORIGIN)
    assert found is Foreign.A_SWARMS
    assert Foreign.A_SWARMS.not_the_kubelets
    assert [*left_out("ps.json", [Foreign.A_SWARMS, Foreign.NOT_THE_KUBELETS])] == [
        "ps.json: left out 2 containers of docker that no kubelet made"
    ]


def test_a_kubelets_container_is_one_whatever_other_labels_it_has() -> None:
    assert isinstance(summary_record(json.dumps({**SUMMARY, "Labels": {**LABELS, **TASK}}).encode(), ORIGIN), ContainerRecord)
