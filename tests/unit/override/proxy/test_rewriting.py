"""Only mapped annotations with the expected value change, in whatever bytes a runtime sends."""

from __future__ import annotations

import importlib
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.drawing import tried
from tests.unit.override.proxy.samples import BESIDE, C1, C2, HASH, container, entry, override, override_map
from upgradecheck.decode.runtime.protowire import chunk
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.hash import hex_of
from upgradecheck.model.override import OverrideMap
from upgradecheck.override.proxy.rewriting import SHAPES, MessageShape, Rewriter

LIST, STATUS, EVENT = SHAPES["ListContainers"], SHAPES["ContainerStatus"], SHAPES["GetContainerEvents"]
PLAN = override_map(**{C1: override("c18c318c", "f2adbab"), C2: override("1", "22222222", ("3", "44444444"))})


def rewritten(shape: MessageShape, raw: bytes, plan: OverrideMap = PLAN) -> bytes:
    rewriter = Rewriter(plan)
    once = rewriter.rewrite(shape, raw)
    assert rewriter.rewrite(shape, raw) == once, "the second time it is known"
    assert (once[1] == 0) == (once[0] is raw)
    return once[0]


OLD = (HASH, "c18c318c")
NEW = (HASH, "f2adbab")


@pytest.mark.parametrize(
    ("shape", "before", "after"),
    [
        pytest.param(LIST, chunk(1, container(9, C1, OLD)), chunk(1, container(9, C1, NEW)), id="a list: the value that the plan found becomes the new one"),
        pytest.param(STATUS, chunk(1, container(13, C1, OLD)), chunk(1, container(13, C1, NEW)), id="a status has them in field 13"),
        pytest.param(EVENT, chunk(1, b"id") + chunk(5, container(13, C1, OLD)), chunk(1, b"id") + chunk(5, container(13, C1, NEW)), id="an event has containers in field 5"),
        pytest.param(STATUS, chunk(1, container(13, C1, OLD)) + chunk(2, chunk(1, b"info")), chunk(1, container(13, C1, NEW)) + chunk(2, chunk(1, b"info")), id="the info of a verbose status stays"),
        pytest.param(LIST, chunk(1, container(9, C1, ("a", "b"), OLD, ("z", ""))), chunk(1, container(9, C1, ("a", "b"), NEW, ("z", ""))), id="among others"),
        pytest.param(
            LIST,
            chunk(1, container(9, "x", OLD)) + chunk(1, container(9, C1, OLD)) + chunk(1, container(9, C2, (HASH, "1"), (BESIDE, "3"))) + chunk(1, container(9, "y", OLD)),
            chunk(1, container(9, "x", OLD)) + chunk(1, container(9, C1, NEW)) + chunk(1, container(9, C2, (HASH, "22222222"), (BESIDE, "44444444"))) + chunk(1, container(9, "y", OLD)),
            id="several containers, one of them with both annotations",
        ),
        pytest.param(LIST, chunk(1, container(9, C1, (HASH, "5"), OLD)), chunk(1, container(9, C1, (HASH, "5"), NEW)), id="of a key that comes twice the last counts"),
        pytest.param(STATUS, chunk(1, container(13, "x")) + chunk(1, chunk(1, C1.encode()) + entry(13, *OLD)), chunk(1, container(13, "x") + chunk(1, C1.encode()) + entry(13, *NEW)), id="a status in parts: ID and value of the last"),
        pytest.param(STATUS, chunk(1, container(13, C1, OLD)) + chunk(2, b"") + chunk(1, b""), chunk(2, b"") + chunk(1, container(13, C1, NEW)), id="a status in parts with info between"),
        pytest.param(LIST, b"\x8a\x00" + chunk(1, container(9, C1, OLD))[1:], chunk(1, container(9, C1, NEW)), id="a tag of the list in two bytes"),
        pytest.param(LIST, chunk(7, b"?") + chunk(1, container(9, C1, OLD)) + chunk(7, b"!"), chunk(7, b"?") + chunk(1, container(9, C1, NEW)) + chunk(7, b"!"), id="unknown fields around"),
        pytest.param(LIST, chunk(1, chunk(9, chunk(2, b"c18c318c") + chunk(1, HASH.encode())) + chunk(1, C1.encode())), chunk(1, entry(9, *NEW) + chunk(1, C1.encode())), id="value before key, annotations before ID"),
    ],
)  # fmt: skip
def test_changes(shape: MessageShape, before: bytes, after: bytes) -> None:
    assert rewritten(shape, before) == after


@pytest.mark.parametrize(
    ("shape", "raw"),
    [
        pytest.param(LIST, b"", id="an empty list"),
        pytest.param(STATUS, chunk(2, b""), id="a status without container"),
        pytest.param(LIST, chunk(1, container(9, "c3" * 32, OLD)), id="a container that is not mapped"),
        pytest.param(LIST, chunk(1, container(9, C1[:-1], OLD)), id="an ID that begins like a mapped one"),
        pytest.param(LIST, chunk(1, container(9, C1, (HASH, "c18c318d"))), id="another value than the plan found"),
        pytest.param(LIST, chunk(1, container(9, C1, (HASH, "C18C318C"))), id="the value in another spelling"),
        pytest.param(LIST, chunk(1, container(9, C1, NEW)), id="the new value already"),
        pytest.param(LIST, chunk(1, container(9, C1)), id="no such annotation, but a label of the same name"),
        pytest.param(LIST, chunk(1, container(9, C1, OLD, (HASH, "5"))), id="the last of two counts, and is another"),
        pytest.param(LIST, chunk(1, container(9, C1, (BESIDE, "c18c318c"))), id="the other annotation, which this override does not have"),
        pytest.param(LIST, chunk(1, container(13, C1, OLD)), id="annotations in another field"),
        pytest.param(LIST, chunk(2, container(9, C1, OLD)), id="containers in another field"),
        pytest.param(LIST, chunk(1, chunk(1, C1.encode()) + chunk(1, b"x") + entry(9, *OLD)), id="of two IDs the last counts"),
    ],
)
def test_leaves_alone(shape: MessageShape, raw: bytes) -> None:
    assert rewritten(shape, raw) is raw


WHOLE = chunk(1, container(9, C1, OLD))


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(WHOLE[:-1], id="truncated"),
        pytest.param(WHOLE + WHOLE[:1], id="ends within a number"),
        pytest.param(WHOLE + b"\x00", id="field number 0"),
        pytest.param(WHOLE + b"\x0b", id="a group"),
        pytest.param(WHOLE + b"\x08\x01", id="a number in the place of a container"),
        pytest.param(chunk(1, b"\x08\x01" + entry(9, *OLD)), id="a number in the place of the ID"),
        pytest.param(chunk(1, b"\x09" + b"x" * 8 + entry(9, *OLD)), id="eight bytes in the place of the ID"),
        pytest.param(chunk(1, chunk(1, C1.encode()) + b"\x48\x01"), id="a number in the place of an annotation"),
        pytest.param(
            chunk(1, chunk(1, C1.encode()) + chunk(9, chunk(1, HASH.encode()) + b"\x10\x01")), id="a number in the place of a value"
        ),
        pytest.param(chunk(1, chunk(1, C1.encode()) + chunk(9, b"\x0a\xff")), id="an annotation that ends within its key"),
        pytest.param(b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", id="a length of more than 64 bits"),
        pytest.param(b"\x0a\xff\xff\xff\xff\x0f", id="a length of four gigabytes"),
    ],
)
def test_refuses(raw: bytes) -> None:
    with pytest.raises(SpecRefused):
        Rewriter(PLAN).rewrite(LIST, raw)


def test_adds_the_other_annotation_where_the_plan_found_none() -> None:
    plan = override_map(**{C1: override("c18c318c", "f2adbab", (None, "7"))})
    told = container(9, C1, OLD)
    assert rewritten(LIST, chunk(1, told), plan) == chunk(1, container(9, C1, NEW) + entry(9, BESIDE, "7"))
    assert rewritten(LIST, chunk(1, container(9, C1, OLD, (BESIDE, "6"))), plan) == chunk(1, container(9, C1, NEW, (BESIDE, "6")))


def test_a_changed_container_is_not_taken_from_the_cache() -> None:
    rewriter = Rewriter(PLAN)
    for told, expected in ((OLD, NEW), ((HASH, "5"), (HASH, "5")), (OLD, NEW)):
        raw = chunk(1, container(9, C1, told))
        assert rewriter.rewrite(LIST, raw)[0] == chunk(1, container(9, C1, expected))


@pytest.mark.parametrize(
    ("again", "expected"),
    [
        pytest.param([("b", "2"), OLD, ("a", "1")], [("b", "2"), NEW, ("a", "1")], id="in another order"),
        pytest.param([OLD, ("b", "2"), ("a", "1")], [NEW, ("b", "2"), ("a", "1")], id="in yet another"),
        pytest.param([("a", "1"), ("b", "3"), OLD], [("a", "1"), ("b", "3"), NEW], id="another value elsewhere"),
        pytest.param([("a", "1"), (HASH, "c18c318d"), ("b", "2")], [("a", "1"), (HASH, "c18c318d"), ("b", "2")], id="another hash"),
        pytest.param([OLD, (HASH, "5")], [OLD, (HASH, "5")], id="another hash after it"),
        pytest.param(
            [("a", entry(9, *OLD).decode()), ("b", "2")],
            [("a", entry(9, *OLD).decode()), ("b", "2")],
            id="its bytes inside of another value",
        ),
        pytest.param(
            [("a", entry(9, *OLD).decode()), OLD], [("a", entry(9, *OLD).decode()), NEW], id="its bytes inside of another value, and itself"
        ),
        pytest.param([("a", "1"), ("b", "x" * 200), OLD], [("a", "1"), ("b", "x" * 200), NEW], id="a long value"),
    ],
)
def test_a_container_that_is_told_again(again: list[tuple[str, str]], expected: list[tuple[str, str]]) -> None:
    rewriter = Rewriter(PLAN)

    def told(*annotations: tuple[str, str]) -> bytes:
        """As containerd sends it: numbers first, labels and annotations last."""
        return chunk(1, chunk(1, C1.encode()) + b"\x30\x01" + b"".join(entry(9, *one) for one in annotations))

    for first in ([("a", "1"), OLD, ("b", "2")], again):
        rewriter.rewrite(LIST, told(*first))
        assert rewriter.rewrite(LIST, told(*again))[0] == told(*expected)


@given(st.permutations([("a", "1"), ("b", "x" * 130), OLD, ("c", ""), ("d", "y" * 300)]), st.integers(0, 999))
def test_orders_do_not_matter_and_cut_bytes_do(order: list[tuple[str, str]], cut: int) -> None:
    rewriter = Rewriter(PLAN)
    before, after = (
        chunk(1, C1.encode()) + b"\x30\x01" + b"".join(entry(9, *(one if pair == OLD else pair)) for pair in order) for one in (OLD, NEW)
    )
    rewriter.rewrite(LIST, chunk(1, chunk(1, C1.encode()) + b"\x30\x01" + b"".join(entry(9, *one) for one in sorted(order))))
    assert rewriter.rewrite(LIST, chunk(1, before))[0] == chunk(1, after)
    broken = bytearray(before)
    broken[cut % len(broken)] ^= 0x80
    outcomes = []
    for one in (Rewriter(PLAN), rewriter):
        try:
            outcomes.append(one.rewrite(LIST, chunk(1, bytes(broken))))
        except SpecRefused:
            outcomes.append((b"refused", 0))
    assert outcomes[0] == outcomes[1]


def test_keeps_only_what_is_mapped() -> None:
    rewriter = Rewriter(PLAN)
    for index in range(50):
        rewriter.rewrite(LIST, chunk(1, container(9, f"{index:064}")) + chunk(1, container(9, C1, OLD)))
    assert sum(map(len, rewriter._known.values())) == 1
    for index in range(300):
        rewriter.rewrite(LIST, chunk(1, chunk(1, C1.encode()) + b"\x30\x01" + entry(9, "n", f"{index:03}") + entry(9, *OLD)))
    (known,) = rewriter._known[LIST].values()
    assert len(known.tails) == 64
    big = chunk(1, chunk(1, C1.encode()) + b"\x30\x02" + entry(9, "n", "x" * (1 << 20)) + entry(9, *OLD))
    assert NEW[1].encode() in rewriter.rewrite(LIST, big)[0]
    assert [len(one.tails) for one in rewriter._known[LIST].values()] == [0]


def _list_type() -> Any:
    """ListContainersResponse with the fields that count, by protobuf's own library; the rest it keeps as unknown fields."""
    descriptors: Any = importlib.import_module("google.protobuf.descriptor_pb2")
    pools: Any = importlib.import_module("google.protobuf.descriptor_pool")
    factory: Any = importlib.import_module("google.protobuf.message_factory")
    file = descriptors.FileDescriptorProto(name="cri.proto", package="cri", syntax="proto3")
    text, message, once, many = 9, 11, 1, 3
    told = file.message_type.add(name="Container")
    told.field.add(name="id", number=1, type=text, label=once)
    pair = told.nested_type.add(name="AnnotationsEntry")
    pair.options.map_entry = True
    pair.field.add(name="key", number=1, type=text, label=once)
    pair.field.add(name="value", number=2, type=text, label=once)
    told.field.add(name="annotations", number=9, type=message, type_name=".cri.Container.AnnotationsEntry", label=many)
    whole = file.message_type.add(name="List")
    whole.field.add(name="containers", number=1, type=message, type_name=".cri.Container", label=many)
    pool = pools.DescriptorPool()
    pool.Add(file)
    return factory.GetMessageClass(pool.FindMessageTypeByName("cri.List"))


ListResponse = _list_type()
_KEYS = st.sampled_from([HASH, BESIDE, "other", "io.kubernetes.container.hash2", ""])
_VALUES = st.sampled_from(["c18c318c", "1", "3", "f2adbab", "", "ü"])
_PARTS = st.one_of(
    st.tuples(_KEYS, _VALUES).map(lambda pair: entry(9, *pair)),
    st.sampled_from([C1, C2, "x", ""]).map(lambda one: chunk(1, one.encode())),
    st.sampled_from([b"\x30\x01", chunk(8, chunk(1, b"k")), chunk(2, b"s"), b"\x98\x06\x01"]),
)
_LISTS = st.lists(st.lists(_PARTS, max_size=6).map(b"".join), max_size=4)


@given(_LISTS)
@tried(100)
def test_is_decode_replace_encode_of_an_independent_protobuf(containers: list[bytes]) -> None:
    raw = b"".join(chunk(1, one) for one in containers)
    expected = ListResponse.FromString(raw)
    for one in expected.containers:
        mapped = PLAN.overrides.get(one.id)
        if mapped is not None:
            for key, rewrite in ((HASH, mapped.hash), (BESIDE, mapped.without_resources)):
                if rewrite is not None and key in one.annotations and one.annotations[key] == hex_of(rewrite.before):
                    one.annotations[key] = rewrite.after.hex
    found = ListResponse.FromString(rewritten(LIST, raw))
    assert found == expected
    assert found.SerializeToString(deterministic=True) == expected.SerializeToString(deterministic=True)


@given(st.binary(max_size=80) | _LISTS.map(lambda some: b"".join(chunk(1, one) for one in some)[:-1]))
def test_whatever_the_bytes_there_is_an_answer_or_a_refusal(raw: bytes) -> None:
    for shape in SHAPES.values():
        with suppress(SpecRefused):
            Rewriter(PLAN).rewrite(shape, raw)
