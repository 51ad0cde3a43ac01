"""Which cluster, and by whose account: the kubeconfig as kubectl finds it, else the service account of the pod that we run in.

The kubernetes package does this part and the TLS and proxy settings of the connection; its typed models are never used. It
writes the errors of credential plugins to the root logger and goes on without credentials: here they are held back, as they may
quote a token, and end the run.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from upgradecheck.transport.errors import NotConfigured

_DEFAULT = "~/.kube/config"
_SERVICE_ACCOUNT = "the service account of this pod"
_ADVICE = "Name one with --kubeconfig, or give what was dumped from the cluster with -f, or try --example."


@dataclass(frozen=True, slots=True)
class Target:
    """The cluster as the user named it; None: what kubectl would take."""

    kubeconfig: str | None = None
    context: str | None = None


def configuration(target: Target) -> Any:
    """The connection's settings, with credentials as they are now: plugins have run.

    Raises:
        NotConfigured: there are none, or they cannot be used.
    """
    import kubernetes.config
    from kubernetes.client import Configuration

    config: Any = kubernetes.config
    found = Configuration()
    files = _files(target)
    with _plugin_errors() as errors:
        if files:
            _load(lambda: config.load_kube_config(files, target.context, found, persist_config=False), _where(target, files))
        elif os.environ.get("KUBERNETES_SERVICE_HOST") and target.context is None:
            _load(lambda: config.load_incluster_config(found), _SERVICE_ACCOUNT)
        else:
            raise NotConfigured(f"no cluster to read: there is no kubeconfig at {_DEFAULT}, and KUBECONFIG names none. {_ADVICE}")
    _check(errors, _where(target, files))
    return found


def _check(errors: _Held, where: str) -> None:
    if errors:
        raise NotConfigured(
            f"{where}: its credential plugin failed, or gave nothing usable. "
            'See what "kubectl get --raw /version" says; what the plugin printed is not shown here, since it may hold secrets.'
        )


def credentials(target: Target, settings: Any) -> dict[str, str]:
    """The headers that say who asks; a plugin whose token has run out is asked again.

    Raises:
        NotConfigured: the plugin failed.
    """
    with _plugin_errors() as errors:
        found = {setting["key"]: setting["value"] for setting in settings.auth_settings().values()}
    _check(errors, _where(target, _files(target)))
    return found


def _files(target: Target) -> str:
    """The kubeconfig files that exist, as KUBECONFIG lists them; empty if there are none and none was named."""
    if target.kubeconfig is not None:
        if not Path(target.kubeconfig).expanduser().is_file():
            raise NotConfigured(f"kubeconfig {target.kubeconfig}: no such file. {_ADVICE}")
        return str(Path(target.kubeconfig).expanduser())
    named = [name for name in os.environ.get("KUBECONFIG", "").split(os.pathsep) if name] or [str(Path(_DEFAULT).expanduser())]
    return os.pathsep.join(name for name in named if Path(name).is_file())


def whence(target: Target) -> str:
    """What leads to the cluster, such as ``kubeconfig /home/me/.kube/config, context prod``, where configuration() found a way."""
    import kubernetes.config

    files = _files(target)
    config: Any = kubernetes.config
    named = target.context or (config.list_kube_config_contexts(files)[1]["name"] if files else None)
    return _where(Target(target.kubeconfig, named), files)


def _where(target: Target, files: str) -> str:
    if not files:
        return _SERVICE_ACCOUNT
    return f"kubeconfig {files}" + (f", context {target.context}" if target.context else "")


def _load(load: Any, where: str) -> None:
    try:
        load()
    except Exception as error:
        raise NotConfigured(
            f"{where}: cannot be used ({type(error).__name__}). A file that kubectl can read, and a context that it holds, are wanted; "
            'see "kubectl config get-contexts".'
        ) from error


class _Held(logging.Filter):
    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def filter(self, record: logging.LogRecord) -> bool:
        self.count += record.levelno >= logging.ERROR
        return False

    def __bool__(self) -> bool:
        return self.count > 0


@contextmanager
def _plugin_errors() -> Iterator[_Held]:
    """Counts what is logged on the root logger meanwhile, and shows none of it."""
    root, held, quiet = logging.getLogger(), _Held(), logging.NullHandler()
    root.addFilter(held)
    root.addHandler(quiet)  # without a handler, logging.error() would set one up for the whole process
    try:
        yield held
    finally:
        root.removeHandler(quiet)
        root.removeFilter(held)
