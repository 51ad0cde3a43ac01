"""The Go of each Kubernetes release's era.

An old release does not compile with a new Go: its golang.org/x/sys and its net code predate what later linkers allow. The Go project
publishes each toolchain also as a module (`golang.org/toolchain`), back to versions that know nothing of toolchain switching, so the
module proxy is all that is needed. Kubernetes names its Go in build/build-image/cross/VERSION and build/dependencies.yaml of the tag; the last
patch of that minor is taken where an early one cannot be had.
"""

import json
import os
import platform
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.lab.caches import cache
from upgradecheck.catalog import Catalog
from upgradecheck.model.version import Minor


@dataclass(frozen=True, slots=True)
class Go:
    """An installed Go: `release` such as `1.15.15` (or `system`), and its GOROOT where it is not the one on the PATH."""

    release: str
    root: Path | None = None

    @property
    def minor(self) -> int:
        """15 for 1.15.15; a large number for the Go on the PATH, which is new."""
        return 999 if self.root is None else int(self.release.split(".")[1])

    def environment(self) -> dict[str, str]:
        """The variables under which this Go builds: the user's module proxy and cache, none of his flags."""
        asked = json.loads(run(["go", "env", "-json", "GOPROXY", "GOSUMDB", "GOMODCACHE"]))
        given = {**os.environ, **asked, "GOTOOLCHAIN": "local", "GOENV": "off", "CGO_ENABLED": "1", "GO111MODULE": "on"}
        given.pop("GOROOT", None)
        given["GOFLAGS"] = " ".join(self._flags())
        if self.root is not None:
            given |= {"GOROOT": str(self.root), "PATH": f"{self.root / 'bin'}{os.pathsep}{os.environ['PATH']}"}
        return given

    def _flags(self) -> list[str]:
        flags = ["-mod=mod"] if self.minor >= 14 else []
        return [*flags, "-buildvcs=false"] if self.minor >= 18 else flags


class NotBuildable(RuntimeError):
    """Go, or a build with it, failed; the message ends with the last lines it wrote."""


def run(command: list[str], *, cwd: Path | None = None, env: dict[str, str] | None = None) -> str:
    """What the command wrote to stdout; NotBuildable with the end of its stderr if it failed."""
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        said = "\n".join((done.stderr or done.stdout).splitlines()[-20:])
        raise NotBuildable(f"{' '.join(command)} ended with {done.returncode}:\n{said}")
    return done.stdout


def downloaded(module: str, version: str) -> Path:
    """The folder of a module in Go's module cache, fetched if it is not there."""
    at = cache("downloads")
    if not (at / "go.mod").exists():
        (at / "go.mod").write_text(
            "module downloads\n\ngo 1.13\n"
        )  # without a line of its own, a newer Go writes one that older ones refuse
    text = run(["go", "mod", "download", "-json", f"{module}@{version}"], cwd=at, env={**os.environ, "GOFLAGS": "", "GOTOOLCHAIN": "auto"})
    return Path(json.loads(text)["Dir"])


ERAS = (
    # from this minor and patch on, this Go
    ((0, 0), "1.13.15"),
    ((17, 0), "1.15.15"),
    ((21, 0), "1.16.15"),
    ((23, 0), "1.19.13"),
    ((27, 0), "1.20.14"),
    ((27, 16), "1.22.12"),
    ((28, 0), "1.20.14"),
    ((28, 12), "1.22.12"),
    ((29, 0), "1.23.12"),
    ((30, 0), "1.23.10"),
    ((31, 0), "1.22.5"),
    ((32, 0), "system"),
)


def era(minor: int, patch: int) -> str:
    """The release of Go that builds Kubernetes 1.<minor>.<patch>; `system` for the one on the PATH."""
    return [name for since, name in ERAS if (minor, patch) >= since][-1]


def _of_release(minor: int) -> str | None:
    """The Go that upstream builds the newest known patch of a minor with; None of a minor that is not known."""
    known, catalog = Minor(1, minor), Catalog()
    if known not in catalog.minors():
        return None
    told = catalog.go_version(known, catalog.newest_patch(known))
    return None if told is None else told[0]


def _line(release: str) -> int:
    """27 for 1.27.3 or go1.27.3."""
    return int(release.removeprefix("go").split(".")[1])


def go_of(minor: int, patch: int) -> Go:
    """That Go, fetched if need be."""
    release = era(minor, patch)
    if release == "system":
        wanted = _of_release(minor)
        if wanted is None or _line(wanted) <= _line(run(["go", "env", "GOVERSION"], env={**os.environ, "GOTOOLCHAIN": "local"})):
            return Go(release)
        release = wanted
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    root = downloaded("golang.org/toolchain", f"v0.0.1-go{release}.linux-{machine}")
    for tool in [*(root / "bin").iterdir(), *(root / "pkg" / "tool").glob("*/*")]:
        if tool.is_file() and not os.access(tool, os.X_OK):  # modules carry no execute bits
            tool.chmod(0o555)
    return Go(release, root)
