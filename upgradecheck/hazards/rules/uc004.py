"""UC004: a container restarts for its hash, and no difference between the versions that the other rules tell of is why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from upgradecheck.hazards import Rule, Upgrade, grouped, workload_of
from upgradecheck.model.plan import Cause, CauseKind, Finding, PlannedContainer, Severity
from upgradecheck.model.reasons import Family, Reason
from upgradecheck.model.rules import Upstream
from upgradecheck.model.schema import Era
from upgradecheck.model.wording import count

_ABSENT = "Look why the runtime has no hash of it; any kubelet that starts restarts it, the running version too."
_DRIFTED = "Count on its restart with the new image, upgrade or not: the running kubelet restarts it as soon as it looks."
_UNCHANGED: Mapping[str, tuple[str, ...]] = {}
_RESIZED = (
    "its resources were changed in place since it started, which the running kubelet leaves out of its comparison and the new one does "
    "not: its gate InPlacePodVerticalScaling is off"
)
_KEEP_GATE = "Set the gate on the new kubelet, too, or count on the restart."
_LOST = "Take the fields out of the spec before going back, or count the containers as restarted."


def findings(upgrade: Upgrade) -> Iterator[Finding]:
    """One finding per workload, container and what is the matter, with the number of containers."""
    drifted = {id(pod): images for pod, images in upgrade.noted.get("UC004", ())}
    by_versions = {key for key, (causes, _) in upgrade.sorted.by_causes.items() if any(map(_is_of_versions, causes))}
    found = (
        ((workload_of(pod, one), told), pod.number)
        for pod, one in upgrade.restarting(
            lambda one: (
                (drifted or one.reason is Reason.RECORD_ABSENT or id(one.causes) not in by_versions) and one.reason.family is Family.HASH
            )
        )
        if (told := _told(one, drifted.get(id(pod), _UNCHANGED).get(one.name), by_name=upgrade.to_era is Era.IMAGE_NAME)) is not None
    )
    for (what, (message, remedy)), numbers in grouped(found).items():
        yield RULE.finding(what, f"{count(sum(numbers), 'container restarts', 'containers restart')}: {message}.", remedy)


def _is_of_versions(cause: Cause) -> bool:
    """Whether another rule tells of it."""
    return cause.printed or cause.kind is not CauseKind.FIELD_VALUE


def _told(one: PlannedContainer, images: tuple[str, ...] | None, *, by_name: bool) -> tuple[str, str | None] | None:
    """What is the matter, and what to do; None where another rule says so. images: the one that runs and that of the spec; none where
    the resources were changed. by_name: the new kubelet hashes name and image alone."""
    if images == () and not by_name:
        return _RESIZED, _KEEP_GATE
    if images:
        return (
            f"it runs image {images[0]}, and its spec says {images[1]} by now: any kubelet restarts it for that, whatever the versions",
            _DRIFTED,
        )
    if one.reason is Reason.RECORD_ABSENT:
        return Reason.RECORD_ABSENT.sentence, _ABSENT
    if any(map(_is_of_versions, one.causes)):
        return None
    paths = ", ".join(cause.path for cause in one.causes if cause.path is not None)
    if paths:
        return f"the new kubelet does not know {paths}, which the running one hashes", _LOST
    return "the hash that it carries is not the one that its spec has under the new kubelet, and the versions are not why", None


RULE = Rule(
    id="UC004",
    title="Spec or record changed",
    severity=Severity.WARNING,
    summary="A container carries another hash than the new kubelet computes, and the versions are not why: its spec was changed since it "
    "started (its image, where the hash is that of the image in its status; its resources, where the hash without them is the same), its "
    "record has no hash, or the new kubelet does not know a field that is set.",
    why="A kubelet compares at every sync, so a container whose spec was changed runs on only where the running kubelet does not compare "
    "it, or has not come to it yet; the new one does at its first sync. Where the runtime has no hash on record a kubelet reads 0, which "
    "no spec has.",
    look="`upgradecheck explain POD/CONTAINER` shows the recorded hash, the computed ones, and who may have made it.",
    remedy="Compare the spec with what runs, and count the container as restarted.",
    sources=(Upstream("k8s.io/kubernetes", "v1.37.1", "pkg/kubelet/kuberuntime/kuberuntime_manager.go", "containerChanged"),),
    findings=findings,
)
