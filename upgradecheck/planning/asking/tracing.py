"""Addresses for traces (tracing.endpoint) of which nobody has seen whether a kubelet takes them.

What kubelets refuse is in hashdata/refusals.json. An address is parsed as Go parses URLs, and Go came to refuse more of them (colons in a
host that is no IPv6 address in brackets, from 1.26 on); one with other letters than addresses have is not read here. A running kubelet that
has the same one takes it.

Mirrors NewProvider in k8s.io/component-base/tracing, and validateEndpoint in k8s.io/component-base/tracing/api/v1.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from upgradecheck.model.config import Configs
from upgradecheck.model.options import KubeletOptions
from upgradecheck.model.patterns import pattern
from upgradecheck.model.plan import Missing
from upgradecheck.model.version import Minor

FIELD = "tracing.endpoint"
_SEEN = pattern(
    r"(?:(?i:dns)://[^/:]*(?::[0-9]*)?/)?(?:[^/:\[\]]*(?::[0-9]*)?|\[[0-9A-Fa-f:.]+\](?::[0-9]*)?)(?:/.*)?|(?i:unix|unix-abstract):/.*"
)


def untold_endpoint(configs: Configs, known: KubeletOptions, starts: Collection[Minor], target: Minor) -> Iterator[Missing]:
    """What is not known of the new kubelet's address. starts: what runs."""
    new = configs.new
    value = new.values.get(FIELD)
    if FIELD not in new.given or known.field(FIELD, target) is None or (isinstance(value, str) and _SEEN.fullmatch(value)):
        return
    ran = configs.old_told and FIELD in configs.old.given and value is not None and configs.old.values.get(FIELD) == value
    if ran and starts and all(known.field(FIELD, start) is not None for start in starts):
        return
    reason = "it is no address that kubelets are known to take or to refuse, and with one that they cannot parse they do not start"
    yield Missing(f"whether the new kubelet takes {FIELD}", reason)
