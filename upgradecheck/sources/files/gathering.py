"""Reading inputs through once: what is small is decoded at once, of everything the place is noted, and problems are collected."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec

from upgradecheck.decode.kube.nodes import node_facts
from upgradecheck.decode.kube.objects import BY_KIND, OBJECTS, Named
from upgradecheck.decode.kube.shapes import Recognition, Shape
from upgradecheck.decode.text.jsonstream import Document
from upgradecheck.decode.text.typed import typed
from upgradecheck.model.config import KubeletConfig
from upgradecheck.model.errors import InputError, SpecRefused
from upgradecheck.model.plan import Missing
from upgradecheck.model.pod import NodeFacts, Origin
from upgradecheck.model.snapshot import Facts
from upgradecheck.sources.files.paths import InputFile
from upgradecheck.sources.files.reading import Content
from upgradecheck.sources.files.records import FileRecords
from upgradecheck.sources.files.spool import Spool
from upgradecheck.sources.files.tables import Table
from upgradecheck.sources.files.templates import Templates

_WANTED = "Wanted pods or nodes as kubectl -o json prints them, or crictl ps -a -o json or crictl pods -o json"
_NOTHING_KNOWN = "no pods, nodes or records of the runtime in any of its *.json and *.yaml files"
_MAX_TOLD = 20


class Gathering:
    """What is known while inputs are being read."""

    def __init__(self, *, lenient: bool) -> None:
        self.lenient = lenient
        self.problems: list[str] = []
        self.notices: list[str] = []
        self.tables: list[Table] = []
        self.directories: dict[str, bool] = {}
        self.nodes: dict[str, NodeFacts] = {}
        self.objects: dict[str, dict[tuple[str, str], Named]] = {one.kind: {} for one in OBJECTS}
        self.configs: list[tuple[KubeletConfig, Origin]] = []
        self.records = FileRecords()
        self.templates = Templates()
        self.spool = Spool()

    def add(self, file: InputFile) -> None:
        """Read one file through; what is wrong with it is added to the problems."""
        table = Table(Content(file, self.spool))
        self.tables.append(table)
        told = len(self.problems)
        try:
            table.scan(self._visit, by_line=self.lenient)
        except InputError as error:
            self.problems.append(str(error))
        except OSError as error:
            self.problems.append(f"{file.name}: cannot be read ({error.strerror}). {_advice(error)}")
        if file.directory is not None:
            self.directories[file.directory] = self.directories.get(file.directory, False) or table.known or len(self.problems) > told
        if len(self.problems) == told:
            self._judge(table, file)

    def _judge(self, table: Table, file: InputFile) -> None:
        others = table.others_in_words()
        if table.known:
            if others:
                self.notices.append(f"{table.name}: left out what is neither pod, node nor record of the runtime: {others}")
        elif file.directory is not None:
            self.tables.pop()
            self.notices.append(f"{table.name}: not recognised ({others or 'nothing in it'}), skipped")
        elif not self.lenient:
            self.problems.append(f"{table.name}: holds {others or 'nothing'}, no pods, nodes or records of the runtime. {_WANTED}.")

    def _visit(self, recognition: Recognition, document: Document, origin: Origin) -> None:
        if self.lenient:
            return
        try:
            self._decode(recognition, document, origin)
        except SpecRefused as error:
            self.problems.append(f"{origin} (line {document.line}): {error}. {_WANTED}.")

    def _decode(self, recognition: Recognition, document: Document, origin: Origin) -> None:
        if recognition.shape is Shape.POD:
            self.templates.live_pods = self.templates.live_pods or _has_status(document.raw)
        elif recognition.shape is Shape.TEMPLATE:
            self.templates.add(document.raw, recognition.found, origin.source)
        elif recognition.shape is Shape.NODE:
            self._add_node(node_facts(document.raw, origin))
        elif recognition.shape is Shape.OBJECT:
            found = BY_KIND[recognition.found].decode(document.raw, None)
            self.objects[recognition.found][found.namespace, found.name] = found
        elif recognition.shape is Shape.KUBELET_CONFIG:
            from upgradecheck.decode.kubelet.config import kubelet_config  # few inputs have one

            self.configs.append((kubelet_config(document.raw), origin))
        elif recognition.shape is Shape.MALFORMED:
            raise SpecRefused(recognition.found)
        else:
            self.records.add(recognition.shape, document, origin)

    def _add_node(self, node: NodeFacts) -> None:
        known = self.nodes.setdefault(node.name, node)
        if known.kubelet_version != node.kubelet_version:
            one, other = (None if each.kubelet_version is None else each.kubelet_version.text for each in (known, node))
            self.problems.append(
                f"node {node.name!a}: {known.origin} says kubelet {one!a}, {node.origin} says {other!a}. "
                "Wanted one state of the node; leave out the older one."
            )

    def check(self) -> None:
        """That everything that was given could be used; called when all of it was read.

        Raises:
            InputError: there were problems.
        """
        for directory, known in self.directories.items():
            if not known:
                self.problems.append(f"{directory}: {_NOTHING_KNOWN}. {_WANTED}.")
        if self.problems:
            more = len(self.problems) - _MAX_TOLD
            raise InputError("\n".join(self.problems[:_MAX_TOLD] + [f"… and {more} more problems"] * (more > 0)))

    def facts(self, names: tuple[str, ...]) -> Facts:
        """All that was found beside the pods; notices in input order within each matter. Of two objects of one name the last counts."""
        objects: dict[str, Any] = {BY_KIND[kind].fact: tuple(found.values()) for kind, found in self.objects.items()}
        return Facts(
            names=names,
            nodes=tuple(self.nodes.values()),
            containers=self.records.containers,
            sandboxes=self.records.sandboxes,
            configs=tuple(self.configs),
            notices=(*self.notices, *self.templates.notices(), *_foreign(self.records.foreign)),
            missing=self._missing(),
            **objects,
        )

    def _missing(self) -> tuple[Missing, ...]:
        """Lists that were cut into pages (``?limit=``) and whose last page, the one without a continue token, is not among the inputs."""
        pages: Counter[str] = Counter()
        last_pages: Counter[str] = Counter()
        for table in self.tables:
            pages += table.pages
            last_pages += table.last_pages
        return tuple(
            Missing(f"the rest of a {kind}", "it was listed in pages (metadata.continue is set), and its last page was not given")
            for kind in sorted(pages)
            if kind not in last_pages
        )


class _Status(msgspec.Struct, gc=False):
    status: msgspec.Raw = msgspec.Raw()


_STATUS = msgspec.json.Decoder(_Status)


def _has_status(raw: bytes) -> bool:
    """Whether a cluster or a kubelet reports this pod; a manifest has no status, or an empty one."""
    return bytes(typed(_STATUS, raw).status).translate(None, b" \t\r\n") not in (b"", b"null", b"{}")


def _foreign(counts: Counter[str]) -> list[str]:
    """Docker's containers that no kubelet made, counted."""
    return [
        f"{source}: left out {count} container{'s' * (count > 1)} of docker that no kubelet made"
        for source, count in sorted(counts.items())
    ]


def _advice(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "Check the name given with -f."
    if isinstance(error, PermissionError):
        return "Check its permissions; runtime dumps are often root's."
    return "Check the file and the disk."
