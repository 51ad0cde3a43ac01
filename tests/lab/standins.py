"""Libraries that not every module proxy gives out, and what is built in their place where one does not: the major release before, renamed.

None has a say in what is asked of the code that is built with it (likewise hashdata/generate/standins.go, which needs no copy).
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from tests.lab.caches import cache
from tests.lab.toolchains import NotBuildable, downloaded

STAND_INS = {"sigs.k8s.io/structured-merge-diff/v7": ("sigs.k8s.io/structured-merge-diff/v6", "v6.4.2")}
"""From 1.38 on only managed fields and unstructured objects come to it."""


def stand_ins(described: dict[str, Any]) -> list[str]:
    """Lines of a go.mod for what a release wants and nobody gives; described: its own go.mod, as `go mod edit -json` says it."""
    wanted = {one["Path"]: one["Version"] for one in described.get("Require") or () if one["Path"] in STAND_INS}
    return [f"replace {name} => {_copy(name)}" for name, version in wanted.items() if not _can_be_had(name, version)]


def _can_be_had(name: str, version: str) -> bool:
    try:
        downloaded(name, version)
    except NotBuildable:
        return False
    return True


def _copy(name: str) -> Path:
    """The release before under the new name: its packages import each other by it."""
    before, version = STAND_INS[name]
    at = cache("stand-ins") / name.replace("/", "-")
    shutil.rmtree(at, ignore_errors=True)
    shutil.copytree(downloaded(before, version), at, ignore=shutil.ignore_patterns("*_test.go", "testdata"), copy_function=shutil.copyfile)
    for path in (at, *at.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
        if path.suffix in (".go", ".mod"):
            path.write_text(path.read_text().replace(before, name))
    return at
