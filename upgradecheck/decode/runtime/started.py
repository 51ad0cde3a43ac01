"""The kubelet that a container runs, by what ``docker inspect`` or ``crictl inspect`` shows of it: its command line, and its image.

Docker, podman and nerdctl show the process of a container as ``Path`` and ``Args``, which are its entrypoint and command as they came
out; crictl shows the one of the runtime's specification, ``info.runtimeSpec.process.args``. Nothing else of these is read: the
environment beside them holds secrets. A program before the kubelet may be a wrapper that hands its arguments on (RKE:
``/opt/rke-tools/entrypoint.sh kubelet …``). A container that does not run has no kubelet in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

import msgspec

from upgradecheck.decode.kubelet.commands import Word, is_script, names_program
from upgradecheck.decode.kubelet.shells import line_of
from upgradecheck.decode.text.typed import typed
from upgradecheck.model.arguments import KubeletArguments
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.patterns import pattern
from upgradecheck.model.pod import Origin

_KUBELET = pattern(r"(?:\S*/)?kubelet(?:[-_.:]?v?[0-9]\S*)?")
_WRAPPED = pattern(r"(?:\S*/bin/)?kubelet")
_RUNNING = "CONTAINER_RUNNING"


class _State(msgspec.Struct, gc=False, rename="pascal"):
    running: bool | None = None


class _Config(msgspec.Struct, gc=False, rename="pascal"):
    image: str | None = None


class _Inspection(msgspec.Struct, rename="pascal"):
    id: str | None = None
    path: str | None = None
    args: list[str] | None = None
    image_name: str | None = None
    state: _State | None = None
    config: _Config | None = None


class _Image(msgspec.Struct, gc=False, rename="camel"):
    image: str | None = None
    user_specified_image: str | None = None


class _Status(msgspec.Struct, rename="camel"):
    id: str | None = None
    state: str | int | None = None
    image: _Image | None = None
    image_ref: str | None = None


class _Process(msgspec.Struct):
    args: list[str] | None = None


class _Spec(msgspec.Struct):
    process: _Process | None = None


class _Info(msgspec.Struct, rename="camel"):
    runtime_spec: _Spec | None = None


class _Inspected(msgspec.Struct):
    status: _Status | None = None
    info: _Info | None = None


_INSPECTION = msgspec.json.Decoder(_Inspection)
_INSPECTED = msgspec.json.Decoder(_Inspected)


def kubelet_in_docker(raw: bytes, origin: Origin) -> KubeletArguments | None:
    """The kubelet that a container of ``docker inspect`` runs; None where it runs none, or that is not told."""
    try:
        found = typed(_INSPECTION, raw)
    except SpecRefused:
        return None
    if found.state is None or not found.state.running:
        return None
    image = (found.config.image if found.config else None) or found.image_name or ""
    return _kubelet((found.path or "", *(found.args or ())), image, found.id or "", origin)


def kubelet_in_cri(raw: bytes, origin: Origin) -> KubeletArguments | None:
    """The kubelet that a container of ``crictl inspect`` runs; None where it runs none, or that is not told."""
    try:
        found = typed(_INSPECTED, raw)
    except SpecRefused:
        return None
    status = found.status or _Status()
    process = None if found.info is None or found.info.runtime_spec is None else found.info.runtime_spec.process
    if process is None or status.state not in (_RUNNING, 1):
        return None
    image = status.image or _Image()
    return _kubelet(process.args or (), image.user_specified_image or image.image or status.image_ref or "", status.id or "", origin)


def _kubelet(words: Sequence[str], image: str, container: str, origin: Origin) -> KubeletArguments | None:
    given = _given(words)
    return None if given is None else KubeletArguments(given, str(origin), image=image, container=container, runs=bool(container))


def _by_shell(text: str) -> list[str]:
    """The words of a shell's line; what it would replace stands behind them as it is written."""
    line = line_of(text, dict[str, Word](), "")
    return [*(one.text for one in line.words), *(f"${name}" for name in line.unset), *line.open]


def _given(words: Sequence[str]) -> tuple[str, ...] | None:
    """What a kubelet gets of a process's words; None where that is no kubelet. What a shell's variables bring in stays as it is written."""
    expanded = list[str]()
    for before, word in zip(("", *words), words, strict=False):
        script = before and is_script(word, before) and any(names_program(one) for one in word.split())
        expanded += _by_shell(word) if script else [word]
    commands = len(list(takewhile(lambda word: not word.startswith("-"), expanded)))
    if expanded and expanded[0].rpartition("/")[2] in ("sh", "bash", "ash", "dash"):
        commands = next((at for at, word in enumerate(expanded) if _WRAPPED.fullmatch(word)), -1) + 1
    at = commands - 1
    if at < 0 or not (_KUBELET if at == 0 else _WRAPPED).fullmatch(expanded[at]):
        return None
    given = tuple(expanded[commands:])
    return given if at == 0 or any(word.startswith(("--", "$")) for word in given[:1]) else None
