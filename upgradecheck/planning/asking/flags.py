"""What a command line, given as a file, sets of the configuration: a flag beats it, in both kubelets, and gates are set one by one.

A plan has one configuration for all of its nodes. Flags of a file that is of all nodes, or alike for each of them, are laid over it; what
one node has otherwise than the others is not, and that is told. What a variable brings in from elsewhere is not known, and sets nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from msgspec.structs import replace

from upgradecheck.decode.kubelet.config import Settings, laid_over
from upgradecheck.decode.kubelet.flags import flag_settings, gates_of
from upgradecheck.model.arguments import KubeletArguments
from upgradecheck.model.config import Configs
from upgradecheck.model.errors import SpecRefused
from upgradecheck.planning.asking.starting import placed

_NOT_USED = (
    "{}: other nodes are not set up as this says (gates, cgroups, room), so that it is used for UC032 and UC035 alone: narrow with "
    "--node {}."
)


def with_flags(configs: Configs, arguments: Iterable[KubeletArguments], nodes: Collection[str]) -> tuple[Configs, tuple[str, ...]]:
    """The configurations with what command lines set, and what is to be told of those that are not used. nodes: all that are known."""
    words = placed(arguments, nodes)
    common = _over(configs, (one for one in words if one.node is None))
    own = {name: _over(common, (one for one in words if one.node == name)) for name in nodes or {one.node for one in words if one.node}}
    first, *others = own.values() or (common,)
    if all(one == first for one in others):
        return first, ()
    unused = (one for one in words if one.node is not None and _over(common, (one,)) != common)
    return common, tuple(dict.fromkeys(_NOT_USED.format(one.place, one.node) for one in unused))


def _over(configs: Configs, words: Iterable[KubeletArguments]) -> Configs:
    for one in words:
        settings = _settings(one.words)
        configs = replace(configs, old=laid_over(configs.old, settings), new=laid_over(configs.new, settings))
    return configs


def _settings(words: Sequence[str]) -> Settings:
    """What words set; of a command line that cannot be understood the gates, if these can."""
    told = [word for word in words if "$" not in word]
    try:
        return flag_settings(told)
    except SpecRefused:
        pass
    try:
        return Settings(feature_gates=gates_of(told))
    except SpecRefused:
        return Settings()
