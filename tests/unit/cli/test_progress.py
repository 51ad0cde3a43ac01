"""How far the work is: in words on a terminal, in lines of JSON for a program."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.cluster.stub import Stub, kubeconfig, serving
from upgradecheck.cli import main
from upgradecheck.cli.progressing import in_words
from upgradecheck.contract import v1
from upgradecheck.model.progress import Progress

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
    stub.page = 60
    main(["plan", "--to", "1.30", "-o", "name", "--progress", "json"])
    told = [(one["done"], one["total"]) for one in lines_of(capsys.readouterr().err) if one["stage"] == "pods"]
    assert told == [(60, len(stub.pods)), (len(stub.pods), len(stub.pods))]


def test_it_ends_also_where_no_report_is_made(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "--to", "1.31", "-f", "/nothing/here", "--progress", "json"]) == 1
    assert [one["stage"] for one in lines_of(capsys.readouterr().err)] == ["begin", "end"]


@pytest.mark.parametrize("words", [["--no-progress"], ["--progress", "never"], []], ids=" ".join)
def test_off_a_terminal_there_is_none_unless_it_is_asked_for(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    main([*EXAMPLE, *words])
    assert lines_of(capsys.readouterr().err) == []


def test_both_ways_to_say_it_exclude_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*EXAMPLE, "--no-progress", "--progress", "json"]) == 64
