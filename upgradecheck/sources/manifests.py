"""Source: the manifests of static pods, as a kubelet finds them (``--static-pods``): a directory, one file, or a URL.

Of a directory a kubelet takes every regular file whose name does not begin with a dot, whatever it ends in: backups (``x.yaml.bak``,
``x.yaml~``, ``.rpmsave``) run as pods too. Links to files are followed, directories are not entered.

Mirrors pkg/kubelet/config/file.go (listConfig, extractFromDir) and http.go (extractFromURL).
"""

from __future__ import annotations

import stat
import time
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path

from upgradecheck.decisions.manifests.documents import pod_of_file, pods_of_answer
from upgradecheck.decode.guard import guarded
from upgradecheck.decode.yaml.documents import MAX_DOCUMENT
from upgradecheck.entry import head_of
from upgradecheck.logs import Log, milliseconds
from upgradecheck.model.errors import InputError, SpecRefused
from upgradecheck.model.manifests import ManifestFile, Manifests, ManifestSource

URL_SCHEMES = ("http://", "https://")
TIMEOUT = 10.0
"""Seconds; the kubelet's own."""

_LOG = Log(__name__)
_OK = 200
_WANTED = "Wanted the static pods of a kubelet: its staticPodPath (such as a copy of /etc/kubernetes/manifests), or a URL"


def read_manifests(place: str, *, timeout: float = TIMEOUT) -> Manifests:
    """The manifests of a directory, a file or a URL (http or https).

    Raises:
        InputError: it is not there, cannot be read, or does not answer.
    """
    if place.startswith(URL_SCHEMES):
        return _from_url(place, timeout)
    path = place.rstrip("/") or "/"
    try:
        mode = Path(path).stat().st_mode
        if stat.S_ISDIR(mode):
            return _from_directory(place, path)
        if stat.S_ISREG(mode):
            return Manifests(place, (_from_file(path),), each_alone=False)
    except (OSError, ValueError) as error:
        raise InputError(f"{place}: cannot be read ({getattr(error, 'strerror', None) or error}). {_WANTED}.") from error
    raise InputError(f"{place}: is neither a directory nor a file. {_WANTED}.")


def _from_directory(place: str, path: str) -> Manifests:
    files: list[ManifestFile] = []
    notices: list[str] = []
    unread: list[tuple[str, str]] = []
    for entry in _entries(path):
        try:
            mode = Path(entry).stat().st_mode
            if stat.S_ISREG(mode):
                files.append(_from_file(entry))
            else:
                what = "a directory, which the kubelet does not enter" if stat.S_ISDIR(mode) else "no regular file"
                notices.append(f"{entry}: passed over, it is {what}.")
        except FileNotFoundError as error:  # a link that leads nowhere, which a kubelet passes over, too
            notices.append(f"{entry}: passed over, it cannot be read ({error.strerror or error}).")
        except OSError as error:
            unread.append((entry, f"it is set aside: cannot be read ({error.strerror or error})"))
    return Manifests(place, tuple(files), tuple(notices), unread=tuple(unread))


def _entries(path: str) -> Iterator[str]:
    """Everything but dot files, in the order of the bytes of their names, as Go sorts."""
    names = (entry.name for entry in Path(path).iterdir() if not entry.name.startswith("."))
    return (f"{path.rstrip('/')}/{name}" for name in sorted(names, key=lambda name: name.encode("utf-8", "surrogateescape")))


def _from_file(path: str) -> ManifestFile:
    """One file; at most one byte more than the limit is read."""
    content = head_of(path, MAX_DOCUMENT)
    try:
        return ManifestFile(path, ManifestSource.FILE, guarded(lambda: pod_of_file(content)))
    except SpecRefused as refusal:
        return ManifestFile(path, ManifestSource.FILE, problem=str(refusal))


def _from_url(url: str, timeout: float) -> Manifests:
    content = _fetched(url, timeout)
    if not content:
        return Manifests(url, (), (f"{url}: answers with nothing, which a kubelet takes for no static pods.",), each_alone=False)
    try:
        pods = guarded(lambda: pods_of_answer(content))
    except SpecRefused as refusal:
        return Manifests(url, (ManifestFile(url, ManifestSource.HTTP, problem=str(refusal)),), each_alone=False)
    if isinstance(pods, bytes):
        return Manifests(url, (ManifestFile(url, ManifestSource.HTTP, pods),), each_alone=False)
    return Manifests(url, tuple(ManifestFile(url, ManifestSource.HTTP, pod, listed=True) for pod in pods), each_alone=False)


def _fetched(url: str, timeout: float) -> bytes:
    from urllib.error import HTTPError
    from urllib.request import urlopen

    start = time.monotonic()
    try:
        with urlopen(url, timeout=timeout) as answer:
            if answer.status != _OK:
                raise InputError(f"{url}: answers with status {answer.status}, wanted 200. {_WANTED}.")
            content: bytes = answer.read(MAX_DOCUMENT)
            _LOG.debug(f"GET of --static-pods: {answer.status}, {len(content):,} bytes, {milliseconds(start)}")
            return content
    except HTTPError as error:
        raise InputError(f"{url}: answers with status {error.code}, wanted 200. {_WANTED}.") from error
    except (OSError, HTTPException, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        raise InputError(f"{url}: cannot be read ({reason}). {_WANTED}.") from error
