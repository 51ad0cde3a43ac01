"""kubeconfig files: the one context that is meant, out of as many files as KUBECONFIG names.

As in kubectl (ClientConfigLoadingRules in k8s.io/client-go/tools/clientcmd): what the first file says of a name or of the current
context stands, and a relative path is beside the file that holds it. The kubernetes package takes the last file's current context, so
files are read here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from upgradecheck.decode.guard import guarded
from upgradecheck.entry import read_file
from upgradecheck.model.errors import SpecRefused
from upgradecheck.transport.errors import NotConfigured

_PATHS = ("certificate-authority", "client-certificate", "client-key", "tokenFile")


class Context(msgspec.Struct, frozen=True):
    """A cluster and a user, as the files have them, their paths made absolute. where names both for messages."""

    name: str
    where: str
    cluster: Mapping[str, Any]
    user: Mapping[str, Any]

    def __repr__(self) -> str:
        """Without cluster and user."""
        return f"Context(name={self.name!r}, where={self.where!r})"


def read_context(files: Iterable[str], wanted: str | None) -> Context:
    """The context of that name, by default the current one.

    Raises:
        NotConfigured: a file is none, or there is no such context.
    """
    files = tuple(files)
    loaded = [_read(Path(file)) for file in files]
    where = f"kubeconfig {', '.join(files)}"
    name = wanted or next((str(one["current-context"]) for one in loaded if one.get("current-context")), "")
    if not name:
        raise NotConfigured(f"{where}: has no current-context. Name one with --context; kubectl config get-contexts lists them.")
    context = _named(loaded, "contexts", name)
    if context is None:
        raise NotConfigured(f"{where}: has no context {name}. Name another with --context; kubectl config get-contexts lists them.")
    where = f"{where}, context {name}"
    cluster = _named(loaded, "clusters", str(context.get("cluster")))
    if cluster is None or not isinstance(cluster.get("server"), str):
        raise NotConfigured(f"{where}: the cluster that it names is not there, or has no server. Set it with kubectl config set-cluster.")
    user = _named(loaded, "users", str(context["user"])) if context.get("user") else {}
    if user is None:
        raise NotConfigured(f"{where}: the user that it names is not there. Set it with kubectl config set-credentials.")
    return Context(name, where, cluster, user)


def read_contexts(files: Iterable[str]) -> Mapping[str, object]:
    """All contexts by their names, in the order in which they stand, each with its cluster's entry; None where that is not there.

    Raises:
        NotConfigured: a file is none.
    """
    loaded = [_read(Path(file)) for file in files]
    names = (entry.get("name") for one in loaded for entry in _entries(one, "contexts"))
    found: dict[str, object] = {}
    for name in names:
        if isinstance(name, str) and name not in found:
            found[name] = _named(loaded, "clusters", str((_named(loaded, "contexts", name) or {}).get("cluster")))
    return found


def _read(path: Path) -> dict[str, Any]:
    import yaml

    try:
        raw = read_file(path)
        loaded = guarded(lambda: yaml.load(raw, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
    except (OSError, SpecRefused) as error:
        cause = error.__cause__ if isinstance(error, SpecRefused) else error
        raise NotConfigured(
            f"kubeconfig {path}: cannot be read ({type(cause).__name__}). A file that kubectl can read is wanted."
        ) from error
    if not isinstance(loaded or {}, dict):
        raise NotConfigured(f"kubeconfig {path}: is no kubeconfig. A file that kubectl can read is wanted.")
    return _with_absolute_paths(loaded or {}, path.absolute().parent)


def _with_absolute_paths(loaded: dict[str, Any], folder: Path) -> dict[str, Any]:
    for kind in ("cluster", "user"):
        for described in (entry[kind] for entry in _entries(loaded, f"{kind}s") if isinstance(entry.get(kind), dict)):
            described.update(
                {key: str(folder / described[key]) for key in _PATHS if described.get(key) and isinstance(described[key], str)}
            )
            plugin = described.get("exec")
            if isinstance(plugin, dict) and "/" in str(plugin.get("command")):
                plugin["command"] = str(folder / str(plugin["command"]))
    return loaded


def _entries(loaded: Mapping[str, Any], group: str) -> list[dict[str, Any]]:
    entries = loaded.get(group)
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


def _named(loaded: Iterable[Mapping[str, Any]], group: str, name: str) -> dict[str, Any] | None:
    for one in loaded:
        for entry in _entries(one, group):
            if entry.get("name") == name:
                described = entry.get(group.removesuffix("s"))
                return described if isinstance(described, dict) else {}
    return None
