"""What stands under deploy/ for people to get the program by: the action, the template and the hook run by their own commands, the pages and
completion that the wheel brings are those of this program.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.patience import PATIENCE
from upgradecheck import __version__
from upgradecheck.cli import menu
from upgradecheck.cli.manual import pages
from upgradecheck.cli.verb import verb

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: app, image: "registry.example/web:1"}]}
"""


@pytest.fixture(name="desk")
def _desk(tmp_path: Path) -> Path:
    """A directory with manifests, and a program that is called as if it were installed."""
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests" / "web.yaml").write_text(DEPLOYMENT)
    folder = tmp_path / "work" / "venv" / "bin"
    folder.mkdir(parents=True)
    program = folder / "upgradecheck"
    program.write_text(f"#!/bin/sh\nPYTHONPATH={shlex.quote(str(ROOT))} exec {sys.executable} -c 'import sys; "
                       "from upgradecheck.cli import process; sys.exit(process())' \"$@\"\n")  # fmt: skip
    program.chmod(0o755)
    return tmp_path


def run(words: list[str] | str, desk: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    path = f"{desk}/work/venv/bin:{os.environ['PATH']}"
    clean = {"PATH": path, "HOME": str(desk), **environment}
    return subprocess.run(
        words, cwd=desk, env=clean, capture_output=True, text=True, timeout=PATIENCE, check=False, shell=isinstance(words, str)
    )


def of_yaml(path: str) -> Any:
    return list(yaml.safe_load_all((DEPLOY / path).read_text()))[-1]


class TestAction:
    @pytest.mark.parametrize(
        ("given", "code"),
        [
            pytest.param({"ARGUMENTS": ""}, 2, id="restarts"),
            pytest.param({"ARGUMENTS": "--max-restarts=3\n"}, 0, id="tolerated", marks=pytest.mark.long),
            pytest.param({"ARGUMENTS": "-n\nother; touch hacked\n$(touch hacked)"}, 64, id="nothing is read as shell"),
            pytest.param({"FILES": "nowhere\n$(touch hacked)"}, 1, id="no such file", marks=pytest.mark.long),
        ],
    )
    def test_its_step_plans(self, given: dict[str, str], code: int, desk: Path) -> None:
        words = {"SOURCE": str(ROOT), "WORK": str(desk / "work"), "TO": "1.31", "FROM": "1.30", "FILES": "manifests", "ARGUMENTS": ""}
        done = run(["bash", str(DEPLOY / "github" / "plan")], desk, GITHUB_STEP_SUMMARY="summary", GITHUB_OUTPUT="out", **(words | given))
        assert done.returncode == code, done.stderr
        told = dict(line.split("=", 1) for line in (desk / "out").read_text().splitlines())
        assert told["exit-code"] == str(code)
        assert not (desk / "hacked").exists()
        if code in (0, 2):
            assert json.loads(Path(told["plan"]).read_text())["exit_code"] == code
            assert json.loads(Path(told["sarif"]).read_text())["version"] == "2.1.0"
            assert (desk / "summary").read_text().startswith("# Kubelet `1.30.14` → `1.31")
            assert done.stdout.startswith("::")
        else:
            assert set(told) == {"exit-code"}

    def test_every_input_reaches_a_step_and_every_output_comes_of_one(self) -> None:
        action = of_yaml("github/action.yml")
        text = json.dumps(action["runs"])
        assert {name for name in action["inputs"] if f"inputs.{name}" not in text} == set()
        (plan,) = [step for step in action["runs"]["steps"] if step.get("id") == "plan"]
        assert not re.search(r"\$\{\{", plan["run"])  # what an input holds is never part of a script
        assert set(plan["env"]) == set(re.findall(r"\b(SOURCE|WORK|TO|FROM|FILES|ARGUMENTS)\b", (DEPLOY / "github/plan").read_text()))
        assert {f"${{{{ steps.plan.outputs.{name} }}}}" for name in action["outputs"]} == {
            one["value"] for one in action["outputs"].values()
        }


@pytest.mark.parametrize(
    ("start", "arguments", "code"),
    [
        ("1.30", "", 2),
        pytest.param("1.30", "--max-restarts 100%", 0, marks=pytest.mark.long),
        pytest.param("", "--api-to 1.31", 3, marks=pytest.mark.long),
    ],
)
def test_the_template_of_gitlab_runs(start: str, arguments: str, code: int, desk: Path) -> None:
    spec = next(iter(yaml.safe_load_all((DEPLOY / "gitlab/upgradecheck.yml").read_text())))["spec"]["inputs"]
    given = {"to": "1.31", "from": start, "arguments": arguments}
    values = {name: given.get(name, told.get("default")) for name, told in spec.items()}
    text = re.sub(r"\$\[\[ inputs\.([a-z]+) ]]", lambda found: str(values[found[1]]), json.dumps(of_yaml("gitlab/upgradecheck.yml")))
    job = json.loads(text)["upgradecheck"]
    variables = {name: value.replace("$CI_PROJECT_DIR", str(desk)) for name, value in job["variables"].items()}
    install, *steps = job["script"]
    assert install == 'pip install -q "upgradecheck"'
    done = run("set -e\n" + "\n".join(steps), desk, **variables)
    assert done.returncode == code, done.stderr
    for file in (*job["artifacts"]["paths"], *job["artifacts"]["reports"].values()):
        assert (desk / file).stat().st_size > 0, file


def test_the_hook_runs_on_a_commit_of_manifests(desk: Path) -> None:
    (hook,) = of_yaml("pre-commit/hooks.yaml")["repos"][0]["hooks"]
    assert re.search(hook["files"], "manifests/a/web.yml")
    assert not re.search(hook["files"], "README.md")
    done = run([*shlex.split(hook["entry"]), *hook["args"]], desk)
    assert (done.returncode, done.stdout.partition(" ")[0]) == (2, "RESTARTS")


def test_the_manifest_of_krew_has_what_it_wants() -> None:
    plugin = of_yaml("krew/upgradecheck.yaml")
    (platform,) = plugin["spec"]["platforms"]
    assert plugin["metadata"]["name"] == "upgradecheck"
    assert platform["bin"] in {file["from"] for file in platform["files"]}
    assert len(plugin["spec"]["shortDescription"]) <= 50
    text = (DEPLOY / "krew/upgradecheck.yaml").read_text()
    assert {"VERSION", "RELEASE", "SHA256"} <= set(re.findall(r"\b(?:VERSION|RELEASE|SHA256)\b", text))


@pytest.mark.parametrize("minors", ["here", "3.1 here", "here 3.99", "3.1 3.99"])
def test_the_single_file_runs_on_each_python_that_it_is_for(minors: str, tmp_path: Path) -> None:
    """What is run first in it, as the build writes it."""
    here = "{}.{}".format(*sys.version_info)
    words = minors.replace("here", here)
    (line,) = re.findall(r'^sed (.*preamble\.py") >', (DEPLOY / "single-file/build").read_text(), re.MULTILINE)
    made = run(["bash", "-c", f"here={shlex.quote(str(DEPLOY / 'single-file'))}; minors=({words}); sed {line}"], tmp_path).stdout
    done = subprocess.run([sys.executable, "-"], input=made, capture_output=True, text=True, timeout=PATIENCE, check=False)
    if here in words.split():
        assert (done.returncode, done.stderr) == (0, "")
    else:
        assert done.returncode == 1
        assert f"this file is for Python 3.1, 3.99, and {sys.executable} is {here}. Run it with one of them (python3.1 FILE)" in done.stderr


def test_a_release_says_of_whatever_it_gives_out_where_it_comes_from() -> None:
    job = yaml.safe_load((ROOT / ".ci/workflows/release.yml").read_text())["jobs"]["build"]
    assert {job["permissions"][name] for name in ("id-token", "attestations")} == {"write"}
    attested = [one["with"] for one in job["steps"] if one.get("uses", "").startswith("actions/attest-build-provenance@")]
    assert [one.get("subject-path") or one["subject-digest"] for one in attested] == ["dist/*", "${{ steps.image.outputs.digest }}"]
    (image,) = (one for one in job["steps"] if one.get("id") == "image")
    assert 'echo "digest=${digest##*@}" >> "$GITHUB_OUTPUT"' in image["run"]
    (build,) = (one for one in job["steps"] if "deploy/build/release" in one.get("run", ""))
    assert build["run"].split()[0] == "deploy/build/release"
    assert os.access(ROOT / "deploy/build/release", os.X_OK)


class TestPages:
    def test_each_command_has_one_with_all_of_its_options(self) -> None:
        made = pages()
        assert set(made) == {"upgradecheck.1"} | {f"upgradecheck-{'-'.join(words)}.1" for words in menu.every_command()}
        for words in menu.every_command():
            text = made[f"upgradecheck-{'-'.join(words)}.1"]
            for field in verb(words).fields:
                for name in field.told.names:
                    assert name.replace("-", "\\-") in text, (words, name)
        assert f"upgradecheck {__version__}" in made["upgradecheck.1"]

    @pytest.mark.skipif(shutil.which("groff") is None, reason="no groff on this machine")
    def test_groff_has_nothing_to_say(self) -> None:
        text = "".join(pages().values())
        done = subprocess.run(
            ["groff", "-man", "-ww", "-Tascii", "-z"], input=text, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")

    def test_they_need_nothing_but_python(self) -> None:
        """As where a wheel is built: no package is there."""
        code = "from upgradecheck.cli.manual import pages; print(len(pages()))"
        done = subprocess.run([sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); {code}"],
                              capture_output=True, text=True, timeout=PATIENCE, check=False)  # fmt: skip
        assert (done.returncode, done.stdout) == (0, f"{len(pages())}\n"), done.stderr


class TestShells:
    """Completion, in the shells themselves."""

    def test_bash(self, desk: Path) -> None:
        script = f'. {DEPLOY}/completion/upgradecheck.bash; COMP_WORDS=(upgradecheck plan --to 1.30.1); COMP_CWORD=3; _upgradecheck upgradecheck; echo "${{COMPREPLY[@]}}"'
        assert run(["bash", "--norc", "-c", script], desk).stdout == "1.30.1 1.30.10 1.30.11 1.30.12 1.30.13 1.30.14\n"

    @pytest.mark.long
    @pytest.mark.skipif(shutil.which("fish") is None, reason="no fish on this machine")
    def test_fish(self, desk: Path) -> None:
        script = f'source {DEPLOY}/completion/upgradecheck.fish; complete -C "upgradecheck ver"; complete -C "upgradecheck plan -f mani"'
        assert run(["fish", "--no-config", "-c", script], desk).stdout.splitlines() == [
            "verify\tA plan against what came of the upgrade.",
            "versions\tKubelet versions known; a version string explained.",
            "manifests/",
        ]

    @pytest.mark.long
    @pytest.mark.skipif(shutil.which("zsh") is None, reason="no zsh on this machine")
    def test_zsh(self, desk: Path) -> None:
        script = f"""
            zmodload zsh/zpty; zpty z zsh -f -i
            until_seen() {{ local all="" part; repeat 400 {{ zpty -r -t z part && all+=$part; [[ $all == *$1* ]] && break; sleep 0.05 }}; print -r -- $all }}
            zpty -w z "fpath=({DEPLOY}/completion \\$fpath); autoload -Uz compinit; compinit -u -D; print rea''dy"
            until_seen ready >/dev/null
            zpty -w -n z $'upgradecheck plan --to 1.30.1\\t\\t'
            until_seen 1.30.14
        """
        assert "1.30.10  1.30.11  1.30.12  1.30.13  1.30.14" in run(["zsh", "-f", "-c", script], desk).stdout


@pytest.mark.long
def test_the_wheel_brings_pages_completion_and_both_names(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "build", "-q", "--wheel", "--outdir", str(tmp_path), str(ROOT)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.iterdir()
    assert subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "v")], check=False).returncode == 0
    assert subprocess.run([str(tmp_path / "v/bin/pip"), "install", "-q", str(wheel)], check=False).returncode == 0
    for name in ("upgradecheck", "kubectl-upgradecheck"):
        assert (
            subprocess.run([str(tmp_path / "v/bin" / name), "--version"], capture_output=True, text=True, check=False).stdout
            == f"upgradecheck {__version__}\n"
        )
    share = tmp_path / "v" / "share"
    assert {page.name: page.read_text() for page in (share / "man/man1").glob("upgradecheck*")} == pages()
    for place in (
        "bash-completion/completions/upgradecheck",
        "zsh/site-functions/_upgradecheck",
        "fish/vendor_completions.d/upgradecheck.fish",
    ):
        assert (share / place).is_file(), place
