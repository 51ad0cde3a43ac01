"""How far the work is: in words on a terminal, in lines of JSON for a program."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.cluster.stub import Stub, kubeconfig, serving
from upgradecheck.cli import main
from upgradecheck.cli.progressing import _within, in_words
from upgradecheck.contract import v1
from upgradecheck.model.progress import Progress, Watch

HOST = "https://10.0.0.1:6443"
EXAMPLE = ["plan", "--example", "-o", "name"]


@pytest.mark.parametrize(
    ("told", "words"),
    [
        pytest.param(None, "reading and hashing, 5 s", id="nothing is told yet"),
        pytest.param(
            Progress("pods", 12_000, 150_000, HOST), f"reading and hashing, 5 s: 12,000 of 150,000 pods (8%) of {HOST}", id="with a total"
        ),
        pytest.param(Progress("pods", 500, None, HOST), f"reading and hashing, 5 s: 500 pods of {HOST}", id="a server that tells none"),
        pytest.param(
            Progress("bytes", 120_500_000, 600_000_000, file="d/a.json"), "reading, 5 s: 120 of 600 MB (20%), in d/a.json", id="files"
        ),
        pytest.param(
            Progress("bytes", 7_000_000, None, file="a\x1b.json"), "reading, 5 s: 7 MB, in a\\x1b.json", id="a pipe, of a hostile name"
        ),
        pytest.param(Progress("pods", 12_000, 150_000), "hashing, 5 s: 12,000 of 150,000 pods (8%)", id="their pods"),
        pytest.param(Progress("pods", 150_000, 150_000), "deciding, 5 s: 150,000 pods", id="all of their pods"),
        pytest.param(Progress("nodes", 0, 0, HOST), f"reading and hashing, 5 s: 0 nodes of {HOST}", id="none at all"),
    ],
)
def test_in_words(told: Progress | None, words: str) -> None:
    assert in_words(told, 5.2) == words


@pytest.fixture(name="stub")
def _stub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stub]:
    with serving() as stub:
        monkeypatch.setenv("KUBECONFIG", kubeconfig(tmp_path / "config", {"server": stub.address}))
        yield stub


def lines_of(text: str) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    for one in found:
        jsonschema.validate(one, v1.schema("progress"))
    return found


def test_in_json_it_begins_tells_of_whom_and_ends(stub: Stub, capsys: pytest.CaptureFixture[str]) -> None:
    stub.page = 60
    main(["plan", "--to", "1.30", "-o", "name", "--progress", "json"])
    found = lines_of(capsys.readouterr().err)
    told = {one["stage"]: (one.get("done"), one.get("total"), one.get("server")) for one in found}
    assert [one["stage"] for one in found if one["stage"] in ("begin", "end")] == ["begin", "end"]
    assert told["nodes"] == (1, 1, stub.address)
    assert told["pods"] == (len(stub.pods), len(stub.pods), stub.address)


def test_totals_are_those_of_the_server(stub: Stub, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("upgradecheck.cli.progressing._SECOND", 0.0)
    monkeypatch.setattr(stub, "tells_remaining", True)
    monkeypatch.setattr(stub, "page", 20)
    main(["plan", "--to", "1.30", "-o", "name", "--progress", "json"])
    told = [(one["done"], one["total"]) for one in lines_of(capsys.readouterr().err) if one["stage"] == "pods"]
    assert told == [(20, len(stub.pods)), (len(stub.pods), len(stub.pods))]


POD = {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"name": "a", "image": "i"}]}}


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzipped"])
def test_of_files_it_tells_bytes_and_pods(*, packed: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(3):
        pods = [{**POD, "metadata": {"name": f"web-{number}-{index}", "uid": f"{number}-{index}"}} for index in range(100)]
        raw = json.dumps({"apiVersion": "v1", "kind": "List", "items": pods}).encode()
        (tmp_path / f"{number}.json{'.gz' if packed else ''}").write_bytes(gzip.compress(raw) if packed else raw)
    size = sum(file.stat().st_size for file in tmp_path.iterdir())
    main(["plan", "--from", "1.30", "--to", "1.31", "-f", str(tmp_path), "-o", "name", "--progress", "json"])
    found = lines_of(capsys.readouterr().err)
    told = {one["stage"]: (one.get("done"), one.get("total"), one.get("file")) for one in found}
    assert [*told] == ["begin", "bytes", "pods", "end"]
    assert (told["bytes"][:2], told["pods"]) == ((size, size), (300, 300, None))
    assert str(told["bytes"][2]).startswith(str(tmp_path / "2.json"))


def test_of_standard_input_nobody_knows_how_much_there_is(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    raw = json.dumps({**POD, "metadata": {"name": "web-0", "uid": "u"}}).encode()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(raw)))
    main(["plan", "--from", "1.30", "--to", "1.31", "-f", "-", "-o", "name", "--progress", "json"])
    told = {one["stage"]: (one.get("done"), one.get("total"), one.get("file")) for one in lines_of(capsys.readouterr().err)}
    assert told["bytes"] == (len(raw), None, "standard input")


READING = [
    pytest.param(["hash", "--kubelet", "1.31"], "documents", id="hash"),
    pytest.param(["matrix", "--minors", "1.30..1.31"], "pods", id="matrix"),
]


@pytest.mark.parametrize(("words", "stage"), READING)
def test_whoever_reads_files_tells_it(words: list[str], stage: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pods = [{**POD, "metadata": {"name": f"web-{number}", "uid": str(number)}} for number in range(300)]
    file = tmp_path / "pods.json"
    file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": pods}))
    assert main([*words, "-f", str(file), "-o", "json", "--progress", "json"]) == 0
    out, err = capsys.readouterr()
    json.loads(out)
    told = {one["stage"]: (one.get("done"), one.get("total")) for one in lines_of(err)}
    size = file.stat().st_size
    assert told == {"begin": (None, None), "bytes": (size, size), stage: (300, 300), "end": (None, None)}


@pytest.mark.parametrize(("words", "stage"), READING)
@pytest.mark.parametrize("silent", [[], ["-q"], ["--no-progress"]], ids=" ".join)
def test_off_a_terminal_nobody_is_told(
    words: list[str], stage: str, silent: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pods.json").write_text(json.dumps({**POD, "metadata": {"name": "web", "uid": "1"}}))
    main([*words, "-f", str(tmp_path / "pods.json"), "-o", "json", *silent])
    assert stage not in capsys.readouterr().err


@pytest.mark.parametrize(("words", "stage"), READING)
@pytest.mark.parametrize("silent", [[], ["-q"]], ids=" ".join)
def test_on_a_terminal_it_is_drawn_and_wiped_but_not_among_rows(
    words: list[str], stage: str, silent: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    drawn: list[str] = []

    @contextmanager
    def on_terminal(stream: object) -> Iterator[Watch]:
        yield lambda told: drawn.append(told.stage)
        drawn.append("wiped")

    monkeypatch.setattr("upgradecheck.cli.progressing._on_terminal", on_terminal)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    (tmp_path / "pods.json").write_text(json.dumps({**POD, "metadata": {"name": "web", "uid": "1"}}))
    main([*words, "-f", str(tmp_path / "pods.json"), *silent])
    capsys.readouterr()
    if silent:
        assert drawn == []
    elif stage == "documents":
        assert drawn == ["bytes", "wiped", "documents"]
    else:
        assert drawn == ["bytes", "pods", "wiped"]


@pytest.mark.parametrize(("words", "row"), [("short", "short"), ("x" * 80, "x" * 76 + "..."), ("x" * 79, "x" * 79)], ids=len)
def test_the_line_stays_in_its_row(words: str, row: str) -> None:
    """What runs over into another row could not be wiped."""
    assert _within(words, 80) == row


def test_it_ends_also_where_no_report_is_made(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "--to", "1.31", "-f", "/nothing/here", "--progress", "json"]) == 1
    assert [one["stage"] for one in lines_of(capsys.readouterr().err)] == ["begin", "end"]


@pytest.mark.parametrize("words", [["--no-progress"], ["--progress", "never"], []], ids=" ".join)
def test_off_a_terminal_there_is_none_unless_it_is_asked_for(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    main([*EXAMPLE, *words])
    assert lines_of(capsys.readouterr().err) == []


def test_both_ways_to_say_it_exclude_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*EXAMPLE, "--no-progress", "--progress", "json"]) == 64
