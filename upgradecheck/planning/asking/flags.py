"""What a command line, given as a file, sets of the configuration: a flag beats it, in both kubelets, and gates are set one by one.

A plan has one configuration for all of its nodes. Flags of a file that is of all nodes, or of the only one, are laid over it; what is of
one node among several is not, and that is told. What a variable brings in from elsewhere is not known, and sets nothing here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from msgspec.structs import replace

from upgradecheck.decode.kubelet.config import Settings, laid_over
from upgradecheck.decode.kubelet.flags import flag_settings, gates_of
from upgradecheck.model.arguments import KubeletArguments
from upgradecheck.model.config import Configs, KubeletConfig
from upgradecheck.model.errors import SpecRefused
from upgradecheck.planning.asking.starting import placed

_NOT_USED = (
    "{}: what it sets (gates, cgroups, room) is of one node among several, and is not used beyond UC032 and UC035: narrow with --node {}."
)


def with_flags(configs: Configs, arguments: Iterable[KubeletArguments], nodes: Collection[str]) -> tuple[Configs, tuple[str, ...]]:
    """The configurations with what command lines set, and what is to be told of those that are not used. nodes: all that are known."""
    notices = []
    for one in placed(arguments, nodes):
        settings = _settings(one.words)
        if one.node is None or len(nodes) <= 1:
            configs = replace(configs, old=laid_over(configs.old, settings), new=laid_over(configs.new, settings))
        elif laid_over(KubeletConfig(), settings) != KubeletConfig():
            notices.append(_NOT_USED.format(one.place, one.node))
    return configs, tuple(notices)


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
