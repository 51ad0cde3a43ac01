"""A real kubelet (or kube-apiserver) of a given version, found or built.

k8s.io/kubernetes can be compiled as a dependency of an otherwise empty module, once its staging modules (`k8s.io/api` and so on, which its own
go.mod takes from folders that no module zip contains) are replaced by the versions published beside it: 1.20.15 ↔ v0.20.15.
Not every patch release has all of them. 5–10 minutes on two cores, about 100 MB each.
"""

import argparse
import contextlib
import fcntl
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.lab.caches import cache
from tests.lab.standins import published, stand_ins
from tests.lab.toolchains import Go, NotBuildable, downloaded, go_of, run

VERSION_PACKAGE = "k8s.io/component-base/version"
KUBELET, API_SERVER = "kubelet", "kube-apiserver"
LOST = {"vbom.ml/util": "github.com/fvbommel/util v0.0.0-20160121211510-db5cfe13f5cc"}
"""Modules whose server is gone, for the minors before 1.20 that name them, with the place where the same code is now."""


def parts(version: str) -> tuple[int, int]:
    """Minor and patch of `1.20.15` or `v1.20.15`; of a pre-release those of what it comes before."""
    major, minor, patch = (int(part) for part in version.removeprefix("v").partition("-")[0].split("."))
    if major != 1:
        raise ValueError(f"version {version!r}: the lab builds Kubernetes 1.x.y")
    return minor, patch


def found(version: str, program: str = KUBELET) -> Path | None:
    """The program of this version where it is already built: in our cache, or in a folder of builds made by others."""
    others = Path(os.environ.get("KUBERNETES_BUILDS") or Path.home() / ".cache" / "kubernetes-builds")
    version = version.removeprefix("v")
    for path in (cache(f"{program}s") / version / program, others / f"{version}-{program}" / program):
        if os.access(path, os.X_OK):
            return path
    return None


def kubelet(version: str) -> Path:
    """The kubelet of this version, built if it is not found. Raises NotBuildable."""
    return built(version, KUBELET)


def built(version: str, program: str) -> Path:
    """The program of this version, built if it is not found. Raises NotBuildable."""
    version = version.removeprefix("v")
    minor, patch = parts(version)
    at = cache(f"{program}s") / version
    at.mkdir(exist_ok=True)
    with _only_one(at / "lock"):
        return found(version, program) or _build(version, program, go_of(minor, patch), at)


def _build(version: str, program: str, go: Go, at: Path) -> Path:
    minor, _ = parts(version)
    package = f"k8s.io/kubernetes/cmd/{program}"
    source = downloaded("k8s.io/kubernetes", f"v{version}")
    described = json.loads(run(["go", "mod", "edit", "-json", str(source / "go.mod")]))
    (at / "go.mod").write_text(module_file(described, version))
    (at / "tools.go").write_text(f'//go:build tools\n// +build tools\n\npackage tools\n\nimport _ "{package}"\n')
    stamps = {"gitVersion": f"v{version}", "gitMajor": "1", "gitMinor": str(minor)}
    linked = " ".join(["-s -w", *(f"-X {VERSION_PACKAGE}.{name}={value}" for name, value in stamps.items())])
    part = at / f"{program}.part"
    run(["nice", "-n", "10", "go", "build", "-ldflags", linked, "-o", part.name, package], cwd=at, env=go.environment())
    return part.rename(at / program)


def module_file(described: dict[str, Any], version: str) -> str:
    """The go.mod of the module that depends on k8s.io/kubernetes, from what `go mod edit -json` says of that one's own go.mod.

    Its name has a dot: Go 1.19 takes another one for a package of its own.
    """
    minor, libraries = parts(version)[0], version.removeprefix("1.")
    lines = ["module example.com/built", f"go {described.get('Go', '1.13')}", f"require k8s.io/kubernetes v{version}"]
    lines += [f"replace {name} => {name} {published(name, f'v0.{libraries}')}" for name in sorted(_staging(described))]
    lines += [
        f"replace {_written(one['Old'])} => {_written(one['New'])}"
        for one in described.get("Replace") or ()
        if not one["New"]["Path"].startswith("./") and one["Old"]["Path"] not in LOST
    ]
    lines += stand_ins(described)
    if minor < 20:
        lines += [f"replace {name} => {instead}" for name, instead in LOST.items()]
    lines += [f"godebug {one['Key']}={one['Value']}" for one in described.get("Godebug") or ()]
    return "\n".join(lines) + "\n"


def _staging(described: dict[str, Any]) -> set[str]:
    """Up to 1.29 they are replaced by folders; from 1.30 on a go.work joins them, and only the version v0.0.0 gives them away."""
    replaced = {one["Old"]["Path"] for one in described.get("Replace") or () if one["New"]["Path"].startswith("./staging")}
    return replaced | {
        one["Path"] for one in described.get("Require") or () if one["Version"] == "v0.0.0" and one["Path"].startswith("k8s.io/")
    }


def _written(module: dict[str, str]) -> str:
    return " ".join(filter(None, (module["Path"], module.get("Version"))))


@contextlib.contextmanager
def _only_one(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main(arguments: list[str] | None = None) -> int:
    """`python -m tests.lab.kubelets VERSION…`: prints the path of each."""
    asked = argparse.ArgumentParser(prog="python -m tests.lab.kubelets", description="Finds or builds kubelets and prints where they are.")
    asked.add_argument("versions", nargs="+", metavar="VERSION", help="such as 1.22.17")
    asked.add_argument(
        "--api-server", action="store_const", const=API_SERVER, default=KUBELET, dest="program", help="kube-apiserver instead"
    )
    given = asked.parse_args(arguments)
    try:
        for version in given.versions:
            print(built(version, given.program), flush=True)
    except NotBuildable as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
