"""The proxy as a process: its sockets, its plan, its unit, systemd, signals."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import grpc
import pytest

from tests.patience import PATIENCE
from tests.unit.override.proxy.runtime import OPTIONS, Runtime, called
from tests.unit.override.proxy.samples import C1, HASH, container, override, saved_plan
from upgradecheck.cli import main
from upgradecheck.decode.runtime.protowire import chunk
from upgradecheck.machine.node import Machine
from upgradecheck.model.distributions import DISTRIBUTIONS, PLAIN, Distribution
from upgradecheck.model.errors import InputError
from upgradecheck.override.proxy.counters import Counters
from upgradecheck.override.proxy.listening import listening
from upgradecheck.override.proxy.notifying import write_metrics


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    file = tmp_path / "plan.json"
    file.write_text(saved_plan({C1: override("c18c318c", "f2adbab")}))
    return file


def arguments(folder: Path, plan: Path, *more: str) -> list[str]:
    return [
        "override",
        "proxy",
        "--listen",
        str(folder / "p.sock"),
        "--upstream",
        f"unix://{folder}/runtime.sock",
        "--map",
        str(plan),
        *more,
    ]


def test_lives_from_ready_to_sigterm(tmp_path: Path, plan: Path) -> None:
    runtime = Runtime(str(tmp_path / "runtime.sock"))
    method = "/runtime.v1.RuntimeService/ContainerStatus"
    runtime.script[method] = lambda requests, context: iter([chunk(1, container(13, C1, (HASH, "c18c318c")))])
    runtime.start()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(PATIENCE)
        command = [sys.executable, "-m", "upgradecheck", *arguments(tmp_path, plan, "--metrics", str(tmp_path / "m.prom"))]
        process = subprocess.Popen(
            command, env={**os.environ, "NOTIFY_SOCKET": str(tmp_path / "notify")}, stderr=subprocess.PIPE, text=True
        )
        assert systemd.recv(100) == b"READY=1"
        with grpc.insecure_channel(f"unix:{tmp_path}/p.sock", options=OPTIONS) as channel:
            assert called(channel, method, [b""], many=(False, False)).messages == [chunk(1, container(13, C1, (HASH, "f2adbab")))]
        process.send_signal(signal.SIGTERM)
        assert systemd.recv(100) == b"STOPPING=1"
        _, told = process.communicate(timeout=PATIENCE)
    runtime.stop()
    assert (process.returncode, told.count("\n"), "1 container in the plan" in told) == (0, 1, True)
    assert "upgradecheck_override_proxy_rewritten_total 1\n" in (tmp_path / "m.prom").read_text()
    assert not (tmp_path / "p.sock").exists()


def test_a_killed_proxy_s_socket_is_taken_over(tmp_path: Path, plan: Path) -> None:
    first = subprocess.Popen([sys.executable, "-m", "upgradecheck", *arguments(tmp_path, plan)], stderr=subprocess.PIPE, text=True)
    assert first.stderr is not None
    assert "listening" in first.stderr.readline()
    first.kill()
    first.communicate(timeout=PATIENCE)
    assert (tmp_path / "p.sock").exists()
    with listening(str(tmp_path / "p.sock")):
        pass


def test_a_socket_in_use_is_left_alone(tmp_path: Path) -> None:
    path = str(tmp_path / "p.sock")
    with socket.socket(socket.AF_UNIX) as line:
        line.bind(path)
        line.listen(1)
        with pytest.raises(InputError, match="somebody listens there already"), listening(path):
            pass
        inode = os.lstat(path).st_ino
    assert os.lstat(path).st_ino == inode


def test_two_proxies_do_not_share_a_path(tmp_path: Path) -> None:
    path = str(tmp_path / "p.sock")
    with listening(path), pytest.raises(InputError, match="another proxy listens there"), listening(path):
        pass


@pytest.mark.parametrize("kind", ["file", "folder", "link"])
def test_what_is_no_socket_is_left_alone(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "p.sock"
    if kind == "file":
        path.write_text("mine")
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to(tmp_path / "elsewhere")
    before = os.lstat(path).st_ino
    with pytest.raises(InputError, match="is no socket; it was left alone"), listening(str(path)):
        pass
    assert os.lstat(path).st_ino == before


def test_a_socket_that_replaced_ours_is_left_alone_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "p.sock"
    with listening(str(path)):
        path.unlink()
        path.write_text("another's")
    assert path.read_text() == "another's"


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        pytest.param(("c18c318c", "c18c318d"), 1, "plan_hash: is not that of what the file holds", id="a plan that was edited"),
        pytest.param(('"Plan"', '"HashList"'), 1, "kind: 'HashList' where Plan is wanted", id="no plan"),
        pytest.param(("", "{"), 1, "no plan in JSON", id="no JSON"),
    ],
)
def test_a_plan_that_cannot_be_trusted_is_refused_at_the_start(
    tmp_path: Path, plan: Path, change: tuple[str, str], code: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    plan.write_text(plan.read_text().replace(*change, 1))
    assert main(arguments(tmp_path, plan)) == code
    error = capsys.readouterr().err
    assert message in error
    assert not (tmp_path / "p.sock").exists()


@pytest.mark.parametrize(
    ("more", "message"),
    [
        pytest.param(("--listen", "p.sock"), "is no path of a unix socket", id="no whole path"),
        pytest.param(("--listen", "tcp://1.2.3.4"), "is no path of a unix socket", id="another scheme"),
        pytest.param(("--listen", "/" + "x" * 120), "longer than 107 bytes", id="too long for a socket"),
        pytest.param(("--upstream", "p"), "--upstream 'p': is no path", id="the runtime's likewise"),
        pytest.param(("--listen", "/a/../run/x", "--upstream", "/run/x"), "is the runtime's own socket", id="a loop"),
        pytest.param(("--stop-timeout", "soon"), "--stop-timeout 'soon': a duration is wanted", id="no duration"),
    ],
)
def test_usage(tmp_path: Path, plan: Path, more: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments(tmp_path, plan, *more)) == 64
    assert message in capsys.readouterr().err


def test_an_absent_plan_and_an_absent_directory(tmp_path: Path, plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments(tmp_path, tmp_path / "none")) == 1
    assert "is not there. Give the plan that plan --override" in capsys.readouterr().err
    assert main(arguments(tmp_path / "none" / "none", plan)) == 1
    assert "cannot be opened (No such file or directory)" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


def test_the_sockets_directory_is_made_for_its_user_alone(tmp_path: Path) -> None:
    with listening(str(tmp_path / "upgradecheck" / "cri.sock")):
        assert (tmp_path / "upgradecheck").stat().st_mode & 0o777 == 0o700
    (tmp_path / "upgradecheck").chmod(0o755)
    with listening(str(tmp_path / "upgradecheck" / "cri.sock")):
        assert (tmp_path / "upgradecheck").stat().st_mode & 0o777 == 0o755, "one that is there stays as it is"


def test_the_unit(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = ["override", "proxy", "--listen", "/run/upgradecheck/cri.sock", "--upstream", "unix:///run/containerd/containerd.sock"]
    assert main([*given, "--map", "/etc/a b.json", "--print-unit"]) == 0
    lines = capsys.readouterr().out.splitlines()
    for line in (
        "Before=kubelet.service",
        "Type=notify",
        "UMask=0177",
        "RuntimeDirectory=upgradecheck",
        "WantedBy=kubelet.service multi-user.target",
    ):
        assert line in lines
    (start,) = [line for line in lines if line.startswith("ExecStart=")]
    assert start.endswith(
        'override proxy --listen /run/upgradecheck/cri.sock --upstream /run/containerd/containerd.sock --map "/etc/a b.json" --stop-timeout 10s --config none'
    )


@pytest.mark.parametrize("one", [PLAIN, *DISTRIBUTIONS], ids=lambda one: one.name)
def test_the_unit_of_a_distribution(
    plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, one: Distribution
) -> None:
    units = tmp_path / "node/etc/systemd/system"
    units.mkdir(parents=True)
    (units / one.services[-1]).touch()
    for mark in one.marks:
        (tmp_path / "node" / mark.lstrip("/")).mkdir(parents=True)
    monkeypatch.setattr("upgradecheck.machine.node.Machine", lambda: Machine(proc=tmp_path / "node/proc", root=tmp_path / "node"))
    assert main(arguments(Path("/run/x"), plan, "--print-unit")) == 0
    lines = capsys.readouterr().out.splitlines()
    assert {f"Before={unit}" for unit in one.services} <= {*lines}
    (needs,) = (line for line in lines if " needs: " in line)
    assert "unix:///run/x/" in needs
    assert needs.startswith("# The kubelet needs" if one is PLAIN else f"# The kubelet of {one.name} needs")
    if one.name in ("k3s", "rke2"):
        assert 'kubelet-arg: ["container-runtime-endpoint=unix:///run/x/' in needs
        assert f"/etc/rancher/{one.name}/config.yaml" in needs


def test_the_unit_is_one_for_systemd(tmp_path: Path, plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        subprocess.run(["systemd-analyze", "--version"], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no systemd-analyze here")
    assert main(arguments(tmp_path, plan, "--print-unit")) == 0
    unit = tmp_path / "upgradecheck-proxy.service"
    unit.write_text(capsys.readouterr().out)
    done = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False)
    assert [line for line in done.stderr.splitlines() if "upgradecheck-proxy" in line and "not executable" not in line] == []


def test_metrics_replace_the_file_whole(tmp_path: Path) -> None:
    target = tmp_path / "m.prom"
    target.write_text("old")
    write_metrics(str(target), Counters(rewritten=3).as_text())
    assert (
        "# TYPE upgradecheck_override_proxy_rewritten_total counter\nupgradecheck_override_proxy_rewritten_total 3\n" in target.read_text()
    )
    assert [one.name for one in tmp_path.iterdir()] == ["m.prom"]
    with pytest.raises(InputError, match="cannot be written"):
        write_metrics(str(tmp_path / "none" / "m.prom"), "")


def test_time_is_bounded_without_any_client(tmp_path: Path, plan: Path) -> None:
    process = subprocess.Popen([sys.executable, "-m", "upgradecheck", *arguments(tmp_path, plan, "-q")])
    deadline = time.monotonic() + PATIENCE
    while not (tmp_path / "p.sock").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE) == 0
