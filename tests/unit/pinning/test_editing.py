"""A UID put into manifests of every form, and taken out again: one line, every other byte as it was, or refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from upgradecheck.model.errors import SpecRefused
from upgradecheck.pinning.editing import uid_in, with_uid, without_uid

UID = "12345678901234567890123456789e12"
"""Without quotes it would be a number."""

LINE = f'uid: "{UID}"'
MEMBER = f'"uid": "{UID}"'
EXAMPLES = Path(__file__).parents[2] / "examples" / "manifests"

PLACES = [
    pytest.param("metadata:\n  name: x\n", f"metadata:\n  {LINE}\n  name: x\n", id="a line of its own before the first member"),
    pytest.param("metadata:\n    name: x", f"metadata:\n    {LINE}\n    name: x", id="as far in as the first member; no line feed at the end"),
    pytest.param("metadata:\r\n  name: x\r\n", f"metadata:\r\n  {LINE}\r\n  name: x\r\n", id="lines end as they do there"),
    pytest.param(
        "metadata: # why\n\n  # what\n  name: x # who\n",
        f"metadata: # why\n\n  # what\n  {LINE}\n  name: x # who\n",
        id="comments and empty lines stay",
    ),
    pytest.param("metadata: &m\n  name: x\n", f"metadata: &m\n  {LINE}\n  name: x\n", id="an anchor that nobody uses"),
    pytest.param("metadata:\n  &n name: &x y\n", f"metadata:\n  {LINE}\n  &n name: &x y\n", id="an anchor on the key"),
    pytest.param("metadata:\n  <<: {name: x}\n", f"metadata:\n  {LINE}\n  <<: {{name: x}}\n", id="a merge key"),
    pytest.param("metadata: {name: x}\n", f"metadata: {{{LINE}, name: x}}\n", id="flow style"),
    pytest.param("metadata: {\n  name: x\n}\n", f"metadata: {{\n  {LINE}, name: x\n}}\n", id="flow style over several lines"),
    pytest.param("--- {metadata: { name: x }}\n", f"--- {{metadata: {{ {LINE}, name: x }}}}\n", id="all in flow style, behind a marker"),
    pytest.param("a: ä\nmetadata:\n  name: x\n", f"a: ä\nmetadata:\n  {LINE}\n  name: x\n", id="characters of several bytes before it"),
    pytest.param("\ufeffmetadata:\n  name: x\n", f"\ufeffmetadata:\n  {LINE}\n  name: x\n", id="a byte order mark"),
    pytest.param(
        "a: |\n  metadata:\n    name: y\nmetadata:\n  name: x\n",
        f"a: |\n  metadata:\n    name: y\nmetadata:\n  {LINE}\n  name: x\n",
        id="what looks like metadata in a text is none",
    ),
    pytest.param(
        "spec:\n  metadata:\n    name: y\nmetadata:\n  name: x\n",
        f"spec:\n  metadata:\n    name: y\nmetadata:\n  {LINE}\n  name: x\n",
        id="nor is what lies deeper",
    ),
    pytest.param(
        "metadata:\n  name: x\n---\nmetadata:\n  name: y\n",
        f"metadata:\n  {LINE}\n  name: x\n---\nmetadata:\n  name: y\n",
        id="of several documents a kubelet reads the first",
    ),
    pytest.param(
        "metadata:\n  name: x\nspec:\n  a: 1\n  a: 2\n", f"metadata:\n  {LINE}\n  name: x\nspec:\n  a: 1\n  a: 2\n", id="keys that are there twice, elsewhere"
    ),
    pytest.param('{"metadata":{"name":"x"}}', f'{{"metadata":{{{MEMBER.replace(" ", "")},"name":"x"}}}}', id="JSON on one line"),
    pytest.param('{"metadata": {"name": "x"}}\n', f'{{"metadata": {{{MEMBER},"name": "x"}}}}\n', id="JSON with blanks behind colons"),
    pytest.param(
        '{\n  "metadata": {\n    "name": "x"\n  }\n}',
        f'{{\n  "metadata": {{\n    {MEMBER},\n    "name": "x"\n  }}\n}}',
        id="JSON with a line for each member",
    ),
    pytest.param(
        '{"a": "\\"metadata\\": {", "metadata": {"name": "x"}}', f'{{"a": "\\"metadata\\": {{", "metadata": {{{MEMBER},"name": "x"}}}}', id="JSON in a text"
    ),
    pytest.param('{"spec":{"a":1,"a":2},"metadata":{"name":"x"}}', f'{{"spec":{{"a":1,"a":2}},"metadata":{{{MEMBER.replace(" ", "")},"name":"x"}}}}', id="JSON with a key twice, elsewhere"),
]  # fmt: skip

REFUSED = [
    pytest.param("metadata: &m\n  name: x\nspec: *m\n", "read otherwise", id="an alias of the metadata would have it too"),
    pytest.param("metadata: &m\n  name: x\nspec:\n  <<: *m\n", "read otherwise", id="and so would a merge key"),
    pytest.param("a: &m {name: x}\nmetadata: *m\n", "no mapping that stands there", id="the metadata is an alias"),
    pytest.param("a: &m {metadata: {name: x}}\n<<: *m\n", "no metadata that stands there", id="the metadata comes by a merge key"),
    pytest.param("metadata:\n  ? name\n  : x\n", "does not begin its line", id="a key behind a question mark"),
    pytest.param("metadata: {}\n", "is empty", id="nothing in it"),
    pytest.param("metadata:\n  name: x\nmetadata:\n  name: y\n", "twice", id="metadata twice"),
    pytest.param('{"metadata":{"name":"x"},"metadata":{}}', "not exactly one", id="metadata twice in JSON"),
    pytest.param('{"metadata":{"name":"x"},"Metadata":{}}', "not exactly one", id="another spelling, which old decoders take"),
    pytest.param('{"metadata":{"UID":"x"}}', "already", id="another spelling of uid"),
    pytest.param("metadata:\n  uid:\n  name: x\n", "already", id="an empty UID"),
    pytest.param(f"metadata:\n  name: x\n  uid: {UID[:-3]}\n", "already", id="a UID that is a number"),
    pytest.param("a: &u {uid: x}\nmetadata:\n  <<: *u\n  name: x\n", "already", id="a UID by a merge key"),
    pytest.param("metadata:\n\tname: x\n", "a tab cannot indent", id="a tab"),
    pytest.param("- metadata: {name: x}\n", "is no object", id="a list"),
    pytest.param("---\n---\nmetadata:\n  name: x\n", "is no object", id="an empty first document"),
    pytest.param("", "is no object", id="nothing"),
    pytest.param("{metadata: {name: x}}", "key", id="what a kubelet takes for JSON"),
    pytest.param("metadata: x\n", "not exactly one", id="a text"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after"), PLACES)
def test_one_member_more_and_out_again(before: str, after: str) -> None:
    edit = with_uid(before.encode(), UID)
    assert edit.after.decode() == after
    assert uid_in(edit.after) == UID
    assert without_uid(edit.after, UID, edit.piece).after == before.encode()


@pytest.mark.parametrize(("content", "reason"), REFUSED)
def test_what_cannot_be_proved_is_refused(content: str, reason: str) -> None:
    with pytest.raises(SpecRefused, match=reason):
        with_uid(content.encode(), UID)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"metadata:\n  name: \xff\n", id="Latin-1"),
        pytest.param("metadata:\n  name: x\n".encode("utf-16"), id="UTF-16"),
        pytest.param(b"metadata:\n  name: x\n---\n" + b"# " + b"x" * 600 + b"\n\xff\n", id="behind what a kubelet reads"),
        pytest.param(b"metadata:\n  name: x\n" + b"#" * (10 << 20), id="10 MiB"),
        pytest.param(b"metadata:\n  name: x\n#" + b"#" * ((10 << 20) - 23), id="10 MiB with the line"),
        pytest.param(b"metadata:\n  name: " + b"[" * 5000, id="nested without end"),
        pytest.param(b"metadata:\x85  name: x\n", id="a line ends in a way of its own"),
        pytest.param(b"metadata:\r  name: x\r", id="lines end with CR alone"),
    ],
)
def test_bytes_of_which_nobody_can_say_where_they_are(content: bytes) -> None:
    with pytest.raises(SpecRefused):
        with_uid(content, UID)


@pytest.mark.parametrize("uid", ["", "x", "12345678-1234-1234-1234-123456789012", 'a"\n  evil: "' + "0" * 22, UID.upper()])
def test_only_a_uid_of_a_kubelet_s_making(uid: str) -> None:
    with pytest.raises(SpecRefused, match="no kubelet made"):
        with_uid(b"metadata:\n  name: x\n", uid)


def test_the_pin_is_taken_out_of_what_was_edited_since() -> None:
    pinned = with_uid(b"metadata:\n  name: x\nspec:\n  a: 1\n", UID)
    edited = b"# new\n" + pinned.after.replace(b"a: 1", b"a: 2")
    assert without_uid(edited, UID, pinned.piece).after == b"# new\nmetadata:\n  name: x\nspec:\n  a: 2\n"


@pytest.mark.parametrize(
    ("edited", "reason"),
    [
        pytest.param(f"metadata:\n  name: x\n  uid: '{UID}'\n", "written otherwise", id="written otherwise"),
        pytest.param(f'metadata:\n  name: x\n  uid: "{UID}" # mine\n', "written otherwise", id="with a comment"),
        pytest.param("metadata:\n  name: x\n", "any more", id="gone"),
        pytest.param(f'metadata:\n  name: x\n  uid: "{"0" * 32}"\n', "any more", id="another"),
        pytest.param(f"a: &u\n  uid: '{UID}'\nmetadata:\n  <<: *u\n  name: x\n", "from elsewhere", id="from elsewhere"),
        pytest.param(f'metadata: &m\n  uid: "{UID}"\n  name: x\nspec: *m\n', "read otherwise", id="an alias has it too"),
    ],
)
def test_what_does_not_stand_there_as_it_was_written_is_left(edited: str, reason: str) -> None:
    with pytest.raises(SpecRefused, match=reason):
        without_uid(edited.encode(), UID, f"  {LINE}\n".encode())


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.*")), ids=lambda path: path.name)
def test_every_example_is_pinned_by_one_piece_or_refused(path: Path) -> None:
    content = path.read_bytes()
    try:
        edit = with_uid(content, UID)
    except SpecRefused:
        return
    assert len(edit.after) == len(content) + len(edit.piece)
    assert edit.after.replace(edit.piece, b"", 1) == content
    assert without_uid(edit.after, UID, edit.piece).after == content


def test_most_examples_are_pinned() -> None:
    pinned = 0
    for path in EXAMPLES.glob("*.*"):
        try:
            pinned += bool(with_uid(path.read_bytes(), UID))
        except SpecRefused:
            continue
    assert pinned >= 150
