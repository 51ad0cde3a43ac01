"""The files of hashdata, ``v1.NN.json``, what is decoded of them, and how those are read that are of no one minor.

A file holds far more than one question needs (goldens make up most of it), so each question decodes its own part and msgspec
skips the rest. That a file is whole and consistent is hashdata's own test; here only its shape and its minor are checked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Protocol, TypeVar

import msgspec

from upgradecheck.catalog.records import Golden, MinorFacts
from upgradecheck.catalog.releases import Build, ReleaseLine
from upgradecheck.catalog.shapes import (
    AlgorithmPart,
    ByPatchPart,
    FactsPart,
    FeatureGatesPart,
    GoldenPart,
    GoldensPart,
    Head,
    PlacesPart,
    ReleaseLinePart,
)
from upgradecheck.model.admission import AdmissionFacts
from upgradecheck.model.decisions import DecisionFacts
from upgradecheck.model.errors import DataError, UnfinishedData
from upgradecheck.model.facts import ByPatch, FeatureGate
from upgradecheck.model.manifests import ManifestFacts
from upgradecheck.model.patterns import pattern
from upgradecheck.model.places import Places
from upgradecheck.model.schema import Schema, TypeDef
from upgradecheck.model.servers import ApiServerFacts
from upgradecheck.model.statefiles import StateFacts
from upgradecheck.model.version import Minor

_FILE_NAME = pattern(r"v(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.json", re.ASCII)
_MINOR = pattern(r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)", re.ASCII)
_GO = pattern(r"[0-9]+\.[0-9]+(?:[.a-z][0-9a-z.]*)?", re.ASCII)
_FORMAT = pattern(r"1\.[0-9]+", re.ASCII)
_EMPTY = (b"null", b'""')
T = TypeVar("T")
D = TypeVar("D", bound=msgspec.Struct)
F = TypeVar("F")


class Folder(Protocol):
    """A folder or file of a package, or of the file system in tests: the part of Traversable and Path that is needed."""

    @property
    def name(self) -> str: ...

    def iterdir(self) -> Iterator[Folder]: ...

    def read_bytes(self) -> bytes: ...

    def __truediv__(self, child: str, /) -> Folder: ...


def packaged_folder() -> Folder:
    """The hashdata that ships with the program."""
    try:
        place = Path(import_module("hashdata").__path__[0])
    except ModuleNotFoundError as error:
        raise DataError('hashdata: the package is not there; wanted beside "upgradecheck". Install upgradecheck again.') from error
    if place.is_dir():
        return place
    from importlib.resources import files  # in a zip file; loading this takes as long as starting Python

    return files("hashdata")


def list_minors(folder: Folder) -> tuple[Minor, ...]:
    """The minors that have a file, oldest first; other files do not count."""
    names = (_FILE_NAME.fullmatch(entry.name) for entry in folder.iterdir())
    return tuple(sorted(Minor(int(name[1]), int(name[2])) for name in names if name))


def read(folder: Folder, minor: Minor, question: Callable[[Minor, bytes], T]) -> T:
    """Answers a question from a minor's file.

    Raises:
        DataError: the file cannot be read, or is not what hashdata's schema promises.
    """
    return _answered(folder, f"v{minor}.json", lambda data: question(minor, data), "; wanted what hashdata/schema.json says")


def read_common(folder: Folder, name: str, shape: type[D], made: Callable[[D], T]) -> T:
    """What is made of a file that is of no one minor (options.json, refusals.json, …). Every install has them all.

    Raises:
        DataError: the file is not there, cannot be read or is not what it should be: nothing of it must count as "none is known".
    """
    return _answered(folder, name, lambda data: made(msgspec.json.decode(data, type=shape)))


def minor_of(text: str) -> Minor:
    """A minor as such files write it: ``1.30``."""
    if (found := _MINOR.fullmatch(text)) is None:
        raise _Unusable(f"{text!r} is no minor")
    return Minor(int(found[1]), int(found[2]))


def _answered(folder: Folder, name: str, question: Callable[[bytes], T], wanted: str = "") -> T:
    try:
        return question((folder / name).read_bytes())
    except OSError as error:
        raise DataError(f"hashdata/{name}: cannot be read ({error.strerror or error}). Install upgradecheck again.") from error
    except _Unfinished as error:
        raise UnfinishedData(f"hashdata/{name}: {error}. Other versions can be asked about meanwhile.") from error
    except (msgspec.DecodeError, _Unusable) as error:
        raise DataError(f"hashdata/{name}: {error}{wanted}. Install upgradecheck again.") from error


class _Unusable(Exception):
    """A file of the right shape that contradicts itself."""


class _Unfinished(_Unusable):
    """A file without parts that are filled in by hand."""


def release_line(minor: Minor, data: bytes) -> ReleaseLine:
    """The schema and the patch releases."""
    file = _decode(minor, data, ReleaseLinePart)
    schema = Schema(
        minor=minor,
        era=file.era,
        decoder=file.decoder,
        kinds_known=file.container_kinds.known,
        kinds_compared=file.container_kinds.compared,
        hash_without_resources=file.hash_without_resources,
        roots=file.roots,
        types={name: TypeDef(type_.go, type_.kind, type_.fields, type_.type, type_.codec) for name, type_ in file.types.items()},
        kubelet_lag=file.kubelet_lag,
        node_monitor_grace=file.node_monitor_grace,
        static_pod_uid=file.static_pod_uid,
        manifests=_by_patch(minor, file.manifests, ManifestFacts),
        decisions=_by_patch(minor, file.decisions, DecisionFacts),
        admission=_by_patch(minor, file.admission, AdmissionFacts),
        api_server=_by_patch(minor, file.api_server, ApiServerFacts),
        feature_gates=file.gates,
        other_gates=file.other_gates,
        gone_gates=dict.fromkeys(file.gone_gates.off_for_good, False) | dict.fromkeys(file.gone_gates.on_for_good, True),
        resize_records=file.resize_records,
        internal_pod=file.internal_pod,
        state_files=_by_patch(minor, file.state_files, StateFacts),
        driver_fallback_until=file.driver_fallback_until,
        provisional=file.provisional,
    )
    return ReleaseLine(schema=schema, builds=_builds(minor, file))


def _by_patch(minor: Minor, part: ByPatchPart, shape: type[F]) -> ByPatch[F]:
    """The facts of the first release, and those of each patch that changed some, written out."""
    facts = dict(part.first)
    first, later = msgspec.convert(facts, shape), []
    for change in part.later:
        facts |= change.facts
        later.append((_patch(minor, change.since), msgspec.convert(facts, shape)))
    return ByPatch(first, tuple(later))


def feature_gates(minor: Minor, data: bytes) -> Mapping[str, FeatureGate]:
    """The gates by name."""
    return _decode(minor, data, FeatureGatesPart).gates


def places(minor: Minor, data: bytes) -> Places:
    """Where in the kubelet's sources the steps of its decision are."""
    return _decode(minor, data, PlacesPart).places


def facts(minor: Minor, data: bytes) -> MinorFacts:
    """All but schema, gates and the goldens themselves."""
    file = _decode(minor, data, FactsPart)
    builds = _builds(minor, file)
    return MinorFacts(
        minor=minor,
        era=file.era,
        decoder=file.decoder,
        kinds_known=file.container_kinds.known,
        kinds_compared=file.container_kinds.compared,
        hash_without_resources=file.hash_without_resources,
        patches=tuple(build.patch for build in builds),
        go_first=builds[0].go,
        go_last=builds[-1].go,
        removed_flags=file.removed_flags,
        provenance=file.provenance,
        goldens=len(file.goldens),
        provisional=file.provisional,
    )


def goldens(minor: Minor, data: bytes) -> tuple[Golden, ...]:
    """The goldens in the file's order, containers byte for byte."""
    return tuple(
        Golden(
            id=golden.id,
            container=_container(golden),
            hash=golden.hash,
            hash_without_resources=golden.hash_without_resources,
            refused=golden.refused,
            patch=None if golden.patch is None else _patch(minor, golden.patch),
            source=golden.source,
        )
        for golden in _decode(minor, data, GoldensPart).goldens
    )


def _decode(minor: Minor, data: bytes, shape: type[D]) -> D:
    """The part of a file that a shape names, once the head says that this program may read it."""
    head = msgspec.json.decode(data, type=Head)
    if not _FORMAT.fullmatch(head.format_version):
        raise _Unusable(f"format_version is {head.format_version!r}, this program reads 1.x")
    if head.minor != str(minor):
        raise _Unusable(f"the minor inside is {head.minor!r}")
    try:
        return msgspec.json.decode(data, type=shape)
    except msgspec.ValidationError as error:
        if lacking := _lacking(data, shape):
            raise _Unfinished(f"lacks {', '.join(lacking)}, which whoever makes it fills in (hashdata/README.md)") from error
        raise


def _lacking(data: bytes, shape: type[msgspec.Struct]) -> list[str]:
    """The parts of a file that a shape wants and that are not there, or left empty by the generator."""
    given = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
    wanted = (field.encode_name for field in msgspec.structs.fields(shape) if field.required)
    return [name for name in wanted if name not in given or bytes(given[name]) in _EMPTY]


def _builds(minor: Minor, file: AlgorithmPart) -> tuple[Build, ...]:
    if not file.go_versions:
        raise _Unusable("go_versions is empty")
    for version in file.go_versions:
        if not _GO.fullmatch(version.go):
            raise _Unusable(f"the Go of {version.patch} is {version.go!r}")
    return tuple(Build(_patch(minor, version.patch), version.go, version.evidence) for version in file.go_versions)


def _patch(minor: Minor, release: str) -> int:
    """The last number of a release of this minor; hashdata writes releases out (``1.30.14``)."""
    prefix, number = f"{minor}.", release.rpartition(".")[2]
    if release != prefix + number or not number.isdecimal():
        raise _Unusable(f"{release!r} is no patch release of {minor}")
    return int(number)


def _container(golden: GoldenPart) -> bytes:
    if golden.container_base64 is not None:
        return golden.container_base64
    if golden.container is None:
        raise _Unusable(f"golden {golden.id!r} has no container")
    return golden.container.encode()
