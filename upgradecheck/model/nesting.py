"""How deep JSON is nested, told without reading it: what is left when the innermost brackets are taken away, round by round."""

from __future__ import annotations

_LARGE = 1 << 13
"""Bytes of which the marks alone are sooner looked at, several times, than all."""
_NO_MARK = bytes(set(range(256)) - set(b'{}[]"'))


def may_be_deeper(document: bytes, depth: int) -> bool:
    """Whether JSON may be nested deeper: only documents of many brackets are looked at closely, and those of more than half may be wronged.

    What is left of a document is its brackets outside of strings; each round takes away one innermost level at least, and two at most.
    """
    looked_at = document if len(document) < _LARGE else document.translate(None, _NO_MARK)
    brackets = looked_at.count(b"{") + looked_at.count(b"[")
    if (
        brackets <= depth or brackets - looked_at.count(b"{}") - looked_at.count(b"[]") < depth
    ):  # what is empty holds nothing that is deeper
        return False
    text = document.replace(b"\\\\", b"").replace(b'\\"', b"") if b"\\" in document else document
    marks = text.translate(None, _NO_MARK).replace(b'""', b"")
    left = b"".join(marks.split(b'"')[::2])
    for _ in range(depth // 2):
        left = left.replace(b"{}", b"").replace(b"[]", b"")
        if not left:
            return False
    return True
