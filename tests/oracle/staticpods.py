"""What the real kubelet code of a version makes of a static pod manifest: decoded, defaulted, given a UID, validated, hashed.

A program of ours is built per version, in the lab's cache, as a module that depends on k8s.io/kubernetes. That version's own
pkg/kubelet/config/common.go (and HashContainer of pkg/kubelet/container) is put beside it as package main when it is built, so that
neither client-go nor the volume plugins are compiled: 1 to 2 minutes on two cores. Nothing of it is kept in the repository.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import fcntl
import hashlib
import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.lab.caches import cache
from tests.lab.kubelets import module_file, parts
from tests.lab.toolchains import NotBuildable, downloaded, go_of, run
from tests.oracle.process import GoProcess
from tests.oracle.staticpods_of_old import adapted_to_old, is_old, module_file_of_old

NODE, PATH = "node1", "/etc/kubernetes/manifests/pod.yaml"
OURS = Path(__file__).parent / "staticpods" / "main.go"
_CONFIG, _CONTAINER = Path("pkg/kubelet/config"), Path("pkg/kubelet/container/helpers.go")

_GO_AS_OF = {27: (28, 0)}
"""Minors whose packages below the API need another Go than the one that the lab builds their kubelet with."""

_PLAIN = """package main

import (
	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	api "k8s.io/kubernetes/pkg/apis/core"
)

func decoded(data []byte, defaults func(*api.Pod) error) (bool, *v1.Pod, error) {
	return tryDecodeSinglePod(data, defaults)
}

func defaulted(pod *api.Pod, source string, isFile bool, node types.NodeName) error {
	return applyDefaults(pod, source, isFile, node)
}
"""
_WITH_LOGGER = """package main

import (
	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/klog/v2"
	api "k8s.io/kubernetes/pkg/apis/core"
)

func decoded(data []byte, defaults func(*api.Pod) error) (bool, *v1.Pod, error) {
	return tryDecodeSinglePod(klog.Background(), data, func(_ klog.Logger, pod *api.Pod) error { return defaults(pod) })
}

func defaulted(pod *api.Pod, source string, isFile bool, node types.NodeName) error {
	return applyDefaults(klog.Background(), pod, source, isFile, node)
}
"""


class StaticPods(GoProcess):
    """A running oracle of one version, with feature gates as on the kubelet's command line (`A=true,B=false`)."""

    def __init__(self, version: str, gates: str = "") -> None:
        super().__init__(program(version), gates)

    def read(self, manifest: bytes, path: str = PATH, node: str = NODE) -> dict[str, Any]:
        """`error`, or `uid`, `containers` and the defaulted `pod`; of one that could be decoded also `hashed` (see `hashed`)."""
        return self.request(manifest_base64=base64.b64encode(manifest).decode(), path=path, node=node)

    def hashed(
        self, manifest: bytes, source: str = PATH, node: str = NODE, *, url: bool = False, text: bool = False
    ) -> dict[str, Any] | None:
        """`uid`, and of the text that is hashed `digest` and (if wanted) `text_base64`; None where nothing could be decoded."""
        question = {"manifest_base64": base64.b64encode(manifest).decode(), "path": source, "node": node, "url": url, "text": text}
        given: dict[str, Any] | None = self.request(**question).get("hashed")
        return given


def found(version: str) -> Path | None:
    """The program of this version where it is already built; one that was made of another main.go does not count."""
    path = _place(version)
    return path if os.access(path, os.X_OK) else None


def _place(version: str) -> Path:
    return cache("staticpods") / version / f"oracle-{hashlib.sha256(OURS.read_bytes()).hexdigest()[:12]}"


def program(version: str) -> Path:
    """The program of this version, built if it is not found. Raises NotBuildable."""
    at = cache("staticpods") / version
    at.mkdir(exist_ok=True)
    with _only_one(at / "lock"):
        return found(version) or _build(version, at)


def _build(version: str, at: Path) -> Path:
    go = go_of(*_GO_AS_OF.get(parts(version)[0], parts(version)))
    source = downloaded("k8s.io/kubernetes", f"v{version}")
    (at / "go.mod").write_text(_module_file(version, source, at))
    for name, text in _files(source).items():
        (at / name).write_text(text)
    run(["nice", "-n", "5", "go", "build", "-o", "oracle.part", "."], cwd=at, env=go.environment())
    return (at / "oracle.part").rename(_place(version))


def _module_file(version: str, source: Path, at: Path) -> str:
    if is_old(version):
        return module_file_of_old(version, source, at)
    described = json.loads(run(["go", "mod", "edit", "-json", str(source / "go.mod")]))
    return module_file(described, version).replace("module kubelet", "module example.com/oracle", 1)


def _files(source: Path) -> dict[str, str]:
    """The program's Go files by name."""
    decoding = (source / _CONFIG / "common.go").read_text()
    files = {
        "main.go": adapted_to_old(OURS.read_text(), source),
        "decoding.go": _as_main(decoding),
        "glue.go": _WITH_LOGGER if "logger klog.Logger" in decoding else adapted_to_old(_PLAIN, source),
        "hash.go": _hash_file((source / _CONTAINER).read_text()),
    }
    warnings = source / _CONFIG / "warning_cache.go"
    return files | ({"warning_cache.go": _as_main(warnings.read_text())} if warnings.exists() else {})


def _as_main(text: str) -> str:
    return re.sub(r"(?m)^package config\b.*$", "package main", text, count=1)


def _hash_file(helpers: str) -> str:
    """HashContainer and what it calls, lifted out."""
    functions = [_function(helpers, "HashContainer")]
    if "pickFieldsToHash(" in functions[0]:
        functions.append(_function(helpers, "pickFieldsToHash"))
    imports = ['"hash/fnv"', 'v1 "k8s.io/api/core/v1"', 'hashutil "k8s.io/kubernetes/pkg/util/hash"']
    imports += ['"encoding/json"'] if "json." in functions[0] else []
    return "\n".join(["package main", "", "import (", *imports, ")", "", *functions])


def _function(text: str, name: str) -> str:
    lifted = re.search(rf"(?ms)^func {name}\(.*?^}}$", text)
    if lifted is None:
        raise NotBuildable(f"no function {name} in this version")
    return lifted[0]


@contextlib.contextmanager
def _only_one(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main(arguments: list[str] | None = None) -> int:
    """`python -m tests.oracle.staticpods VERSION…`: prints the path of each."""
    asked = argparse.ArgumentParser(prog="python -m tests.oracle.staticpods", description="Finds or builds the oracle of versions.")
    asked.add_argument("versions", nargs="+", metavar="VERSION", help="such as 1.22.17")
    failed = 0
    for version in asked.parse_args(arguments).versions:
        try:
            print(program(version), flush=True)
        except NotBuildable as problem:
            failed = 1
            print(f"{version}: {problem}", file=sys.stderr, flush=True)
    return failed


if __name__ == "__main__":
    raise SystemExit(main())
