"""The wire between one process and the tenant: delays, losses, resets, broken answers.

A request that the client wrote is on its way even if the client dies. An answer reaches only a
client that still listens. Each request that leaves is recorded before anything else happens to
it.
"""

import asyncio
import json
import random
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType
from typing import Any

from faults import ANSWER, CONNECT, PROCESS, STATUS, STRAY, WIRE, Injector
from machine import SimulatedLoop
from tenant import RESET, Answer, Request, Tenant

AMBIGUOUS_STATUSES = frozenset({303, 304, 405, 408, 409, 425, 500, 502, 504})
"""Of these the tenant has processed half. 303 is what HTTP prescribes then; of 304, 405 and 425 the
contract says nothing."""
CROSSING = -1.0  # the next request
NOT_MODIFIED = 304  # an answer without a body
CLOSING_SHARE = 0.2
"""The share of answers after which the server closes the connection."""

DELAY_S = (0.002, 0.2)
"""One way. They differ by less than the jitter that the limiter allows for."""

REFUSALS = frozenset({400, 401, 403, 404, 413, 422, 429, 503})


@dataclass(slots=True)
class OnItsWay:
    """A request that has left and has not arrived."""

    request: Request
    arrives_s: float
    connection: "Connection | None"
    fault: str


class Network:
    """The network as one process sees it."""

    def __init__(
        self,
        loop: SimulatedLoop,
        tenant: Tenant,
        faults: Injector,
        rng: random.Random,
        on_departure: Callable[[Request], None],
        on_process_fault: Callable[[str], None],
        note: Callable[[str, object], None],
        first_number: int,
        start: int,
    ) -> None:
        self._loop = loop
        self._tenant = tenant
        self._faults = faults
        self._rng = rng
        self._on_departure = on_departure
        self._on_process_fault = on_process_fault
        self._note = note
        self._number = first_number
        self._start = start
        self.requests: list[Request] = []
        self.statuses_received: set[int] = set()
        """All that the client received, an answer taken for that of another request too."""
        self.on_their_way: list[OnItsWay] = []
        self.dead = False

    # Connections

    async def connect(self) -> None:
        """Open a connection, or fail to."""
        if self.dead:
            raise ConnectionRefusedError(111, "Connection refused")
        fault = self._faults.draw(_phase_of_connecting(), CONNECT)
        await asyncio.sleep(self._rng.uniform(*DELAY_S))
        if fault == "connection_refused":
            raise ConnectionRefusedError(111, "Connection refused")
        if fault == "connection_silent":
            await asyncio.sleep(3600.0)

    def transport(self, protocol: asyncio.Protocol, sock: socket.socket) -> "Connection":
        return Connection(self._loop, protocol, sock, self._depart)

    def die(self) -> list[OnItsWay]:
        """Cut the process off; return the requests that it sent and that still arrive."""
        self.dead = True
        return self.on_their_way

    # Requests

    def send_late(self, late: OnItsWay) -> None:
        """Let a request of an earlier process arrive."""
        self.on_their_way.append(late)
        self._call_at(max(late.arrives_s, self._loop.real_s), self._arrive, late)

    def _depart(self, connection: "Connection", head: str, body: bytes) -> None:
        if self.dead:
            return
        request = _parsed(head, body, self._number, self._start, self._loop.real_s)
        self._number += 1
        self.requests.append(request)
        connection.request = request
        if connection.crossing:
            self._loop.call_soon(self._come_unasked, connection, connection.crossing)
            connection.crossing = b""
        self._note("departs", (request.phase, request.path, request.key, len(body)))
        self._on_departure(request)
        fault = self._faults.draw(request.phase, (*WIRE, *ANSWER, *STATUS, STRAY), PROCESS)
        way = OnItsWay(request, self._loop.real_s + self._rng.uniform(*DELAY_S), connection, fault)
        if fault in PROCESS:
            way.fault = ""
            self._loop.call_later(self._rng.choice((0.0, 0.05, 0.5)), self._strike, fault)
        if fault in ("reset_before_body", "reset_during_body"):
            self._call_at(way.arrives_s, connection.reset)
            return
        if fault == "request_lost":
            return
        if fault == "late_delivery":
            way.arrives_s += self._rng.uniform(31.0, 120.0)
        self.on_their_way.append(way)
        self._call_at(way.arrives_s, self._arrive, way)

    def pause(self, length_s: float) -> None:
        """Pause the process: what it sent still arrives, and answers wait in its sockets."""
        self._loop.pause(
            length_s,
            goes_on=lambda callback: callback == self._arrive,
            waits=lambda callback: (
                callback == self._deliver
                or isinstance(getattr(callback, "__self__", None), Connection)
            ),
        )

    def _call_at(self, real_s: float, callback: Callable[..., None], *arguments: Any) -> None:
        self._loop.call_at(real_s - self._loop.lag_s, callback, *arguments)

    def _strike(self, fault: str) -> None:
        if not self.dead:
            self._on_process_fault(fault)

    def _arrive(self, way: OnItsWay) -> None:
        if self.dead:
            return
        self.on_their_way.remove(way)
        now_s, request = self._loop.real_s, way.request
        status = int(way.fault.removeprefix("status_")) if way.fault in STATUS else 0
        if status and not (status in AMBIGUOUS_STATUSES and self._rng.random() < 0.5):
            answer = self._refusal(request, status, now_s)
        else:
            answer = self._tenant.handle(request, now_s, self._faults)
            if status:
                body = b"" if status == NOT_MODIFIED else b"<html>oh no</html>"
                answer = Answer(status, body, "text/html")
        self._note("arrives", (request.number, answer.status, way.fault))
        connection = way.connection
        if connection is None or request.start != self._start:
            return
        fault = way.fault if answer.status != RESET else "reset_after_body"
        match fault:
            case "reset_after_body":
                self._loop.call_later(self._rng.uniform(*DELAY_S), connection.reset)
            case "answer_lost" | "late_delivery":
                return
            case _:
                self._loop.call_later(
                    self._rng.uniform(*DELAY_S),
                    self._deliver,
                    connection,
                    request,
                    answer,
                    way.fault,
                )

    def _come_unasked(self, connection: "Connection", stray: bytes) -> None:
        if self.dead or connection.closed:
            return
        request = connection.request
        if request is not None and not request.answered:
            request.given_up = True  # the client takes this for its answer
        connection.receive(stray)

    def _refusal(self, request: Request, status: int, now_s: float) -> Answer:
        if request.phase == "submit" and status in (400, 413, 422):
            index = self._rng.choice((None, self._rng.randrange(len(request.emails))))
            if index is None and len(request.emails) > 1:
                return Answer(status, b"no", "text/plain")
            self._tenant.refused_whole.add(request.emails[index or 0])
            return Answer(status, json.dumps({"error": {"index": index or 0}}).encode())
        if request.phase == "segment" and status in (400, 413, 422) and len(request.ids) == 1:
            self._tenant.refused_members.update(request.ids)
        wait = self._tenant.retry_after(now_s) if status in (429, 503) else ""
        body = b"" if status == NOT_MODIFIED else b"<html>no</html>"
        return Answer(status, body, "text/html", wait)

    def _heard(self, request: Request, answer: Answer, fault: str) -> None:
        request.answered = answer.status
        request.usable = fault in ("", "content_type_wrong", STRAY) or (
            fault in STATUS and answer.status in REFUSALS
        )
        if request.usable and answer.status not in (429, 503) and request.phase != "token":
            self._faults.since_success = 0

    def _deliver(
        self, connection: "Connection", request: Request, answer: Answer, fault: str
    ) -> None:
        if self.dead or connection.closed:
            return
        body, raw = answer.body, b""
        match fault:
            case "body_cut":
                raw = answer.head(len(body) + 40) + body[: len(body) // 2]
            case "json_truncated":
                answer = Answer(answer.status, body[: len(body) * 2 // 3])
            case "json_invalid":
                answer = Answer(answer.status, b'{"importId": nope, \xff\xfe')
            case "json_other_shape":
                answer = Answer(answer.status, b'[{"what": "is this"}]')
            case "content_type_wrong":
                answer = Answer(answer.status, body, "text/html; charset=utf-16")
            case _:
                pass
        raw = raw or answer.head(closes=self._rng.random() < CLOSING_SHARE) + answer.body
        if not request.given_up:
            self._heard(request, answer, fault)
        self.statuses_received.add(answer.status)
        self._note("answers", (request.number, answer.status, fault))
        connection.receive(raw)
        if fault == "body_cut":
            self._loop.call_soon(connection.reset)
        if fault == STRAY:
            late = Answer(408).head(closes=True)
            stray = self._rng.choice((raw, raw, raw, late))
            after_s = self._rng.choice((0.0, 0.3, CROSSING, CROSSING))
            if after_s == CROSSING:
                connection.crossing = stray
            else:
                self._loop.call_later(after_s, self._come_unasked, connection, stray)


class Connection(asyncio.Transport):
    """The client's end of a connection."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        protocol: asyncio.BaseProtocol,
        sock: socket.socket,
        depart: Callable[["Connection", str, bytes], None],
    ) -> None:
        super().__init__()
        self._loop = loop
        self._protocol = protocol
        self._sock = sock
        self._depart = depart
        self._written = bytearray()
        self.closed = False
        self.request: Request | None = None
        self.crossing = b""
        """What arrives unasked as soon as the next request has left."""

    def write(self, data: Any) -> None:
        if self.closed:
            return
        self._written += data
        end = self._written.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._written[:end].decode("latin-1")
        length = 0
        for line in head.split("\r\n")[1:]:
            if line.lower().startswith("content-length:"):
                length = int(line.split(":")[1])
        if len(self._written) >= end + 4 + length:
            body = bytes(self._written[end + 4 : end + 4 + length])
            del self._written[: end + 4 + length]
            self._depart(self, head, body)

    def writelines(self, parts: Any) -> None:
        self.write(b"".join(parts))

    def receive(self, raw: bytes) -> None:
        if not self.closed:
            self._protocol.data_received(raw)  # type: ignore[attr-defined]

    def reset(self) -> None:
        self._lose(ConnectionResetError(104, "Connection reset by peer"))

    def close(self) -> None:
        self._lose(None)

    def abort(self) -> None:
        self._lose(None)

    def _lose(self, error: Exception | None) -> None:
        if self.closed:
            return
        self.closed = True
        if self.request is not None and not self.request.answered:
            self.request.given_up = True
        self._sock.close()
        self._loop.call_soon(self._protocol.connection_lost, error)

    def is_closing(self) -> bool:
        return self.closed

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self._protocol

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol

    def pause_reading(self) -> None:
        return

    def resume_reading(self) -> None:
        return

    def is_reading(self) -> bool:
        return not self.closed

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        return

    def get_write_buffer_size(self) -> int:
        return 0


def phase_of(method: str, path: str) -> str:
    if path.startswith("/oauth/token"):
        return "token"
    if "/campaigns/" in path:
        return "campaign"
    if "/segments/" in path:
        return "segment"
    return "submit" if method == "POST" else "poll"


def _phase_of_connecting() -> str:
    """Return what a connection is for, found in the client's own call stack."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        request = frame.f_locals.get("req")
        if request is not None and hasattr(request, "url"):
            return phase_of(request.method, request.url.raw_path)
        frame = frame.f_back
    raise LookupError("nobody asked for this connection")


def _parsed(head: str, body: bytes, number: int, start: int, now_s: float) -> Request:
    first, *lines = head.split("\r\n")
    method, path, _ = first.split(" ")
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    request = Request(number, start, method, path, headers, body, phase_of(method, path), now_s)
    if request.phase == "submit":
        request.emails = tuple(each["fields"]["email"] for each in json.loads(body)["contacts"])
    elif request.phase == "segment":
        request.ids = tuple(json.loads(body)["contactIds"])
    return request
