"""150,000 pods of one dump in little memory: what is held grows by a place per pod, not by a pod."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import upgradecheck

ROOT = Path(upgradecheck.__file__).parents[1]
READ = """
import resource, sys
from upgradecheck.sources.files import open_inputs
with open_inputs([sys.argv[1]], recursive=False) as inputs:
    count = sum(1 for _ in inputs.pods())
print(count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def dump(path: Path, pods: int) -> None:
    """A List as kubectl prints it, of pods of some 4 KB."""
    env = [{"name": f"VARIABLE_{number}", "value": "x" * 80} for number in range(30)]
    with path.open("w") as file:
        file.write('{"apiVersion":"v1","items":[')
        for number in range(pods):
            spec = {"containers": [{"name": "app", "image": "shop/app:1", "env": env}]}
            pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": f"web-{number}", "uid": f"{number:032x}"}, "spec": spec}
            file.write("," * (number > 0) + json.dumps(pod))
        file.write('],"kind":"List","metadata":{"resourceVersion":""}}')


def peak(path: Path) -> tuple[int, int]:
    """Pods that were read twice, and the process's peak in MiB."""
    done = subprocess.run([sys.executable, "-c", READ, str(path)], cwd=ROOT, capture_output=True, text=True, check=True)
    count, mebibytes = done.stdout.split()
    return int(count), int(mebibytes)


@pytest.mark.long
def test_a_dump_of_150000_pods_passes_in_little_memory(tmp_path: Path) -> None:
    few, many = tmp_path / "few.json", tmp_path / "many.json"
    dump(few, 1_000)
    dump(many, 150_000)
    (few_read, few_peak), (many_read, many_peak) = peak(few), peak(many)
    assert (few_read, many_read) == (1_000, 150_000)
    assert many_peak - few_peak < 40
    assert many_peak < 100
