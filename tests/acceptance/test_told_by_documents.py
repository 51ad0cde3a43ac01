"""What a document says of itself and a kubelet makes nothing of, and what stands in it and the kubelet heeds: each was an all-clear."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.builders import NODE, STARTED
from upgradecheck.commands.plan import PlanRequest, make_plan
from upgradecheck.model.errors import InputError, UsageError
from upgradecheck.model.plan import Plan, Verdict
from upgradecheck.model.reasons import Reason

Json = dict[str, Any]
UID = "5eed0000-0000-4000-8000-0000000000aa"
SAFE, MAY = (Verdict.SAFE, Reason.HASH_EQUAL), (Verdict.UNKNOWN, Reason.MAY_BE_REFUSED)
MAY_NOT = (Verdict.UNKNOWN, Reason.KUBELET_MAY_NOT_START)
NOT_STARTED = (Verdict.UNKNOWN, Reason.KUBELET_WILL_NOT_START)


def pod(*, metadata: Json | None = None, spec: Json | None = None, status: Json | None = None) -> Json:
    running = {"name": "app", "containerID": "containerd://1", "state": {"running": {"startedAt": STARTED}}, "started": True}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "web", "namespace": "default", "uid": UID, **(metadata or {})},
        "spec": {"nodeName": NODE, "containers": [{"name": "app", "image": "registry.example/web:1.0"}], **(spec or {})},
        "status": {"phase": "Running", "containerStatuses": [running], **(status or {})},
    }


def node(version: str, *, spec: Json | None = None, status: Json | None = None, **info: str) -> Json:
    room = {"cpu": "4", "memory": "16Gi", "pods": "110", "ephemeral-storage": "100Gi"}
    told = {"kubeletVersion": f"v{version}", "containerRuntimeVersion": "containerd://1.7.27", "operatingSystem": "linux", **info}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": NODE},
        "spec": spec or {},
        "status": {"nodeInfo": told, "allocatable": room, "capacity": room, **(status or {})},
    }


def plan(folder: Path, target: str, *given: Json, **options: Any) -> Plan:
    (folder / "in.json").write_text(json.dumps(given))
    return make_plan(PlanRequest((str(folder / "in.json"),), to_version=target, **options))


def told(found: Plan) -> tuple[Verdict, Reason]:
    (one,) = found.pods
    return one.verdict, one.reason


MARKED = {"kubernetes.io/config.source": "file", "kubernetes.io/config.hash": "0123456789abcdef0123456789abcdef"}
TAINTED = {"taints": [{"key": "maintenance", "value": "now", "effect": "NoExecute"}]}


@pytest.mark.parametrize("source", ["file", "http"])
@pytest.mark.parametrize(
    "metadata",
    [
        pytest.param({"resourceVersion": "7"}, id="it has a resourceVersion"),
        pytest.param({"annotations": MARKED}, id="its UID is another than its config.hash"),
    ],
)
@pytest.mark.parametrize("version", ["1.26.15", "1.33.13", "1.37.1"])
def test_an_api_pod_that_calls_itself_static_is_admitted_as_what_it_is(tmp_path: Path, version: str, metadata: Json, source: str) -> None:
    annotations = {**metadata.get("annotations", {}), "kubernetes.io/config.source": source}
    copied = pod(metadata={**metadata, "annotations": annotations})
    assert told(plan(tmp_path, version, node(version, spec=TAINTED), copied)) == (Verdict.REJECT, Reason.TAINT)


def test_a_static_pod_that_its_kubelet_shows_stays_one(tmp_path: Path) -> None:
    shown = pod(metadata={"annotations": {"kubernetes.io/config.source": "file", "kubernetes.io/config.hash": UID}})
    assert told(plan(tmp_path, "1.33.13", node("1.33.13", spec=TAINTED), shown)) == SAFE


GONE = (Verdict.RECREATE, Reason.CGROUP_MISSING)


@pytest.mark.parametrize(
    ("start", "target", "written", "expected"),
    [
        pytest.param("1.28.15", "1.29.15", "Burstable", GONE, id="heeded from 1.29 on"),
        pytest.param("1.29.15", "1.28.15", "Burstable", GONE, id="and not on the way back"),
        pytest.param("1.28.15", "1.29.15", "BestEffort", SAFE, id="it is what the spec gives"),
        pytest.param("1.27.16", "1.28.15", "Burstable", SAFE, id="heeded by neither"),
        pytest.param("1.29.15", "1.30.14", "Burstable", SAFE, id="heeded by both"),
    ],
)
@pytest.mark.parametrize("seen", [pytest.param(True, id="seen to run"), pytest.param(False, id="its manifest alone")])
def test_a_class_that_is_written_into_a_manifest(
    tmp_path: Path, start: str, target: str, written: str, expected: tuple[Verdict, Reason], *, seen: bool
) -> None:
    folder = tmp_path / "manifests"
    folder.mkdir()
    manifest = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "uid": UID}, "status": {"qosClass": written}}
    manifest["spec"] = {"containers": [{"name": "app", "image": "registry.example/web:1.0"}]}
    (folder / "web.json").write_text(json.dumps(manifest))
    marks = {"kubernetes.io/config.source": "file", "kubernetes.io/config.hash": UID}
    shown = pod(metadata={"name": f"web-{NODE}", "annotations": marks}, status={"qosClass": written})
    found = plan(tmp_path, target, node(start), *([shown] if seen else []), static_pods=str(folder))
    assert told(found) == expected


@pytest.mark.parametrize(
    ("name", "newer", "older"),
    [
        ("net.ipv4.tcp_keepalive_time", "1.29.15", "1.28.15"),
        ("net.ipv4.ip_local_reserved_ports", "1.27.16", "1.26.15"),
        ("net.ipv4.tcp_rmem", "1.32.13", "1.31.14"),
        ("net.ipv4.ip_unprivileged_port_start", "1.22.17", "1.21.14"),
    ],
)
def test_a_sysctl_that_was_safe_is_likely_refused_on_the_way_back(tmp_path: Path, name: str, newer: str, older: str) -> None:
    asking = pod(spec={"securityContext": {"sysctls": [{"name": name, "value": "1"}]}})
    assert told(plan(tmp_path, older, node(newer), asking)) == MAY
    assert told(plan(tmp_path, newer, node(older), asking)) == SAFE
    assert told(plan(tmp_path, older, node(older), asking)) == SAFE  # that it runs shows that somebody allowed it


@pytest.mark.parametrize(
    ("kernel", "start", "target", "expected"),
    [
        pytest.param("3.10.0-1160.el7.x86_64", "1.34.1", "1.35.8", NOT_STARTED, id="before cgroup v2"),
        pytest.param("4.4.0-210-generic", "1.34.1", "1.35.8", NOT_STARTED, id="the last one before it"),
        pytest.param("4.5.0", "1.34.1", "1.35.8", SAFE, id="the first with it, whatever is mounted"),
        pytest.param("4.18.0-553.el8.x86_64", "1.34.1", "1.35.8", MAY_NOT, id="by default it is v1 here, and nobody saw"),
        pytest.param("5.10.205-195.804.amzn2.x86_64", "1.34.1", "1.35.8", MAY_NOT, id="here, too"),
        pytest.param("6.1.75-99.163.amzn2023.x86_64", "1.34.1", "1.35.8", SAFE, id="and not here"),
        pytest.param("5.14.0-427.el9.x86_64", "1.34.1", "1.35.8", SAFE, id="nor here"),
        pytest.param("4.18.0-553.el8.x86_64", "1.35.4", "1.36.4", SAFE, id="it runs already as the new one will"),
        pytest.param("3.10.0-1160.el7.x86_64", "1.33.13", "1.34.1", SAFE, id="1.34 runs on v1"),
        pytest.param("10.0.26100.1", "1.34.1", "1.35.8", SAFE, id="no number of Linux that says so"),
        pytest.param("unknown", "1.34.1", "1.35.8", SAFE, id="no number"),
    ],
)
def test_a_kernel_without_cgroup_v2(tmp_path: Path, kernel: str, start: str, target: str, expected: tuple[Verdict, Reason]) -> None:
    assert told(plan(tmp_path, target, node(start, kernelVersion=kernel), pod())) == expected


def test_a_configuration_that_lets_cgroup_v1_is_heeded_there(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nfailCgroupV1: false\n")
    found = plan(tmp_path, "1.35.8", node("1.34.1", kernelVersion="3.10.0"), pod(), to_config=str(config))
    assert told(found) == SAFE


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("{}", True),
        ("---\n{}", True),
        ("# of ours\n\n---\n{}", True),
        ("%YAML 1.1\n---\n{}", True),
        ("{}---\nkind: Other\napiVersion: example.com/v1\n", True),
        ("---\n---\n{}", False),
        ("# a\n---\n# b\n---\n{}", False),
        ("kind: Other\napiVersion: example.com/v1\n---\n{}", False),
        (
            "apiVersion: v1\nkind: List\nitems:\n- maxPods: 60\n  kind: KubeletConfiguration\n  apiVersion: kubelet.config.k8s.io/v1beta1\n",
            False,
        ),
    ],
)
def test_of_a_new_configuration_a_kubelet_reads_the_first_document(tmp_path: Path, text: str, *, read: bool) -> None:
    """As real 1.20.15, 1.30.14 and 1.34.1 do: where that is empty, or of another kind, they end."""
    file = tmp_path / "config.yaml"
    file.write_text(text.replace("{}", "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n"))
    if read:
        assert told(plan(tmp_path, "1.34.10", node("1.33.13"), pod(), to_config=str(file))) == SAFE
        return
    with pytest.raises(UsageError, match="reads the first document alone"):
        plan(tmp_path, "1.34.10", node("1.33.13"), pod(), to_config=str(file))


IN_JSON = '{"apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration"%s}'
IN_YAML = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(IN_JSON % "" + "\n", "", id="an object"),
        pytest.param("\ufeff" + IN_JSON % "", "", id="an object behind a byte order mark"),
        pytest.param(IN_JSON % "" + " {}", "trailing characters", id="another object behind it"),
        pytest.param("%YAML 1.1\n---\n" + IN_YAML, "", id="the directive of YAML 1.1"),
        pytest.param("%TAG ! tag:example.com,2000:\n---\n" + IN_YAML, "", id="the directive of a tag"),
        pytest.param("%YAML 1.2\n---\n" + IN_YAML, "of another version than 1.1", id="the directive of YAML 1.2"),
        pytest.param("# a\n%YAML 1.2\n---\n" + IN_YAML, "of another version than 1.1", id="the same behind a comment"),
        pytest.param("%FOO bar\n---\n" + IN_YAML, "unknown directive", id="a directive of nobody"),
        pytest.param("---\n" + IN_YAML + "...\n%YAML 1.2\n---\na: b\n", "", id="a directive of what is not read"),
    ],
)
def test_a_new_configuration_is_read_as_a_whole(tmp_path: Path, text: str, said: str) -> None:
    """As real 1.34.1 does (and 1.20.15, where it was tried): it ends at those of which something is said."""
    file = tmp_path / "config.yaml"
    file.write_text(text)
    if not said:
        assert told(plan(tmp_path, "1.34.10", node("1.33.13"), pod(), to_config=str(file))) == SAFE
        return
    with pytest.raises(InputError, match=said):
        plan(tmp_path, "1.34.10", node("1.33.13"), pod(), to_config=str(file))


def test_a_new_configuration_from_a_pipe_is_refused(tmp_path: Path) -> None:
    """Of what can be read once only the text behind its object would not be seen."""
    os.mkfifo(tmp_path / "pipe")
    for path in ("-", str(tmp_path / "pipe")):
        with pytest.raises(UsageError, match="is a pipe"):
            plan(tmp_path, "1.34.10", node("1.33.13"), pod(), to_config=path)


@pytest.mark.parametrize(
    ("number", "taken"),
    [
        *((one, True) for one in ("10", "1000")),
        *((one, False) for one in ("10.0", "1e2", "1E2", "1.0e1", "100000000000000", "1e21")),
    ],
)
def test_whole_numbers_in_json_are_written_as_such(tmp_path: Path, number: str, *, taken: bool) -> None:
    """As real 1.34.1 does, which reads 10.0 and 1e2 in YAML, where they become 10 and 100 before."""
    file = tmp_path / "config.json"
    file.write_text(IN_JSON % f', "maxPods": {number}')
    found = told(plan(tmp_path, "1.34.10", node("1.33.13"), pod(), to_config=str(file)))
    assert (found == SAFE) is taken, found
    file.write_text(IN_YAML + f"maxPods: {number}\n")
    found = told(plan(tmp_path, "1.34.10", node("1.33.13"), pod(), to_config=str(file)))
    assert (found == SAFE) is (taken or number not in ("100000000000000", "1e21")), found


DYNAMIC = {"config": {"active": {"configMap": {"namespace": "kube-system", "name": "c", "kubeletConfigKey": "kubelet"}}}}


@pytest.mark.parametrize(
    ("start", "target", "status", "expected"),
    [
        pytest.param("1.23.17", "1.24.17", DYNAMIC, NOT_STARTED, id="its flag is gone"),
        pytest.param("1.22.17", "1.23.17", DYNAMIC, SAFE, id="the last that has it"),
        pytest.param("1.24.17", "1.25.16", DYNAMIC, SAFE, id="left over of an older kubelet"),
        pytest.param("1.23.17", "1.24.17", {}, SAFE, id="not used"),
    ],
)
def test_a_configuration_out_of_a_config_map(
    tmp_path: Path, start: str, target: str, status: Json, expected: tuple[Verdict, Reason]
) -> None:
    assert told(plan(tmp_path, target, node(start, status=status), pod())) == expected


def test_its_own_command_line_tells_more_than_what_is_left_of_it(tmp_path: Path) -> None:
    (tmp_path / f"{NODE}-kubelet-flags.env").write_text('KUBELET_EXTRA_ARGS="--v=2"\n')
    (tmp_path / "in.json").write_text(json.dumps([node("1.23.17", status=DYNAMIC), pod()]))
    given = (str(tmp_path / "in.json"), str(tmp_path / f"{NODE}-kubelet-flags.env"))
    assert told(make_plan(PlanRequest(given, to_version="1.24.17"))) == SAFE


def config(folder: Path, name: str, **fields: Any) -> str:
    path = folder / name
    path.write_text(json.dumps({"apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration", **fields}))
    return str(path)


def planned_with(folder: Path, old: Json | None, new: Json, *given: Json, start: str = "1.33.13", target: str = "1.34.1") -> Plan:
    """old: None where the running kubelet's configuration is not given."""
    (folder / "in.json").write_text(json.dumps([node(start), *given]))
    inputs = (str(folder / "in.json"), *(() if old is None else (config(folder, "old.json", **old),)))
    return make_plan(PlanRequest(inputs, to_version=target, to_config=config(folder, "new.json", **new)))


def static(source: str) -> Json:
    return pod(metadata={"annotations": {"kubernetes.io/config.source": source, "kubernetes.io/config.hash": UID}})


MOVED, URL = (Verdict.UNKNOWN, Reason.MANIFESTS_MOVE), "http://10.0.0.1/pods.yaml"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param({"staticPodURL": URL}, {"staticPodURL": URL}, SAFE, id="the same"),
        pytest.param({"staticPodURL": URL}, {}, MOVED, id="dropped"),
        pytest.param({"staticPodURL": URL}, {"staticPodURL": f"{URL}2"}, MOVED, id="another"),
        pytest.param({"staticPodURL": URL}, {"staticPodPath": "/etc/kubernetes/manifests"}, MOVED, id="a directory in its place"),
        pytest.param(None, {}, MOVED, id="what the old one had was not given, and the new one has none"),
        pytest.param(None, {"staticPodURL": URL}, SAFE, id="taken for the same"),
    ],
)
def test_a_url_of_manifests(tmp_path: Path, old: Json | None, new: Json, expected: tuple[Verdict, Reason]) -> None:
    assert told(planned_with(tmp_path, old, new, static("http"))) == expected


@pytest.mark.parametrize(
    ("new", "expected", "complete"),
    [
        pytest.param({"staticPodPath": "/etc/kubernetes/manifests"}, SAFE, True, id="where kubeadm has it"),
        pytest.param({"staticPodPath": "/var/lib/rancher/rke2/agent/pod-manifests/"}, SAFE, True, id="where rke2 has it"),
        pytest.param({"staticPodPath": "/etc/kubernetes/other"}, MOVED, True, id="where nobody has it"),
        pytest.param({}, SAFE, False, id="none"),
    ],
)
def test_a_directory_of_manifests_without_the_old_one(
    tmp_path: Path, new: Json, expected: tuple[Verdict, Reason], *, complete: bool
) -> None:
    found = planned_with(tmp_path, None, new, static("file"))
    assert (told(found), found.complete) == (expected, complete)


OTHER_RUNTIME, MAY_END = (Verdict.RECREATE, Reason.RUNTIME_CHANGED), (Verdict.UNKNOWN, Reason.RUNTIME_MAY_END_ALL)
FIELD = "containerRuntimeEndpoint"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param("", "unix:///var/run/containerd/containerd.sock", SAFE, id="the default, written out"),
        pytest.param("", "unix:///run/k3s/containerd/containerd.sock", MAY_END, id="another containerd than by default"),
        pytest.param("", "unix:///run/docker/containerd/containerd.sock", MAY_END, id="docker's"),
        pytest.param(
            "unix:///run/upgradecheck/proxy.sock", "unix:///run/crio/crio.sock", OTHER_RUNTIME, id="from our proxy to another runtime"
        ),
        pytest.param("unix:///run/upgradecheck/proxy.sock", "unix:///run/containerd/containerd.sock", SAFE, id="our proxy taken out"),
        pytest.param("unix:///run/containerd/containerd.sock", "unix:///run/upgradecheck/proxy.sock", SAFE, id="our proxy put in"),
        pytest.param("unix:///run/$NAME.sock", "unix:///run/crio/crio.sock", OTHER_RUNTIME, id="a variable before"),
    ],
)
def test_an_endpoint_that_moves(tmp_path: Path, old: str, new: str, expected: tuple[Verdict, Reason]) -> None:
    assert told(planned_with(tmp_path, {FIELD: old} if old else {}, {FIELD: new}, pod())) == expected


@pytest.mark.parametrize("name", ["null", "''", "[]", "true"])
def test_a_node_name_of_k3s_that_is_none(tmp_path: Path, name: str) -> None:
    (tmp_path / f"{NODE}-config.yaml").write_text(f"node-name: {name}\nkubelet-arg:\n- max-pods=110\n")
    (tmp_path / "in.json").write_text(json.dumps([node("1.33.13"), pod()]))
    given = (str(tmp_path / "in.json"), str(tmp_path / f"{NODE}-config.yaml"))
    assert told(make_plan(PlanRequest(given, to_version="1.34.1"))) == SAFE


@pytest.mark.parametrize(
    ("file", "drop_in", "clear"),
    [
        ({"podsPerCore": "5"}, {"podsPerCore": 5}, False),
        ({"authentication": {"webhook": {"cacheTTL": 5}}}, {"authentication": {"webhook": {"cacheTTL": "5s"}}}, False),
        ({"kubeReserved": {"cpu": {}}}, {"kubeReserved": {"cpu": "1"}}, False),
        ({"podsPerCore": -5}, {"podsPerCore": 5}, True),
        ({"podsPerCore": 4}, {"podsPerCore": 5}, True),
        ({"kubeReserved": {"cpu": "2"}}, {"kubeReserved": {"cpu": "1"}}, True),
    ],
)
def test_a_kubelet_decodes_its_file_before_it_reads_drop_ins(tmp_path: Path, file: Json, drop_in: Json, *, clear: bool) -> None:
    """Real 1.30.14 and 1.34.1 end at the first three, and validate the last ones as they are joined."""
    (tmp_path / "kubelet.conf.d").mkdir()
    (tmp_path / "in.json").write_text(json.dumps([node("1.33.13"), pod()]))
    config(tmp_path, "config.json", **file)
    config(tmp_path / "kubelet.conf.d", "10.conf", **drop_in)
    found = make_plan(PlanRequest((str(tmp_path),), to_version="1.34.10", recursive=True))
    assert (found.complete and told(found) == SAFE) is clear
