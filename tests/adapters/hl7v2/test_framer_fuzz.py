"""Whatever bytes come in whatever pieces: each message is handled once, in order, answered if kept, in little memory.

`pytest tests/adapters/hl7v2/test_framer_fuzz.py --hypothesis-profile=thorough --timeout=0` tries tens of thousands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

from hypothesis import example, given, settings
from hypothesis import strategies as st

from marshrut.adapters.hl7v2 import mllp
from marshrut.adapters.hl7v2.doors import ANYBODY
from marshrut.adapters.hl7v2.header import END, START
from marshrut.adapters.hl7v2.receiver import Hl7Receiver
from marshrut.ports import Arrived, Caller, CommandState, Entry, KeyReused, Parked, Taken, Unavailable, Uncertain
from tests.adapters.hl7v2.messages import SITES, adt
from tests.adapters.hl7v2.test_fuzz import SEEDS, edited

USUALLY = 300
SETTINGS = settings(deadline=None, max_examples=max(USUALLY, settings().max_examples))
NOW = datetime(2026, 3, 12, tzinfo=UTC)
LIMIT, CHUNK = 120, 32


class Writer:
    """The way back, in memory."""

    def __init__(self) -> None:
        self.written = b""

    def write(self, data: bytes) -> None:
        self.written += data

    async def drain(self) -> None:
        """Nobody is slow here."""


class Pieces:
    """A connection whose bytes come as it pleases the network."""

    def __init__(self, stream: bytes, cuts: Sequence[int]) -> None:
        self._stream = stream
        self._cuts = cuts
        self._turn = 0
        self.held: Callable[[], int] = lambda: 0
        self.most = 0

    async def read(self, most: int) -> bytes:
        self.most = max(self.most, self.held())
        size = min(most, self._cuts[self._turn % len(self._cuts)])
        self._turn += 1
        piece, self._stream = self._stream[:size], self._stream[size:]
        return piece


async def served(stream: bytes, cuts: Sequence[int], handle: mllp.Handle) -> tuple[bytes, int]:
    """What a connection answers to these bytes, and how many of them it held at once at most."""
    pieces, writer = Pieces(stream, cuts), Writer()
    connection = mllp._Connection(pieces, writer, handle, lambda: ANYBODY, 60)  # type: ignore[arg-type]  # in memory
    pieces.held = lambda: len(connection._pending)
    with suppress(ConnectionResetError):  # the bytes are over
        await connection.serve()
    return writer.written, pieces.most


@contextmanager
def small() -> Iterator[None]:
    """Limits within the reach of what is drawn."""
    limits = vars(mllp)
    before = {name: limits[name] for name in ("MAX_MESSAGE", "_CHUNK")}
    limits.update(MAX_MESSAGE=LIMIT, _CHUNK=CHUNK)
    try:
        yield
    finally:
        limits.update(before)


def framed(stream: bytes) -> tuple[list[bytes], bytes | None]:
    """The messages of a stream as MLLP defines them, byte by byte; and one beyond the limit, with which it ends."""
    messages: list[bytes] = []
    current: bytearray | None = None
    for byte in stream:
        if byte == START[0]:
            current = bytearray()
        elif current is not None and byte == END[0]:
            if len(current) > LIMIT:
                return messages, bytes(current)
            messages.append(bytes(current))
            current = None
        elif current is not None:
            current.append(byte)
    return messages, bytes(current) if current is not None and len(current) > LIMIT else None


_BYTES = st.one_of(st.sampled_from([START, END, END + b"\r", b"\r", b"MSH|^~\\&|", b"x" * 50]), st.binary(max_size=60))
_CUTS = st.lists(st.integers(1, 200), min_size=1, max_size=8)


@given(st.lists(_BYTES, max_size=14).map(b"".join), _CUTS)
@example(START + b"x" * (LIMIT + 1) + END + b"\r" + START + b"y" + END, [200])
@example(START + b"x" * LIMIT + START + b"y" + END, [1])
@example((START + b"x" * 90) * 20 + END, [32])
@SETTINGS
async def test_each_message_of_any_stream_is_handled_once_and_little_is_held(stream: bytes, cuts: list[int]) -> None:
    """Frames, torn frames, junk and what is too long, in any pieces: each is handed on once, in order, as it was."""
    handled: list[bytes] = []

    async def handle(raw: bytes, _caller: Caller) -> tuple[bytes, ...]:
        handled.append(raw)
        return (b"ack",)

    with small():
        answered, held = await served(stream, cuts, handle)
    expected, beyond = framed(stream)
    assert handled[: len(expected)] == expected
    if beyond is None:
        assert len(handled) == len(expected)
    else:  # its beginning is handed on, and what comes after it is sent again
        (beginning,) = handled[len(expected) :]
        assert beyond.startswith(beginning)
        assert len(beginning) > LIMIT
    assert answered == (START + b"ack" + END + b"\r") * len(handled)
    assert held <= LIMIT + CHUNK


class Book:
    """An intake that writes down what it was given, or is away when it is its turn to be."""

    def __init__(self, away: Sequence[str | None]) -> None:
        self.kept: list[bytes] = []
        self._away = away
        self._turn = 0

    def _keep(self, raw: bytes) -> None:
        fault = self._away[self._turn % len(self._away)]
        self._turn += 1
        match fault:
            case "unavailable":
                raise Unavailable("sql")
            case "uncertain":
                raise Uncertain("sql")
        self.kept.append(raw)

    async def post(self, entry: Entry, message: Arrived) -> Taken:
        """Taken, or known under another message's control id."""
        if entry.key == "REUSED":
            raise KeyReused(entry.key)
        self._keep(message.raw)
        return Taken("command", None, CommandState.PENDING, created=False, reason=None)

    async def park(self, parked: Parked) -> None:
        """Kept with its fault."""
        self._keep(parked.message.raw)


_put = st.binary(max_size=8).filter(lambda told: END not in told)
_edits = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 12), _put), max_size=4)
_seeds = [seed for seed in SEEDS if len(seed) < 3000 and END not in seed]
_said = st.builds(edited, st.sampled_from(_seeds), _edits)
_reused = st.just(adt(header={10: "REUSED"}))
_faults = st.lists(st.sampled_from([None, None, None, "unavailable", "uncertain"]), min_size=1, max_size=6)


@given(st.lists(st.one_of(_said, _reused), max_size=6), _CUTS, _faults)
@SETTINGS
async def test_what_is_acknowledged_is_kept_and_what_is_not_kept_ends_the_connection(
    messages: list[bytes], cuts: list[int], away: list[str | None]
) -> None:
    """Given mutated messages while SQL comes and goes, then each is kept once before it is answered, or is not."""
    book = Book(away)
    receiver = Hl7Receiver(book, SITES, lambda: NOW)  # type: ignore[arg-type]  # of an intake what a receiver uses
    handled: list[bytes] = []
    answers: list[tuple[int, Sequence[bytes]]] = []

    async def handle(raw: bytes, caller: Caller) -> tuple[bytes, ...]:
        handled.append(raw)
        said = await receiver.converse(raw, caller)
        answers.append((len(book.kept), said))
        return said

    stream = b"".join(START + message + END + b"\r" for message in messages)
    answered, _ = await served(stream, [cut * 40 for cut in cuts], handle)
    sent = [message.rpartition(START)[2] for message in messages]
    assert book.kept == sent[: len(book.kept)]
    assert [kept for kept, _ in answers] == list(range(1, len(book.kept) + 1))
    assert answered == b"".join(START + each + END + b"\r" for _, said in answers for each in said)
    # Where SQL was away the connection ended, and the sender says the rest again.
    refused = len(handled) - len(book.kept)
    assert (len(handled), refused) in {(len(sent), 0), (len(book.kept) + 1, 1)}
