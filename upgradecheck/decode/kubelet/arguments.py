"""Files that give a kubelet its command line: environment files (kubeadm-flags.env, /etc/default/kubelet), units and their drop-ins, lists
of arguments (microk8s: args/kubelet), and the configuration of what a kubelet is a part of (k3s, rke2: ``kubelet-arg``).

An environment file is the kubelet's as a whole, once one variable of it is by its name: kubespray keeps what logs in one of its own. Of a
unit count the variables that it sets, where a command of it takes them or it has none, and what stands behind the program in ExecStart,
perhaps behind a shell or in a container, by a name that begins as the kubelet's does (``kubelet-wrapper``, ``kubelet-v1.33.4``); of k3s,
rke2 and k0s only what they hand on. What a variable brings in from elsewhere is not seen here: that file is given, too, or not.
``ExecStart=`` and ``Environment=`` without value take back what was before them, as drop-ins do. A unit that starts a kubelet by what shows
nothing of its command line is refused: silence about it would be taken for an answer.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from upgradecheck.decode.kubelet.flags import values
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.patterns import pattern

_GIVES = pattern(
    rb"^[ \t]*(?:(?:export[ \t]+)?[A-Z0-9_]*KUBELET[A-Z0-9_]*=|Environment[ \t]*=.*KUBELET|ExecStart[ \t]*=.*(?:kubelet|k3s|rke2|k0s))",
    re.MULTILINE,
)
_LISTS = pattern(rb"^--[a-z]", re.MULTILINE)
_OBJECT = pattern(rb"""\s*(?!\[[A-Z][A-Za-z]*\][ \t]*\r?\n)[\[{]|.*^["']?(?:apiVersion|kind)["']?[ \t]*:""", re.MULTILINE | re.DOTALL)
_HANDS_ON = pattern(rb"""^["']?kubelet-arg\+?["']?[ \t]*:""", re.MULTILINE)
_SET = pattern(
    r"""^[ \t]*(?:export[ \t]+)?(?P<name>[A-Z_][A-Z0-9_]*)=(?P<value>"(?:[^"\\]|\\.)*"|'[^']*'|[^\n]*)""", re.MULTILINE | re.DOTALL
)
_OF_UNIT = pattern(r"\s*(?P<key>ExecStart|Environment)\s*=\s*(?P<value>.*)", re.DOTALL)
_ASSIGNED = pattern(r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)=(?P<value>.*)", re.DOTALL)
_COMMENT = pattern(r"^[ \t]*[#;].*\n?", re.MULTILINE)
_CONTINUED = pattern(r"\\\n\s*")
_PROGRAM = pattern(r"[-@:+!]*(?:[^\s=]*/)?kubelet[^\s/=]*|\$\{?[A-Z_]*KUBELET[A-Z_]*(?:BIN|BINARY|PATH|EXE|CMD)\}?")
_ITSELF = pattern(r"[-@:+!]*(?:[^\s=]*/)?kubelet(?:[-_.:]?v?[0-9][^/]*)?")
_PERHAPS = pattern(r"[-@:+!]*(?:[^\s=]*/)?[^\s/=]*kubelet[^\s/=]*", re.IGNORECASE)
_CONTAINERS = pattern(r"[-@:+!]*(?:[^\s=]*/)?(?:docker|podman|nerdctl|ctr|rkt)")
_ALONE = frozenset(
    {"--", "-d", "-i", "-t", "-it", "-ti", "--detach", "--init", "--interactive", "--privileged", "--read-only", "--rm", "--tty"}
)
"""Words of what runs containers that take none behind them."""
_AROUND_IT = pattern(r"[-@:+!]*(?:\S*/)?(?:k3s|rke2|k0s)")
_ARGUMENT = "kubelet-arg"


def gives_arguments(head: bytes, *, alone: bool = False) -> bool:
    """Whether a text, of which this is the beginning, sets a kubelet's command line. alone: by its name it is about nothing else."""
    if _OBJECT.match(head):
        return False
    return _GIVES.search(head) is not None or (alone and _LISTS.search(head) is not None)


def hands_on_arguments(head: bytes) -> bool:
    """Whether a YAML text, of which this is the beginning, is a configuration of k3s or rke2 that hands arguments on."""
    return _HANDS_ON.search(head) is not None and not _OBJECT.match(head)


def arguments_in(text: str) -> tuple[str, ...]:
    """The words that a kubelet gets of a file.

    Raises:
        SpecRefused: a configuration of k3s or rke2 that cannot be read, or a command that is not understood.
    """
    text = text.replace("\r\n", "\n")
    if hands_on_arguments(text.encode()):
        return tuple(_handed_on(text))
    text = _CONTINUED.sub(" ", _COMMENT.sub("", text))
    if any(_OF_UNIT.match(line) for line in text.splitlines()):
        return _of_unit(text)
    variables = {found["name"]: _flags_of(_unquoted(found["value"])) for found in _SET.finditer(text)}
    listed = [word for line in text.splitlines() if line.startswith("--") for word in _words(line)]
    return (*listed, *(word for words in variables.values() for word in words))


def _of_unit(text: str) -> tuple[str, ...]:
    variables: dict[str, str] = {}
    command = ""
    for line in text.splitlines():
        if (found := _OF_UNIT.match(line)) is None:
            continue
        if found["key"] == "ExecStart":
            command = found["value"]
        elif not found["value"].strip():
            variables.clear()
        else:
            assigned = (_ASSIGNED.fullmatch(word) for word in _words(found["value"]))
            variables |= {one["name"]: one["value"] for one in assigned if one is not None}
    words = tuple(_of_command(command))
    return (*words, *(word for name in _taken(variables, command) for word in _flags_of(variables[name])))


def _taken(variables: Mapping[str, str], command: str) -> Iterator[str]:
    """The variables that a command takes; all, where this file has no command."""
    for name in variables:
        if not command.strip() or f"${name}" in command or f"${{{name}}}" in command:
            yield name


def _handed_on(text: str) -> Iterator[str]:
    """What k3s and rke2 hand on: ``name=value``, one or several; they take dashes away themselves."""
    from upgradecheck.decode.yaml.documents import to_json

    try:
        found = msgspec.json.decode(to_json(text.encode()), type=dict[str, msgspec.Raw])
    except msgspec.MsgspecError as error:
        raise SpecRefused(f"no configuration of k3s or rke2 ({error})") from error
    for key, value in found.items():
        if key.rstrip("+") == _ARGUMENT:
            given = msgspec.json.decode(value)
            for word in given if isinstance(given, list) else [given]:
                if isinstance(word, str):
                    yield f"--{word.lstrip('-')}"


def _of_command(text: str) -> Iterator[str]:
    """The flags of a command.

    Raises:
        SpecRefused: it seems to start a kubelet, but what that gets is not to be seen.
    """
    words = tuple(part for word in _words(text) for part in (_words(word) if _is_script(word) else (word,)))
    names = tuple(_operands(words))
    at = next((index for index in names if _PROGRAM.fullmatch(words[index])), None)  # of hyperkube, the word behind it
    if words and at is None and _AROUND_IT.fullmatch(words[0]):
        yield from (f"--{value.lstrip('-')}" for value in values(words, _ARGUMENT))
        yield from (word for value in values(words, "kubelet-extra-args") for word in _words(value))
        return
    given = words if at is None else words[at + 1 :]
    itself = at is not None and _ITSELF.fullmatch(words[at]) and not _in_container(words)
    seen = at is not None and (itself or any(word.startswith(("--", "$")) for word in given))
    if not seen and any(_PERHAPS.fullmatch(words[index]) for index in names):
        raise SpecRefused("what ExecStart starts is not understood: give the kubelet's command line in a file of KUBELET_EXTRA_ARGS=…")
    if at is not None:
        yield from (word for word in given if not word.startswith("$"))


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


def _is_script(word: str) -> bool:
    """Whether this is what a shell is given to run: ``'exec kubelet …'``."""
    return " " in word and "kubelet" in word and not word.startswith("-")


def _unquoted(text: str) -> str:
    """A variable's value: in an environment file it is quoted as a whole, over several lines, too."""
    return " ".join(_words(text))


def _flags_of(text: str) -> Sequence[str]:
    """The words of a variable that holds flags; of another one, none."""
    words = _words(text)
    return words if any(word.startswith("--") for word in words) else ()


def _words(text: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(text))
    except ValueError:  # a quote that is never closed
        return tuple(text.replace('"', " ").replace("'", " ").split())
