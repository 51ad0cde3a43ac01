"""What the UID of a static pod costs: `python -m tests.bench.static_uids`.

Ratios of processor time on one machine in one run, the least of a few rounds each: the UID of a pod that is decoded and defaulted against
decoding and defaulting it, which a plan does anyway. Of FNV-1a, which there is no C of, the sum is most of it. The goal of a millisecond a pod
and version, all together, is told beside it and held only as ratio.

Found with Python 3.11.7 on two cores with a load of 8, for a control plane's pod of 7 kB of text: MD5 0.6 times, 0.3 ms all together; FNV-1a 5 to 8
times, 1.3 ms, and of a pod with one container and 4.5 kB 0.8 ms.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from tests.bench.pods import least
from tests.unit.decisions.manifests.corpus import build_of
from tests.unit.hashing.staticuid.making import NODE, SOURCE, defaulted
from upgradecheck.decode.yaml import documents as goyaml
from upgradecheck.hashing.staticuid.uids import static_uid
from upgradecheck.model.kubelet import KubeletBuild

GOALS = {"1.15.12": 1.5, "1.22.17": 1.5, "1.34.10": 1.5, "1.37.1": 12.0}
"""At most so many times what decoding and defaulting take, by a version of each way to print and to sum."""

_TIMES = 200
_MANIFEST = Path(__file__).parents[1] / "lab" / "manifests" / "control-plane-nouid.yaml"


def main() -> int:
    """Prints the ratios; 1 if one misses its goal."""
    document = goyaml.to_json(_MANIFEST.read_bytes())
    missed = False
    for version, ratio, milliseconds in _found(document):
        misses = ratio > GOALS[version]
        told = f"UID under {version}: against decoding".ljust(45)
        print(f"{told} {ratio:5.2f}   (goal at most {GOALS[version]}), all together {milliseconds:.2f} ms{'   MISSED' if misses else ''}")
        missed |= misses
    return int(missed)


def _found(document: bytes) -> Iterator[tuple[str, float, float]]:
    for version in GOALS:
        build = build_of(version)
        reading, summing = least(lambda build=build: _read(document, build)), _least_of_uids(document, build)  # type: ignore[misc]
        yield version, summing / reading, (reading + summing) / _TIMES * 1000


def _read(document: bytes, build: KubeletBuild) -> None:
    for _ in range(_TIMES):
        defaulted(document, build)


def _least_of_uids(document: bytes, build: KubeletBuild) -> float:
    value = defaulted(document, build)
    return least(lambda: [static_uid(value, build, NODE, SOURCE) for _ in range(_TIMES)])


if __name__ == "__main__":
    sys.exit(main())
