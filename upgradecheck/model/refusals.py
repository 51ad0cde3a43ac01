"""Values of a KubeletConfiguration, and of flags beside it, with which kubelets of some minors do not start (hashdata/refusals.json).

Mirrors ValidateKubeletConfiguration in pkg/kubelet/apis/config/validation, as far as one field decides, perhaps with one gate. What a
kubelet has refused for ever is not here: nobody runs with it.
"""

from __future__ import annotations

import msgspec

from upgradecheck.model.version import Minor

Value = str | int | float | bool | None
"""A field's value, where it is a word or a number; None of anything else that is set."""


class Refusal(msgspec.Struct, frozen=True, gc=False):
    """A field, or a flag with its dashes that sets none, and the values that are refused from a minor on, up to another one.

    wanted: what would do, in words. gate: only while this is off. one_of: only these values; but: not these; at_most: numbers up to
    this. Without these, all.
    """

    field: str
    since: Minor
    until: Minor | None
    wanted: str
    gate: str = ""
    one_of: tuple[Value, ...] = ()
    but: tuple[Value, ...] = ()
    at_most: int | None = None

    def of(self, minor: Minor) -> bool:
        """Whether kubelets of a minor refuse it."""
        return self.since <= minor and (self.until is None or minor < self.until)

    def is_of(self, value: Value) -> bool:
        """Whether a value is one of these; one that is not known is so only where all are."""
        if value is None:
            return not (self.one_of or self.but or self.at_most is not None)
        if self.at_most is not None:
            return isinstance(value, int) and not isinstance(value, bool) and value <= self.at_most
        return value in self.one_of if self.one_of else value not in self.but
