"""How well recorded hashes and UIDs of static pods are reproduced, by node, and what follows where no UID is.

One UID that the running kubelet makes proves the node's name, the directory and the version for all static pods of its node. Where none is
made, nothing does:

- A manifest of which nothing shows that it runs may have been edited: what the two versions alone would keep is unknown
  (Reason.STATIC_UID_UNPROVED).
- So is one that a view shows to run, where the kubelet's configuration tells its directory: its file was renamed, or another kubelet runs.
- One that a view shows to run, in a directory of which nobody told the kubelet's name for it, lacks nothing but that name, and a view alone
  (a kubelet's /pods, a mirror pod) is no claim about a file at all. The rule between two versions holds for both, whatever the directory is
  called. It is believed, not tested: the evidence is estimated, and with manifests the plan is not complete.

A UID that another minor makes of a manifest contradicts the version that a node reports or --from gives: a kubelet makes the UIDs of all
its static pods anew when it starts. Only a pin (metadata.uid in the manifest) keeps what an earlier one made, which a view does not show;
where another UID of the node is reproduced, it is that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from msgspec.structs import replace

from upgradecheck.hazards import OtherKubelet
from upgradecheck.model.plan import Calibration, Grade, PlannedContainer, StaticUIDs, Verdict, together
from upgradecheck.model.reasons import Reason
from upgradecheck.planning.deciding import DecidedPod
from upgradecheck.planning.rows import DecidedPods, by_node, decided, first_of, node_of, rows_of, weighed
from upgradecheck.planning.verdicts import goes_on

Calibrations: TypeAlias = Mapping[str | None, Calibration]
_TELLING = 2
_AS_GOOD_AS_SEEN = (Grade.RECORDED, Grade.INFERRED)


def calibrations_of(pods: Iterable[DecidedPod]) -> Calibrations:
    """By node, how many recorded hashes and UIDs of static pods are reproduced."""
    found: dict[str | None, list[Calibration]] = {}
    for node, one, times in by_node(pods, lambda one: one.recorded or one.in_force or one.uid_reproduced is not None):
        uids = None if one.uid_reproduced is None else StaticUIDs(int(one.uid_reproduced) * times, times)
        numbers = one.reproduced * times, one.recorded * times, uids, one.supposed * times, one.in_force * times
        found.setdefault(node, []).append(Calibration(*numbers))
    return {node: together(some) for node, some in found.items()}


def lowered(pods: Sequence[DecidedPod]) -> Sequence[DecidedPod]:
    """The pods, with the evidence of static ones lowered whose node no UID proves."""
    calibrations = calibrations_of(pods)
    unproved = {node for node, one in calibrations.items() if one.proves_no_uid}
    if not unproved:
        return pods
    return DecidedPods(
        _lowered(decided(row)) if first_of(row).uid_reproduced is False and node_of(row) in unproved else row for row in rows_of(pods)
    )


def _lowered(one: DecidedPod) -> DecidedPod:
    return replace(one, pod=replace(one.pod, containers=tuple(map(_believed, one.pod.containers))))


def _believed(container: PlannedContainer) -> PlannedContainer:
    """Only what goes on, or may, hangs on a UID that is kept; what ends by the two versions alone ends whatever its UID was made of."""
    evidence = container.evidence
    hangs = goes_on(container) or container.reason is Reason.STATIC_UID_UNPROVED
    if not hangs or container.verdict is Verdict.NOT_COMPARED or evidence.grade not in _AS_GOOD_AS_SEEN:
        return container
    return replace(container, evidence=replace(evidence, grade=Grade.ESTIMATED))


def contradictions_of(pods: Iterable[DecidedPod], calibrations: Calibrations) -> Mapping[str, OtherKubelet]:
    """By node, the kubelet that its static pods' UIDs say to run, where that is not the one that it is said to run."""
    found: dict[str, list[DecidedPod]] = {}
    for row in rows_of(pods) if any(one.uid_made_by for one, _ in weighed(pods)) else ():
        if not first_of(row).uid_made_by:
            continue
        one, node = decided(row), node_of(row)
        if node is None or (one.perhaps_pinned and not calibrations.get(node, Calibration()).proves_no_uid):
            continue
        found.setdefault(node, []).append(one)
    return {node: _other_kubelet(some) for node, some in found.items()}


def nobodys_uids(calibrations: Calibrations, others: Mapping[str, OtherKubelet]) -> Mapping[str, int]:
    """By node, how many UIDs of static pods were to be made again, where none is any minor's. One alone may be edited or renamed."""
    unproved = (
        (node, one.static_uids) for node, one in calibrations.items() if one.proves_no_uid and node is not None and node not in others
    )
    return {node: uids.recorded for node, uids in unproved if uids is not None and uids.recorded >= _TELLING}


def _other_kubelet(pods: Sequence[DecidedPod]) -> OtherKubelet:
    """Minors that make all of the UIDs; all that make one, where none makes all."""
    named = tuple(dict.fromkeys(minor for one in pods for minor in one.uid_made_by))
    common = tuple(minor for minor in named if all(minor in one.uid_made_by for one in pods))
    return OtherKubelet(common or named, len(pods), perhaps_pinned=all(one.perhaps_pinned for one in pods))
