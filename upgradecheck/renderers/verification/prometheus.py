"""What came of a plan as metrics, for the textfile collector of a node exporter: every result and state has its line, at 0 too.

Names of nodes and pods are no labels, which would make a series of each. ``upgradecheck_foretold_containers`` are those that were to stop
on the nodes that are upgraded by now, and could be held against what came.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from upgradecheck.model.plan import GONE
from upgradecheck.model.verification import JUDGED, Came, NodeState, Result, Verification
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.media.metrics import Family, written

FOR_MACHINES = True


def render(verification: Verification, canvas: Canvas) -> Iterator[str]:
    """Family by family."""
    return written(_families(verification))


def _families(verification: Verification) -> Iterator[Family]:
    yield Family("verified_info", "The plan that was held against what came.", [({"plan_hash": verification.plan_hash}, 1)])
    yield Family("verified_exit_code", "0 as predicted, 2 not, 3 it cannot be said.", [({}, verification.exit_code)])
    results = [({"result": one.value}, verification.summary.of(one)) for one in Result]
    yield Family("verified_containers", "Containers by what their prediction was worth.", results)
    judged = [one for one in verification.containers if one.result in JUDGED]
    foretold = sum(one.predicted in GONE for one in judged)
    stopped = sum(one.came is not Came.KEPT for one in judged)
    yield Family("foretold_containers", "Containers that were to stop, of those that were held against what came.", [({}, foretold)])
    yield Family("stopped_containers", "Containers that the new kubelet stopped, of the same.", [({}, stopped)])
    states = Counter(one.state for one in verification.nodes)
    yield Family("verified_nodes", "Nodes by whether they run the new kubelet.", [({"state": one.value}, states[one]) for one in NodeState])
