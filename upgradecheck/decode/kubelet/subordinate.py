"""A user's IDs for user namespaces: /etc/passwd, and /etc/subuid and /etc/subgid (one range a line: owner, first, number)."""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.model.patterns import pattern

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
