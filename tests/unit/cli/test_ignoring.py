"""``--ignore-file`` end to end, on the example: the gate, the audit in every format, a saved plan, and files that cannot be used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from upgradecheck.cli import main
from upgradecheck.contract import v1
from upgradecheck.renderers import formats_of

FILE = """
ignore:
  - {name: default/*, reason: they may, owner: us, verdicts: [restart, recreate, reject, unknown]}
  - {name: kube-system/*, reason: was so, expires: 2020-01-01}
  - {rule: UC030, reason: windows}
  - {node: gpu-*, reason: tests}
"""


@pytest.fixture
def file(tmp_path: Path) -> str:
    (tmp_path / "ignore.yaml").write_text(FILE)
    return str(tmp_path / "ignore.yaml")


def document(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any]:
    code = main([*arguments, "-o", "json", "-q"])
    return code, json.loads(capsys.readouterr().out)


def test_a_plan_with_an_ignore_file_saved_shown_and_lifted(file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bare = document(capsys, "plan", "--example")
    code, made = document(capsys, "plan", "--example", "--ignore-file", file)
    jsonschema.Draft202012Validator(v1.schema("plan")).validate(made)
    assert [one["state"] for one in made["ignores"]["entries"]] == ["matched", "expired", "matched", "unused"]
    assert (code, made["complete"], made["coverage"], made["calibration"]) == (2, True, bare[1]["coverage"], bare[1]["calibration"])
    left = [
        (pod["namespace"], one["name"])
        for pod in made["pods"]
        for one in pod["containers"]
        if one["verdict"] in ("restart", "reject", "recreate")
    ]
    assert left == [("kube-system", "kube-apiserver")]
    unknown = {one["reason"] for pod in made["pods"] for one in pod["containers"] if one["verdict"] == "unknown"}
    assert unknown == {"spec_seen_by_old_kubelet_only"}
    (tmp_path / "plan.json").write_text(json.dumps(made))
    assert document(capsys, "show", str(tmp_path / "plan.json")) == (code, made)
    strict = document(capsys, "show", str(tmp_path / "plan.json"), "--disallow-ignores")
    assert strict == document(capsys, "plan", "--example", "--ignore-file", file, "--disallow-ignores")
    assert {**strict[1], "ignores": None, "document_hash": None} == {**bare[1], "ignores": None, "document_hash": None}


def test_every_format_tells_of_it(file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = [name for name in formats_of("plan") if name not in ("gitlab", "github", "name")]
    main(["plan", "--example", "--ignore-file", file, *(word for name in names for word in ("-o", f"{name}={tmp_path / name}"))])
    assert [name for name in names if "suppress" not in (tmp_path / name).read_text().lower()] == []
    assert "ignore entry 2 has expired on 2020-01-01, and ignores nothing" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("ignore: [{nmae: x, reason: y}]", "ignore[0].nmae: is no key of an entry", id="a key mistyped"),
        pytest.param("ignore: [", "YAML, line 1", id="no YAML"),
        pytest.param(None, "cannot be read", id="no file"),
    ],
)
def test_a_file_that_cannot_be_used_makes_no_report(
    text: str | None, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if text is not None:
        (tmp_path / "ignore.yaml").write_text(text)
    assert main(["plan", "--example", "--ignore-file", str(tmp_path / "ignore.yaml")]) == 1
    found = capsys.readouterr()
    assert (found.out, told in found.err) == ("", True)
