"""Documents of one file, each decoded at once but for pods, of which only whose they are and how they are is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import msgspec

from upgradecheck.decode.guard import guarded
from upgradecheck.decode.kube.foreign import FOREIGN, is_foreign
from upgradecheck.decode.kube.kinds import NO_OBJECT
from upgradecheck.decode.kube.lookalikes import is_unfilled
from upgradecheck.decode.kube.nodes import node_facts
from upgradecheck.decode.kube.objects import BY_KIND
from upgradecheck.decode.kube.shapes import PodGlimpse, Recognition, Shape
from upgradecheck.decode.text.streamed import Document, Run
from upgradecheck.decode.text.typed import typed
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.pod import ContainerRecord, Origin, SandboxRecord
from upgradecheck.model.statefiles import StateFile, StateName
from upgradecheck.sources.files.found import Found
from upgradecheck.sources.files.known import RUNS, KnownPod
from upgradecheck.sources.files.records import INSPECTED, RECORDS, Decode, decoder, kubelet_in
from upgradecheck.sources.files.templates import PodName, workload

_AT_REST = ("Pending", "Succeeded", "Failed")
_VOLUME = "kind PersistentVolume"
_KEYED = frozenset(f"kind {kind}" for kind in ("ConfigMap", "Secret"))


class Decoding:
    """Fills in what one file holds. named: the user named the file itself; decoders: of records, made once for all files."""

    def __init__(self, *, named: bool, decoders: dict[Shape, Decode]) -> None:
        self.found = Found()
        self._named = named
        self._decoders = decoders

    def visit(self, recognition: Recognition, document: Document, origin: Origin) -> None:
        """A document; one that its decoder refuses is noted."""
        try:
            guarded(lambda: self._decode(recognition, document, origin))
        except SpecRefused as error:
            self.found.refused.append((msgspec.structs.replace(document, raw=b""), origin, str(error)))

    def _decode(self, recognition: Recognition, document: Document, origin: Origin) -> None:
        found, shape = self.found, recognition.shape
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
        elif shape is Shape.CREDENTIAL_PROVIDERS:
            found.providers.append((bytes(document.raw), origin))
        elif shape is Shape.SERVER_VERSION:
            from upgradecheck.decode.kube.server import server_version

            version = server_version(document.raw)
            found.servers += [] if version is None else [version]
        elif shape is Shape.STATE_FILE:
            found.state_files.append(StateFile(StateName(recognition.found), str(origin), bytes(document.raw)))
        elif shape is Shape.BUNDLE:
            from upgradecheck.formats.bundle import read_bundle

            found.bundles.append(read_bundle(bytes(document.raw), str(origin)))
        elif shape is Shape.MALFORMED:
            raise SpecRefused(recognition.found)
        elif recognition.found in _KEYED:
            self._decode_keyed(recognition.found.removeprefix("kind "), document)
        elif recognition.found == _VOLUME:
            self._decode_volume(document)
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

    def look(self, glimpses: Sequence[PodGlimpse], raws: Sequence[bytes]) -> None:
        """Pods that stand side by side."""
        self.found.pods += len(raws)
        live, runs = self.found.live, RUNS.search
        for glimpse, raw in zip(glimpses, raws, strict=True):
            of, status = glimpse.metadata, bytes(glimpse.status)
            namespace, name = ("", "") if of is None else (of.namespace or "", of.name or "")
            if namespace in live and runs(status):  # as most do
                live[namespace].add(name.rpartition("-")[0])
            else:
                self._look_at_status(raw, status, (namespace, name))

    def look_at_known(self, pods: Sequence[KnownPod]) -> None:
        """The same of pods that are known by their text, of which each has something that runs."""
        self.found.pods += len(pods)
        live = self.found.live
        for of, values in pods:
            name = values[of.name].decode().rpartition("-")[0]
            its = live.get(of.namespace)
            if its is None:
                its = live[of.namespace] = set()
            its.add(name)

    def take_list(self, run: Run, name: str) -> bool:
        """Containers of a crictl's list that stand side by side in a file; no where one of them is to be looked at by itself."""
        from upgradecheck.decode.runtime.crictl import container_records  # few inputs have one

        numbers = zip(range(run.first, run.first + len(run.raws)), run.lines, strict=True)
        origins = [Origin(name, f"{run.place}{number}", line) for number, line in numbers]
        try:
            self.found.records += guarded(lambda: container_records(run.raws, origins))
        except SpecRefused:
            return False
        return True

    def _look_at_status(self, raw: bytes, status: bytes, named: PodName) -> None:
        """Whose a pod that runs may be, and the name of one that does not. Those of a workload have names alike, but for their ends."""
        if b'"' not in status and status.translate(None, b" \t\r\n") in (b"", b"null", b"{}"):
            self.found.unfilled = self.found.unfilled or is_unfilled(raw)
            return
        namespace, name = named
        if not RUNS.search(status) and _is_at_rest(raw):
            self.found.at_rest.append((namespace, name))
        else:
            self.found.live.setdefault(namespace, set()).add(name.rpartition("-")[0])

    def _decode_keyed(self, kind: str, document: Document) -> None:
        from upgradecheck.decode.kube.keyed import keyed  # few inputs have one

        with suppress(SpecRefused):  # it is passed over otherwise
            found = keyed(kind, document.raw)
            self.found.keyed += [] if found is None else [found]

    def _decode_volume(self, document: Document) -> None:
        from upgradecheck.decode.kube.volumes import bound_volume  # few inputs have one

        with suppress(SpecRefused):  # it is passed over otherwise
            found = bound_volume(document.raw)
            self.found.volumes += [] if found is None else [found]

    def _decode_record(self, shape: Shape, document: Document, origin: Origin) -> None:
        if shape in INSPECTED and b"kubelet" in document.raw and (kubelet := kubelet_in(shape, document.raw, origin)) is not None:
            self.found.arguments.append(kubelet)
            if shape is Shape.DOCKER_INSPECTION:  # of crictl it may be a container of a pod, too
                return
        record = decoder(shape, self._decoders)(document.raw, origin)
        if isinstance(record, (ContainerRecord, SandboxRecord)):
            self.found.records.append(record)
        else:
            self.found.foreign.append(record)


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
    if RUNS.search(raw):
        return False
    try:
        status = typed(_POD, raw).status
    except SpecRefused:
        return False
    return status is not None and status.phase in _AT_REST
