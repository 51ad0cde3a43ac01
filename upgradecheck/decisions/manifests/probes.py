"""Checks of probes and hooks. A minor that does not know a handler (grpc before 1.23, sleep before 1.29) drops it, and then misses one.

Mirrors validateHandler, validateProbe, validateLifecycle, validateStopSignal in pkg/apis/core/validation/validation.go.
"""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.decisions.manifests.checking import Complaint, FieldPlace, containers, spec_of
from upgradecheck.hashing.codecs import GoValue
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.manifests import ManifestRefusal
from upgradecheck.model.wording import count

_HANDLERS = {"Exec": "exec", "HTTPGet": "httpGet", "TCPSocket": "tcpSocket", "GRPC": "grpc", "Sleep": "sleep"}
_PROBES = (("LivenessProbe", "livenessProbe"), ("ReadinessProbe", "readinessProbe"), ("StartupProbe", "startupProbe"))
_HOOKS = (("PostStart", "postStart"), ("PreStop", "preStop"))
_NUMBERS = ("InitialDelaySeconds", "TimeoutSeconds", "PeriodSeconds", "SuccessThreshold", "FailureThreshold")
_PORTS = range(1, 65536)


def check_probes_and_hooks(pod: GoValue, build: KubeletBuild) -> Iterator[Complaint]:
    """Those of app containers and sidecars; other init containers may have none."""
    spec = spec_of(pod)
    for place in containers(spec):
        if place.is_init and not place.is_sidecar:
            yield from _not_for_init(place)
        else:
            yield from _hooks(place, spec, build)
            yield from _probes(place, build)


def _not_for_init(place: FieldPlace) -> Iterator[Complaint]:
    for field, key in (("Lifecycle", "lifecycle"), *_PROBES):
        if place.content.get(field) is not None:
            yield Complaint(f"{place.path}.{key}", "an init container that is no sidecar may not have it")


def _hooks(place: FieldPlace, spec: GoValue, build: KubeletBuild) -> Iterator[Complaint]:
    lifecycle = place.content.get("Lifecycle") or {}
    for field, key in _HOOKS:
        hook, path = lifecycle.get(field), f"{place.path}.lifecycle.{key}"
        if hook is not None:
            yield from _handler(hook, path)
            yield from _sleep(hook.get("Sleep"), f"{path}.sleep", spec, build)
    yield from _stop_signal(lifecycle.get("StopSignal"), f"{place.path}.lifecycle.stopSignal", spec)


def _handler(value: GoValue, path: str) -> Iterator[Complaint]:
    named = [key for field, key in _HANDLERS.items() if value.get(field) is not None]
    if not named:
        yield Complaint(path, "has no handler that this version knows")
    elif len(named) > 1:
        yield Complaint(f"{path}.{named[1]}", "a second handler beside another one")
    elif named == ["exec"] and not value["Exec"].get("Command"):
        yield Complaint(f"{path}.exec.command", "is empty")
    yield from _port(value, path)


def _port(value: GoValue, path: str) -> Iterator[Complaint]:
    for field, key in (("HTTPGet", "httpGet"), ("TCPSocket", "tcpSocket")):
        port = (value.get(field) or {}).get("Port")
        if value.get(field) is not None and (port is None or (not port.is_text and port.number not in _PORTS)):
            yield Complaint(f"{path}.{key}.port", "is no port")
    grpc = value.get("GRPC")
    if grpc is not None and grpc.get("Port", 0) not in _PORTS:
        yield Complaint(f"{path}.grpc.port", "is no port")


def _sleep(sleep: GoValue | None, path: str, spec: GoValue, build: KubeletBuild) -> Iterator[Complaint]:
    if sleep is None:
        return
    lowest = 1 if ManifestRefusal.HOOK_SLEEP_ZERO in build.manifests.refuses else 0
    if not lowest <= sleep.get("Seconds", 0) <= (spec.get("TerminationGracePeriodSeconds") or 0):
        yield Complaint(path, f"is not between {count(lowest, 'second')} and the grace period")


def _stop_signal(signal: bytes | None, path: str, spec: GoValue) -> Iterator[Complaint]:
    """Known from 1.33 on; what a signal is depends on the OS."""
    if signal is None:
        return
    system = (spec.get("OS") or {}).get("Name")
    if system is None:
        yield Complaint(path, "needs spec.os.name")
    elif signal not in (_WINDOWS_SIGNALS if system == b"windows" else _LINUX_SIGNALS):
        yield Complaint(path, "is no signal of this OS")


_WINDOWS_SIGNALS = frozenset({b"SIGKILL", b"SIGTERM"})
_LINUX_SIGNALS = frozenset(
    b"SIG" + name
    for name in (
        *b"ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV STKFLT STOP SYS TERM TRAP".split(),
        *b"TSTP TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ RTMIN RTMAX".split(),
        *(b"RTMIN+%d" % number for number in range(1, 16)),
        *(b"RTMAX-%d" % number for number in range(1, 15)),
    )
)


def _probes(place: FieldPlace, build: KubeletBuild) -> Iterator[Complaint]:
    for field, key in _PROBES:
        probe = place.content.get(field)
        if probe is not None:
            yield from _probe(probe, f"{place.path}.{key}", build, is_readiness=field == "ReadinessProbe")


def _probe(probe: GoValue, path: str, build: KubeletBuild, *, is_readiness: bool) -> Iterator[Complaint]:
    yield from _handler(probe, path)
    for field in _NUMBERS:
        if probe.get(field, 0) < 0:
            yield Complaint(f"{path}.{field[0].lower()}{field[1:]}", "is negative")
    grace = probe.get("TerminationGracePeriodSeconds")
    if is_readiness and grace is not None:
        yield Complaint(f"{path}.terminationGracePeriodSeconds", "a readiness probe may not have it")
    elif grace is not None and grace <= 0 and ManifestRefusal.PROBE_GRACE_ZERO in build.manifests.refuses:
        yield Complaint(f"{path}.terminationGracePeriodSeconds", "is not above zero")
    if not is_readiness and probe.get("SuccessThreshold", 0) != 1:
        yield Complaint(f"{path}.successThreshold", "is not 1")
