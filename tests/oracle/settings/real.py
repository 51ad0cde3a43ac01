"""What the real code of a version makes of settings that are parsed when a kubelet starts, and that no validation looks at.

ParseThresholdConfig of pkg/kubelet/eviction, TLSCipherSuites and TLSVersion of k8s.io/component-base, the sysctls' allowlist, and
parseResourceList, which is nobody's to call: its text is taken out of the release's cmd/kubelet/app/server.go.
`python -m tests.oracle.settings.real VERSION…` builds the program of ours that is asked (tests/oracle/building.py).
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.oracle import building
from tests.oracle.old_releases import adapted_to_old
from tests.oracle.process import GoProcess

MAIN = Path(__file__).parent / "main.go"
_GLUE = """package main

import (
	"fmt"

	{imports}
)

var _ = fmt.Sprint

{parse}

func reserved(amounts map[string]string) error {{
	_, err := parseResourceList(amounts)
	return err
}}

func thresholds(hard, soft, grace, reclaim map[string]string) error {{
	_, err := eviction.ParseThresholdConfig([]string{{}}, hard, soft, grace, reclaim)
	return err
}}

func suites(names []string) error {{
	_, err := cliflag.TLSCipherSuites(names)
	return err
}}

func version(name string) error {{
	_, err := cliflag.TLSVersion(name)
	return err
}}

func sysctls(patterns []string) error {{
	_, err := sysctl.{list}(patterns)
	return err
}}
"""
_IMPORTS = {
    "eviction": "k8s.io/kubernetes/pkg/kubelet/eviction",
    "cliflag": "k8s.io/component-base/cli/flag",
    "sysctl": "k8s.io/kubernetes/pkg/kubelet/sysctl",
    "v1": "k8s.io/api/core/v1",
    "resource": "k8s.io/apimachinery/pkg/api/resource",
    "pidlimit": "k8s.io/kubernetes/pkg/kubelet/stats/pidlimit",
    "utilfeature": "k8s.io/apiserver/pkg/util/feature",
    "features": "k8s.io/kubernetes/pkg/features",
}
_PARSE = re.compile(r"^func parseResourceList\(.*?^}$", re.MULTILINE | re.DOTALL)
_LISTS = ("NewAllowlist", "NewWhitelist")


class Settings(GoProcess):
    """A running oracle of one version."""

    def __init__(self, version: str) -> None:
        super().__init__(PROGRAM.of(version), log=Path(os.devnull))

    def refuses(self, fields: Mapping[str, Any]) -> str:
        """Why this kubelet ends at these fields; empty where it goes on."""
        return str(self.request(**fields)["refused"])


def _files(version: str, source: Path) -> dict[str, str]:
    return {"main.go": MAIN.read_text(), "glue.go": adapted_to_old(_glue(source), source)}


def _glue(source: Path) -> str:
    server = (source / "cmd" / "kubelet" / "app" / "server.go").read_text()
    found = _PARSE.search(server)
    assert found is not None
    folder = source / "pkg" / "kubelet" / "sysctl"
    text = "".join(path.read_text() for path in folder.glob("*list.go"))
    known = next(name for name in _LISTS if f"func {name}(" in text)
    used = [name for name in _IMPORTS if name in ("eviction", "cliflag", "sysctl") or f"{name}." in found[0]]
    imports = "\n\t".join(f'{name} "{_IMPORTS[name]}"' for name in used)
    return _GLUE.format(imports=imports, parse=found[0], list=known)


PROGRAM = building.Program("settings", MAIN.read_bytes() + _GLUE.encode(), _files)

if __name__ == "__main__":
    raise SystemExit(building.main(PROGRAM, "tests.oracle.settings.real"))
