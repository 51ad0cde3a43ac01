"""The commands, as a person types them, on a node in miniature."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import grpc
import pytest
from msgspec.structs import replace

from tests.builders import as_version
from tests.override.node import NEW, NEXT, OLD, SECRET, Runtime, identity, override, record
from tests.override.service import Service, serving
from tests.override.test_checks import ToldHost, units
from tests.unit.machine.kubelet_host import PLUGINS, RESOURCES
from tests.unit.machine.kubelet_host import serving as serving_kubelet
from upgradecheck.cli import main, override_node
from upgradecheck.contract.v1.plan_digest import plan_digest
from upgradecheck.machine.node import Machine
from upgradecheck.machine.running_kubelets import RunningKubelet, running_kubelets
from upgradecheck.machine.runtime import Listener
from upgradecheck.model.override import Override
from upgradecheck.model.override_journal import MetadataRecord
from upgradecheck.override import applying
from upgradecheck.override.state import locked


class NodeHost(ToldHost):
    """A node whose containerd is the served one; systemctl restart makes its memory anew."""

    def __init__(self, runtime: Runtime) -> None:
        super().__init__()
        self.runtime = runtime

    def listener(self, path: str) -> Listener:
        return Listener(7, ("containerd",), "containerd.service")

    def restart(self, unit: str, seconds: float = 0) -> bool:
        self.restarts.append(unit)
        self.runtime.restart()
        return True


@dataclass
class Node:
    """A node, and the commands run on it."""

    runtime: Runtime
    service: Service
    host: NodeHost
    place: Path
    options: tuple[str, ...]
    capsys: pytest.CaptureFixture[str]

    def run(self, *words: str) -> tuple[int, str, str]:
        code = main(["override", *words, *self.options])
        out, err = self.capsys.readouterr()
        assert SECRET not in out + err
        return code, out, err

    def plan(self, count: int = 3, before: str = OLD, after: str = NEW, name: str = "plan.json") -> tuple[str, str]:
        """A saved plan, and its hash."""
        overrides = {identity(number): override(number, before, after) for number in range(count)}
        digest = plan_digest("1.31.0", [], overrides)
        told = {key: _told(one) for key, one in overrides.items()}
        whole = {
            "format_version": "1.0",
            "kind": "Plan",
            "from": "1.30.14",
            "to": "1.31.0",
            "plan_hash": digest,
            "pods": [],
            "overrides": told,
        }
        (self.place / name).write_text(json.dumps(whole))
        return str(self.place / name), digest


def _told(one: Override) -> Mapping[str, object]:
    names = {"namespace": one.namespace, "pod": one.pod, "uid": one.uid, "container": one.container, "node": one.node}
    return {"from": one.hash.before and one.hash.before.hex, "to": one.hash.after.hex, **names}


@pytest.fixture
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Node]:
    runtime = Runtime()
    service, host = Service(runtime), NodeHost(runtime)
    monkeypatch.setattr(override_node, "HOST", host)
    with serving(tmp_path / "c.sock", service) as path:
        yield Node(runtime, service, host, tmp_path, ("--containerd", path, "--state-dir", str(tmp_path / "lib" / "override")), capsys)


def test_a_dry_run_changes_nothing_and_prints_what_does_it(node: Node) -> None:
    plan, digest = node.plan(4)
    node.host.pids = (12,)
    code, out, err = node.run("apply", plan)
    assert (code, err, node.runtime.writes) == (0, "", 0)
    assert not (node.place / "lib").exists()
    assert out == (
        f"plan {digest[:12]}, 1.30.14 to 1.31.0, on containerd 1.6.20 at {node.place}/c.sock\n"
        "to be written: 3\n"
        f"  shop/web-0/app ({identity(0)[:13]}): c18c318c -> f2adbab\n"
        f"  shop/web-1/app ({identity(1)[:13]}): c18c318c -> f2adbab\n"
        f"  shop/web-2/app ({identity(2)[:13]}): c18c318c -> f2adbab\n"
        "not in this runtime, so gone or on another node: 1\n"
        "  1 of node-a\n"
        f"journal: a new one in {node.place}/lib/override\n"
        "then, or with --restart-runtime: systemctl restart containerd.service\n"
        "not yet as it must be:\n"
        "  kubelet: it runs (process 12) and might restart pods meanwhile. Stop it: systemctl stop kubelet (--skip-check kubelet goes on all the same.)\n"
        "nothing was changed; this does it:\n"
        f"  upgradecheck override apply {plan} --containerd {node.place}/c.sock --state-dir {node.place}/lib/override --confirm {digest}\n"
    )
    node.host.pids = ()
    assert main(shlex.split(out.splitlines()[-1])[1:]) == 0
    assert node.runtime.writes == 3


def test_the_whole_way_there_and_back(node: Node) -> None:
    plan, digest = node.plan()
    journal = f"0001-{digest[:12]}.journal"
    code, out, _ = node.run("apply", plan, "--confirm", digest)
    assert (code, "written: 3" in out, "systemctl restart containerd.service" in out) == (0, True, True)
    code, out, _ = node.run("status")
    assert (code, "pending: the record is written, and the runtime serves the old one until it restarts: 3" in out) == (1, True)
    node.runtime.restart()
    code, out, _ = node.run("status")
    assert (code, "applied: the record and the runtime carry the override's hash: 3" in out) == (0, True)
    assert "audit log: 5 lines, unbroken" in out
    assert node.run("apply", plan, "--confirm", digest)[:2] == (0, node.run("apply", plan)[1].replace("already so", "so").replace("there is nothing to do", "nothing was to be written"))  # fmt: skip
    code, out, _ = node.run("undo", journal)
    assert (code, "to be put back: 3" in out, node.runtime.writes) == (0, True, 3)
    code, out, _ = node.run("undo", journal, "--confirm", digest, "--restart-runtime")
    assert (code, "restored: the record and the runtime carry the hash before: 3" in out) == (0, True)
    assert node.runtime.database == {identity(number): record(number) for number in range(3)}
    assert node.run("status")[0] == 0
    code, out, _ = node.run("undo", journal)
    assert (code, "there is nothing to do." in out) == (0, True)


def test_the_runtime_restarts_and_every_container_is_looked_at(node: Node) -> None:
    plan, digest = node.plan()
    code, out, _ = node.run("apply", plan, "--confirm", digest, "--restart-runtime")
    assert (code, node.host.restarts) == (0, ["containerd.service"])
    assert "containerd has restarted.\napplied: the record and the runtime carry the override's hash: 3\n" in out
    code, out, _ = node.run("apply", plan, "--confirm", digest, "--restart-runtime")
    assert (code, node.host.restarts) == (0, ["containerd.service"])
    assert "nothing waits for a restart of containerd, so it was not restarted." in out


def test_a_container_with_another_process_after_the_restart_is_told(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    plan, digest = node.plan()
    pids = node.runtime.pids()
    monkeypatch.setattr(node.runtime, "pids", lambda: {key: pid + 50 * bool(node.host.restarts) for key, pid in pids.items()})
    code, out, _ = node.run("apply", plan, "--confirm", digest, "--restart-runtime")
    assert (code, out.count("has another process or start time than before")) == (1, 3)
    assert node.run("status")[0] == 1


def test_a_refused_container_is_named_the_others_are_written_and_the_exit_code_is_1(node: Node) -> None:
    node.runtime.database[identity(1)] = record(1, "deadbeef")
    plan, digest = node.plan()
    for words in (("apply", plan), ("apply", plan, "--confirm", digest)):
        code, out, _ = node.run(*words)
        assert code == 1
        assert (
            f"refused, and left as they are: 1\n  shop/web-1/app ({identity(1)[:13]}): its io.kubernetes.container.hash is 'deadbeef'"
            in out
        )
    assert node.runtime.database[identity(1)] == record(1, "deadbeef")
    assert node.runtime.writes == 2


@pytest.mark.parametrize("skip", [False, True])
def test_preconditions_hold_or_nothing_is_written(node: Node, skip: bool) -> None:
    plan, digest = node.plan()
    node.host.pids, node.host.units, node.host.loads = (12,), units(KillMode="mixed"), False
    skipped = [word for name in ("kubelet", "kill-mode", "config") for word in ("--skip-check", name)] if skip else []
    code, _, err = node.run("apply", plan, "--confirm", digest, *skipped)
    assert (code, node.runtime.writes) == ((0, 3) if skip else (1, 0))
    assert skip or all(words in err for words in ("nothing was changed", "kubelet: it runs", "KillMode=mixed", "config dump"))


@pytest.mark.parametrize("title", ["/usr/local/bin/k3s server", "/usr/local/bin/edgecore", "/usr/bin/microshift", "/opt/vendor/agent"])
@pytest.mark.parametrize("path", [PLUGINS, RESOURCES], ids=["plugins", "resources"])
def test_under_a_kubelet_inside_another_program_nothing_is_written(
    node: Node, monkeypatch: pytest.MonkeyPatch, title: str, path: str
) -> None:
    plan, digest = node.plan()
    before = dict(node.runtime.database)
    with TemporaryDirectory() as folder:
        ours = {0}  # a kubelet of this machine is none of the node's
        monkeypatch.setattr(
            node.host, "kubelets", lambda: tuple(one for one in running_kubelets(Machine(root=Path(folder))) if one.pid in ours)
        )
        with serving_kubelet(Path(folder), title, path) as pid:
            ours.add(pid)
            for more in ((), ("--restart-runtime",)):
                code, _, err = node.run("apply", plan, "--confirm", digest, *more)
                name = title.split(maxsplit=1)[0].rpartition("/")[2]
                assert (code, f"process {pid} ({name}) serves /{path}) and might restart pods meanwhile" in err) == (1, True)
            assert (node.runtime.writes, node.runtime.database, node.host.restarts) == (0, before, [])
            assert not (node.place / "lib").exists(), "no journal either"
        code, _, _ = node.run("apply", plan, "--confirm", digest)
    assert (code, node.runtime.writes) == (0, 3), "its sockets are left, and nobody serves them"
    journal = f"0001-{digest[:12]}.journal"
    node.host.inside = (RunningKubelet(9, "edgecore", inside=True),)
    monkeypatch.setattr(node.host, "kubelets", lambda: node.host.inside)
    code, _, err = node.run("undo", journal, "--confirm", digest)
    assert (code, "process 9 (edgecore)" in err, node.runtime.writes) == (1, True, 3)


def test_the_runtime_in_another_program_s_unit_is_not_restarted_with_that(node: Node) -> None:
    plan, digest = node.plan()
    node.host.units = units(MainPID="5")
    code, out, _ = node.run("apply", plan)
    assert (code, "systemctl restart" in out, "or with --restart-runtime" in out) == (0, False, False)
    assert "then: restart containerd alone, as you always do (containerd (process 7) is not the main process of containerd.service" in out
    code, _, err = node.run("apply", plan, "--confirm", digest, "--restart-runtime")
    assert (code, node.runtime.writes, node.host.restarts) == (1, 0, [])
    assert "--restart-runtime: containerd (process 7) is not the main process of containerd.service, which is process 5" in err
    assert node.run("apply", plan, "--confirm", digest, "--restart-runtime", "--skip-check", "kubelet,kill-mode,config")[0] == 1
    assert node.run("apply", plan, "--confirm", digest)[0] == 0
    code, _, err = node.run("undo", f"0001-{digest[:12]}.journal", "--confirm", digest, "--restart-runtime")
    assert (code, node.runtime.writes, node.host.restarts) == (1, 3, [])


def test_a_run_that_breaks_off_goes_on(node: Node) -> None:
    plan, digest = node.plan()
    node.service.failing["Update"] = grpc.StatusCode.UNAVAILABLE
    code, _, err = node.run("apply", plan, "--confirm", digest)
    assert (code, "Update of containerd.services.containers.v1.Containers fails with UNAVAILABLE" in err) == (1, True)
    assert "the same command goes on from there" in err
    code, out, _ = node.run("status")
    assert (code, "broken off" in out, "not written: apply broke off before these; run it again: 1" in out) == (1, True, True)
    assert f"journal: goes on in 0001-{digest[:12]}.journal" in node.run("apply", plan)[1]
    node.service.failing.clear()
    assert node.run("apply", plan, "--confirm", digest)[0] == 0
    assert node.runtime.writes == 3


def test_a_run_that_broke_off_is_over_once_all_that_it_was_about_is_gone(node: Node) -> None:
    """As after a start of the new kubelet, which made all of them anew; nothing else has to be written first."""
    plan, digest = node.plan(3)
    node.service.failing["Update"] = grpc.StatusCode.UNAVAILABLE
    assert node.run("apply", plan, "--confirm", digest)[0] == 1
    node.service.failing.clear()
    for number, left in enumerate((2, 1, 0)):
        code, out, _ = node.run("status")
        assert (code, f"not begun: apply broke off before these; run it again: {left}" in out) == (1, left > 0)
        assert ", and over" not in out
        node.runtime.remove(identity(2 - number))
    code, out, _ = node.run("status")
    assert (code, "broken off, and over: what it did not come to is gone, or another journal's" in out) == (0, True)


@pytest.mark.parametrize("writes", [1, 2])
def test_what_it_came_to_is_in_effect_and_all_else_is_gone(node: Node, writes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The documented answer: whatever the journals know of and still runs is in effect."""
    plan, _ = _broken_off_after(node, writes, monkeypatch)
    node.runtime.restart()
    assert node.run("status")[0] == 1, "the others run, and nothing holds them"
    for number in range(writes, 3):
        node.runtime.remove(identity(number))
    code, out, _ = node.run("status")
    assert (code, f"applied: the record and the runtime carry the override's hash: {writes}" in out) == (0, True)
    assert node.run("status", plan)[0] == 1, "of the plan it is told what is missing"
    node.runtime.annotate(identity(0), NEXT)
    assert node.run("status")[0] == 1


def test_what_waits_for_containerd_is_not_in_effect_though_all_else_is_gone(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    _broken_off_after(node, 2, monkeypatch)
    node.runtime.remove(identity(2))
    code, out, _ = node.run("status")
    assert (code, "broken off" in out, ", and over" in out) == (1, True, False)


def test_a_run_that_found_not_all_of_its_plan_is_over_only_when_nothing_of_it_is_left(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was not found was made anew since the plan, and is held by nothing."""
    plan, digest = node.plan(3)
    node.runtime.remove(identity(2))
    _broken_off_after(node, 1, monkeypatch, (plan, digest))
    node.runtime.restart()
    node.runtime.remove(identity(1))
    assert node.run("status")[0] == 1
    node.runtime.remove(identity(0))
    assert node.run("status")[0] == 0


def test_an_audit_log_of_before_counts_them_alone(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a run of which it is not known what it did not come to, nothing is said to be over."""
    monkeypatch.setattr(applying, "_about", lambda found: {})
    _broken_off_after(node, 1, monkeypatch)
    for number in range(3):
        node.runtime.remove(identity(number))
    code, out, _ = node.run("status")
    assert (code, ", and over" in out) == (1, False)


def _broken_off_after(node: Node, writes: int, monkeypatch: pytest.MonkeyPatch, given: tuple[str, str] | None = None) -> tuple[str, str]:
    """A plan of three, broken off at the write after so many."""
    plan, digest = given or node.plan(3)
    whole = node.runtime.write

    def fails(container_id: str, record: MetadataRecord) -> None:
        whole(container_id, record)
        if node.runtime.writes == writes:
            node.service.failing["Update"] = grpc.StatusCode.UNAVAILABLE

    monkeypatch.setattr(node.runtime, "write", fails)
    assert (node.run("apply", plan, "--confirm", digest)[0], node.runtime.writes) == (1, writes)
    monkeypatch.setattr(node.runtime, "write", whole)
    node.service.failing.clear()
    return plan, digest


def test_a_runtime_that_loses_what_it_was_told(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    plan, digest = node.plan()
    monkeypatch.setattr(node.runtime, "write", lambda *_: None)
    code, _, err = node.run("apply", plan, "--confirm", digest)
    assert (code, "containerd took its new record, and shows another one" in err) == (1, True)


def test_two_at_once(node: Node) -> None:
    plan, digest = node.plan()
    with locked(node.options[3]):
        code, _, err = node.run("apply", plan, "--confirm", digest)
    assert (code, 'another "override" command that changes something is at work here' in err, node.runtime.writes) == (1, True, 0)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("cri-o", "the runtime is 'cri-o', and only containerd"),
        ("docker", "the runtime is 'docker'"),
        ("x\x1b[31m", "the runtime is 'x\\x1b[31m'"),
    ],
)
def test_another_runtime_is_sent_to_the_proxy(node: Node, name: str, message: str) -> None:
    node.service.name = name
    code, out, err = node.run("apply", node.plan()[0])
    assert (code, out, message in err, "upgradecheck override proxy" in err, "\x1b" in err) == (1, "", True, True, False)


def test_what_is_no_plan_or_journal(node: Node, tmp_path: Path) -> None:
    plan, digest = node.plan()
    Path(plan).write_text(Path(plan).read_text().replace(NEW, NEXT))
    assert "plan_hash: is not that of what the file holds" in node.run("apply", plan)[2]
    assert node.run("apply", str(tmp_path / "none"))[0] == 1
    assert "is not there, so nothing was overridden" in node.run("undo", "0001-aaaaaaaaaaaa.journal")[2]
    plan, digest = node.plan()
    code, _, err = node.run("apply", plan, "--confirm", digest[:-1])
    assert (code, f"which is {digest}" in err) == (64, True)
    assert node.run("apply", plan, "--confirm", digest)[0] == 0
    assert "is no journal of this directory" in node.run("undo", "0009-aaaaaaaaaaaa.journal")[2]
    assert node.run("undo", f"0001-{digest[:12]}.journal", "--confirm", "f" * 64)[0] == 64
    assert node.run("apply", plan, "--skip-check", "root")[0] == 64
    assert node.run("status", f"{node.options[3]}/0001-{digest[:12]}.journal")[0] == 1


@pytest.mark.parametrize(
    ("socket", "code", "message"),
    [
        ("relative.sock", 64, "is no path of a unix socket"),
        ("/var/run/dockershim.sock", 1, "dockershim is part of the kubelet"),
        ("/nonesuch/containerd.sock", 1, "cannot be reached"),
    ],
)
def test_sockets_that_are_none(node: Node, socket: str, code: int, message: str) -> None:
    node.options = ("--containerd", socket)
    found, _, err = node.run("apply", node.plan()[0])
    assert (found, message in err) == (code, True)


def test_status_where_nothing_was_done_is_no_leave_to_start(node: Node) -> None:
    assert node.run("status") == (
        1,
        f"{node.place}/lib/override: no override was carried out here. Whether one should have been, the plan tells:\n"
        f"  upgradecheck override status PLAN --containerd {node.place}/c.sock --state-dir {node.place}/lib/override\n",
        "",
    )


MAY = "the new kubelet may start: whatever the plan holds on this node, and runs, is held."
MAY_NOT = "do not start the new kubelet: of the containers that the plan says are held, {} would not be."
NOTHING = "none of the plan's containers is in this runtime: it is not the kubelet's (name its socket with --containerd)"


def last(answer: tuple[int, str, str]) -> tuple[int, str]:
    """The exit code and the last line."""
    return answer[0], answer[1].splitlines()[-1]


def test_status_of_a_plan_from_the_first_to_the_last_step(node: Node) -> None:
    plan, digest = node.plan()
    code, out, _ = node.run("status", plan)
    assert (code, "not written: apply has not come to these: 3" in out, out.splitlines()[-1]) == (1, True, MAY_NOT.format(3))
    _, out, _ = node.run("apply", plan, "--confirm", digest)
    assert f"  upgradecheck override status {plan} --containerd" in out
    code, out, _ = node.run("status", plan)
    assert (code, "serves the old one until it restarts: 3" in out, out.splitlines()[-1]) == (1, True, MAY_NOT.format(3))
    node.runtime.restart()
    code, out, _ = node.run("status", plan)
    assert (code, "held: the record and the runtime carry the new kubelet's hash: 3" in out, out.splitlines()[-1]) == (0, True, MAY)
    node.run("undo", f"0001-{digest[:12]}.journal", "--confirm", digest, "--restart-runtime")
    assert last(node.run("status", plan)) == (1, MAY_NOT.format(3))


def refused(node: Node) -> None:
    node.runtime.database[identity(1)] = record(1, "deadbeef")


def gone(node: Node) -> None:
    node.runtime.remove(identity(2))


def ended(node: Node) -> None:
    node.runtime.ended.add(identity(1))


def with_another_process(node: Node) -> None:
    pids = node.runtime.pids()
    node.runtime.pids = lambda: {key: pid + (key == identity(1)) for key, pid in pids.items()}  # type: ignore[method-assign]


@pytest.mark.parametrize(
    ("happens", "code", "words"),
    [
        pytest.param(refused, 1, f"refused: nothing holds these: 1\n  shop/web-1/app ({identity(1)[:13]}): its io.kubernetes.container.hash is 'deadbeef'", id="refused"),
        pytest.param(gone, 1, "missing: gone since the plan was made, and what runs in their place is held by nothing; plan again: 1\n  shop/web-2/app", id="made anew"),
        pytest.param(ended, 0, "not running any more, so there is nothing to hold: 1", id="ended"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("after", [False, True], ids=["before apply", "after it"])
def test_what_the_plan_says_is_held_and_is_not(node: Node, happens: Callable[[Node], None], code: int, words: str, *, after: bool) -> None:
    plan, digest = node.plan()
    if not after:
        happens(node)
    node.run("apply", plan, "--confirm", digest, "--restart-runtime")
    if after:
        happens(node)
    found, out, _ = node.run("status", plan)
    assert (found, words in out, out.splitlines()[-1]) == (code, True, MAY if code == 0 else MAY_NOT.format(1))
    if not after:
        assert node.run("status")[0] == code, "the audit log tells the same without the plan"


def test_a_container_that_is_another_process_since(node: Node) -> None:
    plan, digest = node.plan()
    node.run("apply", plan, "--confirm", digest, "--restart-runtime")
    with_another_process(node)
    code, out, _ = node.run("status", plan)
    assert (code, "disturbed: held, and NOT the same process as when it was written: 1" in out) == (1, True)


def test_without_the_plan_the_audit_log_tells_what_was_left_out(node: Node) -> None:
    node.runtime.database[identity(1)] = record(1, "deadbeef")
    plan, digest = node.plan(4)
    assert node.run("apply", plan, "--confirm", digest, "--restart-runtime")[0] == 1
    code, out, _ = node.run("status")
    assert code == 1
    assert f"refused, and held by nothing: 1\n  {identity(1)[:13]}\nnot found, and held by nothing: 1\n  {identity(3)[:13]}\n" in out
    node.runtime.ended.add(identity(1))
    assert "refused, and held by nothing" not in node.run("status")[1]


def elsewhere(node: Node, *, nodes: tuple[str, ...] = ("node-a",)) -> tuple[str, str]:
    """A plan of which the runtime here has nothing: it is another one's, or empty."""
    plan, digest = node.plan()
    told = json.loads(Path(plan).read_text())
    Path(plan).write_text(json.dumps({**told, "nodes": [{"name": name} for name in nodes]}))
    node.runtime.database.clear()
    node.runtime.memory.clear()
    return plan, digest


@pytest.mark.parametrize(
    ("nodes", "name", "code"),
    [
        pytest.param(("node-a",), None, 1, id="another name than any of the plan's"),
        pytest.param(("node-a",), "node-a", 1, id="the plan's own node"),
        pytest.param(("node-a", "node-b"), "node-b", 0, id="another node of the plan, of which it holds nothing"),
        pytest.param(("node-a", "node-b"), "node-c", 1, id="a node that the plan does not know"),
    ],
)
def test_none_of_the_plans_containers_is_here(node: Node, nodes: tuple[str, ...], name: str | None, code: int) -> None:
    plan, digest = elsewhere(node, nodes=nodes)
    here = () if name is None else ("--node", name)
    for words in (("apply", plan), ("apply", plan, "--confirm", digest), ("apply", plan, "--confirm", digest, "--restart-runtime")):
        found, out, _ = node.run(*words, *here)
        assert (found, NOTHING in out, node.host.restarts) == (code, code == 1, [])
    found, out, _ = node.run("status", plan, *here)
    assert (found, out.splitlines()[-1].startswith(f"do not start the new kubelet: {NOTHING}")) == (code, code == 1)
    assert code or out.endswith("the plan overrides nothing on this node.\n")
    (node.place / "docker.sock").touch()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(override_node, "DOCKERS", (str(node.place / "docker.sock"),))
        for one in ("apply", "status"):
            told = node.run(one, plan, *here)[1]
            assert (f"Docker is on this node, too ({node.place}/docker.sock)" in told, "give --docker auto" in told) == (code == 1,) * 2


def test_containers_of_other_nodes_are_no_matter_of_this_one(node: Node) -> None:
    plan, digest = node.plan(5)
    told = json.loads(Path(plan).read_text())
    overrides = {key: override(number) for number, key in enumerate(told["overrides"])}
    overrides |= {key: replace(overrides[key], node="node-b") for key in list(overrides)[3:]}
    digest = plan_digest("1.31.0", [], overrides)
    Path(plan).write_text(json.dumps({**told, "plan_hash": digest, "overrides": {key: _told(one) for key, one in overrides.items()}}))
    assert node.run("apply", plan, "--confirm", digest, "--restart-runtime")[0] == 0
    code, out, _ = node.run("status", plan)
    assert (code, "of another node: 2\n  2 of node-b\n" in out, out.splitlines()[-1]) == (0, True, MAY)
    assert node.run("status")[0] == 0


def test_a_plan_that_overrides_nothing(node: Node) -> None:
    plan, digest = node.plan(0)
    assert last(node.run("apply", plan, "--confirm", digest)) == (0, "nothing was to be written.")
    assert last(node.run("status", plan)) == (0, "the plan overrides nothing on this node.")


def test_the_checkpoint_names_the_journal_in_force(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    from upgradecheck.checkpoint import load
    from upgradecheck.machine import which_kubelet
    from upgradecheck.machine.which_kubelet import FoundKubelet
    from upgradecheck.model.checkpoint import KubeletStart

    starts = iter((10**18, 2 * 10**18, 3 * 10**18))
    monkeypatch.setattr(
        which_kubelet,
        "find_kubelet",
        lambda *_, **__: FoundKubelet(1, ("kubelet",), KubeletStart(as_version("v1.31.0"), next(starts), boot_id="b")),
    )
    checkpoint = node.place / "live" / "checkpoint"
    plan, digest = node.plan()
    journal = node.place / "lib" / "override" / f"0001-{digest[:12]}.journal"

    def recorded() -> str | None:
        assert main(["checkpoint", "record", "--checkpoint", str(checkpoint), "--node", "n", *node.options[2:]]) == 0
        found = load(checkpoint).checkpoint
        assert found is not None
        return found.newest.override_journal

    assert recorded() is None
    node.run("apply", plan, "--confirm", digest)
    assert recorded() == hashlib.sha256(journal.read_bytes()).hexdigest()
    journal.write_bytes(journal.read_bytes().replace(b"written", b"w4itten", 1))
    assert recorded() == "0" * 64
    assert re.search(r"line 3: was changed: .*recorded as under an override that nobody knows", node.capsys.readouterr().err, re.DOTALL)


def test_where_docker_is_a_containerd_that_does_not_answer_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], node: Node
) -> None:
    plan, _ = node.plan()
    (tmp_path / "docker.sock").touch()
    monkeypatch.setattr(override_node, "DOCKERS", (str(tmp_path / "none"), str(tmp_path / "docker.sock")))
    code = main(["override", "apply", plan, "--containerd", str(tmp_path / "gone.sock"), "--state-dir", str(tmp_path / "lib")])
    err = capsys.readouterr().err
    assert (code, f"Docker is on this node, too ({tmp_path}/docker.sock)" in err, "give --docker auto" in err) == (1, True, True)
    assert node.run("apply", plan)[0] == 0, "one that answers is another matter"
