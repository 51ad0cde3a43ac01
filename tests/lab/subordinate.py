"""Real kubelets, started on a node's IDs for user namespaces, which they take or refuse: ``python -m tests.lab.subordinate VERSION… > FILE``.

As tests.lab.starts, but for what is looked at: a user ``kubelet``, what ``getsubids`` says of it, and the mappings that pods were given. The
user is added to a copy of /etc/passwd that is mounted over it, and the tool is a script in a folder of its own, all inside namespaces.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.lab import player, running
from tests.lab.kubelets import parts
from tests.lab.player import Json

PODS = 250
"""What the lab's kubelets have for maxPods."""
BLOCK = 65536
ENOUGH = f"0: kubelet {BLOCK} {BLOCK * PODS}\n"
GATE, LOCKED_SINCE = "UserNamespacesSupport", 36
WANTS_IT = "ProcMountType"
"""A gate that from 1.35 on does not go without the other."""
_PASSWD, _COPY = Path("/etc/passwd"), "passwd"
_UID = "11111111-2222-4333-8444-{:012d}"
_FAILED = "create user namespace manager: "


@dataclass(frozen=True, slots=True)
class Start:
    """One start. user: there is one called kubelet. uids, gids: what the tool prints of each, None where there is no tool; gids None: the
    same. mappings: the file of each pod."""

    about: str
    user: bool = False
    uids: str | None = None
    gids: str | None = None
    mappings: tuple[str, ...] = ()
    config: Mapping[str, Any] = field(default_factory=dict)
    gate: bool | None = True

    @property
    def asked(self) -> Json:
        """As JSON."""
        return {
            "about": self.about,
            "user": self.user,
            "uids": self.uids,
            "gids": self.uids if self.gids is None else self.gids,
            "mappings": list(self.mappings),
            "config": dict(self.config),
            "gate": self.gate,
        }


def mapping(host: int, length: int = BLOCK, *, container: int = 0, gids: int | None = None, times: int = 1) -> str:
    """A pod's file, as a kubelet writes it."""
    of = [{"hostId": host, "containerId": container, "length": length}] * times
    return json.dumps({"uidMappings": of, "gidMappings": [{**one, "hostId": host if gids is None else gids} for one in of]})


def starts(version: str) -> Iterator[Start]:
    """What is tried with a kubelet of this version."""
    minor, _ = parts(version)
    yield Start("nothing is there")
    yield Start("the gate is as it is by default, and the user has no tool", user=True, gate=None)
    yield Start("the user has no tool", user=True)
    yield from _of_pools()
    yield from _of_mappings()
    if minor < LOCKED_SINCE:
        yield Start("the gate is off, and the user has no tool", user=True, gate=False)
        yield Start("the gate is off, and a mapping is no JSON", mappings=("x",), gate=False)
    if minor >= 33:
        for ids in (BLOCK, 2 * BLOCK, 3 * BLOCK, 1 << 24, 1 << 25):
            yield Start(f"{ids} IDs a pod", config={"userNamespaces": {"idsPerPod": ids}})
        yield Start("fewer IDs a pod before", config={"userNamespaces": {"idsPerPod": 2 * BLOCK}}, mappings=(mapping(2 * BLOCK),))
        yield Start(
            "as many IDs a pod before", config={"userNamespaces": {"idsPerPod": 2 * BLOCK}}, mappings=(mapping(2 * BLOCK, 2 * BLOCK),)
        )
        twice = f"0: kubelet {2 * BLOCK} {2 * BLOCK * PODS}\n"
        yield Start("more IDs a pod, and enough", user=True, uids=twice, config={"userNamespaces": {"idsPerPod": 2 * BLOCK}})
        yield Start("more IDs a pod, and too few", user=True, uids=ENOUGH, config={"userNamespaces": {"idsPerPod": 2 * BLOCK}})


def _of_pools() -> Iterator[Start]:
    for about, uids, gids in (
        ("IDs for each pod", ENOUGH, None),
        ("IDs for all pods but one", f"0: kubelet {BLOCK} {BLOCK * (PODS - 1)}\n", None),
        ("more IDs than pods", f"0: kubelet {BLOCK * 7} {BLOCK * (PODS + 9)}\n", None),
        ("IDs as useradd gives them", f"0: kubelet 100000 {BLOCK}\n", None),
        ("a first ID between two blocks", f"0: kubelet 100000 {BLOCK * PODS}\n", None),
        ("a number of IDs that is no multiple", f"0: kubelet {BLOCK} {BLOCK * PODS + 1}\n", None),
        ("the host's IDs", f"0: kubelet 0 {BLOCK * PODS}\n", None),
        ("two ranges", f"{ENOUGH}1: kubelet {BLOCK * 1000} {BLOCK * PODS}\n", None),
        ("other IDs of groups", ENOUGH, f"0: kubelet {BLOCK * 2} {BLOCK * PODS}\n"),
        ("no IDs", "", None),
        ("IDs beyond 32 bits", f"0: kubelet {BLOCK} {1 << 32}\n", None),
    ):
        yield Start(about, user=True, uids=uids, gids=gids)
    yield Start("a tool, and no user", uids=f"0: kubelet 100000 {BLOCK}\n")


def _of_mappings() -> Iterator[Start]:
    for about, files in (
        ("a mapping", (mapping(BLOCK * 4),)),
        ("two mappings", (mapping(BLOCK * 4), mapping(BLOCK * 5))),
        ("a mapping of another length", (mapping(BLOCK * 4, BLOCK * 2),)),
        ("a mapping between two blocks", (mapping(BLOCK * 4 + 1),)),
        ("two pods with one mapping", (mapping(BLOCK * 4), mapping(BLOCK * 4))),
        ("a mapping of the host's IDs", (mapping(0),)),
        ("the last mapping", (mapping((1 << 32) - BLOCK),)),
        ("a mapping that is no JSON", ("{",)),
        ("a mapping that is empty", ("",)),
        ("a mapping of nothing", ("{}",)),
        ("a mapping twice", (mapping(BLOCK * 4, times=2),)),
        ("a mapping of other IDs of groups", (mapping(BLOCK * 4, gids=BLOCK * 5),)),
        ("a mapping that is not of root", (mapping(BLOCK * 4, container=1),)),
    ):
        yield Start(about, mappings=files)
    beyond = (mapping(BLOCK * (PODS + 1)),)
    yield Start("a mapping outside of the user's IDs", user=True, uids=ENOUGH, mappings=beyond)
    yield Start("the last mapping of the user's IDs", user=True, uids=ENOUGH, mappings=(mapping(BLOCK * PODS),))


def record(version: str) -> list[Json]:
    """What became of each start of a version's kubelet; builds it where it is not built. Needs root."""
    return player.record("tests.lab.subordinate", version)


def prepare(state: Path) -> None:
    """Mounts a copy of /etc/passwd over it, which has no such user."""
    passwd = state / _COPY
    _without_user(passwd)
    subprocess.run(["mount", "--bind", str(passwd), str(_PASSWD)], check=True)


def _without_user(passwd: Path) -> None:
    lines = [line for line in _PASSWD.read_text().splitlines() if not line.startswith("kubelet:")]
    passwd.write_text("\n".join(lines) + "\n")


def tried(one: Start, version: str, program: Path, setting: running.Setting) -> Json:
    """What became of one of these."""
    passwd = setting.at.parent / _COPY
    _without_user(passwd)
    if one.user:
        with passwd.open("a") as users:
            users.write("kubelet:x:64999:64999::/nonexistent:/usr/sbin/nologin\n")
    player.furnish_root(setting)
    for number, content in enumerate(one.mappings):
        folder = setting.at / "root" / "pods" / _UID.format(number)
        folder.mkdir(parents=True)
        (folder / "userns").write_text(content)
    settings = dict(one.config)
    if one.gate is not None and parts(version)[0] < LOCKED_SINCE:
        settings["featureGates"] = {GATE: one.gate} if one.gate else {GATE: False, WANTS_IT: False}
    environment = {**os.environ, "PATH": f"{_tool(setting.at / 'bin', one)}:{_path_without_tool(setting.at / 'usual')}"}
    ended, said = player.started(version, program, setting, settings, one.about, environment=environment)
    return {"version": version, **one.asked, "ended": ended, "said": _words(said) if ended else ""}


def _tool(folder: Path, one: Start) -> Path:
    """A folder with what stands for getsubids, if there is one: what it prints, or exit code 1 where it knows nothing."""
    folder.mkdir()
    if one.uids is not None:
        (folder / "u").write_text(one.uids)
        (folder / "g").write_text(one.uids if one.gids is None else one.gids)
        script = folder / "getsubids"
        script.write_text(f'#!/bin/sh\n[ "$1" = -g ] && of=g || of=u\n[ -s {folder}/$of ] || exit 1\nexec cat {folder}/$of\n')
        script.chmod(0o755)
    return folder


def _path_without_tool(folder: Path) -> Path:
    """A folder with all programs of the machine but the real tool."""
    folder.mkdir()
    for place in os.environ.get("PATH", os.defpath).split(":"):
        if not Path(place).is_dir():
            continue
        for program in Path(place).iterdir():
            if program.name != "getsubids" and not (folder / program.name).is_symlink():
                (folder / program.name).symlink_to(program)
    return folder


def _words(log: str) -> str:
    """The line that says why."""
    telling = [line for line in log.splitlines() if _FAILED in line]
    return (telling[-1].partition(_FAILED)[2] if telling else log.splitlines()[-1])[:200]


if __name__ == "__main__":
    player.main("tests.lab.subordinate", __doc__ or "")
