"""Every object that is deployed, read strictly by the published Go types of three minors."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.deploy.kustomized import OVERLAYS, built, command

pytestmark = pytest.mark.oracle
MAIN = Path(__file__).parent / "schemas" / "main.go"


@pytest.mark.parametrize("version", ["0.30.14", "0.34.1", "0.37.1"])
def test_each_object_is_one_of_that_minor(version: str, tmp_path: Path) -> None:
    if shutil.which("go") is None or command() is None:
        pytest.skip("Go, and kustomize or kubectl, are wanted")
    shutil.copy(MAIN, tmp_path)
    (tmp_path / "go.mod").write_text(
        f"module schemas\n\ngo 1.23\n\nrequire (\n\tk8s.io/api v{version}\n\tk8s.io/apimachinery v{version}\n)\n"
    )
    environment = {**os.environ, "GOFLAGS": "-mod=mod"}
    built_program = subprocess.run(
        ["go", "build", "-o", "schemas", "."], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert built_program.returncode == 0, built_program.stderr
    for overlay in OVERLAYS:
        words = command()
        assert words is not None
        text = subprocess.run([*words, str(MAIN.parents[3] / "deploy/kustomize" / overlay)], capture_output=True, check=True).stdout
        done = subprocess.run([str(tmp_path / "schemas")], input=text, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        assert len(done.stdout.splitlines()) == len(built(overlay))
    wrong = text.replace(b"readOnlyRootFilesystem", b"readOnlyRootFileSystem")
    assert subprocess.run([str(tmp_path / "schemas")], input=wrong, capture_output=True, check=False).returncode == 1
