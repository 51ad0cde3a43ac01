"""Plans whose runbooks are looked at, and what stands in them."""

from __future__ import annotations

import re
from typing import Any

from msgspec.structs import replace

from tests.builders import CATALOG, as_version
from tests.builders_plan import container, plan
from upgradecheck.explaining.runbook.choosing import choices
from upgradecheck.explaining.runbook.typing import commands
from upgradecheck.model.hash import Hash
from upgradecheck.model.override import Override, Rewrite
from upgradecheck.model.plan import Finding, Plan, PlannedPod, Verdict
from upgradecheck.model.pod import PodSource
from upgradecheck.model.reasons import Reason
from upgradecheck.renderers import Canvas, choose

HELD = container(verdict=Verdict.OVERRIDDEN, reason=Reason.HASH_CHANGED)
MAP = {"app-id": Override(Rewrite(Hash(1), Hash(2)), "shop", "web-1", "uid-of-web-1", "app", "node-a")}
STATIC: dict[str, Any] = {"source": PodSource.FILE, "workload": "StaticPod/web"}
NOT_STARTED = Reason.KUBELET_WILL_NOT_START


def book(what: Plan) -> str:
    return "".join(choose("runbook", "plan").render(what, Canvas(catalog=CATALOG)))


def fences(text: str) -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def on_runtime(what: Plan, runtime: str | None, *, start: str = "1.22.17", target: str | None = None, name: str = "node-a") -> Plan:
    to = what.to_version if target is None else as_version(target)
    nodes = (replace(one, runtime=runtime, name=name, from_version=as_version(start), to_version=to) for one in what.nodes)
    return replace(what, nodes=tuple(nodes))


def typed(what: Plan) -> list[str]:
    chosen = choices(what)[0]
    return [line for block in commands(chosen, what) for line in block.lines]


def beside(what: Plan) -> Plan:
    """The same beside another node, to which what is drained may move."""
    return replace(what, nodes=(*what.nodes, replace(what.nodes[0], name="node-z", obstacle=None)))


def blocked(reason: Reason, *pods: PlannedPod, findings: tuple[Finding, ...] = ()) -> Plan:
    what = plan(*pods, findings=findings)
    return replace(what, nodes=tuple(replace(one, obstacle=reason) for one in what.nodes))
