"""What a command line, given as a file, sets of the configuration: a flag beats it, in both kubelets, and gates are set one by one.

Flags of a file that is of all nodes, or alike for each of them, count everywhere; those of one node for that node alone. What a variable
brings in from elsewhere is not known, and sets nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from upgradecheck.decode.kubelet.flags import flag_settings, gates_of
from upgradecheck.model.arguments import KubeletArguments
from upgradecheck.model.config import Configs
from upgradecheck.model.errors import SpecRefused
from upgradecheck.planning.asking.setups import SetUps
from upgradecheck.planning.asking.starting import placed

if TYPE_CHECKING:
    from upgradecheck.decode.kubelet.config import Settings


def with_flags(configs: Configs, arguments: Iterable[KubeletArguments], nodes: Collection[str]) -> SetUps:
    """The configurations with what command lines set. nodes: all that are known."""
    words = placed(arguments, nodes)
    common = _over(configs, (one for one in words if one.node is None))
    by_node: dict[str, list[KubeletArguments]] = {}
    for one in words:
        if one.node is not None:
            by_node.setdefault(one.node, []).append(one)
    own = {name: _over(common, theirs) for name, theirs in by_node.items()}
    first = next(iter(own.values()), common)
    if by_node.keys() >= set(nodes) and all(one == first for one in own.values()):
        return SetUps(first)
    return SetUps(common, {name: one for name, one in own.items() if one != common})


def _over(configs: Configs, words: Iterable[KubeletArguments]) -> Configs:
    for one in words:
        from upgradecheck.decode.kubelet.config import laid_over  # few inputs have a command line

        settings = _settings(one.words)
        configs = replace(configs, old=laid_over(configs.old, settings), new=laid_over(configs.new, settings))
    return configs


def _settings(words: Sequence[str]) -> Settings:
    """What words set; of a command line that cannot be understood the gates, if these can."""
    from upgradecheck.decode.kubelet.config import Settings

    told = [word for word in words if "$" not in word]
    try:
        return flag_settings(told)
    except SpecRefused:
        pass
    try:
        return Settings(feature_gates=gates_of(told))
    except SpecRefused:
        return Settings()
