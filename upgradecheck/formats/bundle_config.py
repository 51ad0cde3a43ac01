"""The configuration of a node's kubelet in its bundle, both ways.

Nodes of a pool have one configuration: it is read once, and its nodes share it.
"""

from __future__ import annotations

from functools import lru_cache

import msgspec

from upgradecheck.contract.v1.bundle import BundledConfigJson, BundledFormJson
from upgradecheck.model.config import KubeletConfig, Nulls
from upgradecheck.model.kinds import Written

_NOT_TOLD = "(not told)"
"""Stands for a URL, which may have a password in it; it is the same as no other."""
_OF_FIELDS = frozenset({"values", "forms", "from_url", "beneath", "by_nulls"})
_PLAIN = tuple(name for name in BundledConfigJson.__struct_fields__ if name not in _OF_FIELDS)
_ENCODER = msgspec.json.Encoder(order="deterministic")
_DECODER = msgspec.json.Decoder(BundledConfigJson)
_KEPT = 256


def config_json(config: KubeletConfig) -> BundledConfigJson:
    """What is told of it; which values that is, is decided before (planning.asking.told_fields)."""
    return BundledConfigJson(
        **{name: getattr(config, name) for name in _PLAIN},
        values=None if config.names_alone else {path: one for path, one in config.values.items() if one is not None},
        forms={path: BundledFormJson(one.form, one.members, one.fields) for path, one in config.forms.items()},
        from_url=bool(config.static_pod_url),
        beneath=None if config.beneath is None else config_json(config.beneath),
        by_nulls={nulls.value: config_json(one) for nulls, one in config.by_nulls.items()},
    )


def config_in(found: BundledConfigJson) -> KubeletConfig:
    """The configuration that a bundle tells."""
    return _config_in(_ENCODER.encode(found))


@lru_cache(_KEPT)
def _config_in(text: bytes) -> KubeletConfig:
    return _config(_DECODER.decode(text))


def _config(found: BundledConfigJson) -> KubeletConfig:
    return KubeletConfig(
        **{name: getattr(found, name) for name in _PLAIN},
        values=found.values or {},
        forms={path: Written(one.form, one.members, one.fields) for path, one in found.forms.items()},
        static_pod_url=_NOT_TOLD if found.from_url else "",
        beneath=None if found.beneath is None else _config(found.beneath),
        by_nulls={nulls: _config(found.by_nulls[nulls.value]) for nulls in Nulls if nulls.value in found.by_nulls},
        names_alone=found.values is None,
    )
