"""Reading inputs through once: what is small is decoded at once, of everything the place is noted, and what cannot be used is set aside.

One bad file costs what hangs on it. What a file holds is taken when it was read to its end; a file that breaks off, is empty or is none at
all is set aside whole, and a document that its decoder refuses alone. Only where nothing is left that could be used there is no report.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from upgradecheck.decode.kube.lookalikes import UNFILLED
from upgradecheck.decode.kube.objects import BY_KIND, OBJECTS, Named
from upgradecheck.decode.kube.shapes import Shape
from upgradecheck.decode.kubelet.statefiles import state_name
from upgradecheck.model.bundle import Bundle
from upgradecheck.model.claims import BoundVolume
from upgradecheck.model.credentialproviders import ProviderFiles
from upgradecheck.model.errors import InputError, SpecRefused, UpgradecheckError
from upgradecheck.model.keyed import Keyed
from upgradecheck.model.plan import Missing
from upgradecheck.model.pod import NodeFacts, Origin
from upgradecheck.model.progress import Watch, unwatched
from upgradecheck.model.snapshot import EmptyList, Facts, ListRead
from upgradecheck.model.statefiles import StateFile, StateName
from upgradecheck.model.version import ReportedVersion
from upgradecheck.sources.files.aside import WANTED, Aside, Holds
from upgradecheck.sources.files.decoding import Decoding
from upgradecheck.sources.files.drop_ins import drop_ins_in, is_kindless, laid_over
from upgradecheck.sources.files.found import Found
from upgradecheck.sources.files.known import KeptValues, PodTexts
from upgradecheck.sources.files.ledger import Ledger
from upgradecheck.sources.files.meter import Meter
from upgradecheck.sources.files.node_states import contradiction
from upgradecheck.sources.files.pages import Pages
from upgradecheck.sources.files.paths import InputFile, Paths, is_of_arguments
from upgradecheck.sources.files.reading import Content
from upgradecheck.sources.files.records import Decode, FileRecords, repeated
from upgradecheck.sources.files.setups import Setups
from upgradecheck.sources.files.spool import Spool
from upgradecheck.sources.files.tables import Table
from upgradecheck.sources.files.templates import Templates

if TYPE_CHECKING:
    from upgradecheck.decode.kubelet.config import Settings

_NOTHING_KNOWN = "no pods, nodes or records of the runtime in any of its *.json and *.yaml files"
_MAX_TOLD = 20
_RECODED = 'is UTF-16 and has letters beyond ASCII, which PowerShell may have changed; cmd /c "kubectl … > FILE" leaves them as they are'
MUCH_YAML = 20 << 20
"""Bytes of it, which take some twenty seconds."""
_SLOW = "which is read as Go reads it and takes many times as long as JSON: take kubectl -o json, which may be of any size"
_NO_RECORDS = Holds(records=False, sandboxes=False)


class Gathering:
    """What is known while inputs are being read."""

    def __init__(self, *, lenient: bool, watch: Watch = unwatched) -> None:
        self.lenient = lenient
        self._meter = Meter(watch)
        self.aside = Aside()
        self.ledger = Ledger()
        self.paths = Paths()
        self.tables: list[Table] = []
        self.passed_over: list[Table] = []
        self.directories: dict[str, bool] = {}
        self.nodes: dict[str, NodeFacts] = {}
        self.conflicts: list[str] = []
        self.objects: dict[str, dict[tuple[str, str], Named]] = {one.kind: {} for one in OBJECTS}
        self.configs: list[tuple[Settings, Origin]] = []
        self.providers: list[ProviderFiles] = []
        self.servers: list[ReportedVersion] = []
        self.records = FileRecords()
        self.empty_lists: list[EmptyList] = []
        self.templates = Templates()
        self.pages = Pages()
        self.lists: list[ListRead] = []
        self.spool = Spool()
        self.used = False
        self.read_one = False
        self.recoded: list[str] = []
        self.unfilled: list[str] = []
        self.slow: list[str] = []
        self.setups = Setups()
        self.state_files: list[StateFile] = []
        self.keyed: list[Keyed] = []
        self.volumes: list[BoundVolume] = []
        self.bundles: list[Bundle] = []
        self._decoders: dict[Shape, Decode] = {}
        self._known = PodTexts()

    def read(self, paths: Iterable[str], *, recursive: bool) -> None:
        """Read all files that paths mean through."""
        files = list(self.paths.expand(paths, recursive=recursive))
        self._meter.expects(files)
        for file in files:
            self._add(file)

    def _add(self, file: InputFile) -> None:
        """Read one file through; what is wrong with it is noted."""
        path = Path(file.path)
        if not self.lenient and (name := state_name(path.name)) is not None:
            self._add_state_file(name, file)
            return
        if not self.lenient and is_of_arguments(path):
            self._add_arguments(file)
            return
        if not self.lenient and is_kindless(path):
            self._add_kindless(file)
            return
        table = Table(Content(file, self.spool, took=self._meter.took), values=KeptValues(few=self.lenient))
        decoding = Decoding(named=file.directory is None, decoders=self._decoders)
        found = decoding.found
        reason = _scanned(table, decoding, self._known, lenient=self.lenient)
        if file.directory is not None:
            self.directories[file.directory] = self.directories.get(file.directory, False) or table.known or reason is not None
        if reason is not None:
            self.aside.file(file, reason, found.holds)
            if self.lenient:
                table.set_aside(f"{file.name}: {reason}".rstrip("."))
                self.tables.append(table)
            return
        self.read_one = True
        self._take(table, file, found)
        if not table.known and file.directory is not None:
            self.ledger.unknown_file(file.directory, table, found.others)
            self.passed_over.append(table)
        else:
            self.tables.append(table)
            if not (table.known or self.lenient or found.refused or found.used):
                self.ledger.nothing_in(file.name, table, beside=found.beside)

    def _add_state_file(self, name: StateName, file: InputFile) -> None:
        """A file in which a kubelet keeps its state."""
        from upgradecheck.machine.statefiles import state_file  # few inputs have one

        try:
            self.state_files.append(state_file(name, Path(file.path), file.name))
        except FileNotFoundError as error:
            self.aside.file(file, f"cannot be read ({error.strerror}). {_advice(error)}", _NO_RECORDS)
            return
        self.read_one = True

    def _add_arguments(self, file: InputFile) -> None:
        """A file that gives a kubelet its command line, or a part of it."""
        try:
            self.setups.read(file)
        except OSError as error:
            self.aside.file(file, f"cannot be read ({error.strerror}). {_advice(error)}", _NO_RECORDS)
            return
        except SpecRefused as error:
            self.aside.file(file, str(error), _NO_RECORDS)
            return
        self.read_one = True

    def _add_kindless(self, file: InputFile) -> None:
        """A drop-in of the kubelet's configuration with which none starts: what it sets is no matter."""
        from upgradecheck.decode.kubelet.dropins import KINDLESS  # few inputs have one

        self.configs.append((KINDLESS, Origin(file.name)))
        self.read_one = True

    def _take(self, table: Table, file: InputFile, found: Found) -> None:
        """What a file holds, now that it was read to its end."""
        place = file.directory or file.name
        if table.content.recoded:
            self.recoded.append(file.name)
        if table.content.yaml > MUCH_YAML:
            self.slow.append(f"{file.name}: {table.content.yaml >> 20} MiB of YAML")
        if found.unfilled:
            self.unfilled.append(file.name)
        if found.records and (reason := repeated(found.records)):
            self.aside.file(file, reason, found.holds)
            found.records = []
        self.used = self.used or found.used or (table.known and not found.refused)
        for node in found.nodes:
            self._add_node(node)
        for kind, one in found.objects:
            self.objects[kind][one.namespace, one.name] = one
        self.configs += found.configs
        self._add_providers(file, found)
        self.servers += found.servers
        self.state_files += found.state_files
        self.keyed += found.keyed
        self.volumes += found.volumes
        self.bundles += found.bundles
        self.setups.take(found.arguments)
        if found.records:
            self.records.add(found.records)
        if (table.empty or found.holds_no_kubelets) and not (found.uids or found.pods or found.nodes):
            self.empty_lists.append(EmptyList(file.name, sandboxes="items" in table.empty))
        if found.foreign:
            self.records.leave_out(place, found.foreign)
        self.templates.take(found.templates, place, live=found.running, at_rest=found.at_rest)
        self.pages.update(table.pages)
        self.lists += table.lists
        self.ledger.take(file.directory, table, found.others, found.makers)
        for document, origin, reason in found.refused:
            self.aside.document(document, origin, file.directory, reason, found.holds)

    def _add_providers(self, file: InputFile, found: Found) -> None:
        """Files of credential providers."""
        if found.providers:
            from upgradecheck.sources.files.providers import given_files  # few inputs have one

            self.providers += given_files(file, found.providers)

    def _add_node(self, node: NodeFacts) -> None:
        known = self.nodes.setdefault(node.name, node)
        if (told := contradiction(known, node)) is not None:
            self.conflicts.append(told)

    def check(self) -> None:
        """That there is something to report on, and nothing that contradicts itself; called when all of it was read.

        Raises:
            InputError: two states of one node; or nothing that was given could be used; where each document is answered for, a directory
                that cannot be read, or no file that can.
        """
        if self.lenient:
            problems = [*self._of_paths(), *([] if self.read_one else self.aside.problems())]
        else:
            problems = self.conflicts or ([] if self.used else list(self._all_problems()))
        if problems:
            more = len(problems) - _MAX_TOLD
            raise InputError("\n".join(problems[:_MAX_TOLD] + [f"… and {more:,} more problems"] * (more > 0)))

    def _all_problems(self) -> Iterator[str]:
        yield from self._of_paths()
        yield from self.aside.problems()
        yield from self.ledger.nothing
        yield from self._unknown_directories()

    def _of_paths(self) -> Iterator[str]:
        return (f"{name}: {reason}" for name, reason in self.paths.problems)

    def _unknown_directories(self) -> Iterator[str]:
        unknown = (directory for directory, known in self.directories.items() if not known)
        return (f"{directory}: {_NOTHING_KNOWN}. {self.ledger.help_in(directory) or WANTED}." for directory in unknown)

    def facts(self, names: tuple[str, ...]) -> Facts:
        """All that was found beside the pods; notices by kind and directory. Of two objects of one name the last counts."""
        lines = self.setups.command_lines(frozenset(self.nodes))
        for file, reason in lines.refused:
            self.aside.file(file, reason, _NO_RECORDS)
        objects: dict[str, Any] = {BY_KIND[kind].fact: tuple(found.values()) for kind, found in self.objects.items()}
        live = self.templates.has_live
        recoded = (f"{name}: {_RECODED}" for name in self.recoded)
        slow = (f"{name}, {_SLOW}" for name in self.slow)
        notices = (
            *self.paths.beside.notices(),
            *recoded,
            *slow,
            *self.ledger.notices(live),
            *self.templates.notices(),
            *self.records.notices(),
            *lines.notices,
        )
        missing = (
            *self.aside.missing(),
            *(Missing(name, UNFILLED) for name in self.unfilled[:_MAX_TOLD]),
            *self.paths.beside.missing(),
            *self.ledger.missing(self.paths.problems, live),
            *self.pages.missing(),
        )
        return Facts(
            names=names,
            nodes=tuple(self.nodes.values()),
            containers=self.records.containers,
            sandboxes=self.records.sandboxes,
            configs=laid_over(self.configs),
            drop_ins=drop_ins_in(self.configs),
            server=self.servers[0] if len(set(self.servers)) == 1 else None,
            notices=notices,
            missing=missing,
            set_aside=self.aside.evidence(),
            empty_lists=tuple(self.empty_lists),
            arguments=lines.arguments,
            state_files=tuple(self.state_files),
            providers=tuple(self.providers),
            keyed=tuple(self.keyed),
            volumes=tuple(self.volumes),
            listed_again=self.records.listed_again,
            swarms=self.records.swarms,
            lists=tuple(self.lists),
            bundles=tuple(self.bundles),
            **objects,
        )


def _pass_over(*_: object) -> None:
    """Nothing is looked at."""


def _take(*_: object) -> bool:
    """Likewise, of several together."""
    return True


def _scanned(table: Table, decoding: Decoding, known: PodTexts, *, lenient: bool) -> str | None:
    """Why a file cannot be used, in words without its name; None where it was read to its end. lenient: its documents are not decoded."""
    try:
        if lenient:
            table.scan(_pass_over, _pass_over, _take, (known, _pass_over), by_line=True)
        else:
            table.scan(decoding.visit, decoding.look, decoding.take_list, (known, decoding.look_at_known))
    except InputError as error:
        return str(error).removeprefix(f"{table.name}: ")
    except OSError as error:
        return f"cannot be read ({error.strerror}). {_advice(error)}"
    except UpgradecheckError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, it is this file's
        return f"cannot be read ({type(error).__name__}). {WANTED}."
    return None


def _advice(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "Check the name given with -f."
    if isinstance(error, PermissionError):
        return "Check its permissions; runtime dumps are often root's."
    return "Check the file and the disk."
