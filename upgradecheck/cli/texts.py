"""How the text of an option becomes a value; name is the option's, for messages."""

from __future__ import annotations

from collections.abc import Iterable

from upgradecheck.model.errors import UsageError


def comma_lists(name: str, texts: Iterable[str]) -> tuple[str, ...]:
    """The values of an option that may be repeated, and whose texts may be lists with commas.

    Raises:
        UsageError: an element is empty.
    """
    texts = tuple(texts)
    elements = tuple(element.strip() for text in texts for element in text.split(","))
    if not all(elements):
        raise UsageError(f"{name} {','.join(texts)!r}: an element of the list is empty. Write it as {name} A,B or {name} A {name} B.")
    return elements


def percentage(name: str, text: str) -> float:
    """A share from 0 to 100, with or without ``%``.

    Raises:
        UsageError: it is something else.
    """
    try:
        number = float(text.removesuffix("%"))
    except ValueError:
        number = -1
    if not 0 <= number <= 100:
        raise UsageError(f"{name} {text!r}: a percentage from 0 to 100 is wanted, such as {name} 95.")
    return number


def seconds(name: str, text: str) -> float:
    """A duration such as ``30s``, ``5m`` or ``1h``; a bare number is seconds.

    Raises:
        UsageError: it is something else, or nothing.
    """
    unit = {"s": 1, "m": 60, "h": 3600}.get(text[-1:], 0)
    number = text[:-1] if unit else text
    if not (number.isascii() and number.isdigit() and int(number[:9]) > 0 and len(number) < 9):
        raise UsageError(f"{name} {text!r}: a duration is wanted, such as {name} 30s or {name} 5m.")
    return float(int(number) * (unit or 1))
