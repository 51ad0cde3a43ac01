"""Whether pools can be told by the label that --wave-by names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from upgradecheck.model.errors import UsageError
from upgradecheck.model.waves import WaveRules

_NODES_ONLY = "kubectl get nodes -o json > nodes.json; then -f nodes.json"


def check_label(rules: WaveRules, labels: Iterable[Mapping[str, str]]) -> None:
    """That some node has the label that pools are to be told by.

    Raises:
        UsageError: none has. A slip of the pen would else make one pool of all nodes.
    """
    if rules.by is None:
        return
    known: dict[str, None] = {}
    for one in labels:
        if rules.by in one:
            return
        known.update(dict.fromkeys(one))
    if not known:
        raise UsageError(f"--wave-by {rules.by}: no labels of nodes are known. Plan with the Node objects ({_NODES_ONLY}).")
    raise UsageError(f"--wave-by {rules.by}: no node has this label. `kubectl get nodes --show-labels` shows those that there are.")
