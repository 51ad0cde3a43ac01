"""The goldens of tests/goldens/podactions.json: which containers of drawn pods, and of those in resizing.py, real kubelets kill.

`python -m tests.oracle.podactions.goldens VERSION…` asks these versions, built if need be, and writes what they say in place of what the
file has of other patches of their minors; what it has of other minors stays.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from random import Random

from tests.builders import CATALOG
from tests.oracle.by_version import ByVersion
from tests.oracle.podactions.drawing import Drawn, drawn
from tests.oracle.podactions.real import Kubelet
from tests.oracle.podactions.resizing import cases
from upgradecheck.decode.kubelet.version import parse_kubelet_version

GOLDENS = ByVersion("podactions")
ASKED = (
    "ContainerShouldRestart in pkg/api/v1/pod",
    "HasAnyRegularContainerCreated",
    "HashContainer in pkg/kubelet/container",
    "PodSandboxChanged",
    "ShouldContainerBeRestarted in pkg/kubelet/container",
    "computeInitContainerActions in pkg/kubelet/kuberuntime",
    "computePodActions in pkg/kubelet/kuberuntime",
    "computePodResizeAction in pkg/kubelet/kuberuntime",
    "containerChanged in pkg/kubelet/kuberuntime",
    "containerSucceeded",
    "findNextInitContainerToRun",
    "isInitContainerFailed in pkg/kubelet/kuberuntime",
    "pickFieldsToHash in pkg/kubelet/container",
    "podSandboxChanged in pkg/kubelet/kuberuntime",
)
"""What answers, of mirrored.json: a minor in which all of it is as in another one's newest patch does as that one does."""
DRAWN = 120
"""How many pods are drawn, for each minor the same ones every time."""


def every_case(version: str) -> dict[str, Drawn]:
    """What a version is asked, by name; a pre-release as the release that it comes before."""
    (build,) = CATALOG.builds(parse_kubelet_version(version.partition("-")[0]))
    resized = cases(build.hash_class)
    dice = Random(build.minor.minor)
    drawn_ones = (drawn(dice, len(resized) + number, build.hash_class) for number in range(DRAWN))
    return resized | {f"drawn {number}": one for number, one in enumerate(drawn_ones)}


def asked(version: str) -> dict[str, str]:
    """What a version does with each pod: the names of the containers that it kills."""
    with tempfile.TemporaryDirectory() as folder, Kubelet(version, Path(folder) / "log") as kubelet:
        told = {}
        for name, one in every_case(version).items():
            answer = kubelet.judge(one.pod, one.status)
            told[name] = in_words(its for key, its in one.running.items() if answer["kill_pod"] or key in answer["kill"])
    return told


def in_words(killed: Iterable[str]) -> str:
    """The containers that are killed, as the goldens have them."""
    names = " ".join(sorted(killed))
    return f"kills {names}" if names else "keeps all"


if __name__ == "__main__":
    raise SystemExit(GOLDENS.main(sys.argv[1:], asked))
