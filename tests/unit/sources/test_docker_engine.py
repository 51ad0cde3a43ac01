"""``--docker``: records over a real unix socket, against an engine of ours; and what is told of one that is not there or is none."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer
from urllib.parse import parse_qs, urlsplit

import pytest
from msgspec.structs import replace

from tests.builders import pod
from tests.patience import PATIENCE
from tests.unit.sources import told_node
from upgradecheck.cli import main
from upgradecheck.commands.here import ask_node
from upgradecheck.commands.plan import PlanRequest, make_plan
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.model.config import KubeletConfig
from upgradecheck.model.errors import InputError, UsageError
from upgradecheck.model.here import LocalKubelet
from upgradecheck.model.pod import Origin
from upgradecheck.sources.files import open_inputs
from upgradecheck.sources.node import read_docker
from upgradecheck.transport import docker

pytestmark = pytest.mark.usefixtures("no_kubelet")
VERSION = json.dumps({"Version": "20.10.7", "ApiVersion": "1.41"})
Answers = dict[str, tuple[int, str]]


class _Server(ThreadingMixIn, UnixStreamServer):
    daemon_threads = True


@contextmanager
def engine(path: Path, **other: tuple[int, str]) -> Iterator[list[str]]:
    answers: Answers = {"/version": (200, VERSION), "/containers/json": (200, told_node.docker_api()), "/info": (200, "{}"), **other}
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            status, text = answers[urlsplit(self.path).path]
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None: ...

    with _Server(str(path), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield asked
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def dripping(path: Path, text: bytes) -> Iterator[None]:
    """Accepts, and sends the bytes one at a time, a tenth of a second apart; never anything where there are none."""
    stop = threading.Event()

    def serve() -> None:
        line, _ = listener.accept()
        with line, suppress(BrokenPipeError):
            for byte in text:
                if stop.wait(0.1):
                    return
                line.sendall(bytes([byte]))
            stop.wait(10 * PATIENCE)

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen(8)
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()


def test_records_are_those_of_a_dump_and_the_filter_is_the_shims(tmp_path: Path) -> None:
    with engine(tmp_path / "d.sock") as asked:
        told = read_docker(f"unix://{tmp_path}/d.sock", 10)
    origin = Origin(f"docker {tmp_path}/d.sock")
    assert (told.name, told.runtime) == (origin.source, "docker://20.10.7")
    assert told.containers == tuple(replace(record, origin=origin) for record in told_node.listed_by_docker())
    assert told.sandboxes == tuple(replace(record, origin=origin) for record in told_node.sandbox_records())
    assert told.notices == (f"{origin.source}: left out 1 container of docker that no kubelet made",)
    assert told_node.SECRET not in repr(told)
    assert asked[0] == "/version"
    assert parse_qs(urlsplit(asked[1]).query) == {"all": ["1"], "filters": ['{"label":["io.kubernetes.docker.type"]}']}


@pytest.mark.parametrize(
    ("status", "info", "in_swarm"),
    [
        (200, '{"Swarm": {"LocalNodeState": "active"}}', True),
        (200, '{"Swarm": {"LocalNodeState": "locked"}}', True),
        (200, '{"Swarm": {"LocalNodeState": "inactive"}}', False),
        (200, '{"Swarm": null}', False),
        (403, told_node.SECRET, False),
        (200, "[", False),
    ],
)
def test_whether_it_is_in_a_swarm_as_far_as_it_says(tmp_path: Path, status: int, info: str, *, in_swarm: bool) -> None:
    with engine(tmp_path / "s", **{"/info": (status, info)}):
        assert read_docker(str(tmp_path / "s"), 10).in_swarm is in_swarm


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        pytest.param({"/version": (404, told_node.SECRET)}, "answers GET /version with HTTP 404", id="another HTTP server"),
        pytest.param({"/version": (200, "{}")}, "not as a docker engine. ApiVersion", id="JSON of something else"),
        pytest.param({"/version": (200, "<html>")}, "not as a docker engine. no valid JSON", id="no JSON"),
        pytest.param(
            {"/containers/json": (500, told_node.SECRET)}, "answers GET /containers/json with HTTP 500", id="an engine in trouble"
        ),
        pytest.param({"/containers/json": (200, "[1]")}, "expected an object", id="a list of something else"),
        pytest.param({"/containers/json": (200, "[")}, "no valid JSON", id="a list that is cut short"),
    ],
)
def test_answers_that_cannot_be_used(tmp_path: Path, answers: Answers, message: str) -> None:
    with engine(tmp_path / "s", **answers), pytest.raises(InputError) as caught:
        read_docker(str(tmp_path / "s"), 10)
    assert message in str(caught.value)
    assert told_node.SECRET not in str(caught.getrepr(style="long"))


@pytest.mark.parametrize(
    "sent",
    [pytest.param(b"", id="silent"), pytest.param(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 6000, id="a byte now and then")],
)
def test_the_deadline_holds(tmp_path: Path, sent: bytes) -> None:
    began = time.monotonic()
    with dripping(tmp_path / "s", sent), pytest.raises(InputError, match="GET /version was not answered in time"):
        read_docker(str(tmp_path / "s"), 0.4)
    assert time.monotonic() - began < PATIENCE


def test_something_that_does_not_speak_http(tmp_path: Path) -> None:
    with dripping(tmp_path / "s", b"\0\0\n"), pytest.raises(InputError, match="is not answered in HTTP"):
        read_docker(str(tmp_path / "s"), 5)


def test_places_that_are_no_engine(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="is no socket"):
        read_docker(str(tmp_path / "file"))
    with pytest.raises(InputError, match="No such file"):
        read_docker(f"unix:{tmp_path}/none")
    for place in ("tcp://127.0.0.1:2375", "docker.sock", "unix://docker.sock", ""):
        with pytest.raises(UsageError, match=r"--docker .*: is no path of a unix socket"):
            read_docker(place)


def test_auto_goes_on_to_the_one_that_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docker, "_AUTO_SECONDS", 0.2)
    monkeypatch.setattr(docker, "WELL_KNOWN", tuple(str(tmp_path / name) for name in ("none", "silent", "s")))
    with dripping(tmp_path / "silent", b""):
        with engine(tmp_path / "s"):
            assert read_docker("auto", 10).name == f"docker {tmp_path / 's'}"
        (tmp_path / "s").unlink()
    with pytest.raises(InputError, match="no engine answers") as caught:
        read_docker("auto", 10)
    assert str(caught.value).count("Wanted") == 0


@pytest.mark.parametrize(("state", "in_swarm"), [("active", True), ("inactive", False)])
def test_this_machine_is_in_a_swarm_as_its_engine_says(tmp_path: Path, state: str, *, in_swarm: bool) -> None:
    info = json.dumps({"Swarm": {"LocalNodeState": state}})
    with engine(tmp_path / "s", **{"/info": (200, info)}), open_inputs((), recursive=False) as source:
        asked = ask_node(source, None, str(tmp_path / "s"))
    assert asked is not None
    assert asked.here((), ("node-a",), manifests=False).in_swarm is in_swarm


def test_the_plan_has_the_records_of_the_engine(tmp_path: Path) -> None:
    with engine(tmp_path / "s"):
        plan = make_plan(PlanRequest(from_version="1.19", to_version="1.20", nodes=("node-a",), docker=str(tmp_path / "s")))
    assert {pod.name for pod in plan.pods} == {told_node.WEB.name, told_node.ETCD.name}
    assert plan.scope.inputs == (f"docker {tmp_path / 's'}",)


def test_cri_and_docker_exclude_each_other_and_the_example(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "--to", "1.31", "--cri", "auto", "--docker", "auto"]) == 64
    assert "--cri and --docker exclude each other" in capsys.readouterr().err
    assert main(["plan", "--example", "--docker", "auto"]) == 64
    assert "--example and --docker exclude each other" in capsys.readouterr().err


MANIFEST = """\
apiVersion: v1
kind: Pod
metadata: {name: etcd, namespace: kube-system}
spec: {containers: [{name: etcd, image: registry.example/etcd:3}]}
"""


@pytest.fixture(name="kubelet")
def _kubelet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalKubelet:
    """A kubelet on this machine, which is node-a, with a static pod."""
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests" / "etcd.yaml").write_text(MANIFEST)
    version = parse_kubelet_version("v1.20.15")
    one = LocalKubelet("node-a", version=version, runs=True, told="it", config=KubeletConfig(), static_pods=str(tmp_path / "manifests"))
    monkeypatch.setattr("upgradecheck.machine.local_kubelet.local_kubelet", lambda: one)
    return one


def of_node(folder: Path, *names: str) -> str:
    """A file with a pod on each of these nodes."""
    items = [pod(f"web-{number}", f"uid-{number}") for number, _ in enumerate(names)]
    for one, name in zip(items, names, strict=True):
        one["spec"]["nodeName"] = name
    (folder / "pods.json").write_text(json.dumps({"kind": "List", "apiVersion": "v1", "items": items}))
    return str(folder / "pods.json")


@pytest.mark.parametrize(
    ("names", "node", "used"),
    [
        pytest.param(("node-a", "node-a"), "node-a", True, id="all pods are of this node"),
        pytest.param(("node-a", "node-b"), "node-a", False, id="some are not"),
        pytest.param(("node-b",), None, False, id="none is"),
    ],
)
def test_without_nodes_the_pods_tell_whether_the_plan_is_about_this_one(
    tmp_path: Path, kubelet: LocalKubelet, names: tuple[str, ...], node: str | None, *, used: bool
) -> None:
    with engine(tmp_path / "s"), open_inputs((of_node(tmp_path, *names),), recursive=False) as source:
        asked = ask_node(source, None, str(tmp_path / "s"))
        assert asked is not None
        here = asked.here((), (), manifests=False)
    assert (here.node, here.static_pods) == (node, kubelet.static_pods if used else None)
    assert any("narrow it with --node node-a" in one for one in here.notices) is (node is not None and not used)


def test_a_node_without_a_kubeconfig_is_planned_by_what_it_shows(
    tmp_path: Path, kubelet: LocalKubelet, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    words = ["plan", "--to", "1.22.17", "--docker", str(tmp_path / "s"), "-o", "json"]
    with engine(tmp_path / "s"):
        code = main([*words, "--node", "node-a"])
        out, err = capsys.readouterr()
        found = json.loads(out)
        assert main([*words, "--node", "node-b"]) == 1
        assert "no cluster to read" in capsys.readouterr().err
    assert code in (2, 3), err
    assert ("etcd-node-a", "node-a") in {(one["name"], one["node"]) for one in found["pods"]}
    assert found["scope"]["inputs"][-1] == kubelet.static_pods
