"""What becomes of a static pod as a whole: whether the new kubelet takes its manifest, and whether it gives the pod the same UID."""

from __future__ import annotations

from msgspec.structs import replace

from upgradecheck.decisions.manifests.outcomes import KEPT_BY_MANIFEST, RefusedManifest, UIDComparison, UIDOutcome
from upgradecheck.planning.seeing.spec import Spec
from upgradecheck.planning.seeing.statics import StaticFate


def fate_of(spec: Spec, *, own_uid: bool, alone: bool, listed: bool, decoded: bool) -> StaticFate:
    """The fate of a static pod; the flags are those of a Reading. decoded: every kubelet at hand can decode it."""
    fate = _taken(spec, alone=alone, listed=listed)
    return replace(fate, uid=_uid(spec, own_uid=own_uid)) if decoded else fate


def _taken(spec: Spec, *, alone: bool, listed: bool) -> StaticFate:
    """Whether the new kubelet takes a manifest, or (seen through the old kubelet) what that shows of it."""
    from upgradecheck.decisions.manifests.reading import read_static_pod

    found = [read_static_pod(spec.pod, build, listed=listed) for build in spec.step.target.builds]
    refused = [one for one in found if isinstance(one, RefusedManifest)]
    if len(refused) == len(found):
        running = () if spec.step.start is None else spec.step.start.builds
        before = [isinstance(read_static_pod(spec.pod, build, listed=listed), RefusedManifest) for build in running]
        return StaticFate(refused=refused[-1], alone=alone, refused_before=bool(before) and all(before))
    return StaticFate(doubtful=bool(refused), alone=alone)


def _uid(spec: Spec, *, own_uid: bool) -> UIDComparison | None:
    """What becomes of the UID of a static pod that every kubelet at hand can decode; None where nobody says what runs now."""
    from upgradecheck.decisions.manifests.uids import compare_uids

    start, target = spec.step.start, spec.step.target
    if start is None:
        return KEPT_BY_MANIFEST if own_uid else None
    pairs = ((old, new) for old in start.builds for new in target.builds)
    found = [compare_uids(spec.pod, old, new, spec.catalog, own_uid=own_uid) for old, new in pairs]
    if len({one.outcome for one in found}) == 1:
        return found[-1]
    return UIDComparison(UIDOutcome.UNKNOWN, ("the version can be several",))
