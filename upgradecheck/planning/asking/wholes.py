"""What kubelets are set up with as a whole: a configuration, over it what command lines set, and the gates in their turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.decode.kubelet.flags import flags_of, gates_of
from upgradecheck.model.arguments import KubeletArguments
from upgradecheck.model.config import KubeletConfig
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.kinds import Value, Written
from upgradecheck.model.options import KubeletOptions
from upgradecheck.model.starting import StartTrouble
from upgradecheck.planning.asking.bynode import ByNode
from upgradecheck.planning.asking.dependencies import STAGES
from upgradecheck.planning.asking.filled_in import GatesInTurn
from upgradecheck.planning.asking.refused import Around, set_by_flags

CGROUP_V1 = "cgroup v1"
"""What of a node hashdata/refusals.json names beside fields."""
_FILE = "--config"
_FILES = frozenset({_FILE, "--config-dir"})
"""Flags that name a configuration."""
_THERE = "(there)"
"""What stands for the name of a file that was shown, or may be named by flags that were not."""


class Setups:
    """A configuration, and over it what command lines set of it. seen: the configuration was; unseen: flags set more that were not."""

    def __init__(
        self,
        config: KubeletConfig,
        words: Sequence[KubeletArguments],
        known: KubeletOptions,
        target: KubeletEnd,
        cgroup_v1: Mapping[str, bool],
        *,
        seen: bool,
        unseen: bool,
    ) -> None:
        self._whole, self._seen, self._unseen, self.forms = config.whole, seen, unseen, config.forms
        file = config.beneath or config
        under = [path for path in file.given if _told(file, path) != _told(config, path)]
        self.beneath = {path: file.values.get(path) for path in under}
        """What the file says by itself where a drop-in says otherwise: a kubelet decodes it before it reads any of these."""
        self.forms_beneath = {path: form for path, form in file.forms.items() if path in self.beneath}
        self.gates = config.feature_gates
        alone = known.drop_ins.looks_at_the_file_alone(target.version.minor)
        self.gates_of_file = file.feature_gates if alone else {}
        self._fields = {path: config.values.get(path) for path in config.given}
        set_ = ((one, {field: value for field, _, value in set_by_flags(one.words, known, target)}) for one in words)
        self._words = ByNode((one.node, (found, one)) for one, found in set_)
        self._alone = file.feature_gates
        self._on_v1 = frozenset(node for node, has in cgroup_v1.items() if has)
        self.apart = self._on_v1 | {one.node for one in words if one.node is not None}
        """The nodes that have command lines of their own, or cgroups of version 1."""

    def by_flags(self, node: str | None) -> frozenset[str]:
        """The fields that flags of a node set: what the configuration says of these does not count. None: of a node without own ones."""
        return frozenset(field for found, _ in self._words.of(node) for field in found)

    def gates_of(self, node: str | None) -> tuple[dict[str, bool], dict[str, bool]]:
        """The gates that the configuration sets of a node's kubelet, and those of its file alone that do not hold, yet are looked at."""
        over = self._gates_by_flags(node)
        holds = {name: on for name, on in self.gates.items() if name not in over}
        return holds, {name: on for name, on in self.gates_of_file.items() if holds.get(name) is not on}

    def holds(self, trouble: StartTrouble) -> bool:
        """Whether a gate of the configuration is what it says there, when all is laid over that; of anything else that is not asked."""
        whole = {**self.gates, **self._gates_by_flags(trouble.node)}
        return trouble.name not in self.gates or whole.get(trouble.name) is trouble.value

    def _gates_by_flags(self, node: str | None) -> dict[str, bool]:
        return {name: on for _, words in self._words.of(node) for name, on in gates_set(words).items()}

    def around(self, node: str | None, end: KubeletEnd) -> Around:
        """All that a node's kubelet is set up with, as far as that is known. end: its version, with what the user sets of gates."""
        fields: dict[str, Value] = {**self._fields, CGROUP_V1: node in self._on_v1}
        for found, _ in self._words.of(node):
            fields |= found
        if self.reads_a_file(node) or not self.is_told_whole(node):
            fields.setdefault(_FILE, _THERE)
        gates = {**self.gates, **self._gates_by_flags(node), **self._gates_of_user(node, end)}
        return Around(fields, gates, self._whole, self._unseen)

    def in_turn(self, node: str | None, end: KubeletEnd) -> GatesInTurn:
        """The gates as a node's kubelet gets them: its flags', over these for a while those of the file, and of its drop-ins, if any.

        All of a stage that flags set stay as they are while the file is laid over them (setUnsetAlphaGates of featuregate).
        """
        by_flags, by_user = self._gates_by_flags(node), self._gates_of_user(node, end)
        stages = {name: on for name, on in by_flags.items() if name in STAGES}
        told = {name: on for name, on in self._alone.items() if name in by_flags and self.gates.get(name) is by_flags[name]}
        laid = {**self.gates, **told}  # a bundle's configuration has its flags' gates in it, which no file says
        files = ({**by_flags, **one, **stages, **by_user} for one in (self._alone, laid))
        return GatesInTurn(tuple(files) if self.reads_a_file(node) else (by_user,), {**self.gates, **by_flags, **by_user})

    def reads_a_file(self, node: str | None) -> bool:
        """Whether a node's kubelet is told of a configuration, or may be, since one was seen."""
        words = [one for _, one in self._words.of(node)]
        told = any(not _FILES.isdisjoint(flags_of(one.words)) for one in words)
        return told or (self._seen and not any(one.runs for one in words))

    def is_told_whole(self, node: str | None) -> bool:
        """Whether no flags of a node's kubelet are left that were not shown: it runs with these, or its unit gives them."""
        words = [one for _, one in self._words.of(node)]
        return any(one.runs or one.places for one in words) and not any("$" in word for one in words for word in one.words)

    def _gates_of_user(self, node: str | None, end: KubeletEnd) -> dict[str, bool]:
        """What nothing but the user of this program sets so; end may have what a node's flags set, or all nodes'."""
        told = [{**self.gates, **self._gates_by_flags(one)} for one in {None, node}]
        return {name: on for name, on in end.builds[-1].feature_gates.items() if all(one.get(name) is not on for one in told)}


def _told(config: KubeletConfig, path: str) -> tuple[Value, Written | None]:
    return config.values.get(path), config.forms.get(path)


def gates_set(arguments: KubeletArguments) -> dict[str, bool]:
    """The gates that words set; none of what cannot be read."""
    try:
        return gates_of(arguments.words)
    except SpecRefused:
        return {}
