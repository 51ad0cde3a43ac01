"""Files that give a kubelet its command line: environment files (kubeadm-flags.env, /etc/default/kubelet), units and their drop-ins, lists
of arguments (microk8s: args/kubelet), and the configuration of what a kubelet is a part of (k3s, rke2: ``kubelet-arg``).

Units, and the environment files that they name, are joined (units.py). An environment file that none names is the kubelet's as a whole,
once one variable of it is by its name: kubespray keeps what logs in one of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec

from upgradecheck.decode.kubelet.commands import ARGUMENT, NAME, WITH_ID, named
from upgradecheck.decode.kubelet.systemd import environment_of, flags_in, lines_beside
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.patterns import pattern

_GIVES = pattern(
    rb"^[ \t]*(?:(?:export[ \t]+)?[A-Z0-9_]*KUBELET[A-Z0-9_]*=|Environment[ \t]*=.*KUBELET|"
    rb"ExecStart[ \t]*=(?:.*\\\r?\n){0,99}.*(?:kubelet|k3s|rke2|k0s))",
    re.MULTILINE,
)
_LISTS = pattern(rb"""^[ \t]*["']*--[a-z]""", re.MULTILINE)
_FLAG = pattern(r"""["']*--?[A-Za-z]""")
_OBJECT = pattern(rb"""\s*(?!\[[A-Z][A-Za-z]*\][ \t]*\r?\n)[\[{]|.*^["']?(?:apiVersion|kind)["']?[ \t]*:""", re.MULTILINE | re.DOTALL)
_HANDS_ON = pattern(rb"""^["']?(?:kubelet-arg\+?|node-name)["']?[ \t]*:""", re.MULTILINE)
_VARIABLE = pattern(r"\$\{?[A-Za-z_][A-Za-z0-9_]{0,60}\}?")
_WANTS_VALUE = pattern(r"--?[A-Za-z][^=]*")
_OF_UNIT = pattern(r"^[ \t]*(?:\[Service\]|(?:ExecStart|Environment|EnvironmentFile)[ \t]*=)", re.MULTILINE)
_CAT = pattern(rb"# /\S*/[^/\s]*(?:kubelet|k3s|rke2|k0s)[^/\s]*\.service[^\n]*\n")


def gives_arguments(head: bytes, *, alone: bool = False) -> bool:
    """Whether a text, of which this is the beginning, sets a kubelet's command line. alone: by its name it is about nothing else."""
    if _OBJECT.match(head):
        return False
    return _GIVES.search(head) is not None or (alone and _LISTS.search(head) is not None)


def hands_on_arguments(head: bytes) -> bool:
    """Whether a YAML text, of which this is the beginning, is a configuration of k3s or rke2 that hands arguments on."""
    return _HANDS_ON.search(head) is not None and not _OBJECT.match(head)


def shows_unit(head: bytes) -> bool:
    """Whether a text, of which this is the beginning, is what ``systemctl cat`` prints of a kubelet's unit."""
    return _CAT.match(head) is not None


def is_unit(text: str) -> bool:
    """Whether a text is a unit or a drop-in."""
    return _OF_UNIT.search(text) is not None


def is_environment(text: str) -> bool:
    """Whether a text, which is no unit, is an environment file and nothing else."""
    return not hands_on_arguments(text.encode()) and not any(_FLAG.match(line) for line in lines_beside(text))


def hides_others(path: str) -> bool:
    """Whether a file is a drop-in, or a kubelet's unit, by its place: one that is empty hides others of its name."""
    folder, _, name = path.rpartition("/")
    return (name.endswith(".conf") and folder.endswith("service.d")) or name == "kubelet.service"


def unknown_in(words: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The variables that stand where flags may, and the flags whose values a shell would make: nobody knows what these are."""
    alone = (
        word for before, word in zip(("", *words), words, strict=False) if _VARIABLE.fullmatch(word) and not _WANTS_VALUE.fullmatch(before)
    )
    made = (word.partition("=")[0] for word in words if word.startswith("-") and ("$(" in word or "`" in word))
    return tuple(dict.fromkeys(alone)), tuple(dict.fromkeys(made))


def arguments_in(text: str) -> tuple[str, ...]:
    """The words that a kubelet gets of a file that is no unit.

    Raises:
        SpecRefused: a configuration of k3s or rke2 that cannot be read.
    """
    if hands_on_arguments(text.encode()):
        return tuple(_handed_on(text))
    variables = {name: flags_in(value) for name, value in environment_of(text, of_shell=True).items()}
    listed = [] if is_environment(text) else [word for line in lines_beside(text) for word in _listed(line)]
    return (*listed, *(word for words in variables.values() for word in words))


def _listed(line: str) -> list[str]:
    """The words of a line of arguments, of which microk8s takes all quotes away (ReadArgsFromFile of kubelite)."""
    return line.replace('"', "").replace("'", "").split()


def _handed_on(text: str) -> Iterator[str]:
    """What k3s and rke2 hand on: ``name=value``, one or several; they take dashes away themselves. And the node's name, as it is."""
    from upgradecheck.decode.yaml.documents import to_json

    try:
        found = msgspec.json.decode(to_json(text.encode()), type=dict[str, msgspec.Raw])
    except msgspec.MsgspecError as error:
        raise SpecRefused(f"no configuration of k3s or rke2 ({error})") from error
    if NAME in found and msgspec.json.decode(found.get(WITH_ID, msgspec.Raw(b"false"))) in (False, "false"):
        name = msgspec.json.decode(found[NAME])
        name = name[-1] if isinstance(name, list) and name else name
        if name and isinstance(name, str | int) and not isinstance(name, bool):
            yield named(str(name))
    for key, value in found.items():
        if key.rstrip("+") == ARGUMENT:
            given = msgspec.json.decode(value)
            for word in given if isinstance(given, list) else [given]:
                if isinstance(word, str):
                    yield f"--{word.lstrip('-')}"
