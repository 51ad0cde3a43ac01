"""IDs for user namespaces: a user's, by /etc/passwd, /etc/subuid and /etc/subgid (a range a line: owner, first, number); and a pod's."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from upgradecheck.model.patterns import pattern
from upgradecheck.model.usernamespaces import PodMapping

_RANGE = pattern(r"(?P<owner>[^:]+):(?P<first>[0-9]{1,20}):(?P<number>[0-9]{1,20})")
_SOURCE = pattern(r"\s*subid\s*:\s*(.*?)\s*(?:#.*)?")


def user_id(passwd: str, name: str) -> str | None:
    """The number of a user; None where there is none of that name."""
    for line in passwd.splitlines():
        fields = line.split(":")
        if fields[0] == name and len(fields) > 2:
            return fields[2]
    return None


def ranges(text: str, name: str, number: str) -> tuple[tuple[int, int], ...]:
    """The ranges of a user, which a file calls by its name or by its number."""
    return tuple(_ranges(text, {name, number}))


def _ranges(text: str, owners: set[str]) -> Iterator[tuple[int, int]]:
    for line in text.splitlines():
        found = _RANGE.fullmatch(line)
        if found is not None and found["owner"] in owners:
            yield int(found["first"]), int(found["number"])


def by_files(nsswitch: str) -> bool:
    """Whether these files are what tells of such ranges: nothing else is named in /etc/nsswitch.conf."""
    sources = [found[1] for line in nsswitch.splitlines() if (found := _SOURCE.fullmatch(line)) is not None]
    return all(one == "files" for one in sources)


class _Range(msgspec.Struct, rename="camel", gc=False):
    host_id: int = 0
    container_id: int = 0
    length: int = 0


class _Mapping(msgspec.Struct, rename={"users": "uidMappings", "groups": "gidMappings"}, gc=False):
    users: list[_Range] | None = None
    groups: list[_Range] | None = None


def pod_mapping(uid: str, place: str, content: bytes, node: str | None = None) -> PodMapping:
    """The file in a pod's directory that holds its block.

    Mirrors parseUserNsFileAndRecord in pkg/kubelet/userns.
    """
    if not content:
        return PodMapping(uid, place, node=node)
    try:
        said = msgspec.json.decode(content, type=_Mapping)
    except msgspec.MsgspecError:
        return PodMapping(uid, place, problem="it is damaged", node=node)
    users, groups = said.users or [], said.groups or []
    if len(users) != 1 or users != groups or users[0].container_id != 0:
        problem = "it does not hold one block of IDs, the same of users and groups, that begins with root"
        return PodMapping(uid, place, problem=problem, node=node)
    return PodMapping(uid, place, users[0].host_id, users[0].length, node=node)
