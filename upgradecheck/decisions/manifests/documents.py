"""The content of a manifest file, or the answer of a URL, as the pods that a kubelet takes out of it.

A file holds one Pod; of YAML only the first document is read, and a PodList is refused. A URL may also answer with a PodList, which the
kubelet tries after a single pod. What the pods hold is not looked at here: that depends on the kubelet's version.

Mirrors tryDecodeSinglePod and tryDecodePodList in pkg/kubelet/config/common.go, and extractFromURL in http.go.
differs: the limit of 10 MiB came with 1.16, and is applied for all.
"""

from __future__ import annotations

from upgradecheck.decode.text.jsonstream import split
from upgradecheck.decode.text.streamed import Document
from upgradecheck.decode.yaml import documents as goyaml
from upgradecheck.hashing import jsontext
from upgradecheck.model.errors import InputError, SpecRefused

_LIST = b"PodList"


def pod_of_file(content: bytes) -> bytes:
    """The JSON of the only pod of a file; empty content gives ``null``, which every kubelet refuses.

    Raises:
        SpecRefused: neither JSON nor YAML, or beyond a limit.
    """
    json = goyaml.to_json(content)
    jsontext.parse(json)
    return json


def pods_of_answer(content: bytes) -> tuple[bytes, ...] | bytes:
    """What a URL answered: the JSON of each pod of a PodList, or the JSON of anything else, which has to be a Pod.

    Raises:
        SpecRefused: neither JSON nor YAML, or beyond a limit.
    """
    json = goyaml.to_json(content)
    tree = jsontext.parse(json)
    if jsontext.text(jsontext.member(tree, b"kind")) != _LIST:
        return json
    try:
        return tuple(found.raw for found in split((json,), "PodList") if isinstance(found, Document))
    except InputError as error:
        raise SpecRefused(str(error)) from error
