"""The goldens of tests/goldens/admission.json: what real kubelets' admit handlers say of the cases in corpus.py.

`python -m tests.oracle.admission.goldens VERSION…` asks the handlers of these versions, built if need be, and writes what they say in place
of what the file has of other patches of their minors; what it has of other minors stays.
"""

from __future__ import annotations

import sys
from typing import Any

from tests.oracle.admission.asking import line, plain
from tests.oracle.admission.corpus import Document, cases
from tests.oracle.admission.real import Handler
from tests.oracle.by_version import ByVersion

GOLDENS = ByVersion("admission")
ASKED = (
    "AggregateContainerRequests in k8s.io/component-helpers/resource",
    "AllFeatures in k8s.io/component-helpers/nodedeclaredfeatures/features",
    "FitsRequest in pkg/scheduler/framework/plugins/helper",
    "GetMatchingTolerations in pkg/apis/core/v1/helper",
    "GetPodQOS",
    "GetRequiredNodeAffinity in k8s.io/component-helpers/scheduling/corev1/nodeaffinity",
    "GetResourceRequest in pkg/api/v1/resource",
    "HandleAdmissionFailure in pkg/kubelet/preemption",
    "InferForScheduling in k8s.io/component-helpers/nodedeclaredfeatures/features",
    "IsCriticalPod in pkg/kubelet/types",
    "Match in k8s.io/component-helpers/scheduling/corev1/nodeaffinity",
    "NewResource",
    "NodeInfo in pkg/scheduler/framework",
    "PodRequests in pkg/api/v1/resource",
    "Preemptable in pkg/kubelet/types",
    "calculateResource",
    "fitsRequest",
    "generalFilter in pkg/kubelet/lifecycle",
    "getContainerPorts",
    "getPodsToPreempt in pkg/kubelet/preemption",
    "maxResourceList",
    "pkg/apis/core/v1/helper/qos/qos.go",
    "pkg/kubelet/lifecycle/predicate.go",
    "removeMissingExtendedResources in pkg/kubelet/lifecycle",
)
"""What answers, of mirrored.json: a minor in which all of it is as in another one's newest patch does as that one does."""


def asked(version: str) -> dict[str, str]:
    """What the handler of a version says of each case: pod by pod what becomes of it, its class, whether it is critical, and who is stopped."""
    with Handler(version) as handler:
        return {name: _told(handler, node, pods) for name, (node, pods) in cases().items()}


def _told(handler: Handler, node: Document, pods: list[Document]) -> str:
    present: list[Document] = []
    lines = []
    for pod in pods:
        answer = handler.admit(pod, present, node)
        lines.append(_line(answer))
        stopped = answer["stopped"] or ()
        present = [one for one in present if one["metadata"]["uid"] not in stopped]
        if answer["admit"]:
            present.append(pod)
    return "; ".join(lines)


def _line(answer: dict[str, Any]) -> str:
    said = "admitted" if answer["admit"] else plain(answer["reason"])
    return line(said, answer["qos"], critical=answer["critical"], stopped=answer["stopped"] or ())


if __name__ == "__main__":
    raise SystemExit(GOLDENS.main(sys.argv[1:], asked))
