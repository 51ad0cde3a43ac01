"""Go modules for kubelets up to 1.14, which have none: the staging folders of the tree, each given a go.mod, and libraries of 1.15's age."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

from tests.lab.kubelets import LOST, parts
from tests.lab.toolchains import downloaded, run

FIRST_WITH_MODULES = 15
LIBRARIES_OF = "1.15.12"
_NOT_NEEDED = re.compile(r"sample-.*|code-generator")


def is_old(version: str) -> bool:
    """Whether this release knows no modules."""
    return parts(version)[0] < FIRST_WITH_MODULES


def module_file_of_old(version: str, source: Path, at: Path) -> str:
    """The go.mod; the staging folders are copied beside it."""
    staging = source / "staging" / "src" / "k8s.io"
    lines = ["module example.com/oracle", "go 1.13", f"require k8s.io/kubernetes v{version}"]
    for folder in sorted(staging.iterdir()):
        if folder.is_dir() and not _NOT_NEEDED.fullmatch(folder.name):
            _copied(folder, at / "staging" / folder.name)
            lines += [f"require k8s.io/{folder.name} v0.0.0", f"replace k8s.io/{folder.name} => ./staging/{folder.name}"]
    lines += _libraries()
    return "\n".join(lines) + "\n"


def adapted_to_old(text: str, source: Path) -> str:
    """Our Go with the names of a tree: up to 1.13 there is one gate object, and in 1.8 the internal API stands elsewhere."""
    gates = source / "staging" / "src" / "k8s.io" / "apiserver" / "pkg" / "util" / "feature" / "feature_gate.go"
    if gates.exists() and "DefaultMutableFeatureGate" not in gates.read_text():
        text = text.replace("DefaultMutableFeatureGate", "DefaultFeatureGate")
    if not (source / "pkg" / "apis" / "core" / "types.go").exists():
        text = text.replace("k8s.io/kubernetes/pkg/apis/core", "k8s.io/kubernetes/pkg/api")
    return text


def _copied(folder: Path, to: Path) -> None:
    """Without tests, whose imports nobody needs."""
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(folder, to, ignore=shutil.ignore_patterns("*_test.go", "testdata", "vendor", "BUILD"), copy_function=shutil.copyfile)
    for path in (to, *to.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    (to / "go.mod").write_text(f"module k8s.io/{folder.name}\n")


def _libraries() -> list[str]:
    """What the first release with modules says of everything that is no staging folder."""
    described: dict[str, Any] = json.loads(
        run(["go", "mod", "edit", "-json", str(downloaded("k8s.io/kubernetes", f"v{LIBRARIES_OF}") / "go.mod")])
    )
    lines = [f"replace {name} => {instead}" for name, instead in LOST.items()]
    for one in described.get("Replace") or ():
        name, new = one["Old"]["Path"], one["New"]
        if not new["Path"].startswith("./") and name not in LOST and not name.startswith("k8s.io/kubernetes"):
            lines += [f"replace {name} => {new['Path']} {new['Version']}", f"require {name} {new['Version']}"]
    return lines
