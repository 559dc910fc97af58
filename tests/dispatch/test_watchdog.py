"""What the watchdog finds, mends and keeps; a real database, and an engine that stands as the test says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from marshrut.dispatch.watchdog import Watchdog
from marshrut.domain import events as e
from marshrut.domain.commands import JourneyStart, Limits
from marshrut.domain.evolve import fold
from marshrut.domain.state import CaseState
from marshrut.domain.watching import STUCK_AFTER, Ill, Mended
from marshrut.domain.words import Ending, Stage
from marshrut.ports import (
    CommandKind,
    CommandState,
    Finding,
    Format,
    JourneyCare,
    JourneyGone,
    MailState,
    Pulse,
    Unavailable,
)
from marshrut.store.commands import SqlCommands
from marshrut.store.database import Database
from marshrut.store.freshness import SqlFreshness
from marshrut.store.journal import SqlJournal
from marshrut.store.tables import outbox, rounds, steps
from marshrut.store.watch import KEPT_FOR, SqlWatch
from marshrut.store.watch_book import SqlWatchBook
from tests.fixtures.cases import CATALOGUE
from tests.store.stories import NOON, admit, event, intent, message, notice, opened, step_opened, story

WELL = Pulse(there=True)
MINUTE = timedelta(minutes=1)


class Engine(JourneyCare):
    """Journeys as the test says: each well, and in the state that its journal tells, unless said otherwise."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self.pulses: dict[str, Pulse] = {}
        self.states: dict[str, CaseState | Exception] = {}
        self.known: dict[str, Sequence[e.Event]] = {}
        self.begun: list[tuple[JourneyStart, bool]] = []
        self.asked: list[str] = []

    async def pulse(self, case_id: str) -> Pulse:
        return self.pulses.get(case_id, WELL)

    async def state(self, case_id: str) -> CaseState:
        self.asked.append(case_id)
        told = self.states.get(case_id)
        if isinstance(told, Exception):
            raise told
        if told is None:
            found = (await SqlWatch(self._db).told([case_id]))[case_id].state
            assert found is not None
            return found
        return told

    async def events(self, case_id: str, after: int) -> Sequence[e.Event]:
        return [each for each in self.known.get(case_id, ()) if each.seq > after]

    async def begin(self, start: JourneyStart, *, instead: bool) -> None:
        self.begun.append((start, instead))
        self.pulses.pop(start.case_id, None)
        self.states.pop(start.case_id, None)


class Post:
    """A watchdog over a database, at a time that the test moves."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.now = NOON + timedelta(hours=1)
        self.engine = Engine(db)
        self.catalogue_known = True
        self.book = SqlWatchBook(db)
        self.dog = Watchdog(
            SqlWatch(db),
            self.engine,
            SqlJournal(db),
            slice_of=self._slice_of,
            limits=Limits(commands=7),
            now=lambda: self.now,
            batch=2,
            on_its_way_s=0,
            again_after_s=0,
        )

    async def _slice_of(self, _: CaseState) -> Any:
        return CATALOGUE if self.catalogue_known else None

    async def case(self, case_id: str, *bodies: e.Body) -> list[e.Event]:
        """A case with a step and whatever else happened."""
        told = story([opened(), *(bodies or [step_opened(f"{case_id}.s")])])
        await SqlJournal(self.db).write(case_id, told)
        return told

    async def look(self) -> dict[tuple[str | None, Ill], datetime]:
        """A round; what stands after it, and since when."""
        await self.dog.run()
        return {(each.case_id, each.code): each.since for each in await self.stands()}

    async def stands(self) -> Sequence[Finding]:
        """What stands, page by page."""
        found: list[Finding] = []
        cursor: str | None = None
        while True:
            page = await self.book.findings(None, limit=1, cursor=cursor)
            found += page.items
            if page.next is None:
                return found
            cursor = page.next

    async def mended(self) -> list[tuple[str, Mended]]:
        """What was ever mended, the newest first."""
        return [(each.case_id, each.code) for each in await self.book.repairs(None, limit=99)]


@pytest.fixture
def post(db: Database) -> Post:
    return Post(db)


async def test_what_is_well_is_left_alone(post: Post) -> None:
    """Every open case is asked after once a round, closed ones are not, and nothing is found."""
    for number in range(5):
        await post.case(f"c{number}")
    await post.case("closed", e.CaseClosed(ending=Ending.DIED))
    assert await post.look() == {}
    assert sorted(post.engine.asked) == [f"c{number}" for number in range(5)]
    last = await post.book.last()
    assert last is not None
    assert (last.looked, last.closely, dict(last.mended)) == (5, 5, {})
    assert post.engine.begun == []


async def test_a_lost_journey_begins_where_its_journal_ends(post: Post) -> None:
    """It has the state that the journal tells and knows every command that the journal names."""
    told = await post.case("c")
    later = event(3, e.StepClaimed(step_id="c.s", assignee="anna"), minutes=9, command_id="claimed")
    await SqlJournal(post.db).write("c", [later])
    post.engine.pulses["c"] = Pulse(there=False)
    assert await post.look() == {}
    ((start, instead),) = post.engine.begun
    assert start.carried is not None
    assert (start.case_id, start.catalogue, start.limits, instead) == ("c", CATALOGUE, Limits(commands=7), False)
    assert start.carried.state == fold("c", [*told, later])
    assert (start.carried.answered, start.carried.fresh) == (3, ())
    assert "claimed" in start.carried.processed
    assert await post.mended() == [("c", Mended.RESTORED)]
    assert await post.look() == {}
    assert len(post.engine.begun) == 1


async def test_one_whose_catalogue_is_not_known_stays_lost(post: Post) -> None:
    """It would go on by other rules than it began by: somebody has to look; once the catalogue is there it goes on."""
    await post.case("c")
    post.engine.pulses["c"] = Pulse(there=False)
    post.catalogue_known = False
    assert {*await post.look()} == {("c", Ill.JOURNEY_LOST)}
    assert post.engine.begun == []
    post.catalogue_known = True
    assert await post.look() == {}
    assert await post.mended() == [("c", Mended.RESTORED)]


@pytest.mark.parametrize(
    ("pulse", "code"),
    [
        (Pulse(there=True, failing=True), Ill.JOURNEY_FAILING),
        (Pulse(there=True, writing_fails=True), Ill.WRITING_FAILS),
        (Pulse(there=True, unattended=True), Ill.NO_WORKER),
    ],
)
async def test_what_fails_in_the_engine_stands_until_it_has_healed(post: Post, pulse: Pulse, code: Ill) -> None:
    """Since it was seen first; when it comes again later it begins anew."""
    await post.case("c")
    post.engine.pulses["c"] = pulse
    since = post.now
    assert await post.look() == {("c", code): since}
    post.now += MINUTE
    assert await post.look() == {("c", code): since}
    assert [each.last_seen for each in await post.stands()] == [post.now]
    assert post.engine.asked == []  # what fails is not asked how it is
    del post.engine.pulses["c"]
    assert await post.look() == {}
    post.engine.pulses["c"] = pulse
    post.now += MINUTE
    assert await post.look() == {("c", code): post.now}


@pytest.mark.parametrize("fault", [Unavailable("temporal"), ValueError("a fault of ours")])
async def test_one_that_cannot_be_looked_at_hides_no_other(post: Post, fault: Exception) -> None:
    """Whatever is raised about one case, the others are looked at, and it is said which was not."""
    for number in range(3):
        await post.case(f"c{number}")
    post.engine.states["c1"] = fault
    assert {*await post.look()} == {("c1", Ill.NO_ANSWER)}
    assert sorted(post.engine.asked) == ["c0", "c1", "c2"]


async def test_one_that_has_just_ended_is_nothing(post: Post) -> None:
    """Between the look and the question a journey may leave the engine."""
    await post.case("c")
    post.engine.states["c"] = JourneyGone()
    assert await post.look() == {}


async def test_a_journey_in_another_state_is_told(post: Post) -> None:
    """As far as its journal and yet different: nobody can say which is right."""
    told = await post.case("c")
    post.engine.states["c"] = fold("c", told).but(ward="elsewhere")
    assert {*await post.look()} == {("c", Ill.JOURNEY_DIFFERS)}


async def test_what_only_the_journey_knows_is_written(post: Post) -> None:
    """If it still knows the events; if not, SQL will never have them, and lists are behind since then."""
    told = await post.case("c")
    more = event(3, e.StepClaimed(step_id="c.s", assignee="anna"), minutes=9)
    post.engine.states["c"] = fold("c", [*told, more])
    assert {*await post.look()} == {("c", Ill.EVENTS_MISSING)}
    lag = (await SqlFreshness(post.db).lags(post.now + MINUTE)).of()
    assert (lag.seconds, lag.data_on, lag.pending) == (60, post.now, 0)
    post.engine.known["c"] = [more]
    assert await post.look() == {}
    assert await post.mended() == [("c", Mended.WRITTEN)]
    assert await SqlWatch(post.db).held_seq("c") == 3
    assert (await SqlFreshness(post.db).lags(post.now)).of().seconds == 0


async def test_lists_are_not_behind_any_more_once_it_is_written(post: Post) -> None:
    """Whoever writes what was missing, the lag ends with that and not with the next round; faults of others stay."""
    told = await post.case("c")
    await post.case("d")
    for case_id in ("c", "d"):
        post.engine.pulses[case_id] = Pulse(there=True, failing=True, writing_fails=True)
    await post.look()
    claimed = event(len(told) + 1, e.StepClaimed(step_id="c.s", assignee="anna"), minutes=9)
    await SqlJournal(post.db).write("c", [claimed])
    stands = {(each.case_id, each.code) for each in await post.stands()}
    assert stands == {("c", Ill.JOURNEY_FAILING), ("d", Ill.JOURNEY_FAILING), ("d", Ill.WRITING_FAILS)}
    last = event(3, e.StepClaimed(step_id="d.s", assignee="anna"), minutes=9)
    await SqlJournal(post.db).write("d", [last])
    assert (await SqlFreshness(post.db).lags(post.now + MINUTE)).of().seconds == 0


async def test_an_open_case_with_nothing_to_do_is_told(post: Post) -> None:
    """Neither step nor instant nor track: nobody would ever see it again. Each of the three is enough."""
    nothing: list[e.Body] = [step_opened("idle.s"), e.StepCancelled(step_id="idle.s", reason="r")]
    await post.case("idle", *nothing)
    await post.case("step")
    await post.case("wait", e.InstantSet(key="w", wait="followup.call", at=NOON))
    await post.case("track", e.TrackStarted(track="contact", stage=Stage.FIRST_CONTACT))
    assert {*await post.look()} == {("idle", Ill.NOTHING_TO_DO)}


async def test_a_command_that_nobody_finishes_is_told(post: Post) -> None:
    """Of a case, and of the installation where there is no case yet; since it was stored."""
    await post.case("case")
    since = NOON + 2 * MINUTE
    commands = SqlCommands(post.db, clock=lambda: since)
    await commands.intend(intent("case"), owner="dead", lease_s=1)
    await commands.intend(intent("visit", body=admit(), kind=CommandKind.MESSAGE, source="mllp"), owner="", lease_s=0)
    post.now = since + STUCK_AFTER
    assert await post.look() == {}
    lags = await SqlFreshness(post.db).lags(post.now)
    lag = lags.of(frozenset({"h1"}))
    assert (lag.seconds, lag.data_on, lag.pending) == (300, since, 2)
    assert (lags.of(frozenset({"h2"})).pending, lags.of(frozenset({"h2"})).seconds) == (0, 0)
    post.now += timedelta(seconds=1)
    assert await post.look() == {("case", Ill.COMMAND_STUCK): since, (None, Ill.COMMAND_STUCK): since}


async def test_news_that_waited_for_its_case_waits_from_then_on(post: Post) -> None:
    """It is held for days, and nobody could do anything: lag and watchdog count from when its case opened."""
    commands = SqlCommands(post.db, clock=lambda: NOON - timedelta(days=3))
    until = NOON + timedelta(days=4)
    held = message("c", state=CommandState.HELD, held_until=until, format=Format.HL7V2)
    await commands.intend(held, owner="", lease_s=0)
    assert (await SqlFreshness(post.db).lags(NOON)).of().seconds == 0
    told = await post.case("c")
    opened_at = told[0].recorded_at
    lag = (await SqlFreshness(post.db).lags(opened_at + MINUTE)).of()
    assert (lag.seconds, lag.pending) == (60, 1)
    post.now = opened_at + STUCK_AFTER
    assert await post.look() == {}
    post.now += timedelta(seconds=1)
    assert await post.look() == {("c", Ill.COMMAND_STUCK): opened_at}


async def test_mail_that_nobody_sends_is_told(post: Post) -> None:
    """A letter that was due and never tried: no postman is at work. One that was refused has its time."""
    await post.case("c", step_opened("c.s"), notice("n", tell_at=post.now))
    post.now += STUCK_AFTER + MINUTE
    assert {*await post.look()} == {(None, Ill.MAIL_STUCK)}
    async with post.db.write() as conn:
        await conn.execute(outbox.update().values(attempts=3))
    assert await post.look() == {}
    async with post.db.write() as conn:
        await conn.execute(outbox.update().values(state=MailState.SENDING, lease_until=NOON))
    assert {*await post.look()} == {(None, Ill.MAIL_STUCK)}


async def test_what_was_found_of_a_case_ends_with_it(post: Post) -> None:
    """A case that closed is looked at no more, so nothing stands of it."""
    told = await post.case("c")
    post.engine.pulses["c"] = Pulse(there=True, failing=True)
    assert len(await post.look()) == 1
    ended: list[e.Body] = [e.StepCancelled(step_id="c.s", reason="case_closed"), e.CaseClosed(ending=Ending.DIED)]
    await SqlJournal(post.db).write("c", [event(len(told) + 1 + n, body, minutes=20) for n, body in enumerate(ended)])
    assert await post.look() == {}


async def test_rows_of_a_case_are_made_anew(post: Post) -> None:
    """A row that says otherwise, one that is gone, and one that nothing explains; what others have stays."""
    await post.case("c")
    await post.case("d")
    async with post.db.write() as conn:
        row = dict((await conn.execute(sa.select(steps).where(steps.c.step_id == "c.s"))).mappings().one())
        await conn.execute(steps.update().where(steps.c.step_id == "c.s").values(assignee="nobody"))
        await conn.execute(steps.insert(), row | {"step_id": "c.stranger"})
    assert await post.look() == {}
    assert await post.mended() == [("c", Mended.REWRITTEN)]
    async with post.db.read() as conn:
        there = (await conn.execute(sa.select(steps).order_by(steps.c.step_id))).mappings().all()
    assert [each["step_id"] for each in there] == ["c.s", "d.s"]
    assert dict(there[0]) == row


async def test_only_a_share_is_looked_at_closely_but_whoever_is_ill_always(post: Post) -> None:
    """With many cases each round asks a part of them, and in so many rounds all; what stands is asked each time."""
    for number in range(9):
        await post.case(f"c{number}")
    post.dog._closely = 3
    post.engine.states["c0"] = Unavailable("temporal")
    await post.dog.run()
    asked: list[str] = []
    for _ in range(3):
        post.engine.asked.clear()
        walk = await post.dog.begin(closely=False)
        while not walk.over:
            walk = await post.dog.look(walk, lambda: None)
        await post.dog.finish(walk)
        assert (walk.shares, walk.looked) == (3, 9)
        assert walk.closely == len(post.engine.asked) < 9
        assert "c0" in post.engine.asked
        asked += post.engine.asked
    assert {*asked} == {f"c{number}" for number in range(9)}
    assert [asked.count(f"c{number}") for number in range(1, 9)] == [1] * 8


async def test_looking_again_at_the_same_cases_does_no_harm(post: Post) -> None:
    """A batch that was begun again after its worker died counts each repair once."""
    await post.case("c")
    walk = await post.dog.begin(closely=True)
    for _ in range(2):
        post.engine.pulses["c"] = Pulse(there=False)
        await post.dog.look(walk, lambda: None)
    assert await post.mended() == [("c", Mended.RESTORED)]


async def test_rounds_are_kept_for_a_week(post: Post) -> None:
    """Their numbers go on, and what was mended stays known."""
    await post.case("c")
    post.engine.pulses["c"] = Pulse(there=False)
    first = await post.dog.run()
    post.now += KEPT_FOR + MINUTE
    second = await post.dog.run()
    async with post.db.read() as conn:
        assert (await conn.scalars(sa.select(rounds.c.number))).all() == [second]
    assert second > first
    assert await post.mended() == [("c", Mended.RESTORED)]


async def test_a_reader_sees_their_hospitals_and_the_installation(post: Post) -> None:
    """Codes of other hospitals' cases are not told; what is wrong with the installation is told to everybody."""
    await post.case("c")
    await SqlCommands(post.db, clock=lambda: NOON).intend(
        intent("visit", body=admit(), kind=CommandKind.MESSAGE, source="mllp"), owner="", lease_s=0
    )
    post.engine.pulses["c"] = Pulse(there=True, failing=True)
    await post.look()
    for hospitals, cases in ((frozenset({"h1"}), {"c", None}), (frozenset({"h2"}), {None})):
        page = await post.book.findings(hospitals, limit=9, cursor=None)
        assert {each.case_id for each in page.items} == cases
        stands, _ = await post.book.counts(hospitals)
        assert sum(stands.values()) == len(cases)


async def test_lag_is_the_age_of_what_was_said_and_did_not_happen_yet(db: Database) -> None:
    """A command that waits makes what is shown as old as it is; one that has happened does not."""
    lags, commands = SqlFreshness(db), SqlCommands(db, clock=lambda: NOON)
    told = intent("c")
    await commands.intend(told, owner="a", lease_s=30)
    assert (await lags.lags(NOON + 2 * MINUTE)).of().seconds == 120
    await commands.commit(told.id, ())
    assert (await lags.lags(NOON + 2 * MINUTE)).of().seconds == 0


async def test_the_lag_is_nothing_when_nothing_waits(db: Database) -> None:
    """An empty inbox is no lag, and neither is a message that waits for its case."""
    lag = (await SqlFreshness(db).lags(NOON)).of()
    assert (lag.seconds, lag.pending, lag.data_on, lag.as_of) == (0, 0, NOON, NOON)
