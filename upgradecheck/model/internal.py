"""What the kubelet's internal API types have otherwise than the published ones: data about the struct that a static pod's UID is a sum of.

The internal Pod (pkg/apis/core) is v1.Pod under another package name, but for a handful of structs whose fields stand in another order,
or that took fields over from another struct. Both are kept in step by conversion, of which only what it does beside copying is named here.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

import msgspec


class Conversion(Enum):
    """What conversion from v1 does to a pod, beside copying fields to where they now stand; the value is the name that hashdata uses.

    DROPS_INIT_ANNOTATIONS: four annotations that held init containers before there was a field for them (not in 1.8.0 and 1.9.0).
    SYNCS_POD_IPS: status.podIP and the first of status.podIPs are made the same; the former counts (from 1.16 on, by defaulting in 1.37).
    """

    DROPS_INIT_ANNOTATIONS = "drops-init-annotations"
    SYNCS_POD_IPS = "syncs-pod-ips"


class InternalPod(msgspec.Struct, frozen=True, gc=False):
    """The internal structs as far as they are not the published ones.

    fields: Go names in their order, by struct; one that the published struct does not have is a field of the pod's spec.
    types: type expressions by ``Struct.Field``. time: the fields of time.Time in the Go of this minor, as ``name type``.
    """

    fields: Mapping[str, tuple[str, ...]]
    types: Mapping[str, str]
    conversion: frozenset[Conversion]
    time: tuple[str, ...]
