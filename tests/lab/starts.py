"""Real kubelets, started on state files and settings that they take or refuse: ``python -m tests.lab.starts VERSION… > FILE``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests import statefiles
from tests.lab import player, running
from tests.lab.kubelets import parts
from tests.lab.player import Json
from upgradecheck.model.statefiles import StateName

DEVICES_LOST = "Continue after failing to read checkpoint file"


@dataclass(frozen=True, slots=True)
class Start:
    """One start: what it is about, the state files by name, and what its configuration says beside the lab's."""

    about: str
    files: Mapping[str, str] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)

    @property
    def asked(self) -> Json:
        """As JSON."""
        return {"about": self.about, "files": dict(self.files), "config": dict(self.config)}


def starts(version: str) -> Iterator[Start]:
    """What is tried with a kubelet of this version."""
    minor, _ = parts(version)
    yield Start("nothing is there")
    yield from _of_cpus()
    yield from _of_devices()
    if minor >= 22:
        yield from _of_memory()
    if minor >= 31:
        yield from _of_claims({"featureGates": {"DynamicResourceAllocation": True}} if minor < 34 else {})
    if minor >= 28:
        yield from _of_allocations(minor)
    if minor >= 35:
        yield Start("cgroup v1, and nothing lets it", config={"failCgroupV1": None})
        yield Start("cgroup v1 is let", config={"failCgroupV1": False})
    for number, config in enumerate(settings(minor)):
        yield Start(f"settings, {number}: {', '.join(config)}", config=config)


def settings(minor: int) -> Iterator[Json]:
    """What a configuration may say that no validation of the configuration looks at, but what a kubelet does with it."""
    grace = {"evictionSoftGracePeriod": {"memory.available": "1m"}}
    for share in ("5%", "150%", "100%", "100.5%", "0", "0Mi", "-1", "1Gi", "x", "0%"):
        yield {"evictionHard": {"memory.available": share}}
    yield {"evictionHard": {"memory.free": "5%"}}
    yield {"evictionHard": {"memory.available": None}}
    yield {"evictionSoft": {"memory.available": "5%"}}
    yield {"evictionSoft": {"memory.available": "5%"}, **grace}
    yield {"evictionSoft": {"memory.available": "5%", "nodefs.available": "10%"}, **grace}
    yield {"evictionSoft": {"memory.available": "5%", "nodefs.available": "0%"}, **grace}
    for share in ("5%", "0%", "0", "-1", "1Gi", "x", "1.5e3", "+5%"):
        yield {"evictionMinimumReclaim": {"memory.available": share}}
    yield {"evictionMinimumReclaim": {"memory.free": "1Gi"}}
    for length in ("x", "5", "0", "-1m", "+1m30s"):
        yield {"evictionSoftGracePeriod": {"memory.available": length}}
    yield {"evictionSoftGracePeriod": {"memory.free": "1m"}}
    for suite in ("TLS_FOO", "TLS_RSA_WITH_RC4_128_SHA", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"):
        yield {"tlsCipherSuites": [suite]}
    for version in ("VersionTLS12", "TLS12"):
        yield {"tlsMinVersion": version}
    for sysctls in (["net.*", "kernel.msg*"], ["kernel.sem"], ["vm.swappiness"], ["kernel.*"], ["net.core.somaxconn", "fs.mqueue.msg_max"]):
        yield {"allowedUnsafeSysctls": sysctls}
    for kept in ({"cpu": "1"}, {"cpus": "1"}, {"memory": "1"}, {"memory": "x"}, {"cpu": "-1"}, {"storage": "1Gi"}, {"pid": "100"}):
        yield {"kubeReserved": kept}
        yield {"systemReserved": kept}
    for policy in ("none", "None", "dynamic", "static"):
        yield {"cpuManagerPolicy": policy}
    yield {"cpuManagerPolicy": "static", "reservedSystemCPUs": "0"}
    if minor >= 22:
        for policy in ("None", "none", "Static"):
            yield {"memoryManagerPolicy": policy}
    for form in ("text", "json", "xml"):
        yield {"logging": {"format": form}}
    if minor >= 25:
        yield {"logging": {"format": "json", "vmodule": [{"filePattern": "a", "verbosity": 5}]}}
        yield {"logging": {"format": "text", "vmodule": [{"filePattern": "a", "verbosity": 5}]}}
        yield {"logging": {"options": {"json": {"splitStream": True}}}}
        yield {"logging": {"options": {"json": {"infoBufferSize": "1Ki"}}}}
    if minor >= 30:
        yield {"logging": {"options": {"text": {"splitStream": True}}}}
        yield {"logging": {"options": {"text": {"infoBufferSize": "1Ki"}}}}
    for share in ("150%", "100%"):
        yield {"evictionHard": {"nodefs.available": share}}
    yield {"evictionHard": {"imagefs.available": "150%"}}
    yield {"featureGates": {"NoSuchGate": None}}


def _of_cpus() -> Iterator[Start]:
    good = statefiles.cpus("none", "").decode()
    held = statefiles.cpus("static", "0", {"pod-a": {"app": "1"}}).decode()
    for about, content in (
        ("as written", good),
        ("as 1.12 to 1.17 write it", statefiles.cpus("none", "", v1=True).decode()),
        ("with a container that is gone, as 1.12 to 1.17 write it", statefiles.cpus("none", "", {"abc": "1"}, v1=True).decode()),
        ("as 1.37 writes it", statefiles.cpus_v4("none", "").decode()),
        ("of another policy", held),
        ("changed", good.replace("none", "nona")),
        ("without a checksum", '{"policyName":"none","defaultCpuSet":""}'),
        ("of another policy, without a checksum", '{"policyName":"static","defaultCpuSet":""}'),
        ("empty", ""),
        ("cut off", good[:-9]),
        ("null", "null"),
    ):
        yield Start(f"CPUs: {about}", {StateName.CPUS.value: content})


def _of_memory() -> Iterator[Start]:
    good = statefiles.memory("None").decode()
    for about, content in (
        ("as written", good),
        ("of another policy", statefiles.memory("Static", [0]).decode()),
        ("changed", good.replace("None", "Nona")),
        ("without a checksum", '{"policyName":"None","machineState":{}}'),
        ("empty", ""),
    ):
        yield Start(f"memory: {about}", {StateName.MEMORY.value: content})


def _of_devices() -> Iterator[Start]:
    for about, content in (
        ("by NUMA node", statefiles.devices({"0": ["0"], "10": ["1"], "2": []}).decode()),
        ("as up to 1.19", statefiles.devices(["0"]).decode()),
        ("empty", ""),
    ):
        yield Start(f"devices: {about}", {StateName.DEVICES.value: content})


def _of_claims(config: Json) -> Iterator[Start]:
    for about, content in (
        ("as written", statefiles.claims().decode()),
        ("as up to 1.30", '{"version":"v1","entries":[],"checksum":12}'),
        ("empty", ""),
    ):
        yield Start(f"claims: {about}", {StateName.CLAIMS.value: content}, config)


def _of_allocations(minor: int) -> Iterator[Start]:
    on, off = ({"featureGates": {"InPlacePodVerticalScaling": value}} for value in (True, False))
    locked = minor >= 35
    for name in (StateName.STATUSES, StateName.ALLOCATED, StateName.ACTUATED):
        for about, content in (("as written", statefiles.resources().decode()), ("empty", ""), ("cut off", '{"data":"{}","check')):
            yield Start(f"{name.value}: {about}", {name.value: content}, {} if locked else on)
        if name is StateName.STATUSES and minor < 32:
            yield from (
                Start(f"{name.value} as up to 1.31: {about}", {name.value: content.decode()}, on) for about, content in _of_statuses()
            )
        if not locked:
            yield Start(f"{name.value}: empty, the gate is off", {name.value: ""}, off)


def _of_statuses() -> Iterator[tuple[str, bytes]]:
    amounts = {"cpu": "100m", "memory": "1Gi", "ephemeral-storage": "5e9", "example.com/gpu": "2"}
    yield "with amounts", statefiles.statuses(amounts)
    yield "of more than 64 bits", statefiles.statuses({"memory": "12345678901234567890123", "cpu": "-1500m"})
    yield "changed", statefiles.statuses(amounts).replace(b"100m", b"200m")
    yield "a zero that was none in memory", statefiles.statuses({"cpu": "100m", "memory": "0"}, {"cpu": "100m", "memory": None})
    yield "1000m in memory, written as 1", statefiles.statuses({"cpu": "1"}, {"cpu": "1000m"})
    yield "0.5 in memory, written as 500m", statefiles.statuses({"cpu": "500m"}, {"cpu": "0.5"})


def record(version: str) -> list[Json]:
    """What became of each start of a version's kubelet; builds it where it is not built. Needs root."""
    return player.record("tests.lab.starts", version)


def tried(one: Start, version: str, program: Path, setting: running.Setting) -> Json:
    player.furnish_root(setting)
    for name, content in one.files.items():
        ((player.DEVICES if name == StateName.DEVICES.value else setting.at / "root") / name).write_text(content)
    ended, said = player.started(version, program, setting, one.config, one.about)
    return {
        "version": version,
        **one.asked,
        "ended": ended,
        "devices_lost": DEVICES_LOST in said,
        "said": player.words(said) if ended else "",
    }


if __name__ == "__main__":
    player.main("tests.lab.starts", __doc__ or "")
