"""matrix, diff, schema and hash --show-input, as a user runs them."""

from __future__ import annotations

import base64
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tests.builders import (
    CATALOG,
    OTHER_UID,
    Document,
    as_static,
    exited,
    in_phase,
    listed,
    pod,
    raw,
    seen_by_kubelet,
    with_container,
    with_env,
    with_field,
    with_new_probe_field,
)
from tests.unit.renderers.test_plan_json import closed, schema
from upgradecheck.cli import main
from upgradecheck.cli.minors import parse_minors
from upgradecheck.decode.kubelet.version import parse_minor
from upgradecheck.model.errors import UsageError
from upgradecheck.model.version import Minor

BASE = pod()


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[str, str]:
    """stdout and stderr of a run that goes well."""
    assert main(arguments) == 0
    captured = capsys.readouterr()
    return captured.out, captured.err


def cells(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    document = json.loads(run(capsys, "matrix", "-o", "json", *arguments)[0])
    jsonschema.Draft202012Validator(closed(schema("matrix"))).validate(document)
    found: list[dict[str, Any]] = document["cells"]
    return found


def counts(capsys: pytest.CaptureFixture[str], file: Path, *arguments: str) -> list[tuple[str, str, int, int, int]]:
    found = cells(capsys, "-f", str(file), *arguments)
    return [(cell["from"], cell["to"], cell["restart"], cell["safe"], cell["unknown"]) for cell in found]


def written(folder: Path, *documents: Document) -> Path:
    file = folder / "pods.json"
    file.write_bytes(raw(listed(*documents)))
    return file


def test_matrix_of_all_minors(capsys: pytest.CaptureFixture[str]) -> None:
    found = cells(capsys)
    every = list(map(str, CATALOG.minors()))
    assert [(cell["from"], cell["to"]) for cell in found] == [(old, new) for old in every for new in every if old != new]
    verdicts = {(cell["from"], cell["to"]): cell["verdict"] for cell in found}
    steps = {new: verdicts[old, new] for old, new in pairwise(every)}
    assert [new for new, verdict in steps.items() if verdict == "all"] == ["1.9", "1.16", "1.31"]
    unmoved = [new for new, verdict in steps.items() if verdict == "none"]
    later = [minor for minor in every if parse_minor(minor) > Minor(1, 32)]
    assert unmoved == ["1.11", "1.13", "1.17", "1.18", "1.20", "1.24", "1.25", *later], "from 1.33 on no step moves a hash"
    assert "restart" not in found[0]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        pytest.param("--minors 1.29,1.30", [("1.29", "1.30"), ("1.30", "1.29")], id="both sides"),
        pytest.param("--from 1.29..1.30 --to 1.31", [("1.29", "1.31"), ("1.30", "1.31")], id="each side"),
        pytest.param("--from 1.36", [("1.36", str(minor)) for minor in CATALOG.minors() if str(minor) != "1.36"], id="one side"),
    ],
)
def test_minors_asked_for(arguments: str, expected: list[tuple[str, str]], capsys: pytest.CaptureFixture[str]) -> None:
    assert [(cell["from"], cell["to"]) for cell in cells(capsys, *arguments.split())] == expected


KNOWN = tuple(Minor(1, number) for number in range(28, 34))


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        pytest.param([], None, id="nothing asked"),
        pytest.param(["1.30"], ["1.30"], id="one"),
        pytest.param(["v1.30, 1.28", "1.31"], ["1.28", "1.30", "1.31"], id="a list"),
        pytest.param(["1.30..1.32"], ["1.30", "1.31", "1.32"], id="a range"),
        pytest.param(["1.30-1.31"], ["1.30", "1.31"], id="a range with a dash"),
        pytest.param(["1.28.x", "1.30.x..1.31.x"], ["1.28", "1.30", "1.31"], id="any patch"),
        pytest.param(["1.32.."], ["1.32", "1.33"], id="to the newest"),
        pytest.param(["..1.29"], ["1.28", "1.29"], id="from the oldest"),
    ],
)
def test_parse_minors(texts: list[str], expected: list[str] | None) -> None:
    found = parse_minors("--from", texts, KNOWN)
    assert found == (None if expected is None else frozenset(map(parse_minor, expected)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("1.30.2", "no minor", id="a patch release"),
        pytest.param("thirty", "no minor", id="a word"),
        pytest.param("1.30,", "no minor", id="a list with a hole"),
        pytest.param("1.27", "not in hashdata, which holds 1.28 to 1.33", id="not known"),
        pytest.param("1.31..1.30", "an empty range", id="the wrong way round"),
        pytest.param("..", "an empty range", id="a range of nothing"),
        pytest.param("1.99999", "no minor", id="too large"),
    ],
)
def test_no_minors(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        parse_minors("--from", [text], KNOWN)


def test_counts_of_given_pods(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A finished pod, an exited container and init containers do not count; a static pod gets another UID at this step."""
    file = written(
        tmp_path,
        with_container(with_new_probe_field(BASE), "log"),
        exited(pod("done", OTHER_UID)),
        in_phase(pod("job", "33333333-0000-4000-8000-000000000009"), "Succeeded"),
        as_static(BASE),
    )
    assert counts(capsys, file, "--minors", "1.20,1.22") == [("1.20", "1.22", 2, 1, 0), ("1.22", "1.20", 2, 1, 0)]
    assert counts(capsys, file, "--from", "1.21", "--to", "1.22") == [("1.21", "1.22", 0, 2, 1)]
    assert counts(capsys, file, "--from", "1.19", "--to", "1.20") == [("1.19", "1.20", 0, 3, 0)]


def test_a_pod_seen_twice_counts_once_and_its_spec_is_that_of_the_api(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    api = with_new_probe_field(BASE)
    assert counts(capsys, written(tmp_path, seen_by_kubelet(BASE), api), "--from", "1.20", "--to", "1.22") == [("1.20", "1.22", 1, 0, 0)]
    assert counts(capsys, written(tmp_path, seen_by_kubelet(BASE)), "--from", "1.20", "--to", "1.22") == [("1.20", "1.22", 0, 0, 1)]


def test_two_specs_of_one_pod_are_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path, BASE, with_new_probe_field(BASE))
    assert main(["matrix", "-f", str(file), "--minors", "1.20,1.22"]) == 1
    assert "has two different specs" in capsys.readouterr().err


def test_the_containers_of_a_running_pod_that_no_minor_reads_are_unknown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path, BASE, with_field(pod("odd", OTHER_UID), "app", "ports", "none"))
    out, err = run(capsys, "matrix", "-f", str(file), "--minors", "1.29,1.30", "-o", "json")
    assert [(cell["restart"], cell["safe"], cell["unknown"]) for cell in json.loads(out)["cells"]] == [(0, 1, 1), (0, 1, 1)]
    assert "its containers are unknown" in err


def test_a_manifest_that_no_minor_reads_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    odd = {**with_field(pod("odd", OTHER_UID), "app", "ports", "none"), "status": {}}
    out, err = run(capsys, "matrix", "-f", str(written(tmp_path, BASE, odd)), "--minors", "1.30,1.31")
    assert "in 1 pod," in out
    assert "it is not counted" in err


def test_the_example_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    found = {(cell["from"], cell["to"]): cell for cell in cells(capsys, "--example", "--minors", "1.29..1.31")}
    assert found["1.30", "1.31"]["safe"] == 0 < found["1.30", "1.31"]["restart"]


def test_matrix_without_a_pod_in_the_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "nodes.json"
    file.write_text('{"apiVersion":"v1","kind":"Node","metadata":{"name":"a"},"status":{"nodeInfo":{"kubeletVersion":"v1.30.0"}}}')
    assert main(["matrix", "-f", str(file), "--minors", "1.30,1.31"]) == 1
    assert "no pod in it" in capsys.readouterr().err


def test_diff_says_each_thing_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    out, err = run(capsys, "diff", "v1.28.5-eks-1", "1.32")
    assert err == f"upgradecheck: 1.32 is taken as 1.32.{CATALOG.newest_patch(parse_minor('1.32'))}, the newest known patch.\n"
    text = " ".join(out.split())
    for sentence in (
        "1.28.5 hashes the whole JSON of a container, 1.32 hashes only a container's name and image.",
        "1.28.5 compares app containers, 1.32 compares app containers and sidecars.",
        "5 fields of Container: 5 added.",
        "every container: the hash algorithm is another one from 1.31 on.",
    ):
        assert sentence in text


def test_diff_of_two_patches(capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads(run(capsys, "diff", "1.27.3", "1.27.16", "-o", "json")[0])
    assert (document["from"], document["to"], document["fields"], document["effect"]) == ("1.27.3", "1.27.16", [], "conditional")
    assert document["reasons"] == [{"kind": "go_escapes"}]


def test_diff_of_a_version_that_may_hash_in_two_ways(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "1.31.0-alpha.1", "1.32"]) == 64
    assert "may hash in more than one way" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["diff", "1.30"], ["diff", "1.30", "x"], ["diff", "1.30", "1.99"], ["matrix", "--minors", "1.30", "--to", "1.31"],
                                       ["matrix", "-f", "x", "--example"], ["schema", "plans"], ["diff", "1.30", "1.31", "-o", "wide"]], ids=" ".join)  # fmt: skip
def test_usage_errors(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 64
    out, err = capsys.readouterr()
    assert (out, err.startswith("upgradecheck: ")) == ("", True)


def test_schemas_are_listed_and_printed(capsys: pytest.CaptureFixture[str]) -> None:
    names = run(capsys, "schema")[0].split()
    assert names == [
        "accuracy",
        "bundle",
        "checkpoint",
        "clusters",
        "config",
        "diff",
        "doctor",
        "explain",
        "hash",
        "history",
        "ignores",
        "matrix",
        "override",
        "path",
        "plan",
        "progress",
        "rules",
        "verification",
        "versions",
    ]
    for name in names:
        assert json.loads(run(capsys, "schema", name)[0]) == schema(name)
        jsonschema.Draft202012Validator.check_schema(schema(name))


def shown(capsys: pytest.CaptureFixture[str], file: Path, *arguments: str) -> tuple[dict[str, Any], str]:
    out, err = run(capsys, "hash", "-f", str(file), "--show-input", "-o", "json", *arguments)
    document = json.loads(out)
    jsonschema.Draft202012Validator(closed(schema("hash"))).validate(document)
    return document["items"][0], err


@pytest.mark.parametrize(
    ("kubelet", "form", "start"),
    [("1.12.10", "text", "(v1.Container){Name:(string)app"), ("1.30.14", "byte-slice", '{"name":"app"'), ("1.31.14", "byte-slice", '{"image":"')],
)  # fmt: skip
def test_show_input(kubelet: str, form: str, start: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    item, err = shown(capsys, written(tmp_path, with_env(BASE, "s3cret")), "--kubelet", kubelet)
    assert item["input"].startswith(start)
    assert (item["input_form"], "input_base64" in item) == (form, False)
    assert "Treat it as secret" in err
    assert "s3cret" not in err


def test_input_that_is_no_utf8_is_shown_in_base64(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "pod.json"
    file.write_bytes(raw(with_env(BASE, "RAW")).replace(b"RAW", b"\xe9"))
    item, _ = shown(capsys, file, "--kubelet", "1.12.10", "--pod-source", "file")
    assert "input" not in item
    assert b"Value:(string)\xe9 " in base64.b64decode(item["input_base64"])


def test_the_table_shows_the_input_in_one_line_with_every_blank(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path, with_env(BASE, "two  blanks\n"))
    out, _ = run(capsys, "hash", "-f", str(file), "--kubelet", "1.12.10", "--show-input", "-o", "table")
    lines = [line for line in out.splitlines() if line.startswith("    (v1.Container){Name:(string)app ")]
    assert len(lines) == 1
    assert lines[0].endswith("TTY:(bool)false}")
    assert "Value:(string)two  blanks\\x0a ValueFrom:" in lines[0]


@pytest.mark.parametrize("report", ["csv", "wide", "markdown"])
def test_a_format_that_does_not_show_the_input_is_refused(report: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path, with_env(BASE, "s3cret"))
    asked = ("hash", "-f", str(file), "--kubelet", "1.12.10", "--show-input", "-o", report)
    assert main(list(asked)) == 64
    assert capsys.readouterr() == ("", f"upgradecheck: --show-input: -o {report} does not show it. Take one of: json, table, yaml.\n")
    with_json = tmp_path / "hashes.json"
    run(capsys, *asked, "-o", f"json={with_json}")
    assert "s3cret" in with_json.read_text()


def test_the_input_is_shown_only_if_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path, with_env(BASE, "s3cret"))
    for report in ("table", "json", "yaml", "csv", "wide", "markdown"):
        out, err = run(capsys, "hash", "-f", str(file), "--kubelet", "1.12.10,1.30.14", "-o", report)
        assert "s3cret" not in out + err


def test_several_formats_of_one_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    csv_file, yaml_file = tmp_path / "m.csv", tmp_path / "m.yaml"
    out, _ = run(capsys, "matrix", "--minors", "1.30,1.31", "-o", "markdown", "-o", f"csv={csv_file}", "-o", f"yaml={yaml_file}")
    assert out.startswith("# Containers restarted by a kubelet upgrade\n")
    assert csv_file.read_text().startswith("from,to,verdict,restart,safe,unknown,reasons,static_pods,complete,sandboxes\n1.30,1.31,all,")
    assert yaml.safe_load(yaml_file.read_text())["minors"] == ["1.30", "1.31"]
