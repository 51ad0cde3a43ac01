"""Reading inputs through once: what is small is decoded at once, of everything the place is noted, and what cannot be used is set aside.

One bad file costs what hangs on it. What a file holds is taken when it was read to its end; a file that breaks off, is empty or is none at
all is set aside whole, and a document that its decoder refuses alone. Only where nothing is left that could be used there is no report.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from upgradecheck.decode.guard import guarded
from upgradecheck.decode.kube.foreign import FOREIGN, is_foreign
from upgradecheck.decode.kube.kinds import NO_OBJECT
from upgradecheck.decode.kube.lookalikes import UNFILLED, is_unfilled
from upgradecheck.decode.kube.nodes import node_facts
from upgradecheck.decode.kube.objects import BY_KIND, OBJECTS, Named
from upgradecheck.decode.kube.shapes import PodGlimpse, Recognition, Shape
from upgradecheck.decode.kubelet.statefiles import state_name
from upgradecheck.decode.text.streamed import Document
from upgradecheck.decode.text.typed import typed
from upgradecheck.model.errors import InputError, SpecRefused, UpgradecheckError
from upgradecheck.model.keyed import Keyed
from upgradecheck.model.patterns import pattern
from upgradecheck.model.plan import Missing
from upgradecheck.model.pod import ContainerRecord, NodeFacts, Origin, SandboxRecord
from upgradecheck.model.progress import Watch, unwatched
from upgradecheck.model.runtimes import keeps_what_runs, runtime_option
from upgradecheck.model.snapshot import EmptyList, Facts, ListRead
from upgradecheck.model.statefiles import StateFile, StateName
from upgradecheck.model.version import KubeletVersion, ReportedVersion
from upgradecheck.sources.files.aside import WANTED, Aside, Holds
from upgradecheck.sources.files.drop_ins import laid_over
from upgradecheck.sources.files.ledger import Ledger
from upgradecheck.sources.files.meter import Meter
from upgradecheck.sources.files.pages import Pages
from upgradecheck.sources.files.paths import InputFile, Paths, is_of_arguments
from upgradecheck.sources.files.reading import Content
from upgradecheck.sources.files.records import RECORDS, Decode, FileRecords, Record, decoder, repeated
from upgradecheck.sources.files.setups import Setups
from upgradecheck.sources.files.spool import Spool
from upgradecheck.sources.files.tables import Look, Table, Visit
from upgradecheck.sources.files.templates import PodName, Templates, Workload, workload

if TYPE_CHECKING:
    from upgradecheck.decode.kubelet.config import Settings
    from upgradecheck.decode.runtime.docker import Foreign

_NOTHING_KNOWN = "no pods, nodes or records of the runtime in any of its *.json and *.yaml files"
_MAX_TOLD = 20
_RECODED = 'is UTF-16 and has letters beyond ASCII, which PowerShell may have changed; cmd /c "kubectl … > FILE" leaves them as they are'
MUCH_YAML = 20 << 20
"""Bytes of it, which take some twenty seconds."""
_SLOW = "which is read as Go reads it and takes many times as long as JSON: take kubectl -o json, which may be of any size"
_RUNS = pattern(rb'"running"\s*:\s*\{')
_NO_RECORDS = Holds(records=False, sandboxes=False)
_AT_REST = ("Pending", "Succeeded", "Failed")

_KEYED = frozenset(f"kind {kind}" for kind in ("ConfigMap", "Secret"))


class _FileFacts(msgspec.Struct):
    """What one file holds, until it was read to its end.

    refused: its documents that cannot be used; uids: those of its records' pods. live: by namespace, the names of running pods, without
    their ends. makers: what may make pods, in words, with its namespace.
    """

    nodes: list[NodeFacts] = msgspec.field(default_factory=list)
    objects: list[tuple[str, Named]] = msgspec.field(default_factory=list)
    configs: list[tuple[Settings, Origin]] = msgspec.field(default_factory=list)
    servers: list[ReportedVersion] = msgspec.field(default_factory=list)
    state_files: list[StateFile] = msgspec.field(default_factory=list)
    keyed: list[Keyed] = msgspec.field(default_factory=list)
    unfilled: bool = False
    records: list[Record] = msgspec.field(default_factory=list)
    foreign: list[Foreign] = msgspec.field(default_factory=list)
    templates: list[Workload] = msgspec.field(default_factory=list)
    live: dict[str, set[str]] = msgspec.field(default_factory=dict)
    at_rest: list[PodName] = msgspec.field(default_factory=list)
    others: list[Recognition] = msgspec.field(default_factory=list)
    makers: list[tuple[str, str]] = msgspec.field(default_factory=list)
    refused: list[tuple[Document, Origin, str]] = msgspec.field(default_factory=list)
    pods: int = 0

    @property
    def used(self) -> bool:
        """Whether there is anything in it that a plan is made of, or that shows what is missing of one."""
        kubelets = self.configs or self.state_files
        took = self.pods or self.templates or self.nodes or self.objects or kubelets or self.servers or self.records or self.foreign
        return bool(took) or any(one.makes or one.lost for one in self.others)

    @property
    def running(self) -> Iterator[PodName]:
        """The running pods in it, those of a workload once or twice."""
        return ((namespace, f"{name}-") for namespace, names in self.live.items() for name in names)

    @property
    def uids(self) -> frozenset[str]:
        return frozenset(one.pod_uid for one in self.records if one.pod_uid)

    @property
    def holds_no_kubelets(self) -> bool:
        """Whether it lists containers of a runtime, none of them a kubelet's; of podman's and nerdctl's nobody can tell."""
        foreign = bool(self.foreign) and all(one.not_the_kubelets for one in self.foreign)
        return not self.uids and (foreign or bool(self.records))

    @property
    def holds(self) -> Holds:
        """What it may hold beside: no records where all that could be read of it are pods and other objects, no sandboxes where all
        records that could be are containers.
        """
        records = bool(self.records) or not (self.pods or self.nodes or self.templates or self.objects)
        sandboxes = records and (not self.records or any(isinstance(one, SandboxRecord) for one in self.records))
        return Holds(self.uids, records, sandboxes)


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
        self._decoders: dict[Shape, Decode] = {}
        self._file = _FileFacts()
        self._named = False

    def read(self, paths: Iterable[str], *, recursive: bool) -> None:
        """Read all files that paths mean through."""
        files = list(self.paths.expand(paths, recursive=recursive))
        self._meter.expects(files)
        for file in files:
            self._add(file)

    def _add(self, file: InputFile) -> None:
        """Read one file through; what is wrong with it is noted."""
        if not self.lenient and (name := state_name(Path(file.path).name)) is not None:
            self._add_state_file(name, file)
            return
        if not self.lenient and is_of_arguments(Path(file.path)):
            self._add_arguments(file)
            return
        table, self._file, self._named = Table(Content(file, self.spool, took=self._meter.took)), _FileFacts(), file.directory is None
        reason = _scanned(table, self._visit, self._look, by_line=self.lenient)
        if file.directory is not None:
            self.directories[file.directory] = self.directories.get(file.directory, False) or table.known or reason is not None
        if reason is not None:
            self.aside.file(file, reason, self._file.holds)
            if self.lenient:
                table.set_aside(f"{file.name}: {reason}".rstrip("."))
                self.tables.append(table)
            return
        self.read_one = True
        self._take(table, file)
        if not table.known and file.directory is not None:
            self.ledger.unknown_file(file.directory, table, self._file.others)
            self.passed_over.append(table)
        else:
            self.tables.append(table)
            if not (table.known or self.lenient or self._file.refused or self._file.used):
                self.ledger.nothing_in(file.name, table)

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

    def _take(self, table: Table, file: InputFile) -> None:
        """What a file holds, now that it was read to its end."""
        found, place = self._file, file.directory or file.name
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
        self.servers += found.servers
        self.state_files += found.state_files
        self.keyed += found.keyed
        for record in found.records:
            self.records.add(record)
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

    def _visit(self, recognition: Recognition, document: Document, origin: Origin) -> None:
        if self.lenient:
            return
        try:
            guarded(lambda: self._decode(recognition, document, origin))
        except SpecRefused as error:
            self._file.refused.append((msgspec.structs.replace(document, raw=b""), origin, str(error)))

    def _decode(self, recognition: Recognition, document: Document, origin: Origin) -> None:
        found, shape = self._file, recognition.shape
        if shape is Shape.POD:
            found.pods += 1
            self._look_at_status(document.raw, bytes(typed(_STATUS, document.raw).status), _named(document.raw))
        elif shape is Shape.TEMPLATE:
            found.unfilled = found.unfilled or is_unfilled(document.raw)
            found.templates.append(workload(document.raw, recognition.found))
        elif shape is Shape.NODE:
            found.nodes.append(node_facts(document.raw, origin))
        elif shape is Shape.OBJECT:
            found.objects.append((recognition.found, BY_KIND[recognition.found].decode(document.raw, None)))
        elif shape is Shape.KUBELET_CONFIG:
            from upgradecheck.decode.kubelet.config import kubelet_settings  # few inputs have one

            found.configs.append((kubelet_settings(document.raw), origin))
        elif shape is Shape.SERVER_VERSION:
            from upgradecheck.decode.kube.server import server_version

            version = server_version(document.raw)
            found.servers += [] if version is None else [version]
        elif shape is Shape.STATE_FILE:
            found.state_files.append(StateFile(StateName(recognition.found), str(origin), bytes(document.raw)))
        elif shape is Shape.MALFORMED:
            raise SpecRefused(recognition.found)
        elif recognition.found in _KEYED:
            self._decode_keyed(recognition.found.removeprefix("kind "), document)
        elif shape in RECORDS:
            self._decode_record(shape, document, origin)
        elif recognition.lost == NO_OBJECT:
            found.others.append(msgspec.structs.replace(recognition, lost=""))
            raise SpecRefused(f"{recognition.found}: {NO_OBJECT}")
        elif is_foreign(recognition, document.raw, named=self._named):
            found.others.append(recognition)
            raise SpecRefused(FOREIGN)
        if recognition.lost or recognition.makes:
            found.others.append(recognition)
        if recognition.makes and not recognition.lost:
            found.makers.append((recognition.found, _named(document.raw)[0]))

    def _look(self, glimpses: Sequence[PodGlimpse], raws: Sequence[bytes]) -> None:
        """Pods that stand side by side."""
        if self.lenient:
            return
        self._file.pods += len(raws)
        for glimpse, raw in zip(glimpses, raws, strict=True):
            of = glimpse.metadata
            self._look_at_status(raw, bytes(glimpse.status), ("", "") if of is None else (of.namespace or "", of.name or ""))

    def _look_at_status(self, raw: bytes, status: bytes, named: PodName) -> None:
        """Whose a pod that runs may be, and the name of one that does not. Those of a workload have names alike, but for their ends."""
        if b'"' not in status and status.translate(None, b" \t\r\n") in (b"", b"null", b"{}"):
            self._file.unfilled = self._file.unfilled or is_unfilled(raw)
            return
        namespace, name = named
        if not _RUNS.search(status) and _is_at_rest(raw):
            self._file.at_rest.append((namespace, name))
        else:
            self._file.live.setdefault(namespace, set()).add(name.rpartition("-")[0])

    def _decode_keyed(self, kind: str, document: Document) -> None:
        from upgradecheck.decode.kube.keyed import keyed  # few inputs have one

        with suppress(SpecRefused):  # it is passed over otherwise
            found = keyed(kind, document.raw)
            self._file.keyed += [] if found is None else [found]

    def _decode_record(self, shape: Shape, document: Document, origin: Origin) -> None:
        record = decoder(shape, self._decoders)(document.raw, origin)
        if isinstance(record, (ContainerRecord, SandboxRecord)):
            self._file.records.append(record)
        else:
            self._file.foreign.append(record)

    def _add_node(self, node: NodeFacts) -> None:
        known = self.nodes.setdefault(node.name, node)
        if known.kubelet_version != node.kubelet_version:
            one, other = (None if each.kubelet_version is None else each.kubelet_version.text for each in (known, node))
            self.conflicts.append(
                f"node {node.name!a}: {known.origin} says kubelet {one!a}, {node.origin} says {other!a}. "
                f"Wanted one state of the node; leave out the older one{_with_runtime(known, node)}."
            )
        elif not keeps_what_runs(known.runtime or "", node.runtime or ""):
            self.conflicts.append(
                f"node {node.name!a}: {known.origin} says runtime {known.runtime!a}, {node.origin} says {node.runtime!a}. Wanted one state "
                f"of the node; leave out the older one{_with_runtime(known, node)}."
            )

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
            server=self.servers[0] if len(set(self.servers)) == 1 else None,
            notices=notices,
            missing=missing,
            set_aside=self.aside.evidence(),
            empty_lists=tuple(self.empty_lists),
            arguments=lines.arguments,
            state_files=tuple(self.state_files),
            keyed=tuple(self.keyed),
            listed_again=self.records.listed_again,
            lists=tuple(self.lists),
            **objects,
        )


def _with_runtime(one: NodeFacts, other: NodeFacts) -> str:
    """What else to do with two states of a node, where the later one has another runtime: plan from the earlier one to it.

    The later one is told by the time of its conditions, then by the kubelet; where neither tells it, it is the one that was given last.
    """
    earlier, later = (other, one) if _is_newer(one, other) else (one, other)
    word = "" if keeps_what_runs(earlier.runtime or "", later.runtime or "") else runtime_option(later.runtime or "")
    return f"; or, to plan a change to {later.runtime}, leave out {later.origin} and add --to-runtime {word}" if word else ""


def _is_newer(one: NodeFacts, other: NodeFacts) -> bool:
    if one.seen_at and other.seen_at:
        return one.seen_at > other.seen_at
    version, before = one.kubelet_version, other.kubelet_version
    if not isinstance(version, KubeletVersion) or not isinstance(before, KubeletVersion):
        return False
    return (version.minor, version.patch or 0) > (before.minor, before.patch or 0)


def _scanned(table: Table, visit: Visit, look: Look, *, by_line: bool) -> str | None:
    """Why a file cannot be used, in words without its name; None where it was read to its end."""
    try:
        table.scan(visit, look, by_line=by_line)
    except InputError as error:
        return str(error).removeprefix(f"{table.name}: ")
    except OSError as error:
        return f"cannot be read ({error.strerror}). {_advice(error)}"
    except UpgradecheckError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, it is this file's
        return f"cannot be read ({type(error).__name__}). {WANTED}."
    return None


class _Status(msgspec.Struct, gc=False):
    status: msgspec.Raw = msgspec.Raw()


_STATUS = msgspec.json.Decoder(_Status)


class _Phase(msgspec.Struct, gc=False):
    phase: str | None = None


class _Metadata(msgspec.Struct, gc=False):
    name: str | None = None
    namespace: str | None = None


class _Object(msgspec.Struct):
    metadata: _Metadata | None = None


class _Pod(msgspec.Struct):
    status: _Phase | None = None


_OBJECT = msgspec.json.Decoder(_Object)
_POD = msgspec.json.Decoder(_Pod)


def _named(raw: bytes) -> PodName:
    """The namespace and name of an object, empty where they cannot be read."""
    try:
        named = typed(_OBJECT, raw).metadata or _Metadata()
    except SpecRefused:
        return "", ""
    return named.namespace or "", named.name or ""


def _is_at_rest(raw: bytes) -> bool:
    """Whether a pod has finished or was not started, by its phase, and no container of it runs."""
    if _RUNS.search(raw):
        return False
    try:
        status = typed(_POD, raw).status
    except SpecRefused:
        return False
    return status is not None and status.phase in _AT_REST


def _advice(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "Check the name given with -f."
    if isinstance(error, PermissionError):
        return "Check its permissions; runtime dumps are often root's."
    return "Check the file and the disk."
