"""What real kubelets make of values of flags, by what takes them: ``python -m tests.lab.flags VERSION… > tests/goldens/flag-values.json``.

A kubelet reads its flags before it prints its version: a start is over at once, and touches nothing.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.builders import CATALOG
from tests.lab.kubelets import kubelet
from upgradecheck.decode.kubelet.version import parse_kubelet_version

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
    **dict.fromkeys(("int", "int32", "int64", "uint64"), NUMBERS + LARGE),
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
    "TaintsWithValueVar": (),
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


def ends(program: Path, *words: str) -> bool:
    """Whether a kubelet ends at words before it prints its version."""
    done = subprocess.run([program, *words, "--version"], capture_output=True, text=True, timeout=60, check=False)
    return not done.stdout.startswith("Kubernetes v")


def tried(version: str) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Each flag of a minor whose type is known, with that and values of it. Gates are looked at otherwise: one may be none of this minor."""
    options, minor, met = CATALOG.options(), parse_kubelet_version(version).minor, set[str]()
    for flag in options.flags:
        state = options.flag(flag, minor)
        if state is None or not state.type or flag in ("--help", "--version", "--feature-gates"):
            continue
        values = OF_ONE.get(flag) or BY_TYPE[state.type]
        yield flag, state.type, values[-FEW:] if state.type in met else values
        met.add(state.type)


def record(version: str) -> dict[str, Any]:
    """By type, the flag that was asked, and which values its kubelet took."""
    program, found = kubelet(version), dict[str, Any]()
    for flag, type_, values in tried(version):
        if type_ not in found:
            refused = [value for value in values if ends(program, f"{flag}={value}")]
            found[type_] = {"flag": flag, "taken": [value for value in values if value not in refused], "refused": refused}
    return found


if __name__ == "__main__":
    json.dump({version: record(version) for version in sys.argv[1:]}, sys.stdout, indent=1, ensure_ascii=False)
    sys.stdout.write("\n")
