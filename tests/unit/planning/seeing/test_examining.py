"""Examining a pod: the facts of its spec, what a record adds, and that the work grows with the containers and not with their square."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from tests.builders import (
    CATALOG,
    KUBELET_MADE_UID,
    OTHER_UID,
    Document,
    as_static,
    computed,
    kubelet,
    pod,
    read,
    with_container,
    with_field,
    with_init,
    with_new_probe_field,
    with_sidecar,
)
from upgradecheck.decisions.manifests.outcomes import UIDOutcome
from upgradecheck.hashing.defaulting import pods as defaulting
from upgradecheck.model.hash import Hash
from upgradecheck.model.plan import Cause, CauseKind
from upgradecheck.model.pod import Recorded
from upgradecheck.planning.seeing import spec as spec_module
from upgradecheck.planning.seeing.creators import carried
from upgradecheck.planning.seeing.examine import Examiner, Reading
from upgradecheck.planning.seeing.facts import ContainerFacts, Step
from upgradecheck.planning.seeing.spec import Spec
from upgradecheck.planning.seeing.spec_facts import facts_of
from upgradecheck.reading import pod as reading

STEP = Step(kubelet("1.22.17"), kubelet("1.30.14"))
SIDECARS = Step(kubelet("1.30.14"), kubelet("1.34.10"))
"""The running kubelet does not compare sidecars, the new one does."""

BASE = with_new_probe_field(pod())
MESH = with_field(with_sidecar(pod()), "mesh", "lifecycle", {"preStop": {"sleep": {"seconds": 1}}})
ALGORITHM = Cause(CauseKind.ALGORITHM, since="1.31")
PROBE_FIELD = Cause(CauseKind.FIELD_ADDED, "livenessProbe.terminationGracePeriodSeconds", "1.21")


def spec(document: Document, step: Step = STEP) -> Spec:
    return Spec(read(document), step, CATALOG, from_api=True)


def told_with(document: Document, carries: str | None, step: Step, name: str) -> ContainerFacts:
    """The facts of a container that carries what a version makes of it, or what none does."""
    of_spec, hashed = spec(document, step), Recorded(computed(carries, document, name) if carries else Hash(0))
    told = carried(facts_of(of_spec), of_spec, lambda asked: hashed if asked == name else None)
    return next(one for one in told.containers if one.name == name)


def test_pods_of_one_spec_have_the_same_facts() -> None:
    """Nothing of their names, UIDs and records is in them, so one pod's are those of all."""
    other = BASE | {"metadata": BASE["metadata"] | {"name": "other", "uid": OTHER_UID}}
    assert facts_of(spec(BASE)) == facts_of(spec(other))


def test_without_a_record_nothing_is_added() -> None:
    of_spec = spec(MESH, SIDECARS)
    assert carried(facts_of(of_spec), of_spec, lambda name: None) == facts_of(of_spec)


@pytest.mark.parametrize(
    ("document", "carries", "step", "name", "creators", "causes"),
    [
        pytest.param(BASE, "1.22.17", STEP, "app", ("1.22",), (), id="the running kubelet's own"),
        pytest.param(BASE, None, STEP, "app", (), (), id="what no kubelet makes of it"),
        pytest.param(
            BASE,
            "1.20.15",
            STEP,
            "app",
            ("1.20", "1.19", "1.18", "1.17", "1.16"),
            (PROBE_FIELD,),
            id="an older kubelet's, from which the causes start",
        ),
        pytest.param(
            BASE, "1.30.14", SIDECARS, "app", ("1.30",), (ALGORITHM,), id="the running kubelet's own, which the new one hashes anew"
        ),
        pytest.param(
            MESH, "1.30.14", SIDECARS, "mesh", ("1.30", "1.29"), (ALGORITHM,), id="of a kind that is not compared: any that makes it"
        ),
        pytest.param(MESH, "1.28.15", SIDECARS, "mesh", ("1.28",), (ALGORITHM,), id="or one that did not know a field"),
    ],
)
def test_a_record_adds_who_made_it(
    document: Document, carries: str | None, step: Step, name: str, creators: tuple[str, ...], causes: tuple[Cause, ...]
) -> None:
    told = told_with(document, carries, step, name)
    assert (told.creators, told.causes) == (creators, causes)


def test_candidates_are_facts_of_the_spec() -> None:
    facts = next(one for one in facts_of(spec(MESH, SIDECARS)).containers if one.name == "mesh")
    assert set(facts.candidates) == {computed("1.28.15", MESH, "mesh"), computed("1.30.14", MESH, "mesh")}
    assert len(facts.candidates) == 2


def test_a_uid_adds_whose_the_request_is_and_what_becomes_of_a_static_pod() -> None:
    static = as_static(BASE)
    own = Reading(KUBELET_MADE_UID, from_api=False, own_uid=False, listed=True)
    examined = Examiner(CATALOG).examine(read(static), STEP, lambda name: None, own)
    assert examined.request is not None
    assert examined.request.uid == KUBELET_MADE_UID
    assert examined.fate is not None
    assert examined.fate.uid is not None
    assert examined.fate.uid.outcome is UIDOutcome.CHANGED


WORK = {reading: ("parse_pod", "values_alike", "pod_value"), defaulting: ("default_pod",), spec_module: ("hash_container",)}


def work_on(document: Document, step: Step, monkeypatch: pytest.MonkeyPatch, *, from_api: bool) -> Counter[str]:
    """How often a pod whose recorded hashes no kubelet makes is parsed, decoded, defaulted, and a container of it hashed."""
    done: Counter[str] = Counter()

    def counting(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any) -> Any:
            done[name] += 1
            return original(*arguments)

        return counted

    with monkeypatch.context() as patched:
        for module, names in WORK.items():
            for name in names:
                patched.setattr(module, name, counting(name, getattr(module, name)))
        Examiner(CATALOG).examine(read(document), step, lambda name: Recorded(Hash(0)), Reading(from_api=from_api, listed=True))
    return done


def grown(document: Document, add: Callable[[Document, str], Document], count: int) -> Document:
    for number in range(count):
        document = add(document, f"more-{number}")
    return document


@pytest.mark.parametrize("static", [False, True], ids=["from an API server", "static"])
@pytest.mark.parametrize("add", [with_container, with_init, with_sidecar], ids=["app containers", "init containers", "sidecars"])
def test_work_grows_with_the_containers_and_not_with_their_square(
    add: Callable[[Document, str], Document], static: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No more is decoded for more containers, and each of them is hashed as often as any other."""
    base = as_static(pod()) if static else pod()
    few, some, many = (work_on(grown(base, add, count), SIDECARS, monkeypatch, from_api=not static) for count in (1, 11, 21))
    assert few["parse_pod"] == 1
    hashed = [one.pop("hash_container") for one in (few, some, many)]
    assert few == some == many
    assert hashed[2] - hashed[1] == hashed[1] - hashed[0]
