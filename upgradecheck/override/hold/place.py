"""What ``override hold`` keeps: ``last.json``, what the last start was told; ``pods.json`` and ``node.json``, as the API server had them;
``map-given-back.json``, the map that stood when a kubelet came back and was shown its own again (those are in ``map.json.d``:
override.proxy.programs); ``restart.json``, for which plan containerd was restarted in which boot.

Each is whole at every moment, the old one or the new one, and nobody's but root's: specs of pods hold what is in their environment.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from upgradecheck.safekeeping.directory import opened
from upgradecheck.safekeeping.obstacles import Obstacle
from upgradecheck.safekeeping.store import BACKUP, LOCK, Store
from upgradecheck.safekeeping.system import REAL, System

DEFAULT_DIRECTORY = "/var/lib/upgradecheck/hold"
LAST, PODS, NODE = "last.json", "pods.json", "node.json"
MAP, MAP_GIVEN_BACK = "map.json", "map-given-back.json"
SWITCHED_OFF = "/etc/upgradecheck/no-hold"
_LARGEST = 256 << 20


def keep(path: str, content: bytes, system: System = REAL) -> None:
    """Puts a file on the disk, in the place of the one before; its directory is made if it is not there.

    Raises:
        PlaceRefused, PlaceBusy, NoLocks, NotSaved: it is not; what stands there is whole.
    """
    place = Path(os.path.normpath(Path(path).absolute()))
    with suppress(OSError):  # the store makes the directory itself, and tells what is wrong
        system.mkdir(str(place.parent.parent), 0o700)
    with Store(place, "file of override hold", system=system, patience=1.0, largest=_LARGEST).locked() as held:
        held.save(content)


def kept(path: str, system: System = REAL) -> bytes | None:
    """A file that was kept, None if there is none that can be trusted."""
    folder, name = os.path.split(path)
    with opened(folder, live=True, system=system) as found:
        content = found if isinstance(found, Obstacle) else found.read(name, _LARGEST)
    return None if isinstance(content, Obstacle) else content


def contents(folder: str, ending: str = ".json") -> tuple[bytes, ...]:
    """What the files of a directory hold, those that can be trusted."""
    with suppress(OSError):
        found = [kept(str(one)) for one in Path(folder).iterdir() if one.name.endswith(ending)]
        return tuple(one for one in found if one is not None)
    return ()


def keep_newest(folder: str, most: int, ending: str = ".json") -> None:
    """Drops the files that were written longest ago, with what stands beside them; what cannot be dropped stays."""
    with suppress(OSError):
        files = sorted((one for one in Path(folder).iterdir() if one.name.endswith(ending)), key=lambda one: one.stat().st_mtime_ns)
        for one in files[:-most]:
            for name in (f"{one}{BACKUP}", f"{one}{LOCK}", str(one)):
                Path(name).unlink(missing_ok=True)
