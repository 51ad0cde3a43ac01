"""The version of an API server: what its ``/version`` answers, alone or in ``kubectl version -o json``."""

from __future__ import annotations

import msgspec

from upgradecheck.decode.kubelet.version import reported_version
from upgradecheck.decode.text.typed import typed
from upgradecheck.model.version import ReportedVersion


class _Info(msgspec.Struct, rename="camel"):
    git_version: str | None = None


class _Told(_Info, rename="camel"):
    server_version: _Info | None = None


_TOLD = msgspec.json.Decoder(_Told)


def server_version(raw: bytes) -> ReportedVersion | None:
    """Such as ``v1.31.0``; None where it says none.

    Raises:
        SpecRefused: no JSON, or a wrong type.
    """
    told = typed(_TOLD, raw)
    text = (told.server_version or told).git_version
    return reported_version(text) if text else None
