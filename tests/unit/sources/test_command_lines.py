"""Units with their drop-ins and environment files, as they are given: whose they are, and what command lines they make."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from upgradecheck.model.snapshot import Facts
from upgradecheck.sources.files import open_inputs

SERVICE = "[Service]\nEnvironmentFile=-/etc/default/kubelet\nExecStart=/usr/bin/kubelet --plain $X\n"
UNIT = "kubelet.service"
OWN = "[Service]\nExecStart=\nExecStart=/usr/bin/kubelet --own $X\n"
NODES = ("node-1", "node-2")
ETC = "etc/systemd/system/kubelet.service"


def read(folder: Path, files: dict[str, str], nodes: tuple[str, ...] = ()) -> Facts:
    items = [{"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}} for name in nodes]
    for name, text in {**files, "nodes.json": json.dumps({"apiVersion": "v1", "kind": "List", "items": items})}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    with open_inputs([str(folder)], recursive=True) as inputs:
        return inputs.facts()


@pytest.mark.parametrize(
    ("files", "nodes", "expected"),
    [
        pytest.param({"kubelet.service": SERVICE, "10-a.conf": OWN}, (), [(None, "--own")], id="a loose drop-in"),
        pytest.param({"kubelet.service": SERVICE, "kubelet.service.d/a.conf": OWN}, (), [(None, "--own")], id="a drop-in in its directory"),
        pytest.param({"kubelet.service": SERVICE, "default/kubelet": "X=--x\nKUBELET_A=\n"}, (), [(None, "--plain --x")], id="with a file"),
        pytest.param({"kubelet.service.d/a.conf": "[Service]\nEnvironment=X=--x\n"}, (), [(None, "--x")], id="a drop-in without its unit"),
        pytest.param(
            {"kubelet.service": SERVICE, "other.env": "KUBELET_X=--x\n"},
            (),
            [(None, "--x"), (None, "--plain")],
            id="a file that none names",
        ),
        pytest.param(
            {"a.txt": f"# /lib/systemd/system/kubelet.service\n{SERVICE}\n# /{ETC}.d/a.conf\n{OWN}", "kubelet": "X=--x\nKUBELET_A=\n"},
            (),
            [(None, "--own --x")],
            id="what systemctl cat prints",
        ),
        pytest.param(
            {"a.txt": 2 * f"# /lib/systemd/system/kubelet.service\n{SERVICE}# /{ETC}.d/a.conf\n{OWN}"},
            (),
            [(None, "--own"), (None, "--own")],
            id="two nodes' in one text",
        ),
        pytest.param(
            {"a.txt": f"# /lib/systemd/system/kubelet.service\n{SERVICE}# /{ETC}.d/a.conf\n{OWN}# /{ETC}\n{SERVICE}"},
            (),
            [(None, "--own"), (None, "--plain")],
            id="two nodes' with the unit in different folders",
        ),
        pytest.param(
            {
                "a-kubelet.service": SERVICE,
                "b-kubelet.service": SERVICE.replace("--plain", "--b"),
                "x.conf": "[Service]\nEnvironment=KUBELET_Z=1 X=--x\n",
            },
            (),
            [(None, "--plain --x"), (None, "--b --x")],
            id="two units of one name in a directory",
        ),
        pytest.param(
            {f"usr/lib/systemd/system/{UNIT}": SERVICE, f"usr/lib/systemd/system/{UNIT}.d/a.conf": OWN, f"{ETC}.d/a.conf": ""},
            (),
            [(None, "--plain")],
            id="an empty drop-in hides another",
        ),
        pytest.param(
            {f"usr/lib/systemd/system/{UNIT}": SERVICE, f"usr/lib/systemd/system/{UNIT}.d/a.conf": OWN, f"{ETC}.d/a.conf": "# masked\n"},
            (),
            [(None, "--plain")],
            id="so does a comment",
        ),
        pytest.param(
            {f"{ETC}.d/a.conf": OWN, "etc/systemd/system.control/kubelet.service.d/a.conf": OWN.replace("own", "control")},
            (),
            [(None, "--control")],
            id="what systemctl set-property wrote",
        ),
        pytest.param(
            {"kubelet.service": SERVICE, "default/kubelet": "KUBELET_A=\nX=--a\nexport X=--no\n# b \\\nX=--b\n"},
            (),
            [(None, "--plain --b"), (None, "--plain --a")],
            id="a comment that goes on to older ones of systemd, and an export",
        ),
        pytest.param({"kubelet.env": "KUBELET_A=--a\nexport KUBELET_A=--b\n"}, (), [(None, "--a --b")], id="whatever reads such a file"),
        pytest.param({"args/kubelet": '# x\n\t--a=1 \\\n "--b c"\n'}, (), [(None, "--a=1 \\ --b c")], id="microk8s"),
        pytest.param(
            {f"node-1/{ETC}": SERVICE, f"node-2/{ETC}": SERVICE, f"node-2/{ETC}.d/a.conf": OWN},
            NODES,
            [("node-1", "--plain"), ("node-2", "--own")],
            id="of each node its own",
        ),
        pytest.param(
            {"kubelet.service": SERVICE, "node-2/kubelet.service.d/a.conf": OWN},
            NODES,
            [("node-1", "--plain"), ("node-2", "--own")],
            id="one unit of all, a drop-in of one node",
        ),
        pytest.param(
            {"kubelet.service": SERVICE, "node-1/default/kubelet": "X=--one\nKUBELET_A=\n", "node-2-kubelet": "X=--two\nKUBELET_A=\n"},
            NODES,
            [("node-1", "--plain --one"), ("node-2", "--plain --two")],
            id="one unit of all, files of each",
        ),
        pytest.param(
            {f"a/{ETC}": SERVICE, f"b/{ETC}": SERVICE, f"b/{ETC}.d/a.conf": OWN, "b/etc/default/kubelet": "X=--b\nKUBELET_A=\n"},
            (),
            [(None, "--plain"), (None, "--own --b")],
            id="two machines whose nodes are not known",
        ),
        pytest.param(
            {"kubelet.service": SERVICE, "k3s.service": "[Service]\nExecStart=/bin/k3s --kubelet-arg=a\n", "x.conf": OWN},
            (),
            [(None, "--a"), (None, "--own")],
            id="two units, and a loose drop-in with a kubelet in it",
        ),
    ],
)
def test_command_lines(tmp_path: Path, files: dict[str, str], nodes: tuple[str, ...], expected: list[tuple[str | None, str]]) -> None:
    assert [(one.node, " ".join(one.words)) for one in read(tmp_path, files, nodes).arguments] == expected


def test_what_is_not_known_is_said(tmp_path: Path) -> None:
    told = "kubelet.service: what $X stands for is not known, for /etc/default/kubelet was not given. Flags in there are not looked at: "
    assert f"{tmp_path}/{told}give with -f what the node has of it." in read(tmp_path, {"kubelet.service": SERVICE}).notices


def test_a_drop_in_that_is_a_link_to_nothing_is_set_aside_by_name(tmp_path: Path) -> None:
    link = tmp_path / f"{ETC}.d" / "a.conf"
    link.parent.mkdir(parents=True)
    link.symlink_to("/dev/null")
    (missing,) = read(tmp_path, {f"usr/lib/systemd/system/{UNIT}": SERVICE, f"usr/lib/systemd/system/{UNIT}.d/a.conf": OWN}).missing
    assert (missing.what, missing.reason.split(":")[0]) == (str(link), "it is set aside")


def test_an_empty_unit_masks_those_below(tmp_path: Path) -> None:
    found = read(tmp_path, {ETC: "", f"usr/lib/systemd/system/{UNIT}": SERVICE, f"{ETC}.d/a.conf": OWN})
    assert [(one.what, one.reason.split(":")[1]) for one in found.missing] == [(f"{tmp_path}/{ETC}", " it is empty or a link to nothing")]
    assert found.arguments == ()


def test_a_unit_that_is_a_link_to_nothing_is_set_aside_by_name(tmp_path: Path) -> None:
    link = tmp_path / ETC
    link.parent.mkdir(parents=True)
    link.symlink_to("/dev/null")
    (missing,) = read(tmp_path, {f"usr/lib/systemd/system/{UNIT}": SERVICE}).missing
    assert (missing.what, missing.reason.split(":")[0]) == (str(link), "it is set aside")


@pytest.mark.parametrize(
    ("drop_in", "problem"),
    [
        pytest.param("[Service]\nExecStart=/usr/bin/kubelet --b\n", True, id="nothing takes the first back"),
        pytest.param("[Service]\nExecStart=\nExecStart=/usr/bin/kubelet --b\n", False, id="it is taken back"),
    ],
)
def test_several_commands_are_not_guessed_between(tmp_path: Path, drop_in: str, problem: bool) -> None:
    found = read(tmp_path, {"kubelet.service": "[Service]\nExecStart=/usr/bin/kubelet --a\n", "kubelet.service.d/a.conf": drop_in})
    assert [one.words for one in found.arguments] == ([] if problem else [("--b",)])
    assert ["several ExecStart=" in one.reason for one in found.missing] == [True] * problem


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("--a=1\n$EXTRA\n", ["what $EXTRA stands for"], id="a variable of microk8s in place of flags"),
        pytest.param("--a=1\n$A\n${B}\n", ["what $A, ${B} stand for"], id="two"),
        pytest.param("--a=${SNAP_DATA}/a\n--b $X\n", [], id="in place of values"),
        pytest.param("--a=$(cat /b)\n", ["what a shell makes of the value of --a"], id="what a program prints"),
    ],
)
def test_what_stands_in_a_list_of_arguments_and_is_no_flag_is_said(tmp_path: Path, text: str, told: list[str]) -> None:
    found = [one for one in read(tmp_path, {"args/kubelet": text}).notices if "is not known" in one]
    assert [one.startswith(f"{tmp_path}/args/kubelet: {words}") for one, words in zip(found, told, strict=True)] == [True] * len(told)


def test_a_command_that_is_not_understood_is_set_aside_unless_a_drop_in_has_another(tmp_path: Path) -> None:
    script = {"kubelet.service": "[Service]\nExecStart=/opt/bin/start-kubelet.sh\n"}
    (missing,) = read(tmp_path, script).missing
    assert (missing.what, missing.reason[:42]) == (f"{tmp_path}/kubelet.service", "it is set aside: what ExecStart starts is ")
    assert not read(tmp_path, {**script, "kubelet.service.d/a.conf": OWN}).missing


@pytest.mark.parametrize(
    ("command", "what"),
    [
        pytest.param("/bin/sh -c 'exec /usr/bin/kubelet --a $$(cat /x)'", "$(cat /x)", id="what a program prints"),
        pytest.param("/bin/sh -c '. /etc/x; exec /usr/bin/kubelet --a $$OPTS'", "$OPTS", id="what a file sets that is sourced"),
        pytest.param("/bin/sh -c 'exec /usr/bin/kubelet --a ${Y:+--b}'", "${Y:+--b}", id="another expansion"),
    ],
)
def test_flags_that_a_shell_makes_of_what_nobody_knows_make_a_plan_incomplete(tmp_path: Path, command: str, what: str) -> None:
    found = read(tmp_path, {"kubelet.service": f"[Service]\nExecStart={command}\n"})
    told = f"it is set aside: what a shell makes of {what} is not known: give the kubelet's command line in a file of KUBELET_EXTRA_ARGS=…"
    assert [(one.what, one.reason) for one in found.missing] == [(f"{tmp_path}/kubelet.service", told)]
    assert [one.words for one in found.arguments] == [("--a",)]


@pytest.mark.parametrize(
    ("command", "told"),
    [
        pytest.param(
            "/bin/sh -c 'exec /usr/bin/kubelet --node-ip=$$(hostname -i)'",
            "what a shell makes of $(hostname -i) is not known. Values of flags in there are not looked at.",
            id="a value",
        ),
        pytest.param(
            "/opt/kubelet-wrapper --a",
            "/opt/kubelet-wrapper may give the kubelet flags of its own. They are not looked at.",
            id="a wrapper",
        ),
    ],
)
def test_what_a_shell_or_a_wrapper_may_add_is_said(tmp_path: Path, command: str, told: str) -> None:
    found = read(tmp_path, {"kubelet.service": f"[Service]\nExecStart={command}\n"})
    assert (found.missing, f"{tmp_path}/kubelet.service: {told}" in found.notices) == ((), True)
