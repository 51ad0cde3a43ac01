"""The goldens of tests/goldens/resizing.json: which containers of the pods in resizing.py real kubelets kill, and which they keep.

`python -m tests.oracle.podactions.goldens VERSION…` asks these versions, built if need be, and writes what they say in place of what the
file has of other patches of their minors; what it has of other minors stays.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.builders import CATALOG
from tests.oracle.by_version import ByVersion
from tests.oracle.podactions.real import Kubelet
from tests.oracle.podactions.resizing import cases
from upgradecheck.decode.kubelet.version import parse_kubelet_version

GOLDENS = ByVersion("resizing")


def asked(version: str) -> dict[str, str]:
    """What a version does with each pod: the names of the containers that it kills."""
    build = CATALOG.builds(parse_kubelet_version(version))[-1]
    with tempfile.TemporaryDirectory() as folder, Kubelet(version, Path(folder) / "log") as kubelet:
        told = {}
        for name, one in cases(build.hash_class).items():
            answer = kubelet.judge(one.pod, one.status)
            killed = [its for key, its in one.running.items() if answer["kill_pod"] or key in answer["kill"]]
            told[name] = f"kills {' '.join(killed)}" if killed else "keeps all"
    return told


if __name__ == "__main__":
    raise SystemExit(GOLDENS.main(sys.argv[1:], asked))
