"""The commands of pins, as a person types them, with plans that the program itself has made of this node."""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.pinning.node import NEW, NODE, OLD, SECRET, StaticNode, pinned
from upgradecheck.cli import main, pin_node
from upgradecheck.machine.errors import KubeletNotFound


class Shell:
    """The node, and what is typed on it."""

    def __init__(self, node: StaticNode, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.node, self.place, self.capsys = node, place, capsys

    def run(self, *words: str) -> tuple[int, str, str]:
        code = main(list(words))
        out, err = self.capsys.readouterr()
        assert SECRET not in out + err
        return code, out, err

    def plan(self, *words: str) -> str:
        """A plan of this node as it is now; its hash."""
        (self.place / "pods.json").write_text(json.dumps(self.node.view()))
        saved = str(self.place / "plan.json")
        files = ("-f", str(self.place / "pods.json"), "--static-pods", str(self.node.directory), "--node", NODE)
        code, _, err = self.run("plan", "--from", OLD, "--to", NEW, *files, "-o", f"json={saved}", *words)
        assert code in (0, 2, 3), err
        return str(json.loads(Path(saved).read_text())["plan_hash"])

    def pin(self, *words: str) -> tuple[int, str, str]:
        return self.run("override", "pin", str(self.place / "plan.json"), "--state-dir", self.node.state, *words)

    def unpin(self, *words: str) -> tuple[int, str, str]:
        return self.run("override", "unpin", "--state-dir", self.node.state, *words)

    def status(self) -> tuple[int, str, str]:
        return self.run("override", "status", "--state-dir", self.node.state)

    def do(self, told: tuple[int, str, str]) -> tuple[int, str, str]:
        """Types the command that a dry run printed last."""
        return self.run(*shlex.split(told[1].splitlines()[-1])[1:])


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    node = StaticNode(tmp_path)
    monkeypatch.setattr(pin_node, "find_kubelet", lambda *_, **__: node.found())
    return Shell(node, tmp_path, capsys)


def test_a_dry_run_changes_nothing_and_prints_what_does_it(shell: Shell) -> None:
    digest, node = shell.plan(), shell.node
    code, out, err = told = shell.pin()
    assert (code, err) == (0, "")
    assert not (shell.place / "lib").exists()
    assert node.content() == node.files
    assert out == (
        f"plan {digest[:12]}, kubelet {OLD} of {NODE}, static pods in {node.directory}\n"
        "to be pinned: 3\n"
        f"  shop/gate-{NODE}: {node.uid('gate.json')} in gate.json\n"
        f"  shop/till-{NODE}: {node.uid('till.yaml')} in till.yaml\n"
        f"  shop/web-{NODE}: {node.uid('web.yaml')} in web.yaml\n"
        "while pinned, an edit of such a manifest makes no new pod (only its containers' hashes count, from 1.31 on name and image);"
        " kubeadm writes manifests anew without it. So unpin with the next restart that is wanted.\n"
        "nothing was changed; this does it, while this kubelet runs:\n"
        f"  upgradecheck override pin {shell.place}/plan.json --state-dir {node.state} --confirm {digest}\n"
    )
    wanted = {name: pinned(text, node.uid(name)) for name, text in node.files.items()}
    assert shell.do(told)[0] == 0
    assert node.content() == wanted


def test_pinned_once_there_is_nothing_more_to_do(shell: Shell) -> None:
    shell.plan()
    shell.do(shell.pin())
    wanted = shell.node.content()
    code, out, _ = shell.pin("--confirm", shell.plan())
    assert (code, "so: the manifest says this UID: 3" in out, "there is nothing to pin." in out) == (0, True, True)
    assert shell.node.content() == wanted


def test_a_plan_keeps_what_is_pinned(shell: Shell) -> None:
    shell.plan()
    shell.do(shell.pin())
    shell.plan()
    pods = json.loads((shell.place / "plan.json").read_text())["pods"]
    assert [pod["verdict"] for pod in pods] == ["safe"] * 3 or {pod["reason"] for pod in pods} == {"hash_equal"}


def test_another_hash_is_refused(shell: Shell) -> None:
    shell.plan()
    code, _, err = shell.pin("--confirm", "0" * 64)
    assert (code, "is not the hash of this plan" in err) == (64, True)
    assert shell.node.content() == shell.node.files


def test_only_the_pods_that_are_named(shell: Shell) -> None:
    shell.plan()
    code, out, _ = shell.do(shell.pin("--pod", f"shop/web-{NODE}"))
    assert (code, "pinned: 1\n" in out) == (0, True)
    assert {name for name, text in shell.node.content().items() if text != shell.node.files[name]} == {"web.yaml"}
    code, _, err = shell.pin("--pod", "shop/web")
    assert (code, "is no static pod of this plan" in err) == (64, True)


def edited(path: Path) -> None:
    path.write_text(path.read_text().replace("example.test/till:1", "example.test/till:2"))


def renamed(path: Path) -> None:
    path.rename(path.with_name("kasse.yaml"))


def copied(path: Path) -> None:
    path.with_name("copy.yaml").write_bytes(path.read_bytes())


def linked(path: Path) -> None:
    path.rename(path.with_suffix(".real"))
    path.with_suffix(".real").rename(path.parent.parent / "real.yaml")
    path.symlink_to(path.parent.parent / "real.yaml")


def piped(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def written_by_all(path: Path) -> None:
    path.chmod(0o666)


def linked_hard(path: Path) -> None:
    os.link(path, path.parent.parent / "other.yaml")


def huge(path: Path) -> None:
    path.write_text(path.read_text() + "#" * (10 << 20))


def latin(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"# \xe4\n")


def dated(path: Path) -> None:
    path.write_text(path.read_text().replace("namespace: shop", "namespace: shop\n  creationTimestamp: '2024-01-01T00:00:00Z'"))


def explicit(path: Path) -> None:
    path.write_text(path.read_text().replace("  name: till # as it was", "  ? name\n  : till"))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param(
            edited,
            r"till.yaml makes the UID [0-9a-f]{32} under kubelet 1.29.15, and [0-9a-f]{32} runs by the plan: the manifest was edited or renamed "
            r"since, .* or another kubelet made the pod \(a pin is set before the upgrade\)$",
            id="edited since",
        ),
        pytest.param(renamed, r"kasse.yaml makes the UID [0-9a-f]{32} under kubelet", id="renamed since: from 1.21 on the name counts"),
        pytest.param(linked, r"no manifest in .* \(not read: till.yaml is a symbolic link\)", id="a link"),
        pytest.param(piped, r"not read: till.yaml is a named pipe", id="a pipe"),
        pytest.param(written_by_all, r"not read: till.yaml can be written by others", id="others can write it"),
        pytest.param(linked_hard, r"not read: till.yaml has a second name", id="a second name"),
        pytest.param(huge, r"not read: till.yaml is larger than", id="larger than a kubelet reads"),
        pytest.param(latin, r"till.yaml|no manifest", id="not UTF-8"),
        pytest.param(dated, r"till.yaml: it has a time other than null", id="a time, of which nobody can tell the UID"),
        pytest.param(Path.unlink, r"no manifest in .* makes the UID [0-9a-f]{32} that runs$", id="gone"),
        pytest.param(explicit, r"till.yaml a member of its metadata does not begin its line", id="no line can be put in"),
    ],
)
def test_what_is_not_proved_is_refused_and_the_others_are_pinned(shell: Shell, change: Callable[[Path], None], reason: str) -> None:
    path = shell.node.directory / "till.yaml"
    if change is explicit:
        change(path)
    digest = shell.plan()
    if change is not explicit:
        change(path)
    before = path.read_bytes() if path.is_file() else None
    code, out, _ = shell.pin("--confirm", digest)
    assert code == 1
    line = out.split("refused, and left as they are: 1\n")[1].splitlines()[0]
    assert re.search(reason, line.removeprefix(f"  shop/till-{NODE}: ")), line
    assert "pinned: 2\n" in out
    assert (path.read_bytes() if path.is_file() else None) == before


def test_up_to_1_20_a_copy_makes_the_same_uid_and_nobody_knows_which_runs(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    shell.node.version = "1.20.15"
    (shell.place / "pods.json").write_text(json.dumps(shell.node.view()))
    saved = shell.place / "plan.json"
    files = ("-f", str(shell.place / "pods.json"), "--static-pods", str(shell.node.directory), "--node", NODE)
    shell.run("plan", "--from", "1.20.15", "--to", "1.22.17", *files, "-o", f"json={saved}")
    copied(shell.node.directory / "till.yaml")
    code, out, _ = shell.pin("--confirm", json.loads(saved.read_text())["plan_hash"])
    assert (code, "2 manifests make its UID (copy.yaml, till.yaml)" in out) == (1, True)


def test_status_tells_what_stands_of_each_pin(shell: Shell) -> None:
    shell.plan()
    uids = {name: shell.node.uid(name) for name in shell.node.files}
    shell.do(shell.pin())
    code, out, _ = shell.status()
    assert code == 0
    assert out.startswith("pinned: no kubelet gives these static pods another UID; an edit of such a manifest makes no new pod either: 3\n")
    edited(shell.node.directory / "till.yaml")
    (shell.node.directory / "gate.json").unlink()
    code, out, _ = shell.status()
    assert code == 0
    assert f"of that; unpin, where one is wanted: 1\n  shop/till-{NODE}: {uids['till.yaml']} in {shell.node.directory}/till.yaml\n" in out
    assert "pinned once, and the manifest is gone: 1\n" in out
    (shell.node.directory / "web.yaml").write_text(shell.node.files["web.yaml"])
    code, out, _ = shell.status()
    assert (code, "pin again, or unpin: 1\n" in out) == (1, True)


def test_unpin_says_what_the_kubelet_makes_of_it_and_gives_back_the_same_bytes(shell: Shell) -> None:
    shell.plan()
    uids = {name: shell.node.uid(name) for name in shell.node.files}
    shell.do(shell.pin())
    code, out, _ = told = shell.unpin()
    assert (code, out.count(f"; kubelet {OLD} gives the pod the same UID, and keeps it\n")) == (0, 3)
    assert shell.do(told)[0] == 0
    assert shell.node.content() == shell.node.files
    assert shell.unpin()[1] == "there is nothing to unpin.\n"
    shell.do(shell.pin())
    shell.node.version = NEW
    out = shell.unpin()[1]
    assert uids["till.yaml"] in out
    assert out.count(f"; kubelet {NEW} makes the pod ANEW AT ONCE, with the UID ") == 3


def test_unpin_leaves_an_edit_and_takes_only_the_pin(shell: Shell) -> None:
    shell.plan()
    shell.do(shell.pin())
    edited(shell.node.directory / "till.yaml")
    assert shell.do(shell.unpin("--pod", f"shop/till-{NODE}"))[0] == 0
    assert shell.node.content()["till.yaml"] == shell.node.files["till.yaml"].replace("till:1", "till:2")
    assert shell.node.content()["web.yaml"] != shell.node.files["web.yaml"]


def test_unpin_is_confirmed_for_what_was_shown(shell: Shell) -> None:
    shell.plan()
    shell.do(shell.pin())
    told = shell.unpin()
    edited(shell.node.directory / "till.yaml")
    code, _, err = shell.do(told)
    assert (code, "is not the hash of what is to be unpinned" in err) == (64, True)


def test_without_a_kubelet_nothing_is_pinned(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = shell.plan()

    def none(*_: object, **__: object) -> None:
        raise KubeletNotFound("kubelet: none runs here that can be seen, one was wanted.")

    monkeypatch.setattr(pin_node, "find_kubelet", none)
    code, _, err = shell.pin("--confirm", digest)
    assert (code, "none runs here" in err, shell.node.content()) == (1, True, shell.node.files)


def test_the_new_kubelet_makes_other_uids_so_it_is_too_late(shell: Shell) -> None:
    digest = shell.plan()
    shell.node.version = NEW
    code, out, _ = shell.pin("--confirm", digest)
    assert (code, "refused, and left as they are: 3\n" in out, shell.node.content()) == (1, True, shell.node.files)


def test_a_plan_of_another_node(shell: Shell) -> None:
    digest = shell.plan()
    code, out, _ = shell.pin("--node", "node-b", "--confirm", digest)
    assert (code, "the plan has no static pod of this node" in out) == (1, True)


def test_an_edited_plan_is_refused(shell: Shell) -> None:
    shell.plan()
    saved = shell.place / "plan.json"
    saved.write_text(saved.read_text().replace(shell.node.uid("till.yaml"), "0" * 32))
    code, _, err = shell.pin()
    assert (code, "it was changed after the plan was made" in err) == (1, True)


def test_undo_tells_of_unpin(shell: Shell) -> None:
    shell.plan()
    shell.do(shell.pin())
    assert shell.run("override", "status", "pins.journal", "--state-dir", shell.node.state) == shell.status()
    code, _, err = shell.run("override", "undo", "pins.journal", "--state-dir", shell.node.state)
    assert (code, '"upgradecheck override unpin" takes them out' in err) == (64, True)


def test_the_logs_hold_no_secret(shell: Shell) -> None:
    shell.plan()
    shell.do(shell.pin())
    shell.do(shell.unpin())
    for path in Path(shell.node.state).iterdir():
        assert SECRET not in path.read_text()
        assert path.stat().st_mode & 0o777 == 0o600


def test_a_plan_with_override_counts_what_can_be_pinned_and_says_how(shell: Shell) -> None:
    shell.plan("--override", "-o", f"table={shell.place}/table")
    told = json.loads((shell.place / "plan.json").read_text())
    table = (shell.place / "table").read_text()
    assert told["summary"]["override"]["pinnable"] == 3
    assert "3 static pods may be pinned" in table
    assert re.search(r"Static\s+pods\s+whose\s+UID\s+changes\s+can\s+be\s+kept\s+\(3\)", table)
    assert "`upgradecheck override pin plan.json`" in " ".join(table.split())
    assert [one for one in told["findings"] if one["rule"] == "UC017"] == []


def test_a_plan_knows_what_is_pinned(shell: Shell) -> None:
    shell.plan()
    shell.do(shell.pin("--pod", f"shop/web-{NODE}"))
    shell.plan("--override")
    told = json.loads((shell.place / "plan.json").read_text())
    assert told["summary"]["override"]["pinnable"] == 2
    assert [one["object"]["name"] for one in told["findings"] if one["rule"] == "UC017"] == ["web"]
    assert {pod["name"]: pod["reason"] for pod in told["pods"]}[f"web-{NODE}"] == "hash_equal"


def test_what_was_edited_is_not_counted(shell: Shell) -> None:
    (shell.place / "pods.json").write_text(json.dumps(shell.node.view()))
    edited(shell.node.directory / "till.yaml")
    saved = shell.place / "plan.json"
    files = ("-f", str(shell.place / "pods.json"), "--static-pods", str(shell.node.directory), "--node", NODE)
    shell.run("plan", "--from", OLD, "--to", NEW, "--override", *files, "-o", f"json={saved}")
    assert json.loads(saved.read_text())["summary"]["override"]["pinnable"] == 2
