"""Which cluster, and by whose account: the kubeconfig as kubectl finds it, else the service account of the pod that we run in.

The kubernetes package makes connection settings of it, and does TLS and proxies; its typed models are never used. It is handed a token or
certificate, never a plugin: those run here (see plugins.py). The old auth-providers are no plugins here: a token that one has left in the
kubeconfig is taken, and never renewed, since that means a program, or another server than the cluster's.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from upgradecheck.transport.errors import NoKubeconfig, NotConfigured
from upgradecheck.transport.keyfiles import KeyFiles
from upgradecheck.transport.kubefile import Context, read_context, read_contexts
from upgradecheck.transport.plugins import LONGEST, Credential, ask_plugin

_DEFAULT = "~/.kube/config"
_SERVICE_ACCOUNT = "the service account of this pod"
_ADVICE = "Name one with --kubeconfig, or give what was dumped from the cluster with -f, or try --example."
_CERTIFICATES = ("client-certificate", "client-key")


def _unheard(text: str) -> None:
    """Tells nobody."""


class Target(msgspec.Struct, frozen=True):
    """The cluster as the user named it; None: what kubectl would take.

    allow_exec: a context that was not named may run its credential plugin, too. by_pattern: the context was not named, but is one of those
    that a pattern means. tell hears what is run.
    """

    kubeconfig: str | None = None
    context: str | None = None
    allow_exec: bool = False
    tell: Callable[[str], None] = _unheard
    by_pattern: bool = False

    def __repr__(self) -> str:
        """Without tell."""
        told = f"kubeconfig={self.kubeconfig!r}, context={self.context!r}, allow_exec={self.allow_exec!r}, by_pattern={self.by_pattern!r}"
        return f"Target({told})"

    def __eq__(self, other: object) -> bool:
        """Without tell."""
        return self._told() == other._told() if isinstance(other, Target) else NotImplemented

    def __hash__(self) -> int:
        """Without tell."""
        return hash(self._told())

    def _told(self) -> tuple[object, ...]:
        return self.kubeconfig, self.context, self.allow_exec, self.by_pattern


class KubeConnection(msgspec.Struct):
    """Connection settings (a kubernetes Configuration) with credentials as they are now, and the files that they name.

    context: of the kubeconfig; None for the service account of a pod.
    """

    settings: Any
    files: KeyFiles
    credential: Credential | None = None
    context: str | None = None

    def __repr__(self) -> str:
        """Without settings."""
        return f"Way(files={self.files!r}, credential={self.credential!r}, context={self.context!r})"

    @property
    def is_expired(self) -> bool:
        """Whether a plugin has to be asked again."""
        return self.credential is not None and self.credential.is_expired

    @property
    def host(self) -> str:
        """The server's address, to show."""
        return without_user(self.settings.host)

    def pool(self) -> tuple[Any, str | None]:
        """A pool of connections, and the address of the proxy that they go through, to show; None: there is none."""
        from kubernetes.client.rest import RESTClientObject

        pool = RESTClientObject(self.settings).pool_manager
        return pool, without_user(self.settings.proxy) if getattr(pool, "proxy", None) is not None else None

    def headers(self) -> dict[str, str]:
        """The headers that say who asks; the token of a service account is read again when it has grown old.

        Raises:
            NotConfigured: the token cannot be sent.
        """
        found = {setting["key"]: setting["value"] for setting in self.settings.auth_settings().values()}
        if not all(value.isascii() and value.isprintable() for value in found.values()):
            raise NotConfigured(f"{self.host}: the token for it holds a line end or another sign that no header may. Log in again.")
        return found


def find_way(target: Target, seconds: float) -> KubeConnection:
    """The way to the cluster; a credential plugin may take so many seconds.

    Raises:
        NotConfigured: there is none, or it cannot be used.
    """
    files = _files(target)
    if files:
        return _by_kubeconfig(read_context(files, target.context), target, seconds)
    if os.environ.get("KUBERNETES_SERVICE_HOST") and target.context is None:
        return _by_service_account()
    raise NoKubeconfig(f"no cluster to read: there is no kubeconfig at {_DEFAULT}, and KUBECONFIG names none. {_ADVICE}")


def contexts_of(kubeconfig: str | None) -> Mapping[str, object]:
    """The names of all contexts, in the order of the files, each with the cluster that it leads to (equal ones are one cluster).

    Raises:
        NotConfigured: a file cannot be read, or there is none.
    """
    files = _files(Target(kubeconfig))
    if not files:
        raise NotConfigured(f"no contexts: there is no kubeconfig at {_DEFAULT}, and KUBECONFIG names none. {_ADVICE}")
    return read_contexts(files)


def without_user(address: str) -> str:
    """An address without the user and password that it may hold."""
    parts = urlsplit(address)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


def _files(target: Target) -> list[str]:
    """The kubeconfig files that exist, as KUBECONFIG lists them; empty if there are none and none was named."""
    if target.kubeconfig is not None:
        if not os.path.isfile(Path(target.kubeconfig).expanduser()):  # noqa: PTH113 - never raises
            raise NotConfigured(f"kubeconfig {target.kubeconfig}: no such file. {_ADVICE}")
        return [str(Path(target.kubeconfig).expanduser())]
    named = [name for name in os.environ.get("KUBECONFIG", "").split(os.pathsep) if name] or [str(Path(_DEFAULT).expanduser())]
    return [name for name in named if os.path.isfile(name)]  # noqa: PTH113 - never raises, also where this user may not look


def whence(target: Target) -> str:
    """What leads to the cluster, such as ``kubeconfig /home/me/.kube/config, context prod``, where find_way() found a way."""
    files = _files(target)
    return read_context(files, target.context).where if files else _SERVICE_ACCOUNT


def _by_service_account() -> KubeConnection:
    import kubernetes.config
    from kubernetes.client import Configuration

    found = Configuration()
    config: Any = kubernetes.config
    try:
        config.load_incluster_config(found)
    except Exception as error:
        raise NotConfigured(f"{_SERVICE_ACCOUNT}: cannot be used ({type(error).__name__}). {_ADVICE}") from error
    return KubeConnection(found, KeyFiles())


def _by_kubeconfig(context: Context, target: Target, seconds: float) -> KubeConnection:
    import kubernetes.config
    from kubernetes.client import Configuration

    user, credential = _user(context, target, seconds)
    files, found = KeyFiles(), Configuration()
    config: Any = kubernetes.config
    try:
        text = _kubeconfig(_with_files(context.cluster, files), _with_files(user, files))
        config.load_kube_config_from_dict(text, client_configuration=found, persist_config=False)
        _authenticate_to_proxy(found)
    except Exception as error:
        files.close()
        raise NotConfigured(
            f"{context.where}: cannot be used ({type(error).__name__}). A context that kubectl can use is wanted; see kubectl config view."
        ) from error
    return KubeConnection(found, files, credential, context.name)


def _kubeconfig(cluster: Mapping[str, Any], user: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "current-context": "c",
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "c"}}],
        "clusters": [{"name": "c", "cluster": {**cluster}}],
        "users": [{"name": "c", "user": {**user}}],
    }


def _user(context: Context, target: Target, seconds: float) -> tuple[Mapping[str, Any], Credential | None]:
    """The user, with neither plugin nor provider; a token that stands there comes before a plugin, as in kubectl."""
    user = dict(context.user)
    plugin, provider = user.pop("exec", None), user.pop("auth-provider", None)
    if user.get("tokenFile"):
        user["token"] = _token_of(context, str(user.pop("tokenFile")))
    elif isinstance(provider, Mapping):
        settings = provider.get("config") or {}
        user.setdefault("token", settings.get("id-token") or settings.get("access-token") or "")
    if plugin is None or user.get("token"):
        return user, None
    if (target.context is None or target.by_pattern) and target.kubeconfig is None and not target.allow_exec:
        raise NotConfigured(
            f"{context.where}: has a credential plugin, a program that would run with your rights. "
            f"Allow it with --context {context.name}{' (in full)' if target.by_pattern else ''} or --allow-exec."
        )
    credential = ask_plugin(context, min(seconds, LONGEST), target.tell)
    return {**user, **{key: value.encode() if key in _CERTIFICATES else value for key, value in credential.user.items()}}, credential


def _token_of(context: Context, file: str) -> str:
    try:
        return Path(file).read_text(encoding="ascii").strip()
    except (OSError, ValueError) as error:
        raise NotConfigured(
            f"{context.where}: tokenFile {file}: cannot be read ({type(error).__name__}). A file with a token is wanted."
        ) from error


def _with_files(described: Mapping[str, Any], files: KeyFiles) -> dict[str, Any]:
    """Certificates and keys that stand there themselves, in files for this process."""
    found = {key: files.add(value) if isinstance(value, bytes) else value for key, value in described.items()}
    for key in [key for key in found if key.endswith("-data")]:
        data = found.pop(key)
        if data:
            found[key.removesuffix("-data")] = files.add(_decoded(data))
    return found


def _decoded(data: Any) -> bytes:
    try:
        return base64.b64decode(data, validate=False)
    except (binascii.Error, TypeError, ValueError):
        raise ValueError("no base64") from None


def _authenticate_to_proxy(settings: Any) -> None:
    """User and password of the proxy's address as a header; urllib3 does not take them from there."""
    from urllib.parse import unquote

    import urllib3

    parts = urlsplit(settings.proxy or "")
    if parts.username is not None:
        who = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        settings.proxy_headers = urllib3.make_headers(proxy_basic_auth=who)
