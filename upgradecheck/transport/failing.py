"""Why a request gave nothing, in words of our own: those of servers and libraries quote addresses and bytes that came."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from upgradecheck.transport.errors import AccessRefused

_REASONS = {
    401: "the server does not accept the credentials (401)",
    403: "this account may not do that (403)",
    404: "the server does not know this resource (404)",
}
_REMEDIES = {
    401: "Log in again, or name another --context.",
    403: 'Allow it: "upgradecheck doctor --rbac" prints the least role.',
}
_OTHER_REMEDY = "Check the server's address in the kubeconfig."


class Failure(msgspec.Struct, frozen=True, gc=False):
    """One attempt that gave nothing. wait is what the server asks for.

    lasting: another attempt cannot help. unreached: there was not even a connection, whatever was asked.
    """

    reason: str
    wait: float | None = None
    lasting: bool = False
    unreached: bool = False


def refusal(host: str, what: str, status: int) -> AccessRefused:
    """The error for a status by which a server says no."""
    reason = _REASONS.get(status, f"HTTP {status}")
    if 300 <= status < 400:
        reason = f"a redirect (HTTP {status}), which is not followed: credentials go to no other address"
    return AccessRefused(f"{host}: cannot {what}: {reason}. {_REMEDIES.get(status, _OTHER_REMEDY)}", status, reason)


def broken(error: BaseException) -> Failure:
    """A connection that could not be made, or broke."""
    import socket
    import ssl

    import urllib3

    causes = tuple(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Failure(f"the server's certificate is not trusted ({cause.verify_message})", lasting=True, unreached=True)
    if any(isinstance(cause, urllib3.exceptions.ProxyError) for cause in causes):
        return Failure("no connection through the proxy", unreached=True)
    words = {
        ssl.SSLError: "no TLS connection",
        socket.gaierror: "its name cannot be resolved",
        ConnectionRefusedError: "connection refused",
    }
    for cause in causes:
        for kind, reason in words.items():
            if isinstance(cause, kind):
                return Failure(reason, unreached=True)
    return Failure("the connection broke")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what it wraps; the libraries do so in several ways."""
    cause: object = error
    while isinstance(cause, BaseException):
        yield cause
        inner = next((part for part in cause.args if isinstance(part, BaseException)), None)
        cause = inner or getattr(cause, "reason", None) or cause.__cause__ or cause.__context__
