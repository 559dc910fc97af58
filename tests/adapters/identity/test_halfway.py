"""What is asked of somebody besides the password: a first password of their own, codes, a second factor."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from marshrut.domain.signing_in import ALLOWED, HALFWAY, Guard, Stage
from marshrut.domain.words import Role
from marshrut.ports import Account, Browser, FactorOffer, Halfway, NotSignedIn, NotTaken, SignedIn
from marshrut.store.database import Database
from marshrut.store.tables import second_factors
from tests.adapters.identity.front import ORLOVA, PASSWORD, WARD, Front

NEW = "жёлтая-тачка-у-пруда"


@pytest.fixture
async def front(db: Database) -> Front:
    """Somebody has an account; seniors have to have a second factor."""
    made = Front(db, second_factor_roles="supervisor")
    await made.identity.put(ORLOVA, PASSWORD)
    return made


def at(halfway: Halfway) -> Browser:
    return Browser(WARD, secret=halfway.secret)


async def with_factor(front: Front) -> tuple[FactorOffer, list[str]]:
    """Orlova has a second factor; its secret, and the codes in reserve."""
    entered, offer = await front.enter(), front.identity.offer("orlova")
    browser = Browser(WARD, secret=entered.secret)
    done = await front.own.add_factor("orlova", PASSWORD, offer.sealed, front.code(offer), browser)
    assert not isinstance(done, NotTaken)
    front.now += timedelta(minutes=1)
    return offer, list(done[1])


async def test_a_first_password_is_changed_before_anything_is_seen(front: Front) -> None:
    """Whoever was given one gets no session for it, only the way to one of their own."""
    await front.identity.put(replace(ORLOVA, must_change=True), PASSWORD)
    came = await front.halfway()
    assert came.stage is Stage.PASSWORD
    assert await front.identity.session(came.secret) is None
    for poor, why in (
        (PASSWORD, "same"),
        ("short", "short"),
        ("password12345", "common"),
        ("orlova-2026", "about_you"),
    ):
        assert await front.identity.choose(poor, at(came)) == NotTaken(why)
    entered = await front.identity.choose(NEW, at(came))
    assert isinstance(entered, SignedIn)
    assert entered.secret != came.secret
    assert await front.identity.halfway(came.secret) is None
    assert await front.identity.choose("another-one-of-theirs", at(came)) is None
    await front.refused(password=PASSWORD)
    await front.enter(password=NEW)


async def test_a_second_factor_is_asked_for_each_time(front: Front) -> None:
    """With one, the password opens the next question only; the code of now opens the session, under a new secret."""
    offer, _ = await with_factor(front)
    came = await front.halfway()
    assert came.stage is Stage.CODE
    assert await front.identity.session(came.secret) is None
    assert await front.identity.choose(NEW, at(came)) is None
    assert isinstance(await front.identity.give_code("000000", at(came)), NotSignedIn)
    entered = await front.identity.give_code(front.code(offer), at(came))
    assert isinstance(entered, SignedIn)
    assert entered.secret != came.secret
    assert await front.identity.session(entered.secret) is not None


async def test_a_code_is_taken_once(front: Front) -> None:
    """Whoever looks over a shoulder can do nothing with it: neither it nor an earlier one is taken again."""
    offer, _ = await with_factor(front)
    came, code = await front.halfway(), front.code(offer)
    assert isinstance(await front.identity.give_code(code, at(came)), SignedIn)
    for seen in (code, front.code(offer, -30)):
        assert isinstance(await front.identity.give_code(seen, at(await front.halfway())), NotSignedIn)
    front.now += timedelta(seconds=30)
    assert isinstance(await front.identity.give_code(front.code(offer), at(await front.halfway())), SignedIn)


async def test_a_telephones_clock_may_be_off_by_half_a_minute(front: Front) -> None:
    """The code before and the code after will do, and no other."""
    offer, _ = await with_factor(front)
    front.now += timedelta(minutes=5)
    for off, taken in ((-90, False), (90, False), (-30, True), (30, True)):
        came = await front.identity.give_code(front.code(offer, off), at(await front.halfway()))
        assert isinstance(came, SignedIn) is taken, off


async def test_codes_in_reserve_are_taken_once_and_kept_as_hashes(front: Front) -> None:
    """Ten of them, in any spelling; no copy of the database tells one, nor the secret of the app."""
    offer, codes = await with_factor(front)
    assert (len(set(codes)), await front.own.factor("orlova")) == (10, 10)
    came = await front.halfway()
    assert isinstance(await front.identity.give_code(f" {codes[0].upper()} ", at(came)), SignedIn)
    assert isinstance(await front.identity.give_code(codes[0], at(await front.halfway())), NotSignedIn)
    assert await front.own.factor("orlova") == 9
    async with front.db.read() as conn:
        kept = str((await conn.execute(sa.select(second_factors))).all())
    assert not any(code in kept or code.replace("-", "") in kept for code in codes)
    assert offer.secret.replace(" ", "") not in kept


async def test_guessing_codes_meets_a_limit_wherever_it_is_done_from(front: Front) -> None:
    """Five wrong ones, and each new beginning with the password is no new beginning of the count."""
    offer, _ = await with_factor(front)
    told = []
    for _ in range(5):
        found = await front.identity.give_code("000000", at(await front.halfway()))
        assert isinstance(found, NotSignedIn)
        told.append(found.left)
    assert told == [4, 3, 2, 1, 0]
    shut = await front.identity.give_code(front.code(offer), at(await front.halfway()))
    assert isinstance(shut, NotSignedIn)
    assert shut.until is not None


async def test_a_role_that_has_to_have_a_second_factor_sets_one_up_first(front: Front) -> None:
    """Before that nothing is seen; an offer is good for whom it was made, and only with its own code."""
    await front.identity.put(Account("guseva", "Гусева М. Н.", Role.SUPERVISOR, None), PASSWORD)
    came = await front.halfway("guseva")
    assert came.stage is Stage.ENROL
    offer, others = front.identity.offer("guseva"), front.identity.offer("orlova")
    for sealed, code in ((offer.sealed, "000000"), (others.sealed, front.code(others)), ("x", front.code(offer))):
        assert await front.identity.enrol(sealed, code, at(came)) == NotTaken("code")
    assert front.identity.offer("guseva", offer.sealed).secret == offer.secret
    done = await front.identity.enrol(offer.sealed, front.code(offer), at(came))
    assert isinstance(done, tuple)
    assert await front.identity.session(done[0].secret) is not None
    assert (await front.halfway("guseva")).stage is Stage.CODE


async def test_halfway_is_not_for_long_and_ends_with_the_account(front: Front) -> None:
    """Ten minutes; and a shut account answers nothing more."""
    await with_factor(front)
    came = await front.halfway()
    front.now += HALFWAY
    assert await front.identity.halfway(came.secret) is None
    came = await front.halfway()
    await front.identity.put(replace(ORLOVA, active=False), None)
    assert await front.identity.halfway(came.secret) is None


async def test_one_changes_ones_own_password_and_factor_by_the_password(front: Front) -> None:
    """Each change has all sessions of hers over, and goes on here under another secret; an open desk is not enough."""
    here, there = await front.enter(), await front.enter(address="10.0.0.8")
    browser = Browser(WARD, secret=here.secret)
    assert await front.own.change_password("orlova", "wrong", NEW, browser) == NotTaken("password")
    assert await front.own.change_password("orlova", PASSWORD, "orlova12345", browser) == NotTaken("about_you")
    changed = await front.own.change_password("orlova", PASSWORD, NEW, browser)
    assert isinstance(changed, SignedIn)
    for secret in (here.secret, there.secret):
        assert await front.identity.session(secret) is None
    assert await front.identity.session(changed.secret) is not None
    offer = front.identity.offer("orlova")
    assert await front.own.drop_factor("orlova", "wrong", browser) == NotTaken("password")
    added = await front.own.add_factor("orlova", NEW, offer.sealed, front.code(offer), browser)
    assert isinstance(added, tuple)
    assert await front.own.factor("orlova") == 10
    assert isinstance(await front.own.drop_factor("orlova", NEW, browser), SignedIn)
    assert await front.own.factor("orlova") is None


async def test_an_open_desk_is_no_place_to_guess_the_password(front: Front) -> None:
    """Wrong ones are counted there too, and then nothing is changed even by the right one."""
    browser = Browser(WARD, secret=(await front.enter()).secret)
    for _ in range(5):
        assert await front.own.change_password("orlova", "wrong", NEW, browser) == NotTaken("password")
    assert await front.own.change_password("orlova", PASSWORD, NEW, browser) == NotTaken("shut")


async def test_where_a_second_factor_is_asked_for_it_is_not_dropped(front: Front) -> None:
    """A senior may set up another one, and have none no more."""
    await front.identity.put(Account("guseva", "Гусева М. Н.", Role.SUPERVISOR, None), PASSWORD)
    assert await front.own.drop_factor("guseva", PASSWORD, Browser(WARD)) == NotTaken("required")


async def test_wrong_codes_of_some_keep_nobody_else_from_theirs(front: Front) -> None:
    """Twenty people who are wrong five times each are twenty people, not one place: another's code is taken."""
    offer, _ = await with_factor(front)
    for number in range(ALLOWED[Guard.ADDRESS] // ALLOWED[Guard.PAIR]):
        user = f"wrong-{number}"
        await front.identity.put(replace(ORLOVA, user=user), PASSWORD)
        theirs = front.identity.offer(user)
        assert await front.identity.factors.take(user, theirs.sealed, front.code(theirs))
        came = await front.halfway(user)
        for _ in range(ALLOWED[Guard.PAIR]):
            await front.identity.give_code("000000", at(came))
    front.now += timedelta(seconds=30)
    assert isinstance(await front.identity.give_code(front.code(offer), at(await front.halfway())), SignedIn)
