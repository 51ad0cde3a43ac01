"""The text of a kubelet's configuration as the kubelet reads it: all of it, whereas inputs are taken apart into documents first.

Mirrors DecodeKubeletConfiguration in pkg/kubelet/kubeletconfig/util/codec and the serializer of k8s.io/apimachinery: what begins with ``{``
is JSON, and nothing may stand behind its object; of YAML the first document is read, with the directives before it.
"""

from __future__ import annotations

import msgspec

from upgradecheck.decode.text.typed import typed

_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])


def check_one_file(text: bytes) -> None:
    """Nothing, where a kubelet can read the text, whatever it then makes of what it says.

    Raises:
        SpecRefused: it is no YAML and no JSON, or no object; or it is JSON with something behind it.
    """
    from upgradecheck.decode.yaml.documents import to_json

    typed(_OBJECT, to_json(text))
