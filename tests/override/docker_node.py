"""A dockershim node in miniature: a data root as docker 20.10 keeps it, a dockerd that serves it from memory and writes it anew."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.override.node import NEW, OLD, SECRET, go_json, identity
from upgradecheck.machine.node import Machine
from upgradecheck.override.docker import Dockerd, DockerRecords
from upgradecheck.safekeeping.system import System

STAMP = "annotation.io.kubernetes.container.hash"


def labels(number: int, hash_: str | None = OLD) -> dict[str, str]:
    """A container's labels, in Go's order; one holds the text of another, as a preStop handler may."""
    told = {
        STAMP: hash_,
        "annotation.io.kubernetes.container.preStopHandler": f'{{"exec":{{"command":["<&>","\\"{STAMP}\\":\\"{OLD}\\""]}}}}',
        "annotation.io.kubernetes.container.restartCount": "0",
        "io.kubernetes.container.name": "app",
        "io.kubernetes.docker.type": "container",
        "io.kubernetes.pod.name": f"web-{number}",
        "io.kubernetes.pod.namespace": "shop",
        "io.kubernetes.pod.uid": f"uid-{number}",
    }
    return {key: value for key, value in told.items() if value is not None}


def tree(number: int, hash_: str | None = OLD, pid: int = 0) -> dict[str, Any]:
    """What config.v2.json holds of a container, in the order of Go's fields."""
    state = {"Running": True, "Paused": False, "Restarting": False, "Pid": pid, "StartedAt": "2026-11-29T01:02:03.123456789Z"}
    config = {"Hostname": "node-a", "Env": [f"PASSWORD={SECRET}", f'HASH="{STAMP}":"{OLD}"'], "Labels": labels(number, hash_)}
    whole = {"StreamConfig": {}, "State": state, "ID": identity(number), "Created": "2026-11-29T01:02:03Z", "Config": config}
    return {**whole, "Image": "sha256:2e7e", "Name": f"/k8s_app_web-{number}_shop_uid-{number}_0", "RestartCount": 0, "MountPoints": {}}


def content(number: int, hash_: str | None = OLD, pid: int = 0) -> bytes:
    """The file, as json.Encoder writes it."""
    return go_json(tree(number, hash_, pid)) + b"\n"


class Root:
    """A data root with so many containers, all of which are this process; proc is a /proc with no dockerd."""

    def __init__(self, place: Path, count: int = 3) -> None:
        self.place, self.proc = place, place.with_name(f"{place.name}-proc")
        for number in range(count if not place.exists() else 0):
            folder = place / "containers" / identity(number)
            folder.mkdir(parents=True)
            file = folder / "config.v2.json"
            file.write_bytes(content(number, pid=1000 + number))
            file.chmod(0o640)
            (folder / "hostconfig.json").write_text("{}")
            self.process(1000 + number, "sleeper")
        self.machine = Machine(proc=self.proc)

    def process(self, pid: int, name: str) -> None:
        """A process is there."""
        folder = self.proc / str(pid)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "cmdline").write_bytes(name.encode() + b"\0")
        (folder / "comm").write_text(name + "\n")
        (folder / "stat").write_text(f"{pid} ({name}) S 1 1")
        (folder / "cgroup").write_text("1:name=systemd:/\n")

    def file(self, number: int) -> Path:
        """A container's file."""
        return self.place / "containers" / identity(number) / "config.v2.json"

    def records(self, system: System, dockerd: Dockerd | None = None) -> DockerRecords:
        """The database, with dockerd stopped unless one is given."""
        return DockerRecords(str(self.place), dockerd, self.machine, system)

    def started(self) -> Dockerd:
        """dockerd after a start: it has read every file, and written some of them anew as their state changed."""
        told = {}
        for number, folder in enumerate(sorted((self.place / "containers").iterdir())):
            file = folder / "config.v2.json"
            read = json.loads(file.read_bytes())
            told[folder.name] = read["Config"]["Labels"]
            if number % 2 == 0:
                read["State"]["Health"] = {"Status": "healthy"}
                file.write_bytes(go_json(read) + b"\n")
        return Dockerd("20.10.24", str(self.place), True, False, told)

    def hashes(self) -> dict[str, str]:
        """By container what the files carry; each is whole, and differs from the first in nothing but its hash and State.Health."""
        found = {}
        for folder in (self.place / "containers").iterdir():
            read = json.loads((folder / "config.v2.json").read_bytes())
            number = int(folder.name[:2], 16)
            carried = read["Config"]["Labels"][STAMP]
            read["State"].pop("Health", None)
            assert read == json.loads(content(number, carried, 1000 + number))
            assert (folder / "config.v2.json").stat().st_mode & 0o777 == 0o640
            assert (folder / "hostconfig.json").read_text() == "{}"
            found[folder.name] = carried
        return found


def all_carry(count: int, hash_: str = NEW) -> Mapping[str, str]:
    """Every container carries this one."""
    return {identity(number): hash_ for number in range(count)}
