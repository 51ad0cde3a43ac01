"""crictl, built once from its published module."""

import os
from pathlib import Path

from tests.lab.caches import cache
from tests.lab.toolchains import run

MODULE, VERSION = "sigs.k8s.io/cri-tools", "v1.34.0"
"""The oldest version that the module proxy still gives; like every one since 1.26 it speaks runtime.v1 alone."""


def crictl() -> Path:
    """The program, built if it is not there. Raises NotBuildable."""
    at = cache("crictl") / VERSION
    if not (at / "crictl").exists():
        part = at.with_name(f"{VERSION}.{os.getpid()}")
        environment = {**os.environ, "GOBIN": str(part), "GOFLAGS": "-buildvcs=false"}
        run(["nice", "-n", "10", "go", "install", "-ldflags", "-s -w", f"{MODULE}/cmd/crictl@{VERSION}"], env=environment)
        at.mkdir(exist_ok=True)
        (part / "crictl").replace(at / "crictl")
        part.rmdir()
    return at / "crictl"
