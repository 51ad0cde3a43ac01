"""Libraries that not every module proxy gives out, and what is built in their place where one does not.

That is the major release before, renamed, or the patch before of what is published beside each release.

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
PATCH_BEFORE = {("k8s.io/kube-scheduler", "v0.31.14"): "v0.31.13"}
"""The types of the scheduler's configuration and of its extenders: v0.31.0 and v0.31.13 differ in go.mod alone."""


def stand_ins(described: dict[str, Any]) -> list[str]:
    """Lines of a go.mod for what a release wants and nobody gives; described: its own go.mod, as `go mod edit -json` says it."""
    wanted = {one["Path"]: one["Version"] for one in described.get("Require") or () if one["Path"] in STAND_INS}
    return [f"replace {name} => {_copy(name)}" for name, version in wanted.items() if not _can_be_had(name, version)]


def published(name: str, version: str) -> str:
    """The version of a library that is published beside each release: this one, or the patch before where nobody gives this one."""
    before = PATCH_BEFORE.get((name, version))
    return version if before is None or _can_be_had(name, version) else before


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
