"""Sentences that differ in a few words, told once: where a node is too small, what each pod finds taken is all that differs.

Sentences are alike if they begin and end with the same words; what differs between stands as … in the one that is told, and each object
has its own beside its name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile

Fold = tuple[str, dict[str, str]]
"""What is told, and by sentence what it has of its own (empty where it is told whole)."""

_SAME = ((5, 30), (4, 6))
"""How many words at either end sentences have in common to be alike, and how many there may be between: a rule's first words tell what is
found, and on which node; where fewer are the same, little may differ.
"""
_GAP = "…"


def folded(sentences: Iterable[str]) -> Iterator[Fold]:
    """Sentences, each once, in the order in which the first of its kind comes."""
    left, found = list(dict.fromkeys(sentences)), dict[int, Fold]()
    place = {sentence: number for number, sentence in enumerate(left)}
    for same, most in _SAME:
        for alike in _alike(left, same):
            told, own = _told(alike)
            if len(alike) > 1 and max(len(words.split(" ")) for words in own.values()) <= most:
                found[place[alike[0]]] = told, own
                left = [one for one in left if one not in own]
    found |= {place[one]: (one, {one: ""}) for one in left}
    return (found[number] for number in sorted(found))


def _alike(sentences: Iterable[str], same: int) -> Iterable[Sequence[str]]:
    """Those that begin and end with the same words."""
    found: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for sentence in sentences:
        words = sentence.split(" ")
        found[(*words[:same], *words[-same:]) if len(words) > 2 * same else (sentence,)].append(sentence)
    return found.values()


def _told(alike: Sequence[str]) -> Fold:
    split = [sentence.split(" ") for sentence in alike]
    shortest, first = min(map(len, split)), split[0]
    start = _common(split, shortest)
    end = _common([words[::-1] for words in split], shortest - start)
    end = _behind_brackets(split, start, end)
    own = _between(split, start, end)
    stop = own[0][-1:] if own[0][-1:] in (",", ";") and len({one[-1:] for one in own}) == 1 else ""
    told = " ".join([*first[:start], _GAP + stop, *first[len(first) - end :]])
    return told, dict(zip(alike, (one.removesuffix(stop) for one in own), strict=True))


def _between(split: Sequence[Sequence[str]], start: int, end: int) -> list[str]:
    return [" ".join(words[start : len(words) - end]) for words in split]


def _behind_brackets(split: Sequence[Sequence[str]], start: int, end: int) -> int:
    """As many words of the end as leave no bracket open between."""
    while end and any(text.count("(") > text.count(")") for text in _between(split, start, end)):
        end -= 1
    return end


def _common(split: Sequence[Sequence[str]], most: int) -> int:
    """With how many words all of them begin."""
    columns = zip(range(most), zip(*split, strict=False), strict=False)
    return sum(1 for _ in takewhile(lambda column: len(set(column[1])) == 1, columns))
