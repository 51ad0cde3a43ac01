"""What a KubeletConfiguration says that it is: its kind and its apiVersion, which kubelets read in whatever letters their names have.

Fields they read by their exact names alone. YAML is made JSON with its members sorted, so that of several names the last one counts.

Mirrors Interpret of SimpleMetaFactory in k8s.io/apimachinery/pkg/runtime/serializer/json/meta.go; real kubelets 1.20 to 1.34 were asked.
"""

from __future__ import annotations

import msgspec

from upgradecheck.decode.text.typed import typed

API_VERSION, KIND = "apiVersion", "kind"
_NAMES = {one.lower(): one for one in (API_VERSION, KIND)}
_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_WORD = msgspec.json.Decoder(str)


class Head(msgspec.Struct, frozen=True, gc=False):
    """Both; empty where there is no text."""

    kind: str = ""
    api_version: str = ""


def head_of(raw: bytes) -> Head:
    """The head of an object.

    Raises:
        SpecRefused: no JSON, or no object.
    """
    found = {_NAMES[name.lower()]: value for name, value in sorted(typed(_MEMBERS, raw).items()) if name.lower() in _NAMES}
    return Head(*(_text(found.get(name, msgspec.Raw())) for name in (KIND, API_VERSION)))


def named_in_head(name: str) -> str:
    """Which of both a member is; empty of any other."""
    return _NAMES.get(name.lower(), "")


def _text(raw: msgspec.Raw) -> str:
    return typed(_WORD, bytes(raw)) if bytes(raw)[:1] == b'"' else ""
