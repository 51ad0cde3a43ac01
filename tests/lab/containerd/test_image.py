"""The image that is made without a registry."""

import hashlib
import io
import json
import tarfile

from tests.lab.containerd.image import IMAGE, OTHER_IMAGE, packed


def contents(tar: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(tar)) as opened:
        return {entry.name: opened.extractfile(entry).read() for entry in opened}  # type: ignore[union-attr]


def test_every_blob_is_where_its_digest_says_and_the_program_is_in_the_layer() -> None:
    files = contents(packed(b"program"))
    blobs = {name.removeprefix("blobs/sha256/"): blob for name, blob in files.items() if name.startswith("blobs/")}
    assert {name: hashlib.sha256(blob).hexdigest() for name, blob in blobs.items()} == {name: name for name in blobs}
    named = json.loads(files["index.json"])["manifests"]
    assert [one["annotations"]["io.containerd.image.name"] for one in named] == [IMAGE, OTHER_IMAGE]
    manifest = json.loads(blobs[named[0]["digest"].removeprefix("sha256:")])
    assert contents(blobs[manifest["layers"][0]["digest"].removeprefix("sha256:")]) == {"sleeper": b"program"}


def test_the_same_program_makes_the_same_archive() -> None:
    assert packed(b"program") == packed(b"program")
