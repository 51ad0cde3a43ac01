"""axe-core, which tells what a page keeps from people who hear it or do not use a mouse (Deque, MPL-2.0).

It is fetched once, by npm's ordinary client and in a fixed version, into the user's cache: its source does not belong into this repository.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

_VERSION = "4.14.1"
_SHA256 = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"
_KEPT = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "upgradecheck-tests" / f"axe-core-{_VERSION}.min.js"


def fetched() -> str:
    """Its source.

    Raises:
        OSError: it is neither kept nor to be had, or is not what was wanted.
    """
    if not _KEPT.is_file():
        _fetch()
    source = _KEPT.read_bytes()
    if hashlib.sha256(source).hexdigest() != _SHA256:
        raise OSError(f"{_KEPT} is not the axe-core that was wanted")
    return source.decode()


def _fetch() -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise OSError("no npm on this machine")
    with TemporaryDirectory() as folder:
        done = subprocess.run(
            [npm, "pack", f"axe-core@{_VERSION}", "--pack-destination", folder], capture_output=True, text=True, timeout=120, check=False
        )
        packed = Path(folder) / f"axe-core-{_VERSION}.tgz"
        if done.returncode or not packed.is_file():
            raise OSError(f"npm pack: {done.stderr.strip()[-200:]}")
        with tarfile.open(packed) as archive:
            member = archive.extractfile("package/axe.min.js")
            if member is None:
                raise OSError("no axe.min.js in the package")
            _KEPT.parent.mkdir(parents=True, exist_ok=True)
            _KEPT.write_bytes(member.read())
