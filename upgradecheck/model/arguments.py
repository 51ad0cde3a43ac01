"""What a kubelet is started with: the words of its command line, or those that files of its unit give it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import dropwhile

import msgspec


class KubeletArguments(msgspec.Struct, frozen=True, gc=False):
    """Words as the kubelet gets them. place: where they stand; node: whose they are, None where that is to be told by the place.

    places: of each word where it stands, if a unit and other files give them together. image: of the container that it is started in.
    container: the ID, or the name, of the one that it runs in, where a running one was seen. runs: a kubelet runs with them now.
    """

    words: tuple[str, ...]
    place: str
    node: str | None = None
    places: tuple[str, ...] = ()
    image: str = ""
    container: str = ""
    runs: bool = False

    def place_of(self, flag: str, value: str = "") -> str:
        """Where a flag, with its dashes, is set last; of one that is set several times, where that value is a part of it."""
        for number in reversed(range(len(self.places))):
            name, equals, given = self.words[number].partition("=")
            given = given if equals else next(iter(self.words[number + 1 : number + 2]), "")
            if name.replace("_", "-") == flag and value in given:
                return self.places[number]
        return self.place


def behind_program(words: Sequence[str]) -> tuple[str, ...]:
    """A command line without the program, and the command that it may be told before all flags (``hyperkube kubelet``)."""
    return tuple(dropwhile(lambda word: not word.startswith("-"), words))
