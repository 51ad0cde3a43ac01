"""Programs of ours that stand on the real code of a version: found in the lab's cache, or built there.

Each is a module of its own that depends on k8s.io/kubernetes, with files that may hang on the version; an oracle gives its name, what its
programs are made of, and those files. One that was made of other sources does not count as found. 1 to 3 minutes a version on two cores.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from tests.lab.caches import cache
from tests.lab.kubelets import VERSION_PACKAGE, module_file, parts
from tests.lab.toolchains import NotBuildable, downloaded, go_of, run
from tests.oracle.old_releases import is_old, module_file_of_old


class Program(msgspec.Struct, frozen=True):
    """A program that is built per version.

    name: its folder of the cache. made_of: our own sources; of others it is another program. files: its Go files by name, of the version
    and of the release's tree. stamped: whether it asks which version it is, as a kubelet does.
    """

    name: str
    made_of: bytes
    files: Callable[[str, Path], Mapping[str, str]]
    stamped: bool = False

    def found(self, version: str) -> Path | None:
        """The program of this version where it is already built."""
        path = self._place(version)
        return path if os.access(path, os.X_OK) else None

    def of(self, version: str) -> Path:
        """The program of this version, built if it is not found. Raises NotBuildable."""
        at = self._place(version).parent
        at.mkdir(exist_ok=True)
        with _only_one(at / "lock"):
            return self.found(version) or self._build(version, at)

    def _place(self, version: str) -> Path:
        return cache(self.name) / version / f"oracle-{hashlib.sha256(self.made_of).hexdigest()[:12]}"

    def _build(self, version: str, at: Path) -> Path:
        go = go_of(*parts(version))
        source = downloaded("k8s.io/kubernetes", f"v{version}")
        (at / "go.mod").write_text(go_module(version, source, at))
        for name, text in self.files(version, source).items():
            (at / name).write_text(text)
        stamps = ("-ldflags", _stamps(version)) if self.stamped else ()
        run(["nice", "-n", "5", "go", "build", *stamps, "-o", "oracle.part", "."], cwd=at, env=go.environment())
        return (at / "oracle.part").rename(self._place(version))


def main(program: Program, module: str, arguments: Sequence[str] | None = None) -> int:
    """`python -m MODULE VERSION…`: prints the path of each; 1 if one cannot be built."""
    asked = argparse.ArgumentParser(prog=f"python -m {module}", description="Finds or builds the oracle of versions.")
    asked.add_argument("versions", nargs="+", metavar="VERSION", help="such as 1.22.17")
    failed = 0
    for version in asked.parse_args(arguments).versions:
        try:
            print(program.of(version), flush=True)
        except NotBuildable as problem:
            failed = 1
            print(f"{version}: {problem}", file=sys.stderr, flush=True)
    return failed


def go_module(version: str, source: Path, at: Path) -> str:
    """The go.mod of a program that stands on a release, whose tree is at source; up to 1.14 what it needs is put beside it."""
    if is_old(version):
        return module_file_of_old(version, source, at)
    described = json.loads(run(["go", "mod", "edit", "-json", str(source / "go.mod")]))
    return module_file(described, version)


def _stamps(version: str) -> str:
    minor, _ = parts(version)
    stamps = {"gitVersion": f"v{version}", "gitMajor": "1", "gitMinor": str(minor)}
    return " ".join(f"-X {VERSION_PACKAGE}.{name}={value}" for name, value in stamps.items())


@contextlib.contextmanager
def _only_one(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
