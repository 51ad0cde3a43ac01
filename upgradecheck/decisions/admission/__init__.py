"""Whether a restarted kubelet admits its pods again: each comes as new, in order of creation, and one that fails is stopped.

A pod is reduced to a PodRequest while its document is at hand (``admission_request``); the requests of a node are then judged together
(``admit``), since a pod may be refused for the room that those before it take. A refusal is certain only where the evidence shows it;
what hangs on things that no dump shows is possible, and says what is not known.

Mirrors HandlePodAdditions and canAdmitPod in pkg/kubelet/kubelet.go (from 1.34 on AddPod in pkg/kubelet/allocation).
"""

from upgradecheck.decisions.admission.admitting import admit
from upgradecheck.decisions.admission.node import unreadable
from upgradecheck.decisions.admission.outcomes import Admitted, Ground, Outcome, Possible, Refusal, Refused
from upgradecheck.decisions.admission.reducing import admission_request
from upgradecheck.decisions.admission.requests import PodNeeds, PodRequest
from upgradecheck.decisions.admission.reserving import allocatable_under, kept_back, overdrawn

__all__ = [
    "Admitted",
    "Ground",
    "Outcome",
    "PodNeeds",
    "PodRequest",
    "Possible",
    "Refusal",
    "Refused",
    "admission_request",
    "admit",
    "allocatable_under",
    "kept_back",
    "overdrawn",
    "unreadable",
]
