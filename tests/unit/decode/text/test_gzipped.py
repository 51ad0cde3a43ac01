"""gzip streams that are damaged, cut off, or grow without measure: one message each, in bounded memory."""

from __future__ import annotations

import gzip
import os
import tracemalloc
import zlib
from collections.abc import Iterator

import pytest

from upgradecheck.decode.text import gzipped
from upgradecheck.decode.text.gzipped import decompressed
from upgradecheck.model.errors import InputError

MIB = 1 << 20
DATA = gzip.compress(os.urandom(4000))
DAMAGED = DATA[:2000] + bytes([DATA[2000] ^ 1]) + DATA[2001:]


@pytest.mark.parametrize("size", [1, 7, MIB])
@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(
            DATA[:-1], "its gzip data end in the middle: truncated, or still being written. Take the dump again.", id="cut off at its end"
        ),
        pytest.param(
            DATA[:5], "its gzip data end in the middle: truncated, or still being written. Take the dump again.", id="cut off in its head"
        ),
        pytest.param(
            DATA + DATA[:1],
            "its gzip data end in the middle: truncated, or still being written. Take the dump again.",
            id="a member cut off",
        ),
        pytest.param(DAMAGED, "its gzip data are damaged. Take the dump again, or compare it with the original.", id="a flipped bit"),
        pytest.param(
            DATA + b"more", "has something else behind its gzip data. Compress it again, or give it decompressed.", id="something behind"
        ),
        pytest.param(
            DATA + b"\0\0" + DATA,
            "has something else behind its gzip data. Compress it again, or give it decompressed.",
            id="behind padding",
        ),
    ],
)
def test_refusals(data: bytes, message: str, size: int) -> None:
    chunks = [data[start : start + size] for start in range(0, len(data), size)]
    with pytest.raises(InputError) as caught:
        list(decompressed(chunks, "pods.json.gz"))
    assert str(caught.value) == f"pods.json.gz: {message}"


def bomb(mebibytes: int) -> Iterator[bytes]:
    """Blanks, compressed a thousandfold."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    for _ in range(mebibytes):
        yield packer.compress(b" " * MIB)
    yield packer.flush()


def test_what_grows_more_than_a_hundredfold_is_refused_early_and_not_held() -> None:
    packed = list(bomb(200))
    tracemalloc.start()
    with pytest.raises(InputError) as caught:
        max(map(len, decompressed(packed, "x.gz")))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert str(caught.value) == "x.gz: grows to more than 100 times its size, as no dump does. If it is one, give it decompressed."
    assert peak < 8 * MIB


def test_a_small_file_may_grow() -> None:
    assert sum(map(len, decompressed(bomb(15), "x.gz"))) == 15 * MIB


def test_the_limit_of_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gzipped, "MAX_SIZE", 2 << 30 >> 10)
    with pytest.raises(InputError, match=r"x\.gz: holds more than 0 GiB once decompressed\. Give it decompressed, or in parts\."):
        list(decompressed(bomb(3), "x.gz"))
