"""A kubelet's command line, as far as a plan hangs on it. A flag beats the configuration file; gates are set one by one."""

from __future__ import annotations

from collections.abc import Sequence

from upgradecheck.decode.kubelet.config import Settings
from upgradecheck.model.errors import SpecRefused

_TRUE = frozenset({"1", "t", "T", "true", "TRUE", "True"})
_FALSE = frozenset({"0", "f", "F", "false", "FALSE", "False"})
"""As Go's strconv.ParseBool."""


def values(command_line: Sequence[str], name: str) -> list[str]:
    """All values of a flag, in order; ``-name value`` and ``--name=value`` alike."""
    found = []
    for number, word in enumerate(command_line):
        key, equals, value = word.partition("=")
        if key in (f"--{name}", f"-{name}"):
            found.append(value if equals else next(iter(command_line[number + 1 : number + 2]), ""))
    return found


def last(command_line: Sequence[str], name: str) -> str | None:
    """The value of a flag that counts: its last one."""
    return next(iter(values(command_line, name)[-1:]), None)


def flag_settings(command_line: Sequence[str]) -> Settings:
    """What the flags set.

    Raises:
        SpecRefused: a switch that is neither true nor false.
    """
    return Settings(
        cgroups_per_qos=_cgroups_per_qos(command_line),
        cgroup_root=last(command_line, "cgroup-root"),
        cgroup_driver=last(command_line, "cgroup-driver"),
        feature_gates=_gates(command_line),
        static_pod_path=last(command_line, "pod-manifest-path"),
        static_pod_url=last(command_line, "manifest-url"),
        container_runtime_endpoint=last(command_line, "container-runtime-endpoint"),
    )


def _cgroups_per_qos(command_line: Sequence[str]) -> bool | None:
    """A switch: without ``=`` it is on, and takes no word behind it."""
    words = [word for word in command_line if word.lstrip("-").partition("=")[0] == "cgroups-per-qos" and word.startswith("-")]
    return _switch("cgroups-per-qos", words[-1].partition("=")[2] or "true") if words else None


def _gates(command_line: Sequence[str]) -> dict[str, bool]:
    """``A=true,B=false``, as MapStringBool reads it."""
    gates: dict[str, bool] = {}
    for part in (part for text in values(command_line, "feature-gates") for part in text.split(",") if part):
        name, _, value = part.partition("=")
        gates[name.strip()] = _switch("feature-gates", value.strip())
    return gates


def _switch(flag: str, text: str) -> bool:
    if text not in _TRUE | _FALSE:
        raise SpecRefused("expected true or false, found other text", f"--{flag}")
    return text in _TRUE
