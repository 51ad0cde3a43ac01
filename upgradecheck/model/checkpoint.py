"""The version checkpoint: which kubelets ran on a node, and from when. It decides who created a container whose record nobody saw.

It holds kubelets, never containers. Times are nanoseconds since the epoch. A history is complete from its first start on, as far as
its entries' modes promise (see Mode); what ran before that is not known.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

import msgspec

from upgradecheck.model.version import KubeletVersion

UNKNOWN_JOURNAL = "0" * 64
"""Stands for a journal that cannot be read: an override may be in force, so nothing may be deduced as if there were none."""


class Mode(Enum):
    """How a start was learnt. EXACT and MANUAL: every start of a kubelet with another version stands in the history.

    POLLED: the version was looked at now and then; start_time is when it was first seen, last_seen_time when it was last seen, and in
    between the last look at one kubelet and the first at the next others may have run.
    """

    EXACT = "exact"
    POLLED = "polled"
    MANUAL = "manual"


class Clock(Enum):
    """Whose clock told the times."""

    NODE = "node"
    APISERVER = "apiserver"
    PROMETHEUS = "prometheus"
    MANUAL = "manual"


class NodeIdentity(msgspec.Struct, frozen=True, gc=False):
    """Whose history it is; the IDs are those of status.nodeInfo, None where nobody looked (a file written by hand)."""

    name: str
    machine_id: str | None = None
    system_uuid: str | None = None

    def contradicts(self, other: NodeIdentity) -> str | None:
        """The first property in which two identities differ, None where they can be the same node."""
        pairs = {
            "name": (self.name, other.name),
            "machineID": (self.machine_id, other.machine_id),
            "systemUUID": (self.system_uuid, other.system_uuid),
        }
        return next((what for what, (mine, its) in pairs.items() if mine and its and mine.lower() != its.lower()), None)


class KubeletStart(msgspec.Struct, frozen=True, gc=False):
    """One kubelet process, from its start on.

    uncertainty is in seconds, to either side of start_time; a clock that was set back shows there. feature_gates are those that somebody
    set, None if nobody looked. since_boot_ms is the start on the clock that nobody can set, and boot_time the wall clock at boot as the
    node saw it when it wrote the entry: with boot_id they tell the same process again, and a clock that was set in between.
    override_journal is the SHA-256 of the override journal in force, None if there was none.
    """

    kubelet_version: KubeletVersion
    start_time: int
    mode: Mode = Mode.EXACT
    clock: Clock = Clock.NODE
    uncertainty: int = 0
    git_commit: str | None = None
    stop_time: int | None = None
    last_seen_time: int | None = None
    boot_id: str | None = None
    boot_time: int | None = None
    since_boot_ms: int | None = None
    feature_gates: Mapping[str, bool] | None = None
    override_journal: str | None = None

    def __hash__(self) -> int:
        """Without feature_gates."""
        return hash(
            (
                self.kubelet_version,
                self.start_time,
                self.mode,
                self.clock,
                self.uncertainty,
                self.git_commit,
                self.stop_time,
                self.last_seen_time,
                self.boot_id,
                self.boot_time,
                self.since_boot_ms,
                self.override_journal,
            )
        )

    @property
    def last_known(self) -> int:
        """The latest time at which this kubelet is known to have run."""
        return max(self.start_time, self.stop_time or 0, self.last_seen_time or 0)


class Forced(msgspec.Struct, frozen=True, gc=False):
    """A safeguard that somebody overrode with --force: when, and which."""

    time: int
    what: str


class Checkpoint(msgspec.Struct, frozen=True, gc=False):
    """A node's history as it stands in a file. lineage names the file's descent, serial counts its states; history is oldest first."""

    lineage: str
    serial: int
    node: NodeIdentity
    history: tuple[KubeletStart, ...]
    writer: str = ""
    forced: tuple[Forced, ...] = ()

    @property
    def newest(self) -> KubeletStart:
        return self.history[-1]


class ProblemKind(Enum):
    """Why a checkpoint cannot be used as it is; each has a remedy of its own.

    STALE: another kubelet runs than the newest one recorded. OLDER_SERIAL: a state that was already replaced has come back.
    UNSAFE: others could have written it (link, owner, mode), or it is no file. UNREADABLE: the system would not let us read it.
    """

    MISSING = "missing"
    STALE = "stale"
    FOREIGN = "foreign"
    OLDER_SERIAL = "older-serial"
    CORRUPT = "corrupt"
    NEWER_FORMAT = "newer-format"
    UNSAFE = "unsafe"
    UNREADABLE = "unreadable"


class Problem(msgspec.Struct, frozen=True, gc=False):
    """What is wrong with a checkpoint: found is a clause ("content hashes to 9f0c..., file says 12ab..."), remedy a sentence."""

    kind: ProblemKind
    found: str
    remedy: str


class Loaded(msgspec.Struct, frozen=True, gc=False):
    """What a place holds: the checkpoint that can be used, if any, and what is wrong with the file itself.

    from_backup: the file has the problem, and the checkpoint is its backup.
    """

    checkpoint: Checkpoint | None
    problem: Problem | None
    from_backup: bool = False


class FoundCheckpoint(msgspec.Struct, frozen=True, gc=False):
    """What a named place holds. alone: somebody named that very file, not a directory of several. node: whose it can only be.

    seen: what an agent has seen; nobody gave it, so that another node has none is not missed.
    """

    place: str
    loaded: Loaded
    alone: bool = True
    node: str | None = None
    seen: bool = False


class CheckpointTrouble(msgspec.Struct, frozen=True, gc=False):
    """What is wrong with a checkpoint that a plan was given, and the node that it is about, None if that cannot be told.

    used: something of it is used all the same (its backup, the newer of two states, what a stale one tells).
    """

    place: str
    problem: Problem
    node: str | None = None
    used: bool = False


class FactKind(Enum):
    """What a fact is about; its version and time belong to it."""

    CONTAINER_STARTED = "container-started"
    HISTORY_BEGINS = "history-begins"
    HISTORY_ENDS = "history-ends"
    KUBELET_STARTED = "kubelet-started"
    KUBELET_STOPPED = "kubelet-stopped"
    KUBELET_COMPARED = "kubelet-compared"
    OVERRIDE_IN_FORCE = "override-in-force"
    HASH_UNKNOWN = "hash-unknown"
    CREATED_BY = "created-by"


class Fact(msgspec.Struct, frozen=True, gc=False):
    """One of the two that do not go together, or of which one is missing; the kubelet and the time where it is about one."""

    kind: FactKind
    time: int | None = None
    version: str | None = None
