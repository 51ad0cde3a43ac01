"""The history as a person writes it (design, section 4), read and written.

    node: worker-1
    history:
      - {kubeletVersion: v1.19.16, startTime: 2024-01-10T08:00:00Z}

YAML as Go reads it, or JSON. A version must be text with a patch or quoted: YAML reads ``1.20`` as the number 1.2, which is refused.
"""

from __future__ import annotations

import json
import re

import msgspec

from upgradecheck.contract.v1.checkpoint import start_json
from upgradecheck.contract.v1.history import HistoryJson
from upgradecheck.decode.text.typed import typed
from upgradecheck.decode.yaml.documents import to_json
from upgradecheck.formats.checkpoint_shape import named, ordered, start_of
from upgradecheck.model.checkpoint import Checkpoint, Clock, KubeletStart, Mode, NodeIdentity
from upgradecheck.model.patterns import pattern

_PLAIN = pattern(r"[A-Za-z][A-Za-z0-9._/+-]*(?<!:)", re.ASCII)
_PLAIN_TIME = pattern(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z", re.ASCII)
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


_DECODER = msgspec.json.Decoder(HistoryJson)


def read_history(document: bytes) -> tuple[NodeIdentity, tuple[KubeletStart, ...]]:
    """The node and its kubelets.

    Raises:
        SpecRefused: it is no YAML, or no history; the path says where.
    """
    found = typed(_DECODER, to_json(document))
    node = named(NodeIdentity(found.node, found.machine_id, found.system_uuid), "node")
    return node, ordered(start_of(each, f"history[{number}]", Mode.MANUAL, Clock.MANUAL) for number, each in enumerate(found.history))


def history_text(checkpoint: Checkpoint) -> str:
    """The form by hand of a checkpoint; read_history gives the same node and history back."""
    node = checkpoint.node
    head = {"node": node.name, "machineID": node.machine_id, "systemUUID": node.system_uuid}
    lines = [f"{name}: {_scalar(value)}" for name, value in head.items() if value is not None]
    return "\n".join([*lines, "history:", *(f"  - {_flow(_members(start))}" for start in checkpoint.history)]) + "\n"


def _members(start: KubeletStart) -> dict[str, object]:
    found = msgspec.to_builtins(start_json(start, Mode.MANUAL, Clock.MANUAL))
    assert isinstance(found, dict)
    return found


def _flow(members: dict[str, object]) -> str:
    return "{" + ", ".join(f"{_scalar(name)}: {_value(value)}" for name, value in members.items()) + "}"


def _value(value: object) -> str:
    return _flow(value) if isinstance(value, dict) else _scalar(value)


def _scalar(value: object) -> str:
    """Plain where every reader of YAML takes it for the same text, else quoted as JSON is."""
    if not isinstance(value, str):
        return json.dumps(value)
    plain = _PLAIN.fullmatch(value) or _PLAIN_TIME.fullmatch(value)
    return value if plain and value.lower() not in _WORDS else f'"{"".join(map(_escaped, value))}"'


def _escaped(char: str) -> str:
    """As YAML escapes it in double quotes; JSON's pairs of surrogates are no characters there."""
    if " " <= char <= "~" and char not in '"\\':
        return char
    return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"
