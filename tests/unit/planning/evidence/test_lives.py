"""Who created a container: one node's history, containers born at every moment of it, and everything that is deduced."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from msgspec.structs import replace

from tests.builders import as_version
from upgradecheck.decisions.containers import Decision
from upgradecheck.model.checkpoint import Fact, FactKind, KubeletStart, Mode
from upgradecheck.model.hash import Hash
from upgradecheck.model.plan import Verdict
from upgradecheck.model.reasons import Reason
from upgradecheck.model.version import KubeletVersion
from upgradecheck.planning.evidence.lives import (
    SECOND,
    Birth,
    Deduced,
    Inferred,
    Several,
    Undeduced,
    decide,
    deduce,
    lives_of,
    with_sighting,
)

HOUR = 3600 * SECOND
NOW = 100 * HOUR
WRITES: Mapping[str, frozenset[Hash] | None] = {
    "v1.19.16": frozenset({Hash(19)}),
    "v1.20.15": frozenset({Hash(20)}),
    "v1.21.14": frozenset({Hash(21)}),
    "v1.22.17": frozenset({Hash(22)}),
    "v1.22.18": frozenset({Hash(22)}),
    "v1.31.14": frozenset({Hash(31)}),
    "v1.32.13": frozenset({Hash(31)}),
    "v1.29.0-rc.1": frozenset({Hash(29), Hash(30)}),
    "v1.99.0": None,
}
ORDER = ("v1.19.16", "v1.20.15", "v1.21.14", "v1.22.17")


def start(version: str, hours: float, **changes: object) -> KubeletStart:
    return KubeletStart(as_version(version), int(hours * HOUR), **changes)  # type: ignore[arg-type]


def between(one: KubeletVersion, other: KubeletVersion) -> tuple[KubeletVersion, ...]:
    first, last = sorted((ORDER.index(one.text), ORDER.index(other.text)))
    return tuple(map(as_version, ORDER[first : last + 1]))


EXACT = (start("v1.19.16", 10), start("v1.20.15", 20), start("v1.22.17", 30))
LOGGED = (EXACT[0], replace(EXACT[1], stop_time=29 * HOUR), EXACT[2])
STOPPED = (start("v1.19.16", 10, stop_time=19 * HOUR), start("v1.20.15", 20))
POLLED = tuple(replace(each, mode=Mode.POLLED, last_seen_time=each.start_time + 9 * HOUR) for each in (EXACT[0], EXACT[2]))
REBOOTED = (start("v1.19.16", 10, boot_id="one"), start("v1.20.15", 20, boot_id="two"))
BACK = (start("v1.20.15", 10), start("v1.19.16", 20))
OVERRIDDEN = (start("v1.19.16", 10), start("v1.20.15", 20, override_journal="ab"))


def undeduced(reason: Reason, hours: float, kind: FactKind, time: float, version: str) -> Undeduced:
    return Undeduced(reason, (Fact(FactKind.CONTAINER_STARTED, int(hours * HOUR)), Fact(kind, int(time * HOUR), version)))


@pytest.mark.parametrize(
    ("history", "hours", "changes", "compared", "expected"),
    [
        pytest.param(EXACT, 15, {}, (), Inferred(Hash(19), (as_version("v1.19.16"),)), id="born under the first kubelet"),
        pytest.param(EXACT, 25, {}, (), Inferred(Hash(20), (as_version("v1.20.15"),)), id="born under the second"),
        pytest.param(EXACT, 35, {}, (), Inferred(Hash(22), (as_version("v1.22.17"),)), id="born under the one that runs"),
        pytest.param(EXACT, 20, {}, (), Several({Hash(19): (as_version("v1.19.16"),), Hash(20): (as_version("v1.20.15"),)}), id="born in the second of a start"),
        pytest.param(EXACT, 20.001, {"uncertainty": 5 * SECOND}, (), Several({Hash(19): (as_version("v1.19.16"),), Hash(20): (as_version("v1.20.15"),)}), id="clocks apart by more than its age"),
        pytest.param(EXACT, 20.01, {"uncertainty": 5 * SECOND}, (), Inferred(Hash(20), (as_version("v1.20.15"),)), id="clocks apart by less"),
        pytest.param(LOGGED, 20.001, {"uncertainty": 5 * SECOND}, ("v1.20.15",), Inferred(Hash(20), (as_version("v1.20.15"),)), id="survived the second kubelet, so it carries that one's hash"),
        pytest.param(EXACT, 20.001, {"uncertainty": 5 * SECOND}, ("v1.20.15",), Several({Hash(19): (as_version("v1.19.16"),), Hash(20): (as_version("v1.20.15"),)}), id="nobody noted how long the second kubelet lived"),
        pytest.param(EXACT, 15, {}, ("v1.22.17",), undeduced(Reason.HISTORY_CONTRADICTS, 15, FactKind.KUBELET_COMPARED, 30, "v1.22.17"), id="survived a kubelet that would have restarted it"),
        pytest.param(EXACT, 5, {}, (), undeduced(Reason.HISTORY_BEFORE, 5, FactKind.HISTORY_BEGINS, 10, "v1.19.16"), id="older than the history"),
        pytest.param(EXACT, 5, {}, ("v1.22.17",), Inferred(Hash(22), (as_version("v1.22.17"),), created=False), id="older than the history, but a kubelet found it unchanged"),
        pytest.param(EXACT, 10, {"uncertainty": 5 * SECOND, "not_before": 10 * HOUR + 1}, (), Inferred(Hash(19), (as_version("v1.19.16"),)), id="its pod is younger than the history"),
        pytest.param(POLLED, 39.5, {}, (), undeduced(Reason.HISTORY_AFTER, 39.5, FactKind.HISTORY_ENDS, 30, "v1.22.17"), id="younger than the last look"),
        pytest.param(STOPPED, 19.5, {}, (), undeduced(Reason.HISTORY_GAP, 19.5, FactKind.KUBELET_STOPPED, 19, "v1.19.16"), id="born while no kubelet ran"),
        pytest.param(POLLED, 15, {}, (), Inferred(Hash(19), (as_version("v1.19.16"),)), id="born between two looks at one kubelet"),
        pytest.param(POLLED, 25, {}, (), Several({Hash(19): (as_version("v1.19.16"),), Hash(20): (as_version("v1.20.15"),), Hash(21): (as_version("v1.21.14"),), Hash(22): (as_version("v1.22.17"),)}), id="born in a hole, where any version between can have run"),
        pytest.param(POLLED, 25, {}, ("v1.22.17",), Inferred(Hash(22), (as_version("v1.22.17"),)), id="born in a hole, and survived the next kubelet"),
        pytest.param(REBOOTED, 20.0, {}, (), Inferred(Hash(20), (as_version("v1.20.15"),)), id="what an earlier boot created is gone"),
        pytest.param(BACK, 15, {}, (), Inferred(Hash(20), (as_version("v1.20.15"),)), id="a downgrade is a start like any other"),
        pytest.param(OVERRIDDEN, 15, {}, (), undeduced(Reason.HISTORY_OVERRIDE, 15, FactKind.OVERRIDE_IN_FORCE, 20, "v1.20.15"), id="an override may have changed the record"),
        pytest.param((start("v1.22.17", 10), start("v1.22.18", 20)), 20, {}, (), Inferred(Hash(22), (as_version("v1.22.17"), as_version("v1.22.18"))), id="two kubelets that hash alike"),
        pytest.param((start("v1.29.0-rc.1", 10),), 15, {}, (), Several({Hash(29): (as_version("v1.29.0-rc.1"),), Hash(30): (as_version("v1.29.0-rc.1"),)}), id="a version that is ambiguous"),
        pytest.param((start("v1.99.0", 10),), 15, {}, (), undeduced(Reason.HISTORY_NOT_COMPUTABLE, 15, FactKind.HASH_UNKNOWN, 10, "v1.99.0"), id="a version that nobody knows"),
        pytest.param((start("v1.99.0", 10), start("v1.22.17", 20)), 15, {}, ("v1.22.17",), Inferred(Hash(22), (as_version("v1.22.17"),), created=False), id="a version that nobody knows, and it survived one that is known"),
        pytest.param((start("v1.19.16", 10), start("v1.20.15", 99.99)), 15, {}, ("v1.20.15",), Inferred(Hash(19), (as_version("v1.19.16"),)), id="a kubelet that has only just started has not looked yet"),
        pytest.param((start("v1.19.16", 10), start("v1.20.15", 20, uncertainty=3600)), 19.5, {}, (), Several({Hash(19): (as_version("v1.19.16"),), Hash(20): (as_version("v1.20.15"),)}), id="a start that is uncertain by an hour"),
    ],
)  # fmt: skip
def test_deduce(
    history: tuple[KubeletStart, ...], hours: float, changes: dict[str, int], compared: tuple[str, ...], expected: Deduced
) -> None:
    birth = Birth(int(hours * HOUR), **changes)
    node = lives_of(history, between, NOW)
    assert (
        deduce(birth, node, lambda kubelet: WRITES[kubelet.kubelet_version.text], lambda kubelet: kubelet.kubelet_version.text in compared)
        == expected
    )


@pytest.mark.parametrize(
    ("untouched_by", "expected"),
    [
        pytest.param("ab", Inferred(Hash(19), (as_version("v1.19.16"),)), id="the journal in force does not concern it"),
        pytest.param(
            "cd", undeduced(Reason.HISTORY_OVERRIDE, 15, FactKind.OVERRIDE_IN_FORCE, 20, "v1.20.15"), id="another journal says nothing"
        ),
    ],
)
def test_a_container_that_an_override_did_not_touch(untouched_by: str, expected: Deduced) -> None:
    node = lives_of(OVERRIDDEN, between, NOW)
    found = deduce(
        Birth(15 * HOUR),
        node,
        lambda kubelet: WRITES[kubelet.kubelet_version.text],
        lambda _: False,
        untouched_by=frozenset((untouched_by,)),
    )
    assert found == expected


def test_the_caller_may_know_what_ran_before() -> None:
    node = lives_of(EXACT, between, NOW, earlier=(as_version("v1.31.14"),))
    found = deduce(Birth(5 * HOUR), node, lambda kubelet: WRITES[kubelet.kubelet_version.text], lambda _: False)
    assert found == Inferred(Hash(31), (as_version("v1.31.14"),))


@pytest.mark.parametrize(
    ("history", "version", "expected"),
    [
        pytest.param(EXACT, "v1.22.17", EXACT, id="it ends with the kubelet that runs"),
        pytest.param(EXACT, "v1.23.17", (*EXACT, KubeletStart(as_version("v1.23.17"), NOW, mode=Mode.POLLED)), id="it is stale"),
        pytest.param(POLLED, "v1.22.17", (POLLED[0], replace(POLLED[1], last_seen_time=NOW)), id="the kubelet seen last still runs"),
    ],
)
def test_with_sighting(history: tuple[KubeletStart, ...], version: str, expected: tuple[KubeletStart, ...]) -> None:
    assert with_sighting(history, as_version(version), NOW) == expected


def test_without_now_the_newest_kubelet_has_looked_at_nothing() -> None:
    node = lives_of(EXACT, between, None)
    found = deduce(
        Birth(5 * HOUR),
        node,
        lambda kubelet: WRITES[kubelet.kubelet_version.text],
        lambda kubelet: kubelet.kubelet_version.text == "v1.22.17",
    )
    assert isinstance(found, Undeduced)


@pytest.mark.parametrize(
    ("deduced", "computed", "expected"),
    [
        pytest.param(Inferred(Hash(19), ()), (Hash(19),), Decision(Verdict.SAFE, Reason.HASH_EQUAL), id="equal"),
        pytest.param(Inferred(Hash(19), ()), (Hash(20),), Decision(Verdict.RESTART, Reason.HASH_CHANGED), id="different"),
        pytest.param(
            Several({Hash(19): (), Hash(20): ()}),
            (Hash(21),),
            Decision(Verdict.RESTART, Reason.HASH_CHANGED),
            id="whichever it is, it differs",
        ),
        pytest.param(Several({Hash(19): (), Hash(20): ()}), (Hash(20),), None, id="one is equal, one differs"),
        pytest.param(undeduced(Reason.HISTORY_OVERRIDE, 1, FactKind.OVERRIDE_IN_FORCE, 1, "v"), (Hash(20),), None, id="nothing deduced"),
    ],
)
def test_decide(deduced: Deduced, computed: tuple[Hash, ...], expected: Decision | None) -> None:
    assert decide(deduced, computed) == expected
