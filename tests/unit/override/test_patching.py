"""The patch of a kubelet's sources: where it goes, and where it is refused. What it does on real sources, tests/oracle/patch tells."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from upgradecheck.cli import main
from upgradecheck.cli.verbs.override.patch import DEFAULT_MAP as SHOWN_MAP
from upgradecheck.override.patching import ADDED, DEFAULT_MAP, MANAGER, go_source

HEAD = "func containerChanged(container *v1.Container, containerStatus *kubecontainer.Status) (uint64, uint64, bool) {\n"
COMPUTED = "\texpectedHash := kubecontainer.HashContainer(container)\n"
RETURNED = "\treturn expectedHash, containerStatus.Hash, containerStatus.Hash != expectedHash\n"
FUNCTION = HEAD + COMPUTED + RETURNED + "}\n"
BEFORE = "package kuberuntime\n\n// before\f\u2028\n" + "\n" * 40
CHECK = [
    "\tif containerStatus.Hash != expectedHash && hashOverridden(containerStatus.ID.ID, containerStatus.Hash, expectedHash) {",
    "\t\treturn expectedHash, containerStatus.Hash, false",
    "\t}",
]


def tree(folder: Path, text: str) -> Path:
    file = folder / MANAGER
    file.parent.mkdir(parents=True)
    file.write_text(text, newline="")
    return folder


def asked(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["override", "patch", *arguments])
    return code, *capsys.readouterr()


@pytest.mark.parametrize("given", [False, True], ids=["for any release", "for these sources"])
@pytest.mark.parametrize("function", [FUNCTION, FUNCTION.replace(".Status", ".ContainerStatus")], ids=["from 1.19 on", "before"])
def test_patches(tmp_path: Path, capsys: pytest.CaptureFixture[str], given: bool, function: str) -> None:
    if shutil.which("patch") is None:
        pytest.skip("no patch command here")
    source = tree(tmp_path, BEFORE + function + "\n// behind\n")
    code, diff, told = asked(capsys, "--kubelet", "1.30", "--map", "/etc/plan.json", *(["--source", str(source)] if given else []))
    assert (code, told) == (0, "")
    done = subprocess.run(["patch", "-p1", "--fuzz=0"], cwd=source, input=diff, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    whole = (BEFORE + function.replace(COMPUTED, COMPUTED + "\n".join(CHECK) + "\n") + "\n// behind\n").encode()
    assert (source / MANAGER).read_bytes() == whole
    assert (source / ADDED).read_text() == go_source("/etc/plan.json")
    assert 'const hashOverrideDefault = "/etc/plan.json"' in (source / ADDED).read_text()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(BEFORE, "has no function containerChanged of the known form, wanted one", id="no such function"),
        pytest.param(FUNCTION + FUNCTION, "has 2 functions containerChanged", id="two of them"),
        pytest.param(FUNCTION.replace("!=", "=="), "has no function", id="it compares otherwise"),
        pytest.param(HEAD + COMPUTED + "\tlog()\n" + RETURNED, "has no function", id="it does more"),
        pytest.param(HEAD + COMPUTED + "\n".join(CHECK) + "\n" + RETURNED, "has no function", id="patched already"),
        pytest.param(FUNCTION.replace("uint64, bool", "uint32, bool"), "has no function", id="other types"),
        pytest.param("/*\n" + FUNCTION.replace("func", " func") + "*/", "has no function", id="in a comment"),
    ],
)
def test_refuses_other_sources(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, message: str) -> None:
    code, diff, told = asked(capsys, "--kubelet", "1.30", "--source", str(tree(tmp_path, text)))
    assert (code, diff) == (1, "")
    assert message in told


def test_refuses_a_tree_that_is_none_or_has_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, diff, told = asked(capsys, "--kubelet", "1.30", "--source", str(tmp_path))
    assert (code, diff) == (1, "")
    assert "cannot be read (No such file or directory). Name the root of Kubernetes' sources" in told
    (tree(tmp_path, FUNCTION) / ADDED).write_text("")
    assert "so it is patched" in asked(capsys, "--kubelet", "1.30", "--source", str(tmp_path))[2]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(("--kubelet", "1.7"), "1.7", id="a version that nobody looked at"),
        pytest.param(("--kubelet", "new"), "'new'", id="no version"),
        pytest.param(("--kubelet", "1.30", "--map", "plan.json"), "a whole path", id="no whole path"),
        pytest.param(("--kubelet", "1.30", "--map", '/a"; panic("'), "a whole path", id="a path that would be code"),
    ],
)
def test_usage(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str) -> None:
    code, diff, told = asked(capsys, *arguments)
    assert (code, diff) == (64, "")
    assert message in told


def test_the_command_s_default_is_the_patch_s() -> None:
    assert SHOWN_MAP == DEFAULT_MAP


@pytest.mark.parametrize(
    ("name", "told"),
    [
        pytest.param("kubernetes@v1.20.15", "is called v1.20.15, which is no 1.22. The diff is of what is there.", id="another minor"),
        pytest.param("kubernetes@v1.22.3", "", id="another patch"),
        pytest.param("kubernetes", "", id="no version"),
        pytest.param("kubernetes@main", "", id="none that is one"),
    ],
)
def test_a_tree_that_is_called_by_another_version(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, told: str) -> None:
    code, _, err = asked(capsys, "--kubelet", "1.22.17", "--source", str(tree(tmp_path / name, BEFORE + FUNCTION)))
    assert code == 0
    assert err == (f"upgradecheck: --source {tmp_path / name}: {told}\n" if told else "")
