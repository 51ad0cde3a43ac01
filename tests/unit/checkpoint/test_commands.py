"""The commands, as a person types them."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from unittest.mock import ANY

import jsonschema
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.unit.checkpoint.samples import BY_HAND
from upgradecheck.cli import main
from upgradecheck.contract import v1
from upgradecheck.machine import which_kubelet
from upgradecheck.machine.errors import KubeletNotFound
from upgradecheck.machine.node import Machine

NODE = ("--node", "worker-1")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("UPGRADECHECK_CHECKPOINT", str(tmp_path / "live" / "checkpoint"))
    return tmp_path / "live" / "checkpoint"


@pytest.fixture
def sealed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    (tmp_path / "history.yaml").write_bytes(BY_HAND)
    assert run(capsys, "seal", str(tmp_path / "history.yaml"), str(tmp_path / "copy")) == (
        0,
        "",
        f"upgradecheck: checkpoint {tmp_path / 'copy'}: saved as state 1 of node worker-1.\n",
    )
    return tmp_path / "copy"


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["checkpoint", *arguments])
    out, err = capsys.readouterr()
    return code, out, err


def told(version: str, start: str) -> tuple[str, ...]:
    return ("record", *NODE, "--kubelet-version", version, "--start", start)


def test_a_history_by_hand_is_sealed_and_shown_again(sealed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "show", str(sealed), "-o", "yaml") == (0, BY_HAND.decode(), "")
    assert run(capsys, "verify", str(sealed)) == (0, f"{sealed}: valid, node worker-1, state 1, 2 kubelet starts, newest v1.20.15\n", "")
    code, out, _ = run(capsys, "show", str(sealed), "-o", "json")
    jsonschema.validate(json.loads(out), v1.schema("checkpoint"))
    assert code == 0
    code, out, _ = run(capsys, "show", str(sealed))
    assert (code, "v1.19.16  2024-01-10T08:00:00Z  the next one  written by hand" in out) == (0, True)
    assert sorted(each.name for each in sealed.parent.iterdir()) == ["copy", "history.yaml"]


def test_sealing_again_changes_nothing_and_a_change_keeps_the_state_before(sealed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    history = sealed.with_name("history.yaml")
    before = sealed.read_bytes()
    assert run(capsys, "seal", str(history), str(sealed))[2].endswith("nothing new, state 1 of node worker-1 stays.\n")
    history.write_bytes(BY_HAND.replace(b"v1.20.15", b"v1.20.14"))
    assert run(capsys, "seal", str(history), str(sealed))[0] == 0
    assert "state 2" in run(capsys, "verify", str(sealed))[1]
    assert sealed.with_name("copy.replaced-1").read_bytes() == before


def test_record_told_and_repeated(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, *told("v1.20.15", "2024-06-02T21:30:00Z"))[0] == 0
    assert run(capsys, *told("v1.19.16", "2024-01-10T08:00:00Z"))[0] == 0
    assert "nothing new, state 2" in run(capsys, *told("v1.19.16", "2024-01-10T09:00:00+01:00"))[2]
    code, out, err = run(capsys, "show", "-o", "yaml")
    assert (code, err, re.sub(r"machineID.*\n|systemUUID.*\n", "", out)) == (0, "", BY_HAND.decode())
    assert run(capsys, "verify")[0] == 0
    assert run(capsys, "record", "--stopped", *NODE)[0] == 0
    assert "stopTime" in run(capsys, "show", "-o", "yaml")[1]


def test_damage_is_found_and_restored(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, *told("v1.20.15", "2024-06-02T21:30:00Z"))
    good = place.read_bytes()
    bad = good.replace(b"v1.20.15", b"v1.20.16")
    place.write_bytes(bad)
    code, out, err = run(capsys, "verify")
    assert (code, out) == (1, "")
    assert re.search(r"checkpoint .*: content hashes to [0-9a-f]{12}\.\.\., file says [0-9a-f]{12}\.\.\.\.", err)
    assert "its backup is good" in err
    code, out, err = run(capsys, "show", "-o", "yaml")
    assert (code, "v1.20.15" in out, "this is its backup" in err) == (0, True, True)
    assert run(capsys, "restore", *NODE)[0] == 0
    assert (place.read_bytes(), place.with_name("checkpoint.damaged-1").read_bytes()) == (good, bad)
    assert run(capsys, "verify")[0] == 0


def test_without_a_good_backup_a_copy_restores(place: Path, sealed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place.parent.mkdir(mode=0o700)
    for name in ("checkpoint", "checkpoint.bak"):
        place.with_name(name).write_bytes(b"spoilt")
        place.with_name(name).chmod(0o600)
    assert run(capsys, "show")[0] == 1
    assert run(capsys, "restore", *NODE)[0] == 1
    assert run(capsys, "restore", str(sealed), "--node", "worker-2")[0] == 1
    assert run(capsys, "restore", str(sealed), *NODE)[0] == 0
    assert place.read_bytes() == sealed.read_bytes()
    assert place.with_name("checkpoint.damaged-1").read_bytes() == place.with_name("checkpoint.bak.damaged-1").read_bytes() == b"spoilt"


def test_import_adds_and_tells_contradictions(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "kubelet.log"
    log.write_text("2024-01-10T08:00:01+0000 n kubelet[1]: I0110 08:00:01.280973    5395 server.go:412] Version: v1.19.16\n")
    assert run(capsys, "import", str(log), *NODE, "--checkpoint", str(tmp_path / "imported"))[0] == 0
    assert run(capsys, *told("v1.18.20", "2024-01-10T08:00:01Z"))[0] == 0
    before = place.read_bytes()
    code, out, err = run(capsys, "import", str(log), *NODE)
    assert (code, out) == (1, "")
    assert "kubelet v1.18.20 and kubelet v1.19.16 both start at 2024-01-10T08:00:01Z" in err
    assert place.read_bytes() == before


def test_a_stop_is_of_the_node_that_the_checkpoint_names(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The kubelet was told its name by --hostname-override, and shows it no more."""
    assert run(capsys, *told("v1.20.15", "2024-06-02T21:30:00Z"))[0] == 0
    code, _, err = run(capsys, "record", "--stopped")
    assert (code, "state 2 of node worker-1" in err) == (0, True)
    assert run(capsys, "record", "--stopped", "--node", "worker-2")[0] == 1


def test_the_unit(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "record", "--print-unit", "--node", "a b%")
    lines = [line for line in out.splitlines() if not line.startswith("#")]
    assert code == 0
    assert lines[0] == "[Service]"
    assert re.fullmatch(
        r'ExecStartPost=-/usr/bin/timeout -k 2 50 /\S*upgradecheck checkpoint record --checkpoint /\S+ --node "a b%%" --config none',
        lines[1],
    )
    assert re.fullmatch(
        r'ExecStopPost=-/usr/bin/timeout -k 2 40 /\S*upgradecheck checkpoint record --stopped --checkpoint /\S+ --node "a b%%" --config none',
        lines[2],
    )
    assert not place.parent.exists()
    assert "=-/usr/bin/timeout -k 2 85 /" in run(capsys, "record", "--print-unit", "--wait", "45s")[1], "longer than it waits"


@pytest.mark.parametrize("named", ["rke2-server", "rke2-server.service"])
def test_the_unit_of_a_program_with_a_kubelet_inside_is_not_held_up(named: str, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "record", "--print-unit", "--unit", named, "--metrics", "/m.prom")
    start, stop = (line for line in out.splitlines() if line.startswith("Exec"))
    assert code == 0
    assert "/etc/systemd/system/rke2-server.service.d/" in out
    beside, own = re.escape("/usr/bin/systemd-run --quiet --collect --no-block"), re.escape("--pid $MAINPID --wait 120s")
    assert re.fullmatch(rf"ExecStartPost=-{beside} /\S*upgradecheck checkpoint record {own} .*--metrics /m\.prom --config none", start)
    assert re.fullmatch(
        r"ExecStopPost=-/usr/bin/timeout -k 2 40 /\S*upgradecheck checkpoint record --stopped .*--metrics /m\.prom --config none", stop
    )


def test_the_unit_of_this_node(place: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "etc/systemd/system").mkdir(parents=True)
    (tmp_path / "etc/systemd/system/k3s-agent.service").touch()
    monkeypatch.setattr("upgradecheck.machine.node.Machine", lambda: Machine(proc=tmp_path / "proc", root=tmp_path))
    assert "/k3s-agent.service.d/" in run(capsys, "record", "--print-unit")[1]


def test_metrics_tell_whether_it_was_noted(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    metrics = tmp_path / "upgradecheck.prom"

    def values() -> dict[str, float]:
        families = text_string_to_metric_families(metrics.read_text())
        return {family.name.removeprefix("upgradecheck_checkpoint_record_"): family.samples[0].value for family in families}

    assert run(capsys, *told("v1.20.15", "2024-06-02T21:30:00Z"), "--metrics", str(metrics))[0] == 0
    assert values() == {"success": 1, "timestamp_seconds": ANY, "starts": 1, "newest_start_timestamp_seconds": 1717363800}
    assert metrics.stat().st_mode & 0o777 == 0o644
    code, _, err = run(capsys, "record", "--pid", "4194305", "--wait", "1s", "--metrics", str(metrics))
    assert (code, values()) == (1, {"success": 0, "timestamp_seconds": ANY})
    assert "process 4194305: is not there, so it ended before it could be asked" in err
    before = metrics.read_text()
    (tmp_path / "link.prom").symlink_to(tmp_path / "elsewhere")
    code, _, err = run(capsys, *told("v1.20.15", "2024-06-02T21:30:00Z"), "--metrics", str(tmp_path / "link.prom"))
    assert (code, "is a link" in err, (tmp_path / "elsewhere").exists()) == (1, True, False)
    code, _, err = run(capsys, *told("v1.20.15", "2024-06-02T21:30:00Z"), "--metrics", str(tmp_path / "no/where.prom"))
    assert (code, metrics.read_text()) == (1, before)
    assert "--metrics" in err
    assert [one.name for one in tmp_path.iterdir() if one.name.endswith(".new")] == []


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        pytest.param((), 64, "Usage: upgradecheck checkpoint", id="no command"),
        pytest.param(("record", "--start", "2024-01-10T08:00:00Z"), 64, "go together", id="a start without version"),
        pytest.param(("record", "--unit", "k3s"), 64, "--unit goes with --print-unit", id="a unit without its drop-in"),
        pytest.param(("record", "--print-unit", "--unit", "a/b"), 64, "is no name of a systemd service", id="no unit"),
        pytest.param(("record", "--wait", "soon"), 64, "--wait", id="no time to wait"),
        pytest.param(("record", "--kubelet-version", "1.20.1", "--start", "yesterday"), 64, "a time with its zone is wanted", id="no time"),
        pytest.param(("record", "--kubelet-version", "1.20.1", "--start", "2999-01-01T00:00:00Z"), 64, "is in the future", id="the future"),
        pytest.param(("record", "--kubelet-version", "new", "--start", "2024-01-10T08:00:00Z"), 64, "--kubelet-version", id="no version"),
        pytest.param(("record", "--pid", "1", "--kubelet-version", "1.20.1", "--start", "2024-01-10T08:00:00Z"), 64, "excludes", id="both"),
        pytest.param(("record", "--stopped"), 1, "holds no kubelet start", id="a stop without start"),
        pytest.param(("import",), 64, "FILE is missing", id="nothing to import"),
        pytest.param(("import", "/nonesuch"), 1, "/nonesuch: cannot be read", id="a file that is not there"),
        pytest.param(("show",), 1, "its directory is not there", id="nothing to show"),
        pytest.param(("verify", "/nonesuch"), 1, "is not there", id="nothing to verify"),
        pytest.param(("show", "x", "-o", "csv"), 64, "wanted one of: json, table, yaml", id="a format that shows none"),
        pytest.param(("verify", "--min-serial", "0"), 64, "min-serial", id="no serial"),
        pytest.param(("seal", "/dev/null", "x"), 1, "/dev/null: ", id="an empty history"),
    ],
)
def test_what_is_refused(arguments: tuple[str, ...], code: int, message: str, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found, out, err = run(capsys, *arguments)
    assert (found, out) == (code, "")
    assert message in err
    assert not place.exists()


def test_where_no_kubelet_is_found_a_record_can_be_told_by_hand(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: object, **__: object) -> None:
        raise KubeletNotFound("kubelet: none runs here.")

    monkeypatch.setattr(which_kubelet, "find_kubelet", none)
    said = "upgradecheck: kubelet: none runs here. Or tell --kubelet-version and --start yourself.\n"
    assert run(capsys, "record", *NODE) == (1, "", said)
    assert not place.exists()


def test_verify_holds_a_file_to_its_node_and_serial(sealed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "verify", str(sealed), *NODE, "--min-serial", "1")[0] == 0
    assert "is the history of another node" in run(capsys, "verify", str(sealed), "--node", "worker-2")[2]
    assert "is state 1, and state 2 or a later one is wanted" in run(capsys, "verify", str(sealed), "--min-serial", "2")[2]


def test_a_hostile_history_is_harmless_on_a_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "h").write_text(
        '{"node": "a\\u001b[31m", "history": [{"kubeletVersion": "v1.20.15", "startTime": "2024-01-10T08:00:00Z"}]}'
    )
    assert run(capsys, "seal", str(tmp_path / "h"), str(tmp_path / "c"))[0] == 0
    for arguments in (("show",), ("show", "-o", "json"), ("show", "-o", "yaml"), ("verify",)):
        code, out, err = run(capsys, arguments[0], str(tmp_path / "c"), *arguments[1:])
        assert (code, "\x1b" in out + err) == (0, False)


def test_the_documentation_has_the_example(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (Path(__file__).parents[3] / "docs" / "checkpoint.md").read_text()
    example = "".join(line[4:] + "\n" for line in re.findall(r"^    (?:#|node:|history:|  - ).*$", text, re.MULTILINE))
    (tmp_path / "history.yaml").write_text(example)
    assert run(capsys, "seal", str(tmp_path / "history.yaml"), str(tmp_path / "c"))[0] == 0
    assert run(capsys, "show", str(tmp_path / "c"), "-o", "yaml")[1] == BY_HAND.decode()
    assert os.access(tmp_path / "c", os.R_OK)
