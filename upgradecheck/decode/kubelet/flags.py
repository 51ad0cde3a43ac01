"""A kubelet's command line, as far as a plan hangs on it. A flag beats the configuration file; gates are set one by one.

Names are written with dashes or underscores, which are one to every kubelet, without a warning (WordSepNormalizeFunc).
"""

from __future__ import annotations

from collections.abc import Sequence

from upgradecheck.decode.kubelet.config import Settings
from upgradecheck.model.errors import SpecRefused

_TRUE = frozenset({"1", "t", "T", "true", "TRUE", "True"})
_FALSE = frozenset({"0", "f", "F", "false", "FALSE", "False"})
"""As Go's strconv.ParseBool."""


def flags_of(command_line: Sequence[str]) -> tuple[str, ...]:
    """The flags that words set, each once, with dashes for underscores as a kubelet takes them; values are none."""
    return tuple(dict.fromkeys(_named(word) for word in command_line if word.startswith("--") and len(word) > len("--")))


def _named(word: str) -> str:
    """The flag that a word sets, with its dashes."""
    return word.partition("=")[0].replace("_", "-")


def values(command_line: Sequence[str], name: str) -> list[str]:
    """All values of a flag, in order; ``-name value`` and ``--name=value`` alike."""
    found = []
    for number, word in enumerate(command_line):
        _, equals, value = word.partition("=")
        if _named(word) in (f"--{name}", f"-{name}"):
            found.append(value if equals else next(iter(command_line[number + 1 : number + 2]), ""))
    return found


def last(command_line: Sequence[str], name: str) -> str | None:
    """The value of a flag that counts: its last one."""
    return next(iter(values(command_line, name)[-1:]), None)


def flag_settings(command_line: Sequence[str]) -> Settings:
    """What the flags set.

    Raises:
        SpecRefused: a switch that is neither true nor false, or a number that is none.
    """
    return Settings(
        cgroups_per_qos=_cgroups_per_qos(command_line),
        cgroup_root=last(command_line, "cgroup-root"),
        cgroup_driver=last(command_line, "cgroup-driver"),
        feature_gates=gates_of(command_line),
        static_pod_path=last(command_line, "pod-manifest-path"),
        static_pod_url=last(command_line, "manifest-url"),
        container_runtime_endpoint=last(command_line, "container-runtime-endpoint"),
        kube_reserved=_pairs(last(command_line, "kube-reserved"), "="),
        system_reserved=_pairs(last(command_line, "system-reserved"), "="),
        eviction_hard=_pairs(last(command_line, "eviction-hard"), "<"),
        reserved_cpus=last(command_line, "reserved-cpus"),
        max_pods=_number("max-pods", last(command_line, "max-pods")),
        pods_per_core=_number("pods-per-core", last(command_line, "pods-per-core")),
        cpu_manager_policy=last(command_line, "cpu-manager-policy"),
        cpu_manager_policy_options=_pairs(last(command_line, "cpu-manager-policy-options"), "="),
        memory_manager_policy=last(command_line, "memory-manager-policy"),
        topology_manager_policy=last(command_line, "topology-manager-policy"),
        allowed_unsafe_sysctls=_list(last(command_line, "allowed-unsafe-sysctls")),
    )


def _pairs(text: str | None, between: str) -> dict[str, str] | None:
    """``cpu=1,memory=2Gi``, and thresholds with ``<``."""
    if text is None:
        return None
    found = (part.partition(between) for part in text.split(",") if part)
    return {name.strip(): value.strip() for name, _, value in found}


def _list(text: str | None) -> list[str] | None:
    return None if text is None else [part.strip() for part in text.split(",") if part.strip()]


def _number(flag: str, text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()):
        raise SpecRefused("expected a number, found other text", f"--{flag}")
    return int(text)


def _cgroups_per_qos(command_line: Sequence[str]) -> bool | None:
    return switch(command_line, "cgroups-per-qos")


def switch(command_line: Sequence[str], name: str) -> bool | None:
    """A switch that is set: without ``=`` it is on, and takes no word behind it. None where it is not.

    Raises:
        SpecRefused: it is neither true nor false.
    """
    words = [word for word in command_line if _named(word).lstrip("-") == name and word.startswith("-")]
    return _switch(name, words[-1].partition("=")[2] or "true") if words else None


def gates_of(command_line: Sequence[str]) -> dict[str, bool]:
    """``A=true,B=false``, as MapStringBool reads it.

    Raises:
        SpecRefused: one that is neither true nor false.
    """
    gates: dict[str, bool] = {}
    for part in (part for text in values(command_line, "feature-gates") for part in text.split(",") if part):
        name, _, value = part.partition("=")
        gates[name.strip()] = _switch("feature-gates", value.strip())
    return gates


def labels_of(command_line: Sequence[str]) -> dict[str, str]:
    """``a=b,c``, of all times that it is set, as ConfigurationMap reads it."""
    parts = (part.strip() for text in values(command_line, "node-labels") for part in text.split(",") if part)
    found = (part.partition("=") for part in parts)
    return {name.strip(): value.strip() for name, _, value in found}


def _switch(flag: str, text: str) -> bool:
    if text not in _TRUE | _FALSE:
        raise SpecRefused("expected true or false, found other text", f"--{flag}")
    return text in _TRUE
