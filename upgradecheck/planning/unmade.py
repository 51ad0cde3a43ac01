"""What is said of manifests and templates: as which API server's pods they are judged, and what nobody can know of them."""

from __future__ import annotations

from upgradecheck.model.wording import count

_JUDGED = (
    "judged as {server} makes pods of them: with its defaults, and a mount for the token of the service account. Not known is "
    "what else admission adds: webhooks (sidecars, mounts, variables), LimitRanges, a service account that mounts none."
)
_SUPPOSED = "No server is named, so that of the {which} kubelet's minor is supposed"


def as_written(number: int) -> str:
    """Of how many it is said that they were hashed without an API server's defaults."""
    hashed = f"{count(number, 'manifest or template is', 'manifests or templates are')} hashed as written, without an API server's defaults"
    return f"{hashed}: kubelets before 1.31 hash these too, so running pods have other hashes. --api VERSION hashes what that server makes."


def not_defaulted(number: int) -> str:
    """Of how many manifests of static pods it is said that they were hashed without a kubelet's defaults."""
    hashed = f"{count(number, 'manifest is', 'manifests are')} hashed as written, without the defaults that a kubelet gives a static pod"
    return f"{hashed}: kubelets before 1.31 hash these too, so they record other hashes. --defaults hashes what each kubelet makes of it."


def made_by(server: str) -> str:
    """How manifests and templates are hashed where a server is named."""
    return f"Manifests and templates are {_JUDGED.format(server=server).replace('judged', 'hashed', 1)}"


def judged_as(number: int, server: str) -> str:
    """Of how many that is so. server: ``API server 1.30.14``."""
    return f"{count(number, 'manifest or template is', 'manifests or templates are')} {_JUDGED.format(server=server)}"


def supposed(first: str | None) -> str:
    """What is said besides where nobody told the server. first: the minor of the oldest that may have made them, where that is another."""
    older = "" if first is None else f". What goes on so, and would not as one from {first} on makes it, is unknown"
    return f"{_SUPPOSED.format(which='new')}: give --api-to, and --api-from if the pods were made before{older}."


def judged_by_pairs(number: int, *, named: bool) -> str:
    """Of how many that is so where many pairs of kubelets are compared. named: the server can be named."""
    by_name = ": give --api-from" if named else ""
    older = "What goes on so, and would not as one of a minor before makes it, down to the older kubelet's, is unknown."
    return f"{judged_as(number, 'an API server')} {_SUPPOSED.format(which='newer')}{by_name}. {older}"
