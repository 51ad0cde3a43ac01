"""Several views of one UID as one pod, and the runtime's records beside it."""

from __future__ import annotations

import pytest

from tests.builders import (
    KUBELET_MADE_UID,
    MIRROR_UID,
    OTHER_UID,
    UID,
    Document,
    as_static,
    ended,
    exited,
    in_phase,
    known_as,
    kubelet,
    mirror_of,
    on_node,
    pod,
    raw,
    record,
    seen_by_kubelet,
    waiting,
    with_env,
    without_hash,
    without_status,
    without_uid,
)
from tests.unit.planning.world import examined, joined, recorded
from upgradecheck.decode.kube.pods import pod_view
from upgradecheck.model.errors import ConflictingPods, ConflictingSpecs
from upgradecheck.model.pod import Origin, PodView, RunState, View
from upgradecheck.planning.seeing.facts import Step
from upgradecheck.planning.seeing.joining import JoinedPod, PodJoiner, state_of
from upgradecheck.planning.seeing.placing import Claim
from upgradecheck.planning.seeing.records import Records

NO_RECORDS = recorded()
API = pod()
STATIC = as_static(pod())
MANIFEST = without_status(pod("kube-proxy", uid=KUBELET_MADE_UID))


def step() -> Step:
    return Step(kubelet("1.22.17"), kubelet("1.30.14"))


def join(*views: Document) -> JoinedPod:
    return joined(*views, step=step(), records=NO_RECORDS)


def view(document: Document) -> PodView:
    return pod_view(raw(document), Origin("pods.json"))


def pods_of(*views: tuple[Document, str]) -> list[JoinedPod]:
    joiner = PodJoiner()
    for document, source in views:
        joiner.add(examined(document, step(), NO_RECORDS, source=source))
    return sorted(joiner.drain(), key=lambda joined: joined.spec.view.uid)


@pytest.mark.parametrize(
    ("views", "spec", "status", "mirror_uid"),
    [
        pytest.param((API,), View.SPEC, View.SPEC, None, id="the API object alone is spec and status"),
        pytest.param((API, seen_by_kubelet(API)), View.SPEC, View.KUBELET, None, id="spec of the API, status of the kubelet"),
        pytest.param((seen_by_kubelet(API), API), View.SPEC, View.KUBELET, None, id="whichever comes first"),
        pytest.param(
            (API, seen_by_kubelet(without_status(API))), View.SPEC, View.SPEC, None, id="a kubelet's view without status tells none"
        ),
        pytest.param((seen_by_kubelet(API),), View.KUBELET, View.KUBELET, None, id="the kubelet's view alone"),
        pytest.param((mirror_of(STATIC),), View.MIRROR, View.MIRROR, MIRROR_UID, id="a mirror pod alone"),
        pytest.param((STATIC, mirror_of(STATIC)), View.KUBELET, View.KUBELET, MIRROR_UID, id="a mirror folds into its static pod"),
        pytest.param((mirror_of(STATIC), STATIC), View.KUBELET, View.KUBELET, MIRROR_UID, id="also if it comes first"),
        pytest.param(
            (MANIFEST, STATIC), View.KUBELET, View.KUBELET, None, id="a static pod's manifest, not defaulted, is not its spec yet"
        ),
        pytest.param((mirror_of(STATIC), MANIFEST), View.MIRROR, View.MIRROR, MIRROR_UID, id="nor beside its mirror pod"),
    ],
)
def test_views_of_one_pod(views: tuple[Document, ...], spec: View, status: View, mirror_uid: str | None) -> None:
    found = join(*views)
    assert (found.spec.view.view, found.status.view, found.mirror_uid) == (spec, status, mirror_uid)


@pytest.mark.parametrize(
    ("views", "expected"),
    [
        pytest.param((API,), False, id="the API object is the spec"),
        pytest.param((seen_by_kubelet(API),), True, id="a kubelet's view has lost what it does not know"),
        pytest.param((mirror_of(STATIC),), True, id="so has a mirror pod"),
        pytest.param((seen_by_kubelet(API), API), False, id="both"),
    ],
)
def test_lossy(views: tuple[Document, ...], expected: bool) -> None:
    assert join(*views).lossy is expected


def test_a_static_pod_keeps_the_uid_that_its_containers_are_labelled_with() -> None:
    assert join(mirror_of(STATIC)).spec.view.uid == KUBELET_MADE_UID


def test_pods_of_two_uids_are_two() -> None:
    assert [found.spec.view.uid for found in pods_of((API, "a"), (pod(uid=OTHER_UID), "a"))] == [UID, OTHER_UID]


def test_the_same_pod_given_twice_counts_once() -> None:
    assert len(pods_of((API, "a.json"), (API, "b.json"))) == 1


def test_manifests_without_uid_are_told_apart_by_name_and_content() -> None:
    manifest = without_uid(without_status(API))
    assert (
        len(pods_of((manifest, "a"), (manifest, "b"), (with_env(manifest, "x"), "c"), (without_uid(without_status(pod("other"))), "d")))
        == 3
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(API, with_env(API, "secret"), id="two API objects"),
        pytest.param(seen_by_kubelet(API), seen_by_kubelet(with_env(API, "secret")), id="two kubelet's views"),
    ],
)
def test_two_specs_for_one_uid_name_both_origins_and_no_value(first: Document, second: Document) -> None:
    with pytest.raises(ConflictingSpecs) as conflict:
        pods_of((first, "monday.json"), (second, "tuesday.json"))
    message = str(conflict.value)
    assert all(part in message for part in ("shop/web-7d9f-x2x1z", UID, "monday.json", "tuesday.json"))
    assert "secret" not in message


ELSEWHERE = on_node(API, "worker-2")
NOWHERE = on_node(API, None)


def test_two_specs_that_differ_in_the_node_say_so() -> None:
    with pytest.raises(ConflictingSpecs) as conflict:
        pods_of((API, "dump.json"), (NOWHERE, "export.json"))
    assert "They differ in spec.nodeName, if in nothing else: " in str(conflict.value)
    assert all(part in str(conflict.value) for part in ("worker-1 in dump.json", "none in export.json"))


@pytest.mark.parametrize(
    ("views", "expected"),
    [
        pytest.param((API, ELSEWHERE), ["worker-1 1", "worker-2 1"], id="one UID on two nodes is two pods"),
        pytest.param((API, ELSEWHERE, seen_by_kubelet(ELSEWHERE)), ["worker-1 1", "worker-2 2"], id="each with its views"),
        pytest.param((NOWHERE, seen_by_kubelet(API)), ["worker-1 2"], id="a view from before it was scheduled is of the pod"),
        pytest.param((NOWHERE, API, ELSEWHERE), ["None 1", "worker-1 1", "worker-2 1"], id="of which of two, nothing tells"),
        pytest.param(
            (without_status(NOWHERE), as_static(API, UID), as_static(ELSEWHERE, UID)),
            ["worker-1 1", "worker-2 1"],
            id="the manifest of two static pods is none of its own",
        ),
    ],
)
def test_a_pod_is_its_node_and_its_uid(views: tuple[Document, ...], expected: list[str]) -> None:
    joiner = PodJoiner()
    for document in views:
        joiner.add(examined(document, step(), NO_RECORDS))
    found = [(pod[0].node if len({one.node for one in pod}) == 1 else "worker-1", len(pod)) for pod in joiner.views(UID)]
    assert sorted(f"{node} {number}" for node, number in found) == expected
    assert len(list(joiner.checked().drain())) == len(expected)


@pytest.mark.parametrize(
    "second",
    [
        pytest.param(pod("other"), id="two API objects"),
        pytest.param(seen_by_kubelet(pod("other")), id="an API object and a kubelet's view"),
        pytest.param(seen_by_kubelet(pod("web-7d9f-x2x1z-worker-1")), id="only a manifest lacks the node's name"),
    ],
)
def test_two_pods_of_one_node_and_one_uid_name_both(second: Document) -> None:
    with pytest.raises(ConflictingPods) as conflict:
        pods_of((API, "monday.json"), (second, "tuesday.json"))
    named = str(conflict.value).partition(". ")[0]
    assert all(part in named for part in (UID, "worker-1", "shop/web-7d9f-x2x1z in monday.json", " in tuesday.json"))


def test_views_of_different_kinds_may_differ() -> None:
    assert join(with_env(API, "x"), seen_by_kubelet(API)).spec.view.view is View.SPEC


@pytest.mark.parametrize("order", [1, -1], ids=["status first", "status last"])
def test_a_manifest_beside_its_api_object_takes_no_status_away(order: int) -> None:
    found = pods_of(*[(API, "api.json"), (without_status(API), "mine.json")][::order])
    assert [(one.status.has_status, one.status.phase) for one in found] == [(True, "Running")]


OLD = known_as(record(API, hash_text="1"), "old", created_at=1)
NEW = known_as(record(API, hash_text="2"), "new", created_at=2)
NAMED = known_as(record(API, hash_text="3"), "id-of-app", created_at=0)


YOUNGER = known_as(record(API, hash_text="2"), "younger", created_at=100 * 86_400 * 10**9)


def nobody(uid: str) -> tuple[Claim, ...]:
    return ()


def nowhere(origin: Origin) -> None:
    return None


def found_in(records: Records, document: Document, name: str = "app") -> str | None:
    found = records.find(view(document), name)
    return found.container_id if found else None


@pytest.mark.parametrize(
    ("records", "document", "expected"),
    [
        pytest.param((NAMED,), API, "id-of-app", id="the container that the status names"),
        pytest.param((NAMED, OLD, NEW), API, "new", id="the status is older than the runtime's list"),
        pytest.param((OLD, YOUNGER), API, "younger", id="the status names none of these, and is older: the newest of its name"),
        pytest.param((YOUNGER, OLD), API, "younger", id="whichever comes first"),
        pytest.param((OLD, NEW), API, None, id="the status names a container that started after all of these"),
        pytest.param((OLD, NEW), waiting(API), "new", id="a status that names no container is no younger"),
        pytest.param((NEW | {"createdAt": "0"},), API, "new", id="nobody knows when the record was made"),
        pytest.param((OLD, NEW), without_status(API), "new", id="no status: the newest"),
        pytest.param((), API, None, id="no record"),
        pytest.param((record(pod(uid=OTHER_UID), hash_text="1") | {"id": "x"},), API, None, id="a record of another pod"),
        pytest.param((NAMED | {"labels": {}},), API, "id-of-app", id="a record without labels, which the status names"),
    ],
)
def test_find(records: tuple[Document, ...], document: Document, expected: str | None) -> None:
    assert found_in(recorded(*records), document) == expected


AGAIN = known_as(record(API, hash_text="3"), "new", created_at=2)
SAME = known_as(record(API, hash_text="2"), "new", created_at=2)


@pytest.mark.parametrize(
    ("listed", "state", "disputed"),
    [
        pytest.param((NEW, SAME), RunState.RUNNING, False, id="twice the same"),
        pytest.param((NEW, ended(SAME)), RunState.EXITED, False, id="it has ended meanwhile"),
        pytest.param((ended(NEW), SAME), RunState.EXITED, False, id="whichever list comes first"),
        pytest.param((NEW, AGAIN), RunState.RUNNING, True, id="two hashes"),
        pytest.param((AGAIN, ended(NEW)), RunState.EXITED, True, id="two hashes, and it has ended"),
        pytest.param((NEW, without_hash(SAME)), RunState.RUNNING, True, id="a hash and none"),
    ],
)
def test_one_container_of_two_lists(listed: tuple[Document, ...], state: RunState, disputed: bool) -> None:
    records = recorded(*listed)
    found = records.find(view(without_status(API)), "app")
    assert found is not None
    assert (found.container_id, found.state, records.disputes(found)) == ("new", state, disputed)
    assert len(records.of_pod(view(API))) == 1


def test_a_dispute_names_both_hashes_and_both_lists() -> None:
    assert recorded(NEW, AGAIN).dispute("new") == "it is 2 in crictl-ps.json, and 3 in crictl-ps.json"


def test_a_container_of_another_name_is_not_found() -> None:
    assert found_in(recorded(NEW), API, "sidecar") is None


def test_a_container_that_no_kubelet_made_belongs_to_no_pod() -> None:
    foreign = {**NEW, "labels": {}}
    records = recorded(foreign)
    assert (found_in(records, without_uid(without_status(API))), list(records.placed(nobody, nowhere).unclaimed())) == (None, [])


def test_newest_records_and_pods() -> None:
    other = known_as(record(pod(uid=OTHER_UID), hash_text="1"), "other")
    records = recorded(OLD, NEW, other)
    assert [found.container_id for found in records.of_pod(view(API))] == ["new"]
    assert [one.uid for one in records.placed(nobody, nowhere).unclaimed()] == [UID, OTHER_UID]


RUNNING = record(API, hash_text="1")
CUT_DOWN = in_phase(without_status(API) | {"status": {}}, "Running")


@pytest.mark.parametrize(
    ("records", "document", "expected"),
    [
        pytest.param((RUNNING,), API, (RunState.RUNNING, None), id="both say that it runs"),
        pytest.param((RUNNING,), exited(API), (RunState.RUNNING, 0), id="the runtime is nearer than the status"),
        pytest.param((ended(RUNNING),), API, (RunState.EXITED, None), id="the runtime knows no exit code"),
        pytest.param((ended(RUNNING),), exited(API, code=3), (RunState.EXITED, 3), id="the status adds the exit code"),
        pytest.param((ended(YOUNGER),), exited(API, code=3), (RunState.EXITED, None), id="but not that of another container"),
        pytest.param((), API, (RunState.RUNNING, None), id="the status alone"),
        pytest.param((), exited(API, code=3), (RunState.EXITED, 3), id="the status alone, exited"),
        pytest.param(
            (), in_phase(without_status(API) | {"status": {}}, "Pending"), (RunState.WAITING, None), id="a status without containers"
        ),
        pytest.param((), CUT_DOWN, (RunState.UNREPORTED, None), id="a status without containers of a pod that runs"),
        pytest.param((), in_phase(CUT_DOWN, "Unknown"), (RunState.UNREPORTED, None), id="one of a pod that nobody reaches"),
        pytest.param((), without_status(API), (RunState.UNREPORTED, None), id="nobody tells"),
    ],
)
def test_state(records: tuple[Document, ...], document: Document, expected: tuple[RunState, int | None]) -> None:
    given = view(document)
    assert state_of(recorded(*records).find(given, "app"), given, "app") == expected
