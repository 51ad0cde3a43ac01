"""One client's connection and its own connection to the runtime, joined by a Relay: a thread for each direction.

Threads and blocking sockets are what costs least time per call here: half of what an event loop adds (measured).
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress

from upgradecheck.override.proxy.relay import Relay

_PIECE = 1 << 17


class Connection:
    """Both sockets belong to it. When one side ends, what is there for the other is sent, and both are closed."""

    def __init__(
        self, client: socket.socket, upstream: socket.socket, relay: Relay, gone: Callable[[Connection], None], tell: Callable[[str], None]
    ) -> None:
        self._client, self._upstream = client, upstream
        self._relay, self._gone, self._tell = relay, gone, tell
        self._state = threading.Lock()
        self._sending = {client: threading.Lock(), upstream: threading.Lock()}
        self._running = 2

    def start(self) -> None:
        """Begins to relay."""
        for source, feed in ((self._client, self._relay.from_client), (self._upstream, self._relay.from_upstream)):
            threading.Thread(target=self._run, args=(source, feed), daemon=True).start()

    @property
    def calls(self) -> int:
        """Calls under way that a stop waits for."""
        with self._state:
            return self._relay.calls

    def say_goodbye(self, *, final: bool) -> None:
        """Asks the client to go elsewhere with its next call."""
        with self._state:
            self._relay.say_goodbye(final=final)
        with suppress(OSError):
            self._send(self._client, self._relay.to_client)

    def close(self) -> None:
        """Ends it at once; the threads notice."""
        for one in (self._client, self._upstream):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _run(self, source: socket.socket, feed: Callable[[bytes], None]) -> None:
        try:
            self._pump(source, feed)
        except OSError:  # either side is gone; so is the call, as it would be without us
            pass
        except Exception as error:  # noqa: BLE001 - ours to answer for: the callers lose this connection and make another
            self._tell(f"internal error: {type(error).__name__}; a connection was given up. Report it.")
        finally:
            self.close()
            self._end()

    def _pump(self, source: socket.socket, feed: Callable[[bytes], None]) -> None:
        relay = self._relay
        while data := source.recv(_PIECE):
            with self._state:
                feed(data)
            if relay.to_upstream:
                self._send(self._upstream, relay.to_upstream)
            if relay.to_client:
                self._send(self._client, relay.to_client)

    def _send(self, to: socket.socket, gathered: list[bytes | memoryview]) -> None:
        """Sends what has gathered, in its order although two threads do it."""
        with self._sending[to]:
            with self._state:
                data = b"".join(gathered)
                gathered.clear()
            if data:
                to.sendall(data)

    def _end(self) -> None:
        with self._state:
            self._running -= 1
            last = not self._running
        if last:
            self._client.close()
            self._upstream.close()
            self._gone(self)
