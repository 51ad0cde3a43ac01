"""Where reports go: stdout, files that are whole or not there, and readers that leave."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import upgradecheck.commands.plan as pipeline
from tests.builders_plan import mixed
from tests.patience import PATIENCE
from upgradecheck.cli import main
from upgradecheck.cli.groups import Color
from upgradecheck.cli.terminal import wants_color
from upgradecheck.model.errors import InputError

PLAN = ["plan", "--example"]
GATE = "upgradecheck: Exit code 2. Not met: restart 8, allowed 0; unknown 2, allowed 0.\n"


@pytest.fixture(autouse=True)
def planned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "make_plan", lambda request: mixed())


def test_several_reports_of_one_scan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target, table = tmp_path / "plan.json", tmp_path / "plan.txt"
    assert main([*PLAN, "-o", "table", "-o", f"json={target}", "-o", f"table={table}"]) == 2
    out, err = capsys.readouterr()
    assert out.startswith("RESTARTS")
    assert err == f"upgradecheck: wrote {target}\nupgradecheck: wrote {table}\n{GATE}"
    assert json.loads(target.read_text())["kind"] == "Plan"
    assert table.read_text().startswith("RESTARTS")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["plan.json", "plan.txt"]


def test_quiet_says_nothing_beside_the_report_and_the_gate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*PLAN, "-q", "-o", f"json={tmp_path / 'plan.json'}"]) == 2
    assert capsys.readouterr() == ("", GATE)


def test_dash_is_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*PLAN, "-o", "json=-"]) == 2
    assert json.loads(capsys.readouterr().out)["exit_code"] == 2


def test_a_failed_run_leaves_the_old_report_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(request: Any) -> Any:
        raise InputError("pods.json: empty")

    (tmp_path / "plan.json").write_text("old")
    monkeypatch.setattr(pipeline, "make_plan", fail)
    assert main([*PLAN, "-o", f"json={tmp_path / 'plan.json'}"]) == 1
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("plan.json", "old")]


def test_a_new_report_takes_the_place_and_the_mode_of_the_old_one(tmp_path: Path) -> None:
    target = tmp_path / "plan.json"
    target.write_text("old")
    target.chmod(0o600)
    (tmp_path / "link.json").symlink_to(target)
    assert main([*PLAN, "-o", f"json={tmp_path / 'link.json'}"]) == 2
    assert json.loads(target.read_text())["kind"] == "Plan"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert (tmp_path / "link.json").is_symlink()


@pytest.mark.parametrize(
    ("file", "message"),
    [
        pytest.param("none/plan.json", "cannot be written (No such file or directory)", id="no such directory"),
        pytest.param("", "cannot be written (it is a directory)", id="a directory"),
    ],
)
def test_a_file_that_cannot_be_written_is_told_before_the_scan(
    file: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pipeline, "make_plan", lambda request: pytest.fail("scanned"))
    assert main([*PLAN, "-o", f"json={tmp_path}/{file}"]) == 1
    assert message in capsys.readouterr().err


def test_what_is_no_regular_file_is_not_replaced() -> None:
    assert main([*PLAN, "-o", "json=/dev/null"]) == 2
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)  # noqa: PTH116


def script(body: str, *, stdout: Any) -> subprocess.CompletedProcess[str]:
    """Runs main() in a process of its own with a plan that is made at once."""
    code = f"import sys, upgradecheck.commands.plan as p\nfrom tests.builders_plan import *\nfrom upgradecheck.cli import main\n{body}"
    return subprocess.run([sys.executable, "-c", code], stdout=stdout, stderr=subprocess.PIPE, text=True, timeout=PATIENCE, check=False)


def test_a_reader_that_leaves_is_no_error() -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as gone:
        done = script("p.make_plan = lambda r: many_workloads()\nsys.exit(main(['plan', '--example', '-o', 'json']))", stdout=gone)
    assert (done.returncode, done.stderr) == (2, "upgradecheck: Exit code 2. Not met: restart 468, allowed 0.\n")


def test_a_closed_standard_output_is_an_error_only_for_what_goes_there(tmp_path: Path) -> None:
    def run(output: str) -> tuple[int, str]:
        program = f"{sys.executable} -m upgradecheck plan --example -q -o {output} >&-"
        done = subprocess.run(["/bin/sh", "-c", program], stderr=subprocess.PIPE, text=True, timeout=PATIENCE, check=False)
        return done.returncode, done.stderr

    closed = "upgradecheck: standard output: is closed. Open it, or name a file with -o FORMAT=FILE.\n"
    assert run("table") == (1, closed)
    gate = "upgradecheck: Exit code 2. Not met: restart 11, allowed 0; unknown 2, allowed 0.\n"
    assert run(f"json={tmp_path / 'plan.json'}") == (2, gate)
    assert json.loads((tmp_path / "plan.json").read_text())["exit_code"] == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("build", ["nothing_restarts", "many_workloads"])
def test_a_full_disk_is_an_error(build: str) -> None:
    with Path("/dev/full").open("w") as full:
        done = script(f"p.make_plan = lambda r: {build}()\nsys.exit(main(['plan', '--example', '-o', 'json']))", stdout=full)
    assert done.returncode == 1
    assert done.stderr.startswith("upgradecheck: standard output: cannot be written (No space left on device)")
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


@pytest.mark.parametrize(
    ("color", "terminal", "environment", "expected"),
    [
        pytest.param(Color.AUTO, True, {"TERM": "xterm"}, True, id="a terminal"),
        pytest.param(Color.AUTO, False, {"TERM": "xterm"}, False, id="no terminal"),
        pytest.param(Color.AUTO, True, {"TERM": "dumb"}, False, id="a dumb one"),
        pytest.param(Color.AUTO, True, {"NO_COLOR": "1"}, False, id="NO_COLOR"),
        pytest.param(Color.AUTO, True, {"NO_COLOR": ""}, True, id="an empty NO_COLOR is none"),
        pytest.param(Color.AUTO, False, {"FORCE_COLOR": "1"}, True, id="FORCE_COLOR"),
        pytest.param(Color.AUTO, False, {"FORCE_COLOR": "0"}, False, id="FORCE_COLOR=0 forces nothing"),
        pytest.param(Color.AUTO, False, {"FORCE_COLOR": "3", "TERM": "dumb"}, True, id="FORCE_COLOR on a dumb terminal"),
        pytest.param(Color.AUTO, False, {"CLICOLOR_FORCE": "1"}, True, id="CLICOLOR_FORCE"),
        pytest.param(Color.AUTO, False, {"CLICOLOR_FORCE": "0"}, False, id="CLICOLOR_FORCE=0 forces nothing"),
        pytest.param(Color.AUTO, True, {"CLICOLOR": "0"}, False, id="CLICOLOR=0"),
        pytest.param(Color.AUTO, True, {"NO_COLOR": "1", "FORCE_COLOR": "1", "CLICOLOR_FORCE": "1"}, False, id="NO_COLOR goes first"),
        pytest.param(Color.NEVER, True, {"FORCE_COLOR": "1"}, False, id="asked not to, whatever is forced"),
        pytest.param(Color.ALWAYS, False, {"NO_COLOR": "1"}, True, id="asked for"),
        pytest.param(Color.NEVER, True, {"TERM": "xterm"}, False, id="asked not to"),
    ],
)
def test_wants_color(color: Color, terminal: bool, environment: dict[str, str], expected: bool) -> None:
    class Stream:
        def isatty(self) -> bool:
            return terminal

    assert wants_color(color, Stream(), environment) is expected  # type: ignore[arg-type]


def test_color_option_reaches_the_report(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*PLAN, "--color", "always"]) == 2
    assert capsys.readouterr().out.startswith("\x1b[1;31mRESTARTS")
    assert main(PLAN) == 2
    assert "\x1b" not in capsys.readouterr().out


def test_two_reports_may_go_where_nothing_is_kept_but_not_into_one_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*PLAN, "-q", "-o", "json=/dev/null", "-o", "name=/dev/null", "-o", "csv"]) == 2
    assert capsys.readouterr().out.startswith("namespace,")
    assert main([*PLAN, "-q", "-o", f"json={tmp_path}/a", "-o", f"name={tmp_path}/a"]) == 64


def test_a_pipe_of_the_shells_is_written_and_not_replaced(tmp_path: Path) -> None:
    target = tmp_path / "plan.json"
    program = f"{sys.executable} -m upgradecheck plan --example -q -o json=>(cat > {target}) -o table=>(cat > {tmp_path}/table); code=$?; wait; exit $code"
    done = subprocess.run(["bash", "-c", program], capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 2
    for _ in range(100):  # a shell does not wait for what it started so
        if target.exists() and target.read_text().endswith("}\n"):
            break
        time.sleep(0.1)
    assert json.loads(target.read_text())["exit_code"] == 2


def test_a_named_pipe_is_written_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE) as reader:
        assert main([*PLAN, "-q", "-o", f"json={pipe}"]) == 2
        told, _ = reader.communicate(timeout=PATIENCE)
    assert json.loads(told)["exit_code"] == 2
    assert stat.S_ISFIFO(pipe.stat().st_mode)
