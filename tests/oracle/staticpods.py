"""What the real kubelet code of a version makes of a static pod manifest: decoded, defaulted, given a UID, validated, hashed.

`python -m tests.oracle.staticpods VERSION…` builds the program of ours that is asked (tests/oracle/building.py). That version's own
pkg/kubelet/config/common.go (and HashContainer of pkg/kubelet/container) is put beside it as package main when it is built, so that
neither client-go nor the volume plugins are compiled. Nothing of it is kept in the repository.
"""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any

from tests.lab.toolchains import NotBuildable
from tests.oracle import building
from tests.oracle.old_releases import adapted_to_old
from tests.oracle.process import GoProcess

NODE, PATH = "node1", "/etc/kubernetes/manifests/pod.yaml"
OURS = Path(__file__).parent / "staticpods" / "main.go"
_CONFIG, _CONTAINER = Path("pkg/kubelet/config"), Path("pkg/kubelet/container/helpers.go")

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
        super().__init__(PROGRAM.of(version), gates)

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


def _files(_: str, source: Path) -> dict[str, str]:
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


PROGRAM = building.Program("staticpods", OURS.read_bytes(), _files)

if __name__ == "__main__":
    raise SystemExit(building.main(PROGRAM, "tests.oracle.staticpods"))
