"""A place of its own in the machine's cgroups for kubelets that keep a cgroup per pod; gone afterwards.

With our endpoint nothing runs in them; with containerd their processes have been killed with the node, and may take a moment to be gone.
"""

import contextlib
import errno
import time
from collections.abc import Iterator
from pathlib import Path

MOUNTED = Path("/sys/fs/cgroup")


def _hierarchies() -> tuple[Path, ...]:
    """Where cgroup v1 has its controllers mounted, or the one tree of v2."""
    mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    return tuple(Path(fields[1]) for fields in mounts if fields[2] in {"cgroup", "cgroup2"} and Path(fields[1]).is_relative_to(MOUNTED))


def of_services(root: str) -> Path:
    """The folder of the cgroup `root` in the hierarchy that shows which service a process belongs to."""
    named = MOUNTED / "systemd"
    return (named if named.is_dir() else MOUNTED) / root.removeprefix("/")


class NoCgroups(RuntimeError):
    """They cannot be made here."""


@contextlib.contextmanager
def cgroup_root(name: str) -> Iterator[str]:
    """The cgroup `name` in every hierarchy, as a kubelet's `cgroupRoot`; removed at the end with what is below. Raises NoCgroups."""
    roots = [hierarchy / name for hierarchy in _hierarchies()]
    try:
        _make(roots)
        yield f"/{name}"
    finally:
        for root in roots:
            for made in sorted((path for path in root.rglob("*") if path.is_dir()), reverse=True):
                _removed(made)
            if root.exists():
                _removed(root)


def _removed(cgroup: Path, at_most: float = 10.0) -> None:
    until = time.monotonic() + at_most
    while True:
        try:
            return cgroup.rmdir()
        except OSError as busy:
            if busy.errno != errno.EBUSY or time.monotonic() > until:
                raise
        time.sleep(0.1)


def _make(roots: list[Path]) -> None:
    try:
        for root in roots:
            root.mkdir()
            _inherited(root)
    except OSError as refused:
        raise NoCgroups(
            f"cgroups of the lab's own cannot be made here: {refused}. Try --no-cgroups, which is unlike a real node"
        ) from refused


def _inherited(root: Path) -> None:
    """cpuset of v1 starts empty, and an empty one can hold no process and no child that has any."""
    for name in ("cpuset.cpus", "cpuset.mems"):
        mine, above = root / name, root.parent / name
        if mine.exists() and above.exists() and not mine.read_text().strip():
            mine.write_text(above.read_text())
