"""What became of a container against what was predicted of it.

A restart and a new pod are one to whoever runs in it: it is stopped. A refusal is another thing, since what is refused does not come back.
What was stopped for another reason than the new kubelet speaks neither for a prediction nor against it, and is unexplained; what was
stopped while nothing tells why is held against the plan. What fits the kubelet's stop as well as another reason is not decided, whatever
was predicted: a restart that came by itself is no hit.
"""

from __future__ import annotations

from upgradecheck.model.plan import PlannedContainer, Verdict
from upgradecheck.model.pod import RunState
from upgradecheck.model.reasons import Family, Reason
from upgradecheck.model.verification import KUBELETS, Because, Came, Result
from upgradecheck.verifying.fates import Fate

_RUNS = (RunState.RUNNING, RunState.UNKNOWN)
_REFUSED = (Came.REJECTED, Came.REMOVED)


def ran(container: PlannedContainer) -> bool | None:
    """Whether there was something to be stopped when the plan was made; a plan of an older program says so by its reasons alone.

    What is said of a pod as a whole, as that it is on its way out, is the reason of its containers too. None where the plan did not see it:
    of a manifest or a template it knows no container.
    """
    if container.reason.family is Family.AT_REST or container.reason in (Reason.VIRTUAL_KUBELET, Reason.INIT_RERUNS):
        return False
    if container.state is not None:
        return container.state in _RUNS
    return None if container.container_id is None else True


def judged(predicted: Verdict, reason: Reason, fate: Fate) -> Result:
    """The result for what ran on a node that runs the new kubelet."""
    if fate.gone:
        return Result.REPLACED
    if predicted is Verdict.UNKNOWN:
        return Result.UNKNOWN
    if fate.came is None or (fate.came is Came.ENDED and fate.because is None and fate.exit_code is None):
        return Result.UNSEEN  # a runtime's list alone shows that it has ended: whether it was stopped, its status would tell
    if predicted in (Verdict.RESTART, Verdict.RECREATE):
        return _of_a_stop(reason, fate)
    return _of_a_refusal(fate) if predicted is Verdict.REJECT else _of_staying(fate)


def _of_a_stop(reason: Reason, fate: Fate) -> Result:
    if fate.came is Came.KEPT:
        return Result.FALSE_ALARM
    if fate.came in _REFUSED:
        return Result.MISS if fate.because is None else Result.UNEXPLAINED
    if fate.because in (Because.DEFINITION, Because.SANDBOX):
        return Result.HIT
    unheard = fate.unheard and reason.family is not Family.POD_END  # of those that go with their pod no kubelet says a word
    if fate.because is None and (unheard or (fate.listed_alone and fate.came is Came.RESTARTED)):
        return Result.UNSEEN
    if fate.undecided:
        return Result.HIT if fate.came is Came.ENDED and reason.family is Family.POD_END else Result.UNSEEN
    if fate.came is Came.ENDED:
        return Result.HIT if reason.family is Family.POD_END or fate.because is None else Result.UNEXPLAINED
    return Result.HIT if fate.because is None else Result.UNEXPLAINED


def _of_a_refusal(fate: Fate) -> Result:
    if fate.came in _REFUSED:
        return Result.HIT
    if fate.because is Because.EDITED:
        return Result.UNEXPLAINED
    if fate.came is Came.ENDED and (fate.undecided or fate.listed_alone):
        return Result.UNSEEN  # of what is refused, and of what waits to be started anew, a runtime lists the same end, whoever made it
    return Result.UNEXPLAINED if fate.came is Came.ENDED else Result.FALSE_ALARM


def _of_staying(fate: Fate) -> Result:
    if fate.came is Came.KEPT:
        return Result.HIT
    if fate.undecided:
        return Result.UNSEEN
    if fate.because in KUBELETS:
        return Result.MISS
    return Result.UNEXPLAINED
