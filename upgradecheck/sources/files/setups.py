"""Files of how kubelets are started, as they come: each a command line by itself, or a part of one that is made once all are read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from upgradecheck.decode.kubelet.arguments import arguments_in, hides_others, is_environment, is_unit, unknown_in
from upgradecheck.decode.kubelet.systemd import environment_of, environment_of_older, files_shown
from upgradecheck.decode.text.utf16 import head_as_utf8
from upgradecheck.entry import read_file
from upgradecheck.model.arguments import KubeletArguments
from upgradecheck.model.wording import form, listed
from upgradecheck.planning.seeing.placing import node_in_name
from upgradecheck.sources.files.paths import InputFile

if TYPE_CHECKING:
    from upgradecheck.decode.kubelet.units import UnitFile, VariablesFile

_MOST = 1 << 20


class SetUp(msgspec.Struct, frozen=True, gc=False):
    """What came out. refused: files whose commands are not understood, with the reason."""

    arguments: tuple[KubeletArguments, ...]
    refused: tuple[tuple[InputFile, str], ...]
    notices: tuple[str, ...]


class Setups:
    """All that were read."""

    def __init__(self) -> None:
        self._alone: list[KubeletArguments] = []
        self._units: list[UnitFile] = []
        self._environments: list[VariablesFile] = []
        self._files: dict[str, InputFile] = {}

    @property
    def any(self) -> bool:
        """Whether there were any."""
        return bool(self._alone or self._units or self._environments)

    def read(self, file: InputFile) -> None:
        """Take one file.

        Raises:
            OSError: it cannot be read.
            SpecRefused: a configuration of k3s or rke2 that cannot be read.
        """
        from upgradecheck.decode.kubelet.units import UnitFile, VariablesFile

        text = head_as_utf8(read_file(file.path, _MOST)).decode(errors="replace").replace("\r\n", "\n")
        if shown := files_shown(text):
            self._add(_of_machines(shown, file), file)
        elif is_unit(text) or hides_others(file.path):
            self._add([UnitFile(file.name, file.path, text)], file)
        elif is_environment(text):
            readings = environment_of(text), environment_of_older(text), environment_of(text, of_shell=True)
            self._environments.append(VariablesFile(file.name, file.path, *readings))
        else:
            self._alone.append(KubeletArguments(arguments_in(text), file.name))

    def take(self, found: Iterable[KubeletArguments]) -> None:
        """Kubelets whose command lines something else showed."""
        self._alone += found

    def _add(self, parts: Iterable[UnitFile], file: InputFile) -> None:
        for part in parts:
            self._units.append(part)
            self._files[part.place] = file

    def command_lines(self, nodes: frozenset[str]) -> SetUp:
        """What they give together. nodes: all that are known."""
        if not self.any:
            return SetUp((), (), ())
        from upgradecheck.sources.files.command_lines import command_lines  # few inputs show how a kubelet is started

        found = command_lines(self._units, self._environments, nodes)
        refused = dict.fromkeys((self._files[place], reason) for place, reason in found.refused)
        alone = tuple(replace(one, node=node_in_name(one.place, nodes)) for one in self._alone)
        unknown = (notice for one in (*alone, *found.arguments) for notice in _not_known(one))
        return SetUp((*alone, *found.arguments), tuple(refused), tuple(dict.fromkeys((*found.notices, *unknown))))


def _not_known(arguments: KubeletArguments) -> Iterator[str]:
    """What is not known of words that stand in no unit: whoever starts the kubelet replaces variables first."""
    variables, made = unknown_in(arguments.words)
    if variables:
        stand = form(len(variables), "stands", "stand")
        yield (
            f"{arguments.place}: what {listed(variables)} {stand} for is not known. Flags in there are not looked at: give them with -f, "
            "in a file of KUBELET_EXTRA_ARGS=…"
        )
    if made:
        values = form(len(made), "value", "values")
        yield f"{arguments.place}: what a shell makes of the {values} of {listed(made)} is not known, nor looked at."


def _of_machines(shown: Iterable[tuple[str, str]], file: InputFile) -> Iterator[UnitFile]:
    """The files of a text. Where a unit or a path comes again, another's begin: ``ssh NODE systemctl cat kubelet >> kubelets.txt``."""
    from upgradecheck.decode.kubelet.units import UnitFile

    machines: list[dict[str, str]] = [{}]
    for path, part in shown:
        unit = path.rpartition("/")[2] if path.endswith(".service") else ""
        if path in machines[-1] or (unit and any(one.endswith(f"/{unit}") for one in machines[-1])):
            machines.append({})
        machines[-1][path] = part
    for number, parts in enumerate(machines, 1):
        named, root = (f", number {number}", f"{file.path}/{number}") if len(machines) > 1 else ("", file.path)
        yield from (UnitFile(f"{file.name} ({path}{named})", f"{root}{path}", part, len(machines) > 1) for path, part in parts.items())
