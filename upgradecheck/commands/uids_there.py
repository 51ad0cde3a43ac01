"""Whether the kubelets of a cluster made the UIDs of their static pods, for ``doctor``: by their mirror pods, which are all that the API
shows. A plan of the static pods' namespace, to the version that the nodes run already, asks just that; nothing else is taken from it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from upgradecheck.commands.plan import make_plan
from upgradecheck.commands.request import LiveCluster, PlanRequest
from upgradecheck.model.diagnosis import Area, Check, CheckState
from upgradecheck.model.errors import UpgradecheckError
from upgradecheck.model.pod import NodeFacts
from upgradecheck.model.version import KubeletVersion
from upgradecheck.model.wording import count

_NAMESPACE = "kube-system"
_WHAT = "UIDs of static pods in the cluster"
_RULE = "UC018"


def uids_of_mirrors(cluster: LiveCluster, namespaces: Collection[str], nodes: Sequence[NodeFacts]) -> Check | None:
    """What the UIDs tell; None where there is no static pod to be tested, or its namespace is not among those that were asked for."""
    running = [node.kubelet_version for node in nodes if isinstance(node.kubelet_version, KubeletVersion)]
    if not running or (namespaces and _NAMESPACE not in namespaces):
        return None
    newest = max(running, key=lambda version: (version.minor, version.patch or 0))
    try:
        plan = make_plan(PlanRequest(cluster=cluster, namespaces=(_NAMESPACE,), to_version=str(newest.minor)))
    except UpgradecheckError as error:
        return Check(Area.VERSIONS, _WHAT, CheckState.SKIPPED, str(error).partition(". ")[0])
    uids = plan.calibration.static_uids
    if uids is None or not uids.recorded:
        return None
    told = f"{uids.reproduced} of {count(uids.recorded, 'static UID')} reproduced, from mirror pods"
    found = [one for one in plan.findings if one.rule == _RULE]
    if not found:
        return Check(Area.VERSIONS, _WHAT, CheckState.OK, told)
    return Check(Area.VERSIONS, _WHAT, CheckState.WARNING, " ".join((f"{told}.", *(one.message for one in found))), found[0].remedy)
