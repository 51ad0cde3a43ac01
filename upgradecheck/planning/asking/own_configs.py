"""The configurations that bundles tell, each of its node's kubelet: its gates, cgroups, and what it leaves to pods.

Of all other fields a bundle tells no more than that they are set, so what a new kubelet refuses in a file is not judged by it: that file is
given with ``-f``, as ever.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from msgspec.structs import replace

from upgradecheck.model.bundle import Collected
from upgradecheck.model.config import Configs, KubeletConfig
from upgradecheck.planning.asking.flags import SetUps


def with_own(set_ups: SetUps, collected: Mapping[str, Collected], nodes: Collection[str]) -> SetUps:
    """The configurations of nodes, with those that bundles tell where nobody gave one: their flags are in there already."""
    if set_ups.common.old_told:
        return set_ups
    known: dict[int, list[Configs]] = {}
    own = dict(set_ups.own)
    for name, one in collected.items():
        if name in nodes and one.config is not None:
            own[name] = _same(_with(set_ups.common, one.config), known)
    return SetUps(set_ups.common, own)


def _with(configs: Configs, config: KubeletConfig) -> Configs:
    return replace(configs, old=config, new=configs.new if configs.new_told else config, old_told=True)


def _same(one: Configs, known: dict[int, list[Configs]]) -> Configs:
    """One that is equal and came before: nodes of a pool have one configuration."""
    alike = known.setdefault(hash((one.old.given, one.old.max_pods, tuple(sorted(one.old.feature_gates)))), [])
    found = next((other for other in alike if other == one), None)
    if found is None:
        alike.append(one)
    return one if found is None else found
