"""README and docs against the program: every command runs, options, formats and exit codes are those of the program, the picture is what it prints."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance import picture
from tests.acceptance.documentation import PAGES, README, ROOT, Told, commands, filled_in, mentioned, options
from tests.builders import UID, as_kubectl, pod
from tests.bundles import example_bundle, written
from tests.cluster.large import EXAMPLE
from tests.cluster.stub import Stub, kubeconfig, serving
from upgradecheck.cli import main, menu
from upgradecheck.cli.program import program
from upgradecheck.cli.verb import verb
from upgradecheck.model.errors import EXIT_NO_REPORT, EXIT_USAGE
from upgradecheck.model.exit_codes import EXIT_HAZARDS, EXIT_OK, EXIT_RESTARTS, EXIT_UNDETERMINED
from upgradecheck.renderers import formats

COMMANDS = tuple(commands())
RUN = list({told.words: told for told in COMMANDS if not told.changes_the_machine}.values())
"""Each once, however many pages tell of it."""
FILLED = list({told.words: told for told in filled_in() if told.words not in {each.words for each in RUN}}.values())
READ = [told for told in COMMANDS if told.changes_the_machine]
LONGEST = 120
CHINESE = ROOT / "docs" / "README.zh-CN.md"
DUMPS = ("api-pods.json", "crictl-ps.json", "crictl-pods.json", "nodes.json")


def identified(told: Told) -> str:
    return f"{told.page}: {' '.join(told.words)}"


def _thinned(dump: Path) -> None:
    """A tenth of the example's pods, and what the runtime lists of them: what a command is does not hang on how many it tells of."""
    pods = json.loads((dump / "api-pods.json").read_text())
    pods["items"] = pods["items"][::10]
    kept = {pod["metadata"]["uid"] for pod in pods["items"]}
    (dump / "api-pods.json").write_text(json.dumps(pods))
    for name, member in (("crictl-ps.json", "containers"), ("crictl-pods.json", "items")):
        listed = [one for one in json.loads((dump / name).read_text())[member] if one["labels"]["io.kubernetes.pod.uid"] in kept]
        (dump / name).write_text(json.dumps({member: listed}))


def _with_a_newer_one(pods: str) -> str:
    """Dumps that show nothing that is newer than the plan decide nothing."""
    listed = json.loads(pods)
    made = next(one for one in listed["items"] if any("running" in each["state"] for each in one["status"].get("containerStatuses", ())))
    newer = json.loads(json.dumps(made).replace(made["metadata"]["uid"], "uid-of-a-newer-one"))
    newer["metadata"]["name"] += "-newer"
    for one in newer["status"]["containerStatuses"]:
        one["state"] = {"running": {"startedAt": "2038-01-01T00:00:00Z"}}
    items = [{"apiVersion": "v1", "kind": "Pod", **one} for one in (*listed["items"], newer)]
    return as_kubectl({"apiVersion": "v1", "items": items})


@pytest.fixture(scope="module", name="stub")
def _stub() -> Iterator[Stub]:
    with serving() as stub:
        stub.pods = stub.pods[::10]
        yield stub


@pytest.fixture(scope="module", name="desk")
def _desk(tmp_path_factory: pytest.TempPathFactory, stub: Stub) -> Path:
    """A directory with the files that the pages speak of, and a way to a cluster."""
    desk = tmp_path_factory.mktemp("desk")
    shutil.copytree(EXAMPLE, desk / "dump", ignore=shutil.ignore_patterns("*.py", "*.md", "__pycache__"))
    _thinned(desk / "dump")
    web = pod("web-0", UID.replace("1", "a"))
    web["spec"]["nodeName"] = "node-1"
    (desk / "dump" / "web.json").write_text(json.dumps(web))
    alone = json.dumps(
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {"containers": [{"name": "a", "image": "i"}]}}
    )
    (desk / "manifests").mkdir()
    for name in ("manifests/pod.json", "pod.json", "pods.json", "rendered.yaml", "built.yaml"):
        (desk / name).write_text(alone)
    shutil.copy(EXAMPLE / "nodes.json", desk / "nodes.json")
    shutil.copy(desk / "dump" / "api-pods.json", desk / "cluster.json")
    written(example_bundle(), desk / "worker-1.bundle.json.gz")
    (desk / "NODE-kubelet.txt").write_text("cpu_manager_state\npods\n")
    (desk / "ignore.yaml").write_text("ignore:\n  - {name: batch/*, reason: jobs start again}\n")
    dumps = [f"--filename={desk / 'dump' / name}" for name in DUMPS]
    main(["plan", "--to", "1.30.14", "-q", *dumps, "-o", f"json={desk / 'plan.json'}"])
    (desk / "after").mkdir()
    (desk / "after" / "nodes.json").write_text((EXAMPLE / "nodes.json").read_text().replace("v1.22.17", "v1.30.14"))
    (desk / "after" / "pods.json").write_text(_with_a_newer_one((desk / "dump" / "api-pods.json").read_text()))
    words = ["verify", str(desk / "plan.json"), "-f", str(desk / "after"), "-q"]
    main([*words, "-o", f"json={desk / 'wave-1.json'}", "--append", str(desk / "accuracy.jsonl")])
    config = json.loads(Path(kubeconfig(desk / "config", {"server": stub.address})).read_text())
    config["contexts"].append({"name": "prod", "context": config["contexts"][0]["context"]})
    (desk / "config").write_text(json.dumps(config))
    return desk


@pytest.fixture(autouse=True)
def _at_the_desk(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", str(desk / "config"))
    monkeypatch.chdir(desk)


@pytest.mark.parametrize("told", [*RUN, *FILLED], ids=identified)
def test_a_command_runs(told: Told, capsys: pytest.CaptureFixture[str]) -> None:
    """Not with a usage error; without a report only where it needs a node's runtime, or what a page made up."""
    code = main(told.words)
    err = capsys.readouterr().err
    assert "internal error" not in err
    of_a_node = {"--cri", "--docker", "--checkpoint"} & set(told.words)
    assert code in ({0, 1, 2, 3} if of_a_node or told.words[0] == "doctor" else {0, 2, 3}), err


@pytest.mark.parametrize("told", READ, ids=identified)
def test_a_command_that_changes_the_machine_is_one(told: Told) -> None:
    found, words = program(), list(told.words)
    if words[0].startswith("-"):
        assert words == ["--install-completion"]
        return
    with found.make_context("upgradecheck", [words[0]], resilient_parsing=True) as context:
        while hasattr(found, "get_command"):
            name = words.pop(0)
            found = found.get_command(context, name)
            assert found is not None, name
    found.make_context(told.words[0], words)


_OF_OTHERS = {
    "kubectl": "--ignore-daemonsets --delete-emptydir-data --field-selector",
    "crictl": "-a",
    "the kubelet": "--container-runtime-endpoint --container-runtime --cloud-provider --node-labels --dynamic-config-dir --seccomp-default"
    " --fail-swap-on --register-with-taints --log-flush-frequency --image-credential-provider-config --config-dir",
    "tests.bench": "--slow",
    "python": "-X",
    "k0s worker": "--kubelet-extra-args",
    "any flag": "--no-",
}
"""Options of other programs that pages speak of."""


def test_what_a_sentence_tells_to_type_is_a_command_and_has_these_options() -> None:
    """In every page, help, message and remedy; whatever stands for something else there is left open."""
    assert [(told.page, found) for told in mentioned() if (found := unknown_in(told.words))] == []


def unknown_in(words: tuple[str, ...]) -> list[str]:
    """What of a command's words the program does not know."""
    path = menu.path_in(words)
    rest = words[len(path) :]
    if menu.is_menu(path):
        names = {"--help", "-h", "--version", "--install-completion", "--show-completion"} if not path else {"--help", "-h"}
        return [word for word in rest[:1] if word not in names and word.upper() != word]
    return [word for word in rest if word.startswith("-") and word != "-" and word.partition("=")[0] not in names_of(path)]


def names_of(path: tuple[str, ...]) -> set[str]:
    fields = list(verb(path).fields)
    return {"-h", "--help", *(name for field in fields for name in (*field.told.names, field.negation or "--help"))}


def test_every_option_that_a_page_names_is_one() -> None:
    every = set().union(*map(names_of, menu.every_command())) | {"--version", "--install-completion", "--show-completion"}
    others = set(" ".join(_OF_OTHERS.values()).split())
    assert [(page, option) for page, option in options() if option not in every | others] == []


def test_the_pipeline_of_the_readme_fails_for_the_reason_that_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    (told,) = [one for one in COMMANDS if one.page == "README.md" and "github" in one.words]
    assert main(told.words) == EXIT_RESTARTS
    out, err = capsys.readouterr()
    assert "Not met: restart 1, allowed 5%." in err
    assert out.startswith(("::error", "::warning"))
    assert Path("report.xml").read_text().count("<failure") == 2  # the container, and the condition


def test_the_readme_is_short_and_every_page_is_linked_from_it() -> None:
    text = README.read_text()
    assert len(text.splitlines()) <= LONGEST
    linked = set(re.findall(r"\]\(([^)#:]+)\)", text))
    assert {path for path in linked if not (ROOT / path).exists()} == set()
    assert {f"docs/{page.name}" for page in PAGES if page != README} <= linked


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    linked = re.findall(r"\]\(([^)#:]+)\)", page.read_text())
    assert [path for path in linked if not (page.parent / path).exists()] == []


def test_the_picture_is_what_the_program_prints_of_the_example() -> None:
    picture.matches()


def test_the_plans_options_and_formats_are_the_programs(capsys: pytest.CaptureFixture[str]) -> None:
    page = (ROOT / "docs" / "commands.md").read_text()
    main(["plan", "--help"])
    told = capsys.readouterr().out
    named = set(re.findall(r"`(--?[a-z-]+)`", page.partition("`plan` also takes")[2].partition("every option")[0]))
    assert len(named) >= 9
    assert {option for option in named if option not in told} == set()
    sentence = page.partition("formats are")[2].partition("and `upgradecheck schema`")[0]
    assert set(re.findall(r"`([a-z]+)`", sentence)) == set(formats())


def test_exit_codes_are_those_of_the_program() -> None:
    told = re.findall(r"^\| ([0-9, ]+) \|", README.read_text().partition("### Exit codes")[2], re.MULTILINE)
    codes = (EXIT_OK, EXIT_NO_REPORT, EXIT_RESTARTS, EXIT_UNDETERMINED, EXIT_HAZARDS, EXIT_USAGE, 130, 143)
    assert [int(code) for row in told for code in row.split(",")] == list(codes)


def test_there_are_two_commands_for_a_fresh_machine_and_one_is_what_ci_runs() -> None:
    found = re.findall(r"^    (python3 -m venv .*)$", README.read_text(), re.MULTILINE)
    assert [command.rpartition("&&")[2].strip() for command in found] == [
        ".venv/bin/upgradecheck plan --example",
        ".venv/bin/python -m pytest -q",
    ]
    assert "README.md" in (ROOT / ".ci" / "run").read_text()


def _told(page: Path) -> dict[str, list[object]]:
    """What a page tells in any language: commands, steps of a pipeline, the pages that it leads to, parts of a report, exit codes."""
    text = page.read_text()
    leads = {Path(page.parent, one).resolve() for one in re.findall(r"\]\(([^)#]+)", text)} - {README, CHINESE}
    return {
        "commands": re.findall(r"^ {4}(\S.*?)(?:\s+#.*)?$", text, re.MULTILINE),
        "steps": re.findall(r"^```yaml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL),
        "pages": sorted(leads),
        "parts": re.findall(r"^\| (`[A-Z][^|]*) \|", text, re.MULTILINE),
        "codes": re.findall(r"^\| ([0-9, ]+) \|", text, re.MULTILINE),
    }


def test_the_readme_in_chinese_tells_what_the_english_one_does() -> None:
    english = _told(README)
    assert all(english.values())
    assert _told(CHINESE) == english
