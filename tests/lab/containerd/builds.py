"""containerd of a version of our choice, built once from its published module: the programs that a node has of it.

A version 2 has its CRI plugin in two parts and their configuration in a third version of the file; it reads the second, too.
"""

import os
import subprocess
from pathlib import Path

from tests.lab.caches import cache
from tests.lab.toolchains import downloaded, run

MODULE = "github.com/containerd/containerd"
PROGRAMS = ("containerd", "containerd-shim-runc-v2", "ctr")
_LEFT_OUT = "no_btrfs no_devmapper no_zfs no_aufs"
"""Snapshotters that want libraries or devices."""


def containerd(version: str) -> Path:
    """The folder with the programs of a version, such as ``2.2.9``, built if they are not there. Raises NotBuildable."""
    at = cache("containerd") / f"v{version}"
    module = f"{MODULE}/v2" if version.startswith("2.") else MODULE
    if not all((at / name).exists() for name in PROGRAMS):
        source = downloaded(module, f"v{version}")
        part = at.with_name(f"v{version}.{os.getpid()}")
        part.mkdir()
        stamp = f"-s -w -X {module}/version.Version=v{version}"
        environment = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-buildvcs=false -mod=readonly"}
        for name in PROGRAMS:
            words = ["go", "build", "-tags", _LEFT_OUT, "-ldflags", stamp, "-o", str(part / name), f"./cmd/{name}"]
            run(["nice", "-n", "10", *words], cwd=source, env=environment)
        part.rename(at)
    return at


def version_of(program: str = "containerd") -> str:
    """The version of a containerd program, such as ``2.2.9``, which it says itself."""
    said = subprocess.run([program, "--version"], check=True, capture_output=True, text=True, timeout=30).stdout
    return said.split()[2].removeprefix("v")


def major(program: str = "containerd") -> int:
    """Its major version."""
    return int(version_of(program).partition(".")[0])
