"""Several clusters as metrics: those of a plan, with the label ``cluster``; whether there is a plan has one of its own."""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.model.clusters import Clusters
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.media.metrics import Family, Sample, written
from upgradecheck.renderers.plan import prometheus

FOR_MACHINES = True
_CODE, _COMPLETE = "exit_code", "complete"


def render(clusters: Clusters, canvas: Canvas) -> Iterator[str]:
    """Family by family, each once."""
    return written(_families(clusters))


def _families(clusters: Clusters) -> Iterator[Family]:
    every = clusters.clusters
    yield Family("planned", "1 if there is a plan of the cluster.", [({"cluster": one.name}, int(one.plan is not None)) for one in every])
    codes: list[Sample] = [({"cluster": one.name}, one.exit_code) for one in every]
    yield Family(_CODE, "Exit code of the plan: 0, 1 no plan, 2 restarts, 3 undetermined, 4 hazards.", codes)
    yield Family(_COMPLETE, "1 if everything could be seen and trusted.", [({"cluster": one.name}, int(one.complete)) for one in every])
    yield from (family for name, family in _joined(clusters).items() if name not in (_CODE, _COMPLETE))


def _joined(clusters: Clusters) -> dict[str, Family]:
    found: dict[str, Family] = {}
    for cluster, plan in clusters.plans:
        for name, what, samples in prometheus.families(plan):
            told: list[Sample] = [({"cluster": cluster, **labels}, value) for labels, value in samples]
            before = found[name].samples if name in found else ()
            found[name] = Family(name, what, (*before, *told))
    return found
