"""One bare pass: the items of a list decoded by msgspec, and nothing else done. What every ratio is held against."""

import sys
from pathlib import Path

import msgspec


class Pod(msgspec.Struct, gc=False):
    metadata: msgspec.Raw
    spec: msgspec.Raw
    status: msgspec.Raw


class Items(msgspec.Struct, gc=False):
    items: list[Pod]


print(len(msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=Items).items))
