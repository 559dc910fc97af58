import asyncio

import pytest

from marshrut.dispatch.background import Background, Beside, each, until_stopped
from marshrut.ports import Unavailable


class Part:
    """Counts its rounds; `fails` in each of them."""

    def __init__(self, fails: Exception | None = None) -> None:
        self.rounds = 0
        self._fails = fails

    async def round(self) -> None:
        self.rounds += 1
        if self._fails is not None:
            raise self._fails


class Stands(Part):
    """Never comes back from its first round."""

    async def round(self) -> None:
        self.rounds += 1
        await asyncio.Event().wait()


async def test_no_part_stops_another() -> None:
    """A part that fails, one that finds SQL away and one that stands still leave the others their rounds."""
    broken, away, stands, well = Part(ValueError("x")), Part(Unavailable("sql")), Stands(), Part()
    besides = [Beside(name, part, 0.001) for name, part in zip("abcd", (broken, away, stands, well), strict=True)]
    running = asyncio.create_task(Background(besides).run())
    async with asyncio.timeout(30):
        while min(broken.rounds, away.rounds, well.rounds) < 3:
            await asyncio.sleep(0.001)
    assert stands.rounds == 1
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_each_thing_is_seen_to_by_itself(caplog: pytest.LogCaptureFixture) -> None:
    """One thing that fails is told by its id alone, and the others are seen to, no more at once than may be."""
    seen: list[str] = []
    at_once = most = 0

    async def see_to(thing: str) -> None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0.001)
        at_once -= 1
        if thing == "b":
            raise ValueError("Соколова")
        seen.append(thing)

    await each("shop", "abcd", see_to, called=lambda thing: thing, kind="thing", at_once=2)
    assert (sorted(seen), most) == (["a", "c", "d"], 2)
    assert "Соколова" not in caplog.text


async def test_a_part_that_ends_is_not_passed_over() -> None:
    """A part that fails or comes back ends the wait with its fault; asked to stop, the wait ends while all go on."""

    async def broken() -> None:
        raise ValueError("broken")

    async def back() -> None:
        return

    async def ends(part: asyncio.Task[None]) -> None:
        going = asyncio.create_task(asyncio.sleep(3600))
        try:
            await asyncio.wait_for(until_stopped(asyncio.Event(), (going, part)), 30)
        finally:
            going.cancel()

    with pytest.raises(ValueError, match="broken"):
        await ends(asyncio.create_task(broken()))
    with pytest.raises(RuntimeError, match="relay ended by itself"):
        await ends(asyncio.create_task(back(), name="relay"))
    stopped, going = asyncio.Event(), asyncio.create_task(asyncio.sleep(3600))
    asyncio.get_running_loop().call_later(0.01, stopped.set)
    await asyncio.wait_for(until_stopped(stopped, (going,)), 30)
    assert not going.done()
    going.cancel()
