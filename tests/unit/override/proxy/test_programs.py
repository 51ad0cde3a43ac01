"""A kubelet that comes back is shown its own map by the proxy itself: this process stands for one, by its own program."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest

from tests.unit.override.proxy.runtime import Running, called, proxy_of
from tests.unit.override.proxy.samples import C1, HASH, container, override, saved_plan
from tests.unit.override.proxy.test_proxy import V1, says
from upgradecheck.decode.runtime.protowire import chunk
from upgradecheck.override.proxy.programs import Programs, maps_beside, name_of

RECORDED, OWN, STANDING = "c18c318c", "11111111", "22222222"


def _shown(running: Running) -> str:
    """The hash that this process is shown, which the runtime records as RECORDED."""
    running.runtime.script[V1 + "ListContainers"] = says(chunk(1, container(9, C1, (HASH, RECORDED))))
    raw = called(running.proxied, V1 + "ListContainers", [b""], many=(False, False)).messages[0]
    return next(one for one in (RECORDED, OWN, STANDING) if one.encode() in raw.replace(RECORDED.encode(), b"", 1))


def _kept(plan: Path, name: str, after: str | None) -> None:
    folder = Path(maps_beside(str(plan)))
    folder.mkdir(mode=0o700, exist_ok=True)
    (folder / name).write_text(saved_plan({} if after is None else {C1: override(RECORDED, after)}))


OTHERS = f"{'0' * 8}-{'0' * 64}.json"


@pytest.mark.parametrize(
    ("own", "others", "expected"),
    [
        pytest.param(OWN, STANDING, OWN, id="what stands was made for another"),
        pytest.param(OWN, None, STANDING, id="what stands was put there by hand"),
        pytest.param("", STANDING, RECORDED, id="its own overrides nothing"),
        pytest.param(None, STANDING, STANDING, id="it has none"),
    ],
)
def test_whoever_comes_back_is_shown_its_own(tmp_path: Path, own: str | None, others: str | None, expected: str) -> None:
    tmp_path.chmod(0o700)
    if own is not None:
        _kept(tmp_path / "plan.json", name_of("/proc/self/exe"), own or None)
    if others is not None:
        _kept(tmp_path / "plan.json", OTHERS, others)
    with proxy_of(tmp_path, {C1: override(RECORDED, STANDING)}) as running:
        assert _shown(running) == expected
        assert any("has a map of its own" in one for one in running.told) == (own is not None)


@pytest.mark.parametrize("spoil", ["damaged", "of others", "a directory of others"])
def test_what_cannot_be_trusted_is_not_shown(tmp_path: Path, spoil: str) -> None:
    tmp_path.chmod(0o700)
    plan, name = tmp_path / "plan.json", name_of("/proc/self/exe")
    _kept(plan, name, OWN)
    _kept(plan, OTHERS, STANDING)
    own = Path(maps_beside(str(plan)), name)
    if spoil == "damaged":
        own.write_text(own.read_text()[:-20])
    elif spoil == "of others":
        own.chmod(0o666)
    else:
        own.parent.chmod(0o777)
    with proxy_of(tmp_path, {C1: override(RECORDED, STANDING)}) as running:
        assert _shown(running) == STANDING


def test_whatever_goes_wrong_with_that_the_kubelet_has_its_runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o700)
    _kept(tmp_path / "plan.json", name_of("/proc/self/exe"), OWN)

    def fails(*_: object) -> str:
        raise MemoryError

    monkeypatch.setattr("upgradecheck.override.proxy.programs.name_of", fails)
    with proxy_of(tmp_path, {C1: override(RECORDED, STANDING)}) as running:
        assert _shown(running) == STANDING
        assert any("cannot be read (MemoryError); everybody is shown what stands" in one for one in running.told)


def test_a_program_is_read_only_where_one_of_its_size_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o700)
    read: list[str] = []

    def named(program: str) -> str:
        read.append(program)
        return name_of(sys.executable)

    monkeypatch.setattr("upgradecheck.override.proxy.programs.name_of", named)
    _kept(tmp_path / "plan.json", OTHERS, STANDING)
    programs, (ours, theirs) = Programs(str(tmp_path / "plan.json"), lambda _: None), socket.socketpair()
    with ours, theirs:
        assert (programs.of(ours), read) == (None, [])
        _kept(tmp_path / "plan.json", name_of(sys.executable), OWN)
        assert programs.of(ours) is not None
        assert programs.of(ours) is not None
    assert len(read) == 1, "and once"
