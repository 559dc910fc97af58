from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from bench.postgres import Server
from marshrut.domain.events import CaseOpened
from marshrut.domain.ids import alias
from marshrut.store.database import Database
from marshrut.store.migrate import OldCases, current, head, upgrade
from marshrut.store.queries import SqlQueries
from marshrut.store.tables import cases, commands, metadata, outbox, persons, referrals, steps
from tests.fixtures.cases import NOON
from tests.store.stories import admit


async def test_migrations_make_the_tables_that_the_code_means(db: Database) -> None:
    """Alembic finds no difference between a migrated database and the metadata."""

    def differences(connection: sa.Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata))

    async with db.read() as conn:
        assert await conn.run_sync(differences) == []


async def test_partial_indexes_cover_the_states_that_the_code_means(db: Database) -> None:
    """Alembic does not compare an index's condition, so the state that it names is compared here."""

    def migrated(connection: sa.Connection, table: sa.Table) -> dict[str | None, list[str]]:
        where = f"{connection.dialect.name}_where"
        indexes = sa.inspect(connection).get_indexes(table.name)
        return {index["name"]: named_state(index["dialect_options"].get(where)) for index in indexes}

    def meant(table: sa.Table, dialect: str) -> dict[str | None, list[str]]:
        return {str(index.name): named_state(index.dialect_options[dialect]["where"]) for index in table.indexes}

    async with db.read() as conn:
        for table, partial in ((commands, 10), (outbox, 2), (cases, 3), (steps, 8), (referrals, 8)):
            found = await conn.run_sync(migrated, table)
            expected = meant(table, conn.dialect.name)
            assert {name: found[name] for name in expected} == expected
            assert sum(map(len, expected.values())) == partial


def named_state(condition: object) -> list[str]:
    """The words that a condition quotes."""
    return re.findall(r"'(\w+)'", str(condition))


async def test_upgrading_twice_changes_nothing(database_url: str) -> None:
    """An upgrade of what is up to date is harmless, and the revision is the newest."""
    await upgrade(database_url)
    assert await current(database_url) == head()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def bare_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without a schema."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'bare.db'}"
        return
    server: Server = request.getfixturevalue("postgres_server")
    server.execute("CREATE DATABASE bare")
    yield server.url("bare")
    server.execute("DROP DATABASE bare WITH (FORCE)")


OLD_CASE = """
INSERT INTO cases (case_id, hospital, person_id, stage, state, seq, admitted_at, opened_at, snapshot)
VALUES ('c', 'h', 'p', 'contact', 'open', 1, '2026-03-02T12:00:00+00:00', '2026-03-02T12:00:00+00:00', '{}')
"""


async def test_cases_of_the_earlier_form_stop_the_upgrade(bare_url: str) -> None:
    """A database of the first revision that holds a case is refused and stays as it was; an empty one is carried on."""
    await upgrade(bare_url, "0001")
    db = Database(bare_url)
    async with db.write() as conn:
        await conn.execute(sa.text(OLD_CASE))
    with pytest.raises(OldCases) as refused:
        await upgrade(bare_url)
    assert (refused.value.count, await current(bare_url)) == (1, "0001")
    async with db.write() as conn:
        assert await conn.scalar(sa.text("SELECT case_id FROM cases")) == "c"
        await conn.execute(sa.text("DELETE FROM cases"))
    await upgrade(bare_url)
    assert await current(bare_url) == head()
    await db.close()


OPENED = """
INSERT INTO journal (case_id, seq, kind, recorded_at, occurred_at, actor, role, body)
VALUES ('c', 1, 'case_opened', '2026-03-02T12:00:00+00:00', '2026-03-02T12:00:00+00:00', 'his', 'integrator', :body)
"""


CARRIED = """
INSERT INTO cases (case_id, hospital, person_id, stage, state, seq, admitted_at, opened_at, snapshot, quiet_since)
VALUES (:id, 'h', 'p', 'contact', :state, 1, :at, :at, '{}', :at)
"""
CARRIED_STEP = """
INSERT INTO steps (step_id, case_id, hospital, track, name, role, state, mandatory, opened_at, blocked, still, body,
                   late_at, stuck_at)
VALUES (:id, :case, 'h', 'contact', 'first_contact', 'coordinator', 'open', true, :at, false, false, :body, :at, :at)
"""


async def test_what_rows_say_of_open_work_is_carried_over(bare_url: str) -> None:
    """Onsets become numbers, a step keeps when it turns amber, and in a case that is paused nothing holds it up."""
    await upgrade(bare_url, "0012")
    amber = NOON - timedelta(hours=5)
    body = json.dumps({"clock": {"times": {"amber_at": amber.isoformat()}}})
    db = Database(bare_url)
    sqlite = db.engine.dialect.name == "sqlite"
    at = NOON.isoformat(timespec="microseconds") if sqlite else NOON
    async with db.write() as conn:
        for name, state in (("c", "open"), ("d", "paused")):
            await conn.execute(sa.text(CARRIED), {"id": name, "state": state, "at": at})
            await conn.execute(sa.text(CARRIED_STEP), {"id": f"{name}.s", "case": name, "body": body, "at": at})
    await upgrade(bare_url)
    columns = (steps.c[name] for name in ("step_id", "late_at", "stuck_at", "amber_at", "unowned_at"))
    async with db.read() as conn:
        rows = (await conn.execute(sa.select(*columns).order_by(steps.c.step_id))).all()
        quiet = (await conn.execute(sa.select(cases.c.quiet_since))).scalars().all()
        kept = await conn.scalar(sa.text("SELECT late_at FROM steps WHERE step_id = 'c.s'"))
    assert rows == [("c.s", NOON, NOON, amber, None), ("d.s", None, None, None, None)]
    assert (quiet, kept) == ([NOON, NOON], int(NOON.timestamp() * 1_000_000))
    await db.close()


async def test_what_partners_were_asked_for_is_read_off_the_cases(bare_url: str) -> None:
    """Referrals of the cases that are there are found after the upgrade; of a merged case as merged, and nowhere."""
    await upgrade(bare_url, "0018")
    item = {"item_id": "i", "kind": "referral", "status": "requested", "added_at": NOON.isoformat()}
    need = {"item_id": "n", "kind": "need", "status": "agreed", "added_at": NOON.isoformat()}
    held = {"partner": "school", "on_hold": "requested"}
    snapshot = {"hospital": "h", "person": "p", "items": {"i": {**item, "facts": held}, "n": need}}
    db = Database(bare_url)
    at = NOON.isoformat(timespec="microseconds") if db.engine.dialect.name == "sqlite" else NOON
    insert = sa.text(
        "INSERT INTO cases (case_id, hospital, person_id, stage, state, seq, admitted_at, opened_at, snapshot) "
        "VALUES (:id, 'h', 'p', 'contact', 'open', 1, :at, :at, :snapshot)"
    )
    async with db.write() as conn:
        await conn.execute(insert, {"id": "c", "at": at, "snapshot": json.dumps(snapshot)})
        moved = {"items": {"j": {**item, "item_id": "j", "facts": {"partner": "school"}}}, "merged_into": "c"}
        await conn.execute(insert, {"id": "d", "at": at, "snapshot": json.dumps(moved)})
    await upgrade(bare_url)
    columns = [referrals.c[name] for name in ("item_id", "case_id", "partner", "status", "hospital", "stands", "alias")]
    async with db.read() as conn:
        rows = (await conn.execute(sa.select(*columns).order_by(referrals.c.item_id))).all()
    assert rows == [
        ("i", "c", "school", "requested", "h", "on_hold", alias("i")),
        ("j", "d", "school", "merged", None, "requested", alias("j")),
    ]
    await db.close()


async def test_childrens_cases_that_are_there_are_guarded(bare_url: str) -> None:
    """After the upgrade a child's case is guarded, an enquiry about one is not, and it is known who did a step."""
    await upgrade(bare_url, "0034")
    db = Database(bare_url)
    at = NOON.isoformat(timespec="microseconds") if db.engine.dialect.name == "sqlite" else NOON
    insert = sa.text(
        "INSERT INTO cases (case_id, hospital, person_id, stage, state, seq, admitted_at, opened_at, snapshot,"
        " variants) VALUES (:id, 'h', 'p', 'contact', :state, 1, :at, :at, :snapshot, :variants)"
    )
    step = sa.text(
        "INSERT INTO steps (step_id, case_id, hospital, track, name, role, state, mandatory, opened_at, blocked, still,"
        " body) VALUES (:id, :case, 'h', 'contact', 'x', 'coordinator', 'done', true, :at, false, false, :body)"
    )
    body = json.dumps({"done_by": "anna"})
    async with db.write() as conn:
        for name, state, via, variants in (
            ("a", "open", "admission", " adult "),
            ("b", "open", "admission", " child "),
            ("c", "closed", "referral", " child "),
            ("d", "open", "enquiry", " child "),
        ):
            told = {"snapshot": json.dumps({"via": via}), "variants": variants}
            await conn.execute(insert, {"id": name, "state": state, "at": at, **told})
            await conn.execute(step, {"id": f"{name}.s", "case": name, "at": at, "body": body})
    await upgrade(bare_url)
    async with db.read() as conn:
        guarded = (await conn.execute(sa.select(cases.c.case_id, cases.c.guarded).order_by(cases.c.case_id))).all()
        did = (await conn.execute(sa.select(steps.c.case_id, steps.c.done_by).order_by(steps.c.case_id))).all()
    assert guarded == [("a", None), ("b", "child"), ("c", "child"), ("d", None)]
    assert did == [(name, "anna") for name in "abcd"]
    await db.close()


async def test_cases_of_the_first_procedure_stop_the_upgrade(bare_url: str) -> None:
    """A database with a case whose procedure no code follows any more is refused and stays as it was."""
    await upgrade(bare_url, "0006")
    db = Database(bare_url)
    body = CaseOpened(
        hospital="GKB29", person="p", admitted_at=NOON, emergency=True, procedure=1, catalogue="base"
    ).model_dump_json()
    async with db.write() as conn:
        await conn.execute(sa.text(OPENED), {"body": body})
    with pytest.raises(OldCases) as refused:
        await upgrade(bare_url)
    assert (refused.value.count, await current(bare_url)) == (1, "0006")
    async with db.write() as conn:
        await conn.execute(sa.text("DELETE FROM journal"))
    await upgrade(bare_url)
    assert await current(bare_url) == head()
    await db.close()


TOLD = """
INSERT INTO commands (number, id, kind, source, fingerprint, actor, role, hospital, type, body, private, received_at,
    state, details, attempts)
VALUES (:number, :id, 'message', 's', :id, 'his', 'integrator', 'h1', 'admit', :body, :private,
    '2026-03-02T12:00:00.000000+00:00', 'done', '{}', 0)
"""


async def test_whom_earlier_commands_told_about_stays_known(bare_url: str) -> None:
    """The registry of before goes on: an admission's word, and a referral's, which is hearsay."""
    await upgrade(bare_url, "0009")
    db = Database(bare_url)
    async with db.write() as conn:
        for number, via in ((1, "admission"), (2, "referral")):
            body = admit().model_copy(update={"via": via}).model_dump_json()
            told = {"number": number, "id": via, "body": body, "private": via.encode()}
            await conn.execute(sa.text(TOLD), told)
            row = {"person": f"by {via}", "number": number}
            await conn.execute(sa.text("INSERT INTO persons (person_id, number) VALUES (:person, :number)"), row)
    await upgrade(bare_url)
    known = await SqlQueries(db).person_records(["by admission", "by referral"])
    assert known == {f"by {via}": [(via, via.encode())] for via in ("admission", "referral")}
    async with db.read() as conn:
        rows = (await conn.execute(sa.select(persons.c.told_at, persons.c.hearsay).order_by(persons.c.number))).all()
    assert [tuple(row) for row in rows] == [(NOON, False), (NOON, True)]
    await db.close()


async def test_no_two_cases_have_the_same_code(db: Database) -> None:
    """A code that applicants ask by is one case's."""
    async with db.write() as conn:
        for name in ("c", "d"):
            await conn.execute(sa.text(OLD_CASE.replace("'c'", f"'{name}'")))
        await conn.execute(sa.text("UPDATE cases SET inquiry = '0123456789AB' WHERE case_id = 'c'"))
    with pytest.raises(sa.exc.IntegrityError):
        async with db.write() as conn:
            await conn.execute(sa.text("UPDATE cases SET inquiry = '0123456789AB'"))


async def test_an_empty_database_is_not_ready(tmp_path: Path) -> None:
    """Before the first migration there is no revision, and nothing may be served."""
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    assert await current(url) is None
    db = Database(url)
    assert not await SqlQueries(db).ready()
    await upgrade(url)
    assert await SqlQueries(db).ready()
    await db.close()


async def test_another_revision_is_not_ready(db: Database) -> None:
    """Code and schema of different age do not work together."""
    queries = SqlQueries(db)
    assert await queries.ready()
    async with db.write() as conn:
        await conn.execute(sa.text("UPDATE alembic_version SET version_num = '0000'"))
    assert not await queries.ready()
