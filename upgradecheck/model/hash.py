"""A container hash: the number that a kubelet computes of a container's spec, and records on the container that it creates.

Kubelets write it as lower-case hex without padding, on the annotation io.kubernetes.container.hash, and read back any hex text of up to 64
bits; those up to 1.13 print it in decimal in their logs. Here it is a number with a type of its own, since a text is one of three, and an
integer may be anything: it becomes text where it leaves the program, and nowhere else.
"""

from __future__ import annotations

import msgspec

from upgradecheck.model.patterns import pattern

_WRITTEN = pattern(r"0|[1-9a-f][0-9a-f]{0,15}")


class Hash(msgspec.Struct, frozen=True, gc=False, order=True):
    """A hash, as the number that it is."""

    number: int

    def __str__(self) -> str:
        """As in hex."""
        return self.hex

    @property
    def hex(self) -> str:
        """As on the annotation, and in all that this program writes."""
        return f"{self.number:x}"

    @property
    def decimal(self) -> str:
        """As old kubelets log it."""
        return str(self.number)

    @classmethod
    def parse(cls, text: str) -> Hash:
        """The hash that a kubelet writes so.

        Raises:
            ValueError: a kubelet writes no hash so.
        """
        if not _WRITTEN.fullmatch(text):
            raise ValueError(f"{text[:20]!r} is no container hash (lower-case hex digits)")
        return cls(int(text, 16))


def hex_of(known: Hash | None) -> str | None:
    """As text, None where it is not known or not there."""
    return None if known is None else known.hex
