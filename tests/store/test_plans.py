from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
import sqlalchemy as sa
from sqlalchemy.schema import CreateIndex, DropIndex

from bench.crowd import Crowd, coordinator
from bench.loading import Loader
from bench.postgres import Server
from marshrut.domain.guarding import Onlooker
from marshrut.domain.stuck import Why
from marshrut.domain.words import Role
from marshrut.ports import Area, CaseFilter, NoticeFilter, ReferralFilter, StepFilter, StuckFilter
from marshrut.store.database import Database
from marshrut.store.overview import SqlOverview
from marshrut.store.partners import SqlPartnerBook
from marshrut.store.queries import SqlQueries
from marshrut.store.staff import SqlStaff
from marshrut.store.stuck import SqlStuck
from marshrut.store.tables import metadata, referrals
from tests.fixtures.shipped import shipped
from tests.store.plans import faults, plan_of

NOW = datetime.now(UTC)
CATALOGUE = shipped()
RULES, ZONES = CATALOGUE.stuck_rules(), {code: ZoneInfo(zone) for code, zone in CATALOGUE.zones().items()}
HOSPITAL = "GKB29"
ANNA = coordinator(HOSPITAL, 1)
COORDINATOR = Onlooker(ANNA, Role.COORDINATOR)
ONE, SOME = frozenset({HOSPITAL}), frozenset({HOSPITAL, "SKLIF", "NIKIO"})
SCOPES = {"all": None, "one": ONE, "some": SOME}
DAY = timedelta(days=1)
Ask = Callable[[], Awaitable[object]]


class Lists:
    """Every list, over one database, as somebody sees it (None: who sees all that is in scope)."""

    def __init__(self, db: Database, who: Onlooker | None = None) -> None:
        self.db = db
        self.who = who
        self.queries = SqlQueries(db)
        self._partners = SqlPartnerBook(db)
        self._stuck, self._overview, self._staff = (
            SqlStuck(db, ZONES, RULES),
            SqlOverview(db, ZONES, RULES),
            SqlStaff(db),
        )

    def steps(self, scope: str, **which: Any) -> Ask:
        return lambda: self.queries.steps(StepFilter(SCOPES[scope], self.who, **which), limit=50, cursor=None)

    def cases(self, scope: str, **which: Any) -> Ask:
        return lambda: self.queries.cases(CaseFilter(SCOPES[scope], self.who, **which), limit=50, cursor=None)

    def referrals(self, scope: str, **which: Any) -> Ask:
        return lambda: self._partners.referrals(ReferralFilter(SCOPES[scope], self.who, **which), limit=50, cursor=None)

    def stuck(self, scope: str, **which: Any) -> Ask:
        return lambda: self._stuck.stuck(StuckFilter(SCOPES[scope], self.who, **which), NOW, limit=50, cursor=None)

    def notices(self, scope: str, role: Role = Role.SUPERVISOR, **which: Any) -> Ask:
        asked = NoticeFilter(SCOPES[scope], self.who, role, ANNA, NOW, **which)
        return lambda: self.queries.notifications(asked, limit=50, cursor=None)

    def picture(self, scope: str, **area: Any) -> Ask:
        return lambda: self._overview.picture(Area(SCOPES[scope], self.who, **area), NOW)

    def workload(self, scope: str, **area: Any) -> Ask:
        return lambda: self._overview.workload(Area(SCOPES[scope], self.who, **area), NOW)

    def loads(self) -> Ask:
        return lambda: self._staff.loads([ANNA], NOW)

    def held(self) -> Ask:
        return lambda: self._staff.held(ANNA)


# Lists of open work, each in every scope.
STUCK: tuple[dict[str, Any], ...] = (
    {},
    {"why": [Why.OVERDUE]},
    {"why": [Why.SILENT, Why.MEDICALLY_READY]},
    {"track": "documents"},
    {"role": "psychologist"},
    {"assignee": ANNA},
    {"assignee": "none"},
    {"hospital": HOSPITAL},
    {"hospital": HOSPITAL, "ward": "NEURO"},
    {"min_rank": 100},
)
INBOX: tuple[dict[str, Any], ...] = (
    *({"state": state} for state in ("live", "open", "claimed", "blocked")),
    *({"state": "live", **which} for which in ({"assignee": ANNA}, {"assignee": "none"}, {"role": "psychologist"})),
    {"state": "live", "mine": (ANNA, Role.COORDINATOR)},
    {"overdue_at": NOW, "mine": (ANNA, None)},
    {"state": "live", "hospital": HOSPITAL},
    {"state": "live", "hospital": HOSPITAL, "ward": "NEURO"},
    {"state": "live", "due_before": NOW},
    {"state": "live", "track": "documents", "opened_from": NOW - 7 * DAY, "opened_before": NOW - 3 * DAY},
    {"overdue_at": NOW},
    {"overdue_at": NOW, "assignee": ANNA},
    {"soon_at": NOW},
    {"soon_at": NOW, "track": "documents"},
    {"escalated_at": NOW},
)
CASES: tuple[dict[str, Any], ...] = (
    *({"state": state} for state in ("open", "paused", "live")),
    *({"state": "live", **which} for which in ({"owner": ANNA}, {"owner": "none"}, {"stage": "contact"})),
    {"state": "live", "hospital": HOSPITAL, "ward": "NEURO"},
    {"assignee": ANNA},
    {"assignee": "none"},
    {"medically_ready": True},
)
NOTICES: tuple[dict[str, Any], ...] = (
    {},
    {"acknowledged": False},
    {"hospital": HOSPITAL},
    {"urgent": True},
    {"since": NOW - DAY},
    {"role": Role.COORDINATOR, "acknowledged": False},
)
AREAS: tuple[dict[str, Any], ...] = ({}, {"hospital": HOSPITAL}, {"hospital": HOSPITAL, "ward": "NEURO"})


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def crowded_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database with far more cases that are over than are open."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        url = f"sqlite:///{shutil.copy(template, tmp_path_factory.mktemp('plans') / 'marshrut.db')}"
    else:
        server: Server = request.getfixturevalue("postgres_server")
        server.execute(f"CREATE DATABASE plans TEMPLATE {request.getfixturevalue('postgres_template')}")
        url = server.url("plans")
    crowd = Crowd(CATALOGUE, NOW)
    closed = [crowd.closed_case() for _ in range(100)]
    Loader(url).load([("closed", closed, 10_000), ("open", list(crowd.open_cases(200)), 400)])
    return url


async def asked_of_partners(db: Database) -> None:
    """What partners were asked for in years, of which a little is open."""
    hospitals, stands = ("GKB29", "SKLIF", "NIKIO", "GKB1"), ("requested", "on_hold", *["done"] * 60)
    rows = [
        {
            "item_id": f"c{number // 2}.referral.home_care.{number}",
            "case_id": f"c{number // 2}",
            "partner": f"partner-{number % 7}",
            "status": "done",
            "added_at": NOW - number * timedelta(hours=3),
            "alias": f"c{number // 2}.{number}",
            "hospital": hospitals[number % len(hospitals)],
            "person_id": f"p{number // 4}",
            "stands": stands[number % len(stands)],
            "moved_at": NOW - number * timedelta(hours=2),
        }
        for number in range(6000)
    ]
    async with db.write() as conn:
        await conn.execute(referrals.insert(), rows)
        if conn.dialect.name == "postgresql":
            await conn.execute(sa.text("ANALYZE referrals"))


@pytest_asyncio.fixture(scope="module")
async def lists(crowded_url: str) -> AsyncIterator[Lists]:
    """Every list, over such a database."""
    db = Database(crowded_url)
    await asked_of_partners(db)
    yield Lists(db)
    await db.close()


# Ranks are reckoned when they are asked for, so no index has their order. Few are: the steps of one age, the cases in
# which somebody has a step, what is somebody's own, and two pages of notices put together.
SORTED = ("stuck ", "picture ", "opened_from", "'mine'", "cases all {'assignee'", "cases some {'assignee'", "notices ")


def open_work(lists: Lists) -> Iterator[tuple[str, Ask]]:
    """Every list of open work, with its name: as a supervisor sees it, and as a coordinator does."""
    yield from _open_work(lists, "")
    yield from _open_work(Lists(lists.db, COORDINATOR), " of a coordinator's")


def _open_work(lists: Lists, whose: str) -> Iterator[tuple[str, Ask]]:
    makers: tuple[tuple[Any, tuple[dict[str, Any], ...]], ...] = (
        (lists.stuck, STUCK),
        (lists.steps, INBOX),
        (lists.cases, CASES),
        (lists.notices, NOTICES),
        (lists.picture, AREAS),
        (lists.workload, AREAS),
    )
    for maker, wanted in makers:
        for which in wanted:
            for scope in SCOPES:
                yield f"{maker.__name__} {scope} {which}{whose}", maker(scope, **which)
    yield "loads", lists.loads()
    yield "held", lists.held()


async def test_lists_of_open_work_walk_nothing_that_grows(lists: Lists) -> None:
    """Each finds its rows by an index that holds open work alone, and cuts its page off before anything is sorted."""
    wrong: list[tuple[str, object]] = []
    # PostgreSQL has statistics: what is little it rather sorts.
    sorting = lists.db.engine.dialect.name == "sqlite"
    for name, ask in open_work(lists):
        plan = await plan_of(lists.db, ask)
        sorts = sorting and plan.sorts and not any(part in name for part in SORTED)
        if found := faults(plan):
            wrong.append((name, found))
        if sorts:
            wrong.append((name, plan.text))
    assert not wrong, "\n".join(f"{name}: {what}" for name, what in wrong)


async def test_a_case_is_found_by_its_key(lists: Lists) -> None:
    """Nothing that a case's page asks costs more for all the other cases."""
    queries = lists.queries
    page = await queries.steps(StepFilter(None, None, state="live"), limit=1, cursor=None)
    row = page.items[0]
    for scope in SCOPES:
        for ask in (
            lambda: queries.case(row.case_id),
            lambda: queries.case_by_inquiry("0123456789AB"),
            lambda: queries.events(row.case_id, limit=200, cursor=None),
            lambda: queries.step(row.step.step_id),
            lambda: queries.of_person("somebody"),
            lambda: queries.private(["some", "commands"]),
            lambda: queries.notification(f"{row.case_id}/k"),
            lists.steps(scope, case_id=row.case_id),
            lists.steps(scope, case_id=row.case_id, state="live"),
        ):
            plan = await plan_of(lists.db, ask, empty=True)
            assert faults(plan) == [], plan.text


async def test_lists_of_everything_go_by_an_index(lists: Lists) -> None:
    """What is over is listed too: in the order of an index, so that a page ends it."""
    for scope in SCOPES:
        for ask in (
            lists.steps(scope),
            lists.steps(scope, state="done"),
            lists.steps(scope, assignee=ANNA),
            lists.cases(scope),
            lists.cases(scope, state="closed"),
            lists.cases(scope, owner=ANNA),
        ):
            plan = await plan_of(lists.db, ask)
            assert faults(plan, history=True) == [], plan.text
            assert not plan.sorts or lists.db.engine.dialect.name != "sqlite", plan.text


# By which index each list of referrals is found, of all hospitals and of one.
REFERRALS: tuple[tuple[dict[str, Any], str, str], ...] = (
    ({}, "referrals_asked", "referrals_asked_hospital"),
    ({"stands": {"done"}}, "referrals_asked", "referrals_asked_hospital"),
    ({"stands": {"requested", "on_hold"}}, "referrals_open", "referrals_open_hospital"),
    ({"asked_from": NOW - DAY, "asked_before": NOW}, "referrals_asked", "referrals_asked_hospital"),
    ({"moved_from": NOW - DAY}, "referrals_moved", "referrals_moved_hospital"),
    ({"moved_from": NOW - DAY, "stands": {"requested"}}, "referrals_moved", "referrals_moved_hospital"),
    ({"partners": {"partner-1"}}, "referrals_partner", "referrals_partner"),
    ({"partners": {"partner-1"}, "stands": {"requested"}}, "referrals_partner", "referrals_partner"),
    ({"partners": {"partner-1"}, "moved_from": NOW - DAY}, "referrals_moved_partner", "referrals_moved_partner"),
    ({"persons": {"p1"}}, "referrals_person", "referrals_person"),
    ({"persons": {"p1"}, "moved_before": NOW, "partners": {"partner-1"}}, "referrals_person", "referrals_person"),
    ({"case_ids": {"c1", "c2"}, "stands": {"requested"}}, "referrals_case", "referrals_case"),
    ({"aliases": {"c1.2", "c1.3"}, "case_ids": {"c1"}}, "referrals_alias", "referrals_alias"),
)


@pytest.mark.parametrize(("which", "index", "of_one"), REFERRALS, ids=[str(number) for number in range(len(REFERRALS))])
async def test_referrals_are_found_by_the_index_of_what_is_asked(
    lists: Lists, which: dict[str, Any], index: str, of_one: str
) -> None:
    """Each list goes by its own index, walks no more than it shows, and never sorts all that was ever asked for."""
    for scope in SCOPES:
        plan = await plan_of(lists.db, lists.referrals(scope, **which))
        if lists.db.engine.dialect.name == "sqlite":
            assert [access.index for access in plan.accesses] == [of_one if scope == "one" else index], plan.text
        else:
            assert faults(plan, history=True) == [], plan.text


async def test_of_a_persons_cases_the_newest_is_found_by_the_person(lists: Lists) -> None:
    """Listing each person once looks at that person's cases alone, for each that is listed."""
    for scope in SCOPES:
        plan = await plan_of(lists.db, lists.cases(scope, newest=True))
        assert faults(plan, history=True) == [], plan.text
        assert "cases_person" in plan.text


BITES: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("steps_stuck", "stuck", {}),
    ("cases_ready", "stuck", {}),
    ("steps_live", "steps", {"state": "live"}),
    ("steps_live_assignee", "steps", {"state": "live", "assignee": ANNA}),
    ("cases_alive", "cases", {"state": "live"}),
    ("cases_alive_owner", "cases", {"state": "live", "owner": ANNA}),
    ("notifications_role", "notices", {}),
)


@pytest.mark.parametrize(("index", "name", "which"), BITES, ids=[each[0] for each in BITES])
async def test_a_list_without_its_index_is_noticed(lists: Lists, index: str, name: str, which: dict[str, Any]) -> None:
    """Take an index away, and the list that lives by it walks or sorts what it must not."""
    ask = getattr(lists, name)("all", **which)
    assert faults(await plan_of(lists.db, ask)) == []
    (found,) = [each for table in metadata.tables.values() for each in table.indexes if each.name == index]
    async with lists.db.write() as conn:
        await conn.execute(DropIndex(found))
    try:
        plan = await plan_of(lists.db, ask)
    finally:
        async with lists.db.write() as conn:
            await conn.execute(CreateIndex(found))
    assert faults(plan) or plan.sorts, plan.text
