"""Labels that a kubelet is told to put on its Node (--node-labels), and which of them end it (hashdata/labels.json).

From 1.16 on a kubelet does not start with a label of kubernetes.io or k8s.io, unless that is one of a few, or below kubelet.kubernetes.io
or node.kubernetes.io: roles (``node-role.kubernetes.io/worker``) are not. 1.15 only warned. The list changed with 1.17. From 1.25 on it
does not start either with one that no API server takes, by its name or its value; before, it ran and could not register.

Mirrors ValidateKubeletFlags in cmd/kubelet/app/options/options.go, and IsQualifiedName and IsValidLabelValue of apimachinery.
"""

from __future__ import annotations

import msgspec

from upgradecheck.model.patterns import pattern
from upgradecheck.model.version import Minor

_WORD = r"[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?"
_NAME = pattern(rf"{_WORD}")
_PREFIX = pattern(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*")
_MOST, _MOST_OF_PREFIX = 63, 253


class AllowedLabel(msgspec.Struct, frozen=True, gc=False):
    """A label of kubernetes.io that a kubelet may set, from a minor on and up to another one."""

    label: str
    since: Minor
    until: Minor | None = None


class NodeLabels(msgspec.Struct, frozen=True):
    """refused_since: labels of these namespaces end a kubelet, but allowed ones and what is below prefixes. spelled_since: so do such that
    are none by their spelling.
    """

    refused_since: Minor
    spelled_since: Minor
    of_kubernetes: tuple[str, ...]
    prefixes: tuple[str, ...]
    allowed: tuple[AllowedLabel, ...]

    def refused(self, label: str, minor: Minor) -> Minor | None:
        """From which minor on a label is refused for what it is; None where this one takes it."""
        namespace, slash, _ = label.partition("/")
        if not slash or minor < self.refused_since or not _below(namespace, self.of_kubernetes) or _below(namespace, self.prefixes):
            return None
        found = [one for one in self.allowed if one.label == label]
        if any(one.since <= minor and (one.until is None or minor < one.until) for one in found):
            return None
        return max((one.until for one in found if one.until is not None and one.until <= minor), default=self.refused_since)

    def misspelled(self, label: str, value: str, minor: Minor) -> bool:
        """Whether this minor refuses a label because no API server takes it."""
        return minor >= self.spelled_since and not (_is_name(label) and (not value or _is_word(value)))


def _below(namespace: str, others: tuple[str, ...]) -> bool:
    return any(namespace == one or namespace.endswith(f".{one}") for one in others)


def _is_word(text: str) -> bool:
    return len(text) <= _MOST and _NAME.fullmatch(text) is not None


def _is_name(label: str) -> bool:
    prefix, slash, name = label.partition("/")
    if not slash:
        return _is_word(label)
    return "/" not in name and _is_word(name) and len(prefix) <= _MOST_OF_PREFIX and _PREFIX.fullmatch(prefix) is not None
