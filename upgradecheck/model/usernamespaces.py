"""IDs for user namespaces of pods (spec.hostUsers false): how a minor's kubelet looks after them, and what was seen of a node's.

A kubelet with the gate gives each such pod a block of IDs of the host, and keeps it in the pod's directory. When it starts, it reads all
of these again, and asks the node which IDs are its own to give: those of the user ``kubelet``, if there is one. It ends where these do not
fit.
"""

from __future__ import annotations

import msgspec

BLOCK = 65536
"""IDs that a pod is given where nothing says otherwise; any other number is a multiple of it."""
USER = "kubelet"
TOOL = "getsubids"
"""The program that a kubelet asks for that user's IDs."""
ALL_IDS = 1 << 32


class MappingRule(msgspec.Struct, frozen=True, gc=False):
    """How a minor's kubelet looks after these IDs; nothing of it without the gate.

    reserved: so many blocks from the first are the host's. of_user: the user's IDs are asked for. ids_per_pod: userNamespaces.idsPerPod of
    the configuration counts; minors before have the field, and do not heed it. at_most: pods, where that is limited. without_tool: a
    user without the tool is as none. spares_last: the last ID there is, which Linux gives to nobody, is in no block.
    """

    gate: str
    reserved: int = 1
    of_user: bool = False
    ids_per_pod: bool = False
    without_tool: bool = False
    spares_last: bool = False
    at_most: int | None = None


class SubordinateIDs(msgspec.Struct, frozen=True, gc=False):
    """What was seen of the user's IDs on a node: whether there is that user, and the tool; and its ranges, each first and number.

    place: where the user was looked for, in words.
    """

    user: bool
    tool: bool = False
    users: tuple[tuple[int, int], ...] = ()
    groups: tuple[tuple[int, int], ...] = ()
    node: str | None = None
    place: str = ""


class PodMapping(msgspec.Struct, frozen=True, gc=False):
    """The file in a pod's directory that holds its block: the first ID, and how many. problem: what is wrong with it, as a clause.

    An empty file has neither: it stands for no block. node: as with state files.
    """

    uid: str
    place: str
    first: int | None = None
    length: int = 0
    problem: str = ""
    node: str | None = None


class ShownIDs(msgspec.Struct, frozen=True, gc=False):
    """What was seen on nodes: of the user's IDs, and the blocks of pods."""

    users: tuple[SubordinateIDs, ...] = ()
    mappings: tuple[PodMapping, ...] = ()
