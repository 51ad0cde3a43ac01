"""UC002: a field is set that the old kubelet drops when it decodes the spec and the new one sees, which changes the hash.

The API server stored the field, the old kubelet ran the container without it. Often nobody set it on purpose: an API server
from 1.30 on turns the AppArmor annotation into appArmorProfile when a pod is created. Up to 1.15 a new field counts set or
not, which is UC003.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from upgradecheck.hazards import Upgrade
from upgradecheck.model.plan import CauseKind, Finding, ObjectRef, Severity, Verdict


@dataclass(frozen=True, slots=True)
class FieldNewlySeen:
    id: str = "UC002"
    title: str = "Field newly seen"

    def findings(self, upgrade: Upgrade) -> Iterator[Finding]:
        """One finding per workload, container and field, with the number of containers that restart for it."""
        counted: dict[tuple[ObjectRef, str, str | None], int] = {}
        for pod, container in upgrade.containers():
            if container.verdict is not Verdict.RESTART:
                continue
            for cause in container.causes:
                if cause.kind is CauseKind.FIELD_ADDED and cause.path is not None and not cause.printed:
                    target = ObjectRef(pod.workload.kind, pod.workload.name, pod.namespace, container.name)
                    key = (target, cause.path, cause.since)
                    counted[key] = counted.get(key, 0) + 1
        for (target, path, since), count in counted.items():
            known = f"kubelets before {since} do" if since else "the running kubelet does"
            yield Finding(
                self.id,
                Severity.WARNING,
                target,
                f"{path} is set; {known} not know it and the new kubelet sees it for the first time: "
                + ("1 container restarts." if count == 1 else f"{count} containers restart."),
                "Drain the node before its upgrade, or schedule the restart. Taking the field away now changes nothing on the "
                "running kubelet, but rolls the workload out anew.",
            )


RULE = FieldNewlySeen()
