"""The version of an API server."""

from __future__ import annotations

import msgspec

from upgradecheck.decode.kubelet.version import reported_version
from upgradecheck.decode.text.typed import typed
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.version import ReportedVersion
from upgradecheck.transport.errors import AccessRefused
from upgradecheck.transport.kube import Garbled, KubeApi


class _Info(msgspec.Struct, rename="camel"):
    git_version: str | None = None


_INFO = msgspec.json.Decoder(_Info)


def server_version(api: KubeApi) -> ReportedVersion | None:
    """Such as ``v1.31.0``; None where the server keeps it to itself.

    Raises:
        ClusterError: it cannot be reached, or accepts no credentials.
    """
    try:
        return api.get("/version", {}, "read the server's version", _version)
    except AccessRefused as error:
        if error.status == 401:
            raise
        return None


def _version(body: bytes) -> ReportedVersion | None:
    try:
        told = typed(_INFO, body).git_version
    except SpecRefused as error:
        raise Garbled("cut short, or no valid JSON") from error
    return reported_version(told) if told else None
