"""What was recognised in an input, in words for the log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from upgradecheck.decode.kube.objects import OBJECTS
from upgradecheck.decode.kube.shapes import Shape
from upgradecheck.model.wording import count
from upgradecheck.sources.files.tables import Table

_WORDS: Mapping[Shape, tuple[str, str]] = {
    Shape.POD: ("pod", "pods"),
    Shape.NODE: ("node", "nodes"),
    Shape.CRI_CONTAINER: ("container of the runtime (crictl ps)", "containers of the runtime (crictl ps)"),
    Shape.CRI_SANDBOX: ("sandbox of the runtime (crictl pods)", "sandboxes of the runtime (crictl pods)"),
    Shape.CRI_INSPECTED_CONTAINER: ("container of the runtime (crictl inspect)", "containers of the runtime (crictl inspect)"),
    Shape.CRI_INSPECTED_SANDBOX: ("sandbox of the runtime (crictl inspectp)", "sandboxes of the runtime (crictl inspectp)"),
    Shape.DOCKER_SUMMARY: ("container of docker (containers/json)", "containers of docker (containers/json)"),
    Shape.DOCKER_INSPECTION: ("container of docker (inspect)", "containers of docker (inspect)"),
    Shape.DOCKER_LINE: ("container of docker (ps)", "containers of docker (ps)"),
    Shape.KUBELET_CONFIG: ("KubeletConfiguration", "KubeletConfigurations"),
    Shape.CREDENTIAL_PROVIDERS: ("CredentialProviderConfig", "CredentialProviderConfigs"),
    Shape.SERVER_VERSION: ("version of an API server", "versions of an API server"),
    Shape.STATE_FILE: ("state file of a kubelet", "state files of a kubelet"),
    Shape.BUNDLE: ("bundle of a node", "bundles of nodes"),
    Shape.OBJECT: (" or ".join(one.kind for one in OBJECTS), " or ".join(one.plural for one in OBJECTS)),
    Shape.TEMPLATE: ("workload template", "workload templates"),
    Shape.EMPTY_LIST: ("empty list", "empty lists"),
    Shape.EMPTY_RECORDS: ("empty list of a runtime", "empty lists of a runtime"),
    Shape.MALFORMED: ("malformed document", "malformed documents"),
}


def recognised(table: Table) -> str:
    """``pods.json: 412 pods, 3 nodes; passed over: kind Service (3)``."""
    found = Counter(table.recognised())
    told = ", ".join(count(number, *_WORDS[shape]) for shape, number in found.items() if shape is not Shape.OTHER)
    others = table.others_in_words()
    return f"{table.name}: {told or 'nothing known'}{f'; passed over: {others}' if others else ''}"
