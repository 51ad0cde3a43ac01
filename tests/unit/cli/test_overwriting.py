"""An output that is an input is refused before anything is written; so is an input without a name."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from upgradecheck.cli import main

POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "web", "namespace": "shop", "uid": "u-1"},
    "spec": {"nodeName": "node-a", "containers": [{"name": "web", "image": "web:1"}]},
}


@pytest.fixture
def dump(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with a pod, a plan made of it, links to both; the current one holds it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dump").mkdir()
    (tmp_path / "dump/pods.json").write_text(json.dumps(POD))
    (tmp_path / "link.json").symlink_to("dump/pods.json")
    (tmp_path / "links").mkdir()
    (tmp_path / "links/pods.json").symlink_to("../dump/pods.json")
    os.link(tmp_path / "dump/pods.json", tmp_path / "hard.json")
    main(["plan", "--from", "1.30", "--to", "1.31", "-f", "dump", "-o", "json=dump/plan.json"])
    return tmp_path / "dump"


def plan(*arguments: str) -> tuple[str, ...]:
    return ("plan", "--from", "1.30", "--to", "1.31", *arguments)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(plan("-f", "dump/pods.json", "-o", "json=dump/pods.json"), "dump/pods.json is an input,", id="the same name"),
        pytest.param(plan("-f", "dump/pods.json", "-o", "json=./dump/pods.json"), "is an input (dump/pods.json)", id="another name"),
        pytest.param(plan("-f", "dump", "-o", "json=dump/pods.json"), "is an input (in dump)", id="in a directory"),
        pytest.param(plan("-f", "links", "-o", "json=dump/pods.json"), "is an input (in links)", id="by a link in a directory"),
        pytest.param(plan("-f", "dump/pods.json", "-o", "json=link.json"), "link.json is an input", id="the output is a link"),
        pytest.param(plan("-f", "dump/pods.json", "-o", "json=hard.json"), "hard.json is an input", id="one file of two names"),
        pytest.param(plan("-f", "dump", "-o", "table", "-o", "csv=dump/pods.json"), "is an input (in dump)", id="one of two reports"),
        pytest.param(("show", "dump/plan.json", "-o", "json=dump/plan.json"), "dump/plan.json is an input,", id="a plan that is shown"),
        pytest.param(("verify", "dump/plan.json", "-f", "dump", "-o", "json=dump/plan.json"), "dump/plan.json is an input,", id="verified"),
        pytest.param(("explain", "web", "--to", "1.31", "-f", "dump", "-o", "json=dump/pods.json"), "is an input", id="explain"),
    ],
)
def test_an_input_is_not_replaced(dump: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], told: str) -> None:
    before = {file.name: file.read_bytes() for file in dump.iterdir()}
    capsys.readouterr()
    assert main(list(arguments)) == 64
    out, err = capsys.readouterr()
    assert (out, told in err, {file.name: file.read_bytes() for file in dump.iterdir()}) == ("", True, before)


@pytest.mark.parametrize(
    ("output", "made"),
    [
        pytest.param("json=dump/plan.json", "dump/plan.json", id="the report of the last run"),
        pytest.param("json=dump/new.json", "dump/new.json", id="a file that is not there yet"),
        pytest.param("json=-", None, id="standard output"),
        pytest.param("json=/dev/null", None, id="a device"),
    ],
)
def test_what_is_no_input_is_written(dump: Path, output: str, made: str | None) -> None:
    assert main(list(plan("-f", "dump", "-o", output))) != 64
    assert made is None or json.loads(Path(made).read_text())["kind"]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        *(
            pytest.param(plan("-f", "dump", option, ""), option, id=option)
            for option in (
                *("--filename", "--static-pods", "--checkpoint", "--to-config", "--ignore-file", "--kubeconfig", "--cri", "--docker"),
                "--config",
            )
        ),
        pytest.param(plan("-f", ""), "--filename", id="-f alone"),
        pytest.param(("show", ""), "PLAN|-", id="an argument"),
        pytest.param(("checkpoint", "show", "--checkpoint", ""), "--checkpoint", id="the checkpoint's own commands"),
    ],
)
def test_a_name_is_not_empty(dump: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], named: str) -> None:
    capsys.readouterr()
    assert main(list(arguments)) == 64
    told = f"upgradecheck: {named}: the name is empty. A variable of the shell may not be set; give a name.\n"
    assert capsys.readouterr() == ("", told)


def test_an_empty_variable_is_none(dump: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPGRADECHECK_KUBECONFIG", "")
    assert main(list(plan("-f", "dump", "-o", "json=/dev/null"))) != 64
