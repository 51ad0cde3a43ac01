"""The real admit handler of a Kubernetes release: built as a lab kubelet is (tests/lab/kubelets.py), kept in the same cache, and asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.lab.caches import cache
from tests.lab.kubelets import parts
from tests.lab.toolchains import downloaded, go_of, run
from tests.oracle.building import go_module
from tests.oracle.process import GoProcess

MAIN = Path(__file__).with_name("main.go")


def program(version: str) -> Path:
    """The program of this version, built if it is not there or if main.go is another.

    Raises:
        NotBuildable: Go or the build failed.
    """
    at = cache("admission") / version
    at.mkdir(exist_ok=True)
    source = MAIN.read_text()
    built, made_of = at / "admission", at / "main.go"
    if built.exists() and made_of.exists() and made_of.read_text() == source:
        return built
    (at / "go.mod").write_text(go_module(version, downloaded("k8s.io/kubernetes", f"v{version}"), at))
    made_of.write_text(source)
    built.unlink(missing_ok=True)
    run(["nice", "-n", "10", "go", "build", "-o", "admission.part", "."], cwd=at, env=go_of(*parts(version)).environment())
    return (at / "admission.part").rename(built)


class Handler(GoProcess):
    """One process of it."""

    def __init__(self, version: str) -> None:
        super().__init__(program(version))

    def admit(self, pod: dict[str, Any], others: list[dict[str, Any]], node: dict[str, Any]) -> dict[str, Any]:
        """``admit``, ``reason``, ``qos``, ``critical`` and ``stopped`` of a pod beside those that were admitted before it."""
        return self.request(pod=pod, others=others, node=node)
