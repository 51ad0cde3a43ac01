"""Which manifests a pair of versions is given, and how: as files, or through the API server.

A folder of manifests may have subfolders `since-1.29`: what lies there needs fields that no kubelet before 1.29 knows, so it is taken only if
all versions of a run are at least that. The rest goes to every pair. Kubelets read one flat folder, and pass over dot files and folders;
`files/` is what is peculiar to being a file (odd names, several documents, what an API server would refuse), and is copied as it stands.

With an API server, pods whose manifest has a UID are created through it, under a UID that it makes, and those of `api/` with them; every field is
then given that this server knows, whether or not the kubelets do. Static pods are the others.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import yaml

from tests.lab.kubelets import parts

ACCIDENTS = ".accidents.yaml"
"""What befalls the records while no kubelet runs; a dot file, so kubelets do not take it for a pod. Lists, joined over the folders."""

FILES, API = "files", "api"


def folders(manifests: Path, versions: tuple[str, ...]) -> tuple[Path, ...]:
    """The folder itself and those of its subfolders that all versions are up to."""
    oldest = min(parts(version)[0] for version in versions)
    since = sorted(manifests.glob("since-1.*"), key=lambda path: int(path.name.removeprefix("since-1.")))
    return (manifests, *(path for path in since if int(path.name.removeprefix("since-1.")) <= oldest))


def selected(manifests: Path, versions: tuple[str, ...], into: Path) -> None:
    """Copies what these versions are given, flat, into the new folder `into`. Raises FileExistsError for one name in two folders."""
    into.mkdir()
    _fill([*folders(manifests, versions), manifests / FILES], into)


def shared_out(manifests: Path, versions: tuple[str, ...], server: str, into: Path, created: Path) -> None:
    """The same, with what an API server of version `server` is to be given in the new folder `created`."""
    into.mkdir()
    created.mkdir()
    _fill([*folders(manifests, (server,)), *folders(manifests / API, (server,))], created)
    _fill([manifests / FILES], into)
    static = {path for folder in folders(manifests, versions) for path in _manifests(folder) if not _has_uid(path)}
    for path in _manifests(created):
        if not _has_uid(path) and path.name not in {own.name for own in (manifests / API).rglob("*")}:
            path.unlink()
    for path in sorted(static):
        shutil.copy(path, into / path.name)
    shutil.move(created / ACCIDENTS, into / ACCIDENTS)


def _fill(sources: list[Path], into: Path) -> None:
    accidents = []
    for folder in filter(Path.is_dir, sources):
        for path in sorted(folder.iterdir()):
            if path.name == ACCIDENTS:
                accidents.append(path.read_text())
            elif path.is_file() and (into / path.name).exists():
                raise FileExistsError(f"{path}: a manifest of that name is already taken from another folder")
            elif path.is_file():
                shutil.copy(path, into / path.name)
            elif path.name not in {FILES, API} and not path.name.startswith("since-1."):
                shutil.copytree(path, into / path.name)
    if accidents:
        (into / ACCIDENTS).write_text("\n".join(accidents))


def _manifests(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.iterdir()) if path.is_file() and not path.name.startswith("."))


def _has_uid(path: Path) -> bool:
    return "uid" in yaml.safe_load(path.read_text())["metadata"]
