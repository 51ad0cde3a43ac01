"""Configuration files: which one is read, what wins, what is refused, and what ``config`` shows of it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import upgradecheck.commands.plan as pipeline
from tests.builders_plan import nothing_restarts, plan, pod, restarting
from upgradecheck.cli import main
from upgradecheck.cli.config_schema import config_schema
from upgradecheck.cli.configured import every_verb, settable
from upgradecheck.commands.plan import PlanRequest
from upgradecheck.contract import v1
from upgradecheck.planning.asking.exit_codes import GateLimits, judged_by

SCHEMA = jsonschema.Draft202012Validator(config_schema())


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing is set, and the user's own file would stand in this directory, which is not the working one."""
    for name in [name for name in os.environ if name.startswith("UPGRADECHECK_")]:
        monkeypatch.delenv(name)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "upgradecheck"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[PlanRequest]:
    requests: list[PlanRequest] = []

    def make_plan(request: PlanRequest) -> Any:
        requests.append(request)
        return nothing_restarts()

    monkeypatch.setattr(pipeline, "make_plan", make_plan)
    return requests


def written(folder: Path, **says: Any) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.yaml").write_text(json.dumps(says))
    return str(folder / "config.yaml")


def test_flag_environment_file_default(asked: list[PlanRequest], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = written(
        tmp_path, options={"to": "1.31", "node": "a"}, commands={"plan": {"max-restarts": "1", "node": ["b", "c"], "override": True}}
    )
    given = ["plan", "-f", "x", "--config", file]
    assert main(given) == 0
    monkeypatch.setenv("UPGRADECHECK_MAX_RESTARTS", "2")
    assert main(given) == 0
    assert main([*given, "--max-restarts", "3", "--node", "d"]) == 0
    assert [(one.to_version, one.max_restarts, one.nodes, one.override, one.min_coverage) for one in asked] == [
        ("1.31", "1", ("b", "c"), True, None),
        ("1.31", "2", ("b", "c"), True, None),
        ("1.31", "3", ("d",), True, None),
    ]


def test_the_user_s_own_file_the_one_that_is_named_and_none(
    asked: list[PlanRequest], home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(home, options={"to": "1.29"})
    named = written(tmp_path, options={"to": "1.30"})
    for place in (tmp_path / "work", tmp_path / "work" / "upgradecheck"):
        written(place, options={"to": "1.8"})
    assert main(["plan", "-f", "x"]) == 0
    monkeypatch.setenv("UPGRADECHECK_CONFIG", named)
    assert main(["plan", "-f", "x"]) == 0
    assert main(["plan", "-f", "x", "--config", "none"]) == 0
    assert [one.to_version for one in asked] == ["1.29", "1.30", None]


def test_files_are_beside_the_file_that_names_them(asked: list[PlanRequest], tmp_path: Path) -> None:
    file = written(tmp_path, commands={"plan": {"filename": ["dump", "/abs", "-"], "static-pods": "https://x/y", "ignore-file": "i.yaml"}})
    assert main(["plan", "--config", file, "--to", "1.31"]) == 0
    assert asked[0].files == (str(tmp_path / "dump"), "/abs", "-")
    assert (asked[0].static_pods, asked[0].ignore_file) == ("https://x/y", str(tmp_path / "i.yaml"))


def test_what_of_a_gate_a_file_sets_is_told(asked: list[PlanRequest], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path, options={"exit-zero": True, "max-restarts": 3, "color": "never"})
    assert main(["plan", "-f", "x", "--to", "1.31", "--config", file, "--max-restarts", "0"]) == 0
    assert capsys.readouterr().err == f"upgradecheck: configuration file {file}: sets --exit-zero.\n"


@pytest.mark.parametrize(
    ("given", "code"),
    [([], 0), (["--no-exit-zero"], 2), (["--exit-zero"], 0)],
    ids=["the file's", "taken back", "typed, too"],
)
@pytest.mark.parametrize("where", ["file", "environment"])
def test_a_flag_is_taken_back(
    where: str, given: list[str], code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What opened the gate is told by name where nobody has typed it, also with -q; what was taken back has opened none."""
    restarts = plan(pod("web", restarting()))
    monkeypatch.setattr(pipeline, "make_plan", lambda request: judged_by(restarts, GateLimits(exit_zero=request.exit_zero)))
    file = written(tmp_path, options={"exit-zero": True, "quiet": True} if where == "file" else {"quiet": True})
    if where == "environment":
        monkeypatch.setenv("UPGRADECHECK_EXIT_ZERO", "1")
    assert main(["plan", "--example", "-o", "name", "--config", file, *given]) == code
    told = {"file": f"configuration file {file}: sets --exit-zero.", "environment": "environment: sets UPGRADECHECK_EXIT_ZERO."}[where]
    assert (told in capsys.readouterr().err) is not bool(given)


def test_every_flag_that_a_file_can_set_has_a_negation(capsys: pytest.CaptureFixture[str]) -> None:
    for command, told in every_verb().items():
        flags = [field for field in settable(told).values() if field.kind is bool]
        assert {field.long for field in flags if field.negation is None} <= {"--no-progress"}
        negations = [field.negation for field in flags if field.negation is not None]
        assert main([*command.split(), *negations, "--no-such-option"]) == 64
        assert "No such option: --no-such-option" in capsys.readouterr().err


LOOKS = "--all --color --config --debug --no-progress --output --progress --quiet --request-timeout --timeout --verbose"
DECIDES = {
    "plan": "--all-namespaces --allow-exec --allow-provisional --api-from --api-to --checkpoint --context --cri --disallow-ignores --docker --dump --example "
    "--exclude-namespace --exit-zero --fail-on --feature-gate --filename --fleet --fleet-namespace --from --ignore-file --kubeconfig --kubelet-dir --max-bundle-age --max-per-wave "
    "--max-restarts --min-calibration --min-coverage --namespace --node --node-selector --override --override-in-force --owner-label "
    "--recursive --selector --static-pods --to --to-config --to-runtime --wave-by",
    "show": "--disallow-ignores --exit-zero --fail-on --max-per-wave --max-restarts --min-calibration --min-coverage --wave-by",
}


@pytest.mark.parametrize("command", DECIDES)
def test_each_option_stands_on_one_side(command: str) -> None:
    """A new one is to be put into one of the lists: who forgets to declare it aside has it told, never passed over."""
    fields = [field for field in every_verb()[command].fields if not field.is_argument]
    assert sorted(field.long for field in fields if not field.told.aside) == DECIDES[command].split()
    assert {field.long for field in fields if field.told.aside} <= set(LOOKS.split())
    aside = {field.long for told in every_verb().values() for field in told.fields if field.told.aside}
    assert aside == {*LOOKS.split(), "--checkpoint"}, "which is the place of checkpoint commands, and elsewhere evidence"


@pytest.mark.parametrize("given", [[], ["-q"], ["-o", "name"]], ids=" ".join)
def test_a_file_cannot_silence_what_it_decides(
    given: list[str], asked: list[PlanRequest], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    says = {"exit-zero": True, "fail-on": "none", "override": True, "exclude-namespace": ["a"], "selector": "a=b", "filename": "x"}
    file = written(tmp_path, options={"quiet": True, "color": "never", "timeout": "1m"}, commands={"plan": says})
    assert main(["plan", "--to", "1.31", "--config", file, *given]) == 0
    told = "--filename, --override, --exclude-namespace, --selector, --fail-on, --exit-zero"
    assert capsys.readouterr().err == f"upgradecheck: configuration file {file}: sets {told}.\n"


@pytest.mark.parametrize("given", [[], ["-q"], ["-o", "name"]], ids=" ".join)
def test_nor_can_the_environment(
    given: list[str], asked: list[PlanRequest], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {"EXIT_ZERO": "1", "FAIL_ON": "none", "NODE": "a", "OVERRIDE": "0", "COLOR": "never", "TIMEOUT": "1m"}.items():
        monkeypatch.setenv(f"UPGRADECHECK_{name}", value)
    assert main(["plan", "-f", "x", "--to", "1.31", *given]) == 0
    assert capsys.readouterr().err == "upgradecheck: environment: sets UPGRADECHECK_NODE, UPGRADECHECK_FAIL_ON, UPGRADECHECK_EXIT_ZERO.\n"


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_as_editors_save_it(codec: str, asked: list[PlanRequest], tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_bytes("options:\n  to: '1.31'\n".encode(codec))
    assert main(["plan", "-f", "x", "--config", str(tmp_path / "c.yaml")]) == 0
    assert asked[0].to_version == "1.31"


def test_a_cluster_that_only_a_file_names_is_passed_over_beside_files(
    asked: list[PlanRequest], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path, options={"context": "prod"})
    assert main(["plan", "-f", "x", "--to", "1.31", "--config", file]) == 0
    assert f"{file}, options.context: is not used, since with -f no cluster is read." in capsys.readouterr().err


def test_an_option_that_must_be_given_may_stand_in_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["override", "patch"]) == 64
    assert "Missing option '--kubelet'." in capsys.readouterr().err
    file = written(tmp_path, commands={"override patch": {"kubelet": "9.9.9"}})
    assert main(["override", "patch", "--config", file]) == 64
    assert "Missing" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("option: {}", "option: is not known here, wanted options or commands. Did you mean options?", id="a part mistyped"),
        pytest.param("options: {max-restart: 3}", "options.max-restart: no option is called so. Did you mean max-restarts?", id="an option mistyped"),
        pytest.param("commands: {pla: {}}", "commands.pla: no command is called so. Did you mean plan?", id="a command mistyped"),
        pytest.param("commands: {plan: {kubelet: '1.30'}}", "commands.plan.kubelet: no option is called so.", id="an option of another command"),
        pytest.param("commands: {hash: {kubelt: '1.30'}}", "commands.hash.kubelt: no option is called so. Did you mean kubelet?", id="in another command's part"),
        pytest.param("options: {confirm: x}", "options.confirm: stands in no file: it must be typed.", id="what must be typed"),
        pytest.param("options: {config: x}", "options.config: stands in no file", id="the file itself"),
        pytest.param("options: {to: 1.30}", "options.to: is a number to YAML, which reads 1.30 as 1.3: put it in quotes.", id="a version without quotes"),
        pytest.param("options: {exit-zero: 'yes'}", "options.exit-zero: expected true or false.", id="a text for a flag"),
        pytest.param("options: {color: blue}", "options.color: expected one of auto, always, never.", id="a word that is none"),
        pytest.param("options: {color: {a: b}}", "options.color: expected one of", id="no word at all"),
        pytest.param("options: {verbose: true}", "options.verbose: expected a whole number.", id="a flag for a number"),
        pytest.param("options: {context: [a]}", "options.context: expected a text, found a list.", id="a list for one"),
        pytest.param("options: {context: }", "options.context: has no value: leave it out, or give it one.", id="nothing"),
        pytest.param("options: {context: '  '}", "options.context: has no value", id="a blank"),
        pytest.param("options: {context: yes}", "options.context: expected a text, found true: put it in quotes if it is one.", id="a truth"),
        pytest.param("options: {fail-on: []}", "options.fail-on: is an empty list, which sets nothing", id="an empty list"),
        pytest.param("options: {fail-on: [restart, '']}", "options.fail-on: has an empty element: leave it out.", id="an empty element"),
        pytest.param("options: {fail-on: [{a: b}]}", "options.fail-on: expected texts, found a map.", id="a map in a list"),
        pytest.param("options: [a]", "options: expected an object", id="a list"),
        pytest.param("options: {to: '1.31', to: '1.30'}", "YAML, line 1: has a key of its map a second time", id="an option twice"),
        pytest.param("options: {}\n---\noptions: {to: '1.30'}", "has a second document, at line 3", id="two documents"),
        pytest.param("options: {", "YAML, line 1", id="no YAML"),
        pytest.param("commands: {plan: {max-restarts: x}}", "commands.plan.max-restarts: --max-restarts 'x': a number of containers", id="no value of it"),
    ],
)  # fmt: skip
def test_what_is_refused(text: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "c.yaml").write_text(text)
    assert main(["plan", "--example", "--config", str(tmp_path / "c.yaml")]) == 64
    found = capsys.readouterr()
    assert found.out == ""
    assert f"configuration file {tmp_path / 'c.yaml'}" in found.err
    assert told in found.err


def test_a_file_that_is_not_there_makes_no_report(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "--example", "--config", "nowhere.yaml"]) == 1
    assert "configuration file nowhere.yaml: cannot be read" in capsys.readouterr().err


def test_an_empty_file_says_nothing(asked: list[PlanRequest], home: Path) -> None:
    home.mkdir(parents=True)
    (home / "config.yaml").write_text("options:\ncommands:\n  plan:\n")
    assert main(["plan", "-f", "x", "--to", "1.31"]) == 0
    assert asked == [PlanRequest(files=("x",), to_version="1.31")]


def document(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert main(["config", *arguments, "-o", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator(v1.schema("config")).validate(found)
    return found


def test_what_is_in_force_and_from_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path, options={"node": "a"}, commands={"plan": {"fail-on": ["restart"], "max-restarts": "5%"}})
    monkeypatch.setenv("UPGRADECHECK_MAX_RESTARTS", "3")
    monkeypatch.setenv("UPGRADECHECK_CONFIG", file)
    found = document(capsys, "plan")
    assert found["file"] == file
    assert [one["option"] for one in found["options"]] == [field.long for field in every_verb()["plan"].fields]
    told = {one["option"]: (one["value"], one["from"], one.get("place")) for one in found["options"]}
    assert told["--max-restarts"] == ("3", "environment", "UPGRADECHECK_MAX_RESTARTS")
    assert told["--fail-on"] == (["restart"], "file", "commands.plan.fail-on")
    assert told["--node"] == (["a"], "file", "options.node")
    assert told["--timeout"] == ("10m", "default", None)
    every = document(capsys)["options"]
    assert {one["from"] for one in every} == {"file", "environment"}
    assert {one["command"] for one in every if one["option"] == "--max-restarts"} == {"plan", "show"}
    assert main(["config"]) == 0
    assert "environment: UPGRADECHECK_MAX_RESTARTS" in capsys.readouterr().out


def test_config_of_no_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "overide", "apply"]) == 64
    assert "no command is called so. Did you mean override apply?" in capsys.readouterr().err


def test_the_schema_has_every_option_of_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "--schema"]) == 0
    schema = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator.check_schema(schema)
    commands = schema["properties"]["commands"]["properties"]
    assert {name: set(one["properties"]) for name, one in commands.items()} == {
        name: set(settable(one)) for name, one in every_verb().items()
    }


@pytest.mark.parametrize(
    ("says", "valid"),
    [
        ({"options": {"color": "never", "to": "1.31", "node": "a", "timeout": 30, "verbose": 1}, "commands": {"plan": None}}, True),
        ({"options": {"to": 1.31}}, False),
        ({"options": {"confirm": "x"}}, False),
        ({"commands": {"plan": {"max-restart": 1}}}, False),
        ({"options": {"exit-zero": "yes"}}, False),
        ({"options": {"fail-on": []}}, False),
        ({"options": {"context": " "}}, False),
    ],
)
def test_the_schema_takes_what_is_read(says: Any, valid: bool, tmp_path: Path) -> None:
    assert SCHEMA.is_valid(says) is valid
    assert (main(["config", "-q", "--config", written(tmp_path, **says)]) == 0) is valid


def test_every_option_names_its_variable_in_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    for command, told in every_verb().items():
        assert main([*command.split(), "--help"]) == 0
        text = " ".join(capsys.readouterr().out.split())
        for field in told.fields:
            assert field.variable is None or f"[${field.variable}]" in text
