"""The configurations that bundles tell, each of its node's kubelet: they are judged as the files are that they were read from."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from msgspec.structs import replace

from upgradecheck.model.bundle import Collected
from upgradecheck.model.config import Configs, KubeletConfig
from upgradecheck.model.plan import Missing
from upgradecheck.model.wording import form, listed
from upgradecheck.planning.asking.here import Here
from upgradecheck.planning.asking.setups import SetUps
from upgradecheck.planning.asking.steps import Steps

_REFUSED = (
    "a file of its configuration can be read, and is none that a kubelet reads, so the running one was not started with it; with such a "
    "file no kubelet starts: mend it, or give with --to-config what it will be"
)
_NAMES_ALONE = (
    "its bundle was collected by an older upgradecheck, which told the names of fields and no values: whether the new kubelet takes these "
    "is not known; collect it again, or give the file with -f"
)


def with_own(set_ups: SetUps, collected: Mapping[str, Collected], nodes: Collection[str]) -> SetUps:
    """The configurations of nodes, with those that bundles tell where nobody gave one: their flags are in there already."""
    if set_ups.common.old_told:
        return set_ups
    known: dict[int, list[Configs]] = {}
    own = dict(set_ups.own)
    for name, one in collected.items():
        if name in nodes and one.config is not None:
            own[name] = _same(_with(set_ups.common, one.config), known)
    first = next(iter(own.values()), set_ups.common)
    if own.keys() >= set(nodes) and all(one is first for one in own.values()):
        return SetUps(first)
    return SetUps(set_ups.common, own)


def with_untold(
    steps: Steps, set_ups: SetUps, collected: Mapping[str, Collected], nodes: Collection[str], here: Here | None = None
) -> Steps:
    """The steps, with what bundles and this machine do not tell of configurations that nobody gave otherwise."""
    known = {name: set_ups.of(name) for name in nodes}
    untold = [name for name, configs in known.items() if configs.old.names_alone and not configs.new_told]
    missing = [Missing(f"what the configuration says of {listed(untold)}", _NAMES_ALONE)] if untold else []
    refused = [name for name, one in collected.items() if one.config_refused and name in known and not _is_given(known[name])]
    if here is not None and here.kubelet.config_refused and here.node is not None and not _is_given(set_ups.of(here.node)):
        refused.append(here.node)
    missing += [Missing(f"what the new kubelet is started with on {listed(refused)}", _REFUSED)] if refused else []
    problems: dict[str, list[str]] = {}
    for name, one in collected.items():
        if name in known and one.config_problem and not known[name].old_told:
            problems.setdefault(one.config_problem, []).append(name)
    notices = (f"{form(len(names), 'Node', 'Nodes')} {listed(names)}: {problem}." for problem, names in problems.items())
    return replace(steps, missing=(*steps.missing, *missing), notices=(*steps.notices, *notices))


def _is_given(configs: Configs) -> bool:
    return configs.old_told or configs.new_told


def _with(configs: Configs, config: KubeletConfig) -> Configs:
    return replace(configs, old=config, new=configs.new if configs.new_told else config, old_told=True)


def _same(one: Configs, known: dict[int, list[Configs]]) -> Configs:
    """One that is equal and came before: nodes of a pool have one configuration."""
    alike = known.setdefault(hash((one.old.given, one.old.max_pods, tuple(sorted(one.old.feature_gates)))), [])
    found = next((other for other in alike if other == one), None)
    if found is None:
        alike.append(one)
    return one if found is None else found
