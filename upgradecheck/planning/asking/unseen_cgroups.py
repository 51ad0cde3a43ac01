"""Values with which a kubelet does not start where cgroups are of version 1, of nodes of which that was not seen.

Whether nodes have it only they themselves, or their bundles, tell. Where the running kubelet would not start with it either, they have not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from msgspec.structs import replace

from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.model.kinds import Value
from upgradecheck.model.options import KubeletOptions
from upgradecheck.model.plan import Missing
from upgradecheck.planning.asking.refused import Around, values_that_stop
from upgradecheck.planning.asking.wholes import CGROUP_V1


def untold_cgroups(
    target: KubeletEnd, starts: Collection[KubeletEnd], known: KubeletOptions, given: Mapping[str, Value], around: Around
) -> Iterator[Missing]:
    """What would stop the new kubelet there. starts: what runs, as far as that is known; around: what else it is set up with."""
    refusals = tuple(one for one in known.refusals if CGROUP_V1 in one.fields)
    own = {path: value for path, value in given.items() if any(one.field == path for one in refusals)}
    if not own:
        return
    of_v1 = replace(known, refusals=refusals)
    there = replace(around, given={**around.given, CGROUP_V1: True})
    for one in values_that_stop(target, of_v1, own, "", around=there):
        if not starts or not all(any(values_that_stop(start, of_v1, {one.name: one.value}, "", around=there)) for start in starts):
            yield Missing(
                "which version cgroups of nodes have",
                f"kubelet {target.version.release} does not start with {one.name} as it is set where it is 1, and that was not seen",
            )
