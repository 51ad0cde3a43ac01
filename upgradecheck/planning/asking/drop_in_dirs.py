"""Directories of drop-ins (--config-dir) that a new kubelet takes only with a variable in its environment, which no plan sees.

A running kubelet that wants it, too, and has the flag, has it. Mirrors NewKubeletCommand in cmd/kubelet/app/server.go.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from upgradecheck.decode.kubelet.flags import last
from upgradecheck.model.arguments import KubeletArguments
from upgradecheck.model.options import KubeletOptions
from upgradecheck.model.plan import Missing
from upgradecheck.model.version import Minor

_FLAG = "config-dir"


def untold_variable(
    words: Iterable[KubeletArguments], known: KubeletOptions, starts: Collection[Minor], target: Minor
) -> Iterator[Missing]:
    """What is not known of the new kubelet's environment. starts: what runs."""
    variable = known.drop_ins.variable
    if variable is None or not variable.of(target) or (starts and all(variable.of(start) for start in starts)):
        return
    for one in words:
        if last(one.words, _FLAG):
            yield Missing(
                f"whether {variable.name} is in the new kubelet's environment, beside {one.place_of(f'--{_FLAG}')}",
                f"kubelets of {variable.since} and later, before {variable.until}, end at --{_FLAG} without it",
            )
