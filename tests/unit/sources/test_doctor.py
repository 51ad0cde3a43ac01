"""``doctor``, against a stub API server that also reviews permissions, and stub runtimes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import jsonschema
import pytest
import yaml

from tests.cluster.stub import NODES, Handler, kubeconfig
from tests.cluster.stub import serving as serving_api
from tests.unit.machine.kubelet_host import PLUGINS
from tests.unit.machine.kubelet_host import serving as kubelet_serving
from tests.unit.machine.test_which_kubelet import process
from tests.unit.sources.test_docker_engine import engine
from tests.unit.sources.test_node import runtime, serving
from upgradecheck.cli import main
from upgradecheck.contract import v1
from upgradecheck.machine.node import Machine


class Reviewing(Handler):
    """Knows its version, and answers whether it allows something."""

    version: str | None = "v1.24.17"
    denied: tuple[tuple[str, str | None], ...] = ()
    said: str | None = None
    posts: list[str]

    def do_GET(self) -> None:  # noqa: N802 - the name that http.server calls
        if self.path == "/version" and self.version is not None:
            self.answer(200, json.dumps({"gitVersion": self.version}).encode())
        elif self.path == "/version":
            self.answer(403, b"{}")
        else:
            super().do_GET()

    def answer(self, status: int, body: bytes, *more: Any, **options: Any) -> None:
        """Nodes say another kubelet than the one that ran, where a test wants it."""
        super().answer(status, body.replace(b"v1.22.17", self.said.encode()) if self.said else body, *more, **options)

    def do_POST(self) -> None:  # noqa: N802
        type(self).posts.append(self.path)
        review = json.loads(self.rfile.read(int(self.headers["content-length"])))
        asked = review["spec"]["resourceAttributes"]
        allowed = (asked["resource"], asked.get("namespace")) not in self.denied
        self.answer(201, json.dumps({"kind": "SelfSubjectAccessReview", "status": {"allowed": allowed}}).encode())


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Reviewing]]:
    class Here(Reviewing):
        posts: list[str] = []  # noqa: RUF012 - one per test

    (tmp_path / "proc").mkdir()
    monkeypatch.setattr("upgradecheck.machine.node.Machine", lambda: Machine(proc=tmp_path / "proc", root=tmp_path))  # whatever runs here
    monkeypatch.delenv("MAINPID", raising=False)
    monkeypatch.setattr("upgradecheck.commands.doctor.WELL_KNOWN", ())
    monkeypatch.setattr("upgradecheck.commands.doctor.DEFAULT_PATH", str(tmp_path / "checkpoint"))
    with serving_api(Here) as stub:
        monkeypatch.setenv("KUBECONFIG", kubeconfig(tmp_path / "config", {"server": stub.address}))
        yield Here


def doctor(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, list[tuple[str, str, str, str]]]:
    """The exit code, and area, what, state and finding of each check."""
    code = main(["doctor", "-o", "json", *words])
    told = json.loads(capsys.readouterr().out)
    jsonschema.validate(told, v1.schema("doctor"))
    assert told["ok"] is (code == 0)
    return code, [(one["area"], one["check"], one["state"], one["found"]) for one in told["checks"]]


def states(checks: list[tuple[str, str, str, str]]) -> dict[str, str]:
    return {what: state for _, what, state, _ in checks}


def test_all_is_well(server: type[Reviewing], capsys: pytest.CaptureFixture[str]) -> None:
    code, checks = doctor(capsys)
    assert code == 0
    assert states(checks) == {
        "way to the cluster": "ok", "API server": "ok", "list nodes": "ok", "list pods": "ok", "list poddisruptionbudgets": "ok", "list events": "ok",
        "kubelets": "ok", "UIDs of static pods in the cluster": "ok",
        "clock of the API server": "ok", "container runtime": "skipped", next(what for area, what, *_ in checks if area == "checkpoint"): "skipped",
    }  # fmt: skip
    assert set(server.posts) == {"/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"}


@pytest.mark.parametrize(
    ("denied", "words", "what", "state", "code"),
    [
        pytest.param(("nodes", None), (), "list nodes", "warning", 0, id="without nodes a plan lacks something"),
        pytest.param(("events", None), (), "list events", "warning", 0, id="without events verify lacks something"),
        pytest.param(("pods", None), (), "list pods", "failed", 1, id="without pods there is none"),
        pytest.param(("pods", "db"), ("-n", "shop", "-n", "db"), "list pods in namespace db", "failed", 1, id="one namespace"),
        pytest.param(("pods", None), ("-n", "shop"), "list pods in namespace shop", "ok", 0, id="only what is asked for counts"),
    ],
)
def test_permissions(
    denied: tuple[str, str | None], words: tuple[str, ...], what: str, state: str, code: int, server: type[Reviewing], capsys: Any
) -> None:
    server.denied = (denied,)
    found, checks = doctor(capsys, *words)
    assert (found, states(checks)[what]) == (code, state)


def test_static_pods_whose_uids_another_kubelet_made(server: type[Reviewing], capsys: pytest.CaptureFixture[str]) -> None:
    """The stub's mirror pods are those of a kubelet 1.22.17; a node that says 1.24 has it from a binary that was put in place."""
    assert [found for _, what, _, found in doctor(capsys)[1] if what.startswith("UIDs")] == [
        "1 of 1 static UID reproduced, from mirror pods"
    ]
    server.said = "v1.24.17"
    found = [(state, told) for _, what, state, told in doctor(capsys)[1] if what.startswith("UIDs")]
    assert [state for state, _ in found] == ["warning"]
    assert "0 of 1 static UID reproduced" in found[0][1]
    assert "under UIDs that kubelet 1.21 or 1.22 makes" in found[0][1]
    assert not any(what.startswith("UIDs") for _, what, *_ in doctor(capsys, "-n", "shop")[1]), "their namespace was not asked for"


def test_a_kubelet_that_is_newer_than_its_server(server: type[Reviewing], capsys: pytest.CaptureFixture[str]) -> None:
    server.version = "v1.21.14"
    code, checks = doctor(capsys)
    assert (code, [found for _, what, _, found in checks if what == "kubelets"]) == (
        0,
        ["1 with v1.22.17; v1.22.17 is newer than the API server"],
    )


def test_a_kubelet_that_is_older_than_its_server_allows(server: type[Reviewing], capsys: pytest.CaptureFixture[str]) -> None:
    server.version = "v1.30.14"
    code, checks = doctor(capsys)
    assert (code, [(state, found) for _, what, state, found in checks if what == "kubelets"]) == (
        0,
        [("warning", "1 with v1.22.17; v1.22.17 is 8 minors older than the API server, where the version-skew policy allows 2")],
    )


def test_the_way_to_the_cluster_is_named(server: type[Reviewing], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    address = json.loads((tmp_path / "config").read_text())["clusters"][0]["cluster"]["server"]
    assert doctor(capsys)[1][0] == ("configuration", "way to the cluster", "ok", f"kubeconfig {tmp_path / 'config'}, context c: {address}")


def test_a_named_checkpoint_that_is_stale(server: type[Reviewing], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The cluster reports another kubelet for its node than the newest one recorded."""
    node = NODES[0]["metadata"]["name"]
    (tmp_path / "history").write_text(
        json.dumps({"node": node, "history": [{"kubeletVersion": "v1.21.14", "startTime": "2024-07-01T00:00:00Z"}]})
    )
    assert main(["checkpoint", "seal", str(tmp_path / "history"), str(tmp_path / "copy")]) == 0
    capsys.readouterr()
    code, checks = doctor(capsys, "--checkpoint", str(tmp_path / "copy"))
    assert (code, checks[-1][2:]) == (0, ("warning", "ends with kubelet v1.21.14, and v1.22.17 runs"))


def test_a_server_that_keeps_its_version_to_itself(server: type[Reviewing], capsys: pytest.CaptureFixture[str]) -> None:
    server.version = None
    code, checks = doctor(capsys)
    assert (code, states(checks)["API server"]) == (0, "ok")


def test_a_clock_that_is_wrong(server: type[Reviewing], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(server, "date_time_string", lambda *_: "Thu, 01 Jan 2015 00:00:00 GMT")
    code, checks = doctor(capsys)
    assert (code, states(checks)["clock of the API server"]) == (0, "warning")


def test_no_server(server: type[Reviewing], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = json.loads((tmp_path / "config").read_text())
    config["clusters"][0]["cluster"]["server"] = "http://127.0.0.1:9"
    (tmp_path / "config").write_text(json.dumps(config))
    code, checks = doctor(capsys, "--timeout", "1s")
    assert (code, states(checks)["API server"]) == (1, "failed")


@pytest.mark.parametrize(("words", "state", "code"), [((), "failed", 1), (("--cri", "auto"), "skipped", 0)])
def test_no_configuration(
    words: tuple[str, ...], state: str, code: int, server: type[Reviewing], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """On a node, the runtime and dumps may be all there is."""
    monkeypatch.setenv("KUBECONFIG", "")
    monkeypatch.setenv("HOME", str(tmp_path))
    with serving(tmp_path / "runtime", runtime()):
        monkeypatch.setattr("upgradecheck.commands.doctor.WELL_KNOWN", (str(tmp_path / "runtime"),))
        found, checks = doctor(capsys, *words)
    assert (found, states(checks)["way to the cluster"], states(checks)[str(tmp_path / "runtime")]) == (code, state, "ok")


@pytest.mark.parametrize(
    ("title", "says", "found"),
    [
        pytest.param("/usr/bin/kubelet", "echo 'Kubernetes v1.22.17'", ("ok", "v1.22.17: process 0"), id="by name"),
        pytest.param("/usr/local/bin/edgecore", "echo 'Kubernetes v1.22.17'", ("ok", "v1.22.17: process 0 (edgecore)"), id="inside another program"),
        pytest.param("/usr/local/bin/edgecore", "echo 'KubeEdge v1.17.0'", ("warning", "process 0 (edgecore): does not tell its version: see what its binary answers to --version."), id="one that does not tell its Kubernetes"),
    ],
)  # fmt: skip
def test_the_kubelet_here_whatever_it_is_called(
    title: str, says: str, found: tuple[str, str], server: type[Reviewing], monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    with TemporaryDirectory() as folder:
        machine = Machine(proc=Path(folder, "proc"), root=Path(folder))
        machine.proc.mkdir()
        monkeypatch.setattr("upgradecheck.machine.node.Machine", lambda: machine)
        with kubelet_serving(machine.root, title, PLUGINS) as pid:
            process(machine, pid, title, says=says)
            code, checks = doctor(capsys)
    assert (code, [(state, told.replace(str(pid), "0")) for _, what, state, told in checks if what == "kubelet on this machine"]) == (
        0,
        [found],
    )


def put(folder: str, *paths: str) -> None:
    for path in paths:
        place = Path(folder, path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("")


def test_the_node_is_recognised_and_what_comes_next_is_typed_by_its_names(
    server: type[Reviewing], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with TemporaryDirectory() as folder:
        machine = Machine(proc=Path(folder, "proc"), root=Path(folder))
        machine.proc.mkdir()
        monkeypatch.setattr("upgradecheck.machine.node.Machine", lambda: machine)
        put(
            folder,
            "etc/systemd/system/k3s-agent.service",
            "var/lib/rancher/k3s/agent/kubelet.kubeconfig",
            "run/k3s/containerd/containerd.sock",
        )
        put(folder, "var/lib/rancher/k3s/agent/pod-manifests/a.yaml", "etc/rancher/k3s/config.yaml")
        with kubelet_serving(machine.root, "/usr/local/bin/k3s agent", PLUGINS) as pid:
            (process(machine, pid, "/usr/local/bin/k3s agent", says="echo 'k3s version v1.30.4+k3s1 (98262b5d)'") / "cgroup").write_text(
                "0::/system.slice/k3s-agent.service\n"
            )
            code = main(["doctor", "-o", "json"])
    told = json.loads(capsys.readouterr().out)
    jsonschema.validate(told, v1.schema("doctor"))
    name = os.uname().nodename.strip().lower()
    assert code == 0
    assert [(one["check"], one["state"], one["found"]) for one in told["checks"] if one["area"] == "node"] == [
        ("distribution", "ok", f"k3s, k3s-agent.service; its kubelet is process {pid} (k3s)"),
        (
            "configuration of the kubelet",
            "warning",
            "not seen: its configuration and its gates cannot be seen, since the kubelet is a part of k3s; give them with -f",
        ),
        (
            "static pods",
            "warning",
            "/var/lib/rancher/k3s/agent/pod-manifests is where k3s has them; that its kubelet reads it is not seen",
        ),
        ("starts of the kubelet", "skipped", "nothing records them"),
    ]
    assert told["next"] == [
        "mkdir -p /etc/systemd/system/k3s-agent.service.d",
        "upgradecheck checkpoint record --print-unit --unit k3s-agent > /etc/systemd/system/k3s-agent.service.d/50-upgradecheck.conf",
        "systemctl daemon-reload",
        "upgradecheck checkpoint record",
        "upgradecheck plan --to VERSION"
        f' --node {name} --kubeconfig "${{KUBECONFIG:-/var/lib/rancher/k3s/agent/kubelet.kubeconfig}}" --cri /run/k3s/containerd/containerd.sock'
        " --static-pods /var/lib/rancher/k3s/agent/pod-manifests"
        " --override -o table -o json=plan.json",
    ]


def test_a_start_that_its_unit_did_not_record(
    server: type[Reviewing], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = Machine(proc=tmp_path / "proc", root=tmp_path, ticks=100)
    monkeypatch.setattr("upgradecheck.machine.node.Machine", lambda: machine)
    place = tmp_path / "live"
    monkeypatch.setenv("UPGRADECHECK_CHECKPOINT", str(place))
    folder = process(machine, 8, "/usr/bin/kubelet", says="echo 'Kubernetes v1.22.17'")
    assert main(["checkpoint", "record"]) == 0
    assert "newest start" not in states(doctor(capsys_cleared(capsys), "--checkpoint", str(place))[1])
    (folder / "stat").write_text("8 (a ) b) S 1 " + " ".join(["0"] * 17) + " 999999 0 0")
    found = {what: (state, told) for _, what, state, told in doctor(capsys, "--checkpoint", str(place))[1]}["newest start"]
    assert found[0] == "warning"
    assert "and that is not recorded" in found[1]


def capsys_cleared(capsys: pytest.CaptureFixture[str]) -> pytest.CaptureFixture[str]:
    capsys.readouterr()
    return capsys


def test_docker_is_asked_where_it_is_named(server: type[Reviewing], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, checks = doctor(capsys, "--docker", str(tmp_path / "none"))
    assert (code, states(checks)[str(tmp_path / "none")]) == (1, "failed")
    with engine(tmp_path / "docker.sock"):
        code, checks = doctor(capsys, "--docker", str(tmp_path / "docker.sock"))
    (found,) = ((state, told) for area, _, state, told in checks if area == "runtime")
    assert (code, found[0]) == (0, "ok")
    assert " of the kubelet; --docker " in found[1]
    assert main(["doctor", "--docker", "auto", "--cri", "auto"]) == 64
    assert "--cri and --docker exclude each other" in capsys.readouterr().err


def test_a_named_runtime_that_is_not_there(server: type[Reviewing], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, checks = doctor(capsys, "--cri", str(tmp_path / "none"))
    assert (code, states(checks)[str(tmp_path / "none")]) == (1, "failed")


@pytest.mark.parametrize(
    ("text", "state", "code"), [("rubbish", "failed", 1), (None, "failed", 1)], ids=["a damaged checkpoint", "one that is not there"]
)
def test_a_named_checkpoint(text: str | None, state: str, code: int, server: type[Reviewing], tmp_path: Path, capsys: Any) -> None:
    place = tmp_path / "named"
    if text is not None:
        place.write_text(text)
    found, checks = doctor(capsys, "--checkpoint", str(place))
    assert (found, states(checks)[str(place)]) == (code, state)


def test_a_checkpoint(server: type[Reviewing], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--kubelet-version", "v1.22.17", "--start", "2024-07-01T00:00:00Z", "--node", "n", "--checkpoint", str(tmp_path / "c")]
    assert main(["checkpoint", "record", *words]) == 0
    capsys.readouterr()
    code, checks = doctor(capsys, "--checkpoint", str(tmp_path / "c"))
    assert code == 0
    assert checks[-1] == ("checkpoint", str(tmp_path / "c"), "ok", "node n, state 1: 1 kubelet start, newest v1.22.17")


@pytest.mark.parametrize(
    ("words", "rules"),
    [
        pytest.param((), [("ClusterRole", None, ["nodes", "pods", "events"])], id="everywhere"),
        pytest.param(
            ("-n", "a", "-n", "b"),
            [("ClusterRole", None, ["nodes"]), ("Role", "a", ["pods", "events"]), ("Role", "b", ["pods", "events"])],
            id="two namespaces",
        ),
    ],
)
def test_the_least_role(words: tuple[str, ...], rules: list[Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--rbac", *words]) == 0
    documents = list(yaml.safe_load_all(capsys.readouterr().out))
    assert [(one["kind"], one["metadata"].get("namespace"), one["rules"][0]["resources"]) for one in documents] == rules
    assert {verb for one in documents for rule in one["rules"] for verb in rule["verbs"]} == {"list"}


def test_for_people(server: type[Reviewing], capsys: pytest.CaptureFixture[str]) -> None:
    server.denied = (("nodes", None),)
    assert main(["doctor", "--color", "never"]) == 0
    out = capsys.readouterr().out
    assert "WARNING list nodes: not allowed" in out
    assert out.endswith("A plan can be made, without what the warnings name.\n")
