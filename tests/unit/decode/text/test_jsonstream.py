"""Splitting a stream into documents: exact bytes at every chunk size, lists told from objects, and every refusal with its place."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.drawing import tried
from upgradecheck.decode.text import jsonstream
from upgradecheck.decode.text.elements import MAX_DEPTH
from upgradecheck.decode.text.jsonstream import MAX_DOCUMENT, split
from upgradecheck.decode.text.streamed import Document, Envelope, Page
from upgradecheck.model.errors import InputError

MIB = 1 << 20


def chunked(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


def found(data: bytes, size: int = MIB) -> list[tuple[str, bytes] | Envelope]:
    return [(item.place, item.raw) if isinstance(item, Document) else item for item in split(chunked(data, size), "dump")]


@pytest.mark.parametrize("size", [1, 2, 3, 7, MIB])
@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(b'{"kind":"Pod"}', [("", b'{"kind":"Pod"}')], id="one object is one document"),
        pytest.param(b'\xef\xbb\xbf{"a":1}\n', [("", b'{"a":1}')], id="a UTF-8 byte order mark is passed over"),
        pytest.param(
            b'{"a":1}{"b":2}\n{"c":3}', [("", b'{"a":1}'), ("document 2", b'{"b":2}'), ("document 3", b'{"c":3}')], id="concatenated"
        ),
        pytest.param(
            b'[{"a":1}, {"b":[]}]',
            [("item 1", b'{"a":1}'), ("item 2", b'{"b":[]}'), Envelope(None, 2, False, "")],
            id="of an array, the elements",
        ),
        pytest.param(
            b'[null,"x]\\"",-1.5e3,[{}],{}]',
            [
                ("item 1", b"null"),
                ("item 2", b'"x]\\""'),
                ("item 3", b"-1.5e3"),
                ("item 4", b"[{}]"),
                ("item 5", b"{}"),
                Envelope(None, 5, False, ""),
            ],
            id="elements that are no objects keep their place",
        ),
        pytest.param(
            b'{"items" : [ {"a":1} ,\n{"b":2}],"kind":"List"}',
            [("item 1", b'{"a":1}'), ("item 2", b'{"b":2}'), Envelope("List", 2, False, "")],
            id="kubectl prints kind after items",
        ),
        pytest.param(
            b'{"kind":"PodList","metadata":{"continue":"abc"},"items":[{}]}',
            [("item 1", b"{}"), Envelope("PodList", 1, True, "", Page(next="abc"))],
            id="a page that is not the last",
        ),
        pytest.param(b'{"items":[]}', [Envelope(None, 0, False, "", items=True)], id="crictl pods on an empty node"),
        pytest.param(b'{"containers":[]}', [Envelope(None, 0, False, "")], id="crictl ps on an empty node"),
        pytest.param(
            b'{"a":1}\n{"containers":[{"id":"x"}]}',
            [("", b'{"a":1}'), ("document 2 item 1", b'{"id":"x"}'), Envelope(None, 1, False, "document 2")],
            id="places name the document, too",
        ),
        pytest.param(
            b'[{"kind":"PodList","items":[{}]},{"kind":"NodeList","items":[{}]}]',
            [
                ("item 1 item 1", b"{}"),
                Envelope("PodList", 1, False, "item 1"),
                ("item 2 item 1", b"{}"),
                Envelope("NodeList", 1, False, "item 2"),
                Envelope(None, 2, False, ""),
            ],
            id="lists in an array (jq -s)",
        ),
        pytest.param(
            b'{"items":[{"items":[{"a":1}],"kind":"List"},{"kind":"List","items":[]},{"b":[2]}],"kind":"List"}',
            [
                ("item 1 item 1", b'{"a":1}'),
                Envelope("List", 1, False, "item 1"),
                Envelope("List", 0, False, "item 2"),
                ("item 3", b'{"b":[2]}'),
                Envelope("List", 3, False, ""),
            ],
            id="lists in a List",
        ),
        pytest.param(
            b'{"items":[{"containers":[{}]},{"kind":"Pod","items":[{}]}]}',
            [("item 1", b'{"containers":[{}]}'), ("item 2", b'{"kind":"Pod","items":[{}]}'), Envelope(None, 2, False, "", items=True)],
            id="what stands in a List and is none",
        ),
        pytest.param(
            b'{"kind":"Pod","containers":[{"name":"x"}],"spec":{}}',
            [("", b'{"kind":"Pod","containers":[{"name":"x"}],"spec":{}}')],
            id="a Pod with a stray member is no list",
        ),
        pytest.param(b'{"spec":{"items":[1]}}', [("", b'{"spec":{"items":[1]}}')], id="items deeper inside are none of ours"),
        pytest.param(
            b'{"x":"\\"items\\":[","y":"{[\\\\"}', [("", b'{"x":"\\"items\\":[","y":"{[\\\\"}')], id="brackets in strings do not count"
        ),
        pytest.param(b'{"a\\"items":[1]}', [("", b'{"a\\"items":[1]}')], id="a key that ends like items is another key"),
        pytest.param(b'{"x":"' + b"\\\\" * 1300 + b'"}', [("", b'{"x":"' + b"\\\\" * 1300 + b'"}')], id="a string of very many escapes"),
        pytest.param(b'{"n":1e400,"n":"\\ud800\xff"}', [("", b'{"n":1e400,"n":"\\ud800\xff"}')], id="odd numbers, texts and keys pass"),
    ],
)
def test_documents_whatever_the_chunks(data: bytes, expected: list[object], size: int) -> None:
    assert found(data, size) == expected


def test_a_document_knows_its_offset_and_line() -> None:
    data = b'{"kind":"List","items":[\n  {"a":\n1},\n  {"b":2}\n]}\n{"c":3}'
    documents = [item for item in split([data], "dump") if isinstance(item, Document)]
    assert [(data[item.offset :].startswith(item.raw), item.line, item.raw) for item in documents] == [
        (True, 2, b'{"a":\n1}'),
        (True, 4, b'{"b":2}'),
        (True, 6, b'{"c":3}'),
    ]


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text() | st.sampled_from(["items", "containers", "kind"]), inner, max_size=4)
    ),
    max_leaves=12,
)
objects = st.dictionaries(st.sampled_from(["metadata", "spec", "a\\", 'b"']), values, max_size=3)


@given(
    st.lists(objects, min_size=1, max_size=6), st.sampled_from(["array", "list", "lines"]), st.integers(1, 40), st.sampled_from([None, 1])
)
def test_a_dump_gives_back_what_was_dumped_and_where(items: list[object], how: str, size: int, indent: int | None) -> None:
    texts = [json.dumps(item, indent=indent, ensure_ascii=False).encode("utf-8", "surrogatepass") for item in items]
    data = {"array": b"[" + b", ".join(texts) + b"]", "list": b'{"items":[' + b",".join(texts) + b"]}", "lines": b"\n".join(texts)}[how]
    documents = [item for item in split(chunked(data, size), "dump") if isinstance(item, Document)]
    assert [item.raw for item in documents] == texts
    assert [data[item.offset : item.offset + len(item.raw)] for item in documents] == texts
    assert [item.line for item in documents] == [data.count(b"\n", 0, item.offset) + 1 for item in documents]


@given(st.lists(objects, min_size=1, max_size=4), st.data())
def test_no_truncated_dump_is_taken_for_a_whole_one(items: list[object], data: st.DataObject) -> None:
    dump = json.dumps({"apiVersion": "v1", "items": items, "kind": "List"}).encode()
    cut = data.draw(st.integers(0, len(dump) - 1))
    with pytest.raises(InputError):
        list(split([dump[:cut]], "dump"))


@given(st.binary(max_size=200) | st.text(alphabet='{}[]",:\\ a1\n', max_size=60).map(str.encode), st.integers(1, 20))
def test_any_bytes_are_documents_or_one_input_error_at_every_chunk_size(data: bytes, size: int) -> None:
    def outcome(chunk_size: int) -> object:
        try:
            return found(data, chunk_size)
        except InputError as error:
            return str(error)

    assert outcome(size) == outcome(MIB)


WANTED = "Wanted JSON as kubectl -o json or crictl -o json print it"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(b"", f"dump: is empty. {WANTED}; did the command that wrote it fail?", id="nothing"),
        pytest.param(b" \n\t", f"dump: is empty. {WANTED}; did the command that wrote it fail?", id="blanks only"),
        pytest.param(
            b'{"a":{\n"b":1}',
            "dump: byte 13, line 2: ends in the middle of the document that begins at byte 0, line 1: truncated, or still being written."
            " Take the dump again.",
            id="truncated in an object",
        ),
        pytest.param(
            b'{"items":[{"a":1},\n{"b":',
            "dump: byte 24, line 2: ends in the middle of item 2 that begins at byte 19, line 2: truncated, or still being written."
            " Take the dump again.",
            id="truncated in an item, which is named",
        ),
        pytest.param(
            b'[{"a":1},',
            "dump: byte 9, line 1: ends before its array is closed, after item 1: truncated. Take the dump again.",
            id="truncated between items",
        ),
        pytest.param(
            b'{"a":1}\nOK\n',
            "dump: byte 8, line 2: found 'O' after document 1, wanted another document or the end. Remove what is no JSON.",
            id="garbage after a document",
        ),
        pytest.param(
            b'[{"a":1} {"b":2}]',
            "dump: byte 9, line 1: found '{' after item 1, wanted a comma or the end of the array."
            " Check that the file is whole and the output of one command only.",
            id="a comma is missing",
        ),
        pytest.param(
            b'[{"a":1},]',
            "dump: byte 9, line 1: found ']' after item 1, wanted a document. Check that the file is whole and the output of one command only.",
            id="a comma too many",
        ),
        pytest.param(
            b'{"items":[{}],"items":[{}]}',
            "dump: byte 22, line 1: the document has a second array 'items'. Remove one of them.",
            id="items twice: Go takes the last one, a person expects both",
        ),
        pytest.param(
            b'{"items":[{}],"kind":}',
            "dump: byte 22, line 1: the document is no valid JSON beside its list. Take the dump again.",
            id="a list whose own members are no JSON",
        ),
        pytest.param(
            b"\x1f\x8b\x08\x00", f"dump: is gzip-compressed twice; decompress it once first (gunzip). {WANTED}.", id="gzip in gzip"
        ),
        pytest.param(
            '{"kind":"Pod"}'.encode("utf-32"),
            f"dump: is neither UTF-8 nor UTF-16; convert it (iconv -f UTF-32 -t UTF-8). {WANTED}.",
            id="UTF-32",
        ),
        pytest.param(
            b"Error from server (Forbidden): pods is forbidden\n",
            f"dump: holds an error message of kubectl, no objects. {WANTED}.",
            id="an error in place of the output",
        ),
        pytest.param(
            b"NAME    READY   STATUS\nweb-0   1/1     Running\n",
            f"dump: looks like a table; take it again with -o json. {WANTED}.",
            id="no -o",
        ),
        pytest.param(
            b"<!DOCTYPE html>",
            f"dump: looks like HTML or XML, perhaps a login or error page in place of the API server's answer. {WANTED}.",
            id="a login page",
        ),
        pytest.param(
            b"null\n", f"dump: begins neither like JSON, with {{ or [, nor like YAML. {WANTED}.", id="JSON, and neither object nor array"
        ),
        pytest.param(
            b'{"a":' + b"[" * MAX_DEPTH + b"]" * MAX_DEPTH + b"}",
            "dump: byte 204, line 1: the document is nested deeper than 200 levels. No Kubernetes object is; leave it out.",
            id="too deep",
        ),
        pytest.param(
            b'{"items":[' * 11,
            "dump: byte 109, line 1: lists are nested deeper than 10 levels. Take them apart.",
            id="lists in lists in lists",
        ),
    ],
)
def test_refusals_name_the_place_and_what_next(data: bytes, message: str) -> None:
    with pytest.raises(InputError) as caught:
        list(split([data], "dump"))
    assert str(caught.value) == message


def test_the_deepest_document_that_is_allowed_passes() -> None:
    data = b"[" + b"[" * MAX_DEPTH + b"]" * MAX_DEPTH + b"]"
    assert found(data) == [("item 1", data[1:-1]), Envelope(None, 1, False, "")]


@pytest.mark.parametrize(
    ("beginning", "filling", "named"),
    [
        pytest.param(b'[{},{"a":"', b"x", "item 2 that begins at byte 4, line 1", id="one string"),
        pytest.param(b'[{},"', b'\\"', "item 2 that begins at byte 4, line 1", id="a string of escapes"),
        pytest.param(b'[{},{"a":[', b'"a",', "item 2 that begins at byte 4, line 1", id="many small values", marks=pytest.mark.long),
        pytest.param(b"[{},", b"1", "item 2 that begins at byte 4, line 1", id="one number"),
        pytest.param(
            b'{"items":[{}],"x":"', b"x", "the document that begins at byte 0, line 1", id="what is left of a list", marks=pytest.mark.long
        ),
    ],
)
def test_100_mb_on_a_single_line_are_refused_without_being_held(beginning: bytes, filling: bytes, named: str) -> None:
    given_out = 0

    def endless() -> Iterator[bytes]:
        nonlocal given_out
        yield beginning
        for _ in range(100):
            given_out += MIB
            yield filling * (MIB // len(filling))

    tracemalloc.start()
    with pytest.raises(InputError) as caught:
        list(split(endless(), "dump"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert str(caught.value) == f"dump: {named} is larger than 10 MiB. No Kubernetes object is that large; leave it out."
    assert given_out <= MAX_DOCUMENT + 2 * MIB
    assert peak < 3 * MAX_DOCUMENT


@pytest.mark.parametrize("filling", [b"{},", *(pytest.param(filling, marks=pytest.mark.long) for filling in (b"[[[[]]]],", b'{"a":{}},'))])
def test_a_document_of_very_many_brackets_is_refused_before_it_is_read(filling: bytes) -> None:
    data = b'{"a":[' + filling * (3 * MIB // len(filling)) + b"1]}"
    with pytest.raises(InputError) as caught:
        list(split(chunked(data, MIB), "dump"))
    wanted = "dump: the document that begins at byte 0, line 1 has more than 500,000 brackets. No Kubernetes object has; leave it out."
    assert str(caught.value) == wanted


def test_the_bound_of_a_run_of_strings_is_crossed() -> None:
    document = json.dumps({f"k{number}": "v" for number in range(2000)}).encode()
    assert len(jsonstream._TOKEN.findall(document)) < 20
    assert found(document) == [("", document)]


PLAIN = b'{"metadata":{"name":"p"},"spec":{"volumes":[{"projected":{"sources":[{"configMap":{"items":[{"key":"a"}]}}]}}]}}'
SERIES = st.lists(
    st.sampled_from(
        (
            *(PLAIN, PLAIN, PLAIN, PLAIN.replace(b",", b", ").replace(b":", b": "), b'{"metadata":{},"a":"},{\\"metadata\\""}'),
            *(b'{"metadata":{},"items":[{"metadata":{}},{"metadata":{}}]}', b'{"metadata":{"a":[{},{"metadata":{}}]}}', b'{"metadata":1}'),
            *(b'{"metadata":{"name":"\xff\\ud83d"}}', b'{"metadata":01}', b'{"metadata":{}', b"null", b'{"containers":[{}],"metadata":1}'),
            *(b'{"metadata":' + b"[" * (MAX_DEPTH - 2) + b"]" * (MAX_DEPTH - 2) + b"}", b'{"metadata":' + b"[" * 300 + b"]" * 300 + b"}"),
        )
    ),
    max_size=8,
)
AROUND = st.sampled_from(
    (
        (b"", b""),
        (b"{}\n", b"\n"),
        (b"[", b"]"),
        (b'{"items":[', b'],"kind":"List"}'),
        (b'{"kind":"PodList","items": [\n   ', b"\n]}"),
        (b"[", b""),
    )
)


@tried(150)
@given(
    SERIES,
    AROUND,
    st.sampled_from((b",", b",", b", ", b" ,\n   ", b",\n        ", b" ", b"\n", b"\n", b" \r\n\n ")),
    st.sampled_from((MIB, MIB, 200, 450)),
)
def test_elements_that_are_taken_at_once_are_those_that_are_found_one_by_one(
    series: list[bytes], around: tuple[bytes, bytes], comma: bytes, size: int
) -> None:
    data = around[0] + comma.join(series) + around[1]

    def outcome() -> list[Document | Envelope] | str:
        try:
            return list(split(chunked(data, size), "dump"))
        except InputError as error:
            return str(error)

    at_once = outcome()
    with pytest.MonkeyPatch.context() as patched:
        for taker in ("_whole", "_lines"):
            patched.setattr(jsonstream._Splitter, taker, lambda splitter, position: (position, ()))
        assert outcome() == at_once


@pytest.mark.parametrize(
    ("data", "alone"),
    [
        pytest.param(b'{"items":[' + b",".join([PLAIN] * 50) + b"]}", ["", "item 50"], id="the list, and its last element"),
        pytest.param(b'{"items": [' + b", ".join([PLAIN] * 50) + b"]}", ["", "item 50"], id="a list with blanks behind its commas"),
        pytest.param(b"\n".join([PLAIN] * 50), ["", "document 50"], id="the first line and the last"),
    ],
)
def test_documents_are_taken_at_once(data: bytes, alone: list[str]) -> None:
    begun: list[str] = []
    begin = jsonstream._Splitter._begin

    def counted(splitter: jsonstream._Splitter, position: int, place: str) -> int:
        begun.append(place)
        return begin(splitter, position, place)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(jsonstream._Splitter, "_begin", counted)
        assert [one[1] for one in found(data) if not isinstance(one, Envelope)] == [PLAIN] * 50
    assert begun == alone
