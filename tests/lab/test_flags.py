"""Real kubelets, started with values of flags: they end exactly at those that are told not to be understood, by what the flag takes.

A kubelet reads its flags before it prints its version: a start is over at once, and touches nothing.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.builders import CATALOG
from tests.lab.kubelets import found
from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.planning.asking.refused import texts_that_stop

pytestmark = pytest.mark.node

VERSIONS = ("1.20.15", "1.22.17", "1.30.14", "1.31.0", "1.32.10", "1.34.1", "1.35.4")
NUMBERS = ("5", "-5", "+5", "007", "08", "0x1F", "0b101", "0o17", "1_000", "_1", "1__0", "1.5", "1e3", "ten", "", " 5", "5 ")
LARGE = (str(2**31 - 1), str(2**31), str(-(2**31)), str(-(2**31) - 1), str(2**63 - 1), str(2**63), str(2**64 - 1), str(2**64), "-1")
PAIRS = (
    "a=b",
    "a",
    "a=b,c=d",
    "a=b,,c=",
    "=",
    ",",
    "a=b=c",
    "",
    "a<1",
    "a<1,b<2",
    "a=1,b<2",
    "a:b",
    "a:b:c",
    "a=true",
    "a=maybe,b=true",
    "a= T",
)
BY_TYPE: dict[str, tuple[str, ...]] = {
    "bool": ("true", "True", "TRUE", "tRUE", "t", "T", "1", "0", "f", "no", "yes", "maybe", "", "on", "2", " true"),
    **dict.fromkeys(("int", "int32", "int64", "uint", "uint64"), NUMBERS + LARGE),
    "float64": ("5", "1.5", ".5", "5.", "1e3", "-1", "inf", "NaN", "Infinity", "1,5", "x", "", "1e", "0x1p-2", "1_000"),
    "duration": ("5", "0", "+0", "-0", "5s", "1m30s", "1d", "-1s", "1.5h", ".5s", ".s", "5 s", "", "1h1", "10us", "10µs", "1S", "5sec"),
    "stringSlice": ("a,b", "", ",", '"a,b",c', 'a"b', '"a', '"a"b', '"a""b"', '""', 'a,"b"', 'a, "b"'),
    "MapStringBool": PAIRS,
    "MapStringString": PAIRS,
    "MapStringStringNoSplit": PAIRS,
    "LangleSeparatedMapStringString": PAIRS,
    "ColonSeparatedMultimapStringString": PAIRS,
    "ConfigurationMap": ("example.com/a=b", "example.com/a", "a=b,,c=d"),
    "IPVar": (
        "10.0.0.1",
        "::",
        "::1",
        "fe80::1%eth0",
        "010.0.0.1",
        "1.2.3",
        "1.2.3.4.5",
        "x",
        "",
        "300.1.1.1",
        "::ffff:1.2.3.4",
        "1.2.3.4/8",
        "00::1",
    ),
    "TaintsVar": (),
    "RegisterWithTaintsVar": (),
    "ReservedMemoryOfOneVar": (),
    "ReservedMemoryVar": (),
    "QuantityValue": ("0", "1Ki", "1.5Gi", "1e3", "x", "", "-1", "1kb", "1 Ki", "5"),
    **dict.fromkeys(("Level", "VerbosityLevel", "VerbosityLevelPflag"), (*NUMBERS, *LARGE[:4])),
    **dict.fromkeys(
        ("moduleSpec", "VModuleConfiguration", "VModuleConfigurationPflag"),
        ("", "a=1", "a=1,,b*=2,", "foo", "a=-1", "a=+1", "=1", "a=", "a=b=1", "a=x", f"a={2**31}", "a=0x1"),
    ),
    "severity": ("INFO", "info", "Warning", "4", "-1", "x", "", "0x1"),
    "severityValue": ("INFO", "info", "Warning", "4", "-1", "x", "", "0x1"),
    "traceLocation": ("", "a.go:1", "a.go:0", "a.go", "a:1", "a.go:x", "a.go:1:2", "a.go:-1"),
    "version": (),
    "string": ("", "anything at all", "-1"),
    "StringFlag": ("", "x"),
}
"""What is tried with each type; where there is nothing, with its only flag below."""
OF_ONE = {
    "--register-with-taints": (
        *("a=b:NoSchedule", "a:NoSchedule", "a", "x", "a=b:Nowhere", "a=b:NoSchedule,c:NoExecute", "a=b:NoSchedule,a=c:NoSchedule", ""),
        *("a=b:NoSchedule-", "a-", "a=b=c:NoSchedule", "a b:NoSchedule", "a=b c:NoSchedule", ",", "a:b:NoSchedule", "a=b", "/a:NoSchedule"),
    ),
    "--reserved-memory": (
        *("0:memory=1Gi", "0:memory=1Gi,hugepages-2Mi=2Mi", "0:memory=1Gi;1:memory=1Gi", "0:cpu=1", "memory=1Gi", "x:memory=1Gi", ""),
        *("0:memory", "0:memory=x", "0:memory=1Gi;", ";", "0:", "0:memory=1Gi,", "-1:memory=1Gi", "0:memory=1=2", "0x1:memory=1Gi"),
    ),
}
FEW = 3
"""Values for all flags of a type but the first, which gets every one."""


def told(version: str, *words: str) -> bool:
    """Whether it is told that this kubelet ends at a word."""
    parsed = parse_kubelet_version(version)
    return any(texts_that_stop(KubeletEnd(parsed, (CATALOG.builds(parsed)[0],)), CATALOG.options(), words))


def ends(program: Path, *words: str) -> bool:
    done = subprocess.run([program, *words, "--version"], capture_output=True, text=True, timeout=60, check=False)
    return not done.stdout.startswith("Kubernetes v")


def program_of(version: str) -> Path:
    program = found(version)
    if program is None:
        pytest.skip(f"kubelet {version} is not built: python -m tests.lab.kubelets {version}")
    return program


def asked(version: str) -> Iterator[str]:
    """Each flag of a minor with values of its type."""
    options, minor, met = CATALOG.options(), parse_kubelet_version(version).minor, set[str]()
    for flag in options.flags:
        state = options.flag(flag, minor)
        if state is None or not state.type or flag in ("--help", "--version", "--feature-gates"):
            continue
        values = OF_ONE.get(flag) or BY_TYPE[state.type]
        few = values[-FEW:] if state.type in met else values
        met.add(state.type)
        yield from (f"{flag}={value}" for value in few)


def test_every_type_is_tried() -> None:
    types = {one.type for states in CATALOG.options().flags.values() for one in states if not one.gone} - {""}
    assert types == set(BY_TYPE)


@pytest.mark.parametrize("version", VERSIONS)
def test_values_that_are_not_understood_end_it_and_no_others(version: str) -> None:
    program, words = program_of(version), list(asked(version))
    assert len(words) > 500
    assert [word for word in words if ends(program, word) is not told(version, word)] == []
    assert sum(told(version, word) for word in words) > 150


@pytest.mark.parametrize("value", ["", "A=true", "A", "AllAlpha=maybe", "AllAlpha=true,,AllBeta=false", "AllAlpha", "AllAlpha= t"])
@pytest.mark.parametrize("version", VERSIONS)
def test_gates_that_are_no_pairs_end_it(version: str, value: str) -> None:
    """A gate that it has not it finds only later."""
    assert ends(program_of(version), f"--feature-gates={value}") is told(version, f"--feature-gates={value}")


@pytest.mark.parametrize("words", [("--max-pods", "ten"), ("--max-pods", "5"), ("--max-pods", "--v=2"), ("--fail-swap-on",)], ids=" ".join)
@pytest.mark.parametrize("version", VERSIONS)
def test_the_word_behind_is_the_value(version: str, words: tuple[str, ...]) -> None:
    assert ends(program_of(version), *words) is told(version, *words)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_switch_takes_no_word_behind_it(version: str) -> None:
    """It is a command, then, and kubelets have none."""
    words = ("--fail-swap-on", "false")
    said = subprocess.run([program_of(version), *words, "--max-pods=-1"], capture_output=True, text=True, timeout=60, check=False)
    assert "unknown command" in said.stdout + said.stderr
    assert told(version, *words)
