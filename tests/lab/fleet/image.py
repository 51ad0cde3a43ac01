"""The agent's image, made here without a registry or a base: this machine's Python, what the program needs of this environment, and this tree.

It has what deploy/image/Containerfile gives an image: the program below /opt/upgradecheck with its bytecode, the same environment, user, working
directory and entry point; in place of the slim Debian below that, no more than Python, a shell and the libraries that they load.
"""

import io
import os
import re
import subprocess
import sys
import sysconfig
import tarfile
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

from tests.lab.containerd.image import of_layers

ROOT = Path(__file__).parents[3]
NAME = "docker.io/library/upgradecheck:0.1.0"
"""As the manifests name it, which is why nothing of them has to be changed."""
AT = "/opt/upgradecheck"
SETTINGS = {
    "Env": [f"PATH={AT}/bin:/usr/local/bin:/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE=1", "HOME=/tmp"],
    "User": "65532:65532",
    "WorkingDir": "/tmp",
    "Entrypoint": ["upgradecheck"],
    "Cmd": ["--help"],
}
_PROGRAM = f"#!{AT}/bin/python\nimport sys\n\nfrom upgradecheck.cli import process\n\nsys.exit(process())\n"
_LEFT_OUT = re.compile(r"/(test|idlelib|tkinter|turtledemo|ensurepip|site-packages|config-[^/]*|lib2to3)(/|$)|\.(a|o)$|/kubernetes/aio/")
_SHELL = ("/bin/sh", "/bin/rm")
"""What the first container of deploy/kustomize/watch calls."""
_LIBRARY = re.compile(r"=> (/\S+)|^\s*(/\S+) \(", re.MULTILINE)


def archive(into: Path) -> Path:
    """Writes the archive that ctr imports; its path."""
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        _Layer(tar).fill()
    path = into / "upgradecheck.tar"
    path.write_bytes(of_layers([layer.getvalue()], SETTINGS, (NAME,)))
    return path


class _Layer:
    """Files as they are put into a layer, with the folders above them, each once, all readable by anybody."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar, self._known = tar, set[str]()

    def fill(self) -> None:
        """All of the image."""
        stdlib, site = Path(sysconfig.get_path("stdlib")), f"{AT}/lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
        python = Path(os.path.realpath(sys.executable))
        self._tree(stdlib, str(stdlib))
        self._file(python, str(python))
        for path in sorted(_needed()):
            self._tree(path, f"{site}/{path.name}")
        for name in ("upgradecheck", "hashdata"):
            self._tree(ROOT / name, f"{site}/{name}")
        self._text(f"{AT}/pyvenv.cfg", f"home = {python.parent}\ninclude-system-site-packages = false\n")
        self._text(f"{AT}/bin/upgradecheck", _PROGRAM, 0o755)
        self._link(f"{AT}/bin/python", str(python))
        self._folder("/tmp", 0o1777)
        for program in _SHELL:
            self._file(Path(os.path.realpath(program)), program)
        for library in sorted(_libraries(python)):
            self._file(Path(os.path.realpath(library)), library)

    def _tree(self, source: Path, at: str) -> None:
        if source.is_file():
            self._file(source, at)
            return
        for path in sorted(source.rglob("*")):
            inner = path.relative_to(source).as_posix()
            if path.is_file() and not _LEFT_OUT.search(f"/{inner}") and "generate/" not in inner:
                self._file(path, f"{at}/{inner}")

    def _file(self, source: Path, at: str) -> None:
        if at in self._known:
            return
        data, mode = source.read_bytes(), 0o755 if os.access(source, os.X_OK) else 0o644
        self._put(at, data, mode)

    def _text(self, at: str, text: str, mode: int = 0o644) -> None:
        self._put(at, text.encode(), mode)

    def _put(self, at: str, data: bytes, mode: int) -> None:
        entry = self._entry(at, mode)
        entry.size = len(data)
        self._tar.addfile(entry, io.BytesIO(data))

    def _link(self, at: str, target: str) -> None:
        entry = self._entry(at, 0o777)
        entry.type, entry.linkname = tarfile.SYMTYPE, target
        self._tar.addfile(entry)

    def _folder(self, at: str, mode: int = 0o755) -> None:
        entry = self._entry(at, mode)
        entry.type = tarfile.DIRTYPE
        self._tar.addfile(entry)

    def _entry(self, at: str, mode: int) -> tarfile.TarInfo:
        self._known.add(at)
        above = str(Path(at).parent)
        if above not in self._known and above != "/":
            self._folder(above)
        entry = tarfile.TarInfo(at.lstrip("/"))
        entry.mode = mode
        return entry


def _needed() -> Iterator[Path]:
    """What stands in site-packages of the distributions that the program needs on a node."""
    names, done, found = ["upgradecheck"], set[str](), set[Path]()
    extras = {"node", "override"}
    while names:
        name = names.pop()
        if name in done:
            continue
        done.add(name)
        told = distribution(name)
        names += [_name(one) for one in told.requires or () if _wanted(one, extras if name == "upgradecheck" else set())]
        if name != "upgradecheck":
            found |= {Path(str(told.locate_file(one.parts[0]))) for one in told.files or () if one.parts[0] not in ("..", "__pycache__")}
    return iter(one for one in found if one.exists())


def _name(requirement: str) -> str:
    return re.split(r"[\s\[<>=!~;(]", requirement, maxsplit=1)[0]


def _wanted(requirement: str, extras: set[str]) -> bool:
    """Whether this is needed here: markers are of extras, or of Pythons and systems, which are then looked for."""
    _, _, marker = requirement.partition(";")
    asked = re.findall(r"extra\s*==\s*['\"]([^'\"]+)", marker)
    if asked:
        return any(one in extras for one in asked) and not _name(requirement).startswith("upgradecheck")
    return not marker.strip() or _there(_name(requirement))


def _there(name: str) -> bool:
    from importlib.metadata import PackageNotFoundError

    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True


def _libraries(python: Path) -> set[str]:
    """What Python, its modules and those of packages are linked with, as the loader finds it."""
    programs = [str(python), *_SHELL, *map(str, (Path(sysconfig.get_path("stdlib")) / "lib-dynload").glob("*.so"))]
    programs += [str(one) for path in _needed() if path.is_dir() for one in path.rglob("*.so*")]
    said = subprocess.run(["ldd", *programs], capture_output=True, text=True, check=False).stdout
    return {first or second for first, second in _LIBRARY.findall(said)}
