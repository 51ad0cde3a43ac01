"""The version of an API server."""

from __future__ import annotations

from upgradecheck.decode.kube.server import server_version as decoded
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.version import ReportedVersion
from upgradecheck.transport.errors import AccessRefused
from upgradecheck.transport.kube import Garbled, KubeApi


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
        return decoded(body)
    except SpecRefused as error:
        raise Garbled("cut short, or no valid JSON") from error
