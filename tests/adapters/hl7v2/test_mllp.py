import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from random import Random

import pytest
from hl7.client import MLLPClient  # type: ignore[import-untyped]  # it ships no types

from marshrut.adapters.hl7v2 import Fault, MllpServer, acknowledgements, glance, parse
from marshrut.adapters.hl7v2.doors import ANYBODY
from marshrut.adapters.hl7v2.message import MAX_MESSAGE
from marshrut.adapters.hl7v2.mllp import Handle
from marshrut.ports import Caller, Unavailable
from tests.adapters.hl7v2.messages import adt
from tests.fixtures.patience import STANDS_STILL_S, least


async def acknowledge(raw: bytes, _caller: Caller = ANYBODY) -> tuple[bytes, ...]:
    """What an intake does, without keeping anything."""
    now = datetime.now(UTC)
    try:
        return acknowledgements(parse(raw).header, None, now=now)
    except Fault as fault:
        return acknowledgements(glance(raw), fault, now=now)


def server(handle: Handle = acknowledge, **settings: float) -> MllpServer:
    """A server on a port of its own."""
    return MllpServer(handle, "127.0.0.1", 0, **({"idle_s": 4 * STANDS_STILL_S} | settings))  # type: ignore[arg-type]  # a mix


class Sender:
    """A sender that may send whatever bytes it likes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def send(self, raw: bytes) -> None:
        self.writer.write(raw)
        await self.writer.drain()

    async def answer(self) -> tuple[str, str]:
        """The code and the control id of the next acknowledgement."""
        raw = await asyncio.wait_for(self.reader.readuntil(b"\x1c\r"), STANDS_STILL_S)
        msa = parse(raw).only("MSA")
        return msa.text(1), msa.text(2)

    async def closed(self) -> bool:
        """Whether the server closes without another byte."""
        try:
            return await asyncio.wait_for(self.reader.read(), STANDS_STILL_S) == b""
        except ConnectionError:
            return True


@asynccontextmanager
async def connected(to: MllpServer) -> AsyncIterator[Sender]:
    """A connection to the server."""
    reader, writer = await asyncio.open_connection("127.0.0.1", to.port)
    try:
        yield Sender(reader, writer)
    finally:
        writer.close()


def frame(raw: bytes) -> bytes:
    """The message as MLLP sends it."""
    return b"\x0b" + raw + b"\x1c\r"


def numbered(number: int) -> bytes:
    """A framed message with a control id of its own."""
    return frame(adt(header={10: f"MSG-{number}"}))


async def test_a_message_may_come_byte_by_byte() -> None:
    """Framing does not depend on how the network cuts the bytes."""
    async with server() as mllp, connected(mllp) as sender:
        for byte in numbered(7):
            await sender.send(bytes([byte]))
        assert await sender.answer() == ("AA", "MSG-7")


async def test_several_messages_in_one_packet_are_answered_in_order() -> None:
    """Messages that come together are handled one after the other, garbage between them ignored."""
    running = 0

    async def handle(raw: bytes, _caller: Caller) -> tuple[bytes, ...]:
        nonlocal running
        running += 1
        assert running == 1
        await asyncio.sleep(0.01)
        running -= 1
        return await acknowledge(raw)

    async with server(handle) as mllp, connected(mllp) as sender:
        await sender.send(b"\r\njunk" + numbered(1) + b"\r\n" + numbered(2) + b"more junk" + numbered(3))
        assert [await sender.answer() for _ in range(3)] == [("AA", f"MSG-{number}") for number in (1, 2, 3)]


async def test_a_message_begun_anew_is_never_joined_to_its_torn_first_half() -> None:
    """A sender that broke off and starts again on the same connection is understood from its new start."""
    async with server() as mllp, connected(mllp) as sender:
        await sender.send(numbered(1)[:200] + numbered(2))
        assert await sender.answer() == ("AA", "MSG-2")


async def test_twenty_senders_at_once() -> None:
    """Twenty connections are served side by side, ten messages each, every one answered with its own id."""

    async def converse(mllp: MllpServer, number: int) -> None:
        async with connected(mllp) as sender:
            for turn in range(10):
                await sender.send(numbered(number * 100 + turn))
                assert await sender.answer() == ("AA", f"MSG-{number * 100 + turn}")

    async with server() as mllp:
        await asyncio.gather(*(converse(mllp, number) for number in range(20)))


async def test_a_crowd_waits_its_turn() -> None:
    """Of twenty senders at once three have their message looked at; every other waits, and all are answered."""
    inside = most = 0

    async def slow(raw: bytes, caller: Caller) -> tuple[bytes, ...]:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await asyncio.sleep(0.01)
        inside -= 1
        return await acknowledge(raw, caller)

    async def one(number: int) -> tuple[str, str]:
        async with connected(running) as sender:
            await sender.send(frame(numbered(number)))
            return await sender.answer()

    async with server(slow, at_once=3) as running:
        answers = await asyncio.gather(*map(one, range(20)))
    assert [code for code, _ in answers] == ["AA"] * 20
    assert most == 3


async def test_every_whole_frame_is_answered_however_the_stream_is_cut() -> None:
    """Frames, junk and torn beginnings in any order, cut anywhere: each whole message is answered once, in order."""
    async with server() as mllp:
        for seed in range(40):
            draw = Random(seed)
            stream, expected = b"", []
            for number in range(draw.randrange(1, 6)):
                stream += draw.choice([b"", b"\r\n", draw.randbytes(9).replace(b"\x0b", b""), numbered(0)[:60]])
                stream += numbered(number)
                expected.append(("AA", f"MSG-{number}"))
            async with connected(mllp) as sender:
                while stream:
                    cut = draw.choice([1, 7, 300, 5000])
                    await sender.send(stream[:cut])
                    stream = stream[cut:]
                    await asyncio.sleep(0)
                assert [await sender.answer() for _ in expected] == expected, seed
                sender.writer.write_eof()
                assert await sender.closed()


async def test_both_acknowledgements_come_on_the_connection() -> None:
    """Accept, then application, then the next message's; who wants none hears of the message after it."""
    both, none = {15: "AL", 16: "AL"}, {15: "NE", 16: "NE"}
    async with server() as mllp, connected(mllp) as sender:
        for number, wishes in enumerate((both, none, {15: "AL", 16: "NE"}, {})):
            await sender.send(frame(adt(header={10: f"MSG-{number}"} | wishes)))
        assert [await sender.answer() for _ in range(4)] == [
            ("CA", "MSG-0"), ("AA", "MSG-0"), ("CA", "MSG-2"), ("AA", "MSG-3"),
        ]  # fmt: skip


async def test_a_message_beyond_the_limit_reaches_the_handler_and_the_connection_closes() -> None:
    """Of an oversize message the handler gets the beginning, to refuse and keep it, while it is still being sent."""
    got: list[bytes] = []
    message = adt(more=("NTE|1||" + "x" * 8_000_000,))

    async def handle(raw: bytes, _caller: Caller) -> tuple[bytes, ...]:
        got.append(raw)
        return await acknowledge(raw)

    async with server(handle) as mllp, connected(mllp) as sender:
        await sender.send(frame(message))
        assert await sender.answer() == ("AR", "MSG-1")
        assert await sender.closed()
    assert MAX_MESSAGE < len(got[0]) < MAX_MESSAGE + 200_000
    assert message.startswith(got[0])
    assert len(got) == 1


async def test_an_oversize_message_begun_anew_is_not_counted_twice() -> None:
    """A torn first half does not make the message that follows it too large."""
    half = b"\x0b" + adt(more=("NTE|1||" + "x" * 600_000,))
    async with server() as mllp, connected(mllp) as sender:
        await sender.send(half + half + numbered(2))
        assert await sender.answer() == ("AA", "MSG-2")
        await sender.send(numbered(3))
        assert await sender.answer() == ("AA", "MSG-3")


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
@pytest.mark.parametrize(("charset", "codec"), [("8859/5", "iso8859-5"), ("CP1251", "cp1251"), ("KOI8-R", "koi8-r")])
async def test_framing_does_not_depend_on_character_set_or_line_ends(end: str, charset: str, codec: str) -> None:
    """Messages in one-byte sets and with any line ends are framed and answered alike."""
    raw = adt(header={18: charset}, end=end).decode().encode(codec)
    async with server() as mllp, connected(mllp) as sender:
        await sender.send(frame(raw) * 2)
        assert [await sender.answer() for _ in range(2)] == [("AA", "MSG-1")] * 2


async def test_a_silent_sender_is_let_go() -> None:
    """A connection without a complete message within the time-out is closed, dribbling bytes or not."""

    async def let_go() -> None:
        async with server(idle_s=0.2) as mllp, connected(mllp) as silent, connected(mllp) as slow:
            await slow.send(b"\x0bMSH|")
            dribble = asyncio.create_task(_dribble(slow))
            assert await silent.closed()
            assert await slow.closed()
            dribble.cancel()

    assert await least(let_go, enough_s=2) < 2


async def _dribble(sender: Sender) -> None:
    while True:
        await sender.send(b"x")
        await asyncio.sleep(0.05)


async def test_a_sender_that_vanishes_harms_nobody() -> None:
    """A message that came whole is handled though its sender is gone; the next sender is served as ever."""
    handled: list[str] = []

    async def handle(raw: bytes, _caller: Caller) -> tuple[bytes, ...]:
        await asyncio.sleep(0.05)
        handled.append(parse(raw).control_id)
        return await acknowledge(raw)

    async with server(handle) as mllp:
        for part in (numbered(1), numbered(2)[:50]):
            async with connected(mllp) as sender:
                await sender.send(part)
                sender.writer.transport.abort()
        async with connected(mllp) as sender:
            await sender.send(numbered(3))
            assert await sender.answer() == ("AA", "MSG-3")
    assert handled == ["MSG-1", "MSG-3"]


@pytest.mark.parametrize("fault", [Unavailable("sql"), RuntimeError("a fault of ours")])
async def test_what_could_not_be_kept_is_not_acknowledged(fault: Exception) -> None:
    """When the intake fails there is no answer at all, only an end, so that the sender sends again."""

    async def handle(raw: bytes, _caller: Caller) -> tuple[bytes, ...]:
        raise fault

    async with server(handle) as mllp, connected(mllp) as sender:
        await sender.send(numbered(1))
        assert await sender.closed()


async def test_too_many_connections_are_turned_away() -> None:
    """The connection beyond the limit is closed; those within it go on."""
    async with server(max_connections=1) as mllp, connected(mllp) as first:
        await first.send(numbered(1))
        assert await first.answer() == ("AA", "MSG-1")
        async with connected(mllp) as second:
            assert await second.closed()
        await first.send(numbered(2))
        assert await first.answer() == ("AA", "MSG-2")


async def test_stopping_answers_what_is_in_hand() -> None:
    """A stop lets a message in hand be answered, closes idle connections at once and takes no new ones."""
    begun, finish = asyncio.Event(), asyncio.Event()

    async def handle(raw: bytes, _caller: Caller) -> tuple[bytes, ...]:
        begun.set()
        await finish.wait()
        return await acknowledge(raw)

    mllp = server(handle)
    await mllp.start()
    async with connected(mllp) as busy, connected(mllp) as idle:
        await busy.send(numbered(1) + numbered(2))
        await asyncio.wait_for(begun.wait(), STANDS_STILL_S)
        port = mllp.port
        stopping = asyncio.create_task(mllp.stop())
        assert await idle.closed()
        with pytest.raises(OSError, match=r"refused|failed"):
            await asyncio.open_connection("127.0.0.1", port)
        finish.set()
        assert await busy.answer() == ("AA", "MSG-1")
        await asyncio.wait_for(stopping, STANDS_STILL_S)
        assert await busy.closed()


async def test_stopping_does_not_wait_for_ever() -> None:
    """A message in hand that never ends is given up after the grace time, unacknowledged."""
    begun = asyncio.Event()

    async def handle(raw: bytes, _caller: Caller) -> tuple[bytes, ...]:
        begun.set()
        await asyncio.Event().wait()
        return (raw,)

    mllp = server(handle)
    await mllp.start()
    async with connected(mllp) as sender:
        await sender.send(numbered(1))
        await asyncio.wait_for(begun.wait(), STANDS_STILL_S)
        await asyncio.wait_for(mllp.stop(grace_s=0.1), STANDS_STILL_S)
        assert await sender.closed()


async def test_somebody_elses_sender_is_served() -> None:
    """The client behind `mllp_send` of the hl7 package gets its answers."""

    def converse(port: int) -> list[str]:
        with MLLPClient("127.0.0.1", port) as client:
            return [parse(client.send_message(numbered(number)[1:-2])).only("MSA").text(2) for number in (1, 2)]

    async with server() as mllp:
        assert await asyncio.to_thread(converse, mllp.port) == ["MSG-1", "MSG-2"]
