"""Where the documents of a file stand, and on which nodes its pods are: some bytes each, and no text of its own."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator

_ITEM = "item "


class Places:
    """The places of documents in words, by index; most are ``item`` and a number."""

    def __init__(self) -> None:
        self._words: list[str] = []
        self._known: dict[str, int] = {}
        self._of: array[int] = array("I")
        self._numbers: array[int] = array("I")

    def append(self, place: str) -> None:
        """One place, whatever it says."""
        self._of.append(self._word(place))
        self._numbers.append(0)

    def extend(self, words: str, first: int, number: int) -> None:
        """So many, of these words and a number each, which counts from the first (at least 1)."""
        self._of.extend([self._word(words)] * number)
        self._numbers.extend(range(first, first + number))

    def __getitem__(self, index: int) -> str:
        number = self._numbers[index]
        return f"{self._words[self._of[index]]}{number or ''}"

    @property
    def are_of_one_list(self) -> bool:
        """Whether all of them are items of one list."""
        lists = {words.rstrip("0123456789") for words in self._words}
        return len(lists) == 1 and lists.pop().endswith(_ITEM)

    def clear(self) -> None:
        """Forget all of them."""
        self._words.clear()
        self._known.clear()
        del self._of[:], self._numbers[:]

    def _word(self, words: str) -> int:
        found = self._known.get(words)
        if found is None:
            found = self._known[words] = len(self._words)
            self._words.append(words)
        return found


class Nodes:
    """The nodes of documents, by index, where that is told by a glimpse; None of all others."""

    def __init__(self) -> None:
        self._names: list[str | None] = [None]
        self._known: dict[bytes, int] = {}
        self._plain: dict[bytes, int] = {}
        self._of: array[int] = array("I")

    def append_none(self, number: int = 1) -> None:
        """So many documents of which it is not told."""
        self._of.extend([0] * number)

    def extend(self, names: Iterable[bytes]) -> None:
        """Pods that name them, each as JSON; what is no plain text is not told."""
        known = self._known
        for name in names:
            found = known.get(name)
            self._of.append(self._number(name) if found is None else found)

    def extend_plain(self, names: Iterable[bytes]) -> None:
        """The same of plain texts, as they are."""
        known = self._plain
        for name in names:
            found = known.get(name)
            if found is None:
                quoted = b'"%b"' % name
                found = known[name] = self._known.get(quoted) or self._number(quoted)
            self._of.append(found)

    def __getitem__(self, index: int) -> str | None:
        return self._names[self._of[index]]

    def may_be_on(self, nodes: frozenset[str]) -> Iterator[bool]:
        """Of each document in order whether its node is one of some, or is not told."""
        wanted = {number for number, name in enumerate(self._names) if name is None or name in nodes}
        return map(wanted.__contains__, self._of)

    def names(self) -> frozenset[str]:
        """All of them."""
        return frozenset(name for name in self._names if name is not None)

    def clear(self) -> None:
        """Forget all of them."""
        del self._names[1:], self._of[:]
        self._known.clear()
        self._plain.clear()

    def _number(self, name: bytes) -> int:
        if len(name) <= len(b'""') or name[:1] != b'"' or b"\\" in name or not name.isascii():
            return 0
        found = self._known[name] = len(self._names)
        self._names.append(name[1:-1].decode())
        return found
