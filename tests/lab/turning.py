"""What real kubelets say to gates of flags, files and drop-ins that turn one another: ``python -m tests.lab.turning VERSION… > FILE``.

Of a field that they fill in while a gate is on (tests/lab/recorded-turning.json). A number of pods that every kubelet refuses keeps each
from going on, so that a start is over at once, and touches nothing.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.lab.kubelets import kubelet, parts

Gates = Mapping[str, bool]
BACKING_OFF, SECRETS = "KubeletCrashLoopBackOffMax", "KubeletEnsureSecretPulledImages"
KIND = {"apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration"}
_OF_V1 = re.compile(r",? ?kubelet is configured to not run on a host using cgroup v1[^,\]]*")
"""What 1.35 says beside all else, on a machine that has it."""
_REFUSED = re.compile(r"failed to validate kubelet configuration, error: \[?(.*?)\]?, path: ")

_ENDED = re.compile(r"(?:err=|panic: )(.*)")


@dataclass(frozen=True, slots=True)
class Turn:
    """The gates of flags, of a file and of a drop-in; None where there is none of these."""

    flags: Gates
    file: Gates | None = None
    drop_in: Gates | None = None


def turns(version: str) -> Iterator[Turn]:
    """What is tried with a kubelet of this version."""
    names = ("AllAlpha", "AllBeta", BACKING_OFF) + ((SECRETS,) if parts(version)[0] >= 33 else ())
    settings = [{}, *({name: on} for name in names for on in (True, False))]
    for flags in settings:
        yield Turn(flags)
        yield from (Turn(flags, file) for file in settings)
        yield from (Turn(flags, {}, drop_in) for drop_in in settings[1:])
    yield from (Turn({}, file, drop_in) for file in settings[1:] for drop_in in settings[1:])


def words(turn: Turn, folder: Path) -> list[str]:
    """The command line for it; writes its files."""
    found = ["--max-pods=-1"]
    if turn.flags:
        found.append("--feature-gates=" + ",".join(f"{name}={str(on).lower()}" for name, on in turn.flags.items()))
    if turn.file is not None:
        (folder / "config.json").write_text(json.dumps({**KIND, "featureGates": dict(turn.file)}))
        found.append(f"--config={folder / 'config.json'}")
    if turn.drop_in is not None:
        (folder / "kubelet.conf.d").mkdir(exist_ok=True)
        (folder / "kubelet.conf.d" / "10.conf").write_text(json.dumps({**KIND, "featureGates": dict(turn.drop_in)}))
        found.append(f"--config-dir={folder / 'kubelet.conf.d'}")
    return found


def refused(program: Path, turn: Turn) -> list[str]:
    """What of its configuration a kubelet refuses, beside its number of pods and this machine's cgroups."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([program, *words(turn, Path(folder))], capture_output=True, text=True, timeout=60, check=False)
    found = _REFUSED.search(done.stdout + done.stderr)
    if found is None:
        return [_ENDED.findall(done.stdout + done.stderr)[-1][:200]]
    told = _OF_V1.sub("", found[1]).split(", invalid configuration: ")
    return [one for one in told if "maxPods" not in one]


def record(version: str) -> list[dict[str, Any]]:
    """What became of each."""
    program = kubelet(version)
    return [{"version": version, **asdict(turn), "refused": refused(program, turn)} for turn in turns(version)]


if __name__ == "__main__":
    lines = ",\n".join(json.dumps(one) for version in sys.argv[1:] for one in record(version))
    sys.stdout.write(f"[\n{lines}\n]\n")
