"""Records of files stay packed: nothing of them is lost, files together say the same, and plans that look at packed ones are the same plans."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.builders import CATALOG, as_version
from tests.drawing import TIMES, thrown
from tests.property.test_known_replicas import BORN, DAY, EXACT, RECORDS, SECOND, Change, Records_, few, known, packed, plain
from tests.property.test_replicas import STEPS, found
from upgradecheck.decode.kube.shapes import PodGlimpse
from upgradecheck.decode.text.streamed import Run
from upgradecheck.model.errors import InputError
from upgradecheck.model.packed import Containers, PackedList
from upgradecheck.model.pod import ContainerRecord, Origin, PodSource, RunState, SandboxRecord
from upgradecheck.planning import remembering
from upgradecheck.planning.evidence import lists
from upgradecheck.planning.evidence.past import past_of
from upgradecheck.planning.seeing.joining import PodJoiner
from upgradecheck.sources.files import open_inputs, packing
from upgradecheck.sources.files import records as reading
from upgradecheck.sources.files.decoding import Decoding
from upgradecheck.sources.files.packing import PackedFile, packed_file
from upgradecheck.sources.files.records import FileRecords

Record = ContainerRecord | SandboxRecord
ODD: tuple[Change, ...] = (
    *RECORDS,
    lambda _, one: replace(one, created_at=1 << 63),
    lambda _, one: replace(one, pod_uid=""),
    lambda _, one: replace(one, sandbox_id="elsewhere"),
    lambda _, one: replace(one, attempt=1 << 64),
    lambda _, one: replace(one, origin=Origin(one.origin.source, "document 2")),
    lambda _, one: replace(one, origin=Origin(one.origin.source, f"document 2 {one.origin.place}", 7)),
    lambda _, one: replace(one, origin=Origin(one.origin.source, "item 007")),
)
PLAIN = plain(few())


def of_file(dice: random.Random, name: str, odd: int) -> list[Record]:
    """The records of a file, of which about so many of a hundred are changed in one way or another."""
    records: list[Record] = [*PLAIN[0], *PLAIN[1]]
    dice.shuffle(records)
    made = list[Record]()
    for number, one in enumerate(dice.sample(records, dice.randrange(1, len(records))), 1):
        record = replace(one, origin=Origin(name, f"item {number}", number))
        if isinstance(record, SandboxRecord):
            record = replace(record, source=dice.choice((None, *PodSource)), config_hash=dice.choice((None, "hash")))
        elif dice.randrange(100) < odd:
            record = dice.choice(ODD)(dice, record)
            record = replace(record, origin=replace(record.origin, source=name))
        made += [record] * (1 + (dice.randrange(100) < odd // 4))
    return made


def exactly(records: Iterable[Record]) -> list[str]:
    """All of them, with what two that are equal may differ in."""
    return sorted(repr([getattr(one, name) for name in one.__struct_fields__]) for one in records)


def packs_all(*, odd: int) -> bool:
    """Whether drawn files come back as they were, in their order."""
    dice = random.Random(odd)
    for _ in range(60 * TIMES):
        records = of_file(dice, "node.json", odd)
        file = packed_file(records)
        back = file.unpacked().rest
        if exactly(back) != exactly(records) or (not odd and (file.rest or list(back) != records)):
            return False
    return True


@pytest.mark.parametrize("odd", [0, 10, 40])
def test_the_records_of_a_file_come_back_as_they_were(odd: int) -> None:
    assert packs_all(odd=odd)


def test_most_records_stay_packed() -> None:
    file = packed_file(of_file(random.Random(1), "node.json", 0))
    assert [len(one) > 0 for one in file.lists] == [True]
    assert not file.rest


def test_each_part_of_what_packs_is_asked() -> None:
    """The gate is needed: without it records come back otherwise, or not at all."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(packing, "_is_plain", lambda record: True)
        with pytest.raises(Exception):  # noqa: B017, PT011 - whichever comes first
            assert packs_all(odd=40)


def together(dice: random.Random, files: Sequence[Sequence[Record]]) -> tuple[object, ...]:
    """What files together tell."""
    told = FileRecords()
    for its in files:
        told.add(its)
    sources = [list(dict.fromkeys(one.origin.source for one in its)) for its in (told.containers, told.sandboxes)]
    return exactly(told.containers), exactly(told.sandboxes), told.listed_again, sources


def drawn_together(dice: random.Random) -> Sequence[Sequence[Record]]:
    """Some files: of several nodes, two takings of one, or both."""
    files = [of_file(dice, f"{number}.json", dice.choice((0, 20))) for number in range(dice.randrange(1, 4))]
    if dice.randrange(2):  # each of a node of its own
        files = [[replace(one, pod_uid=f"{one.pod_uid}-{number}", **_own(one, number)) for one in its] for number, its in enumerate(files)]
    return files


def _own(one: Record, number: int) -> dict[str, str]:
    return {"sandbox_id": f"{one.sandbox_id}-{number}"} | (
        {} if isinstance(one, SandboxRecord) else {"container_id": f"{one.container_id}-{number}"}
    )


def test_files_together_tell_what_they_tell_as_they_are() -> None:
    dice, packs, differs = thrown(), 0, 0
    for _ in range(60 * TIMES):
        files = drawn_together(dice)
        told = together(dice, files)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(reading, "packed_file", lambda records: PackedFile(rest=tuple(records)))
            assert told == together(dice, files)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(reading, "told_alone", iter)
            differs += told != together(dice, files)
        taken = FileRecords()
        for its in files:
            taken.add(its)
        packs += isinstance(taken.containers, Containers) and any(isinstance(one, PackedList) for one in taken.containers.parts)
    assert packs > 10 * TIMES
    assert differs  # what two files tell of is compared


Plant = Callable[[pytest.MonkeyPatch], None]


def _made_at_once(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(remembering, "made_of", lambda records, uid, names: [BORN + DAY for _ in names])


def _whole(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(lists, "_is_whole", lambda pod, listed: True)


def _nowhere(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(PodJoiner, "packed", lambda self, records: ())


def _lack_none(patch: pytest.MonkeyPatch) -> None:
    kept = lists.Shown.take_replica

    def take(self: lists.Shown, *its: object) -> None:
        lacking = dict(self.lacking_sandboxes)
        kept(self, *its)  # type: ignore[arg-type]
        self.lacking_sandboxes = lacking

    patch.setattr(lists.Shown, "take_replica", take)


ALIKE = ("u-3", "u-4", "u-5")
"""Several, so that all but the first of them are replicas, whatever is changed of them."""


def _born_later(its: Records_) -> Records_:
    """Half a second after the second in which a kubelet started."""
    made = [replace(one, created_at=BORN + DAY + (one.pod_uid in ALIKE) * SECOND // 2) for one in its[0]]
    return made, its[1]


def _without_container(its: Records_) -> Records_:
    return [one for one in its[0] if one.pod_uid not in ALIKE or one.name != "c0"], its[1]


def _without_sandbox(its: Records_) -> Records_:
    return its[0], [one for one in its[1] if one.pod_uid not in ALIKE]


def _of_no_name(its: Records_) -> Records_:
    """A list of replicas alone that does not name its node, and shows another container of a pod that is on another one."""
    containers = [replace(one, origin=_apart(one.pod_uid, one.origin)) for one in its[0]]
    sandboxes = [replace(one, origin=_apart(one.pod_uid, one.origin)) for one in its[1]]
    elsewhere = [replace(one, container_id="f" * 64) if (one.pod_uid, one.name) == ("u-5", "c0") else one for one in containers]
    return [one for one in elsewhere if (one.pod_uid, one.name) != ("u-5", "c1")], sandboxes


def _apart(uid: str, origin: Origin) -> Origin:
    return Origin("a.json" if uid in ALIKE else "b.json", origin.place)


@pytest.mark.parametrize(
    ("plant", "change"),
    [
        pytest.param(_made_at_once, _born_later, id="when containers were made"),
        pytest.param(_whole, _without_container, id="whether all are listed"),
        pytest.param(_lack_none, _without_sandbox, id="whose sandbox is not listed"),
        pytest.param(_nowhere, _of_no_name, id="where a list was made"),
    ],
)
def test_each_part_of_what_is_asked_of_packed_records_is_needed(plant: Plant, change: Callable[[Records_], Records_]) -> None:
    documents = few()
    if plant is _nowhere:
        documents[5] = documents[5].replace(b'"nodeName": "node-0"', b'"nodeName": "node-1"')
    starts = (replace(EXACT[0], start_time=BORN + DAY + SECOND // 3), EXACT[1])
    past = past_of(starts, as_version("1.30.14"), CATALOG, reported=True)
    documents = [one.replace(b"2024-01-02T00:00:00Z", b"2024-01-03T00:00:00Z") for one in documents]
    asked = known(*STEPS[0], change(plain(documents)), {"node-0": past})
    expected = found(documents, asked, fast=False)
    assert found(documents, packed(asked), fast=True) == expected
    with pytest.MonkeyPatch.context() as patch:
        plant(patch)
        assert found(documents, packed(asked), fast=True) != expected


ENTRY: dict[str, object] = {
    "id": "c" * 64,
    "podSandboxId": "s",
    "metadata": {"name": "app", "attempt": 0},
    "state": "CONTAINER_RUNNING",
    "createdAt": "1704153600000000000",
    "labels": {"io.kubernetes.pod.name": "p", "io.kubernetes.pod.namespace": "n", "io.kubernetes.pod.uid": "u"},
    "annotations": {"io.kubernetes.container.hash": "1f"},
}
OTHERWISE: tuple[dict[str, object], ...] = (
    {"id": "d" * 64},
    {"id": None},
    {"id": "é\\ud800"},
    {"kind": ""},
    {"kind": "Pod", "spec": {"containers": []}},
    {"kind": "Service"},
    {"spec": {"containers": [{}], "nodeName": "n"}},
    {"spec": []},
    {"podSandboxId": None},
    {"podSandboxId": ""},
    {"podSandboxId": 7},
    {"state": "RUNNING"},
    {"state": 9},
    {"createdAt": "soon"},
    {"createdAt": 1 << 70},
    {"metadata": None},
    {"metadata": {"attempt": -1}},
    {"labels": {}},
    {"annotations": {"io.kubernetes.container.hash": "0001F"}},
    {"annotations": {"io.kubernetes.container.hash": "rubbish"}},
    {"containers": []},
    {"items": [{}]},
    {"status": {"nodeInfo": {}}},
)


def read(path: Path) -> tuple[object, ...]:
    """What is known of a file: records, refusals, what it is taken for."""
    try:
        with open_inputs([str(path)], recursive=False) as inputs:
            facts = inputs.facts()
            return exactly(facts.containers), facts.missing, facts.notices, facts.set_aside, facts.empty_lists
    except InputError as error:
        return (str(error),)


def test_containers_that_are_read_together_are_read_as_each_by_itself(tmp_path: Path) -> None:
    """Each kind of entry in a list of plain ones, alone, and with others."""
    path, kept, together_ = tmp_path / "node-0.json", Decoding.take_list, list[bool]()

    def taken(self: Decoding, run: Run, name: str) -> bool:
        together_.append(kept(self, run, name))
        return together_[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Decoding, "take_list", taken)
        for number, otherwise in enumerate(OTHERWISE):
            entries = [ENTRY | {"id": f"{place:064x}"} for place in range(4)]
            entries[2] |= otherwise
            path.write_text(json.dumps({"containers": entries[number % 3 :]}, indent=number % 2 or None).replace("\\\\u", "\\u"))
            told = read(path)
            with pytest.MonkeyPatch.context() as each:
                each.setattr(Decoding, "take_list", lambda self, run, name: False)
                assert told == read(path), otherwise
    assert together_.count(True) > 5
    assert together_.count(False) > 5


def test_what_is_no_container_is_not_read_with_them(tmp_path: Path) -> None:
    path = tmp_path / "node-0.json"
    path.write_text(json.dumps({"containers": [ENTRY | {"id": f"{place:064x}", "kind": "Pod"} for place in range(4)]}))
    told = read(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PodGlimpse, "is_container", property(lambda self: bool(self.pod_sandbox_id)))
        patch.setattr(PodGlimpse, "is_pod", property(lambda self: False))
        assert read(path) != told


def test_states_are_all_packed() -> None:
    records = [
        replace(one, state=state, origin=Origin("a", f"item {number}"), container_id=f"{number:064x}")
        for number, state in enumerate(RunState, 1)
        for one in PLAIN[0][:1]
    ]
    assert [*Containers(packed_file(records).lists)] == records
