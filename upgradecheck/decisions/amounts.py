"""Quantities as numbers, by the arithmetic that the kubelet does with them.

Mirrors ScaledValue, Add and Cmp in k8s.io/apimachinery/pkg/api/resource/quantity.go.
"""

from __future__ import annotations

from upgradecheck.hashing.quantity import Quantity

NANO = -9
MILLI = -3
UNIT = 0
_INT64_MAX = (1 << 63) - 1
_FAR_BEYOND = 100
"""No amount of any use has this many zeros; a larger exponent counts as this one, since the number would not fit in memory."""


def nanos(quantity: Quantity) -> int:
    """The exact amount, in units of 10**-9, below which no quantity goes."""
    return quantity.value * int(10 ** (min(quantity.scale, _FAR_BEYOND) - NANO))


def scaled(nano: int, scale: int) -> int:
    """An amount of 10**-9 units in units of 10**scale, rounded away from zero as ScaledValue does.

    differs: what does not fit in 64 bits is capped at the largest number, where Go gives 0 or wraps around.
    """
    unit: int = 10 ** (scale - NANO)
    rounded = -(-abs(nano) // unit)
    return max(-_INT64_MAX, min(_INT64_MAX, rounded if nano >= 0 else -rounded))
