"""What reading and examining pods costs: `python -m tests.bench.pods [--pods COUNT]`.

Ratios of processor time on one machine in one run, the least of a few rounds each, since absolute times are noise. Growth: a pod with twice
the containers takes about twice the time. Reading: the C scanner against the exact parser, one decode for two kubelets against two.
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
from collections.abc import Callable, Iterator, Sequence

from tests.builders import CATALOG, Document, kubelet, pod, raw, read, with_container, with_env, with_init, with_sidecar
from upgradecheck.hashing.alike import values_alike
from upgradecheck.hashing.containers import pod_value
from upgradecheck.hashing.jsonscan import scan
from upgradecheck.hashing.jsontext import parse
from upgradecheck.model.hash import Hash
from upgradecheck.model.pod import Recorded
from upgradecheck.model.version import Minor
from upgradecheck.planning.seeing.examine import Examiner, Reading
from upgradecheck.planning.seeing.facts import Step

GROWTH, SCANNER, ONE_DECODE = 2.6, 3.0, 1.15
"""At most for twice the containers; at least times as quick."""

ROUNDS = 5
_SIZES = (200, 400, 800)
_STEP = Step(kubelet("1.30.14"), kubelet("1.34.10"))
_KINDS = {"containers": with_container, "init containers": with_init, "sidecars": with_sidecar}


def main() -> int:
    """Prints the ratios; 1 if one misses its goal."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pods", type=int, default=500)
    documents = [raw(_furnished(pod(), number)) for number in range(parser.parse_args().pods)]
    told = [*_growth(), *_reading(documents)]
    for name, ratio, goal, met in told:
        print(f"{name:45} {ratio:5.2f}   (goal {goal}){'' if met else '   MISSED'}")
    return int(not all(met for *_, met in told))


def _growth() -> Iterator[tuple[str, float, str, bool]]:
    for name, add in _KINDS.items():
        pods = [raw(_grown(add, size)) for size in _SIZES]
        times = [least(lambda one=one: _examined(one)) for one in pods]  # type: ignore[misc]
        ratio = (times[-1] / times[0]) ** (1 / (len(_SIZES) - 1))
        yield f"examined: twice the {name}", ratio, f"at most {GROWTH}", ratio <= GROWTH


def _reading(documents: Sequence[bytes]) -> Iterator[tuple[str, float, str, bool]]:
    ratio = least(lambda: [parse(one) for one in documents]) / least(lambda: [scan(one) for one in documents])
    yield "parsed: the exact parser against the scanner", ratio, f"at least {SCANNER}", ratio >= SCANNER
    trees, schemas = [scan(one) for one in documents], [CATALOG.schema(Minor(1, minor)) for minor in (30, 31)]
    apart = least(lambda: [pod_value(tree, schema) for tree in trees for schema in schemas])
    ratio = apart / least(lambda: [values_alike(tree, schemas) for tree in trees])
    yield "decoded: for two kubelets apart against at once", ratio, f"at least {ONE_DECODE}", ratio >= ONE_DECODE


def _furnished(document: Document, number: int) -> Document:
    for place in range(12):
        document = with_env(document, f"value {place} of {number}")
    return document


def _grown(add: Callable[[Document, str], Document], count: int) -> Document:
    document = pod()
    for number in range(count):
        document = add(document, f"more-{number}")
    return document


def _examined(document: bytes) -> None:
    Examiner(CATALOG).examine(read(document), _STEP, lambda name: Recorded(Hash(0)), Reading(listed=True))


def least(work: Callable[[], object]) -> float:
    """The least processor time of a few rounds, in seconds."""
    found = []
    for _ in range(ROUNDS):
        gc.collect()
        begun = time.process_time()
        work()
        found.append(time.process_time() - begun)
    return min(found)


if __name__ == "__main__":
    sys.exit(main())
