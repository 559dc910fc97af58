from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from api.web.picture.frame import FRAMES
from api.web.picture.measure import fitted, width
from api.web.picture.model import Bar, Look, Route
from api.web.picture.placing import laid_out, x_of
from api.web.picture.shown import shown
from api.web.picture.window import choose
from api.web.words import Language
from marshrut.domain.clock import Pause
from marshrut.domain.state import Block, StepState
from tests.api.web.picture.kovalev import NOW, ZONE, at, done, drawn, kovalev, step, told
from tests.api.web.picture.looking import look

DAY = timedelta(days=1)
TICK = timedelta(minutes=9)
WIDE, NARROW = FRAMES


def bar(route: Route, key: str) -> Bar:
    (found,) = [each for lane in route.lanes for each in lane.bars if key in each.key]
    return found


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_case_of_the_mock_up_is_told_whole(language: Language) -> None:
    """Ten days of work are drawn on both axes without a collision, in both languages."""
    route = look(told(kovalev(), language=language))
    assert [lane.key for lane in route.lanes] == [
        "start",
        "documents",
        "relatives",
        "psychology",
        "services",
        "disability",
        "placement",
        "discharge",
    ]


def test_consumed_time_is_broken_where_the_clock_stood_still() -> None:
    """An open step's strip runs from its start to now and leaves the pause out."""
    passport = bar(drawn(kovalev()), "passport_receive")
    assert passport.look is Look.AMBER
    assert passport.due == at(7, 18)
    assert passport.used == ((at(29, 14, 10, 10), at(30, 19, 20, 10)), (at(1, 8, 10), NOW))
    assert passport.gaps == ((at(30, 19, 20, 10), at(1, 8, 10)),)
    assert passport.late is None


def test_a_step_that_is_late_is_red_from_its_due_time_to_now() -> None:
    """Red begins at the due tick and grows until now."""
    late = step("services", "referral_answer", at(1, 18), due=at(5, 18))
    route = drawn(kovalev(steps={late.step_id: late}))
    assert bar(route, "referral_answer").late == (at(5, 18), NOW)
    assert bar(route, "referral_answer").ends == NOW


def test_a_blocked_step_is_hatched_until_the_day_that_was_promised() -> None:
    """Hatch from the block to its expected end; red once that has passed; without a date it goes on."""
    blocked = bar(drawn(kovalev()), "home_prepare")
    assert blocked.look is Look.BLOCKED
    assert blocked.blocked == (at(4, 10), at(10, 12))

    def with_until(until: datetime | None) -> Bar:
        block = Block(block_id="b", reason="equipment", responsible="rental", since=at(4, 10), until=until)
        one = step("discharge", "home_prepare", at(3, 22), due=at(7, 18), blocks=(block,))
        return bar(drawn(kovalev(steps={one.step_id: one})), "home_prepare")

    passed, unknown = with_until(at(5)), with_until(None)
    assert passed.late == (at(5), NOW)
    assert passed.blocked == (at(4, 10), at(5))
    assert unknown.goes_on
    assert unknown.late is None


def test_a_partner_who_refused_is_followed_by_the_next_in_the_same_row() -> None:
    """The grey cross of the first and the open bar of the second stand side by side."""
    route = drawn(kovalev())
    layout = laid_out(route, WIDE, choose(route, WIDE.days, ZONE), 48)
    first, second = (layout.by_key[f"case.referral.home_care.{key}"] for key in ("one", "two"))
    assert (first.bar.look, second.bar.look) == (Look.REFUSED, Look.OPEN)
    assert first.box.y == second.box.y
    assert first.box.right < second.box.x


def test_a_chain_of_papers_is_drawn_with_the_shortest_arrows() -> None:
    """СНИЛС waits for the passport and the board for СНИЛС; that it waits for the passport too is said by the chain."""
    route = drawn(kovalev())
    assert [(arrow.before.split(".")[2], arrow.after.split(".")[2]) for arrow in route.arrows] == [
        ("passport_receive", "snils"),
        ("snils", "mse"),
    ]
    chain = [bar(route, name) for name in ("passport_receive", "document.snils", "application.mse")]
    assert [each.look for each in chain[1:]] == [Look.AHEAD, Look.AHEAD]
    assert all(one.ends < other.begins for one, other in pairwise(chain))


def test_a_direction_that_is_not_taken_says_why() -> None:
    """A closed lane has no bar and one sentence."""
    (placement,) = [lane for lane in drawn(kovalev()).lanes if lane.key == "placement"]
    assert placement.bars == ()
    assert placement.closed == "не\u00a0входит в\u00a0маршрут, решение 29.10"


def test_delay_days_begin_at_the_midnight_after_the_patient_was_ready() -> None:
    """Ready on Monday at 12:30, so delayed since Tuesday 00:00: on Thursday the third day runs."""
    route = drawn(kovalev())
    assert route.ready is not None
    assert route.delay is not None
    assert route.ready.at == at(3, 12, 30)
    assert route.delay.begins == at(4, 0)
    assert route.delay.text == "задержка, идёт 3-й день"


def test_days_off_and_worked_saturdays_are_those_of_the_calendar() -> None:
    """Saturday 1 November was worked for Monday 3; the 4th is a holiday."""
    route = drawn(kovalev())
    assert at(1).date() in route.worked
    assert {at(day).date() for day in (2, 3, 4, 8, 9)} <= route.off
    assert at(1).date() not in route.off


def test_a_day_is_a_column_and_noon_its_middle() -> None:
    """The axis is true: half a day is half a column."""
    route = drawn(kovalev())
    window = choose(route, WIDE.days, ZONE)
    assert window.first == at(27, 12, 0, 10).date()
    assert x_of(WIDE, window, window.at(at(27, 0, 0, 10))) == WIDE.left
    assert x_of(WIDE, window, window.at(at(30, 12, 0, 10))) == pytest.approx(WIDE.left + 3.5 * WIDE.day)


def test_a_long_case_shows_the_days_around_now_and_can_be_leafed_through() -> None:
    """Of months three weeks are shown; a week earlier is one step away, up to the first day."""
    begun = {f"case.s.{n}": NOW - (90 - n) * DAY for n in range(80)}
    steps = {
        key: done("services", "aids_supply", since, since + DAY, "rented", step_id=key) for key, since in begun.items()
    }
    case = kovalev(admitted_at=NOW - 90 * DAY, opened_at=NOW - 90 * DAY, steps=kovalev().steps | steps)
    route = look(told(case))
    window = choose(route, WIDE.days, ZONE)
    assert window.first == NOW.date() - 10 * DAY
    whole = shown(route, told(case).voice.formats, told(case).voice.words)
    assert not whole.whole
    assert whole.earlier is not None
    earlier = look(told(case), whole.earlier)
    assert choose(earlier, WIDE.days, ZONE, whole.earlier).first == NOW.date() - 17 * DAY
    long_ago = choose(route, WIDE.days, ZONE, NOW.date() - 4000 * DAY)
    assert long_ago.first >= route.first - 7 * DAY


def test_of_very_many_steps_the_oldest_done_ones_are_counted_and_every_open_one_is_drawn() -> None:
    """Sixty steps of one direction: what is to do is all there, what is done beyond six rows is a number."""
    finished = [
        done(
            "documents",
            "oms_restore",
            NOW - 5 * DAY + n * TICK,
            NOW - 4 * DAY,
            "found",
            step_id=f"case.d.{n}",
        )
        for n in range(60)
    ]
    waiting = [
        step("documents", "snils_restore", NOW - DAY, due=NOW + n * DAY, step_id=f"case.o.{n}") for n in range(1, 9)
    ]
    route = look(told(kovalev(steps={each.step_id: each for each in (*finished, *waiting)})))
    layout = laid_out(route, WIDE, choose(route, WIDE.days, ZONE), 48)
    (lane,) = [each for each in layout.lanes if each.lane.key == "documents"]
    assert lane.hidden > 0
    assert sum(each.bar.open for each in lane.bars) == 8


def test_a_paused_case_has_neither_red_nor_a_promise() -> None:
    """While the case stands still nothing is overdue, and no due time is known."""
    late = step("services", "referral_answer", at(1, 18), due=at(5, 18))
    case = kovalev(steps={late.step_id: late}, paused_since=at(5, 6), pauses=(Pause(since=at(2), until=at(3)),))
    waiting = bar(look(told(case)), "referral_answer")
    assert waiting.late is None
    assert waiting.goes_on
    assert all(until <= at(5, 6) for _, until in waiting.used)


def test_a_withdrawn_step_is_not_drawn() -> None:
    """What was cancelled or taken back has no bar."""
    gone = step("services", "aids_supply", at(1), state=StepState.CANCELLED, ended_at=at(2))
    void = done("services", "care_start", at(1), at(2), "started", void=True)
    route = drawn(kovalev(steps={gone.step_id: gone, void.step_id: void}))
    assert not [each for lane in route.lanes for each in lane.bars if "aids" in each.key or "care_start" in each.key]


def test_words_are_cut_at_a_word_and_never_to_nothing() -> None:
    """A text that does not fit ends with an ellipsis, in the room there is."""
    text = "Паспорт: ждём миграционный отдел"
    assert fitted(text, 1000) == text
    assert fitted(text, 120) == "Паспорт: ждём…"
    assert width(fitted(text, 90)) <= 90
    assert not fitted(text, 8)
