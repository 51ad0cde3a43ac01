"""Files that give a kubelet its command line: environment files (kubeadm-flags.env, /etc/default/kubelet), units and their drop-ins, lists
of arguments (microk8s: args/kubelet), and the configuration of what a kubelet is a part of (k3s, rke2: ``kubelet-arg``).

Of an environment file the variables of the kubelet count, by their names (KUBELET_KUBEADM_ARGS, KUBELET_EXTRA_ARGS); of a unit those that
it sets, and what stands behind the program in ExecStart, of k3s, rke2 and k0s only what they hand on. What a variable brings in from
elsewhere is not seen here: that file is given, too, or not. An ExecStart= without value takes back what was before it, as drop-ins do.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

import msgspec

from upgradecheck.decode.kubelet.flags import values
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.patterns import pattern

_GIVES = pattern(
    rb"^[ \t]*(?:(?:export[ \t]+)?[A-Z_]*KUBELET[A-Z_]*=|Environment=.*KUBELET|ExecStart=.*(?:kubelet|k3s|rke2|k0s)|kubelet-arg\+?:)",
    re.MULTILINE,
)
_LISTS = pattern(rb"^--[a-z]", re.MULTILINE)
_HANDED_ON = pattern(r"^kubelet-arg\+?:", re.MULTILINE)
_VARIABLE = pattern(r"(?:export\s+)?(?P<name>[A-Z_]*KUBELET[A-Z_]*)=(?P<value>.*)", re.DOTALL)
_ARGUMENT = "kubelet-arg"
_CONTINUED = pattern(r"\\\n\s*")
_PROGRAM = pattern(r"[-@:+!]*\S*(?:kubelet|hyperkube)")
_AROUND_IT = pattern(r"[-@:+!]*\S*(?:k3s|rke2|k0s)")


def gives_arguments(head: bytes, *, alone: bool = False) -> bool:
    """Whether a text, of which this is the beginning, sets a kubelet's command line. alone: by its name it is about nothing else."""
    return _GIVES.search(head) is not None or (alone and _LISTS.search(head) is not None)


def arguments_in(text: str) -> tuple[str, ...]:
    """The words that a kubelet gets of a file."""
    if _HANDED_ON.search(text):
        return _handed_on(text)
    variables: dict[str, tuple[str, ...]] = {}
    command: tuple[str, ...] = ()
    listed: list[str] = []
    of_unit = "[Service]" in text
    for line in _CONTINUED.sub(" ", text).splitlines():
        line = line.strip()
        if line.startswith("--") and not of_unit:
            listed += _words(line)
        if line.startswith("ExecStart="):
            command = tuple(_of_command(line.removeprefix("ExecStart=")))
            continue
        settings = _words(line.removeprefix("Environment=")) if line.startswith("Environment=") else (line,)
        for setting in settings:
            if (found := _VARIABLE.fullmatch(setting)) is not None:
                variables[found["name"]] = _value(found["value"])
    return (*command, *listed, *(word for words in variables.values() for word in words))


def _handed_on(text: str) -> tuple[str, ...]:
    """What k3s and rke2 hand on: ``name=value`` without dashes, one or several."""
    from upgradecheck.decode.yaml.documents import to_json

    try:
        found = msgspec.json.decode(to_json(text.encode()), type=dict[str, msgspec.Raw])
        given = (msgspec.json.decode(value, type=list[str] | str) for key, value in found.items() if key.rstrip("+") == _ARGUMENT)
        return tuple(f"--{word}" for value in given for word in ([value] if isinstance(value, str) else value))
    except (SpecRefused, msgspec.MsgspecError):
        return ()


def _of_command(text: str) -> Iterator[str]:
    words = _words(text)
    if words and _PROGRAM.fullmatch(words[0]):
        yield from (word for word in words[1:] if not word.startswith("$"))
    elif words and _AROUND_IT.fullmatch(words[0]):
        yield from (f"--{value}" for value in values(words, _ARGUMENT))
        yield from (word for value in values(words, "kubelet-extra-args") for word in _words(value))


def _value(text: str) -> tuple[str, ...]:
    """A variable's: in an environment file it is quoted as a whole."""
    return tuple(word for part in _words(text) for word in _words(part))


def _words(text: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(text, comments=text.lstrip().startswith("#")))
    except ValueError:  # a quote that is never closed
        return tuple(text.split())
