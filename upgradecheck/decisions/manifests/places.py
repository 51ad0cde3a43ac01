"""Where the manifest of a static pod may be for its kubelet: in the directory that it was given, with no link resolved, by the file's name.

From 1.21 on both go into the UID. A copy of a directory stands elsewhere, so that its own path tells nothing; a kubelet's configuration
does, and else what distributions are known to give. Which it was is proved by a UID that comes out.

Mirrors getPodsFromFile and extractFromFile in pkg/kubelet/config/file.go: the configured path is cleaned, then the name is put behind it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from posixpath import basename, normpath

from upgradecheck.model.distributions import manifest_directories
from upgradecheck.model.static_uid import ManifestFile, ManifestURL, Source

KNOWN_DIRECTORIES = (*manifest_directories(), "/etc/kubelet.d")
"""Those of distributions, and that of the page on static pods of the Kubernetes documentation."""
_ENDINGS = (".yaml", ".yml", ".json", ".manifest", "")


def directories(told: Iterable[str], named: Iterable[str] = ()) -> tuple[str, ...]:
    """The candidates, the likeliest first. told: by the kubelet's configuration; named: by the user."""
    found = (*(one for one in told if one.startswith("/")), *KNOWN_DIRECTORIES, *(one for one in named if one.startswith("/")))
    return tuple(dict.fromkeys(map(normpath, found)))


def places_of_file(path: str, candidates: Iterable[str]) -> tuple[Source, ...]:
    """Where a manifest is that was read from a path, in its directory or in a copy of it; one file may be all that the kubelet reads."""
    name = basename(path)
    found = (one if basename(one) == name else f"{one.rstrip('/')}/{name}" for one in candidates)
    return tuple(ManifestFile(one) for one in dict.fromkeys(found))


def places_of_url(url: str) -> tuple[Source, ...]:
    """Where a manifest is that a URL answered with."""
    return (ManifestURL(url),)


def guessed_places(pod: str, candidates: Iterable[str]) -> tuple[Source, ...]:
    """Where the manifest of a pod may be of which only the pod is seen. pod: its name, without the node's."""
    return tuple(_guessed(pod, tuple(candidates)))


def _guessed(pod: str, candidates: tuple[str, ...]) -> Iterator[Source]:
    for ending in _ENDINGS:
        yield from (ManifestFile(f"{one.rstrip('/')}/{pod}{ending}") for one in candidates)


def directory_of(source: Source) -> str | None:
    """The directory of a file's place."""
    return source.path.rpartition("/")[0] or "/" if isinstance(source, ManifestFile) else None
