"""What the real code of a version says of a KubeletConfiguration: decoded, defaulted, and ValidateKubeletConfiguration asked.

`python -m tests.oracle.configurations.real VERSION…` builds the program of ours that is asked (tests/oracle/building.py).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.lab.toolchains import downloaded
from tests.oracle import building
from tests.oracle.old_releases import adapted_to_old
from tests.oracle.process import GoProcess

MAIN = Path(__file__).parent / "main.go"
_PACKAGES = Path("pkg/kubelet/apis")
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
        super().__init__(PROGRAM.of(version), log=Path(os.devnull))

    def refuses(self, fields: Mapping[str, Any]) -> str:
        """Why this kubelet does not take these fields; empty where it does."""
        whole = {"apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration", **fields}
        answer = self.request(configuration=whole)
        return str(answer.get("undecoded") or answer.get("refused") or "")


def _files(version: str, source: Path) -> dict[str, str]:
    return {"main.go": MAIN.read_text(), "glue.go": adapted_to_old(_glue(version, source), source)}


def _has_register(version: str) -> bool:
    return (downloaded("k8s.io/component-base", f"v0.{version.removeprefix('1.')}") / "logs" / "json" / "register").exists()


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


PROGRAM = building.Program("configurations", MAIN.read_bytes() + (_GLUE + _GATES_OF_LOGS).encode(), _files, stamped=True)

if __name__ == "__main__":
    raise SystemExit(building.main(PROGRAM, "tests.oracle.configurations.real"))
