"""A kubelet's command line, as far as a plan hangs on it. A flag beats the configuration file; gates are set one by one.

Names are written with dashes or underscores, which are one to every kubelet, without a warning (WordSepNormalizeFunc).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.numbers import whole_number
from upgradecheck.model.runtimes import DOCKER, LAST_DOCKERSHIM
from upgradecheck.model.version import KubeletVersion

if TYPE_CHECKING:
    from upgradecheck.decode.kubelet.config import Settings

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


def speaks_to_docker(version: KubeletVersion, command_line: Sequence[str]) -> bool:
    """Whether a kubelet of that version and command line has a dockershim, as up to 1.23 all have that are told of no ``remote`` runtime.

    Of one whose command line is not seen (a part of another program) that is not told, and false.
    """
    has_one = (version.minor.major, version.minor.minor) <= LAST_DOCKERSHIM
    return has_one and bool(command_line) and last(command_line, "container-runtime") in (None, DOCKER)


def flag_settings(command_line: Sequence[str]) -> Settings:
    """What the flags set.

    Raises:
        SpecRefused: a switch that is neither true nor false, or a number that is none.
    """
    from upgradecheck.decode.kubelet.config import Settings  # in most runs a flag's value is all that is asked for

    return Settings(
        cgroups_per_qos=_cgroups_per_qos(command_line),
        cgroup_root=last(command_line, "cgroup-root"),
        cgroup_driver=last(command_line, "cgroup-driver"),
        feature_gates=gates_of(command_line),
        static_pod_path=last(command_line, "pod-manifest-path"),
        static_pod_url=last(command_line, "manifest-url"),
        container_runtime_endpoint=last(command_line, "container-runtime-endpoint"),
        kube_reserved=_pairs(values(command_line, "kube-reserved"), "="),
        system_reserved=_pairs(values(command_line, "system-reserved"), "="),
        eviction_hard=_pairs(values(command_line, "eviction-hard"), "<"),
        reserved_cpus=last(command_line, "reserved-cpus"),
        max_pods=_number("max-pods", last(command_line, "max-pods")),
        pods_per_core=_number("pods-per-core", last(command_line, "pods-per-core")),
        cpu_manager_policy=last(command_line, "cpu-manager-policy"),
        cpu_manager_policy_options=_pairs(values(command_line, "cpu-manager-policy-options"), "=", split=False),
        memory_manager_policy=last(command_line, "memory-manager-policy"),
        topology_manager_policy=last(command_line, "topology-manager-policy"),
        allowed_unsafe_sysctls=_list(values(command_line, "allowed-unsafe-sysctls")),
    )


def together(type_: str, texts: Sequence[str | None]) -> str | None:
    """What a flag of a type says that is set with these texts, one after the other, as if it were set once.

    Lists and maps are added to, and of a name in several of them the last one counts; of anything else the last text does. None where that
    one is not known.
    """
    if len(texts) == 1 or None in texts or type_ not in _ADDED_TO:
        return texts[-1]
    known, between = [text for text in texts if text], _ADDED_TO[type_]
    if type_ in _BETWEEN:
        return ",".join({part.partition(_BETWEEN[type_])[0].strip(): part for text in known for part in text.split(",") if part}.values())
    return between.join(known)


_BETWEEN = {"MapStringString": "=", "MapStringBool": "=", "ConfigurationMap": "=", "LangleSeparatedMapStringString": "<"}
"""Types of flags that are maps, with what they have between name and value."""
_ADDED_TO = {
    **dict.fromkeys((*_BETWEEN, "stringSlice", "MapStringStringNoSplit"), ","),
    "ReservedMemoryOfOneVar": ";",
    "ReservedMemoryVar": ";",
}
"""Types of flags that are added to each time, with what they have between members."""


def _pairs(texts: Sequence[str], between: str, *, split: bool = True) -> dict[str, str] | None:
    """``cpu=1,memory=2Gi``, of all times that it is set, and thresholds with ``<``. split: a text holds several."""
    if not texts:
        return None
    found = (part.partition(between) for text in texts for part in (text.split(",") if split else [text]) if part)
    return {name.strip(): value.strip() for name, _, value in found}


def _list(texts: Sequence[str]) -> list[str] | None:
    return [part.strip() for text in texts for part in text.split(",") if part.strip()] if texts else None


def _number(flag: str, text: str | None) -> int | None:
    if text is None:
        return None
    found = whole_number(text)
    if found is None:
        raise SpecRefused("expected a number, found other text", f"--{flag}")
    return found


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
