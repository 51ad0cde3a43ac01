"""The real computePodActions of a Kubernetes release, compiled with a hook beside it, and asked.

What decides is not exported, so the hook stands in the package itself: a copy of the release's sources (of links, which cost nothing) gets one
file more, and is what the program is built against. Built as a lab kubelet is, and kept in the same cache.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

from tests.lab.caches import cache
from tests.lab.kubelets import parts
from tests.lab.toolchains import downloaded, go_of, run
from tests.oracle.building import go_module
from tests.oracle.process import GoProcess

_HERE = Path(__file__).parent
_PACKAGE = Path("pkg/kubelet/kuberuntime")
_FURNISHED = ((35, "furnish_actuated.go"), (33, "furnish_allocation.go"), (0, "furnish_plain.go"))
"""From this minor on, what its manager holds is put there by this file."""
_LATER = ((17, r"\t+startupManager:.*\n"), (16, r"\tfor .* changes\.EphemeralContainersToStart \{\n.*\n\t\}\n"))
"""Before this minor, what of the hook names a thing that there is not yet."""


def program(version: str) -> Path:
    """The program of this version, built if it is not there or if its sources are others.

    Raises:
        NotBuildable: Go or the build failed.
    """
    at = cache("podactions") / version
    at.mkdir(exist_ok=True)
    texts = _sources(parts(version)[0])
    built, made_of = at / "podactions", at / "made-of.json"
    if built.exists() and made_of.exists() and json.loads(made_of.read_text()) == texts:
        return built
    release = downloaded("k8s.io/kubernetes", f"v{version}")
    _copy_of_links(release, at / "kubernetes")
    for name in ("hook.go", "furnish.go"):
        (at / "kubernetes" / _PACKAGE / f"upgradecheck_{name}").write_text(texts[name])
    (at / "go.mod").write_text(f"{go_module(version, release, at)}replace k8s.io/kubernetes => ./kubernetes\n")
    (at / "main.go").write_text(texts["main.go"])
    built.unlink(missing_ok=True)
    run(["go", "build", "-o", "podactions.part", "."], cwd=at, env=go_of(*parts(version)).environment())
    shutil.rmtree(at / "kubernetes")
    made_of.write_text(json.dumps(texts))
    return (at / "podactions.part").rename(built)


def _sources(minor: int) -> dict[str, str]:
    """Our files for a minor, by name."""
    furnish = next(name for since, name in _FURNISHED if minor >= since)
    sources = {"main.go": "main.go", "hook.go": "hook.go", "furnish.go": furnish}
    texts = {name: (_HERE / source).read_text() for name, source in sources.items()}
    for since, later in _LATER:
        if minor < since:
            texts["hook.go"], found = re.subn(later, "", texts["hook.go"])
            assert found == 1, f"{later} is {found} times in hook.go"
    return texts


def _copy_of_links(release: Path, at: Path) -> None:
    """What programs are built of, without what only tests and people read."""
    shutil.rmtree(at, ignore_errors=True)
    at.mkdir()
    named = release / "go.mod"
    (at / "go.mod").write_text(named.read_text() if named.exists() else "module k8s.io/kubernetes\n")
    for name in ("pkg", "cmd", "third_party"):
        if (release / name).is_dir():
            shutil.copytree(release / name, at / name, copy_function=os.link, ignore=shutil.ignore_patterns("*_test.go", "testdata"))
    for folder in (at, *(path for path in at.rglob("*") if path.is_dir())):
        folder.chmod(0o755)


class Kubelet(GoProcess):
    """One process of it: a kubelet that has just been started. log: where it writes what it finds missing, pod by pod."""

    def __init__(self, version: str, log: Path) -> None:
        super().__init__(program(version), log=log)

    def judge(self, pod: dict[str, Any], status: dict[str, Any]) -> dict[str, Any]:
        """``kill_pod``, ``create_sandbox``, the IDs to ``kill`` and the names to ``start``; status: the runtime's, as PodStatus in JSON."""
        return self.request(pod=pod, status=status)
