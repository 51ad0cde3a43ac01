"""What --show-input shows is what is hashed: the documented way from it to the hash leads there."""

from __future__ import annotations

import pytest

from tests.builders import CATALOG, computed, containers_under, pod, with_env
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.hashing.shown import shown_input


def fnv1a(text: bytes) -> int:
    """Written out for itself (http://www.isthe.com/chongo/tech/comp/fnv/)."""
    number = 0x811C9DC5
    for byte in text:
        number = (number ^ byte) * 0x01000193 % 2**32
    return number


@pytest.mark.parametrize(
    ("kubelet", "form", "start"),
    [
        pytest.param("1.8", "text", b"(v1.Container){Name:(string)app ", id="typed: the printed struct as it is"),
        pytest.param("1.15", "text", b"(v1.Container){Name:(string)app ", id="typed to the end"),
        pytest.param("1.22", "byte-slice", b'{"name":"app",', id="json: its bytes, printed"),
        pytest.param("1.31", "byte-slice", b'{"image":"registry.example/web:1.0","name":"app"}', id="name and image: their bytes, printed"),
    ],
)
def test_the_way_from_the_shown_text_to_the_hash(kubelet: str, form: str, start: bytes) -> None:
    document = with_env(pod(), "ä <\b> \n")
    hash_class = CATALOG.resolve(parse_kubelet_version(kubelet))[0]
    (container,) = containers_under(document, hash_class)
    text = shown_input(container, hash_class)
    assert text.startswith(start)
    printed = text if form == "text" else f"([]uint8)[{' '.join(map(str, text))}]".encode()
    assert fnv1a(printed) == computed(kubelet, document).number
