"""The eras: what a kubelet feeds to its hasher. A minor names its era in hashdata; a new era is one function here.

Mirrors HashContainer, HashContainerWithoutResources and pickFieldsToHash in pkg/kubelet/container/helpers.go.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from functools import lru_cache

from upgradecheck.hashing.codecs import GoValue
from upgradecheck.hashing.fast.shapes import shape
from upgradecheck.hashing.fnv import spew_byte_slice
from upgradecheck.hashing.gojson import encode_string
from upgradecheck.hashing.gotypes import codecs
from upgradecheck.hashing.spew import spew
from upgradecheck.model.schema import Era, HashClass


def container_json(container: GoValue, hash_class: HashClass) -> bytes:
    """json.Marshal of the container: what the json era hashes."""
    codec = codecs(hash_class.schema).root("Container")
    return codec.encode(container, short_control_escapes=hash_class.short_control_escapes)


def _json(container: GoValue, hash_class: HashClass) -> bytes:
    return spew_byte_slice(container_json(container, hash_class))


def image_and_name_json(container: GoValue, hash_class: HashClass) -> bytes:
    """json.Marshal of a Go map with the two keys: sorted, so image comes first."""
    escapes = hash_class.short_control_escapes
    image = encode_string(container.get("Image", b""), short_control_escapes=escapes)
    name = encode_string(container.get("Name", b""), short_control_escapes=escapes)
    return b'{"image":' + image + b',"name":' + name + b"}"


def _image_name(container: GoValue, hash_class: HashClass) -> bytes:
    return spew_byte_slice(image_and_name_json(container, hash_class))


def _typed(container: GoValue, hash_class: HashClass) -> bytes:
    return spew(hash_class.schema).value(hash_class.schema.roots["Container"], container)


HASH_INPUT: Mapping[Era, Callable[[GoValue, HashClass], bytes]] = {Era.TYPED: _typed, Era.JSON: _json, Era.IMAGE_NAME: _image_name}
"""The bytes that go through FNV-1a, by era."""


def without_resources(container: GoValue) -> GoValue:
    """The container as HashContainerWithoutResources sees it: resources emptied, resizePolicy kept."""
    return {name: value for name, value in container.items() if name != "Resources"}


@lru_cache(maxsize=1024)
def writing(hash_class: HashClass) -> Hashable:
    """How a class makes its text: of one and the same Go value, classes that have the same make the same.

    One value of several minors has only fields that all of them have under one name; what else a minor knows is written where it always is.
    """
    schema = hash_class.schema
    if schema.era is Era.TYPED:
        return schema
    written = shape(schema, schema.roots["Container"]) if schema.era is Era.JSON else ""
    return schema.era, written, hash_class.short_control_escapes
