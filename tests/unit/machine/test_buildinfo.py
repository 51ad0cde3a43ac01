"""Which Kubernetes a Go program says to be built of; what is read was written by a real linker (tests/goldens/buildinfo.json)."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from upgradecheck.machine.buildinfo import embedded_version

SECTIONS = {
    name: base64.b64decode(section)
    for name, section in json.loads((Path(__file__).parents[2] / "goldens/buildinfo.json").read_text())["sections"].items()
}
MAGIC = b"\xff Go buildinf:"


def program(folder: Path, *parts: bytes) -> Path:
    file = folder / "program"
    file.write_bytes(b"".join(part + b"\0" * (-len(part) % 16) for part in parts))
    return file


@pytest.mark.parametrize(
    ("name", "version"),
    [
        pytest.param("plain", "v1.30.14", id="by the module that it wants"),
        pytest.param("linked", "v1.30.3+vendor.2", id="by what was set at the link"),
        pytest.param("replaced", "v1.31.14", id="by what stands in the module's place"),
    ],
)
def test_as_the_linker_wrote_it(tmp_path: Path, name: str, version: str) -> None:
    found = embedded_version(program(tmp_path, b"\x7fELF" + b"x" * 5000, SECTIONS[name], b"more"))
    assert found is not None
    assert found.text == version


def test_of_several_that_were_set_at_the_link_the_last_counts(tmp_path: Path) -> None:
    """As for the linker; the two differ in length by nothing, so the strings' own lengths stay."""
    section = SECTIONS["linked"]
    one = b"-X k8s.io/component-base/version.gitVersion=v1.30.3+vendor.2"
    assert one in section
    at = section.index(one)
    longer = section[:at] + one.replace(b"v1.30.3", b"v1.29.9") + b" " + section[at:]
    found = embedded_version(program(tmp_path, _with_length(longer, len(one) + 1)))
    assert found is not None
    assert found.text == "v1.30.3+vendor.2"


def _with_length(section: bytes, more: int) -> bytes:
    """The section with its second string so much longer: a varint of two bytes behind the first string."""
    place = 33 + section[32]
    length = (section[place] & 0x7F | section[place + 1] << 7) + more
    return section[:place] + bytes([length & 0x7F | 0x80, length >> 7]) + section[place + 2 :]


def test_a_program_full_of_magics_is_given_up(tmp_path: Path) -> None:
    many = [MAGIC + b"\x08\x02" + b"\0" * 16 + b"\x01\x00"] * 3000
    assert embedded_version(program(tmp_path, *many, SECTIONS["plain"])) is None


def test_the_magic_as_a_mere_string_is_passed_over(tmp_path: Path) -> None:
    parts = [b"x" + MAGIC + b"\x08\x02" + b"y" * 60, MAGIC + b"\x08\x00" + b"z" * 40, MAGIC + b"\x08\x02" + b"\xff" * 60]
    assert embedded_version(program(tmp_path, *parts)) is None
    found = embedded_version(program(tmp_path, *parts, SECTIONS["plain"]))
    assert found is not None
    assert found.text == "v1.30.14"


@pytest.mark.parametrize(
    "content", [b"", b"\x7fELF", MAGIC, MAGIC + b"\x08\x02" + b"\0" * 17, SECTIONS["plain"][:60], SECTIONS["plain"][:300]]
)
def test_what_tells_nothing(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "program"
    file.write_bytes(content)
    assert embedded_version(file) is None


def test_every_cut_and_every_spoilt_byte_is_a_version_or_none(tmp_path: Path) -> None:
    section = SECTIONS["linked"]
    for place in range(len(section)):
        embedded_version(program(tmp_path, section[:place]))
        embedded_version(program(tmp_path, section[:place] + bytes([section[place] ^ 0xFF]) + section[place + 1 :]))
