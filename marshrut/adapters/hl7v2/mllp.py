"""MLLP: a message stands between VT and FS CR on a connection, and is answered before the next one is read.

The `hl7` library's server knows no idle time-out and stops at 64 KiB, so this is ours. It acknowledges nothing by
itself: the handler answers, or the connection closes and the sender sends again.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Self

import structlog

from marshrut.adapters.hl7v2.doors import Door, Open
from marshrut.adapters.hl7v2.header import END, START
from marshrut.adapters.hl7v2.message import MAX_MESSAGE
from marshrut.ports import Caller, Unavailable, Uncertain

# What a message of somebody is answered: an acknowledgement, two of them, or none.
Handle = Callable[[bytes, Caller], Awaitable[Sequence[bytes]]]

_CHUNK = 64 * 1024  # asyncio stops reading from the socket at twice this
_LINGER_S = 2
_log = structlog.get_logger()


class MllpServer:
    """Serves MLLP on one address.

    `handle` gets a message without its frame and whom it is from, and returns what is answered; when it raises
    `Unavailable` or `Uncertain`, or fails otherwise, nothing is acknowledged. `door`: who may send, and whether by
    TLS, whose beginning may take `handshake_s`. A complete message has to arrive within `idle_s` of the answer before
    it. Of one of more than `MAX_MESSAGE` bytes `handle` gets the beginning, longer than the limit, for
    which `parse` raises `oversize`: it is answered while it is still being sent, and its connection is closed. Beyond
    `max_connections` a caller is turned away. `handle` has `at_once` messages at a time; the others wait their turn: in
    the database's queue they would wait too long, and their senders would send them again.
    """

    def __init__(  # noqa: PLR0913 - an address, who may send, and four limits
        self,
        handle: Handle,
        host: str,
        port: int,
        *,
        door: Door | None = None,
        idle_s: float = 300,
        handshake_s: float = 10,
        max_connections: int = 200,
        at_once: int = 16,
    ) -> None:
        self._handle = handle
        self._turns = asyncio.Semaphore(at_once)
        self._door: Door = door or Open()
        self._host = host
        self._port = port
        self._idle_s = idle_s
        self._handshake_s = handshake_s
        self._max_connections = max_connections
        self._server: asyncio.Server | None = None
        self._connections: dict[asyncio.Task[None], _Connection] = {}

    @property
    def port(self) -> int:
        """The port it listens on: the one the system chose, when it was asked for port 0."""
        return int(self._server.sockets[0].getsockname()[1]) if self._server is not None else self._port

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: the address is taken or not allowed.
        """
        tls = self._door.context()
        self._server = await asyncio.start_server(
            self._accept,
            self._host,
            self._port,
            limit=_CHUNK,
            ssl=tls,
            ssl_handshake_timeout=self._handshake_s if tls else None,
            ssl_shutdown_timeout=_LINGER_S if tls else None,
        )

    async def stop(self, grace_s: float = 10) -> None:
        """Stop listening, let messages in hand be answered for `grace_s`, and close."""
        if self._server is None:
            return
        self._server.close()
        for task, connection in self._connections.items():
            connection.stopping = True
            if not connection.busy:
                task.cancel()
        if self._connections:
            _, late = await asyncio.wait(self._connections, timeout=grace_s)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)
        await self._server.wait_closed()
        self._server = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def _in_turn(self, message: bytes, caller: Caller) -> Sequence[bytes]:
        async with self._turns:
            return await self._handle(message, caller)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        closing = self._server is None or not self._server.is_serving()
        if task is None or closing or len(self._connections) >= self._max_connections:
            writer.transport.abort()
            return
        who = partial(self._door.caller, writer.get_extra_info("peercert") or None)
        connection = _Connection(reader, writer, self._in_turn, who, self._idle_s)
        self._connections[task] = connection
        try:
            await connection.serve()
        except asyncio.CancelledError:
            pass  # stop() ended it, and nobody awaits this task but stop()
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            pass  # the sender went away or fell silent; what it has no answer to, it sends again
        finally:
            del self._connections[task]
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


class _Connection:
    """One sender: a message, its answer, the next message."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        handle: Handle,
        who: Callable[[], Caller | None],
        idle_s: float,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._handle = handle
        self._who = who
        self._idle_s = idle_s
        self._pending = bytearray()
        self.busy = False
        self.stopping = False

    async def serve(self) -> None:
        while not self.stopping:
            async with asyncio.timeout(self._idle_s):
                message = await self._frame()
            self.busy = True
            answers = await self._answers(message)
            if answers is None:
                return
            for answer in answers:
                await self._send(answer)
            if len(message) > MAX_MESSAGE:
                await self._linger()
                return
            self.busy = False

    async def _answers(self, message: bytes) -> Sequence[bytes] | None:
        """The handler's answers; None when nothing can be acknowledged."""
        caller = self._who()
        if caller is None:
            _log.warning("mllp.unknown_sender")
            return None
        try:
            return await self._handle(message, caller)
        except (Unavailable, Uncertain) as fault:
            _log.warning("mllp.not_acknowledged", error=type(fault).__name__)
        except Exception as fault:  # noqa: BLE001 - whatever it was, the message was not taken in
            _log.error("mllp.handler_failed", error=type(fault).__name__)  # a traceback might name people
        return None

    async def _frame(self) -> bytes:
        """The next message; what stands between frames is dropped. Beyond the limit: what there is so far.

        A sender that broke off and began again on the same connection means its latest start.
        """
        await self._seek_start()
        searched = 0
        while (end := self._pending.find(END, searched)) < 0:
            searched = len(self._pending)
            if searched > MAX_MESSAGE:
                del self._pending[: self._pending.rfind(START) + 1]
                searched = len(self._pending)
                if searched > MAX_MESSAGE:
                    return bytes(self._pending)
            self._pending += await self._read()
        frame = bytes(self._pending[:end])
        del self._pending[: end + 1]
        return frame.rpartition(START)[2]

    async def _seek_start(self) -> None:
        while (start := self._pending.find(START)) < 0:
            self._pending.clear()
            self._pending += await self._read()
        del self._pending[: start + 1]

    async def _read(self) -> bytes:
        data = await self._reader.read(_CHUNK)
        if not data:
            raise ConnectionResetError("the sender closed the connection")
        return data

    async def _linger(self) -> None:
        """Let the sender finish: a connection closed while it still sends would take the answer with it."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LINGER_S):
                while END not in await self._read():
                    pass

    async def _send(self, answer: bytes) -> None:
        self._writer.write(START + answer + END + b"\r")
        async with asyncio.timeout(self._idle_s):
            await self._writer.drain()
