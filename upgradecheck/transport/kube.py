"""A Kubernetes API server, read with GET alone: raw bodies, deadlines, retries, and a token that goes to no other host.

The exceptions are a review of the account's own permissions, which changes nothing and is asked of one fixed path (see access.py), and the
server-side apply of a node's own bundle (``collect --publish``), which writes the same again if it is sent twice.

Tried again: 429, 5xx, connections that break or stay silent, bodies that are cut short; with jitter, or when the server says by
Retry-After, and never past the deadline. A 401 loads the credentials once more, as a token may have run out. Redirects are not followed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec

from upgradecheck.logs import Log, milliseconds
from upgradecheck.transport.errors import AccessRefused, ClusterError, Expired, Unreachable
from upgradecheck.transport.failing import Failure, broken, refusal
from upgradecheck.transport.kubeconfig import KubeConnection, Target, find_way
from upgradecheck.transport.waiting import ATTEMPTS, Deadline, Limits, OutOfTime, http_date, pause, rest, retry_after, within

T = TypeVar("T")

MAX_BODY = 512 * 1024 * 1024
"""Bytes of one answer; a page of 500 pods has some 5 MB."""

_CHUNK = 1 << 16
_GOOD = (200, 201)
_REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
_APPLY = "application/apply-patch+yaml"
_LOG = Log(__name__)


class Garbled(Exception):
    """An answer of the right kind that is cut short or makes no sense."""


class _Request(msgspec.Struct, frozen=True, gc=False):
    """body: that of a review, or of an object to apply; None for a GET."""

    path: str
    query: Mapping[str, str]
    body: bytes | None = None
    applies: bool = False

    @property
    def method(self) -> str:
        return "GET" if self.body is None else "PATCH" if self.applies else "POST"

    @property
    def content_type(self) -> str:
        return _APPLY if self.applies else "application/json"

    def __str__(self) -> str:
        """As it may be told: the token that continues a list is the server's, and nobody knows what is in it."""
        query = "&".join(f"{name}={'…' if name == 'continue' else value}" for name, value in self.query.items())
        return f"{self.method} {self.path}{f'?{query}' if query else ''}"


class _Answer(msgspec.Struct, frozen=True, gc=False):
    status: int
    content_type: str
    retry_after: str | None
    body: bytes


class KubeApi(msgspec.Struct):
    """One API server. Credentials are loaded when first needed, within the deadline.

    context: of the kubeconfig, once it is reached; None: there is none. proxy: the address of the proxy that stands between; None: there
    is none. skew: by how many seconds the server's clock is before ours, by its last answer, whose Date has whole seconds; None if it says
    nothing.
    """

    target: Target
    limits: Limits
    insecure: bool = False
    host: str = "the API server"
    context: str | None = None
    proxy: str | None = None
    skew: float | None = None
    _deadline: Deadline = msgspec.field(default_factory=lambda: Deadline(0))  # set by __post_init__
    _pool: Any = None
    _way: KubeConnection | None = None

    def __post_init__(self) -> None:
        self._deadline = Deadline(self.limits.total)

    def get(self, path: str, query: Mapping[str, str], what: str, read: Callable[[bytes], T]) -> T:
        """What read makes of the answer's body. what names the request in messages (``list pods``); read may raise Garbled.

        Raises:
            Refused: the server says no, or is no API server.
            Expired: the list's place is gone.
            Unreachable: no usable answer in time.
            NotConfigured: no way to the cluster.
        """
        return self._ask(_Request(path, query), what, read)

    def review(self, body: bytes, what: str, read: Callable[[bytes], T]) -> T:
        """What read makes of the answer to a review of the account's own permissions.

        Raises:
            ClusterError: as get does.
        """
        return self._ask(_Request(_REVIEWS, {}, body), what, read)

    def apply(self, path: str, manager: str, body: bytes, what: str) -> None:
        """Makes an object what the body (JSON) says, by server-side apply as a field manager.

        Raises:
            ClusterError: as get does.
        """
        self._ask(_Request(path, {"fieldManager": manager, "force": "true"}, body, applies=True), what, lambda answer: None)

    def _ask(self, request: _Request, what: str, read: Callable[[bytes], T]) -> T:
        renewed = False
        for attempt in range(ATTEMPTS):
            outcome = self._attempt(request)
            if isinstance(outcome, _Answer) and outcome.status == 401 and not renewed:
                renewed = True
                self._connect()
                outcome = self._attempt(request)
            result = outcome if isinstance(outcome, Failure) else self._read(outcome, what, read)
            if not isinstance(result, Failure):
                return result
            _LOG.info(f"{what}: {result.reason} (attempt {attempt + 1} of {ATTEMPTS})")
            self._wait(result, attempt, what)
        raise AssertionError("the last attempt ends in an answer or an error")

    def close(self) -> None:
        """Ends the connections."""
        if self._way is not None:
            self._pool.clear()
            self._way.files.close()
            self._way = None

    def _attempt(self, request: _Request) -> _Answer | Failure:
        start = time.monotonic()
        outcome = self._sent(request)
        what = outcome.reason if isinstance(outcome, Failure) else f"{outcome.status}, {len(outcome.body):,} bytes"
        _LOG.debug(f"{request}: {what}, {milliseconds(start)}")
        return outcome

    def _sent(self, request: _Request) -> _Answer | Failure:
        import urllib3

        if self._way is None or self._way.is_expired:
            self._connect()
        seconds = min(self.limits.request, self._deadline.left())
        if seconds <= 0:
            return Failure("no complete answer within the time there was", unreached=True)
        try:
            return within(seconds, lambda: self._exchange(request, seconds))
        except ClusterError:
            raise
        except urllib3.exceptions.NewConnectionError as error:  # to urllib3 a kind of timeout
            return broken(error)
        except (OutOfTime, urllib3.exceptions.TimeoutError):
            return Failure(f"no complete answer within {seconds:.3g} s")
        except (urllib3.exceptions.HTTPError, OSError, UnicodeError) as error:
            return broken(error)

    def _exchange(self, request: _Request, seconds: float) -> _Answer:
        import urllib3

        assert self._way is not None
        headers = {"accept": "application/json", "accept-encoding": "gzip", "user-agent": "upgradecheck", **self._way.headers()}
        if request.body is not None:
            headers["content-type"] = request.content_type
        url = self._way.settings.host.rstrip("/") + request.path + (f"?{urlencode(request.query)}" if request.query else "")
        options = {"redirect": False, "retries": False, "preload_content": False, "timeout": urllib3.Timeout(connect=seconds, read=seconds)}
        answer = self._pool.request(request.method, url, headers=headers, body=request.body, **options)
        self.skew = _skew(answer.headers.get("date"))
        try:
            body = b"".join(_chunks(answer)) if answer.status in _GOOD else b""
            return _Answer(answer.status, answer.headers.get("content-type", ""), answer.headers.get("retry-after"), body)
        finally:
            answer.close()

    def _connect(self) -> None:
        """Finds the way, or finds it anew."""
        import logging

        logging.getLogger("urllib3").propagate = False  # its warnings quote what servers send
        self.close()
        self._way = find_way(self.target, self._deadline.left())
        self.host, self.context, self.insecure = self._way.host, self._way.context, not self._way.settings.verify_ssl
        if self.insecure:
            import urllib3

            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)  # the report says it instead
        self._pool, self.proxy = self._way.pool()

    def _read(self, answer: _Answer, what: str, read: Callable[[bytes], T]) -> T | Failure:
        if answer.status == 410:
            raise Expired(f"{self.host}: the list that was being read has expired (410) while trying to {what}.")
        if answer.status == 429 or answer.status >= 500:
            return Failure(f"HTTP {answer.status}", retry_after(answer.retry_after))
        if answer.status not in _GOOD:
            raise refusal(self.host, what, answer.status)
        if answer.content_type.partition(";")[0].strip().lower() != "application/json":
            reason = "an answer that is no JSON; a login page or a proxy may stand between"
            raise AccessRefused(
                f"{self.host}: cannot {what}: {reason}. Check the server's address in the kubeconfig.", answer.status, reason
            )
        try:
            return read(answer.body)
        except Garbled as error:
            return Failure(f"an answer that cannot be used ({error})")

    def _wait(self, failure: Failure, attempt: int, what: str) -> None:
        """Waits before the next attempt, if there is one."""
        seconds = pause(attempt) if failure.wait is None else failure.wait
        if failure.lasting or attempt + 1 == ATTEMPTS:
            advice = "Check the kubeconfig and the way to the server."
        elif seconds >= self._deadline.left():
            advice = f"--timeout {self.limits.total:g}s leaves no time for another attempt."
            if failure.wait is not None:
                advice = f"The server asks to wait for {failure.wait:.0f} s; " + advice
        else:
            rest(seconds)
            return
        hopeless = failure.unreached or self._deadline.left() == 0
        raise Unreachable(f"{self.host}: cannot {what}: {failure.reason}; {attempt + 1} tried. {advice}", hopeless=hopeless)


def _skew(date: str | None) -> float | None:
    """Seconds that a Date header is before our clock; it is cut to whole seconds, so half of one is added."""
    moment = http_date(date)
    return None if moment is None else moment.timestamp() + 0.5 - time.time()


def _chunks(answer: Any) -> Any:
    size = 0
    for chunk in answer.stream(_CHUNK, decode_content=True):  # unless told, urllib3 leaves chunked bodies zipped
        size += len(chunk)
        if size > MAX_BODY:
            raise Unreachable(f"the server's answer is larger than {MAX_BODY >> 20} MiB, far more than a page of pods.")
        yield chunk
