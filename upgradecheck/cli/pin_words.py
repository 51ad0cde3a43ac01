"""What the commands of pins print."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from upgradecheck.model.pins import StaticPods
from upgradecheck.pinning.manifests import NodeKubelet
from upgradecheck.pinning.pinning import PinWay, SurveyedPin
from upgradecheck.pinning.standing import PinStanding, StoodPin
from upgradecheck.pinning.unpinning import ExaminedPin, UnpinWay, uids_without
from upgradecheck.renderers.media.safe_text import safe_text

_WAYS: Mapping[PinWay, tuple[str, str]] = {
    PinWay.PIN: ("to be pinned", "pinned"),
    PinWay.NOTHING: ("already so: the manifest says this UID", "so: the manifest says this UID"),
    PinWay.REFUSE: ("refused, and left as they are", "refused, and left as they are"),
    PinWay.KEPT: ("left alone: by the plan they do not change their UID", "left alone: by the plan they do not change their UID"),
}
_UNPIN_WAYS: Mapping[UnpinWay, tuple[str, str]] = {
    UnpinWay.TAKE_OUT: ("to be unpinned", "unpinned"),
    UnpinWay.NOTHING: ("not pinned any more", "not pinned any more"),
    UnpinWay.REFUSE: ("refused, and left as they are", "refused, and left as they are"),
}
_STANDINGS: Mapping[PinStanding, str] = {
    PinStanding.STANDS: "pinned: no kubelet gives these static pods another UID; an edit of such a manifest makes no new pod either",
    PinStanding.EDITED: "pinned, and edited since: the kubelet makes no new pod of that; unpin, where one is wanted",
    PinStanding.LOST: "pinned once, and the manifest does not say so any more (written anew, or the run broke off): pin again, or unpin",
    PinStanding.GONE: "pinned once, and the manifest is gone",
    PinStanding.UNREADABLE: "pinned once, and nobody can tell what stands there",
}
WHAT_IT_HIDES = (
    "while pinned, an edit of such a manifest makes no new pod (only its containers' hashes count, from 1.31 on name and image); kubeadm"
    " writes manifests anew without it. So unpin with the next restart that is wanted."
)


def pin_heading(wanted: StaticPods, kubelet: NodeKubelet) -> str:
    """The plan and the kubelet that it meets."""
    where = f"kubelet {kubelet.version} of {kubelet.node}, static pods in {kubelet.directory}"
    return safe_text(f"plan {wanted.plan_hash[:12]}, {where}")


def pin_lines(found: Sequence[SurveyedPin], *, done: bool) -> Iterator[str]:
    """The static pods of a plan by what is, or was, done about them."""
    for way, words in _WAYS.items():
        yield from _listed(words[done], [one for one in found if one.way is way], _surveyed)
    elsewhere = Counter(one.row.node or "" for one in found if one.way is PinWay.ELSEWHERE)
    if elsewhere:
        yield f"on another node: {elsewhere.total()}"
        yield from (f"  {count} of {safe_text(name)}" for name, count in sorted(elsewhere.items()))


def unpin_lines(found: Sequence[ExaminedPin], kubelet: NodeKubelet | None, *, done: bool) -> Iterator[str]:
    """Pins by what is, or was, done about them; with a kubelet, what that makes of their manifests then."""
    for way, words in _UNPIN_WAYS.items():
        yield from _listed(words[done], [one for one in found if one.way is way], lambda one: _examined(one, kubelet))


def pin_standing_lines(found: Sequence[StoodPin]) -> Iterator[str]:
    """Pins by what stands of them."""
    for standing, words in _STANDINGS.items():
        yield from _listed(words, [one for one in found if one.standing is standing], _stood)


def _listed(words: str, found: Sequence[object], line: Callable[..., str]) -> Iterator[str]:
    if found:
        yield f"{words}: {len(found)}"
        yield from (f"  {line(one)}" for one in found)


def _surveyed(one: SurveyedPin) -> str:
    file = "" if one.manifest is None or one.way is PinWay.REFUSE else f" in {one.manifest.name}"
    return safe_text(f"{one.row.title}: {one.reason or one.row.uid + file}")


def _examined(one: ExaminedPin, kubelet: NodeKubelet | None) -> str:
    told = f"{one.pin.title}: {one.pin.uid} in {one.pin.place}"
    if one.way is UnpinWay.REFUSE:
        return safe_text(f"{told}: {one.reason}")
    if one.way is UnpinWay.NOTHING:
        return safe_text(told)
    return safe_text(f"{told}; {_then(one, kubelet)}")


def _then(one: ExaminedPin, kubelet: NodeKubelet | None) -> str:
    """What the kubelet makes of the manifest without its pin."""
    if kubelet is None:
        return "no kubelet runs here that could be asked what it makes of that"
    uids = uids_without(one, kubelet)
    if uids == {one.pin.uid}:
        return f"kubelet {kubelet.version} gives the pod the same UID, and keeps it"
    made = " or ".join(sorted(uids)) or "another one, or none"
    return f"kubelet {kubelet.version} makes the pod ANEW AT ONCE, with the UID {made}"


def _stood(one: StoodPin) -> str:
    why = f": {one.reason}" if one.reason and one.standing is PinStanding.UNREADABLE else ""
    return safe_text(f"{one.pin.title}: {one.pin.uid} in {one.pin.place}{why}")
