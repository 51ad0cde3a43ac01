"""Which manifests a pair of versions is given.

A folder of manifests may have subfolders `since-1.29`: what lies there needs fields that no kubelet before 1.29 knows, so it is taken only if
both versions are at least that. The rest goes to every pair. Kubelets read one flat folder, and pass over dot files and folders.
"""

import shutil
from pathlib import Path

from tests.lab.kubelets import parts

ACCIDENTS = ".accidents.yaml"
"""What befalls the records while no kubelet runs; a dot file, so kubelets do not take it for a pod. Lists, joined over the folders."""


def folders(manifests: Path, versions: tuple[str, str]) -> tuple[Path, ...]:
    """The folder itself and those of its subfolders that both versions are up to."""
    oldest = min(parts(version)[0] for version in versions)
    since = sorted(manifests.glob("since-1.*"), key=lambda path: int(path.name.removeprefix("since-1.")))
    return (manifests, *(path for path in since if int(path.name.removeprefix("since-1.")) <= oldest))


def selected(manifests: Path, versions: tuple[str, str], into: Path) -> None:
    """Copies what these two versions are given, flat, into the new folder `into`. Raises FileExistsError for one name in two folders."""
    into.mkdir()
    accidents = []
    for folder in folders(manifests, versions):
        for path in sorted(folder.iterdir()):
            if path.name == ACCIDENTS:
                accidents.append(path.read_text())
            elif path.is_file():
                if (into / path.name).exists():
                    raise FileExistsError(f"{path}: a manifest of that name is already taken from another folder of {manifests}")
                shutil.copy(path, into / path.name)
    if accidents:
        (into / ACCIDENTS).write_text("\n".join(accidents))
