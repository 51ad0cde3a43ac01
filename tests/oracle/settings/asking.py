"""What is asked of settings that a kubelet parses when it starts: amounts, shares and durations of evictions, of what is reserved, and more.

`python -m tests.oracle.settings.asking VERSION…` asks the real code and writes tests/goldens/settings.json: of each version a digit per
question, 1 where it is refused.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.oracle.settings.real import Settings

FILE = Path(__file__).parents[2] / "goldens" / "settings.json"
AMOUNTS = (
    *("5%", "150%", "100%", "100.5%", "0%", "0.0%", "+5%", "-5%", "05%", ".5%", "5.%", "1e1%", "1e3%", "%", "5 %", "5%%", "1_0%"),
    *("0", "0Mi", "-1", "-0", "+1", "1", "1Gi", "1.5Gi", "1.5e3", "1E3", "1e", "1m", "1n", ".5", "5.", "x", "", " 1", "1 ", "1Kib", "1k"),
    *("0x10", "1ki", "00", "0.0", "0e9", "-0.0", "12345678901234567890123", "0.0000000001", "٥", "٥%", "5%!", "1/2", "(1)"),
)
LENGTHS = (
    "x",
    "5",
    "0",
    "0s",
    "-1m",
    "+1m30s",
    "1h",
    "1.5h",
    "1d",
    "",
    ".5s",
    "1.s",
    "1m 30s",
    "1us",
    "1µs",
    "1ms1ns",
    "00s",
    "+-1s",
    "9e9s",
)
SIGNALS = (
    *(
        "memory.available",
        "allocatableMemory.available",
        "nodefs.available",
        "nodefs.inodesFree",
        "imagefs.available",
        "imagefs.inodesFree",
    ),
    *("containerfs.available", "containerfs.inodesFree", "pid.available", "allocatableNodeFs.available", "memory.free", "memory", ""),
    *("Memory.available", "rootfs.available", "memory.available "),
)
RESOURCES = ("cpu", "memory", "ephemeral-storage", "pid", "pids", "storage", "cpus", "hugepages-2Mi", "", "CPU")
SUITES = (
    *(
        "TLS_AES_128_GCM_SHA256",
        "TLS_RSA_WITH_AES_128_CBC_SHA",
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        "TLS_FOO",
        "",
        "tls_aes_128_gcm_sha256",
    ),
    *(
        "TLS_RSA_WITH_RC4_128_SHA",
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305",
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
        "TLS_FALLBACK_SCSV",
    ),
)
VERSIONS = ("", "VersionTLS10", "VersionTLS11", "VersionTLS12", "VersionTLS13", "VersionTLS14", "TLS12", "versiontls12")
SYSCTLS = (
    *(
        "net.*",
        "net.core.somaxconn",
        "net/core/somaxconn",
        "kernel.msg*",
        "kernel.sem",
        "kernel.shm_rmid_forced",
        "kernel.*",
        "vm.swappiness",
    ),
    *(
        "fs.mqueue.*",
        "fs.mqueue.msg_max",
        "fs.file-max",
        "net",
        "netx.a",
        "*",
        "kernel.msgmax",
        "kernel/sem",
        "kernel.semx",
        "fs.mqueue",
        "net.",
    ),
)
SERVED = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
"""Without it the server refuses a list that is parsed: that is asked elsewhere."""


def questions() -> Iterator[dict[str, Any]]:
    """Configurations that have nothing else."""
    grace = {"evictionSoftGracePeriod": {"memory.available": "1m"}}
    for amount in AMOUNTS:
        yield {"evictionHard": {"memory.available": amount}}
        yield {"evictionSoft": {"memory.available": amount}, **grace}
        yield {"evictionMinimumReclaim": {"memory.available": amount}}
        yield {"kubeReserved": {"memory": amount}}
        yield {"systemReserved": {"cpu": amount}}
    for length in LENGTHS:
        yield {"evictionSoftGracePeriod": {"memory.available": length}}
        yield {"evictionSoftGracePeriod": {"memory.available": length}, "evictionSoft": {"memory.available": "5%"}}
    for signal in SIGNALS:
        yield {"evictionHard": {signal: "5%"}}
        yield {"evictionSoft": {signal: "5%"}, "evictionSoftGracePeriod": {signal: "1m"}}
        yield {"evictionSoft": {signal: "5%"}}
        yield {"evictionSoft": {signal: "5%"}, **grace}
        yield {"evictionSoftGracePeriod": {signal: "1m"}}
        yield {"evictionMinimumReclaim": {signal: "5%"}}
        yield {"evictionHard": {"memory.available": "5%", signal: "5%"}}
    yield {"evictionSoft": {"memory.available": "5%", "nodefs.available": "0%"}, **grace}
    for name in RESOURCES:
        yield {"kubeReserved": {name: "1"}}
        yield {"systemReserved": {name: "1", "memory": "1Gi"}}
    for suite in SUITES:
        yield {"tlsCipherSuites": [SERVED, suite]}
    for version in VERSIONS:
        yield {"tlsMinVersion": version}
    for sysctl in SYSCTLS:
        yield {"allowedUnsafeSysctls": [sysctl]}
        yield {"allowedUnsafeSysctls": ["net.*", sysctl]}


def asked() -> str:
    """A digest of all that is asked."""
    return hashlib.sha256(json.dumps(list(questions())).encode()).hexdigest()[:12]


def answers(version: str) -> str:
    """A digit for each question: 1 where the real code refuses it."""
    with Settings(version) as real:
        return "".join(str(int(bool(real.refuses(one)))) for one in questions())


def main() -> int:
    """Writes the goldens, of these versions and those that it has."""
    known = json.loads(FILE.read_bytes()) if FILE.exists() else {"answers": {}}
    for version in dict.fromkeys((*known["answers"], *sys.argv[1:])):
        known["answers"][version] = answers(version)
    FILE.write_text(json.dumps({"asked": asked(), "answers": known["answers"]}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
