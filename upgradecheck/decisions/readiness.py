"""For how long a container that runs on is shown as what it is not, when a kubelet starts that knows nothing yet of its probes.

Mirrors doProbe in pkg/kubelet/prober/worker.go and UpdatePodStatus in prober_manager.go. A kubelet that starts asks each probe for the
first time at random within its period. The delay of a probe counts from the start of its container in every minor from 1.8 on, so that it
is over. Seen on real kubelets 1.20 to 1.35 under a real API server (``tests/lab/recorded-probing``), and read in the others.
"""

from __future__ import annotations

from collections.abc import Iterable

from upgradecheck.decisions.comparing import probes_of
from upgradecheck.model.decisions import ProbesAtStart
from upgradecheck.model.exposure import Probed
from upgradecheck.model.kubelet import KubeletBuild

_SYNC = 60
"""Seconds between two syncs of a pod of which nothing is told, by default (syncFrequency)."""


def unready_for(probed: Probed, builds: Iterable[KubeletBuild], *, static: bool) -> int | None:
    """For how many seconds at most a container is not ready, though its probes pass; 0 is as long as one probe takes, None not at all.

    builds: what the kubelet can be.
    """
    found = (_unready(probed, build, static=static) for build in builds)
    return max((seconds for seconds in found if seconds is not None), default=None)


def shown_ready_for(probed: Probed, builds: Iterable[KubeletBuild], *, static: bool) -> int | None:
    """For how many seconds at most a container counts as ready that was not, and is not; None where it does not."""
    if static or all(probes_of(build) is not ProbesAtStart.ANEW for build in builds):
        return None
    return max(one.period for one in (probed.readiness, probed.startup) if one is not None)


def _unready(probed: Probed, build: KubeletBuild, *, static: bool) -> int | None:
    """A container is not ready from the first probe on, or from the start where it says so at once, as of every static pod.

    One with a startup probe is asked again a period later, and for its readiness then.
    """
    way, readiness, startup = probes_of(build), probed.readiness, probed.startup
    if way is ProbesAtStart.KEPT and (readiness is None or not static):
        return None
    starting = startup.period if startup is not None and way is not ProbesAtStart.KEPT else 0
    if readiness is None:
        return starting + (_SYNC if build.decisions.started_at_next_sync else 0)
    first = readiness.period if static or starting or way is ProbesAtStart.AT_ONCE else 0
    return starting + first + (readiness.successes - 1) * readiness.period
