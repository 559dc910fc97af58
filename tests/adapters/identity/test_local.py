from __future__ import annotations

import asyncio
import itertools
from datetime import timedelta
from operator import attrgetter
from unittest.mock import patch

import pytest
import sqlalchemy as sa
from argon2 import Parameters, extract_parameters

from marshrut.adapters.identity import passwords
from marshrut.domain.signing_in import ALLOWED, FIRST_WAIT, FORGOTTEN, IDLE, LONGEST, LONGEST_WAIT, Guard
from marshrut.domain.words import Role
from marshrut.ports import Account, Browser, Language, NotSignedIn, NotTaken, SealedAccount, SignedIn, Unavailable
from marshrut.store.accounts import SqlAccounts
from marshrut.store.database import Database
from marshrut.store.sessions import SqlSessions
from marshrut.store.tables import accounts, sessions, sign_in_tries
from tests.adapters.identity.front import ORLOVA, PASSWORD, WARD, Front


@pytest.fixture
async def front(db: Database) -> Front:
    """Somebody has an account."""
    made = Front(db)
    await made.identity.put(ORLOVA, PASSWORD)
    return made


async def test_a_session_is_whoever_the_account_says_and_ends_when_it_says_otherwise(front: Front) -> None:
    """Signed in, a person has the role and hospitals of their account; for other ones they sign in anew."""
    entered = await front.enter(" Orlova ")
    assert (entered.session.caller, entered.session.name) == (ORLOVA.caller, "Орлова Е. В.")
    await front.identity.put(Account("orlova", "Орлова-Ким Е. В.", ORLOVA.role, ORLOVA.hospitals), None)
    now = await front.identity.session(entered.secret)
    assert now is not None
    assert now.name == "Орлова-Ким Е. В."
    await front.identity.put(Account("orlova", "Орлова Е. В.", Role.SUPERVISOR, None), None)
    assert await front.identity.session(entered.secret) is None
    assert (await front.enter()).session.caller.role is Role.SUPERVISOR


async def test_whoever_signs_out_is_shut_or_gets_a_new_password_is_out_at_once(front: Front) -> None:
    """Sessions stand at the server: each of these ends them, and the browser's secret is worth nothing."""
    entered = await front.enter()
    await front.identity.sign_out(entered.secret)
    assert await front.identity.session(entered.secret) is None
    entered = await front.enter()
    await front.identity.put(ORLOVA, "another-password")
    assert await front.identity.session(entered.secret) is None
    entered = await front.enter(password="another-password")
    await front.identity.put(Account("orlova", "Орлова", Role.COORDINATOR, None, active=False), None)
    assert await front.identity.session(entered.secret) is None
    assert (await front.refused(password="another-password")).left == ALLOWED[Guard.PAIR] - 1


async def test_a_session_ends_when_it_is_not_used_and_after_a_shift(front: Front) -> None:
    """Thirty minutes without a page, or twelve hours with one: then one signs in again; a look is no use."""
    entered = await front.enter()
    begun = front.now
    while front.now - begun < LONGEST - IDLE:
        front.now += IDLE - timedelta(minutes=2)
        assert await front.identity.session(entered.secret) is not None
    front.now = begun + LONGEST
    assert await front.identity.session(entered.secret) is None
    entered = await front.enter()
    front.now += IDLE - timedelta(seconds=1)
    assert await front.identity.session(entered.secret, used=False) is not None
    front.now += timedelta(seconds=1)
    assert await front.identity.session(entered.secret) is None


async def test_who_is_signed_in_reads_on_while_nothing_can_be_written(front: Front) -> None:
    """A database that is busy writing refuses no page: that it was used is written with a later one."""
    entered = await front.enter()

    class Busy(SqlSessions):
        async def seen(self, *_: object) -> None:
            raise Unavailable("sql")

    front.now += IDLE / 2
    front.identity.lasting._sessions = Busy(front.db)
    assert await front.identity.session(entered.secret) is not None
    front.identity.lasting._sessions = SqlSessions(front.db)
    assert await front.identity.session(entered.secret) is not None
    front.now += IDLE / 2 + timedelta(minutes=1)
    assert await front.identity.session(entered.secret) is not None


async def test_five_wrong_passwords_shut_the_door_for_this_user_from_this_place(front: Front) -> None:
    """Each wrong one says how many are left; then also the right one is refused, for a minute."""
    told = [(await front.refused()).left for _ in range(5)]
    assert told == [4, 3, 2, 1, 0]
    shut = await front.refused(password=PASSWORD)
    assert shut.until == front.now + FIRST_WAIT
    await front.enter(address="10.0.0.8")
    front.now += FIRST_WAIT
    await front.enter()
    assert (await front.refused()).left == 4


async def test_whoever_goes_on_guessing_waits_longer_each_time(front: Front) -> None:
    """A minute at first, then longer with each guess, up to a quarter of an hour; in some hours all is forgotten."""
    for _ in range(4):
        await front.refused()
    waits = []
    for _ in range(6):
        until = (await front.refused()).until
        assert until is not None
        waits.append(until - front.now)
        assert (await front.refused(password=PASSWORD)).until == until
        front.now = until
    assert waits[0] == FIRST_WAIT
    assert all(sooner < later for sooner, later in itertools.pairwise(waits))
    assert 6 * FIRST_WAIT < waits[-1] <= LONGEST_WAIT
    front.now += 3 * FORGOTTEN
    assert (await front.refused()).left == 4


async def test_nobody_is_kept_from_their_own_computer_by_others_who_guess(front: Front) -> None:
    """A browser that she has signed in with is counted by itself: a day of guessing elsewhere shuts it never."""
    known = (await front.enter()).known
    for number in range(31):
        await front.identity.sign_in("orlova", "wrong", WARD if number < 5 else f"10.2.1.{number}")
    assert (await front.refused(password=PASSWORD)).until is not None
    assert (await front.refused(password=PASSWORD, address="10.9.0.1")).until is not None
    await front.enter(known=known)
    # It is no way around the limit: it has one of its own, and is known for her alone.
    assert [(await front.refused(known=known)).left for _ in range(5)] == [4, 3, 2, 1, 0]
    assert (await front.refused(password=PASSWORD, known=known)).until is not None
    await front.identity.put(Account("guseva", "Гусева", Role.SUPERVISOR, None), PASSWORD)
    for number in range(ALLOWED[Guard.USER]):
        await front.refused("guseva", address=f"10.4.0.{number}")
    assert (await front.refused("guseva", PASSWORD, "10.5.0.1", known)).until is not None


@pytest.mark.parametrize("forged", ["", "x", "a.b.c", "x.99999999999999999999.y", "x.1.y", "~~~", "é.1.é"])
async def test_a_browser_that_says_it_is_known_and_is_not_is_like_any_other(front: Front, forged: str) -> None:
    """What only we can have written is believed, as long as it is written so, and no longer than half a year."""
    for number in range(ALLOWED[Guard.USER]):
        await front.refused(address=f"10.6.0.{number}")
    assert (await front.refused(password=PASSWORD, address="10.7.0.1", known=forged)).until is not None


async def test_a_ward_computer_is_several_peoples(front: Front) -> None:
    """Whoever signs in is known there beside those before them."""
    await front.identity.put(Account("guseva", "Гусева", Role.SUPERVISOR, None), PASSWORD)
    first = (await front.enter()).known
    both = (await front.enter("guseva", known=first)).known
    for user in ("orlova", "guseva"):
        for number in range(ALLOWED[Guard.USER]):
            await front.refused(user, address=f"10.8.0.{number}")
        await front.enter(user, known=both)


async def test_each_way_in_gives_another_secret_and_ends_the_one_before(front: Front) -> None:
    """A secret that somebody planted, or had before, is none after signing in (session fixation)."""
    first = await front.enter()
    again = await front.identity.sign_in("orlova", PASSWORD, WARD, Browser(WARD, secret=first.secret))
    assert isinstance(again, SignedIn)
    assert again.secret != first.secret
    assert await front.identity.session(first.secret) is None
    planted = await front.identity.sign_in("orlova", PASSWORD, WARD, Browser(WARD, secret="planted"))
    assert isinstance(planted, SignedIn)
    assert await front.identity.session("planted") is None


async def test_where_one_is_signed_in_is_shown_and_ended(front: Front) -> None:
    """Her sessions, the last one first; one of them ended by its handle, or all but this one; nobody else's."""
    here, there = await front.enter(), await front.enter(address="10.0.0.8")
    await front.identity.put(Account("guseva", "Гусева", Role.SUPERVISOR, None), PASSWORD)
    hers = await front.enter("guseva")
    seen = await front.identity.sessions_of("orlova")
    assert {each.handle for each in seen} == {here.session.id, there.session.id}
    assert not await front.identity.end_session("orlova", hers.session.id)
    assert await front.identity.end_session("orlova", there.session.id)
    assert await front.identity.session(there.secret) is None
    await front.enter()
    assert await front.identity.end_sessions("orlova", but=here.secret) == 1
    assert await front.identity.session(here.secret) is not None
    assert await front.identity.session(hers.secret) is not None


async def test_who_is_not_there_is_refused_like_who_is(front: Front) -> None:
    """A stranger, a shut account and a wrong password get the same answers for the same work: a hash as dear as any."""
    await front.identity.put(Account("shut", "Ушла", Role.COORDINATOR, None, active=False), PASSWORD)
    dear: dict[str, list[Parameters]] = {"orlova": [], "shut": [], "nobody": [], "<script>": []}
    for number in range(4):
        for user, hashes in dear.items():
            with patch.object(passwords, "HASHER", wraps=passwords.HASHER) as hasher:
                assert (await front.refused(user, address=f"10.1.0.{number}")).left == 4
            hashes += [extract_parameters(known) for known, _ in map(attrgetter("args"), hasher.verify.mock_calls)]
    there, *others = dear.values()
    assert len(there) == 4
    assert others == [there] * 3
    for _ in range(4):
        await front.refused("nobody")
    assert (await front.refused("nobody")).until == front.now + FIRST_WAIT


async def test_guessing_from_many_places_meets_a_limit_of_the_user(front: Front) -> None:
    """Whoever changes address with every guess is stopped as well; others sign in meanwhile."""
    for number in range(ALLOWED[Guard.USER]):
        await front.refused(address=f"10.2.0.{number}")
    assert (await front.refused(password=PASSWORD, address="10.3.0.1")).until is not None
    await front.identity.put(Account("guseva", "Гусева", Role.SUPERVISOR, None), PASSWORD)
    await front.enter("guseva")


async def test_guesses_at_once_are_counted_one_by_one(front: Front) -> None:
    """Thirty guesses in the same moment are thirty: no more than five passwords were looked at."""
    told = await asyncio.gather(*(front.refused() for _ in range(30)))
    assert sorted((each.left for each in told), reverse=True)[:5] == [4, 3, 2, 1, 0]
    assert sum(each.until is not None for each in told) == 26


async def test_an_access_token_signs_in_for_as_long_as_it_is_good(front: Front) -> None:
    """The second way: the session has the token's role and hospitals, and ends when the token does."""
    token = front.tokens.issue("anna", Role.DOCTOR, ("GKB29",), valid=timedelta(minutes=20))
    entered = await front.identity.sign_in_with_token(f" {token}\n", WARD)
    assert isinstance(entered, SignedIn)
    assert (entered.session.caller.user, entered.session.caller.role) == ("anna", Role.DOCTOR)
    front.now += timedelta(minutes=20)
    assert await front.identity.session(entered.secret) is None
    assert isinstance(await front.identity.sign_in_with_token(token, WARD), NotSignedIn)


async def test_neither_names_nor_passwords_nor_secrets_can_be_read_in_sql(front: Front) -> None:
    """What a copy of the database tells: hashes and sealed names; no password, no secret, no address."""
    entered = await front.enter()
    await front.refused("guseva")
    async with front.db.read() as conn:
        rows = [
            str(row)
            for table in (accounts, sessions, sign_in_tries)
            for row in (await conn.execute(sa.select(table))).all()
        ]
    assert len(rows) > 3
    for told in ("Орлова", PASSWORD, entered.secret, WARD, "guseva"):
        assert not any(told in row for row in rows)
    assert any("$argon2id$" in row for row in rows)


async def test_names_and_languages_are_kept(front: Front) -> None:
    """A colleague's code has a name to show; a language that was chosen is there at the next sign-in."""
    assert await front.identity.names() == {"orlova": "Орлова Е. В."}
    await front.identity.speak("orlova", Language.EN)
    await front.identity.speak("nobody", Language.EN)
    assert (await front.enter()).session.language is Language.EN
    await front.identity.put(Account("guseva", "Гусева М. Н.", Role.SUPERVISOR, None), PASSWORD)
    front.now += timedelta(minutes=1)
    assert set(await front.identity.names()) == {"orlova", "guseva"}


async def test_wrong_tokens_elsewhere_shut_the_second_way_for_nobody_else(front: Front) -> None:
    """Nobody guesses a token; so whoever sends wrong ones from anywhere keeps no one from theirs."""
    for number in range(ALLOWED[Guard.USER] + 1):
        assert isinstance(await front.identity.sign_in_with_token("wrong", f"10.2.0.{number}"), NotSignedIn)
    token = front.tokens.issue("anna", Role.DOCTOR, ("GKB29",), valid=timedelta(minutes=20))
    assert isinstance(await front.identity.sign_in_with_token(token, WARD), SignedIn)
    for _ in range(ALLOWED[Guard.PAIR]):
        await front.identity.sign_in_with_token("wrong", WARD)
    shut = await front.identity.sign_in_with_token(token, WARD)
    assert isinstance(shut, NotSignedIn)
    assert shut.until is not None


async def test_a_household_of_version_6_is_one_address(front: Front) -> None:
    """It has more addresses than anybody counts: guessing from each of them is guessing from one place."""
    told = [(await front.refused(address=f"2001:db8:0:1::{number:x}")).left for number in range(5)]
    assert told == [4, 3, 2, 1, 0]
    assert (await front.refused(password=PASSWORD, address="2001:db8:0:1:ffff::1")).until is not None
    await front.enter(address="2001:db8:0:2::1")


@pytest.mark.parametrize("how", ["password", "language"])
async def test_whoever_is_shut_out_stays_out_whatever_they_change_in_that_moment(
    front: Front, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A change that was under way when the account was shut does not open it again."""
    here, read = await front.enter(), SqlAccounts.account
    overtaken = False

    async def meanwhile(self: SqlAccounts, user: str) -> SealedAccount | None:
        nonlocal overtaken
        known = await read(self, user)
        if not overtaken:
            overtaken = True
            await front.kept.let_in(ORLOVA, active=False)
        return known

    monkeypatch.setattr(SqlAccounts, "account", meanwhile)
    if how == "language":
        await front.identity.speak("orlova", Language.EN)
    else:
        browser = Browser(WARD, secret=here.secret)
        changed = await front.own.change_password("orlova", PASSWORD, "another-teapot-19", browser)
        assert isinstance(changed, NotTaken)
    if not overtaken:  # where nothing is read nothing can be overtaken
        await front.kept.let_in(ORLOVA, active=False)
    monkeypatch.undo()
    await front.refused(password=PASSWORD)
    account = await front.identity.account("orlova")
    assert account is not None
    assert not account.active


async def test_a_token_opens_nothing_for_whoever_is_shut_out_here(front: Front) -> None:
    """Neither the API nor the pages, nor a page that they have open by it."""
    token = front.tokens.issue("orlova", Role.COORDINATOR, ("GKB29",), valid=timedelta(hours=1))
    entered = await front.identity.sign_in_with_token(token, WARD)
    assert isinstance(entered, SignedIn)
    assert await front.bearers.caller(token) == ORLOVA.caller
    await front.kept.let_in(ORLOVA, active=False)
    assert await front.bearers.caller(token) is None
    assert await front.identity.session(entered.secret) is None
    assert isinstance(await front.identity.sign_in_with_token(token, WARD), NotSignedIn)
