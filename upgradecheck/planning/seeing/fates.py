"""What becomes of a static pod as a whole: whether the new kubelet takes its manifest, and whether it gives the pod the same UID."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.decisions.manifests.outcomes import KEPT_BY_MANIFEST, Pin, RefusedManifest, UIDCheck, UIDComparison, UIDOutcome
from upgradecheck.hashing.codecs import GoValue
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.pod import View
from upgradecheck.planning.seeing.others import OtherMinors
from upgradecheck.planning.seeing.spec import Spec
from upgradecheck.planning.seeing.statics import MAKES_WHAT_RUNS, NOT_WHAT_RUNS, StaticFate, StaticReading
from upgradecheck.reading.pod import DecodedPod


def fate_of(spec: Spec, reading: StaticReading, others: OtherMinors, *, alone: bool, listed: bool, decoded: bool) -> StaticFate:
    """The fate of a static pod; the flags are those of a Reading. decoded: every kubelet at hand can decode it."""
    fate = _taken(spec, alone=alone, listed=listed)
    return _with_uid(fate, spec, reading, others) if decoded else fate


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


def _with_uid(fate: StaticFate, spec: Spec, reading: StaticReading, others: OtherMinors) -> StaticFate:
    """The fate with what becomes of the UID of a pod that every kubelet at hand can decode; None where nobody says what runs now."""
    start = spec.step.start
    if start is None:
        return replace(fate, uid=KEPT_BY_MANIFEST) if reading.own_uid else fate
    if reading.own_uid and spec.before[0].value.get("ObjectMeta", {}).get("UID"):
        return replace(fate, uid=KEPT_BY_MANIFEST, pin=_pin(spec, reading, start, others))
    from upgradecheck.decisions.manifests.reproducing import check_uid

    manifests = manifests_under(spec.under, reading.view)
    check = None if reading.ran is None else check_uid(manifests, start.builds, spec.step.target.builds, reading.ran)
    if check is not None and reading.ran is not None and reading.ran.others and not check.reproduced:
        check = others.asked(check, spec, reading.view, manifests, reading.ran)
    by_version = _by_version(spec, manifests, 0 if check is None else check.number)
    if check is None or check.exact is None:
        return replace(fate, uid=by_version, check=check)
    if check.exact is UIDOutcome.KEPT:
        return replace(fate, uid=UIDComparison(UIDOutcome.KEPT, () if check.reproduced else (MAKES_WHAT_RUNS,)), check=check)
    because = by_version.because if by_version.outcome is UIDOutcome.CHANGED else ()
    return replace(fate, uid=UIDComparison(UIDOutcome.CHANGED, (*_what_runs(check), *because)), check=check)


def _pin(spec: Spec, reading: StaticReading, start: KubeletEnd, others: OtherMinors) -> Pin:
    """Whether the UID that a manifest gives is a kubelet's work, made of the manifest as it is."""
    if reading.ran is None:
        return Pin.NONE
    from upgradecheck.decisions.manifests.pins import pin_of

    return pin_of(manifests_under(spec.under, reading.view), (*start.builds, *reversed(others.all_of(spec))), reading.ran)


def _what_runs(check: UIDCheck) -> tuple[str, ...]:
    """What a UID tells that the running kubelet does not make."""
    if check.minors:
        return (f"kubelet {' or '.join(check.minors)} made the one that runs",)
    return () if check.reproduced else (NOT_WHAT_RUNS,)


def manifests_under(under: Callable[[KubeletBuild], DecodedPod], view: View) -> Callable[[KubeletBuild], Sequence[GoValue]]:
    """What a manifest is, or where a view of its pod is at hand can have been, under a kubelet."""
    from upgradecheck.decisions.manifests.views import manifests_of

    if view is View.SPEC:
        return lambda build: (under(build).value,)
    return lambda build: tuple(manifests_of(under(build).value, mirror=view is View.MIRROR))


def _by_version(spec: Spec, manifests: Callable[[KubeletBuild], Sequence[GoValue]], number: int) -> UIDComparison:
    """What becomes of the UID if it is of this manifest, by the two versions alone."""
    from upgradecheck.decisions.manifests.uids import compare_decoded

    def decoded(build: KubeletBuild) -> DecodedPod:
        known = manifests(build)
        return DecodedPod(build, known[min(number, len(known) - 1)], ())

    assert spec.step.start is not None
    pairs = ((decoded(old), decoded(new)) for old in spec.step.start.builds for new in spec.step.target.builds)
    found = [compare_decoded(old, new) for old, new in pairs]
    if len({one.outcome for one in found}) == 1:
        return found[-1]
    return UIDComparison(UIDOutcome.UNKNOWN, ("the version can be several",))
