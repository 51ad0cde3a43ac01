"""``collect -o``: on a machine made up for it, with a runtime that answers over CRI; what it writes, with which mode, and what is not in it."""

from __future__ import annotations

import gzip
import hashlib
import json
import stat
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from msgspec.structs import replace

from tests import statefiles
from tests.builders import CATALOG
from tests.override.node import NEW, OLD, Runtime, identity
from tests.override.node import SECRET as OVERRIDES_SECRET
from tests.override.test_applying import applied
from tests.unit.machine.test_which_kubelet import process
from tests.unit.sources.test_node import EMPTY, container_wire, message, runtime, serving
from tests.unit.sources.told_node import SECRET
from upgradecheck.checkpoint import CheckpointStore
from upgradecheck.checkpoint.operations import Author, record_start
from upgradecheck.cli import main
from upgradecheck.commands.collecting import CollectRequest, collect, machine_of, told_words, with_polled
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.formats.bundle import bundle_text, read_bundle
from upgradecheck.model.bundle import Bundle
from upgradecheck.model.checkpoint import Checkpoint, KubeletStart, Mode, NodeIdentity
from upgradecheck.model.errors import EXIT_NO_REPORT, EXIT_USAGE
from upgradecheck.model.hash import Hash
from upgradecheck.model.override import Rewrite
from upgradecheck.model.pod import Absent, Origin
from upgradecheck.override.state import looked_at
from upgradecheck.sources.node import read_node

CANARY = "canary-in-a-flag"
WORDS = (
    "/usr/bin/kubelet",
    "--config=/etc/k.yaml",
    "--hostname-override=node-1",
    f"--manifest-url-header=Authorization:{CANARY}",
    f"--manifest-url=https://u:{CANARY}@example.com/?t={CANARY}",
    f"--of-a-vendor={CANARY}",
    "--of-another-vendor",
    CANARY,
    "--network-plugin",
    "cni",
)
CONFIG = f"""\
maxPods: 40
staticPodURL: https://u:{CANARY}@example.com/
staticPodURLHeader: {{Authorization: ["{CANARY}"]}}
vendorsOwn: {CANARY}
featureGates: {{A: true}}
"""


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The root of a node, with its kubelet, state files and checkpoint."""
    monkeypatch.delenv("MAINPID", raising=False)
    root = tmp_path / "host"
    for folder in ("proc/sys/kernel/random", "etc", "var/lib/kubelet/device-plugins", "var/lib/upgradecheck"):
        (root / folder).mkdir(parents=True)
    (root / "proc/sys/kernel/random/boot_id").write_text("boot-1\n")
    (root / "etc/machine-id").write_text("machine-1\n")
    (root / "etc/k.yaml").write_text(CONFIG)
    (root / "var/lib/kubelet/cpu_manager_state").write_bytes(statefiles.cpus("none", ""))
    (root / "var/lib/kubelet/device-plugins/kubelet_internal_checkpoint").write_bytes(
        statefiles.devices(["0"]).replace(b"pod-a", CANARY.encode())
    )
    kubelet = process(machine_of(str(root)), 8, *WORDS)
    (kubelet / "root").unlink()
    (kubelet / "root").symlink_to(root)
    node = NodeIdentity("node-1", "machine-1")
    store = CheckpointStore(str(root / "var/lib/upgradecheck/checkpoint"))
    record_start(store, KubeletStart(parse_kubelet_version("v1.20.15"), 1_700_000_000_000_000_000), Author(node, "test", 1))
    return root


def collected(host: Path, socket: Path, output: Path) -> Bundle:
    assert main(["collect", "--host-root", str(host), "--cri", str(socket), "-o", str(output)]) == 0
    return read_bundle(gzip.decompress(output.read_bytes()), "x")


def test_all_of_a_node_is_in_its_bundle(host: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serving(tmp_path / "s", runtime(3)):
        found = collected(host, tmp_path / "s", tmp_path / "b.json.gz")
        records = read_node(str(tmp_path / "s"))
    unread = Absent()  # its text is no hash, and is not told
    told = {replace(one, origin=Origin("x"), hash_without_resources=unread) for one in records.containers}
    assert set(found.containers) == told
    assert {one.sandbox_id for one in found.sandboxes} == {one.sandbox_id for one in records.sandboxes}
    assert (found.node, found.boot_id, found.runtime) == (NodeIdentity("node-1", "machine-1"), "boot-1", "containerd://1.7.2")
    kubelet = found.kubelet
    assert (str(kubelet.version), kubelet.runs, kubelet.problem) == ("v1.20.15", True, "")
    assert kubelet.config is not None
    assert (kubelet.config.max_pods, dict(kubelet.config.feature_gates), kubelet.config.values) == (40, {"A": True}, {"maxPods": 40})
    assert found.checkpoint is not None
    assert found.checkpoint.newest.kubelet_version.text == "v1.20.15"
    files = {one.name.value: one for one in found.state_files}
    assert files["cpu_manager_state"].outline is not None
    assert files["memory_manager_state"].absent
    assert stat.S_IMODE((tmp_path / "b.json.gz").stat().st_mode) == 0o600
    assert "wrote" in capsys.readouterr().err
    assert [entry.name for entry in tmp_path.iterdir() if entry.name.startswith(".")] == []


def test_no_secret_of_the_node_is_in_it(host: Path, tmp_path: Path) -> None:
    with serving(tmp_path / "s", runtime(3)):
        text = bundle_text(collect(CollectRequest(host_root=str(host), cri=str(tmp_path / "s"))))
    assert CANARY.encode() not in text
    assert SECRET.encode() not in text
    assert b"--of-a-vendor=" in text
    assert b"staticPodURLHeader" in text, "that it is set is told"


def test_what_kubelets_make_of_static_pods_is_in_it_and_nothing_else_of_them(host: Path, tmp_path: Path) -> None:
    (host / "etc/k.yaml").write_text("staticPodPath: /etc/manifests/\nfeatureGates: {A: true}\n")
    (host / "proc/8/cmdline").write_bytes(b"/usr/bin/kubelet\0--config=/etc/k.yaml\0--hostname-override=node-1\0")
    (host / "etc/manifests").mkdir()
    container = {"name": "app", "image": CANARY, "args": [CANARY], "env": [{"name": CANARY, "value": CANARY}]}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "labels": {"a": CANARY}}, "spec": {"containers": [container]}}
    (host / "etc/manifests/web.json").write_text(json.dumps(pod))
    with serving(tmp_path / "s", runtime(3)):
        found = collected(host, tmp_path / "s", tmp_path / "b.json.gz")
    assert CANARY.encode() not in gzip.decompress((tmp_path / "b.json.gz").read_bytes())
    assert found.static_pods is not None
    assert found.static_pods.feature_gates == {"A": True}
    (web,) = found.static_pods.pods
    assert (web.name, web.file, list(web.containers)) == ("web-node-1", "/etc/manifests/web.json", ["app"])
    assert len({one.made for one in web.uids}) == len(web.uids) > 10


def test_words_of_a_command_line_that_are_told() -> None:
    assert told_words(WORDS, CATALOG.options()) == (
        "/usr/bin/kubelet",
        "--config=/etc/k.yaml",
        "--hostname-override=node-1",
        "--manifest-url-header=",
        "--manifest-url=",
        "--of-a-vendor=",
        "--of-another-vendor",
        "--network-plugin",
        "cni",
    )
    assert told_words((), CATALOG.options()) == ()


def test_two_of_one_node_are_the_same_bytes_but_for_the_time(host: Path, tmp_path: Path) -> None:
    with serving(tmp_path / "s", runtime(3)):
        one = collected(host, tmp_path / "s", tmp_path / "a.json.gz")
        other = collected(host, tmp_path / "s", tmp_path / "b.json.gz")
    assert one.digest == other.digest


def test_a_checkpoint_of_another_node_is_told(host: Path, tmp_path: Path) -> None:
    (host / "etc/machine-id").write_text("machine-2\n")
    with serving(tmp_path / "s", runtime()):
        found = collected(host, tmp_path / "s", tmp_path / "a.json.gz")
    assert found.checkpoint is None
    assert found.checkpoint_problem is not None
    assert "another node" in found.checkpoint_problem.found


def test_a_node_without_checkpoint_is_no_trouble_but_one_that_was_named_is(host: Path, tmp_path: Path) -> None:
    (host / "var/lib/upgradecheck/checkpoint").unlink()
    (host / "var/lib/upgradecheck/checkpoint.bak").unlink(missing_ok=True)
    with serving(tmp_path / "s", runtime()):
        found = collected(host, tmp_path / "s", tmp_path / "a.json.gz")
        assert (found.checkpoint, found.checkpoint_problem) == (None, None)
        named = collect(CollectRequest(host_root=str(host), cri=str(tmp_path / "s"), checkpoint=str(tmp_path / "none")))
    assert named.checkpoint_problem is not None


def test_a_runtime_that_does_not_answer_leaves_what_was_there(host: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.json.gz").write_bytes(b"before")
    assert main(["collect", "--host-root", str(host), "--cri", str(tmp_path / "none"), "-o", str(tmp_path / "a.json.gz")]) == EXIT_NO_REPORT
    assert (tmp_path / "a.json.gz").read_bytes() == b"before"
    assert str(tmp_path / "none") in capsys.readouterr().err


@pytest.mark.parametrize("place", ["", "missing/b.json.gz", "folder"])
def test_a_place_that_cannot_be_written_is_told(place: str, host: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "folder").mkdir()
    with serving(tmp_path / "s", runtime()):
        words = ["collect", "--host-root", str(host), "--cri", str(tmp_path / "s"), "-o", str(tmp_path / place)]
        assert main(words) == EXIT_NO_REPORT
    assert "No bundle was written" in capsys.readouterr().err


def test_standard_output_carries_the_bundle_alone(host: Path, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    with serving(tmp_path / "s", runtime()):
        assert main(["collect", "--host-root", str(host), "--cri", str(tmp_path / "s"), "-o", "-"]) == 0
    out, err = capfdbinary.readouterr()
    assert read_bundle(gzip.decompress(out), "x").name == "node-1"
    assert b"wrote standard output: node node-1, 1 container of containerd://1.7.2" in err
    assert b"lists no pod" not in err


@pytest.mark.parametrize("place", ["-", "file"])
def test_a_runtime_that_lists_no_pod_is_told_of(place: str, host: Path, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    with serving(tmp_path / "s", EMPTY):
        words = ["--cri", str(tmp_path / "s"), "-o", place if place == "-" else str(tmp_path / place)]
        assert main(["collect", "--host-root", str(host), *words]) == 0
    assert b"lists no pod: if any run on node node-1, its kubelet has another runtime" in capfdbinary.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["-o", "a", "--publish"],
        ["--cri", "a", "--docker", "b", "-o", "x"],
        ["-o", "a", "--every", "5m"],
        ["--publish", "--renew", "soon"],
    ],
    ids=" ".join,
)
def test_what_cannot_be_asked(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["collect", *words]) == EXIT_USAGE


def test_the_environment_does_not_say_where_it_is_written(host: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """UPGRADECHECK_OUTPUT is the format of reports."""
    monkeypatch.setenv("UPGRADECHECK_OUTPUT", "table")
    monkeypatch.chdir(tmp_path)
    assert main(["collect", "--host-root", str(host)]) == EXIT_USAGE
    assert not (tmp_path / "table").exists()


def test_its_json_is_one_document_that_plan_knows(host: Path, tmp_path: Path) -> None:
    with serving(tmp_path / "s", runtime()):
        collected(host, tmp_path / "s", tmp_path / "a.json.gz")
    whole = json.loads(gzip.decompress((tmp_path / "a.json.gz").read_bytes()))
    assert (whole["format_version"], whole["kind"]) == ("1.0", "NodeBundle")


@pytest.fixture
def unprivileged(host: Path) -> Path:
    """The same as a container sees it that may not look into other processes, which is how the DaemonSet's runs: neither program nor root."""
    process_folder = host / "proc/8"
    (process_folder / "exe").unlink()
    (process_folder / "root").unlink()
    return host


def test_a_kubelet_whose_program_nobody_may_ask_tells_all_but_its_version(unprivileged: Path, tmp_path: Path) -> None:
    with serving(tmp_path / "s", runtime(3)):
        found = collected(unprivileged, tmp_path / "s", tmp_path / "b.json.gz")
    kubelet = found.kubelet
    assert (kubelet.version, kubelet.runs, "cannot be asked for its version" in kubelet.problem) == (None, True, True)
    assert (kubelet.since_boot_ms, kubelet.started_at is not None, kubelet.config_problem) == (1_234_560, True, "")
    assert kubelet.config is not None
    assert (kubelet.config.max_pods, dict(kubelet.config.feature_gates)) == (40, {"A": True})
    assert kubelet.arguments[1] == "--config=/etc/k.yaml"
    assert found.state_files


def test_such_a_kubelet_in_a_container_has_files_that_nobody_sees(unprivileged: Path, tmp_path: Path) -> None:
    (unprivileged / "proc/8/cgroup").write_text(f"0::/docker/{'a' * 64}\n")
    with serving(tmp_path / "s", runtime(3)):
        kubelet = collected(unprivileged, tmp_path / "s", tmp_path / "b.json.gz").kubelet
    assert (kubelet.config, "cannot be told" in kubelet.config_problem) == (None, True)


@pytest.mark.parametrize("words", [WORDS, (*WORDS, "--container-runtime-endpoint=unix:///run/containerd/containerd.sock")])
def test_the_runtime_is_looked_for_below_the_nodes_root(words: tuple[str, ...], unprivileged: Path, tmp_path: Path) -> None:
    (unprivileged / "proc/8/cmdline").write_bytes(b"\0".join(word.encode() for word in words) + b"\0")
    (unprivileged / "run/containerd").mkdir(parents=True)
    with TemporaryDirectory() as short:  # as the path of a socket has to be
        root = Path(short) / "h"
        root.symlink_to(unprivileged)
        with serving(root / "run/containerd/containerd.sock", runtime(3)):
            assert main(["collect", "--host-root", str(root), "-o", str(tmp_path / "b.json.gz")]) == 0
    assert read_bundle(gzip.decompress((tmp_path / "b.json.gz").read_bytes()), "x").containers


def test_the_nodes_overrides_are_in_it_and_nothing_of_the_records_that_a_journal_holds(host: Path, tmp_path: Path) -> None:
    place = host / "var/lib/upgradecheck/override"
    applied(str(place), Runtime())
    listed = [wire(identity(number)) for number in range(2)]  # one of the three has gone since
    with serving(tmp_path / "s", {**runtime(), "ListContainers": lambda _: message(*((1, one) for one in listed))}):
        found = collected(host, tmp_path / "s", tmp_path / "b.json.gz")
    (journal,) = found.journals
    rewrite = Rewrite(Hash.parse(OLD), Hash.parse(NEW))
    assert (journal.follows, dict(journal.overrides)) == (None, {identity(number): rewrite for number in range(2)})
    assert journal.digests == (hashlib.sha256(next(place.glob("*.journal")).read_bytes()).hexdigest(),)
    assert OVERRIDES_SECRET.encode() not in gzip.decompress((tmp_path / "b.json.gz").read_bytes())


def test_states_of_a_journal_that_the_agents_history_names_are_in_it_too(host: Path, tmp_path: Path) -> None:
    """A journal grows; a process of the kubelet that was seen under an earlier state of it ran with that override all the same."""
    place = host / "var/lib/upgradecheck/override"
    applied(str(place), Runtime())
    (path,) = place.glob("*.journal")
    held = looked_at(str(place))
    assert held is not None
    earlier = sorted(held.journals[0].journal.digests - {held.journals[0].journal.digest})
    request = CollectRequest(host_root=str(host), cri=str(tmp_path / "s"))
    with serving(tmp_path / "s", {**runtime(), "ListContainers": lambda _: message((1, wire(identity(0))))}):
        bundle = collect(request)
    start = KubeletStart(parse_kubelet_version("v1.30.4"), 1, mode=Mode.POLLED, override_journal=earlier[0])
    polled = Checkpoint("0" * 32, 1, bundle.node, (start,))
    (journal,) = with_polled(bundle, polled, request).journals
    last = hashlib.sha256(path.read_bytes()).hexdigest()
    assert (set(journal.digests), len(earlier) > 1) == ({last, earlier[0]}, True)
    assert with_polled(bundle, None, request) == bundle


def wire(container_id: str) -> bytes:
    labels = {"pod.name": "web", "pod.namespace": "shop", "pod.uid": "uid", "container.name": "app"}
    told = {"id": container_id, "podSandboxId": "5a" * 32, "metadata": {"name": "app", "attempt": 0}, "state": 1, "createdAt": "1"}
    return container_wire({**told, "labels": {f"io.kubernetes.{key}": one for key, one in labels.items()}, "annotations": {}})


def test_a_journal_that_was_changed_is_told(host: Path, tmp_path: Path) -> None:
    place = host / "var/lib/upgradecheck/override"
    applied(str(place), Runtime())
    (journal,) = place.glob("*.journal")
    journal.write_bytes(journal.read_bytes().replace(b"web-1", b"web-9", 1))
    with serving(tmp_path / "s", runtime(3)):
        found = collected(host, tmp_path / "s", tmp_path / "b.json.gz")
    assert found.journals == ()
    assert journal.name in found.journals_problem
