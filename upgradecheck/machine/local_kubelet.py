"""The kubelet of this machine, for ``--cri`` and ``--docker``: its process, or else the binary that its unit starts; its files.

Nothing here stops a plan: what cannot be found is said.
"""

from __future__ import annotations

import stat
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from msgspec.structs import replace

from upgradecheck.decode.kubelet.dropins import FileSettings
from upgradecheck.decode.kubelet.flags import last
from upgradecheck.entry import read_file
from upgradecheck.machine.credential_providers import provider_texts
from upgradecheck.machine.errors import KubeletNotFound, VersionNotTold
from upgradecheck.machine.kubelet_settings import file_settings, inside, refused_file, stopped_settings
from upgradecheck.machine.kubelet_unit import unit_command
from upgradecheck.machine.node import Machine, boot_id, has_cgroup_v1, this_node, wall_boot_time
from upgradecheck.machine.processes import command_line, since_boot_ms
from upgradecheck.machine.recognising import recognised
from upgradecheck.machine.running_kubelets import container_of, running_kubelets
from upgradecheck.machine.statefiles import state_files_in
from upgradecheck.machine.subordinate import pod_mappings, subordinate_ids
from upgradecheck.machine.which_kubelet import FoundKubelet, find_binary, find_kubelet
from upgradecheck.model.config import KubeletConfig
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.here import LocalKubelet
from upgradecheck.model.statefiles import StateFile
from upgradecheck.model.times import SECOND, rfc3339
from upgradecheck.model.usernamespaces import PodMapping
from upgradecheck.model.version import KubeletVersion

_USUAL_CONFIG = "/var/lib/kubelet/config.yaml"
"""Where kubeadm puts it; read where neither a process nor a unit says another place."""

_LARGEST_ENVIRONMENT = 4 << 20
_USUAL_DIRECTORY = "/var/lib/kubelet"
"""Where a kubelet keeps what it needs, unless --root-dir says otherwise."""

_UNREADABLE = "the kubelet's configuration file cannot be read; run as root, or give it with -f"
_REFUSED = "its configuration, {}, cannot be understood; give what it will be started with (--to-config)"
_NOT_SEEN = (
    f"how its kubelet is started is not seen: no unit kubelet.service is here and no {_USUAL_CONFIG}; give its configuration with -f"
)
_NOT_TOLD = "which kubelet runs here cannot be told, so its {} are not seen"
_PODS_NOT_SEEN = "where its static pods are is not seen, either: give them with --static-pods"
_UNIT_UNREAD = "what its unit, kubelet.service, starts the kubelet with is not understood; give its configuration with -f"
_PODS_UNREAD = "where its static pods are is not understood from its unit, kubelet.service: give them with --static-pods"
_INSIDE = "cannot be seen, since the kubelet is a part of {}; give them with"


def local_kubelet(machine: Machine | None = None) -> LocalKubelet:
    """What this machine tells of its kubelet."""
    machine = machine or Machine()
    try:
        return _running(machine, find_kubelet(machine, patience=0))
    except VersionNotTold as error:
        why = str(error).splitlines()[0]
        return _stopped(machine, why) if container_of(machine, error.pid) else _unasked(machine, error.pid, why)
    except KubeletNotFound as error:
        return _stopped(machine, str(error).splitlines()[0])


def _running(machine: Machine, found: FoundKubelet) -> LocalKubelet:
    start, process = found.start, machine.proc / str(found.pid)
    within = f", inside {found.inside}" if found.inside else ""
    bare = LocalKubelet(
        name=this_node(machine, None, found.command_line).name,
        boot_id=start.boot_id,
        version=start.kubelet_version,
        runs=True,
        cgroup_v1=has_cgroup_v1(machine),
        started_at=start.start_time,
        since_boot_ms=start.since_boot_ms,
        container=container_of(machine, found.pid),
        told=f"process {found.pid} on this machine (running since {rfc3339(start.start_time // SECOND * SECOND)}{within})",
    )
    if found.inside:
        return _unseen(_with_ids(bare, process, machine), found.inside)
    return _with_settings(replace(bare, command_line=found.command_line), found.settings, process, machine)


def _unasked(machine: Machine, pid: int, why: str) -> LocalKubelet:
    """One that runs, and may not be asked for its version. Its root cannot be seen either: its files are those of the machine's own."""
    words, since_boot, boot_time = command_line(machine, pid), since_boot_ms(machine, pid), wall_boot_time()
    started_at = boot_time + since_boot * 1_000_000
    bare = LocalKubelet(
        name=this_node(machine, None, words).name,
        boot_id=boot_id(machine),
        why_unknown=why,
        runs=True,
        cgroup_v1=has_cgroup_v1(machine),
        started_at=started_at,
        since_boot_ms=since_boot,
        told=f"process {pid} on this machine (running since {rfc3339(started_at // SECOND * SECOND)})",
        command_line=words,
    )
    return _with_settings(bare, stopped_settings(words, machine.root), None, machine)


def _stopped(machine: Machine, why: str) -> LocalKubelet:
    command = None if running_kubelets(machine) else unit_command(machine.root)
    words = () if command is None else tuple(word.text for word in command.words)
    bare = LocalKubelet(this_node(machine, None, words).name, boot_id(machine), why_unknown=why, cgroup_v1=has_cgroup_v1(machine))
    if running_kubelets(machine):  # which is it, or what is it: a file on the disk does not tell
        return replace(
            bare, config_problem=_NOT_TOLD.format("configuration and gates"), static_pods_problem=_NOT_TOLD.format("static pods")
        )
    setup = recognised(machine)
    if setup is not None and setup.distribution.inside:  # a kubelet.service beside it may be what is left of another
        bare = _with_ids(bare, None, machine)
        return _unseen(bare if (binary := find_binary(machine)) is None else _of_binary(bare, *binary), setup.distribution.name)
    binary = None if command is not None and command.image else find_binary(machine)  # one in a container has it from its image
    known = bare if binary is None else _of_binary(bare, *binary)
    if command is None:
        return _unstarted(known, machine)
    if command.problem or command.unknown or command.open or command.values:
        return replace(known, config_problem=_UNIT_UNREAD, static_pods_problem=_PODS_UNREAD)
    return _with_settings(replace(known, command_line=words), stopped_settings(words, machine.root), None, machine)


def _unstarted(known: LocalKubelet, machine: Machine) -> LocalKubelet:
    """One that no unit of its own starts: of a distribution that has it inside its program, or of nobody knows what."""
    try:
        settings = FileSettings(file_settings(machine.root / _USUAL_CONFIG.lstrip("/")))
    except FileNotFoundError:
        bare = _with_settings(known, FileSettings(), None, machine)
        return replace(bare, config=None, config_problem=_NOT_SEEN, static_pods_problem=_PODS_NOT_SEEN)
    except (OSError, ValueError, SpecRefused):
        return _with_settings(known, None, None, machine)
    return _with_settings(known, settings, None, machine)


def _unseen(bare: LocalKubelet, carrier: str) -> LocalKubelet:
    """A kubelet inside a program, whose command line nobody can see."""
    unseen = _INSIDE.format(carrier)
    return replace(
        bare, config_problem=f"its configuration and its gates {unseen} -f", static_pods_problem=f"its static pods {unseen} --static-pods"
    )


def _of_binary(bare: LocalKubelet, path: str, version: KubeletVersion) -> LocalKubelet:
    return replace(bare, version=version, told=f"{path} on this machine (not running)")


def _with_settings(bare: LocalKubelet, settings: FileSettings | None, process: Path | None, machine: Machine) -> LocalKubelet:
    bare = replace(bare, providers=provider_texts(bare.command_line, lambda path: _at(path, process, machine)))
    if settings is None:
        refused = refused_file(bare.command_line, process, machine.root)
        problem = _REFUSED.format(refused) if refused else _UNREADABLE
        return replace(bare, config_problem=problem, config_refused=bool(refused))
    config = settings.config()
    place, problem = _static_pods(config, process, machine)
    bare = replace(_with_ids(bare, process, machine), state_files=_state_files(bare.command_line, process, machine))
    endpoint = config.runtime_endpoint if bare.runs else None
    return replace(bare, config=config, endpoint=endpoint or None, static_pods=place, static_pods_problem=problem)


def _static_pods(config: KubeletConfig, process: Path | None, machine: Machine) -> tuple[str | None, str]:
    """Where the manifests stand, or why they are not read."""
    if any(one.static_pod_url for one in config.each()):
        return None, "the kubelet takes static pods from a URL too: give all of its manifests with --static-pods"
    path = config.static_pod_path
    if any(one.static_pod_path != path for one in config.each()):
        return None, "whether the kubelet has a static pod path hangs on what it takes null in a drop-in for: give it with --static-pods"
    if not path:
        return None, ""
    if not path.startswith("/"):
        return None, "the kubelet's static pod path is a relative one: give it with --static-pods"
    seen = _seen_from_here(path, process, machine)
    try:
        next(iter(seen.iterdir()), None) if stat.S_ISDIR(seen.stat().st_mode) else seen.open("rb").close()
    except FileNotFoundError:
        return None, f"the kubelet's static pod path {path} is not there"
    except OSError as error:
        return None, f"the kubelet's static pod path {path} cannot be read ({error.strerror}): run as root, or give it with --static-pods"
    return str(seen), ""


def _state_files(command_line: Sequence[str], process: Path | None, machine: Machine) -> tuple[StateFile, ...]:
    """What its directory holds of them; nothing where that is not there, or may not be read."""
    directory = last(command_line, "root-dir") or _USUAL_DIRECTORY
    try:
        return state_files_in(_seen_from_here(directory, process, machine), directory) if directory.startswith("/") else ()
    except OSError:
        return ()


def _with_ids(bare: LocalKubelet, process: Path | None, machine: Machine) -> LocalKubelet:
    """With what there is of IDs for user namespaces, as that process sees it."""
    seen = subordinate_ids(_seen_from_here("/", process, machine), None if process is None else _path_of(process))
    return replace(bare, subordinate=seen, mappings=_mappings(bare.command_line, process, machine))


def _mappings(command_line: Sequence[str], process: Path | None, machine: Machine) -> tuple[PodMapping, ...]:
    directory = last(command_line, "root-dir") or _USUAL_DIRECTORY
    return tuple(pod_mappings(_seen_from_here(directory, process, machine), directory)) if directory.startswith("/") else ()


def _path_of(process: Path) -> str | None:
    """Where a process looks for programs; None where that cannot be told."""
    with suppress(OSError):
        for one in read_file(process / "environ", _LARGEST_ENVIRONMENT).split(b"\0"):
            if one.startswith(b"PATH="):
                return one[5:].decode(errors="replace")
    return None


def _at(path: str, process: Path | None, machine: Machine) -> Path:
    """The same, of one that may be relative: it counts from where the process stands, or from the root."""
    return inside(process, path) if process is not None and not path.startswith("/") else _seen_from_here(path, process, machine)


def _seen_from_here(path: str, process: Path | None, machine: Machine) -> Path:
    """A path of the kubelet's; by way of its process only where that has another root."""
    here = machine.root / path.lstrip("/")
    try:
        return here if process is None or (process / "root").samefile(machine.root) else inside(process, path)
    except OSError:
        return here
