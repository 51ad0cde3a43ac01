"""Which values of a configuration a bundle tells: those that rules judge, and of texts no others, since any may be a secret.

Of every field there is its path, and how it is written where that is no plain value. A value is told where a minor has the field and asks
more of it than that it is a text: another kind of value, a refusal (hashdata/refusals.json), a default on which something hangs
(hashdata/flags.json). Of a field that no minor has there is what counts as nothing, or a switch. A field of texts alone is judged alike
whatever it says, so that the plan is the same; of a number in one it is told that it is one.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from upgradecheck.model.config import KubeletConfig
from upgradecheck.model.kinds import Form, Kind, Value, Written
from upgradecheck.model.options import KubeletOptions, unplaced

_NOTHING = ("", "0s", 0)
_A_NUMBER = Written(Form.NUMBER)


def told_fields(config: KubeletConfig, known: KubeletOptions) -> KubeletConfig:
    """The configuration without the values that nobody asks for."""
    return _told(config, known, frozenset(judged_fields(known)))


def judged_fields(known: KubeletOptions) -> Iterator[str]:
    """The fields whose values rules ask for, whatever is decoded there."""
    for refusal in known.refusals:
        yield from refusal.fields
    yield from known.to_pods
    yield from known.to_nodes


def _told(config: KubeletConfig, known: KubeletOptions, judged: frozenset[str]) -> KubeletConfig:
    values = {path: value for path, value in config.values.items() if _tells(known, judged, path, value)}
    numbers = (path for path, value in config.values.items() if path not in values and not isinstance(value, str))
    return replace(
        config,
        values=values,
        forms={**config.forms, **dict.fromkeys(numbers, _A_NUMBER)},
        beneath=None if config.beneath is None else _told(config.beneath, known, judged),
        by_nulls={nulls: _told(one, known, judged) for nulls, one in config.by_nulls.items()},
    )


def _tells(known: KubeletOptions, judged: frozenset[str], path: str, value: Value) -> bool:
    states = known.fields.get(unplaced(path), ())
    if value in _NOTHING or isinstance(value, bool):
        return True
    if not states:
        return False
    return path in judged or unplaced(path) in judged or any(one.kind is not Kind.WORD for one in states)
