"""The file of --image-credential-provider-config, which a kubelet reads when it starts (hashdata/credentialproviders.json)."""

from __future__ import annotations

import msgspec

from upgradecheck.model.version import Minor


class ProviderRule(msgspec.Struct, frozen=True, gc=False):
    """What such a file may hold, in words, and the first minor that refuses or takes it. gate: only where that is on can it be there."""

    since: Minor
    what: str
    gate: str = ""


class ProviderFiles(msgspec.Struct, frozen=True):
    """refused: what kubelets before took; taken: what kubelets before refuse; gated: what is refused while its gate is off.

    Mirrors readCredentialProviderConfig and validateCredentialProviderConfig in pkg/credentialprovider/plugin.
    """

    refused: tuple[ProviderRule, ...] = ()
    taken: tuple[ProviderRule, ...] = ()
    gated: tuple[ProviderRule, ...] = ()
