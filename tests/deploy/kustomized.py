"""What kustomize makes of deploy/kustomize, by kustomize itself or by the one in kubectl."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parents[2] / "deploy" / "kustomize"
OVERLAYS = ("base", "gate", "once", "k3s", "rke2", "before-1.30", "watch", "starts", "hold", "credential-providers")
Json = dict[str, Any]


def command() -> list[str] | None:
    """How it is called here; None where it is not there."""
    if shutil.which("kustomize"):
        return ["kustomize", "build"]
    return ["kubectl", "kustomize"] if shutil.which("kubectl") else None


def built(overlay: str) -> list[Json]:
    """The objects of an overlay, in their order."""
    words = command()
    assert words is not None
    done = subprocess.run([*words, str(FOLDER / overlay)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return list(yaml.safe_load_all(done.stdout))


def written() -> list[tuple[str, Json]]:
    """The objects as they stand in the files, patches and lists of kustomize left out."""
    found = []
    for file in sorted(FOLDER.rglob("*.yaml")):
        if file.name != "kustomization.yaml":
            found += [(str(file.relative_to(FOLDER)), one) for one in yaml.safe_load_all(file.read_text()) if "kind" in one]
    return found
