"""What a command that starts a kubelet gives it: what stands behind the program, perhaps behind a shell or in a container, by a name that
begins as the kubelet's does (``kubelet-wrapper``, ``kubelet-v1.33.4``); of k3s, rke2 and k0s only what they hand on.

A command that starts a kubelet by what shows nothing of its command line is refused: silence about it would be taken for an answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec

from upgradecheck.decode.kubelet.flags import values
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.patterns import pattern

_PROGRAM = pattern(r"[-@:+!|]*(?:[^\s=]*/)?kubelet[^\s/=]*|\$\{?[A-Z_]*KUBELET[A-Z_]*(?:BIN|BINARY|PATH|EXE|CMD)\}?")
_ITSELF = pattern(r"[-@:+!|]*(?:[^\s=]*/)?kubelet(?:[-_.:]?v?[0-9][^/]*)?")
_PERHAPS = pattern(r"[-@:+!|]*(?:[^\s=]*/)?[^\s/=]*kubelet[^\s/=]*", re.IGNORECASE)
_CONTAINERS = pattern(r"[-@:+!|]*(?:[^\s=]*/)?(?:docker|podman|nerdctl|ctr|rkt)")
_ALONE = frozenset(
    {"--", "-d", "-i", "-t", "-it", "-ti", "--detach", "--init", "--interactive", "--privileged", "--read-only", "--rm", "--tty"}
)
"""Words of what runs containers that take none behind them."""
_AROUND_IT = pattern(r"[-@:+!|]*(?:\S*/)?(?:k3s|rke2|k0s)")
_RUNS = pattern("-[a-z]*c")
ARGUMENT = "kubelet-arg"


class Word(msgspec.Struct, frozen=True, gc=False):
    """A word, and the place of the file that it stands in."""

    text: str
    place: str


def kubelet_words(words: Sequence[Word], *, of_kubelet: bool = False) -> tuple[Word, ...]:
    """The words that a kubelet gets of a command; variables that nobody sets are left out. of_kubelet: its unit is called so.

    Raises:
        SpecRefused: it seems to start a kubelet, but what that gets is not to be seen.
    """
    texts = [word.text for word in words]
    names = tuple(_operands(texts))
    at = next((index for index in names if _PROGRAM.fullmatch(texts[index])), None)  # of hyperkube, the word behind it
    if texts and at is None and _AROUND_IT.fullmatch(texts[0]):
        return tuple(Word(text, words[0].place) for text in _handed_on(texts))
    given = words if at is None else words[at + 1 :]
    itself = at is not None and _ITSELF.fullmatch(texts[at]) and not _in_container(texts)
    seen = at is not None and (itself or any(word.text.startswith(("--", "$")) for word in given))
    if not seen and (of_kubelet or any(_PERHAPS.fullmatch(texts[index]) for index in names)):
        raise SpecRefused("what ExecStart starts is not understood: give the kubelet's command line in a file of KUBELET_EXTRA_ARGS=…")
    return () if at is None else tuple(word for word in given if not word.text.startswith("$"))


def wrapper_of(words: Sequence[Word]) -> str:
    """What stands between a command and a kubelet and may give it flags of its own; empty where that is nothing."""
    texts = [word.text for word in words]
    at = next((index for index in _operands(texts) if _PROGRAM.fullmatch(texts[index])), None)
    if at is None or _ITSELF.fullmatch(texts[at]) or _in_container(texts) or texts[at].startswith("$"):
        return ""
    return texts[at]


def names_program(word: str) -> bool:
    """Whether a word is a kubelet by its name."""
    return _PROGRAM.fullmatch(word) is not None


def is_script(word: str, before: str) -> bool:
    """Whether this is what a shell is given to run: ``'exec kubelet …'``. before: the word before it."""
    return _RUNS.fullmatch(before) is not None or (" " in word and "kubelet" in word and not word.startswith("-"))


def _handed_on(words: Sequence[str]) -> Iterator[str]:
    from upgradecheck.decode.kubelet.systemd import words_of

    yield from (f"--{value.lstrip('-')}" for value in values(words, ARGUMENT))
    yield from (word for value in values(words, "kubelet-extra-args") for word in words_of(value))


def _in_container(words: Sequence[str]) -> bool:
    return any(_CONTAINERS.fullmatch(word) for word in words[:3])


def _operands(words: Sequence[str]) -> Iterator[int]:
    """Which words may be programs or images: no flags, and of what runs containers no values of flags either."""
    runs = _in_container(words) and "run" in words
    for index, word in enumerate(words):
        before = words[index - 1] if index else ""
        is_value = before.startswith("-") and "=" not in before and before not in _ALONE
        if (index == 0 or not word.startswith("-")) and not (runs and is_value):
            yield index
