"""Whether a kubelet that starts comes to compare the hash of a container that runs. On this rests all that is concluded from survival.

Mirrors computePodActions in pkg/kubelet/kuberuntime/kuberuntime_manager.go (up to 1.20 it returns before the app containers as long as an
init container is to run), computeInitContainerActions in kuberuntime_container.go (a sidecar is compared once its startup probe has a
result that is Success) and doProbe in pkg/kubelet/prober/worker.go, which makes or does not make that result after a restart.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

import msgspec

from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.model.decisions import InitLogic, ProbesAtStart, SidecarStartup
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.schema import ContainerKind

_PROBES_ANEW = "ChangeContainerStatusOnKubeletRestart"
"""A gate of 1.35 on, off by default, that brings back what kubelets before it do with probes when they start."""


class Look(Enum):
    """Whether a container is compared."""

    YES = "yes"
    PERHAPS = "perhaps"
    NO = "no"


class Comparable(msgspec.Struct, frozen=True, gc=False):
    """What of a running container decides whether it is compared.

    startup_passed: its startup probe was seen to have passed. init_done: nothing that was seen says that an init container of its pod is
    still to end.
    """

    kind: ContainerKind
    startup_probe: bool = False
    startup_passed: bool = False
    init_done: bool = True


def looks_at(build: KubeletBuild, one: Comparable) -> Look:
    """Whether this kubelet, once it has started, compares the container."""
    if one.kind not in build.schema.kinds_compared:
        return Look.NO
    if one.kind is ContainerKind.SIDECAR and one.startup_probe:
        return _by_startup(startup_of(build), passed=one.startup_passed)
    if one.kind is ContainerKind.APP and build.decisions.init_logic is InitLogic.NEXT and not one.init_done:
        return Look.PERHAPS
    return Look.YES


def look_of(builds: Iterable[KubeletBuild], one: Comparable) -> Look:
    """The same of a kubelet that can be several."""
    found = {looks_at(build, one) for build in builds}
    return found.pop() if len(found) == 1 else Look.PERHAPS


def surely_compares(end: KubeletEnd, kind: ContainerKind, *, startup_probe: bool) -> bool:
    """Whether a spec alone shows that this kubelet compares the container, whatever becomes of its pod's init containers."""
    return look_of(end.builds, Comparable(kind, startup_probe)) is Look.YES


def startup_of(build: KubeletBuild) -> SidecarStartup:
    """What this kubelet does with a sidecar that it finds running and that has a startup probe."""
    return SidecarStartup.WAITS if build.feature_gate(_PROBES_ANEW) else build.decisions.sidecar_startup


def probes_of(build: KubeletBuild) -> ProbesAtStart:
    """What this kubelet makes of the readiness of what it finds running."""
    return ProbesAtStart.ANEW if build.feature_gate(_PROBES_ANEW) else build.decisions.probes_at_start


def _by_startup(startup: SidecarStartup, *, passed: bool) -> Look:
    match startup:
        case SidecarStartup.WAITS:
            return Look.YES if passed else Look.PERHAPS
        case SidecarStartup.NEVER_COMPARED:
            return Look.NO
        case SidecarStartup.COUNTS_AS_PASSED:
            return Look.YES
