"""The workload that a person thinks of, from the little that a pod says; no further reads (design, section 6).

A pod names its controller in metadata.ownerReferences. Two of these are go-betweens whose names are made from their
owner's: a ReplicaSet of a Deployment is called ``<deployment>-<pod-template-hash>``, and its pods carry that hash as a label, so
that step is sure. A Job of a CronJob is called ``<cronjob>-<scheduled time>``, in Unix seconds (up to 1.20) or minutes (1.21 on);
that is a guess from the number alone, made only for numbers that are such times within the years
2014 to 2040, so that ``import-2`` and ``backup-20240115`` stay Jobs. A Job named by hand with such a number is taken for a CronJob's.

Static pods have no owner (their mirror pods have the Node). They are given the kind StaticPod and the name without the
node's, so that kube-apiserver is one workload on three nodes.
"""

from __future__ import annotations

import re
from functools import lru_cache

from upgradecheck.model.patterns import pattern
from upgradecheck.model.pod import Workload

STATIC_POD = "StaticPod"
UNMANAGED = "Pod"

_SCHEDULED_NAME = pattern(r"(?P<name>.+)-(?P<time>[0-9]{8}|[0-9]{10})", re.DOTALL)
_MINUTES = range(23_140_000, 36_820_000)
_SECONDS = range(1_388_500_000, 1_735_700_000)
"""Seconds end with 2024: 1.20, the last minor that used them, was long gone; later texts of ten digits are dates."""


@lru_cache(maxsize=4096)
def workload(kind: str, name: str) -> Workload:
    """A workload, the same object for the same names: a large cluster's pods share few."""
    return Workload(kind, name)


def controlled_by(kind: str, name: str, template_hash: str | None) -> Workload:
    """The workload of a pod whose controller is given; template_hash is the pod's label pod-template-hash."""
    if kind == "ReplicaSet" and template_hash and name.endswith(f"-{template_hash}") and len(name) > len(template_hash) + 1:
        return workload("Deployment", name[: -len(template_hash) - 1])
    if kind == "Job" and (match := _SCHEDULED_NAME.fullmatch(name)) and _is_scheduled_time(match["time"]):
        return workload("CronJob", match["name"])
    return workload(kind, name)


def static_pod(pod_name: str, node: str | None) -> Workload:
    """The workload of a static or mirror pod. The kubelet appends its node's name in lower case."""
    suffix = f"-{node.lower()}" if node else ""
    return workload(STATIC_POD, pod_name.removesuffix(suffix) or pod_name)


def _is_scheduled_time(digits: str) -> bool:
    return int(digits) in (_MINUTES if len(digits) == 8 else _SECONDS)
