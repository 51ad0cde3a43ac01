"""``override hold``: what is held at a start of the kubelet, and that nothing is where anything is not as it must be."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from upgradecheck.commands import hold as holding_at_start
from upgradecheck.commands import hold_by_proxy, holding
from upgradecheck.commands.hold import By, Held, HoldRequest, OutOfTime, hold
from upgradecheck.commands.hold_by_proxy import ByProxy
from upgradecheck.commands.holding import Holdable, NothingRestarts, NothingToHold, Wanted, as_json, candidates, in_words, served
from upgradecheck.commands.plan import PlanRequest, make_plan
from upgradecheck.contract.v1.plan_digest import plan_digest
from upgradecheck.contract.v1.plan_reading import overrides_of
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.machine.node import Machine
from upgradecheck.machine.runtime import Host
from upgradecheck.model.checkpoint import Checkpoint, KubeletStart, Loaded, NodeIdentity
from upgradecheck.model.config import KubeletConfig
from upgradecheck.model.errors import InputError
from upgradecheck.model.hash import Hash
from upgradecheck.model.here import LocalKubelet
from upgradecheck.model.override import Override, OverrideMap, Rewrite
from upgradecheck.model.plan import Finding, ObjectRef, Plan, Severity, Verdict
from upgradecheck.model.pod import Absent, ContainerRecord, Origin, Recorded, RunState
from upgradecheck.override.hold.place import LAST, keep, kept
from upgradecheck.override.hold.standing_proxy import StandingProxy, proxy_of
from upgradecheck.planning.overriding import IN_FORCE
from upgradecheck.sources.node import NodeRecords

NEW = parse_kubelet_version("v1.31.0")


@pytest.fixture(scope="module")
def plan() -> Plan:
    made = make_plan(PlanRequest(example=True, to_version="1.31.0", override=True))
    assert made.overrides, "the example has something to hold"
    return made


@pytest.fixture
def node(tmp_path: Path, plan: Plan, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A node where all is as it must be: the kubelet held back, a proxy with an empty map that shows at once what is put in place."""
    place = tmp_path / "hold"
    place.mkdir(mode=0o700)
    tmp_path.chmod(0o700)
    keep(str(place / "map.json"), as_json(_without(plan)))
    proxy = StandingProxy("/run/p.sock", "/run/c.sock", str(place / "map.json"))
    monkeypatch.setattr(holding_at_start, "why_not_held_back", lambda host, pid, seconds: None)
    kubelet = LocalKubelet("node-1", version=NEW, config=KubeletConfig(), command_line=("kubelet",), told="x")
    monkeypatch.setattr(holding_at_start, "known_kubelet", lambda host, running: kubelet)
    monkeypatch.setattr(
        holding_at_start, "_way", lambda request, host, kubelet: ByProxy(request, proxy, f"1-{kubelet.version.release}.json")
    )
    monkeypatch.setattr(holding_at_start, "_journals", lambda directory: iter(()))
    monkeypatch.setattr(holding_at_start, "holdable", lambda wanted: Holdable("1.30.14", plan, ()))
    monkeypatch.setattr(hold_by_proxy, "require_something_runs", lambda runtime: None)
    monkeypatch.setattr(hold_by_proxy, "not_shown", lambda wanted, before, proxy: 0)
    return place


def _without(plan: Plan) -> Plan:
    return replace(plan, overrides={}, plan_hash=plan_digest(plan.to_version.release, plan.pods, {}))


def _override(pod: str, before: str, after: str) -> Override:
    return Override(Rewrite(Hash(int(before, 16)), Hash(int(after, 16))), "default", pod, "uid", "app", "node-1")


def _map(place: Path) -> OverrideMap:
    return overrides_of((place / "map.json").read_bytes())


def _held(place: Path, **changed: Any) -> Held:
    return hold(replace(HoldRequest(str(place)), **changed), Host(), str(place / "no-hold"))


def test_the_first_start_is_a_dry_run_and_the_next_one_holds(node: Path, plan: Plan) -> None:
    first = _held(node)
    assert (first.done, first.said.startswith("first start, a dry run: would have held")) == (False, True)
    assert _map(node).overrides == {}
    keep(str(node / LAST), b"{}")
    held = _held(node)
    assert held.done
    assert held.said.startswith(f"held {len(plan.overrides or {})} of")
    assert _map(node).overrides == plan.overrides


def test_at_once_holds_at_the_first_start(node: Path, plan: Plan) -> None:
    assert _held(node, at_once=True).done
    assert _map(node).overrides == plan.overrides


def test_on_the_way_back_the_map_before_is_right_whatever_else_is_known(node: Path, plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    first = _ran(node, monkeypatch, "1.30.14")
    _starts_as(monkeypatch, NEW.text)
    assert _held(node, at_once=True).done
    monkeypatch.setattr(holding_at_start, "holdable", _raising(NothingToHold("nobody knows the pods")))
    _starts_as(monkeypatch, "v1.30.14")
    held = _held(node, at_once=True)
    assert held.done
    step = f"{_from(plan)} -> 1.31.0"
    assert held.said == (
        f"nothing held: nobody knows the pods; the map of {step} is taken back, and the one that this kubelet was shown is in place"
    )
    assert (node / "map.json").read_bytes() == first


def _from(plan: Plan) -> str:
    assert plan.from_version is not None
    return plan.from_version.release


def test_past_two_maps_each_kubelet_has_its_own_again(node: Path, plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    """1.30 to 1.31 to 1.34, and back to each of them at once, with nobody who knows the pods."""
    shown = {"1.30.14": _ran(node, monkeypatch, "1.30.14")}
    for version in ("1.31.0", "1.34.1"):
        overrides = dict(list((plan.overrides or {}).items())[: len(shown)])
        changed = replace(plan, overrides=overrides, plan_hash=plan_digest(plan.to_version.release, plan.pods, overrides))
        monkeypatch.setattr(holding_at_start, "holdable", lambda wanted, changed=changed: Holdable("x", changed, ()))
        _starts_as(monkeypatch, f"v{version}")
        assert _held(node, at_once=True).done
        shown[version] = (node / "map.json").read_bytes()
    assert len(set(shown.values())) == 3
    monkeypatch.setattr(holding_at_start, "holdable", _raising(NothingToHold("nobody knows the pods")))
    for version in ("1.30.14", "1.34.1", "1.31.0", "1.30.14"):
        _starts_as(monkeypatch, f"v{version}")
        assert _held(node, at_once=True).done
        assert (node / "map.json").read_bytes() == shown[version], version


def test_a_script_that_starts_kubelets_is_none_of_them(tmp_path: Path) -> None:
    """It stays the same from version to version, so that its map would be any version's; and the proxy will see another program."""
    unit = tmp_path / "etc/systemd/system/kubelet.service"
    unit.parent.mkdir(parents=True)
    unit.write_text("[Service]\nExecStart=/opt/start\n")
    start = tmp_path / "opt/start"
    start.parent.mkdir()
    host = NoNode(tmp_path)
    kubelet = LocalKubelet("n", version=NEW)
    assert hold_by_proxy._map_of(host, kubelet) is None, "it is not there"
    start.write_bytes(b"#!/bin/sh\nexec kubelet $@\n")
    assert hold_by_proxy._map_of(host, kubelet) == "v1.31.0.json"
    start.write_bytes(b"\x7fELF, a program")
    assert (hold_by_proxy._map_of(host, kubelet) or "").startswith("15-")
    unit.write_text("[Service]\nExecStart=/opt/start\nExecStart=/opt/other\n")
    assert hold_by_proxy._map_of(host, kubelet) is None, "which of the two it is nobody tells"


def test_where_the_map_that_stood_is_right_it_is_shown_and_all_else_as_before(
    node: Path, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """1.30.13 to 1.31 to 1.30.14, and back to 1.30.13: what 1.31 has made is in the map for 1.30.14 alone, and is right for 1.30.13."""
    _ran(node, monkeypatch, "1.30.13")
    known, since, changed = sorted(plan.overrides or {})[:3]
    right = plan.overrides or {}
    keep(str(node / "map.json.d/1-1.30.13.json"), as_json(_hashed(replace(plan, overrides={known: right[known]}))))
    _starts_as(monkeypatch, "v1.30.14")
    standing = {since: right[since], known: _override("known", "1", "5"), changed: _override("changed", "1", "6")}
    monkeypatch.setattr(holding_at_start, "holdable", lambda wanted: Holdable("1.31.0", _hashed(replace(plan, overrides=standing)), ()))
    assert _held(node, at_once=True).done
    nothing = NothingToHold("nothing new")
    nothing.plan = replace(plan, overrides=None)
    monkeypatch.setattr(holding_at_start, "holdable", _raising(nothing))
    _starts_as(monkeypatch, "v1.30.13")
    held = _held(node, at_once=True)
    assert (held.said, held.done) == ("nothing held: nothing new", False)
    assert _map(node).overrides == {since: right[since], known: right[known]}
    assert (node / "map.json").read_bytes() == (node / "map.json.d/1-1.30.13.json").read_bytes()


def _hashed(plan: Plan) -> Plan:
    return replace(plan, plan_hash=plan_digest(plan.to_version.release, plan.pods, plan.overrides or {}))


def test_the_first_start_notes_what_its_kubelet_is_shown(node: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a dry run; the next one may be of the newer kubelet."""
    _starts_as(monkeypatch, "v1.30.14")
    assert not _held(node).done
    assert (node / "map.json.d/1-1.30.14.json").read_bytes() == (node / "map.json").read_bytes()


def test_what_was_put_in_place_by_hand_stays(node: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = _ran(node, monkeypatch, "1.30.14")
    by_hand = as_json(make_plan(PlanRequest(example=True, to_version="1.34.1", override=True)))
    keep(str(node / "map.json"), by_hand)
    monkeypatch.setattr(holding_at_start, "holdable", _raising(NothingToHold("nobody knows the pods")))
    _starts_as(monkeypatch, "v1.30.14")
    assert not _held(node, at_once=True).done
    assert (node / "map.json").read_bytes() == by_hand != first


def test_of_the_last_kubelets_alone_it_is_kept(node: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(12):
        _ran(node, monkeypatch, f"1.30.{number}")
    kept_still = sorted(one.name for one in (node / "map.json.d").iterdir() if one.name.endswith(".json"))
    assert kept_still == sorted(f"1-1.30.{number}.json" for number in range(4, 12))


def _starts_as(monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    """The kubelet that is about to start is of that version."""
    kubelet = LocalKubelet("node-1", version=parse_kubelet_version(version), config=KubeletConfig(), command_line=("k",))
    monkeypatch.setattr(holding_at_start, "known_kubelet", lambda host, running: kubelet)


def _ran(node: Path, monkeypatch: pytest.MonkeyPatch, version: str) -> bytes:
    """A kubelet has started of which nothing is to be held; the map that it was shown."""
    with monkeypatch.context() as patch:
        _starts_as(patch, f"v{version}")
        patch.setattr(holding_at_start, "holdable", _raising(NothingToHold("nothing is to be held")))
        assert not _held(node, at_once=True).done
    return (node / "map.json").read_bytes()


class Killed(BaseException):
    """Stands for SIGKILL: nothing of ours goes on behind it."""


@pytest.mark.parametrize("end", [Killed(), OutOfTime()])
def test_killed_on_the_way_back_the_kubelet_is_shown_what_it_was_shown(
    node: Path, monkeypatch: pytest.MonkeyPatch, end: BaseException
) -> None:
    """With the newer one's map it would restart what nobody changed, and would not without any proxy."""
    first = _ran(node, monkeypatch, "1.30.14")
    assert _held(node, at_once=True).done
    shown = (node / "map.json").read_bytes()
    _starts_as(monkeypatch, "v1.30.14")
    monkeypatch.setattr(holding_at_start, "holdable", _raising(end))
    if isinstance(end, OutOfTime):
        assert "not ready within" in _held(node, at_once=True).said
    else:
        with pytest.raises(Killed):
            _held(node, at_once=True)
    assert (node / "map.json").read_bytes() == first
    assert _held_again(node, monkeypatch) == overrides_of(shown).overrides


def _held_again(node: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    """What the next start shows, of the newer one again."""
    _starts_as(monkeypatch, NEW.text)
    plan = make_plan(PlanRequest(example=True, to_version="1.31.0", override=True))
    monkeypatch.setattr(holding_at_start, "holdable", lambda wanted: Holdable("1.30.14", plan, ()))
    assert _held(node, at_once=True).done
    return _map(node).overrides


def test_a_dry_run_gives_nothing_back(node: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _ran(node, monkeypatch, "1.30.14")
    assert _held(node, at_once=True).done
    shown = (node / "map.json").read_bytes()
    _starts_as(monkeypatch, "v1.30.14")
    monkeypatch.setattr(holding_at_start, "holdable", _raising(NothingToHold("nobody knows the pods")))
    _held(node, dry_run=True, to_version=f"v{_map(node).from_version}")
    assert (node / "map.json").read_bytes() == shown


def test_the_way_back_is_planned_from_what_was_shown_until_then(node: Path, plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    _ran(node, monkeypatch, "1.30.14")
    assert _held(node, at_once=True).done
    shown = _map(node)
    _starts_as(monkeypatch, "v1.30.14")
    asked: list[Wanted] = []

    def planned(wanted: Wanted) -> Holdable:
        asked.append(wanted)
        assert _map(node).overrides == {}, "by then it is given back"
        assert overrides_of(Path(wanted.map_file or "").read_bytes()) == shown == wanted.in_force
        return Holdable("1.31.0", plan, ())

    monkeypatch.setattr(holding_at_start, "holdable", planned)
    assert _held(node, at_once=True).done
    assert len(asked) == 1
    assert overrides_of(kept(str(node / "map.json.d/1-1.31.0.json")) or b"") == shown, "and what stood is what the newer one gets again"


@pytest.mark.parametrize("version", ["v1.31.0", "v1.32.0"])
def test_for_any_other_kubelet_the_map_stays(node: Path, monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    assert _held(node, at_once=True).done
    shown = (node / "map.json").read_bytes()
    monkeypatch.setattr(holding_at_start, "holdable", _raising(NothingToHold("nobody knows the pods")))
    _starts_as(monkeypatch, version)
    assert _held(node, at_once=True).said == "nothing held: nobody knows the pods"
    assert (node / "map.json").read_bytes() == shown


def test_a_dry_run_is_fit_where_it_would_hold_or_nothing_restarts(node: Path, plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _held(node, dry_run=True, to_version="1.31.0").fit
    monkeypatch.setattr(holding_at_start, "holdable", _raising(NothingRestarts("all is as it was")))
    assert _held(node, dry_run=True, to_version="1.31.0").fit
    monkeypatch.setattr(holding_at_start, "holdable", _raising(NothingToHold("0 of 22 hashes reproduced")))
    assert not _held(node, dry_run=True, to_version="1.31.0").fit
    assert not (node / LAST).exists()


def test_a_switch_turns_it_off(node: Path) -> None:
    (node / "no-hold").touch()
    assert _held(node, at_once=True).said == f"nothing held: {node}/no-hold is there"
    assert _map(node).overrides == {}


def _with_one(plan: Plan, verdict: Verdict) -> tuple[Plan, str]:
    """The plan with one container of another verdict that it does not override, and that container's ID."""
    number, pod = next((number, pod) for number, pod in enumerate(plan.pods) if any(one.container_id for one in pod.containers))
    first = next(one for one in pod.containers if one.container_id)
    changed = replace(
        pod, containers=tuple(replace(one, verdict=verdict, override=None) if one is first else one for one in pod.containers)
    )
    key = (first.container_id or "").rpartition("://")[2]
    overrides = {other: told for other, told in (plan.overrides or {}).items() if other != key}
    return replace(plan, pods=(*plan.pods[:number], changed, *plan.pods[number + 1 :]), overrides=overrides), key


def _raising(error: BaseException) -> Callable[..., Any]:
    def fail(*_: object, **__: object) -> Any:
        raise error

    return fail


@pytest.mark.parametrize(
    ("room", "what", "error", "said"),
    [
        pytest.param(holding_at_start, "known_kubelet", NothingToHold("a kubelet runs"), "nothing held: a kubelet runs", id="the kubelet"),
        pytest.param(holding_at_start, "_way", NothingToHold("no proxy"), "nothing held: no proxy", id="the proxy"),
        pytest.param(hold_by_proxy, "require_something_runs", NothingToHold("no pod runs"), "nothing held: no pod runs", id="a boot"),
        pytest.param(holding_at_start, "holdable", OutOfTime(), "nothing held, or not shown yet: not ready within 50 s", id="the deadline"),
        pytest.param(
            holding_at_start, "holdable", ValueError("x"), "nothing held: ValueError in upgradecheck itself (x)", id="a fault of ours"
        ),
        pytest.param(holding_at_start, "holdable", MemoryError(), "nothing held: MemoryError in upgradecheck itself ()", id="no memory"),
        pytest.param(hold_by_proxy, "keep", OSError(28, "No space left"), "nothing held: OSError", id="a full disk"),
    ],
)
def test_whatever_is_wrong_nothing_is_held_and_it_says_why(
    node: Path, monkeypatch: pytest.MonkeyPatch, room: object, what: str, error: BaseException, said: str
) -> None:
    before = (node / "map.json").read_bytes()
    monkeypatch.setattr(room, what, _raising(error))
    held = _held(node, at_once=True)
    assert (held.done, held.said.startswith(said)) == (False, True)
    assert (node / "map.json").read_bytes() == before


def test_who_is_not_held_back_changes_nothing_and_arms_nothing(node: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holding_at_start, "why_not_held_back", lambda host, pid, seconds: "nobody holds it back")
    held = _held(node, at_once=True)
    assert (held.said, held.done, held.at_start) == ("nothing held: nobody holds it back", False, False)


def test_a_version_that_nobody_knows(node: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unknown = LocalKubelet("n", version=parse_kubelet_version("v1.99.0"), config=KubeletConfig(), command_line=("kubelet",))
    monkeypatch.setattr(holding_at_start, "known_kubelet", lambda host, running: unknown)
    held = _held(node, at_once=True)
    assert (held.done, "1.99" in held.said) == (False, True)


def test_a_map_that_was_changed_by_hand_is_not_built_upon(node: Path) -> None:
    told = json.loads((node / "map.json").read_bytes())
    told["plan_hash"] = "0" * 64
    (node / "map.json").write_text(json.dumps(told))
    held = _held(node, at_once=True)
    assert (held.done, "map" in held.said) == (False, True)


def test_a_proxy_that_does_not_show_it_is_told(node: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hold_by_proxy, "_SHOWN_SECONDS", 0.2)
    monkeypatch.setattr(hold_by_proxy, "not_shown", lambda wanted, before, proxy: 3)
    held = _held(node, at_once=True)
    assert held.done
    assert "held perhaps" in held.said
    assert "does not show 3 of its hashes yet" in held.said


@pytest.mark.parametrize("fault", [InputError("does not answer within 3 s"), OutOfTime()], ids=["its proxy is busy", "our time is up"])
def test_what_cannot_be_looked_at_is_no_map_that_is_not_there(node: Path, monkeypatch: pytest.MonkeyPatch, fault: BaseException) -> None:
    """The proxy takes it over all the same: neither the line nor the metric may say that nothing is held."""

    monkeypatch.setattr(hold_by_proxy, "not_shown", _raising(fault))
    held = _held(node, at_once=True)
    assert held.done
    assert held.held > 0
    assert "held perhaps" in held.said
    assert "the proxy does not answer" in held.said


def test_what_goes_on_for_a_hash_that_is_shown_keeps_it(plan: Plan) -> None:
    plan, key = _with_one(plan, Verdict.SAFE)
    shown = {key: _override("shown", "1", "2"), "0" * 64: _override("gone", "3", "4")}
    made = served(plan, OverrideMap("x", "1.29.0", "1.30.14", shown))
    assert made.overrides == {key: shown[key], **(plan.overrides or {})}
    assert overrides_of(as_json(made)).overrides == made.overrides
    assert served(plan, None) is plan


def test_on_the_way_back_what_is_not_known_to_go_on_is_shown_as_it_was_recorded(plan: Plan) -> None:
    plan, key = _with_one(plan, Verdict.UNKNOWN)
    shown = {key: _override("left", "1", "2")}
    assert key not in (served(plan, OverrideMap("x", plan.to_version.release, "1.32.0", shown)).overrides or {})
    assert key in (served(plan, OverrideMap("x", "1.29.0", "1.30.14", shown)).overrides or {})


def test_on_the_way_back_what_goes_on_by_the_map_in_force_is_shown_so_still(plan: Plan) -> None:
    """A sidecar, which the older kubelet does not compare: the map that led there shows it the newer one's hash, and that is right again."""
    plan, key = _with_one(plan, Verdict.OVERRIDDEN)
    shown = OverrideMap("x", plan.to_version.release, "1.32.0", {key: _override("sidecar", "1", "2")})
    assert key not in (served(plan, shown).overrides or {}), "planned, and held by nothing: not known to go on"
    pods = tuple(replace(pod, containers=tuple(replace(one, override=IN_FORCE) for one in pod.containers)) for pod in plan.pods)
    assert (served(replace(plan, pods=pods), shown).overrides or {})[key] == shown.overrides[key]


def _starts(*versions: str) -> Loaded:
    history = tuple(KubeletStart(parse_kubelet_version(one), number) for number, one in enumerate(versions, start=1))
    return Loaded(Checkpoint("lineage", 1, NodeIdentity("n"), history), None)


@pytest.mark.parametrize(
    ("versions", "shown", "expected"),
    [
        pytest.param(("v1.30.14",), None, ["v1.30.14"], id="the last start"),
        pytest.param(("v1.29.0", "v1.30.14", "v1.31.0"), None, ["v1.30.14", "v1.29.0"], id="the new one started and died"),
        pytest.param(("v1.30.14", "v1.30.14"), "1.32.0", ["v1.32.0", "v1.30.14"], id="a map for a kubelet that never came up"),
        pytest.param(
            ("v1.32.0", "v1.30.14", "v1.32.0"), None, ["v1.32.0", "v1.30.14"], id="one that came back is as new as its last start"
        ),
        pytest.param(("v1.28.0", *("v1.30.14",) * 5), None, ["v1.30.14"], id="five starts and no more"),
    ],
)
def test_candidates(monkeypatch: pytest.MonkeyPatch, versions: tuple[str, ...], shown: str | None, expected: list[str]) -> None:
    monkeypatch.setattr(holding, "load", lambda place, live: _starts(*versions))
    in_force = None if shown is None else OverrideMap("x", None, shown, {"f" * 64: _override("f", "1", "2")})
    assert list(candidates(Wanted("n", NEW, "/c", (), "/x", "/m", in_force))) == expected


def test_journals_tell_of_a_kubelet_that_never_came_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holding, "load", lambda place, live: _starts("v1.30.14"))
    wanted = Wanted("n", parse_kubelet_version("v1.30.14"), "/c", (), "/x", journals=("j",), written_for=("1.31.0", "1.30.14"))
    assert candidates(wanted) == ("v1.31.0",)


@pytest.mark.parametrize(
    ("known", "said"),
    [
        pytest.param(Loaded(None, None), "no checkpoint says which kubelet ran before", id="no history"),
        pytest.param(_starts("v1.31.0", "v1.31.0"), "the kubelet is 1.31.0, as at its last 2 starts", id="the same version"),
    ],
)
def test_no_candidate(monkeypatch: pytest.MonkeyPatch, known: Loaded, said: str) -> None:
    monkeypatch.setattr(holding, "load", lambda place, live: known)
    with pytest.raises(NothingToHold, match=said):
        candidates(Wanted("n", NEW, "/c", (), "/x"))


def test_a_dry_run_asks_from_the_kubelet_that_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holding, "load", lambda place, live: Loaded(None, None))
    assert candidates(Wanted("n", NEW, "/c", (), "/x", running=parse_kubelet_version("v1.30.14"))) == ("v1.30.14",)


def test_the_line_names_what_is_left_out(plan: Plan) -> None:
    found = Holdable("1.30.14", plan, ("restart (x) a/b/c",) * 5)
    count = len(plan.overrides or {})
    assert in_words(found).startswith(
        f"{count} of {count + 5} (5 not: restart (x) a/b/c; restart (x) a/b/c; restart (x) a/b/c; and 2 more)"
    )


def test_the_line_counts_what_fits_already(plan: Plan) -> None:
    """Neither held nor left out."""
    fits = _with_one(plan, Verdict.SAFE)[0]
    assert (Holdable("1.30.14", plan, ()).fitting, Holdable("1.30.14", fits, ()).fitting) == (0, 1)
    number = len(plan.overrides or {}) - 1
    assert in_words(Holdable("1.30.14", fits, ())).startswith(f"{number} of {number}, 1 container fits already, 1.30.14 -> 1.31.0, plan ")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param(["python", "/u", "override", "proxy", "--listen", "/l", "--upstream", "/u", "--map", "/m"], True, id="ours"),
        pytest.param(["/u", "override", "proxy", "--listen=/l", "--upstream=unix:///u", "--map=/m", "--config", "none"], True, id="signs"),
        pytest.param(["/u", "override", "proxy", "--listen", "/other", "--upstream", "/u", "--map", "/m"], False, id="another socket"),
        pytest.param(["/u", "override", "proxy", "--listen", "/l", "--upstream", "/u", "--map", "m"], False, id="a relative map"),
        pytest.param(["containerd"], False, id="the runtime itself"),
        pytest.param([], False, id="not to be seen"),
    ],
)
def test_a_proxy_is_known_by_its_command_line(words: list[str], expected: bool) -> None:
    assert proxy_of(words, "/l") == (StandingProxy("/l", "/u", "/m") if expected else None)


def test_what_others_could_have_written_is_not_taken(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    keep(str(tmp_path / "hold/x"), b"1")
    assert kept(str(tmp_path / "hold/x")) == b"1"
    (tmp_path / "hold/x").chmod(0o666)
    assert kept(str(tmp_path / "hold/x")) is None


class NoNode(Host):
    """A machine on which no kubelet runs, with what is left of k3s, or nothing."""

    def __init__(self, root: Path) -> None:
        self.machine = Machine(proc=root / "proc", root=root)  # type: ignore[misc]


def test_what_is_left_of_a_distribution_starts_no_kubelet(tmp_path: Path) -> None:
    for left in ((), ("etc/rancher/k3s", "var/lib/rancher/k3s/agent")):
        for folder in left:
            (tmp_path / folder).mkdir(parents=True)
        told = hold(HoldRequest(str(tmp_path / "h"), dry_run=True, to_version="1.31.0"), NoNode(tmp_path), str(tmp_path / "off"))
        assert (told.said, told.fit) == ("nothing held: no kubelet runs here, and no unit starts one", False)
    (tmp_path / "etc/systemd/system").mkdir(parents=True)
    (tmp_path / "etc/systemd/system/k3s.service").touch()
    told = hold(HoldRequest(str(tmp_path / "h"), dry_run=True, to_version="1.31.0"), NoNode(tmp_path), str(tmp_path / "off"))
    assert told.said == "nothing held: the kubelet is a part of k3s, whose start is not understood"


@pytest.mark.parametrize(
    ("by", "stands", "expected"),
    [
        pytest.param(By.AUTO, True, "proxy", id="where a proxy stands, by it"),
        pytest.param(By.AUTO, False, "records", id="else by records"),
        pytest.param(By.RECORDS, False, "records", id="records alone"),
        pytest.param(By.PROXY, True, "proxy", id="the proxy alone"),
        pytest.param(By.PROXY, False, 'no "upgradecheck override proxy" listens at unix:///run/c.sock', id="which is not there"),
        pytest.param(By.RECORDS, True, "a proxy of ours stands at unix:///run/c.sock", id="records, and a proxy would show its map"),
    ],
)
def test_by_which_way(node: Path, monkeypatch: pytest.MonkeyPatch, by: By, stands: bool, expected: str) -> None:
    monkeypatch.undo()
    proxy = StandingProxy("/run/c.sock", "/run/up.sock", str(node / "map.json"))
    monkeypatch.setattr(hold_by_proxy, "standing_proxy", lambda host, endpoint, patience: proxy if stands else None)
    kubelet = LocalKubelet("n", version=NEW, config=KubeletConfig(runtime_endpoint="unix:///run/c.sock"), command_line=("kubelet",))
    request = HoldRequest(str(node), by=by)
    if expected in ("proxy", "records"):
        assert holding_at_start._way(request, Host(), kubelet).name == expected
    else:
        with pytest.raises(NothingToHold, match=re.escape(expected)):
            holding_at_start._way(request, Host(), kubelet)


@pytest.mark.parametrize(
    ("shown", "missing"),
    [
        pytest.param({"a": "2", "b": "7"}, 0, id="the new map, and the record of what the map before showed otherwise"),
        pytest.param({"a": "1", "b": "7"}, 1, id="not the new one yet"),
        pytest.param({"a": "2", "b": "8"}, 1, id="still the one before"),
        pytest.param({}, 0, id="nothing of it is there any more"),
    ],
)
def test_a_map_is_shown_once_the_one_before_is_not(monkeypatch: pytest.MonkeyPatch, shown: dict[str, str], missing: int) -> None:
    records = tuple(
        ContainerRecord(key, "s", "u", "n", "p", "c", 0, RunState.RUNNING, 0, Recorded(Hash(int(one))), Absent(), Origin("x"))
        for key, one in shown.items()
    )
    monkeypatch.setattr(hold_by_proxy, "read_node", lambda place, timeout: NodeRecords("cri /p", "containerd://1.6", records, ()))
    new = OverrideMap("x", None, "1.31.0", {"a": _override("a", "1", "2")})
    before = OverrideMap("y", None, "1.30.14", {"a": _override("a", "1", "5"), "b": _override("b", "7", "8")})
    assert hold_by_proxy.not_shown(new, before, StandingProxy("/p", "/c", "/m")) == missing


def test_an_error_of_a_pod_that_would_be_held_speaks_against_all(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    one = next(iter((plan.overrides or {}).values()))
    finding = Finding("UC051", Severity.ERROR, ObjectRef("Pod", one.pod, one.namespace), "x", "y")
    monkeypatch.setattr(holding, "candidates", lambda wanted: ("1.30.14",))
    for found, said in (
        ((finding,), f"UC051 is an error of {one.namespace}/{one.pod}"),
        ((replace(finding, severity=Severity.WARNING),), ""),
    ):
        monkeypatch.setattr(holding, "plan_from", lambda wanted, start, found=found: replace(plan, findings=found))
        if said:
            with pytest.raises(NothingToHold, match=said):
                holding.holdable(Wanted("n", NEW, "/c", (), "/x"))
        else:
            assert holding.holdable(Wanted("n", NEW, "/c", (), "/x")).count == len(plan.overrides or {})
