"""Credential plugins of a kubeconfig (client.authentication.k8s.io): programs that print a token, or a certificate with its key.

A kubeconfig that somebody sent may name any program. So one runs only where the user chose the context, or allowed it, and its words
are told first. It has no terminal, its errors are not shown since they may hold secrets, and at the end of its time it is killed with
all that it started. kubectl runs the same ones; the kubernetes package would wait for them without end.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from typing import IO, Any

import msgspec

from upgradecheck.decode.text.typed import typed
from upgradecheck.logs import Log
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.patterns import pattern
from upgradecheck.transport.errors import NotConfigured
from upgradecheck.transport.kubefile import Context
from upgradecheck.transport.waiting import Deadline, OutOfTime, within

LONGEST = 60.0
"""Seconds that a plugin may take."""

_LOG = Log(__name__)
_MOST_OUTPUT = 1 << 20
_SECRET = pattern(r"secret|token|passw|key|credential", re.IGNORECASE)


class _Status(msgspec.Struct, rename="camel"):
    token: str | None = None
    client_certificate_data: str | None = None
    client_key_data: str | None = None
    expiration_timestamp: datetime | None = None


class _Credential(msgspec.Struct, rename="camel"):
    api_version: str
    kind: str
    status: _Status


_CREDENTIAL = msgspec.json.Decoder(_Credential)


class Credential(msgspec.Struct, frozen=True, gc=False):
    """What a plugin gave, in the words of a kubeconfig's user, and when it runs out."""

    user: Mapping[str, str]
    expires: datetime | None = None

    def __repr__(self) -> str:
        """Without user."""
        return f"Credential(expires={self.expires!r})"

    @property
    def is_expired(self) -> bool:
        return self.expires is not None and self.expires <= datetime.now(timezone.utc)


def ask_plugin(context: Context, seconds: float, tell: Callable[[str], None]) -> Credential:
    """What the plugin of a context's user gives, in so many seconds. tell hears what is run, before it runs.

    Raises:
        NotConfigured: it gave nothing that can be used.
    """
    config = context.user["exec"]
    if not isinstance(config, Mapping) or not isinstance(config.get("command"), str):
        raise NotConfigured(f"{context.where}: its credential plugin has no command. See kubectl config view.")
    arguments = config.get("args")
    words = [config["command"], *map(str, arguments if isinstance(arguments, list) else ())]
    tell(f"context {context.name}: asks its credential plugin: {in_words(words)}")
    try:
        with _LOG.timed("the credential plugin"):
            output = _run(words, _environment(config, context), seconds)
    except (OSError, ValueError) as error:
        raise _failed(context, f"it cannot be started ({type(error).__name__})") from error
    except OutOfTime as error:
        raise _failed(context, f"it gave nothing within {seconds:.0f} s, and was stopped") from error
    return _credential(output, str(config.get("apiVersion")), context)


def in_words(words: Sequence[str]) -> str:
    """A command line to show, without what follows a word that sounds like a secret."""
    shown, hidden = [], False
    for word in words:
        name, sign, _ = word.partition("=")
        is_secret = word.startswith("-") and bool(_SECRET.search(name))
        shown.append("…" if hidden else f"{name}=…" if is_secret and sign else word)
        hidden = is_secret and not sign
    return " ".join(shown)


def _environment(config: Mapping[str, Any], context: Context) -> dict[str, str]:
    spec: dict[str, Any] = {"interactive": False}
    if config.get("provideClusterInfo"):
        spec["cluster"] = dict(context.cluster)
        for extension in _mappings(context.cluster.get("extensions")):
            if extension.get("name") == "client.authentication.k8s.io/exec":
                spec["cluster"]["config"] = extension.get("extension")
    information = {"apiVersion": config.get("apiVersion"), "kind": "ExecCredential", "spec": spec}
    named = {str(each["name"]): str(each.get("value", "")) for each in _mappings(config.get("env")) if each.get("name")}
    return {**os.environ, **named, "KUBERNETES_EXEC_INFO": json.dumps(information)}


def _mappings(value: Any) -> Iterator[Mapping[str, Any]]:
    yield from (each for each in (value if isinstance(value, list) else ()) if isinstance(each, Mapping))


def _run(words: Sequence[str], environment: Mapping[str, str], seconds: float) -> bytes:
    """What a program prints; empty if it fails or prints too much.

    Raises:
        OutOfTime: it had not ended; it has now.
        OSError: it cannot be started.
    """
    until, nothing = Deadline(seconds), subprocess.DEVNULL
    threads = ThreadPoolExecutor(1)  # a signal could part the main thread from what it has just started
    starting = threads.submit(subprocess.Popen, words, 0, None, nothing, subprocess.PIPE, nothing, env=environment, start_new_session=True)
    try:
        process = starting.result()
        output = within(until.left(), lambda: _all(process.stdout))
        return output if process.wait(until.left()) == 0 else b""
    except _TooMuch:
        _kill_group(starting.result())
        return b""
    except BaseException as error:
        if starting.exception() is None:
            _kill_group(starting.result())  # before it is waited for, so that its number is nobody else's
        if isinstance(error, subprocess.TimeoutExpired):
            raise OutOfTime from error
        raise
    finally:
        threads.shutdown()
        if starting.exception() is None:
            with starting.result():  # closes its output, and waits
                pass


class _TooMuch(Exception):
    """More output than any credential has."""


def _all(stream: IO[bytes] | None) -> bytes:
    output = b""
    while stream is not None and (piece := stream.read(1 << 16)):
        output += piece
        if len(output) > _MOST_OUTPUT:
            raise _TooMuch
    return output


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    except AttributeError:  # no process groups on this system
        process.kill()


def _credential(output: bytes, version: str, context: Context) -> Credential:
    try:
        credential = typed(_CREDENTIAL, output)
    except SpecRefused as error:
        raise _failed(context, "it failed, or printed no ExecCredential") from error
    status, expires = credential.status, credential.status.expiration_timestamp
    if credential.kind != "ExecCredential" or credential.api_version != version:
        raise _failed(context, "it printed another kind or version than the kubeconfig asks for")
    if expires is not None and expires.tzinfo is None:
        expires = expires.replace(tzinfo=timezone.utc)
    user = {"token": status.token} if status.token else {}
    if status.client_certificate_data and status.client_key_data:
        user |= {"client-certificate": status.client_certificate_data, "client-key": status.client_key_data}
    if not user:
        raise _failed(context, "it gave neither a token nor a certificate with its key")
    return Credential(user, expires)


def _failed(context: Context, reason: str) -> NotConfigured:
    return NotConfigured(
        f"{context.where}: its credential plugin failed: {reason}. "
        'See what "kubectl get --raw /version" says; what the plugin printed is not shown here, since it may hold secrets.'
    )
