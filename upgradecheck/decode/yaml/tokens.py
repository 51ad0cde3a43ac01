"""The tokens of YAML, and the character classes of go-yaml's yamlprivateh.go."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

BREAKS = "\n\r\x85\u2028\u2029"
BREAK_OR_END = BREAKS + "\0"
BLANK_OR_END = " \t" + BREAK_OR_END


class Kind(Enum):
    """What a token is; names as in libyaml."""

    STREAM_END = "end of stream"
    VERSION_DIRECTIVE = "%YAML"
    TAG_DIRECTIVE = "%TAG"
    DOCUMENT_START = "---"
    DOCUMENT_END = "..."
    BLOCK_SEQUENCE_START = "block sequence"
    BLOCK_MAPPING_START = "block mapping"
    BLOCK_END = "end of block"
    FLOW_SEQUENCE_START = "["
    FLOW_SEQUENCE_END = "]"
    FLOW_MAPPING_START = "{"
    FLOW_MAPPING_END = "}"
    BLOCK_ENTRY = "-"
    FLOW_ENTRY = ","
    KEY = "?"
    VALUE = ":"
    ALIAS = "*"
    ANCHOR = "&"
    TAG = "!"
    SCALAR = "scalar"


class Token(NamedTuple):
    """One token. text is the scalar's value, the anchor's name or the tag's handle; suffix is the rest of a tag, or a tag's prefix.

    plain is true for a scalar without quotes that is no block scalar.
    """

    kind: Kind
    position: int
    text: str = ""
    suffix: str = ""
    plain: bool = False
