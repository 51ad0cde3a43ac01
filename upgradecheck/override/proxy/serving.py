"""The proxy as a process: connections come, the plan is looked after, and a stop lets calls under way end first."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import msgspec

from upgradecheck.model.errors import InputError
from upgradecheck.model.wording import count
from upgradecheck.override.proxy.connection import Connection
from upgradecheck.override.proxy.counters import Counters
from upgradecheck.override.proxy.listening import listening
from upgradecheck.override.proxy.memory import keep_freed_memory
from upgradecheck.override.proxy.notifying import tell_systemd, write_metrics
from upgradecheck.override.proxy.plan_file import PlanFile, Remarks, no_remarks
from upgradecheck.override.proxy.programs import Programs
from upgradecheck.override.proxy.relay import Relay, header_decoder
from upgradecheck.override.proxy.rewriting import Rewriter

_LOOK_EVERY = 1.0
_METRICS_EVERY = 15.0
_CONNECT_SECONDS = 5.0
_QUIET_SECONDS = 0.1
"""How long a client may take to hear the goodbye, so that no call is on its way any more."""


class ProxySettings(msgspec.Struct, frozen=True, gc=False):
    """What to serve. listen and upstream are paths; stop_seconds bounds how long a stop waits for calls under way."""

    listen: str
    upstream: str
    plan: str
    metrics: str | None = None
    stop_seconds: float = 10.0


def serve(settings: ProxySettings, stop: threading.Event, tell: Callable[[str], None], remarks: Remarks = no_remarks) -> None:
    """Serves until stop is set. remarks: what is to be told of each plan that is taken.

    Raises:
        InputError: hpack is not installed, the plan cannot be used, or there is no listening at the path.
    """
    header_decoder()  # every connection needs one: a kubelet that is sent to a proxy without has no runtime
    keep_freed_memory()
    counters = Counters()
    plan = PlanFile(settings.plan, counters, tell, remarks)
    with listening(settings.listen) as line:
        server = _Server(line, settings.upstream, plan, Programs(settings.plan, tell), counters, tell)
        reports = _Reports(settings.metrics, counters, tell)
        reports.write()
        threading.Thread(target=server.accept_all, daemon=True).start()
        threading.Thread(target=_look_after, args=(plan, stop), daemon=True).start()
        tell(f"listening on {settings.listen} for {settings.upstream}; {count(counters.containers, 'container')} in the plan")
        tell_systemd("READY=1")
        while not stop.wait(_LOOK_EVERY):
            reports.write_if_due()
        tell_systemd("STOPPING=1")
        server.stop(settings.stop_seconds)
        reports.write()


def _look_after(plan: PlanFile, stop: threading.Event) -> None:
    """Takes over new plans, in a thread of its own: a file system that never answers keeps nobody else waiting."""
    while not stop.wait(_LOOK_EVERY):
        plan.refresh()


class _Server:
    def __init__(
        self, line: socket.socket, upstream: str, plan: PlanFile, programs: Programs, counters: Counters, tell: Callable[[str], None]
    ) -> None:
        self._line, self._upstream, self._plan, self._counters, self._tell = line, upstream, plan, counters, tell
        self._programs = programs
        self._open: set[Connection] = set()
        self._lock = threading.Lock()
        self._told_unreachable = False
        self._stopping = False

    def accept_all(self) -> None:
        """Takes connections until the socket is closed."""
        while not self._stopping:
            try:
                client, _ = self._line.accept()
            except OSError as error:
                if not self._stopping:
                    self._tell(f"a connection could not be accepted ({error.strerror})")
                    time.sleep(_QUIET_SECONDS)
                continue
            self._take(client)

    def _take(self, client: socket.socket) -> None:
        """Where no thread can be had, the client loses its connection and tries again; the others stay."""
        try:
            threading.Thread(target=self._join, args=(client,), daemon=True).start()
        except RuntimeError as error:
            client.close()
            self._tell(f"a connection could not be taken ({error})")
            time.sleep(_QUIET_SECONDS)

    def stop(self, seconds: float) -> None:
        """No new connections; those that are there end when their calls have, or when the time is over."""
        deadline = time.monotonic() + seconds
        self._stopping = True
        with suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)
        self._goodbye(final=False)
        time.sleep(min(_QUIET_SECONDS, seconds))
        while any(one.calls for one in self._connections()) and time.monotonic() < deadline:
            time.sleep(0.02)
        self._goodbye(final=True)
        for one in self._connections():
            one.close()

    def _join(self, client: socket.socket) -> None:
        """A connection to the runtime for that of a client; if there is none, the client loses its own, as with a runtime that is down."""
        self._counters.connections += 1
        upstream = socket.socket(socket.AF_UNIX)
        upstream.settimeout(_CONNECT_SECONDS)
        try:
            upstream.connect(self._upstream)
        except OSError as error:
            self._counters.unreachable += 1
            self._lost(error.strerror or str(error))
            client.close()
            upstream.close()
            return
        upstream.settimeout(None)
        self._told_unreachable = False
        connection = Connection(client, upstream, Relay(self._rewriter_for(client), self._counters), self._gone, self._tell)
        with self._lock:
            self._open.add(connection)
            self._counters.open_connections = len(self._open)
        connection.start()

    def _rewriter_for(self, client: socket.socket) -> Callable[[], Rewriter]:
        """What a client is shown, asked at each answer: of a kubelet's program its own map, else the one that stands."""
        own = self._programs.of(client)
        if own is None:
            return lambda: self._plan.rewriter
        return lambda: own.chosen(self._plan.rewriter)

    def _lost(self, why: str) -> None:
        if not self._told_unreachable:
            self._told_unreachable = True
            self._tell(f"--upstream {self._upstream}: cannot be reached ({why}); clients try again by themselves")

    def _gone(self, connection: Connection) -> None:
        with self._lock:
            self._open.discard(connection)
            self._counters.open_connections = len(self._open)

    def _connections(self) -> list[Connection]:
        with self._lock:
            return list(self._open)

    def _goodbye(self, *, final: bool) -> None:
        for one in self._connections():
            one.say_goodbye(final=final)


class _Reports:
    """The metrics file, if one is wanted."""

    def __init__(self, path: str | None, counters: Counters, tell: Callable[[str], None]) -> None:
        self._path, self._counters, self._tell = path, counters, tell
        self._next = 0.0
        self._failed = False

    def write_if_due(self) -> None:
        if time.monotonic() >= self._next:
            self.write()

    def write(self) -> None:
        """Writes it; a failure is told once and hinders nothing."""
        self._next = time.monotonic() + _METRICS_EVERY
        if self._path is None:
            return
        try:
            write_metrics(self._path, self._counters.as_text())
            self._failed = False
        except InputError as error:
            if not self._failed:
                self._tell(str(error))
            self._failed = True
