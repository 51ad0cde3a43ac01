"""What is said of a configuration before a kubelet is started with it."""

from __future__ import annotations

import json
from typing import Any

from msgspec.structs import replace

from tests.builders import CATALOG
from tests.oracle.configurations.asking import FILE
from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.decode.kubelet.config import kubelet_config
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.options import KubeletOptions
from upgradecheck.model.version import KubeletVersion
from upgradecheck.planning.asking.refused import values_that_stop

_EVERY = json.loads(FILE.read_bytes())["refusals"]
VALIDATED = replace(
    CATALOG.options(),
    refusals=tuple(known for entry, known in zip(_EVERY, CATALOG.options().refusals, strict=True) if "asked" in entry),
)
"""What kubelets can be told, with what their validation refuses alone: they end at other things later."""


def as_released(version: str) -> KubeletVersion:
    """A version as it is judged: a pre-release as the release that it comes before."""
    return parse_kubelet_version(version.partition("-")[0])


def told(version: str, content: dict[str, Any], known: KubeletOptions = VALIDATED) -> bool:
    """Whether it is predicted that a kubelet of this version refuses a configuration; of one that cannot be read nothing is.

    known: which refusals count, else those of the validation alone.
    """
    try:
        config, parsed = kubelet_config(json.dumps(content).encode()), as_released(version)
    except SpecRefused:
        return False
    end = KubeletEnd(parsed, (replace(CATALOG.builds(parsed)[0], feature_gates=config.feature_gates),))
    return any(values_that_stop(end, known, {path: config.values.get(path) for path in config.given}, ""))
