"""What an input is that is not JSON: YAML, or a mistake that people make when they save a dump, each with its way out.

The usual ones: no ``-o`` at all, ``kubectl describe``, an archive, an error message or log lines (``2>&1``) in place of the output.
"""

from __future__ import annotations

import re

from upgradecheck.model.patterns import pattern

HEAD = 512
"""So many bytes of an input's beginning are enough to tell."""

DESCRIBED = rb"\s*Name:[ ]{2,}\S[^\n]*\n(?:[A-Z][A-Za-z ]{2,30}):"
UTF8_BOM = b"\xef\xbb\xbf"

_SIGNS: tuple[tuple[re.Pattern[bytes], str], ...] = tuple(
    (pattern(sign, re.DOTALL), sentence)
    for sign, sentence in (
        (rb"\x1f\x8b", "is gzip-compressed twice; decompress it once first (gunzip)"),
        (rb"\x28\xb5\x2f\xfd", "looks zstd-compressed, which is not read yet; decompress it first (zstd -d)"),
        (rb"[^\0]{1,100}\0.{0,256}ustar", "looks like a tar archive, which is not read yet; unpack it first (tar -x)"),
        (rb"PK\x03\x04", "looks like a zip archive, which is not read yet; unpack it first"),
        (
            rb"\xff\xfe|\xfe\xff|\x00\x00\xfe\xff|.\x00|\x00.",
            "is neither UTF-8 nor UTF-16; convert it (iconv -f UTF-32 -t UTF-8)",
        ),
        (rb"k8s\x00", "looks like Kubernetes protobuf; take it again with -o json"),
        (rb"\s*<", "looks like HTML or XML, perhaps a login or error page in place of the API server's answer"),
        (
            rb"\s*(?:Error from server|[Ee]rror: |Unable to connect|The connection to the server)",
            "holds an error message of kubectl, no objects",
        ),
        (rb"\s*(?:time=|[A-Z]{4,5}\[\d+\]|[IWEF]\d{4} )", "begins with log lines; take it again without 2>&1"),
        (
            rb"\s*Name:[ ]{2,}\S[^\n]*\n(?:[A-Z][A-Za-z ]{2,30}):",
            "is what kubectl describe prints, for people; take it again with kubectl get -o json",
        ),
        (rb"\s*(?:NAME|NAMESPACE|CONTAINER(?: ID)?|POD ID)\s{2,}\S", "looks like a table; take it again with -o json"),
    )
)

_YAML = pattern(rb"""\s*(?:%YAML|---(?:\s|$)|\#|-\ |(?:[\w./-]+|"[^"\n]*"|'[^'\n]*')\s*:(?:\s|$))""", re.VERBOSE)


def looks_like_yaml(head: bytes) -> bool:
    """Whether an input that begins so is YAML, and none of the mistakes that look like it (``error: …``)."""
    return diagnose(head) is None and _YAML.match(head) is not None


def diagnose(head: bytes) -> str | None:
    """What the first bytes of an input look like if not JSON, with what to do about it; None if they tell nothing."""
    return next((sentence for sign, sentence in _SIGNS if sign.match(head)), None)
