"""What the real code of a version says of a KubeletConfiguration: decoded, defaulted, and ValidateKubeletConfiguration asked.

A program of ours is built per version, in the lab's cache, as a module that depends on k8s.io/kubernetes: 1 to 3 minutes on two cores.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.lab.caches import cache
from tests.lab.kubelets import VERSION_PACKAGE, module_file, parts
from tests.lab.toolchains import NotBuildable, downloaded, go_of, run
from tests.oracle.process import GoProcess
from tests.oracle.staticpods_of_old import adapted_to_old, is_old, module_file_of_old

MAIN = Path(__file__).parent / "main.go"
_PACKAGES = Path("pkg/kubelet/apis")
_GO_AS_OF = {27: (28, 0)}
"""Minors whose packages below the API need another Go than the one that the lab builds their kubelet with."""

_GLUE = """package main

import (
	{extra}
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	internal "k8s.io/kubernetes/pkg/kubelet/apis/{package}"
	"k8s.io/kubernetes/pkg/kubelet/apis/{package}/scheme"
	"k8s.io/kubernetes/pkg/kubelet/apis/{package}/validation"
	"k8s.io/kubernetes/pkg/kubelet/kubeletconfig/util/codec"
)

var _ = utilfeature.DefaultFeatureGate
{gates_of_logs}

func decoded(data []byte) (*internal.KubeletConfiguration, error) {{
	_, codecs, err := scheme.NewSchemeAndCodecs()
	if err != nil {{
		return nil, err
	}}
	return codec.DecodeKubeletConfiguration({context}codecs, data)
}}

func validated(kc *internal.KubeletConfiguration) error {{
	return validation.ValidateKubeletConfiguration(kc{gates})
}}
"""


_GATES_OF_LOGS = """
func init() {
	if err := logsapi.AddFeatureGates(utilfeature.DefaultMutableFeatureGate); err != nil {
		panic(err)
	}
}
"""
"""As cmd/kubelet/app/server.go has it, which the packages below the API do not import."""


class Configurations(GoProcess):
    """A running oracle of one version."""

    def __init__(self, version: str) -> None:
        super().__init__(program(version), log=Path(os.devnull))

    def refuses(self, fields: Mapping[str, Any]) -> str:
        """Why this kubelet does not take these fields; empty where it does."""
        whole = {"apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration", **fields}
        answer = self.request(configuration=whole)
        return str(answer.get("undecoded") or answer.get("refused") or "")


def found(version: str) -> Path | None:
    """The program of this version where it is already built; one that was made of another main.go does not count."""
    path = _place(version)
    return path if os.access(path, os.X_OK) else None


def _place(version: str) -> Path:
    made_of = hashlib.sha256(MAIN.read_bytes() + (_GLUE + _GATES_OF_LOGS).encode()).hexdigest()[:12]
    return cache("configurations") / version / f"oracle-{made_of}"


def program(version: str) -> Path:
    """The program of this version, built if it is not found. Raises NotBuildable."""
    at = cache("configurations") / version
    at.mkdir(exist_ok=True)
    with _only_one(at / "lock"):
        return found(version) or _build(version, at)


def _build(version: str, at: Path) -> Path:
    go = go_of(*_GO_AS_OF.get(parts(version)[0], parts(version)))
    source = downloaded("k8s.io/kubernetes", f"v{version}")
    (at / "go.mod").write_text(_module_file(version, source, at))
    (at / "main.go").write_text(MAIN.read_text())
    (at / "glue.go").write_text(adapted_to_old(_glue(version, source), source))
    minor, _ = parts(version)
    stamps = {"gitVersion": f"v{version}", "gitMajor": "1", "gitMinor": str(minor)}
    linked = " ".join(f"-X {VERSION_PACKAGE}.{name}={value}" for name, value in stamps.items())
    command = ["nice", "-n", "5", "go", "build", "-ldflags", linked, "-o", "oracle.part", "."]
    run(command, cwd=at, env=go.environment())
    return (at / "oracle.part").rename(_place(version))


def _module_file(version: str, source: Path, at: Path) -> str:
    if is_old(version):
        return module_file_of_old(version, source, at)
    described = json.loads(run(["go", "mod", "edit", "-json", str(source / "go.mod")]))
    return module_file(described, version).replace("module kubelet", "module example.com/oracle", 1)


def _has_register(version: str) -> bool:
    minor, patch = parts(version)
    return (downloaded("k8s.io/component-base", f"v0.{minor}.{patch}") / "logs" / "json" / "register").exists()


def _glue(version: str, source: Path) -> str:
    package = "config" if (source / _PACKAGES / "config" / "validation").exists() else "kubeletconfig"
    validation = (source / _PACKAGES / package / "validation" / "validation.go").read_text()
    codec = (source / "pkg" / "kubelet" / "kubeletconfig" / "util" / "codec" / "codec.go").read_text()
    takes_context = "func DecodeKubeletConfiguration(ctx context.Context" in codec
    gates = ", utilfeature.DefaultFeatureGate" if "featureGate featuregate.FeatureGate" in validation else ""
    extra = '"context"' if takes_context else ""
    if "component-base/logs" in validation and _has_register(version):  # what a kubelet's own main registers
        extra += '\n\t_ "k8s.io/component-base/logs/json/register"'
    adds_gates = "logsapi.AddFeatureGates(" in (source / "cmd" / "kubelet" / "app" / "server.go").read_text()
    if adds_gates:
        extra += '\n\tlogsapi "k8s.io/component-base/logs/api/v1"'
    return _GLUE.format(
        package=package,
        extra=extra,
        context="context.Background(), " if takes_context else "",
        gates=gates,
        gates_of_logs=_GATES_OF_LOGS if adds_gates else "",
    )


@contextlib.contextmanager
def _only_one(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main(arguments: list[str] | None = None) -> int:
    """`python -m tests.oracle.configurations.real VERSION…`: prints the path of each."""
    asked = argparse.ArgumentParser(
        prog="python -m tests.oracle.configurations.real", description="Finds or builds the oracle of versions."
    )
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
