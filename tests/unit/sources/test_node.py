"""The CRI source over a real unix socket, against a runtime of ours that speaks gRPC without stubs."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import grpc
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.unit.machine.test_which_kubelet import process
from upgradecheck.commands.plan import PlanRequest, make_plan
from upgradecheck.decode.runtime import cri_wire
from upgradecheck.decode.runtime.crictl import container_record, sandbox_record
from upgradecheck.machine.node import Machine
from upgradecheck.machine.runtime import Host, Listener
from upgradecheck.model.errors import InputError, SpecRefused, UsageError
from upgradecheck.model.hash import Hash
from upgradecheck.model.pod import Absent, NetworkMode, Origin, Recorded, RunState, SandboxNetwork
from upgradecheck.model.version import release_of
from upgradecheck.planning.unseen import counts_as_unchanged
from upgradecheck.sources.node import read_auto, read_node
from upgradecheck.transport import cri

pytestmark = pytest.mark.usefixtures("no_kubelet")
SECRET = "hunter2-canary"
HERE = Origin("here")
Answer = Callable[[bytes], bytes] | grpc.StatusCode


def varint(number: int) -> bytes:
    number &= (1 << 64) - 1
    return bytes([number]) if number < 128 else bytes([number & 127 | 128]) + varint(number >> 7)


def message(*fields: tuple[int, int | str | bytes]) -> bytes:
    """Protobuf of these fields; zero values are left out by whoever calls."""
    out = b""
    for number, value in fields:
        if isinstance(value, int):
            out += varint(number << 3) + varint(value)
        else:
            content = value.encode() if isinstance(value, str) else value
            out += varint(number << 3 | 2) + varint(len(content)) + content
    return out


def mapped(number: int, entries: Mapping[str, str]) -> list[tuple[int, bytes]]:
    return [(number, message((1, key), (2, value))) for key, value in entries.items()]


def container_json(index: int, **other: Any) -> dict[str, Any]:
    labels = {"pod.name": "web-0", "pod.namespace": "shop", "pod.uid": "uid", "container.name": "app"}
    return {
        "id": f"c{index}",
        "podSandboxId": f"s{index}",
        "metadata": {"name": "app", "attempt": 3},
        "state": 1,
        "createdAt": str(1_709_287_200_000_000_001 + index),
        "labels": {f"io.kubernetes.{key}": value for key, value in labels.items()} | {"secret": SECRET},
        "annotations": {
            "io.kubernetes.container.hash": "8e45cbd0",
            "io.kubernetes.container.hashWithoutResources": "0x1",
            "io.kubernetes.container.preStopHandler": SECRET,
        },
        **other,
    }


def container_wire(told: dict[str, Any]) -> bytes:
    metadata = message((1, told["metadata"]["name"]), (2, told["metadata"]["attempt"]))
    scalars = message((1, told["id"]), (2, told["podSandboxId"]), (3, metadata), (6, told["state"]), (7, int(told["createdAt"])))
    image = message((4, message((1, SECRET))), (99, SECRET))
    return scalars + image + message(*mapped(8, told["labels"]), *mapped(9, told["annotations"]))


def sandbox_json(index: int) -> dict[str, Any]:
    return {
        "id": f"s{index}",
        "metadata": {"name": "web-0", "uid": "uid", "namespace": "shop", "attempt": 1},
        "state": 1,
        "createdAt": "-5",
        "annotations": {"kubernetes.io/config.source": "file", "kubernetes.io/config.hash": "ab", "x": SECRET},
    }


def sandbox_wire(told: dict[str, Any]) -> bytes:
    metadata = told["metadata"]
    named = message((1, metadata["name"]), (2, metadata["uid"]), (3, metadata["namespace"]), (4, metadata["attempt"]))
    scalars = message((1, told["id"]), (2, named), (3, told["state"]), (4, int(told["createdAt"])))
    return scalars + message(*mapped(6, told["annotations"]))


def status(ip: str | None, mode: int | None) -> bytes:
    options = message() if mode is None else message((1, mode))
    linux = message((6, message((1, message((2, options))))))
    network = b"" if ip is None else message((5, message((1, ip)) if ip else b""))
    return message((1, linux + network), (2, message((1, "info"), (2, SECRET))))


def runtime(count: int = 1, **other: Answer) -> dict[str, Answer]:
    return {
        "Version": lambda _: message((1, "0.1.0"), (2, "containerd"), (3, "1.7.2")),
        "ListContainers": lambda _: message(*((1, container_wire(container_json(index))) for index in range(count))),
        "ListPodSandbox": lambda _: message(*((1, sandbox_wire(sandbox_json(index))) for index in range(count))),
        "PodSandboxStatus": lambda _: status("10.0.0.7", None),
        **other,
    }


class _Handler(grpc.GenericRpcHandler):
    def __init__(self, apis: tuple[str, ...], answers: Mapping[str, Answer], asked: list[tuple[str, bytes]]) -> None:
        self.apis, self.answers, self.asked = apis, answers, asked

    def service(self, details: Any) -> Any:
        _, service, method = details.method.split("/")
        if service not in {f"runtime.{api}.RuntimeService" for api in self.apis}:
            return None
        answer = self.answers[method]

        def handle(request: bytes, context: Any) -> bytes:
            self.asked.append((details.method, request))
            if isinstance(answer, grpc.StatusCode):
                context.abort(answer, f"cannot run {SECRET}")
                raise AssertionError
            return answer(request)

        return grpc.unary_unary_rpc_method_handler(handle)


@contextmanager
def serving(path: Path, answers: Mapping[str, Answer], apis: tuple[str, ...] = ("v1", "v1alpha2")) -> Iterator[list[tuple[str, bytes]]]:
    asked: list[tuple[str, bytes]] = []
    with ThreadPoolExecutor(4) as pool:
        server = grpc.server(pool, handlers=[_Handler(apis, answers, asked)], options=(("grpc.max_send_message_length", -1),))
        server.add_insecure_port(f"unix:{path}")
        server.start()
        try:
            yield asked
        finally:
            server.stop(0).wait()


@pytest.mark.parametrize("api", ["v1", "v1alpha2"])
def test_records_are_those_of_crictl_with_the_network_of_each_sandbox(tmp_path: Path, api: str) -> None:
    path = tmp_path / "cri.sock"
    with serving(path, runtime(), (api,)) as asked:
        told = read_node(f"unix://{path}", 10)
    origin = Origin(f"cri {path}")
    assert told.runtime == "containerd://1.7.2"
    assert told.containers == (container_record(json.dumps(container_json(0)).encode(), origin),)
    assert told.containers[0].hash == Recorded(Hash(0x8E45CBD0))
    assert told.containers[0].hash_without_resources == Absent("0x1")
    assert told.sandboxes[0].network == SandboxNetwork(NetworkMode.POD, "10.0.0.7")
    assert asked[-1] == (f"/runtime.{api}.RuntimeService/PodSandboxStatus", message((1, "s0"))), "never verbose"
    assert SECRET not in repr(told)


def test_five_hundred_containers(tmp_path: Path) -> None:
    with serving(tmp_path / "s", runtime(500)):
        told = read_node(str(tmp_path / "s"), 60)
    assert (len(told.containers), len(told.sandboxes)) == (500, 500)


def test_what_vanishes_between_the_calls_is_left_out(tmp_path: Path) -> None:
    with serving(tmp_path / "s", runtime(PodSandboxStatus=grpc.StatusCode.NOT_FOUND)):
        told = read_node(str(tmp_path / "s"), 10)
    assert (told.containers, told.sandboxes) == ((), ())


@pytest.mark.parametrize("method", ["Version", "ListContainers", "ListPodSandbox", "PodSandboxStatus"])
@pytest.mark.parametrize("code", [grpc.StatusCode.UNIMPLEMENTED, grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.UNKNOWN])
def test_an_error_is_told_by_its_code_never_by_the_words_of_the_runtime(tmp_path: Path, method: str, code: grpc.StatusCode) -> None:
    with serving(tmp_path / "s", {**runtime(), method: code}), pytest.raises(InputError) as caught:
        read_node(str(tmp_path / "s"), 10)
    assert f"{method} of runtime." in str(caught.value)
    assert code.name in str(caught.value)
    assert SECRET not in str(caught.getrepr(style="long", showlocals=False))


def test_a_runtime_that_does_not_answer_ends_with_the_deadline(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(str(path))
        deaf.listen(8)
        with pytest.raises(InputError, match=r"DEADLINE_EXCEEDED|UNAVAILABLE"):
            read_node(str(path), 0.5)


def test_auto_takes_the_first_that_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cri, "WELL_KNOWN", (str(tmp_path / "none"), str(tmp_path / "a b%20c"), str(tmp_path / "s")))
    with serving(tmp_path / "s", runtime()):
        assert read_node("auto", 10).name == f"cri {tmp_path / 's'}"
    with pytest.raises(InputError, match="no runtime answers"):
        read_node("auto", 10)


EMPTY = runtime(0, Version=lambda _: message((1, "0.1.0"), (2, "containerd"), (3, "v2.2.9")))


@contextmanager
def two_runtimes(folder: Path, monkeypatch: pytest.MonkeyPatch, *answers: Mapping[str, Answer]) -> Iterator[tuple[Path, ...]]:
    """Runtimes at well-known places, and a link to the first, under which it is not asked again."""
    paths = tuple(folder / f"{number}.sock" for number in range(len(answers)))
    (folder / "link").symlink_to(paths[0])
    monkeypatch.setattr(cri, "WELL_KNOWN", (str(folder / "none"), *map(str, paths), str(folder / "link")))
    with ExitStack() as stack:
        for path, told in zip(paths, answers, strict=True):
            stack.enter_context(serving(path, told))
        yield paths


class TestAuto:
    def test_the_only_one_that_answers_is_asked(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with two_runtimes(tmp_path, monkeypatch, runtime()) as (only,):
            told = read_auto(None, 10)
        assert (told.name, told.why) == (f"cri {only}", "")
        with pytest.raises(InputError, match="no runtime answers"):
            read_auto(None, 10)

    @pytest.mark.parametrize("wanted", [None, "containerd://1.7.2", "containerd://2.2.9"])
    def test_the_one_that_lists_pods_that_run(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wanted: str | None) -> None:
        with two_runtimes(tmp_path, monkeypatch, EMPTY, runtime()) as (empty, full):
            told = read_auto(wanted, 10)
        assert told.name == f"cri {full}"
        assert told.why == f"--cri auto: {full} is asked, which lists 1 running pod ({empty} lists 0 running pods)."

    def test_of_several_the_one_that_the_node_object_names(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        other = runtime(Version=EMPTY["Version"])
        with two_runtimes(tmp_path, monkeypatch, runtime(), other) as (_, named):
            assert read_auto("containerd://2.2.9", 10).name == f"cri {named}"
            for wanted in (None, "cri-o://1.37.0"):
                with pytest.raises(InputError, match=r"more than one runtime lists pods that run, .*Name the kubelet's with --cri SOCKET"):
                    read_auto(wanted, 10)

    def test_of_empty_ones_the_one_that_the_node_object_names(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with two_runtimes(tmp_path, monkeypatch, runtime(0), EMPTY) as (first, named):
            assert read_auto("containerd://2.2.9", 10).name == f"cri {named}"
            assert read_auto(None, 10).name == f"cri {first}"


class TestTheKubeletsOwn:
    """A runtime that cannot be the kubelet's is no evidence."""

    @pytest.fixture
    def asked(self, tmp_path: Path) -> Iterator[PlanRequest]:
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "web-0", "namespace": "shop", "uid": "uid"},
            "spec": {"nodeName": "node-a", "containers": [{"name": "app", "image": "x:1"}]},
            "status": {
                "phase": "Running",
                "containerStatuses": [{"name": "app", "containerID": "containerd://c0", "state": {"running": {}}}],
            },
        }
        (tmp_path / "pods.json").write_text(json.dumps(pod))
        with serving(tmp_path / "s", runtime()), serving(tmp_path / "empty", EMPTY):
            yield PlanRequest((str(tmp_path / "pods.json"),), from_version="1.20", to_version="1.21", nodes=("node-a",))

    def node(self, folder: Path, runtime: str) -> str:
        info = {"kubeletVersion": "v1.20.15", "containerRuntimeVersion": runtime}
        (folder / "node.json").write_text(json.dumps({"kind": "Node", "metadata": {"name": "node-a"}, "status": {"nodeInfo": info}}))
        return str(folder / "node.json")

    def test_one_that_lists_the_pods_that_run(self, asked: PlanRequest, tmp_path: Path) -> None:
        files = (*asked.files, self.node(tmp_path, "containerd://1.7.2"))
        plan = make_plan(replace(asked, files=files, cri=str(tmp_path / "s")))
        assert plan.coverage.nodes_with_evidence == 1

    def test_one_that_lists_none_of_them(self, asked: PlanRequest, tmp_path: Path) -> None:
        with pytest.raises(InputError) as caught:
            make_plan(replace(asked, cri=str(tmp_path / "empty")))
        assert str(caught.value) == (
            f"--cri {tmp_path}/empty answers as containerd://2.2.9, and lists none of the 1 pod that run on node-a: this is not the runtime "
            "of its kubelet. Name that with --cri SOCKET or --docker SOCKET."
        )

    def test_an_empty_one_of_a_node_on_which_nothing_runs(self, asked: PlanRequest, tmp_path: Path) -> None:
        pods = json.loads((tmp_path / "pods.json").read_text())
        (tmp_path / "pods.json").write_text(json.dumps(pods | {"status": {"phase": "Succeeded"}}))
        assert make_plan(replace(asked, cri=str(tmp_path / "empty"))).pods

    def test_one_of_another_kind_than_the_node_object_names(self, asked: PlanRequest, tmp_path: Path) -> None:
        files = (*asked.files, self.node(tmp_path, "cri-o://1.30.2"))
        with pytest.raises(
            InputError, match=r"answers as containerd://1\.7\.2, and the Node object of node-a names cri-o://1\.30\.2: this is not"
        ):
            make_plan(replace(asked, files=files, cri=str(tmp_path / "s")))

    @pytest.mark.parametrize(("override", "refused"), [(True, True), (False, False)])
    def test_of_what_a_proxy_of_ours_shows_no_override_is_made(
        self, asked: PlanRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, override: bool, refused: bool
    ) -> None:
        """A map of it would name hashes that no record holds, so that the proxy showed none of them, and those of the map before no more."""
        path = str(tmp_path / "s")
        words = ("/usr/bin/upgradecheck", "override", "proxy", "--listen", path, "--upstream", "/run/c.sock", "--map", "/var/map.json")
        monkeypatch.setattr(Host, "listener", lambda self, place: Listener(7, words))
        request = replace(asked, cri=path, override=override)
        if not refused:
            assert make_plan(request).pods, "what the kubelet sees is what counts without"
            return
        with pytest.raises(InputError) as caught:
            make_plan(request)
        assert str(caught.value).startswith(f'{path}: is the socket of "upgradecheck override proxy"')
        assert "--cri unix:///run/c.sock --override-in-force /var/map.json instead" in str(caught.value)

    def test_of_what_the_runtime_itself_shows_one_is(self, asked: PlanRequest, tmp_path: Path) -> None:
        assert make_plan(replace(asked, cri=str(tmp_path / "s"), override=True)).overrides is not None

    def test_auto_is_the_one_that_lists_them(self, asked: PlanRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(cri, "WELL_KNOWN", (str(tmp_path / "empty"), str(tmp_path / "s")))
        plan = make_plan(replace(asked, cri="auto"))
        assert plan.scope.inputs[-1] == f"cri {tmp_path}/s"
        assert f"--cri auto: {tmp_path}/s is asked, which lists 1 running pod ({tmp_path}/empty lists 0 running pods)." in plan.notices

    def test_pods_of_other_nodes_are_not_wanted_of_it(self, asked: PlanRequest, tmp_path: Path) -> None:
        pod = json.loads((tmp_path / "pods.json").read_text())
        pod["spec"]["nodeName"] = "node-b"
        (tmp_path / "pods.json").write_text(json.dumps(pod))
        assert make_plan(replace(asked, cri=str(tmp_path / "empty"), nodes=("node-a", "node-b"))).pods


def test_places_that_are_no_sockets(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="is no socket"):
        read_node(str(tmp_path / "file"))
    with pytest.raises(InputError, match="No such file"):
        read_node(str(tmp_path / "none"))
    with pytest.raises(UsageError, match="no path of a unix socket"):
        read_node("tcp://127.0.0.1:1")


def test_the_plan_has_the_records_of_the_socket(tmp_path: Path) -> None:
    with serving(tmp_path / "s", runtime()):
        plan = make_plan(PlanRequest(from_version="1.29", to_version="1.30", nodes=("node-a",), cri=str(tmp_path / "s")))
    assert [(pod.namespace, pod.name, pod.node) for pod in plan.pods] == [("shop", "web-0", "node-a")]
    assert plan.scope.inputs == (f"cri {tmp_path / 's'}",)
    assert [(node.name, node.runtime) for node in plan.nodes] == [("node-a", "containerd://1.7.2")]
    assert SECRET not in repr(plan)


class TestWire:
    def test_a_sandbox_is_that_of_crictl(self) -> None:
        told = sandbox_json(0)
        expected = sandbox_record(json.dumps(told).encode(), HERE)
        assert cri_wire.sandbox_records(message((1, sandbox_wire(told))), HERE) == (expected,)

    def test_zero_values_that_are_left_out(self) -> None:
        (told,) = cri_wire.container_records(message((1, message((1, "c"), (2, "s")))), HERE)
        assert (told.state, told.attempt, told.created_at, told.hash) == (RunState.CREATED, 0, 0, Absent())

    @pytest.mark.parametrize(
        ("ip", "mode", "expected"),
        [
            ("10.0.0.7", None, SandboxNetwork(NetworkMode.POD, "10.0.0.7")),
            ("", 2, SandboxNetwork(NetworkMode.NODE, "")),
            (None, 2, SandboxNetwork(NetworkMode.NODE, None)),
        ],
    )
    def test_network(self, ip: str | None, mode: int | None, expected: SandboxNetwork) -> None:
        assert cri_wire.sandbox_network(status(ip, mode)) == expected

    @given(st.binary(max_size=200))
    def test_any_bytes_are_read_or_refused(self, raw: bytes) -> None:
        for read in (cri_wire.sandbox_network, cri_wire.runtime_version):
            with suppress(SpecRefused):
                read(raw)
        for content in (raw, message((1, raw))):
            for records in (cri_wire.container_records, cri_wire.sandbox_records):
                with suppress(SpecRefused):
                    records(content, HERE)

    @given(st.integers(1, 1000))
    def test_a_message_cut_short_is_refused_or_shorter_by_whole_fields(self, cut: int) -> None:
        whole = message((1, container_wire(container_json(0))))
        with pytest.raises(SpecRefused):
            cri_wire.container_records(whole[: -min(cut, len(whole) - 1)], HERE)

    @given(st.integers(-(1 << 63), (1 << 63) - 1), st.integers(0, (1 << 32) - 1), st.text(), st.integers(-3, 5))
    def test_round_trip_equals_crictl(self, created: int, attempt: int, name: str, state: int) -> None:
        told = container_json(1, createdAt=str(created), state=state, metadata={"name": name, "attempt": attempt})
        expected = container_record(json.dumps(told).encode(), HERE)
        assert cri_wire.container_records(message((1, container_wire(told))), HERE) == (expected,)


class TestOnThisNode:
    """The kubelet of the machine whose runtime is asked, in a plan."""

    @pytest.fixture
    def request_here(self, tmp_path: Path, no_kubelet: Path) -> Iterator[PlanRequest]:
        machine = Machine(proc=no_kubelet, root=no_kubelet)
        process(
            machine, 8, "kubelet", "--hostname-override=node-a", "--pod-manifest-path=/manifests", "--feature-gates=SidecarContainers=false"
        )
        (no_kubelet / "manifests").mkdir()
        manifest = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "web"},
            "spec": {"containers": [{"name": "app", "image": "x:1"}]},
        }
        (no_kubelet / "manifests/web.json").write_text(json.dumps(manifest))
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "web-0", "namespace": "shop", "uid": "uid"},
            "spec": {"nodeName": "node-a", "containers": [{"name": "app", "image": "x:1"}]},
            "status": {"phase": "Running"},
        }
        (tmp_path / "pods.json").write_text(json.dumps(pod))
        with serving(tmp_path / "s", runtime()):
            yield PlanRequest(files=(str(tmp_path / "pods.json"),), to_version="1.21.14", nodes=("node-a",), cri=str(tmp_path / "s"))

    def test_its_process_gives_the_version_and_its_own_files_the_manifests(self, request_here: PlanRequest, no_kubelet: Path) -> None:
        plan = make_plan(request_here)
        assert [(node.name, release_of(node.from_version), node.runtime) for node in plan.nodes] == [
            ("node-a", "1.20.15", "containerd://1.7.2")
        ]
        assert str(no_kubelet / "manifests") in plan.scope.inputs
        assert {(pod.name, pod.source.value) for pod in plan.pods} == {("web-0", "api"), ("web-node-a", "file")}
        assert any(text.startswith("Node node-a: kubelet v1.20.15, as process 8 on this machine ") for text in plan.notices)
        assert any("feature gates and cgroups are those" in text for text in plan.notices)

    def test_auto_is_the_runtime_that_its_command_line_names(
        self, tmp_path: Path, no_kubelet: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        process(Machine(proc=no_kubelet, root=no_kubelet), 8, "kubelet", f"--container-runtime-endpoint=unix://{tmp_path}/own")
        monkeypatch.setattr(cri, "WELL_KNOWN", (str(tmp_path / "s"),))
        request = PlanRequest(from_version="1.29", to_version="1.30", nodes=("node-a",), cri="auto")
        with serving(tmp_path / "s", runtime()):
            with serving(tmp_path / "own", runtime()):
                assert make_plan(request).scope.inputs == (f"cri {tmp_path}/own",)
            with pytest.raises(InputError, match="/own: cannot be reached"):
                make_plan(request)

    def test_it_says_nothing_of_another_node(self, request_here: PlanRequest) -> None:
        plan = make_plan(replace(request_here, nodes=("node-b",)))
        assert plan.from_version is None
        assert "this machine is not node node-b" in " ".join(plan.notices)
        assert not any("manifests" in name for name in plan.scope.inputs)

    def test_a_node_object_that_says_another_version_leaves_the_plan_incomplete(self, request_here: PlanRequest, tmp_path: Path) -> None:
        node = {"kind": "Node", "metadata": {"name": "node-a"}, "spec": {}, "status": {"nodeInfo": {"kubeletVersion": "v1.19.16"}}}
        (tmp_path / "node.json").write_text(json.dumps(node))
        plan = make_plan(replace(request_here, files=(*request_here.files, str(tmp_path / "node.json"))))
        assert release_of(plan.nodes[0].from_version) == "1.19.16"
        what, *others = (one.what for one in plan.coverage.missing)
        assert what == "kubelet version of node node-a"
        assert {one.partition(",")[0] for one in others} == {
            "what the new kubelet is started with"
        }  # a kubelet of 1.19 has no SidecarContainers
        assert (plan.complete, plan.exit_code in (2, 3)) == (False, True)

    @pytest.mark.parametrize(
        ("node", "dumped", "container", "told"),
        [
            pytest.param("node-a", ("c9", "uid"), "c0", 1, id="a container that was replaced since"),
            pytest.param("node-a", ("c0", "uid"), "c0", 0, id="the same container"),
            pytest.param("node-a", ("c9", "gone"), None, 1, id="a pod that is gone from the API and the runtime"),
            pytest.param("node-a", ("c9", "other"), None, 1, id="a pod of this node that the runtime does not list"),
            pytest.param("node-b", ("c9", "other"), "c9", 0, id="a pod of another node"),
        ],
    )
    def test_a_record_that_the_runtime_does_not_list_any_more_is_set_aside(
        self, request_here: PlanRequest, tmp_path: Path, node: str, dumped: tuple[str, str], container: str | None, told: int
    ) -> None:
        identity, uid = dumped
        labels = {"pod.name": "web-0" if uid == "uid" else uid, "pod.namespace": "shop", "pod.uid": uid, "container.name": "app"}
        record = container_json(9, id=identity, labels={f"io.kubernetes.{key}": value for key, value in labels.items()})
        (tmp_path / "ps.json").write_text(json.dumps({"containers": [record]}))
        nodes = [{"kind": "Node", "metadata": {"name": name}, "spec": {}} for name in dict.fromkeys(("node-a", node))]
        (tmp_path / "nodes.json").write_text("".join(map(json.dumps, nodes)))
        pod = json.loads((tmp_path / "pods.json").read_text())
        pod["metadata"] |= {"name": "other", "uid": "other"}
        pod["spec"]["nodeName"] = node
        (tmp_path / "other.json").write_text(json.dumps(pod))
        files = [str(tmp_path / name) for name in ("pods.json", "ps.json", "nodes.json", "other.json")]
        plan = make_plan(replace(request_here, files=tuple(files), nodes=(), from_version="1.20.15"))
        found = {pod.uid: pod.containers[0].container_id for pod in plan.pods if pod.source.value == "api"}
        assert found.get(uid) == container
        assert "gone" not in found
        assert sum("1 record of a dump is set aside" in text for text in plan.notices) == told

    def test_the_network_is_no_longer_among_what_counts_as_unchanged(self, request_here: PlanRequest, tmp_path: Path) -> None:
        told = counts_as_unchanged(network=False, configuration=False)
        assert told in make_plan(replace(request_here, namespaces=("shop",))).notices
        pods = [json.loads((tmp_path / "pods.json").read_text()) for _ in range(2)]
        pods[1]["metadata"] |= {"name": "other", "uid": "other"}
        (tmp_path / "two.json").write_text("".join(map(json.dumps, pods)))
        notices = make_plan(replace(request_here, files=(str(tmp_path / "two.json"),), namespaces=("shop",))).notices
        assert counts_as_unchanged(network=True, configuration=False) in notices
        assert "Pods whose sandbox's network was seen: 1; was not seen: 1." in notices
