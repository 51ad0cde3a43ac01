"""Values that the model holds as numbers or objects and the contract as text: a class each, with its JSON, both ways, and its schema."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import msgspec

from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.model.errors import InvalidVersion
from upgradecheck.model.hash import Hash
from upgradecheck.model.patterns import pattern
from upgradecheck.model.times import from_rfc3339, rfc3339
from upgradecheck.model.version import KubeletVersion

HASH = r"^(0|[1-9a-f][0-9a-f]{0,7})$"
HASH_WORDS = "32-bit hash, lower hex without padding, as on the container's annotation"
NO_HASH = "is no container hash (up to 8 lower-case hex digits)"
MINOR = r"^[0-9]+\.[0-9]+$"

_HASH = pattern(HASH)


class HexHash:
    """A hash, as on the container's annotation."""

    SCHEMA: ClassVar[dict[str, Any]] = {"type": "string", "pattern": HASH, "description": HASH_WORDS}

    __slots__ = ("number",)

    def __init__(self, number: int) -> None:
        self.number = number

    def __eq__(self, other: object) -> bool:
        return isinstance(other, HexHash) and other.number == self.number

    def __hash__(self) -> int:
        return hash(self.number)

    @classmethod
    def of(cls, made: Hash) -> HexHash:
        """The model's hash; the way back is by its number."""
        return cls(made.number)

    @classmethod
    def read(cls, text: object) -> HexHash:
        """The hash that a text of the contract says.

        Raises:
            ValueError: it is no such text; the message never quotes it.
        """
        if not isinstance(text, str) or not _HASH.match(text):
            raise ValueError(NO_HASH)
        return cls.of(Hash.parse(text))

    def told(self) -> object:
        """What stands in the JSON."""
        return Hash(self.number).hex


class HashTwice(HexHash):
    """A hash, as on the annotation and as kubelets up to 1.13 print it."""

    __slots__ = ()

    SCHEMA: ClassVar[dict[str, Any]] = {
        "type": "object",
        "required": ["hex", "decimal"],
        "properties": {
            "hex": HexHash.SCHEMA,
            "decimal": {"type": "integer", "minimum": 0, "maximum": 0xFFFFFFFF, "description": "As kubelets up to 1.13 print it"},
        },
    }

    def told(self) -> object:
        """What stands in the JSON."""
        return {"hex": super().told(), "decimal": self.number}


class ReleaseName:
    """A kubelet's version, by the release that it counts as; has what the model's has, for the way back."""

    SCHEMA: ClassVar[dict[str, Any]] = {"type": "string"}

    __slots__ = ("version",)

    def __init__(self, version: KubeletVersion) -> None:
        self.version = version

    def __getattr__(self, name: str) -> Any:
        return getattr(self.version, name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ReleaseName) and other.version == self.version

    def __hash__(self) -> int:
        return hash(self.version)

    @classmethod
    def read(cls, text: object) -> ReleaseName:
        """The version that a text of the contract says.

        Raises:
            ValueError: it is no such text.
        """
        try:
            return cls(parse_kubelet_version(str(text)))
        except InvalidVersion:
            raise ValueError("is no kubelet version such as 1.30.14") from None

    def told(self) -> object:
        """What stands in the JSON."""
        return self.version.release


class Instant(int):
    """Nanoseconds since the epoch, as a time in UTC."""

    SCHEMA: ClassVar[dict[str, Any]] = {
        "type": "string",
        "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?Z$",
        "description": "RFC 3339 in UTC, up to nanoseconds",
    }

    @classmethod
    def read(cls, text: object) -> Instant:
        """The time that a text of the contract says.

        Raises:
            ValueError: it is no such text.
        """
        try:
            return cls(from_rfc3339(str(text)))
        except ValueError:
            raise ValueError("is no time such as 2024-01-10T08:00:00Z") from None

    def told(self) -> object:
        """What stands in the JSON."""
        return rfc3339(self)


class MinorName(str):
    """A Kubernetes release line such as ``1.31``."""

    SCHEMA: ClassVar[dict[str, Any]] = {"type": "string", "pattern": MINOR}

    __slots__ = ()

    def told(self) -> object:
        """What stands in the JSON."""
        return str(self)


_FROM_MODEL: dict[type, Callable[[Any], object]] = {
    HexHash: HexHash.of,
    HashTwice: HashTwice.of,
    ReleaseName: ReleaseName,
    Instant: Instant,
    MinorName: MinorName,
}
_FROM_JSON: dict[type, Callable[[object], object]] = {HexHash: HexHash.read, ReleaseName: ReleaseName.read, Instant: Instant.read}


def of_model(kind: type, value: Any) -> Any:
    """A value of the model in the contract's class; msgspec asks where it knows no way of its own."""
    return _FROM_MODEL[kind](value)


def of_json(kind: type, value: Any) -> Any:
    """A value of the contract as its JSON says it."""
    return _FROM_JSON[kind](value)


def told(value: Any) -> object:
    """What a value of these classes is in JSON; of an unknown member that is kept as it stood, its value."""
    return msgspec.json.decode(value) if isinstance(value, msgspec.Raw) else value.told()


def schema_of(kind: type) -> dict[str, Any]:
    """The JSON Schema of one of these classes."""
    return dict(kind.SCHEMA)  # type: ignore[attr-defined]


_ENCODER = msgspec.json.Encoder(enc_hook=told)


def encoded(value: object) -> bytes:
    """A value of the contract as JSON, compactly.

    Raises:
        UnicodeEncodeError: a text in it holds a lone surrogate.
    """
    return _ENCODER.encode(value)


def plain(value: object) -> object:
    """A value of the contract as dicts, lists, texts and numbers, lone surrogates written out."""
    return _without_surrogates(msgspec.to_builtins(value, enc_hook=told))


def _without_surrogates(value: object) -> object:
    """Lone surrogates (a path that is no UTF-8, say) as visible escapes: JSON has no way to write them that all readers take."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {_without_surrogates(name): _without_surrogates(member) for name, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_surrogates(element) for element in value]
    return value
