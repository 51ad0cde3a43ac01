"""Pins before the kubelet starts, where they are switched on: static pods whose UID the new kubelet would make anew keep the one that runs.

Their manifests are files that others write, too, and a pin hides later edits from the kubelet; so it is never done unasked. What runs is
proved as ``override pin`` proves it, by the kubelet before: only a UID that it makes of the manifest as it stands is written there.
"""

from __future__ import annotations

import posixpath
import time

import msgspec

from upgradecheck import __version__
from upgradecheck.commands.hold_request import HoldRequest
from upgradecheck.commands.holding import Wanted, as_json, candidates, plan_from
from upgradecheck.contract.v1.plan_reading import static_pods_of
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.model.errors import UpgradecheckError
from upgradecheck.model.here import LocalKubelet
from upgradecheck.model.pins import StaticPods
from upgradecheck.model.wording import count
from upgradecheck.override.auditing import Operator
from upgradecheck.override.state import locked
from upgradecheck.pinning.here import kubelet_before
from upgradecheck.pinning.manifests import NodeKubelet, opened_directory
from upgradecheck.pinning.pinning import PinWay, SurveyedPin, pin, survey_pins


class Pins(msgspec.Struct, frozen=True, gc=False):
    """How many were written, or would be, and what is not, by pod and reason."""

    written: int = 0
    refused: tuple[str, ...] = ()
    done: bool = False

    @property
    def words(self) -> str:
        """For the line; empty where there was nothing to pin."""
        if not self.written and not self.refused:
            return ""
        told = f"{count(self.written, 'static pod')} {'pinned' if self.done else 'would be pinned'}"
        return f"{told}, {len(self.refused)} not: {'; '.join(self.refused[:2])}" if self.refused else told


def pins_of(request: HoldRequest, wanted: Wanted, kubelet: LocalKubelet, *, write: bool) -> Pins:
    """Pins the static pods that the new kubelet would make anew, or says which; of the first version before that proves any.

    What cannot be pinned, or written, is told, and hinders nothing else.

    Raises:
        NothingToHold: nothing tells of a kubelet before.
    """
    if kubelet.static_pods is None or kubelet.config is None:
        return Pins()
    directory, best = posixpath.normpath(kubelet.static_pods), Pins()
    for start in candidates(wanted):
        try:
            rows = static_pods_of(as_json(plan_from(wanted, start)))
            before = kubelet_before(parse_kubelet_version(start), kubelet.config.feature_gates, wanted.node, directory)
        except UpgradecheckError:
            continue
        if not any(one.recreated for one in rows.pods):
            continue
        try:
            found = _told(_pinned(request, rows, before, write=write), done=write)
        except UpgradecheckError as error:
            return Pins(refused=(str(error).splitlines()[0],))
        if found.written:
            return found
        best = best if best.refused else found
    return best


def _pinned(request: HoldRequest, rows: StaticPods, kubelet: NodeKubelet, *, write: bool) -> tuple[SurveyedPin, ...]:
    with opened_directory(kubelet.place) as directory:
        if not write:
            return survey_pins(rows, (), directory, kubelet)
        with locked(request.state_dir) as held:
            return pin(rows, (), directory, kubelet, held, _operator())


def _told(found: tuple[SurveyedPin, ...], *, done: bool) -> Pins:
    refused = tuple(f"{one.row.title} ({one.reason})" for one in found if one.way is PinWay.REFUSE)
    written = sum(one.way is PinWay.PIN for one in found)
    return Pins(written, refused, done and written > 0)


def _operator() -> Operator:
    return Operator("systemd, before the kubelet starts", f"upgradecheck {__version__}, hold --pins", time.time_ns)
