"""What a command that starts a kubelet gives it: what stands behind the program, perhaps behind a shell or in a container, by a name that
begins as the kubelet's does (``kubelet-wrapper``, ``kubelet-v1.33.4``); of k3s, rke2 and k0s only what they hand on.

A command that starts a kubelet by what shows nothing of its command line is refused: silence about it would be taken for an answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import dropwhile

import msgspec

from upgradecheck.decode.kubelet.flags import switch, values
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.patterns import pattern

_PROGRAM = pattern(r"[-@:+!|]*(?:[^\s=]*/)?kubelet[^\s/=]*|\$\{?[A-Z_]*KUBELET[A-Z_]*(?:BIN|BINARY|PATH|EXE|CMD)\}?")
_ITSELF = pattern(r"[-@:+!|]*(?:[^\s=]*/)?kubelet(?:[-_.:]?v?[0-9][^/]*)?")
_PERHAPS = pattern(r"[-@:+!|]*(?:[^\s=]*/)?[^\s/=]*kubelet[^\s/=]*", re.IGNORECASE)
_CONTAINERS = pattern(
    r"[-@:+!|]*(?:[^\s=]*/)?(?:docker|podman|nerdctl|ctr|rkt|runc|crun|(?:docker|podman)-compose|systemd-nspawn|machinectl)"
)
_ALONE = pattern(
    r"--|-[diPqt]+|--(?:detach|init|interactive|net-host|no-healthcheck|oom-kill-disable|privileged|publish-all|quiet|read-only|replace|rm|tty)"
)
"""Words of what runs containers that take none behind them."""
_NAMES = pattern(r"(?:--(?:name|hostname|entrypoint|exec)=)?((?:[^\s=]*/)?[^\s/=]*kubelet[^\s/=]*)", re.IGNORECASE)
_BEFORE_IT = 6
"""Among so many words is the program that runs containers: a shell, ``exec``, ``env`` and a variable may be before it."""
_BEGUN = frozenset({"start", "restart", "attach", "up"})
"""What is done with a container that is there already: flags behind it are not its program's."""
_MOUNTS = frozenset({"-v", "--volume", "--mount", "-w", "--workdir"})
_AROUND_IT = pattern(r"[-@:+!|]*(?:\S*/)?(?:k3s|rke2|k0s)")
_RUNS = pattern("-[a-z]*c")
ARGUMENT = "kubelet-arg"
NAME, WITH_ID = "node-name", "with-node-id"
"""Of k3s and rke2: the node's name, and that something is put behind it which nobody knows."""


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
    if at is not None and _in_container(texts):  # behind the image there may be the container's name, and the program
        given = tuple(dropwhile(lambda word: not word.text.startswith(("-", "$")), given))
    itself = at is not None and _ITSELF.fullmatch(texts[at]) and not _in_container(texts)
    begun = at is not None and _in_container(texts) and not _BEGUN.isdisjoint(texts[:at])
    seen = at is not None and (itself or any(word.text.startswith(("--", "$")) for word in given)) and not begun
    if not seen and (of_kubelet or any(_PERHAPS.fullmatch(texts[index]) for index in names) or (at is None and _names_kubelet(texts))):
        raise SpecRefused("what ExecStart starts is not understood: give the kubelet's command line in a file of KUBELET_EXTRA_ARGS=…")
    return () if at is None else tuple(word for word in given if not word.text.startswith("$"))


def image_of(words: Sequence[Word]) -> str:
    """The image of the container that a kubelet of this command runs in; empty where it runs in none, or that is not to be seen."""
    texts = [word.text for word in words]
    if "run" not in texts or not _in_container(texts):
        return ""
    behind = [texts[index] for index in _operands(texts) if index > texts.index("run")]
    return behind[0] if any(_PROGRAM.fullmatch(word) for word in behind) else ""


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


def named(node: str) -> str:
    """What a kubelet gets of a node's name."""
    return f"--hostname-override={node}"


def _handed_on(words: Sequence[str]) -> Iterator[str]:
    from upgradecheck.decode.kubelet.systemd import words_of

    if not switch(words, WITH_ID):
        yield from (named(value) for value in values(words, NAME))
    yield from (f"--{value.lstrip('-')}" for value in values(words, ARGUMENT))
    yield from (word for value in values(words, "kubelet-extra-args") for word in words_of(value))


def _in_container(words: Sequence[str]) -> bool:
    return any(_CONTAINERS.fullmatch(word) for word in words[:_BEFORE_IT])


def _operands(words: Sequence[str]) -> Iterator[int]:
    """Which words may be programs or images: no flags, and of what runs containers no values of flags either."""
    runs = _in_container(words) and "run" in words
    for index, word in enumerate(words):
        before = words[index - 1] if index else ""
        is_value = before.startswith("-") and "=" not in before and _ALONE.fullmatch(before) is None
        if (index == 0 or not word.startswith("-")) and not (runs and is_value):
            yield index


def _names_kubelet(words: Sequence[str]) -> bool:
    """Whether a container is run that is called so, or begins with what is; what stands behind its image is about other things."""
    if not _in_container(words) or "run" not in words:
        return False
    at = words.index("run") + 1
    image = next((index for index in _operands(words) if index >= at), len(words))
    before = zip(words[at - 1 :], words[at : image + 1], strict=False)
    begins = any(word.startswith("--exec=") and _NAMES.fullmatch(word) for word in words[image:])  # rkt has it behind the image
    return begins or any(_NAMES.fullmatch(word) for flag, word in before if flag not in _MOUNTS)
