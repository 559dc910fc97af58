"""What a track may ask of its case beside steps and waits: items, lists, the catalogue, a second time, an early end.

Small procedures of the tests' own, told to both hosts: what one long run says, runs as short as can be say too.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import ClassVar

from marshrut.domain import commands as c
from marshrut.domain import events as e
from marshrut.domain.case import Case
from marshrut.domain.decide import ADULT
from marshrut.domain.ids import item_id
from marshrut.domain.moves import Actor
from marshrut.domain.outcomes import Outcome
from marshrut.domain.slice import ListEntry, Slice
from marshrut.domain.state import CaseState
from marshrut.domain.words import Ending, ItemKind, Report, Role, Stage
from tests.fixtures.cases import ANNA, CATALOGUE, DAY, HIS, OLGA, admission, command, live
from tests.workflows.properties.twins import Twins
from workflows.contact import ConsentRecord, FirstContact, HomeSafety

ADMIN = Actor(user="cases_migrate", role=Role.ADMIN)
MET, SAFE = FirstContact(result="contacted"), HomeSafety(result="safe")
CARD = "temporary_id"
CARD_ID = item_id("case", ItemKind.DOCUMENT, CARD)
Tell = Callable[[Case], Awaitable[object]]


def told(tell: Tell) -> Twins:
    """Two hosts of a case that follows this and ends."""

    async def follow(case: Case) -> Ending:
        await tell(case)
        return Ending.HOME_ALONE

    return Twins({ADULT: follow})


async def comes_in(twins: Twins) -> None:
    assert await twins.tell(command(admission(), HIS)) == [None]


async def say(twins: Twins, outcome: Outcome) -> None:
    """A senior completes the live step of that kind."""
    done = c.Complete(step_id=live(twins.state)[outcome.name()], outcome=outcome.codes())
    assert await twins.tell(command(done, OLGA)) == [None]


async def move(twins: Twins, item: str, status: str) -> None:
    """Somebody moves the item by hand."""
    assert await twins.tell(command(c.MoveItem(item_id=item, status=status), ANNA)) == [None]


async def migrate(twins: Twins, **changes: object) -> None:
    """The case goes on by a catalogue that differs in this."""
    other = CATALOGUE.model_copy(update={"version": "other", **changes})
    assert await twins.tell(command(c.Migrate(catalogue=other), ADMIN)) == [None]


def moves_of(twins: Twins, item: str) -> list[str]:
    """To where the item was moved, in order."""
    bodies = [event.body for event in twins.journal]
    return [body.status for body in bodies if isinstance(body, e.ItemMoved) and body.item_id == item]


class Visit:
    """A track of the tests: a step, an attempt to ring somebody, and a need, with the step's answer as its result."""

    name: ClassVar[str] = "visit"
    stage: ClassVar[Stage] = Stage.TRACKS
    steps: ClassVar[tuple[type[Outcome], ...]] = (FirstContact,)

    async def run(self, case: Case) -> str:
        """Ring, note a need, and have somebody go there."""
        await case.item(ItemKind.ATTEMPT, "call", channel="phone", result="no_answer")
        await case.item(ItemKind.NEED, "aids")
        met = await case.step(FirstContact)
        return "left_out" if met is None else met.result


def version(catalogue: Slice, _state: CaseState) -> str:
    return catalogue.version


async def test_what_was_looked_up_is_kept() -> None:
    """An answer of the catalogue stays as it was given, whatever the case goes by later; a new question is new."""
    answers: list[tuple[str, str, str]] = []

    async def tell(case: Case) -> None:
        begun_by = await case.look_up("begun_by", version)
        await case.step(FirstContact)
        answers.append((begun_by, await case.look_up("begun_by", version), await case.look_up("gone_on_by", version)))

    async with told(tell) as twins:
        await comes_in(twins)
        await migrate(twins)
        await say(twins, MET)
        assert twins.state.closed
        assert twins.state.decisions["begun_by"] == CATALOGUE.version
        assert twins.state.decisions["gone_on_by"] == "other"
        # Each of the hosts went to the end once.
        assert answers == [(CATALOGUE.version, CATALOGUE.version, "other")] * 2


async def test_a_list_of_another_catalogue_asks_for_nothing_more() -> None:
    """By a catalogue with another list nothing is added, nothing is taken away, and what it drops nobody waits for."""
    awaited: list[tuple[str, ...]] = []

    def package(*names: str) -> dict[str, tuple[ListEntry, ...]]:
        return {**CATALOGUE.lists, "package": tuple(ListEntry(name=name) for name in names)}

    def papers(*names: str) -> tuple[str, ...]:
        return tuple(item_id("case", ItemKind.PAPER, name) for name in names)

    async def tell(case: Case) -> None:
        await case.step(HomeSafety)
        await case.list_of("package", ItemKind.PAPER)
        await case.step(FirstContact)
        await case.all(gather(case), case.step(ConsentRecord))

    async def gather(case: Case) -> None:
        awaited.append(await case.list_of("package", ItemKind.PAPER))

        def gathered(state: CaseState) -> str | None:
            return "yes" if all(state.items[paper].status == "received" for paper in awaited[-1]) else None

        await case.decide("gathered", gathered)
        await case.inform("gathered", Role.SUPERVISOR)

    async with told(tell) as twins:
        await comes_in(twins)
        await migrate(twins, lists=package("blood", "xray"))
        await say(twins, SAFE)
        other = CATALOGUE.model_copy(update={"version": "third", "lists": package("xray", "teeth")})
        assert await twins.tell(command(c.Migrate(catalogue=other), ADMIN)) == [None]
        await say(twins, MET)
        assert awaited[-1] == papers("xray")
        assert [item.name for item in twins.state.items_of(ItemKind.PAPER)] == ["blood", "xray"]
        assert {item.of for item in twins.state.items_of(ItemKind.PAPER)} == {"package"}
        assert "gathered" not in twins.state.notices
        await move(twins, papers("xray")[0], "received")
        assert "gathered" in twins.state.notices


async def test_where_people_have_put_it_counts_for_more() -> None:
    """A move that what people did meanwhile leaves no room for is not made, neither then nor once there is room."""

    async def tell(case: Case) -> None:
        card = await case.item(ItemKind.DOCUMENT, CARD)
        await case.step(FirstContact)
        await case.move(card, "requested")
        await case.step(HomeSafety)
        await case.move(card, "submitted")

    async with told(tell) as twins:
        await comes_in(twins)
        await move(twins, CARD_ID, "given_up")
        await say(twins, MET)
        assert moves_of(twins, CARD_ID) == ["given_up"]
        await move(twins, CARD_ID, "needed")
        assert moves_of(twins, CARD_ID) == ["given_up", "needed"]
        # The next occasion is another move, and has room again.
        await say(twins, SAFE)
        assert moves_of(twins, CARD_ID) == ["given_up", "needed", "submitted"]


async def test_several_items_are_moved_once() -> None:
    """What is moved at once is what stood so then; what comes to stand so later is another matter."""

    def every_need(_catalogue: Slice, state: CaseState) -> Mapping[str, str]:
        return {need.item_id: "agreed" for need in state.items_of(ItemKind.NEED) if need.status == "proposed"}

    async def tell(case: Case) -> None:
        await case.item(ItemKind.NEED, "aids")
        await case.step(FirstContact)
        await case.move_all("agreed", every_need)
        await case.step(HomeSafety)
        await case.move_all("agreed", every_need)

    async with told(tell) as twins:
        await comes_in(twins)
        added = c.AddItem(kind=ItemKind.NEED, name="home_care")
        assert await twins.tell(command(added, ANNA)) == [None]
        await say(twins, MET)
        assert {need.name: need.status for need in twins.state.items_of(ItemKind.NEED)} == {
            "aids": "agreed",
            "home_care": "agreed",
        }
        late = c.AddItem(kind=ItemKind.NEED, name="documents")
        assert await twins.tell(command(late, ANNA)) == [None]
        await say(twins, SAFE)
        assert twins.state.items[item_id("case", ItemKind.NEED, "documents")].status == "proposed"


async def test_an_item_lapses_by_itself_and_the_track_goes_on() -> None:
    """When the time of a paper is over it is expired without anybody's doing, and whoever waited for that goes on."""

    async def tell(case: Case) -> None:
        await case.all(lapse(case), case.step(ConsentRecord))

    async def lapse(case: Case) -> None:
        (card,) = [each for each in await case.list_of("documents", ItemKind.DOCUMENT) if each == CARD_ID]
        await case.move(card, "issued")
        await case.decide("over", lambda state: "yes" if state.items[card].status == "expired" else None)
        await case.step(FirstContact)

    async with told(tell) as twins:
        await comes_in(twins)
        beside = live(twins.state)
        await twins.wait(58 * DAY)
        assert (moves_of(twins, CARD_ID), live(twins.state)) == (["issued"], beside)
        await twins.wait(4 * DAY)
        assert moves_of(twins, CARD_ID) == ["issued", "expired"]
        assert set(live(twins.state)) == {*beside, "contact.first_contact"}
        (lapsed,) = [
            event for event in twins.journal if isinstance(event.body, e.ItemMoved) and event.body.status == "expired"
        ]
        assert (lapsed.actor, lapsed.role) == ("marshrut", Role.SYSTEM)


async def test_silence_is_an_answer_after_a_wait_of_the_catalogue() -> None:
    """What was asked with a wait lapses when that is over, and never if somebody answered before."""

    async def tell(case: Case) -> None:
        for partner in ("one", "two"):
            await case.item(
                ItemKind.REFERRAL, "home_care", key=partner, lapses="services.partner_answers", partner=partner
            )
        await case.step(FirstContact)

    def asked(partner: str) -> str:
        return item_id("case", ItemKind.REFERRAL, "home_care", partner)

    async with told(tell) as twins:
        await comes_in(twins)
        await move(twins, asked("one"), "accepted")
        await twins.wait(60 * DAY)
        assert (moves_of(twins, asked("one")), moves_of(twins, asked("two"))) == (["accepted"], ["declined"])


async def test_a_track_that_is_followed_again_has_steps_and_items_of_its_own() -> None:
    """The second time opens a step of its own and logs a call of its own; what a case has once it has once."""

    async def tell(case: Case) -> None:
        first = await case.track(Visit())
        second = await case.track(Visit(), again="r2")
        # Asked a further time both are answered from memory.
        assert (first, second) == (await case.track(Visit()), await case.track(Visit(), again="r2"))

    async with told(tell) as twins:
        await comes_in(twins)
        before = live(twins.state)
        await say(twins, FirstContact(result="unconscious"))
        assert set(live(twins.state)) == set(before)
        assert live(twins.state) != before
        assert live(twins.state)["contact.first_contact"].endswith(".r2")
        calls = [item.item_id.rsplit(".", 1)[-1] for item in twins.state.items_of(ItemKind.ATTEMPT)]
        assert calls == ["main", "r2"]
        assert len(twins.state.items_of(ItemKind.NEED)) == 1
        await say(twins, MET)
        assert {name: track.result for name, track in twins.state.tracks.items()} == {
            "visit": "unconscious",
            "visit.r2": "contacted",
        }
        assert twins.state.closed


async def test_whether_a_team_is_there_is_asked_once() -> None:
    """The answer of the moment is kept under its name, by day and by night; another name is another question."""
    answers: list[tuple[bool, bool]] = []

    async def tell(case: Case) -> None:
        by_day = await case.is_there("first", "psychologists")
        await case.step(FirstContact)
        answers.append((by_day, await case.is_there("first", "psychologists")))
        answers.append((await case.is_there("second", "psychologists"), await case.is_there("third", "psychologists")))

    async with told(tell) as twins:
        await comes_in(twins)
        await twins.wait(DAY / 4)
        await say(twins, MET)
        kept = {key: twins.state.decisions[key] for key in ("first", "second", "third")}
        assert kept == {"first": "there", "second": "away", "third": "away"}
        # Each of the hosts went to the end once.
        assert answers == [(True, True), (False, False)] * 2


async def test_one_of_a_role_is_told_by_name() -> None:
    """A notice may be for one person, as well as for everybody of the role."""

    async def tell(case: Case) -> None:
        await case.inform("everybody", Role.DOCTOR)
        await case.inform("one", Role.DOCTOR, user="vera")
        await case.step(FirstContact)

    async with told(tell) as twins:
        await comes_in(twins)
        assert {key: (each.role, each.user) for key, each in twins.state.notices.items()} == {
            "everybody": (Role.DOCTOR, None),
            "one": (Role.DOCTOR, "vera"),
        }


async def test_an_abandoned_track_is_over() -> None:
    """Of a track that lost its race it is said that it was withdrawn; of one that ended nothing is said."""

    async def tell(case: Case) -> None:
        async def visited(inside: Case) -> None:
            await inside.track(Visit())

        async def left(inside: Case) -> None:
            await inside.reported(Report.DISCHARGED)

        await case.first("while_here", visited=visited, left=left)
        await case.abandon(Visit())
        # It is over for good, and may be followed again.
        if await case.track(Visit()) == "withdrawn":
            await case.track(Visit(), again="after")
            await case.abandon(Visit(), again="after")

    async with told(tell) as twins:
        await comes_in(twins)
        assert "visit" in twins.state.tracks
        opened = live(twins.state)["contact.first_contact"]
        assert await twins.tell(command(c.ReportFact(report=Report.DISCHARGED), HIS)) == [None]
        assert not twins.state.steps[opened].live
        assert twins.state.tracks["visit"].result == "withdrawn"
        assert live(twins.state)["contact.first_contact"].endswith(".after")
        await say(twins, MET)
        assert twins.state.tracks["visit.after"].result == "contacted"
        finished = [event.body.track for event in twins.journal if isinstance(event.body, e.TrackFinished)]
        assert finished == ["visit", "visit.after"]
