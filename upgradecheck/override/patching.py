"""The change to a kubelet's own sources that has it consult a plan where it compares hashes.

containerChanged() in pkg/kubelet/kuberuntime/kuberuntime_manager.go begins with the same two lines in every minor
(read in the last patch of each minor), and all its callers go through it: app and init containers, and sidecars from 1.32 on. What is
hashed is left alone: new containers must record true hashes.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from importlib.resources import files
from io import StringIO
from pathlib import Path

from upgradecheck.entry import read_file
from upgradecheck.model.errors import InputError, UsageError
from upgradecheck.model.patterns import pattern

MANAGER = "pkg/kubelet/kuberuntime/kuberuntime_manager.go"
ADDED = "pkg/kubelet/kuberuntime/hash_override.go"
DEFAULT_MAP = "/var/lib/upgradecheck/override-plan.json"

_COMPUTED = "\texpectedHash := kubecontainer.HashContainer(container)\n"
_RETURNED = "\treturn expectedHash, containerStatus.Hash, containerStatus.Hash != expectedHash\n"
_CHECK = (
    "\tif containerStatus.Hash != expectedHash && hashOverridden(containerStatus.ID.ID, containerStatus.Hash, expectedHash) {\n",
    "\t\treturn expectedHash, containerStatus.Hash, false\n",
    "\t}\n",
)
_FUNCTION = pattern(
    r"^func containerChanged\(container \*v1\.Container, containerStatus \*kubecontainer\.(?:Container)?Status\) "
    r"\(uint64, uint64, bool\) \{\n" + re.escape(_COMPUTED) + f"(?={re.escape(_RETURNED)})",
    re.MULTILINE,
)
_ANYWHERE = 500
"""A line near which some releases have the function; patch searches from there."""
_SAFE_MAP = pattern(r"/[\w.@%+=:,/-]*")


def patch(map_path: str, source: str | None) -> str:
    """A diff for patch -p1, in unified form: for any release, or for the tree given.

    Raises:
        UsageError: map_path cannot stand in Go's source.
        InputError: the tree has no such function, several, or the change already.
    """
    if not _SAFE_MAP.fullmatch(map_path):
        raise UsageError(f"--map {map_path!r}: a whole path of letters, digits and ._-@%+=:, is wanted, such as {DEFAULT_MAP}.")
    change = _for_any_release() if source is None else _for_tree(Path(source))
    return "".join((*change, *_new_file(map_path)))


def _for_any_release() -> Iterator[str]:
    """One line before and one behind are the same in every release; more would not be."""
    yield from (f"--- a/{MANAGER}\n", f"+++ b/{MANAGER}\n")
    yield f"@@ -{_ANYWHERE},2 +{_ANYWHERE},{2 + len(_CHECK)} @@ containerChanged\n"
    yield from (f" {_COMPUTED}", *(f"+{line}" for line in _CHECK), f" {_RETURNED}")


def _for_tree(source: Path) -> Iterator[str]:
    before = _read(source / MANAGER, source)
    if (source / ADDED).exists():
        raise InputError(f"--source {source}: has {ADDED} already, so it is patched. Take an unpatched tree.")
    found = list(_FUNCTION.finditer(before))
    if len(found) != 1:
        many = f"{len(found)} functions" if found else "no function"
        raise InputError(
            f"--source {source}: {MANAGER} has {many} containerChanged of the known form, wanted one."
            " Compare by hand what it does with the diff that is printed without --source."
        )
    after = before[: found[0].end()] + "".join(_CHECK) + before[found[0].end() :]
    return difflib.unified_diff(_lines(before), _lines(after), f"a/{MANAGER}", f"b/{MANAGER}")


def _read(file: Path, source: Path) -> str:
    try:
        return read_file(file).decode()
    except UnicodeDecodeError as error:
        raise InputError(f"--source {source}: {MANAGER} is no text in UTF-8. Take the sources of a release.") from error
    except OSError as error:
        raise InputError(
            f"--source {source}: {MANAGER} cannot be read ({error.strerror}). Name the root of Kubernetes' sources, release 1.8 or later."
        ) from error


def _new_file(map_path: str) -> Sequence[str]:
    lines = _lines(go_source(map_path))
    return ("--- /dev/null\n", f"+++ b/{ADDED}\n", f"@@ -0,0 +1,{len(lines)} @@\n", *(f"+{line}" for line in lines))


def _lines(text: str) -> list[str]:
    """Cut at line feeds only, as patch does."""
    return list(StringIO(text, newline="\n"))


def go_source(map_path: str) -> str:
    """The file that the change adds, reading the plan at that path."""
    return (files("upgradecheck.override") / "hash_override.go.txt").read_text("utf-8").replace("@MAP@", map_path)
