"""What parting nodes into waves costs: `python -m tests.bench.waves [--nodes COUNT]`.

Ratios of processor time on one machine in one run, since absolute times are noise. Growth: twice the nodes, each with as many pods, takes
about twice the time. Share: against writing the same plan as JSON. The worst case of a first fit, a budget of one over every node, is a
fleet of its own.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator

from tests.builders import as_version
from tests.builders_plan import plan, pod, restarting
from upgradecheck.contract.v1.plan import of
from upgradecheck.model.plan import Plan, PlannedBudget, PlannedNode, Verdict
from upgradecheck.model.waves import WaveRules
from upgradecheck.planning.waves import with_waves
from upgradecheck.renderers.json.stream import json_object

GROWTH, SHARE = 2.6, 1.0
"""At most for twice the nodes; at most of the time that its JSON takes."""

_ROUNDS = 3
_PODS, _REPLICAS, _ZONES = 30, 6, 3
_OLD, _NEW = as_version("1.30.14"), as_version("1.31.0")


def main() -> int:
    """Prints the ratios; 1 if one misses its goal."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=int, default=1250)
    nodes = parser.parse_args().nodes
    told = [*_growth(nodes), *_share(nodes)]
    for name, ratio, goal, met in told:
        print(f"{name:45} {ratio:5.2f}   (goal {goal}){'' if met else '   MISSED'}")
    return int(not all(met for *_, met in told))


def _growth(nodes: int) -> Iterator[tuple[str, float, str, bool]]:
    for name, tight in (("budgets of five sixths", False), ("a budget of one over all nodes", True)):
        fleets = [fleet(number, tight=tight) for number in (nodes, nodes * 2, nodes * 4)]
        times = [_least(one) for one in fleets]
        ratio = float((times[-1] / times[0]) ** 0.5)
        print(f"{name}: {times[-1]:.2f} s for {nodes * 4} nodes, {len(with_waves(fleets[-1], WaveRules()).waves)} waves")
        yield f"twice the nodes, {name}", ratio, f"at most {GROWTH}", ratio <= GROWTH


def _share(nodes: int) -> Iterator[tuple[str, float, str, bool]]:
    parted = with_waves(fleet(nodes, tight=False), WaveRules())
    begun = time.process_time()
    for _ in json_object(of(parted)):
        pass
    ratio = _least(parted) / (time.process_time() - begun)
    yield "waves against the plan's JSON", ratio, f"at most {SHARE}", ratio <= SHARE


def _least(one: Plan) -> float:
    return min(_timed(one) for _ in range(_ROUNDS))


def _timed(one: Plan) -> float:
    begun = time.process_time()
    with_waves(one, WaveRules())
    return time.process_time() - begun


def fleet(number: int, *, tight: bool) -> Plan:
    """So many nodes with 30 restarting pods each, of Deployments of six with a budget that lets one go, spread over three zones."""
    names = [f"node-{place}" for place in range(number)]
    nodes = tuple(
        PlannedNode(name, _OLD, _NEW, None, Verdict.RESTART, pool=f"pool-{place % 7}", zone=f"zone-{place % _ZONES}")
        for place, name in enumerate(names)
    )
    groups = number * _PODS // _REPLICAS
    pods = tuple(
        pod(
            f"p-{place}",
            restarting(),
            workload=f"Deployment/app-{place % groups}",
            node=names[(place % groups * 7 + place // groups * 11) % number],
            budgets=(_budget(place % groups, tight),),
        )
        for place in range(number * _PODS)
    )
    budgets = (PlannedBudget("shop", "all", 6, 5), *(PlannedBudget("shop", f"pdb-{group}", 6, 5) for group in range(groups)))
    return plan(*pods, from_version=_OLD, to_version=_NEW, nodes=nodes, budgets=budgets)


def _budget(group: int, tight: bool) -> str:
    return "all" if tight else f"pdb-{group}"


if __name__ == "__main__":
    sys.exit(main())
