"""Puts on a node what has to run whenever its kubelet starts: drop-ins of systemd, and the program that they call with a Python of its own.

    python install.py [--unit NAME] [--every SECONDS] [record] [hold]

What is named is put there, what is not is taken away; without a name nothing of it is left. Run by the DaemonSet upgradecheck-units, as
root without a capability. It sees three folders of the node: /opt/upgradecheck, into which Python, the libraries that it loads and the
program are copied, so that nothing is asked of the node but /bin/sh; /etc/systemd/system; and /run/systemd, by whose socket systemd is told
to read its units again. Nothing is started, stopped or restarted.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import sysconfig
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

PLACE = Path("/opt/upgradecheck")
"""Where the program stands, on the node as in the image: so the drop-ins that it prints are right as they are."""
PROGRAM, UNITS, MANAGER = PLACE / "bin/upgradecheck", Path("/etc/systemd/system"), Path("/run/systemd/private")
NAMES = {"record": "50-upgradecheck.conf", "hold": "60-upgradecheck-hold.conf"}
_LIBRARY, _LOADER = re.compile(r"\.so(\.[0-9.]+)?$"), re.compile(r"^ld-.*\.so|^ld-musl-")
_UNWANTED = ("test", "idlelib", "tkinter", "turtledemo", "ensurepip", "lib2to3")
_RETURNED, _REFUSED, _PATIENCE = 2, 3, 60.0
_OURS = "# Written by the DaemonSet upgradecheck-units, which writes it again; see docs/deploying.md.\n"

_RUN = """\
import os, sys

sys.path.insert(0, os.path.dirname(__file__) + {site!r})
sys.argv[0] = {program!r}
from upgradecheck.cli import process

sys.exit(process())
"""


class Failed(Exception):
    """What could not be done, as a sentence."""


class Release:
    """This image's Python with the program, to be copied and called by the image's own loader. name: of what it consists of."""

    def __init__(self) -> None:
        mapped = sorted(_mapped())
        self._python, self._site = Path(os.path.realpath(sys.executable)), Path(sysconfig.get_path("purelib"))
        self._trees = tuple(dict.fromkeys(Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib", "purelib", "platlib")))
        loader = next((one for one in mapped if _LOADER.search(one.name)), None)
        if loader is None:
            raise Failed("the loader of this image's Python is not among what it has mapped.")
        inside = tuple(f"{one}/" for one in self._trees)
        shared = (one.parent for one in mapped if _LIBRARY.search(one.name) and not str(one).startswith(inside))
        self._loader, self._libraries = loader, tuple(dict.fromkeys((*shared, loader.parent)))
        self._files = tuple(dict.fromkeys(sorted(self._listed())))
        told = "\n".join(f"{one}\0{one.lstat().st_size}\0{one.lstat().st_mtime_ns}" for one in self._files)
        self.name = hashlib.sha256(told.encode()).hexdigest()[:16]

    def _listed(self) -> Iterator[Path]:
        yield from (self._python, self._loader)
        for folder in self._libraries:
            yield from (one for one in folder.iterdir() if _LIBRARY.search(one.name) and one.is_file())
        for tree in self._trees:
            for at, folders, names in os.walk(tree):
                folders[:] = [one for one in folders if one not in _UNWANTED and Path(at, one) not in self._trees]
                yield from (Path(at, one) for one in names if not one.endswith(".a") and Path(at, one).is_file())

    def words(self, root: Path) -> list[str]:
        """The command that runs a copy."""
        libraries = ":".join(f"{root}{one}" for one in self._libraries)
        return [f"{root}{self._loader}", "--library-path", libraries, f"{root}{self._python}", "-I", "-B", f"{root}/run.py"]

    def copy(self, into: Path) -> None:
        """Copies all of it below a folder."""
        for one in self._files:
            target = Path(f"{into}{one}")
            target.parent.mkdir(parents=True, exist_ok=True)
            if one.is_symlink() and "/" not in str(one.readlink()):
                target.symlink_to(one.readlink())
            else:
                shutil.copyfile(one, target)
                target.chmod(0o755 if os.access(one, os.X_OK) else 0o644)
        (into / "run.py").write_text(_RUN.format(site=str(self._site), program=str(PROGRAM)))


def _mapped() -> Iterator[Path]:
    """What is mapped into this process once it has whatever its compiled modules want."""
    import bz2  # noqa: F401
    import ctypes  # noqa: F401
    import lzma  # noqa: F401
    import ssl  # noqa: F401

    with contextlib.suppress(ImportError):
        import grpc._cython.cygrpc  # noqa: F401
    words = (line.split(maxsplit=5) for line in Path("/proc/self/maps").read_text().splitlines())
    return (Path(one) for one in {word[5] for word in words if len(word) == 6 and word[5].startswith("/")})


class Node:
    """A node below a folder, and the release that is put there."""

    def __init__(self, root: Path, unit: str) -> None:
        self._root, self._unit = root, unit if unit.endswith(".service") else f"{unit}.service"

    def install(self, names: tuple[str, ...]) -> None:
        """Puts there what is named, and takes away what is not."""
        if names:
            self._program()
        folder = self._at(UNITS) / f"{self._unit}.d"
        texts = {name: self._text(name) if name in names else None for name in NAMES}
        changed = [name for name, text in texts.items() if _written(folder / NAMES[name], text)]
        if changed:
            _say(f"{self._unit}: {', '.join(names) or 'nothing'} at its starts.")
            self._reload()
        if not names:
            for one in (self._at(PLACE) / "releases", self._at(PROGRAM)):
                _removed(one)

    def _program(self) -> None:
        release = Release()
        root = self._at(PLACE) / "releases" / release.name
        problem = _version(release, root) if root.exists() else "is not there yet"
        if problem:
            self._copied(release, root)
        words = " ".join(release.words(PLACE / "releases" / release.name))
        _written(self._at(PROGRAM), f'#!/bin/sh\n{_OURS}exec {words} "$@"\n', 0o755)
        if not problem:  # one that was just replaced may be at work: it goes an hour later
            for other in root.parent.iterdir():
                if other.name != release.name:
                    _removed(other)

    def _copied(self, release: Release, root: Path) -> None:
        new = self._at(PLACE) / "new"
        _removed(new)
        release.copy(new)
        _on_the_disk(new)
        root.parent.mkdir(exist_ok=True)
        _removed(root)
        new.rename(root)
        problem = _version(release, root)
        if problem:
            raise Failed(f"the copy in {PLACE} does not run: {problem}")
        _say(f"{PLACE / 'releases' / release.name}: a Python of its own, with the program.")

    def _text(self, name: str) -> str:
        words = ["checkpoint", "record", "--unit", self._unit] if name == "record" else ["override", "hold"]
        said = subprocess.run([str(PROGRAM), *words, "--print-unit"], capture_output=True, text=True, check=False, timeout=60)
        if said.returncode or str(PROGRAM) not in said.stdout:
            raise Failed(f"{' '.join(words)} --print-unit: {said.stderr.strip()[-300:] or 'names another program'}")
        return _OURS + said.stdout

    def _reload(self) -> None:
        try:
            reload(self._at(MANAGER))
        except (OSError, Failed) as problem:
            _say(f"systemd was not told to read its units again ({problem}): they count from its next daemon-reload, or the next boot, on.")

    def _at(self, path: Path) -> Path:
        return self._root / path.relative_to("/")


def _version(release: Release, root: Path) -> str:
    """Why a copy does not tell its version; empty where it does."""
    said = subprocess.run([*release.words(root), "--version"], capture_output=True, text=True, check=False, timeout=60)
    return said.stderr.strip()[-300:] or f"it ends with {said.returncode}" if said.returncode else ""


def _on_the_disk(folder: Path) -> None:
    """Returns when all of the folder's file system is: after a loss of power a copy is whole, or not under its name."""
    import ctypes

    place = os.open(folder, os.O_RDONLY)
    try:
        ctypes.CDLL(None).syncfs(place)
    finally:
        os.close(place)


def _written(path: Path, text: str | None, mode: int = 0o644) -> bool:
    """Has a file say that, or not be there; whether it was otherwise. What somebody else wrote is left, and told."""
    before = path.read_text() if path.exists() else None
    if before is not None and _OURS not in before:
        if text is not None:
            raise Failed(f"{path} is somebody else's: it is left as it is. Remove it, or leave this one out.")
        return False
    if before == text:
        return False
    if text is None:
        path.unlink()
        return True
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    with new.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.chmod(mode)
    new.rename(path)
    return True


def _removed(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def reload(path: Path) -> None:
    """Has the systemd behind this socket read its units again. Raises OSError, or Failed with what it said instead.

    The call goes out when the greeting was answered: systemd looks at what came with the greeting only when more comes. Until it
    answers it tells of whatever else happens.
    """
    until = time.monotonic() + _PATIENCE
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(_PATIENCE)
        line.connect(str(path))
        answers = line.makefile("rb")
        line.sendall(b"\0AUTH EXTERNAL 30\r\nBEGIN\r\n")
        if not answers.readline().startswith(b"OK"):
            raise Failed("it does not know who asks")
        line.sendall(_call())
        kind, serial, body = _answer(answers.read)
        while serial != 1 or kind not in (_RETURNED, _REFUSED):
            if time.monotonic() > until:
                raise TimeoutError("no answer")
            kind, serial, body = _answer(answers.read)
    if kind == _REFUSED:
        raise Failed(body[4:].split(b"\0")[0].decode(errors="replace") or "it refused")


def _call() -> bytes:
    """D-Bus: the method Reload of systemd's manager, without arguments, as message 1."""
    manager = b"org.freedesktop.systemd1"
    fields = ((1, b"o", b"/org/freedesktop/systemd1"), (6, b"s", manager), (2, b"s", manager + b".Manager"), (3, b"s", b"Reload"))
    told = b""
    for code, kind, value in fields:
        told += bytes(-len(told) % 8) + bytes((code, 1)) + kind + b"\0" + struct.pack("<I", len(value)) + value + b"\0"
    return struct.pack("<cBBBIII", b"l", 1, 0, 1, 0, 1, len(told)) + told + bytes(-len(told) % 8)


def _answer(read: Callable[[int], bytes]) -> tuple[int, int, bytes]:
    """One message: its type, the serial that it answers (0: none), its body."""
    head = read(16)
    if len(head) < 16:
        raise Failed("it hung up")
    size, _, length = struct.unpack("<III", head[4:])
    fields = read(length + -length % 8)
    found = re.search(rb"\x05\x01u\0(....)", fields, re.DOTALL)
    return head[1], struct.unpack("<I", found[1])[0] if found else 0, read(size)


def _say(text: str) -> None:
    sys.stderr.write(f"upgradecheck-units: {text}\n")


def main() -> int:
    """Puts it there once, or every so many seconds until it is told to end; 1 where it failed once."""
    asked = argparse.ArgumentParser(prog="install.py")
    asked.add_argument("names", nargs="*", metavar="record|hold")
    asked.add_argument("--unit", default="kubelet")
    asked.add_argument("--every", type=float, default=0)
    asked.add_argument("--host-root", type=Path, default=Path("/host"))
    given = asked.parse_args()
    unknown = [one for one in given.names if one not in NAMES]
    if unknown or ("hold" in given.names and "record" not in given.names):
        asked.error(f"{', '.join(unknown)}: is neither record nor hold" if unknown else "hold needs record: which kubelet ran before")
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    node = Node(given.host_root, given.unit)
    while True:
        try:
            node.install(tuple(given.names))
        except (OSError, Failed, subprocess.SubprocessError) as problem:
            _say(f"{problem}")
            if not given.every:
                return 1
        if not given.every or ended.wait(given.every):
            return 0


if __name__ == "__main__":
    sys.exit(main())
