"""Nothing is lost and nothing happens twice, whatever is handed over, repeated or away; on a real server."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4
from zlib import crc32

import pytest

from marshrut.domain import commands as c
from marshrut.domain import events as e
from marshrut.domain.evolve import fold
from marshrut.domain.ladder import SPREAD_S
from marshrut.domain.refusal import Refused
from marshrut.domain.slice import Slice
from marshrut.domain.words import Report
from marshrut.ports import JourneyGone, Unavailable
from tests.fixtures.cases import ANNA, BORIS, CATALOGUE, DAY, HIS, HOUR, OLGA, PAVEL, admission, command
from tests.fixtures.engine import Patient, Ward, eventually

# A journey with everything in it: repetition, waiting, a race won by the hospital, rungs, notices.
STORY: tuple[tuple[str, dict[str, Any]] | c.CommandBody | timedelta, ...] = (
    ("contact.first_contact", {"result": "unconscious"}),
    13 * HOUR,
    ("contact.first_contact", {"result": "contacted"}),
    c.AddStep(role=OLGA.role, mandatory=True),
    ("contact.home_safety", {"result": "dependant"}),
    30 * HOUR,
    ("contact.consent_record", {"result": "given"}),
    ("assessment.life_survey", {"result": "complete"}),
    ("assessment.documents_check", {"result": "missing", "missing": ("passport", "snils")}),
    ("assessment.function_scale", {"result": "scored", "score": 55}),
    ("assessment.needs_agree", {"result": "agreed", "needs": ("urgent_help", "home_care")}),
    ("route.route_draft", {"result": "drafted"}),
    ("route.route_offer", {"result": "accepted"}),
    ("services.need_application", {"result": "filed"}),
    ("services.urgent_services", {"result": "act_signed"}),
    c.ReportFact(report=Report.DISCHARGED),
    c.ReportFact(report=Report.DISCHARGE_CANCELLED),
    c.ReportFact(report=Report.DISCHARGED),
    ("discharge.arrival_confirm", {"result": "unknown"}),
    ("discharge.arrival_confirm", {"result": "confirmed", "received_by": "relatives"}),
    73 * HOUR,
    ("followup.call_72h", {"result": "problem"}),
    ("followup.problem_solve", {"result": "solved"}),
    25 * HOUR,
    ("followup.call_72h", {"result": "well"}),
    3 * DAY,
    ("followup.check_7d", {"result": "readmitted"}),
    ("followup.case_close", {"result": "closed"}),
    DAY,
)


async def live_through(patient: Patient) -> None:
    """Tell a journey the story, settled after each word so that effects come where they came before."""
    await patient.admit(command(admission(admitted_at=datetime.now(UTC)), HIS, id="admitted"))
    for number, told in enumerate(STORY):
        await patient.settled()
        match told:
            case timedelta():
                await patient.sleep(told)
            case (name, outcome):
                body = c.Complete(step_id=await patient.step(name), outcome=outcome)
                await patient.tell(body, OLGA, id=f"{patient.case_id}.{number}")
            case body:
                await patient.tell(body, OLGA, id=f"{patient.case_id}.{number}")
    await patient.settled()


# An instant, in values and in names.
VARIES = re.compile(r"\d{4}-?\d\d-?\d\dT[\d:.]*(Z|[+]00:00)")


def plain(patient: Patient) -> list[str]:
    """A journal without what differs between any two cases: whose it is, when things were, and who was late.

    The server that skips time goes too far now and then, so that a rung comes in one case before the patience of the
    other is over; where time does what it is told (tests/workflows/properties) the rungs are compared too.
    """
    told = [event.body.model_dump_json() for event in patient.journal if not _of_the_ladder(event.body)]
    return [VARIES.sub("*", body.replace(patient.case_id, "case")) for body in told]


async def test_handing_over_does_not_show(calm_ward: Ward) -> None:
    """With a hand-over after every command a journey tells the same journal, event by event, as in one long run."""
    long = spread_alike(calm_ward, commands=10_000, quiet_s=3600)
    short = spread_alike(calm_ward, commands=1, quiet_s=0)
    await asyncio.gather(live_through(long), live_through(short))
    assert len(await long.histories()) == 1
    assert plain(short) == plain(long)
    commands = sum(not isinstance(told, timedelta) for told in STORY)
    assert len(await short.histories()) > commands
    assert {"step_escalated", "people_told"} <= set(short.kinds)
    assert "race_won" in short.kinds


def _of_the_ladder(body: e.Body) -> bool:
    rung = isinstance(body, e.PeopleTold) and body.occasion.startswith("rung.")
    return rung or isinstance(body, e.StepEscalated)


def spread_alike(ward: Ward, catalogue: Slice = CATALOGUE, /, **limits: float) -> Patient:
    """A case whose people are told on the stroke of a team's opening, as are those of every other one made here."""
    while crc32((patient := ward.patient(catalogue, **limits)).case_id.encode()) % SPREAD_S:
        pass
    return patient


async def test_a_long_run_hands_over_when_the_server_asks(ward: Ward) -> None:
    """A run whose history grows long hands over by itself, whatever its limits say."""
    patient = ward.patient(commands=10_000, quiet_s=0.05)
    await patient.admit()
    step_id = await patient.step("contact.first_contact")
    for _ in range(25):
        await patient.tell(c.Comment(step_id=step_id), ANNA)
    await patient.sleep(HOUR)

    async def runs() -> bool:
        return len(await patient.histories()) > 1

    assert await eventually(runs)
    assert patient.kinds.count("step_commented") == 25


async def test_no_run_lasts_for_ever_under_load(ward: Ward) -> None:
    """A run that is never quiet hands over all the same once it has had three times its commands."""
    patient = ward.patient(commands=2, quiet_s=3600)
    await patient.admit()
    step_id = await patient.step("contact.first_contact")
    for _ in range(14):
        await patient.tell(c.Comment(step_id=step_id), ANNA)
    await patient.settled()
    assert len(await patient.histories()) >= 3
    assert patient.kinds.count("step_commented") == 14


@pytest.mark.parametrize("limits", [{}, {"commands": 1, "quiet_s": 0}], ids=["long", "short"])
async def test_a_repeated_command_is_answered_again(ward: Ward, limits: dict[str, float]) -> None:
    """Whoever repeats a command gets what SQL still lacks, in the same run or a later one, and nothing happens."""
    patient = ward.patient(**limits)
    await patient.admit()
    asked = command(c.Comment(step_id=await patient.step("contact.first_contact")), ANNA, id=uuid4().hex)
    known = ward.shelf.known(patient.case_id)
    first = await ward.journeys.send(patient.case_id, asked.model_copy(update={"known_seq": known}))
    await asyncio.sleep(0.3)  # long enough for a hand-over
    again = await ward.journeys.send(patient.case_id, asked.model_copy(update={"known_seq": known}))
    assert first.events == again.events
    await ward.shelf.write(patient.case_id, again.events)
    await patient.settled()
    assert patient.kinds.count("step_commented") == 1


async def test_an_answer_that_got_lost_is_in_the_next(ward: Ward) -> None:
    """Events that a caller never put into SQL come with the answer to whoever commands next."""
    patient = ward.patient(commands=1, quiet_s=0)
    await patient.admit()
    known = ward.shelf.known(patient.case_id)
    step_id = await patient.step("contact.first_contact")
    for number in range(3):
        lost = command(c.Comment(step_id=step_id), ANNA, id=f"{patient.case_id}.lost{number}", known_seq=known)
        await ward.journeys.send(patient.case_id, lost)
    answer = await patient.tell(c.Claim(step_id=step_id), ANNA)
    assert [event.seq for event in answer.events] == list(range(known + 1, known + 5))
    await patient.settled()


async def test_sql_away(ward: Ward) -> None:
    """What a journey did by itself while SQL was away is in SQL once it is back, each event once."""
    patient = ward.patient()
    await patient.admit()
    await patient.settled()
    ward.shelf.away = True
    ahead = asyncio.create_task(patient.forward(20 * DAY))
    await eventually(ward.shelf.refused_twice)
    assert "step_escalated" not in patient.kinds
    assert any(step.clock and step.clock.climbed for step in (await patient.state()).steps.values())
    ward.shelf.away = False
    assert await ahead
    await patient.settled()
    rungs = [event.body.rung for event in patient.journal if isinstance(event.body, e.StepEscalated)]
    assert rungs[-1] == "centre"
    assert len(set(rungs)) == len(rungs)
    assert [event.seq for event in patient.journal] == list(range(1, len(patient.journal) + 1))


async def test_commands_go_on_while_sql_is_away(ward: Ward) -> None:
    """A journey that cannot write its own events still takes commands, whose answers bring those events along."""
    patient = ward.patient()
    await patient.admit()
    step_id = await patient.step("contact.first_contact")
    ahead = await climbing_without_sql(patient)
    known = ward.shelf.known(patient.case_id)
    body = c.Comment(step_id=step_id)
    answer = await ward.journeys.send(patient.case_id, command(body, OLGA, id=uuid4().hex, known_seq=known))
    kinds = [event.body.kind for event in answer.events]
    assert (kinds[0], kinds[-1]) == ("step_escalated", "step_commented")
    ward.shelf.away = False
    await ward.shelf.write(patient.case_id, answer.events)
    await ahead
    await patient.settled()


async def climbing_without_sql(patient: Patient) -> asyncio.Task[bool]:
    """Have a rung of the ladder fall due while SQL is away."""
    await patient.settled()
    patient.ward.shelf.away = True
    ahead = asyncio.create_task(patient.forward(60 * DAY))
    await eventually(patient.ward.shelf.refused_twice)
    return ahead


async def test_a_journey_does_not_end_before_sql_knows(ward: Ward) -> None:
    """A journey whose thirty days are over stays until what it did by itself is in SQL."""
    patient = ward.patient()
    await patient.admit()
    step_id = await patient.step("contact.first_contact")
    ahead = await climbing_without_sql(patient)
    gone = c.Complete(step_id=step_id, outcome={"result": "moved", "moved_to": "other_hospital"})
    known = len(patient.journal)
    answer = await ward.journeys.send(patient.case_id, command(gone, OLGA, id=uuid4().hex, known_seq=known))
    ward.shelf.refused = 0
    await eventually(ward.shelf.refused_twice)
    ward.shelf.away = False
    await ahead
    await patient.handle.result()
    assert patient.journal[: answer.events[-1].seq][-len(answer.events) :] == list(answer.events)
    assert fold(patient.case_id, patient.journal) == await patient.state()


async def test_a_second_admission_attaches(ward: Ward) -> None:
    """A visit that is announced twice, even at once, has one journey, and the second message is in its journal."""
    patient = ward.patient()
    first, second = (command(admission(admitted_at=datetime.now(UTC)), HIS, id=uuid4().hex) for _ in range(2))
    await asyncio.gather(patient.admit(first), patient.admit(second))
    await patient.admit()
    await patient.settled()
    assert patient.kinds.count("case_opened") == 1
    assert patient.kinds.count("admission_repeated") == 2
    assert patient.kinds.count("step_opened") == 2  # the contact, and when the patient will leave


async def test_the_same_admission_twice_is_one(ward: Ward) -> None:
    """The very same message, sent again because its answer got lost, leaves no trace."""
    patient = ward.patient()
    asked = command(admission(admitted_at=datetime.now(UTC)), HIS, id=uuid4().hex)
    assert (await patient.admit(asked)).events == (await patient.admit(asked)).events
    assert patient.kinds.count("admission_repeated") == 0


@pytest.mark.parametrize("limits", [{}, {"commands": 1, "quiet_s": 0}], ids=["long", "short"])
async def test_two_claims_at_once(ward: Ward, limits: dict[str, float]) -> None:
    """Of two people who claim a step in the same moment one has it, and the other hears who has it."""
    patient = ward.patient(**limits)
    await patient.admit()
    claim = c.Claim(step_id=await patient.step("contact.first_contact"))
    answers = await asyncio.gather(patient.tell(claim, ANNA), patient.tell(claim, BORIS), return_exceptions=True)
    (refused,) = [answer for answer in answers if isinstance(answer, Refused)]
    owner = (await patient.settled()).steps[claim.step_id].assignee
    assert (refused.code, refused.details) == ("already_claimed", {"assignee": owner})
    assert patient.kinds.count("step_claimed") == 1


async def test_many_at_once(ward: Ward) -> None:
    """Eight people who command one case at once all get through, while it hands over again and again."""
    patient = ward.patient(commands=1, quiet_s=0)
    await patient.admit()
    step_id = await patient.step("contact.first_contact")

    async def talk() -> None:
        for _ in range(5):
            await patient.tell(c.Comment(step_id=step_id), ANNA)

    await asyncio.gather(*(talk() for _ in range(8)))
    await patient.settled()
    assert patient.kinds.count("step_commented") == 40


async def test_a_command_that_is_too_late_does_not_happen(ward: Ward) -> None:
    """A person's command that reaches the journey after its time is refused and changes nothing."""
    patient = ward.patient()
    await patient.admit()
    before = await patient.settled()
    with pytest.raises(Refused, match="expired"):
        await patient.tell(
            c.Claim(step_id=await patient.step("contact.first_contact")),
            ANNA,
            not_after=datetime.now(UTC) - timedelta(seconds=1),
        )
    assert await patient.settled() == before


async def test_a_refusal_leaves_no_trace(ward: Ward) -> None:
    """A refused command adds nothing to the journal, nor to what Temporal keeps."""
    patient = ward.patient()
    await patient.admit()
    await patient.settled()
    kept, known = len(await patient.events()), len(patient.journal)
    with pytest.raises(Refused, match="step_not_found"):
        await patient.tell(c.Claim(step_id=f"{patient.case_id}.contact.none.main"), PAVEL)
    assert (len(await patient.events()), len(patient.journal)) == (kept, known)


async def test_who_is_not_there(ward: Ward) -> None:
    """A case that never came in has no journey."""
    patient = ward.patient()
    with pytest.raises(JourneyGone):
        await patient.tell(c.Claim(step_id="none"), ANNA)
    with pytest.raises(JourneyGone):
        await ward.journeys.state(patient.case_id)


async def test_readiness_needs_a_worker(ward: Ward) -> None:
    """The engine is ready while a worker polls, and not where none ever did."""
    assert await eventually(ward.journeys.ready)
    assert not await Ward(ward.environment).journeys.ready()


async def test_without_a_worker_nobody_answers(ward: Ward) -> None:
    """The state of a journey without a worker is unavailable, not lost, and is there again with the next worker."""
    patient = ward.patient()
    await patient.admit()
    before = await patient.settled()
    await ward.stop_working()
    with pytest.raises(Unavailable):
        await ward.journeys.state(patient.case_id)
    await ward.work()
    assert await patient.settled() == before


async def test_temporal_sees_no_name(ward: Ward) -> None:
    """Nothing that a journey is told can be read in what Temporal keeps: not of commands, not of its own doings."""
    marks = ("marked-person", "marked-ward", "marked-user", "marked-reason")
    anna = ANNA.model_copy(update={"user": "marked-user"})
    patient = ward.patient(commands=1, quiet_s=0)
    facts = admission(admitted_at=datetime.now(UTC), person="marked-person", ward="marked-ward")
    await patient.admit(command(facts, HIS, id=uuid4().hex))
    step_id = await patient.step("contact.first_contact")
    await patient.tell(c.Claim(step_id=step_id), anna)
    await patient.tell(c.Cancel(step_id=step_id, reason="marked-reason"), anna)
    await patient.sleep(30 * HOUR)
    histories = await patient.histories()
    kept = b"".join(event.SerializeToString() for history in histories for event in history.events)
    description = await patient.handle.describe()
    kept += description.raw_description.SerializeToString()
    told = (await patient.settled()).model_dump_json()
    for mark in (*marks, "first_contact", "GKB29", "coordinator"):
        assert mark.encode() not in kept
        assert mark in told
    assert b"binary/marshrut-aes256gcm" in kept
    assert patient.case_id.encode() in kept
