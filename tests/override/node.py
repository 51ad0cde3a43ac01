"""A node in miniature: containerd's database, the memory from which it serves CRI until it restarts, and plans for its containers."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from upgradecheck.decode.runtime.containerd_record import HASH, WITHOUT_RESOURCES, stamps
from upgradecheck.decode.runtime.containerd_wire import CriStatus
from upgradecheck.hashing.gojson import encode_string
from upgradecheck.model.hash import Hash
from upgradecheck.model.override import Override, OverrideMap, Rewrite
from upgradecheck.model.override_journal import MetadataRecord
from upgradecheck.override.auditing import Operator

TYPE_URL = "github.com/containerd/cri/pkg/store/container/Metadata"
OLD, NEW, NEXT = "c18c318c", "f2adbab", "3e217f4f"
SECRET = "hunter2-canary"
OPERATOR = Operator("root for tester", "upgradecheck test", lambda: 1_709_287_200_000_000_000)


def identity(number: int) -> str:
    """A container's ID."""
    return f"{number:02x}" * 32


def go_json(value: object, *, short: bool = True) -> bytes:
    """As encoding/json writes it; maps are given in the order that Go would have."""
    if isinstance(value, str):
        return encode_string(value.encode(), short_control_escapes=short)
    if isinstance(value, dict):
        return b"{" + b",".join(go_json(key, short=short) + b":" + go_json(each, short=short) for key, each in value.items()) + b"}"
    if isinstance(value, list):
        return b"[" + b",".join(go_json(each, short=short) for each in value) + b"]"
    return json.dumps(value).encode()


def tree(number: int = 0, others: Mapping[str, str] | None = None, hash_: str | None = OLD, without: str | None = None) -> dict[str, Any]:
    """A container's record, as a tree in the order of Go's struct fields."""
    labels = {
        "io.kubernetes.container.name": "app",
        "io.kubernetes.pod.name": f"web-{number}",
        "io.kubernetes.pod.namespace": "shop",
        "io.kubernetes.pod.uid": f"uid-{number}",
    }
    told = {HASH: hash_, WITHOUT_RESOURCES: without, **(others or {}), "io.kubernetes.container.restartCount": "0"}
    config = {
        "metadata": {"name": "app"},
        "image": {"image": "example.test/app:1"},
        "envs": [{"key": "PASSWORD", "value": SECRET}],
        "labels": labels,
        "annotations": {key: value for key, value in sorted(told.items()) if value is not None},
        "log_path": "app/0.log",
        "linux": {"resources": {"cpu_period": 100000, "memory_limit_in_bytes": 134217728}},
    }
    metadata = {"ID": identity(number), "Name": f"app_web-{number}_shop_uid-{number}_0", "SandboxID": "5a" * 32, "Config": config}
    return {"Version": "v1", "Metadata": {**metadata, "ImageRef": "sha256:2e7e", "LogPath": "/var/log/app/0.log", "StopSignal": "", "ProcessLabel": ""}}  # fmt: skip


def record(number: int = 0, hash_: str | None = OLD, others: Mapping[str, str] | None = None, without: str | None = None) -> MetadataRecord:
    """A container's record."""
    return MetadataRecord(TYPE_URL, go_json(tree(number, others, hash_, without)))


def override(number: int = 0, before: str = OLD, after: str = NEW, without: Rewrite | None = None) -> Override:
    """What a plan says of a container."""
    return Override(Rewrite(Hash.parse(before), Hash.parse(after)), "shop", f"web-{number}", f"uid-{number}", "app", "node-a", without)


def plan(count: int = 3, before: str = OLD, after: str = NEW, plan_hash: str = "a1" * 32) -> OverrideMap:
    """A plan for the first containers."""
    return OverrideMap(plan_hash, "1.30.14", "1.31.0", {identity(number): override(number, before, after) for number in range(count)})


class Runtime:
    """A runtime; CRI serves from memory. writes counts what was stored."""

    def __init__(self, count: int = 3) -> None:
        self.database = {identity(number): record(number) for number in range(count)}
        self.memory = dict(self.database)
        self.ended: set[str] = set()
        self.writes = 0

    def records(self) -> Mapping[str, MetadataRecord]:
        return dict(self.database)

    def record(self, container_id: str) -> MetadataRecord | None:
        return self.database.get(container_id)

    def write(self, container_id: str, record: MetadataRecord) -> None:
        assert container_id in self.database
        self.database[container_id] = record
        self.writes += 1

    def served(self, container_id: str) -> CriStatus | None:
        if container_id not in self.memory:
            return None
        return CriStatus(stamps(self.memory[container_id].value), container_id not in self.ended, 1_700_000_000 + len(container_id))

    def pids(self) -> Mapping[str, int]:
        return {each: 1000 + number for number, each in enumerate(sorted(self.memory)) if each not in self.ended}

    def restart(self) -> None:
        """As containerd does when it starts: its memory is made from the database."""
        self.memory = dict(self.database)

    def remove(self, container_id: str) -> None:
        """The container is deleted."""
        del self.database[container_id], self.memory[container_id]

    def annotate(self, container_id: str, value: str) -> None:
        """Somebody else sets the hash, and nothing else."""
        old = self.database[container_id]
        now = stamps(old.value).hash
        member = go_json(HASH) + b":"
        self.database[container_id] = replace(old, value=old.value.replace(member + go_json(now), member + go_json(value), 1))


class KeptRuntime(Runtime):
    """A runtime whose database outlives its process, in a file that is replaced at once, as bolt's pages are."""

    def __init__(self, path: Path, count: int = 3) -> None:
        super().__init__(count)
        self._path = path
        if path.exists():
            kept = json.loads(path.read_text())
            self.database = {key: MetadataRecord(kind, base64.b64decode(value)) for key, (kind, value) in kept.items()}
        else:
            self._keep()

    def write(self, container_id: str, record: MetadataRecord) -> None:
        super().write(container_id, record)
        self._keep()

    def _keep(self) -> None:
        new = self._path.with_suffix(".tmp")
        new.write_text(json.dumps({key: (one.type_url, base64.b64encode(one.value).decode()) for key, one in self.database.items()}))
        new.replace(self._path)
