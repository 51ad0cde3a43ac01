"""NDJSON with lines that do not end: ``hash`` answers for each line by itself."""

from __future__ import annotations

import pytest

from upgradecheck.decode.text.jsonstream import split
from upgradecheck.decode.text.streamed import Document
from upgradecheck.model.errors import InputError

POD = b'{"kind":"Pod","spec":{"containers":[]}}'
CUT = b'{"kind":"Pod","spec":{"containers":['


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        pytest.param([POD, POD], [POD, POD], id="nothing broken, nothing changes"),
        pytest.param([POD, CUT, POD], [POD, CUT, POD], id="one in the middle"),
        pytest.param([CUT, POD], [CUT, POD], id="the first"),
        pytest.param([POD, CUT], [POD, CUT], id="the last"),
        pytest.param([POD, CUT, CUT, POD, CUT], [POD, CUT, CUT, POD, CUT], id="several"),
        pytest.param([POD, b'{"name":"not closed', POD], [POD, b'{"name":"not closed', POD], id="an open string"),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_line_that_does_not_end_is_a_document_of_its_own(stream: list[bytes], expected: list[bytes], size: int) -> None:
    text = b"\n".join(stream)
    found = list(split((text[start : start + size] for start in range(0, len(text), size)), "in", by_line=True))
    assert [one.raw for one in found if isinstance(one, Document)] == expected
    for number, one in enumerate(found, start=1):
        assert isinstance(one, Document)
        assert text[one.offset : one.offset + len(one.raw)] == one.raw
        assert one.line == number
        assert one.place == ("" if number == 1 else f"document {number}")


@pytest.mark.parametrize("text", [CUT, b'{\n "kind": "Pod",\n "spec": {', POD + b"\n" + b'{\n "kind": "Pod",'])
def test_what_is_no_ndjson_is_truncated_as_ever(text: bytes) -> None:
    with pytest.raises(InputError, match="ends in the middle"):
        list(split((text,), "in", by_line=True))
    with pytest.raises(InputError, match="ends in the middle"):
        list(split((POD + b"\n" + text,), "in"))
