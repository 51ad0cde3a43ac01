"""Containers drawn from a minor's own schema, as JSON text, nasty values included.

Text and not Python objects, because what decides hashes is often lost in objects: duplicate keys, number tokens, escapes,
bytes that are no UTF-8. Most values are fine, some are empty, null or odd, and few are refused, so that most containers
come through and all kinds of refusal are met.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from upgradecheck.hashing.codecs import (
    BoolCodec,
    Codec,
    IntCodec,
    MapCodec,
    PointerCodec,
    SliceCodec,
    StringCodec,
    StructCodec,
    StructField,
)
from upgradecheck.hashing.gotypes import codecs
from upgradecheck.hashing.special_codecs import IntOrStringCodec, QuantityCodec, TimeCodec
from upgradecheck.model.schema import Schema

Draw = Callable[[st.SearchStrategy[Any]], Any]

TEXTS = (
    b"", b"a", b"app", b"nginx:1.25", b"/healthz", b"sleep 5 && exit 0 | cat < /dev/null > out", b'say \\"hi\\"', b"\\\\server\\\\share",
    b"line\\nbreak\\ttab\\rreturn", b"\\b\\f", b"\\u0008\\u000c", b"\\u0000\\u0001\\u001f\\u007f", b"\\u003c\\u003E\\u0026", b"<>&", b"\\/",
    "é漢字😀".encode(), "\u2028\u2029".encode(), b"\\u2028\\u2029", b"\\u00e9\\u6f22", b"\\ud83d\\ude00", b"\\ud83d", b"\\ude00", b"\\ud83dabc",
    b"\\ud83d\\u0041", b"\\ud83d\\ud83d\\ude00", b"\\ude00\\ud83d\\ude00", b"\\ud83d\\n", b"\\ud83d\\\\", b"\\uFFFD", "\ufffd".encode(),
    b"\xff", b"a\xc0\xafb", b"\xed\xa0\x80", b"\xe2\x82", b"\xf4\x90\x80\x80", b"\xe2\x80\xa8\xff", b"\xc3", b"\x7f", "\ufeff".encode(),
)  # fmt: skip
"""The insides of JSON strings."""

QUANTITIES = (
    b"0", b"1", b"100m", b"0.5", b"1.5", b"1.500", b"+1", b"-1", b"01", b"007m", b"1.", b".5", b"1E3", b"1e3", b"1e03", b"1e+3", b"1e-1", b"12e6",
    b"1.5e3", b"1000m", b"1000", b"1024Ki", b"1024Mi", b"2048Mi", b"1.5Gi", b"0.3Ki", b"0.0009765625Ki", b"8Ei", b"16Ei", b"1000E", b"1000000E",
    b"0Mi", b"00", b"-0", b"+", b"-", b".", b"100n", b"0.1n", b"1e-10", b"123456789012345678", b"1234567890123456789", b"12345678901234567890",
    b"0.123456789", b"0.1234567891", b"100Ti", b"1Pi", b"1Ei", b"9Ki", b"1023", b"1025", b"-1024Ki", b"-1.5Gi", b"-0.3Ki", b"1k", b"1K", b"1ki",
    b"1e", b"1E", b"1m5", b"", b" 5", b"5 ", b"5\\u0069", b"1e4294967297", b"1e99999999999999999999", b"5u", b"1e1000", b"1.0E1", b"010", b"0.250",
    b"\\t5", b"5\\n", b" \\r5", b"\\\"5", b"5\\/",
)  # fmt: skip
TREES = (
    b'{"f:name":{}}', b'{"f:spec":{"k:{\\"name\\":\\"app\\"}":{".":{}}}}', b'{"f:name":null}',
    b'{"f:name":1}', b'{"f:name":{".":[]}}', b'{"a":{},"a":"x"}', b"[]", b'"f:name"',
)  # fmt: skip
"""Managed fields; the last five are refused where they are read as maps in maps."""
TIMES = (
    b"2024-06-02T21:30:00Z", b"2024-02-29T00:00:00+02:00", b"2024-06-02T21:30:00.123456789Z", b"0001-01-01T00:00:00Z", b"2024-06-02T1:30:00Z",
    b"2023-02-29T00:00:00Z", b"2024-06-31T00:00:00Z", b"2024-13-01T00:00:00Z", b"2024-06-02T24:00:00Z", b"2024-06-02T21:60:00Z", b"2024-06-02T21:30:60Z",
    b"2024-06-02 21:30:00Z", b"2024-06-02T21:30:00", b"2024-06-02T21:30:00z", b"2024-06-02T21:30:00,5Z", b"2024-06-02T21:30:00.Z", b"", b"2024-06-02",
    b"2024-06-02T21:30:00+24:00", b"2024-06-02T21:30:00+23:60", b"2024-06-02T21:30:00+0200", b"2024-6-2T21:30:00Z", b"2024-00-01T00:00:00Z", b"24-06-02T21:30:00Z",
    b"2024-06-00T00:00:00Z", b"10000-01-01T00:00:00Z", b"2024-06-02T21:30:00\\u005a", b" 2024-06-02T21:30:00Z", b"2024-06-02T021:30:00Z", b"2024-06-02T21:3:00Z",
)  # fmt: skip
"""Times; the first five are fine for every Go."""
INTS = (b"0", b"1", b"-1", b"80", b"8080", b"65535", b"2147483647", b"-2147483648", b"-0")
BAD_INTS = (b"2147483648", b"-2147483649", b"9223372036854775808", b"80.0", b"8e1", b"1E0", b'"80"', b"true", b"[]", b"{}")
WRONG: tuple[bytes, ...] = (b"true", b"1", b'"text"', b"[]", b"{}", b"[1]", b'{"a":1}')


def container_texts(schema: Schema, *, refusable: bool = True) -> st.SearchStrategy[bytes]:
    """JSON texts of a Container of this minor; without refusable, only such as its decoder takes."""
    codec = codecs(schema).root("Container")

    @st.composite
    def texts(draw: Draw) -> bytes:
        return Writer(draw, refusable=refusable).write(codec, 0)

    return texts()


def pod_texts(schema: Schema) -> st.SearchStrategy[bytes]:
    """JSON texts of a whole Pod of this minor, with status and metadata, refused ones among them."""
    codec = codecs(schema).root("Pod")

    @st.composite
    def texts(draw: Draw) -> bytes:
        return Writer(draw, refusable=True).pod(codec)

    return texts()


class Writer:
    """Writes JSON texts of Go types, by what is drawn."""

    def __init__(self, draw: Draw, *, refusable: bool) -> None:
        self._draw, self._refusable = draw, refusable
        self._one_null_in = 40

    def write(self, codec: Codec, depth: int) -> bytes:
        if self._chance(self._one_null_in):
            return b"null"
        if self._refusable and self._chance(250):
            return self._pick(WRONG)
        match codec:
            case StructCodec():
                return self._struct(codec, depth)
            case PointerCodec():
                return self.write(codec.elem, depth)
            case SliceCodec():
                return b"[" + self._blank().join(self._separated(self.write(codec.elem, depth + 1) for _ in range(self._count()))) + b"]"
            case MapCodec():
                members = (b'"' + self._key() + b'":' + self.write(codec.elem, depth + 1) for _ in range(self._count()))
                return b"{" + b"".join(self._separated(members)) + b"}"
            case _:
                return self._leaf(codec)

    def pod(self, codec: Codec) -> bytes:
        """A Pod that keeps its kind and has an app container, and else what the dice give."""
        assert isinstance(codec, StructCodec)
        names = [known for known in self._some_fields(codec, 2, 4, 1) if known.json not in ("kind", "apiVersion")]
        members = [b'"metadata":{}', *(b'"' + known.json.encode() + b'":' + self.write(known.codec, 1) for known in names)]
        return b'{"apiVersion":"v1","kind":"Pod","spec":{"containers":[{"name":"app","image":"nginx"}]},' + b",".join(members) + b"}"

    def _leaf(self, codec: Codec) -> bytes:
        match codec:
            case StringCodec():
                return self._text()
            case BoolCodec():
                return self._pick((b"true", b"false"))
            case IntCodec():
                return self._int()
            case IntOrStringCodec():
                return self._int() if self._chance(2) else self._text()
            case QuantityCodec():
                return self._quantity()
            case TimeCodec():
                return b'"' + self._pick(TIMES if self._refusable else TIMES[:5]) + b'"'
            case _:
                return self._pick(TREES if self._refusable else TREES[:3])

    def _struct(self, codec: StructCodec, depth: int) -> bytes:
        wanted = 6 if depth == 0 else 3
        names = self._some_fields(codec, 0, wanted, depth)
        members = [b'"' + known.json.encode() + b'":' + self._blank() + self.write(known.codec, depth + 1) for known in names]
        if self._chance(12) and codec.fields:
            members.append(b'"' + self._some_fields(codec, 1, 1, 1)[0].json.capitalize().encode() + b'":' + self._pick(WRONG))
        if self._chance(12):
            members.append(b'"notThere":' + self._pick(WRONG))
        if depth == 0 and not self._chance(10):
            members.append(b'"name":"app","image":"nginx:1.25"')
        return b"{" + self._blank() + b",".join(members) + b"}"

    def _key(self) -> bytes:
        return self._pick(TEXTS)

    def _some_fields(self, codec: StructCodec, least: int, most: int, depth: int) -> list[StructField]:
        if not codec.fields:
            return []
        return [self._draw(st.sampled_from(codec.fields)) for _ in range(self._draw(st.integers(least, most)))]

    def _text(self) -> bytes:
        if self._chance(4):
            letters = self._draw(st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters='"\\'), max_size=6))
            return b'"' + str(letters).encode() + b'"'
        return b'"' + self._pick(TEXTS) + b'"'

    def _int(self) -> bytes:
        return self._pick(BAD_INTS) if self._refusable and self._chance(60) else self._pick(INTS)

    def _quantity(self) -> bytes:
        if self._chance(8):
            return self._pick((b"1", b"0.5", b"1e3", b"100"))
        if self._chance(2):
            sign = self._pick((b"", b"", b"", b"-", b"+"))
            whole, fraction = self._draw(st.integers(0, 10**20)), self._draw(st.integers(0, 10**12))
            digits = str(whole)[: self._draw(st.integers(1, 20))].encode()
            point = b"." + str(fraction).encode() if self._chance(3) else b""
            suffix = self._pick(
                (b"", b"n", b"u", b"m", b"k", b"M", b"G", b"T", b"P", b"E", b"Ki", b"Mi", b"Gi", b"Ti", b"Pi", b"Ei", b"e2", b"E-3", b"e9")
            )
            return b'"' + sign + digits + point + suffix + b'"'
        return b'"' + self._pick(QUANTITIES if self._refusable else QUANTITIES[:40]) + b'"'

    def _count(self) -> int:
        return int(self._draw(st.integers(0, 3)))

    def _separated(self, parts: Any) -> list[bytes]:
        return [part if index == 0 else b"," + part for index, part in enumerate(parts)]

    def _blank(self) -> bytes:
        return self._pick((b"", b"", b"", b" ", b"\n\t"))

    def _pick(self, choices: tuple[bytes, ...]) -> bytes:
        return bytes(self._draw(st.sampled_from(choices)))

    def _chance(self, one_in: int) -> bool:
        return bool(self._draw(st.integers(0, one_in - 1)) == one_in - 1)
