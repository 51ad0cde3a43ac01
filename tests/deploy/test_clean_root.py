"""What people get the program by, in a root that has a minimal Debian with Python and nothing of ours: ten minutes, most of them of pip.

debootstrap makes the root, buildah the image of deploy/image/Containerfile upon it, and commands are run in it. It wants root, a network, and
for krew's plugin Go, which builds krew itself.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from tests.deploy.test_getting import DEPLOY, DEPLOYMENT, ROOT
from upgradecheck import __version__

pytestmark = pytest.mark.long
WHEEL = f"upgradecheck-{__version__}-py3-none-any.whl"
_OURS = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pip.conf")
"""How this machine reaches an index, where it has these."""
Run = Callable[..., subprocess.CompletedProcess[str]]


def said(*words: str, **more: object) -> str:
    done = subprocess.run(words, capture_output=True, text=True, check=False, **more)  # type: ignore[call-overload]
    assert done.returncode == 0, f"{words}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
    return str(done.stdout)


@pytest.fixture(scope="module", name="at")
def _at(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the source, a wheel of it and manifests, to be seen in the root as /clean."""
    if os.geteuid() or not (shutil.which("debootstrap") and shutil.which("buildah")):
        pytest.skip("root, debootstrap and buildah are wanted")
    at = tmp_path_factory.mktemp("clean")
    said(
        "sh",
        "-c",
        f"git -C {shlex.quote(str(ROOT))} ls-files -z | tar -C {shlex.quote(str(ROOT))} --null -T - -c | tar -C {at} -x --one-top-level=source",
    )
    said(sys.executable, "-m", "build", "-q", "--wheel", "--outdir", str(at), str(at / "source"))
    (at / "manifests").mkdir()
    (at / "manifests/web.yaml").write_text(DEPLOYMENT)
    return at


@pytest.fixture(scope="module", name="buildah")
def _buildah(at: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """buildah with a store of its own, that has the root as the image `slim`."""
    store, root = tmp_path_factory.mktemp("store"), tmp_path_factory.mktemp("root") / "root"
    plain = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    environment = {**plain, "STORAGE_DRIVER": "vfs", "BUILDAH_ISOLATION": "chroot"}

    def buildah(*words: str) -> subprocess.CompletedProcess[str]:
        command = ["buildah", "--root", str(store / "store"), "--runroot", str(store / "run"), *words]
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, stdin=subprocess.DEVNULL)

    made = ["debootstrap", "--variant=minbase", "--include=python3,python3-venv,ca-certificates,git", "bookworm", str(root)]
    said("unshare", "--mount", "--propagation=private", *made)
    base = buildah("from", "scratch").stdout.strip()
    for words in (["add", base, str(root), "/"], ["commit", "-q", "--rm", base, "localhost/slim"]):
        done = buildah(*words)
        assert done.returncode == 0, done.stderr
    shutil.rmtree(root)
    yield buildah
    shutil.rmtree(store, ignore_errors=True)


@pytest.fixture(name="inside")
def _inside(buildah: Run, at: Path) -> Run:
    """Runs a script in a root of its own."""
    name = buildah("from", "localhost/slim").stdout.strip()
    mounts = [f"-v={one}:{one}:ro" for one in _OURS if Path(one).exists()]

    def inside(script: str) -> subprocess.CompletedProcess[str]:
        (at / "script").write_text(f"export HOME=/tmp\ncd /clean\n{script}\n")
        return buildah("run", "--network=host", *mounts, f"-v={at}:/clean", name, "--", "bash", "/clean/script")

    return inside


def test_the_image_runs_by_its_entry_point_as_nobody(buildah: Run, at: Path) -> None:
    mounts = [f"-v={one}:{one}:ro" for one in _OURS if Path(one).exists()]
    words = [
        "--build-arg=BASE=localhost/slim",
        f"--build-arg=WHEEL={WHEEL}",
        "-t",
        "ours",
        "-f",
        str(at / "source/deploy/image/Containerfile"),
    ]
    (at / "deploy").mkdir()
    shutil.copytree(at / "source/deploy/image", at / "deploy/image")
    done = buildah("bud", "--network=host", *mounts, *words, str(at))
    assert done.returncode == 0, done.stderr[-2000:]
    name = buildah("from", "ours").stdout.strip()
    config = json.loads(buildah("inspect", name).stdout)["OCIv1"]["config"]
    assert (config["User"], config["Entrypoint"], config["WorkingDir"]) == ("65532:65532", ["upgradecheck"], "/tmp")
    assert buildah("run", name, "--", *config["Entrypoint"], "--version").stdout == f"upgradecheck {__version__}\n"
    done = buildah("run", name, "--", *config["Entrypoint"], "plan", "--example", "-q", "-o", "name")
    assert done.stdout.count("\n") > 5
    told = buildah(
        "run",
        name,
        "--",
        "sh",
        "-c",
        "id -u; touch /opt/a || echo no; find /opt/upgradecheck -name '*.pyc' | wc -l; ls /opt/upgradecheck/bin/pip*",
    )
    user, refused, compiled = told.stdout.split()
    assert (user, refused, int(compiled) > 1000) == ("65532", "no", True)


def test_the_action_installs_itself_and_plans(inside: Run, at: Path) -> None:
    names = "SOURCE=/clean/source WORK=/tmp/work TO=1.31 FROM=1.30 FILES=manifests ARGUMENTS= GITHUB_STEP_SUMMARY=summary GITHUB_OUTPUT=out"
    done = inside(f"mkdir /tmp/work; export {names}; bash source/deploy/github/plan")
    assert "error file=manifests/web.yaml" in done.stdout, done.stderr[-2000:]
    assert (at / "out").read_text().splitlines()[0] == "exit-code=2"
    assert (at / "summary").read_text().startswith("# Kubelet")


def test_the_template_of_gitlab_installs_and_plans(inside: Run, at: Path) -> None:
    spec, job = yaml.safe_load_all((DEPLOY / "gitlab/upgradecheck.yml").read_text())
    values = {name: told.get("default") for name, told in spec["spec"]["inputs"].items()} | {
        "to": "1.31",
        "from": "1.30",
        "package": f"/clean/{WHEEL}",
    }
    text = re.sub(r"\$\[\[ inputs\.([a-z]+) ]]", lambda found: str(values[found[1]]), json.dumps(job["upgradecheck"]))
    told = json.loads(text)
    variables = [f'export {name}="{value}"' for name, value in told["variables"].items()]
    first = ["set -e", "export CI_PROJECT_DIR=/clean", "python3 -m venv /tmp/v", "PATH=/tmp/v/bin:$PATH"]
    done = inside("\n".join([*first, *variables, *told["script"]]))
    assert "Exit code 2." in done.stderr, done.stderr[-2000:]
    for file in (*told["artifacts"]["paths"], *told["artifacts"]["reports"].values()):
        assert (at / file).stat().st_size > 0, file


def test_the_hook_stops_a_commit_and_lets_another_pass(inside: Run) -> None:
    config = (
        (DEPLOY / "pre-commit/hooks.yaml")
        .read_text()
        .replace("additional_dependencies: [upgradecheck]", f"additional_dependencies: [/clean/{WHEEL}]")
    )
    steps = f"""
        python3 -m venv /tmp/p && /tmp/p/bin/pip install -q pre-commit && mkdir -p /tmp/repo && cd /tmp/repo && git init -q . && cp -r /clean/manifests .
        git config user.email a@example.com; git config user.name a
        echo {shlex.quote(config)} > .pre-commit-config.yaml
        git add -A; /tmp/p/bin/pre-commit install; git commit -m a; echo "first ends with $?"
        sed -i 's/1.30 --to 1.31/1.31 --to 1.32/' .pre-commit-config.yaml; git add -A; git commit -m a; echo "second ends with $?"
    """
    done = inside(steps)
    assert re.findall(r"(\w+) ends with (\d)", done.stdout) == [("first", "1"), ("second", "0")], done.stdout + done.stderr[-2000:]
    assert "RESTARTS  3 containers" in done.stdout + done.stderr


def test_the_single_file_and_krews_plugin_run(inside: Run, at: Path) -> None:
    """By the machine's Python 3.11, of a file for two minors."""
    said(
        "bash",
        str(DEPLOY / "single-file/build"),
        str(at / WHEEL),
        str(at / "upgradecheck.pyz"),
        "3.11",
        "3.12",
        env={**os.environ, "PYTHON": sys.executable},
    )
    done = inside("./upgradecheck.pyz --version && ./upgradecheck.pyz override proxy --help")
    assert done.stdout.startswith(f"upgradecheck {__version__}\n"), done.stderr
    if not (shutil.which("go") and shutil.which("kubectl")):
        pytest.skip("of krew: Go and kubectl are wanted")
    (at / "krew").mkdir()
    (at / "krew/go.mod").write_text("module krew\n\ngo 1.22\n\nrequire sigs.k8s.io/krew v0.4.4\n")
    said("go", "build", "-o", "kubectl-krew", "sigs.k8s.io/krew/cmd/krew", cwd=at / "krew", env={**os.environ, "GOFLAGS": "-mod=mod"})
    shutil.copy(str(shutil.which("kubectl")), at / "krew/kubectl")
    shutil.copy(ROOT / "LICENSE", at)
    said("tar", "-C", str(at), "-czf", str(at / "a.tar.gz"), "upgradecheck.pyz", "LICENSE")
    text = (DEPLOY / "krew/upgradecheck.yaml").read_text().replace("RELEASE/", "https://example.com/").replace("VERSION", __version__)
    (at / "krew.yaml").write_text(text.replace("SHA256", hashlib.sha256((at / "a.tar.gz").read_bytes()).hexdigest()))
    done = inside(
        "export KREW_ROOT=/tmp/k PATH=/clean/krew:/tmp/k/bin:$PATH; kubectl krew install --manifest=krew.yaml --archive=a.tar.gz; kubectl upgradecheck --version"
    )
    assert done.stdout.endswith(f"upgradecheck {__version__}\n"), done.stdout + done.stderr
