"""Files that give a kubelet its command line: environment files (kubeadm-flags.env, /etc/default/kubelet), units and their drop-ins.

Of an environment file the variables of the kubelet count, by their names (KUBELET_KUBEADM_ARGS, KUBELET_EXTRA_ARGS); of a unit those that
it sets, and what stands behind the program in ExecStart. What a variable brings in from elsewhere is not seen here: that file is given,
too, or not. An ExecStart= without value takes back what was before it, as drop-ins do.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from upgradecheck.model.patterns import pattern

_GIVES = pattern(rb"^[ \t]*(?:(?:export[ \t]+)?[A-Z_]*KUBELET[A-Z_]*=|Environment=.*KUBELET|ExecStart=.*kubelet)", re.MULTILINE)
_VARIABLE = pattern(r"(?:export\s+)?(?P<name>[A-Z_]*KUBELET[A-Z_]*)=(?P<value>.*)", re.DOTALL)
_CONTINUED = pattern(r"\\\n\s*")
_PROGRAM = pattern(r"[-@:+!]*\S*(?:kubelet|hyperkube)")


def gives_arguments(head: bytes) -> bool:
    """Whether a text, of which this is the beginning, sets a kubelet's command line."""
    return _GIVES.search(head) is not None


def arguments_in(text: str) -> tuple[str, ...]:
    """The words that a kubelet gets of an environment file or a unit."""
    variables: dict[str, tuple[str, ...]] = {}
    command: tuple[str, ...] = ()
    for line in _CONTINUED.sub(" ", text).splitlines():
        line = line.strip()
        if line.startswith("ExecStart="):
            command = tuple(_of_command(line.removeprefix("ExecStart=")))
            continue
        settings = _words(line.removeprefix("Environment=")) if line.startswith("Environment=") else (line,)
        for setting in settings:
            if (found := _VARIABLE.fullmatch(setting)) is not None:
                variables[found["name"]] = _value(found["value"])
    return (*command, *(word for words in variables.values() for word in words))


def _of_command(text: str) -> Iterator[str]:
    words = _words(text)
    if words and _PROGRAM.fullmatch(words[0]):
        yield from (word for word in words[1:] if not word.startswith("$"))


def _value(text: str) -> tuple[str, ...]:
    """A variable's: in an environment file it is quoted as a whole."""
    return tuple(word for part in _words(text) for word in _words(part))


def _words(text: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(text, comments=text.lstrip().startswith("#")))
    except ValueError:  # a quote that is never closed
        return tuple(text.split())
