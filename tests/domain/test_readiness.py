"""Medically ready and socially ready are two days."""

from datetime import datetime, timedelta

from marshrut.domain import events as e
from marshrut.domain.evolve import fold
from marshrut.domain.readiness import Readiness, Waiting, readiness
from marshrut.domain.words import ItemKind, Report, Role
from tests.fixtures.cases import HOUR, NOON, admission, event

OPENED = e.CaseOpened(procedure=2, catalogue="t", **admission().model_dump(exclude={"type", "unstaffed"}))


def ready(*bodies: e.Body) -> Readiness:
    """What is known after these, one an hour from noon on."""
    events = [event(number, body, NOON + number * HOUR) for number, body in enumerate((OPENED, *bodies), start=1)]
    return readiness(fold("c", events))


def needed(name: str) -> e.ItemAdded:
    return e.ItemAdded(item_id=f"c.{name}", item=ItemKind.ARRANGEMENT, name=name, status="needed", of="home_checklist")


def moved(name: str, status: str) -> e.ItemMoved:
    return e.ItemMoved(item_id=f"c.{name}", status=status)


def asked(key: str) -> e.StepOpened:
    return e.StepOpened(
        step_id=f"c.{key}", track="discharge", name="barrier_review", role=Role.SUPERVISOR, mandatory=True, clock=None
    )


def said(key: str, result: str) -> e.StepCompleted:
    return e.StepCompleted(step_id=f"c.{key}", outcome={"result": result})


READY = e.Reported(report=Report.MEDICALLY_READY)
MEDICAL, REVIEW = Waiting("medical", "ready_date", "open"), Waiting("review", "barrier_review", "open")


def at(hours: int) -> datetime:
    return NOON + timedelta(hours=hours)


def test_in_the_beginning_everything_is_waited_for() -> None:
    """Nobody has said anything: the doctor's word and the review are missing."""
    assert ready() == Readiness(None, None, (MEDICAL, REVIEW))


def test_the_doctor_alone_makes_nobody_ready_for_home() -> None:
    """Medically ready at two; home is not, and what is missing has a name and a status."""
    known = ready(READY, needed("food"), needed("keys"), moved("keys", "failed"), asked("r"))
    assert known.medical_at == at(2)
    missing = (Waiting("arrangement", "food", "needed"), Waiting("arrangement", "keys", "failed"))
    assert (known.social_at, known.waiting_for) == (None, (REVIEW, *missing))


def test_the_last_thing_arranged_makes_the_day() -> None:
    """The way is clear at five, food comes at six, the keys at seven: ready at seven, whatever the doctor says."""
    told = (needed("food"), needed("keys"), asked("r"), said("r", "clear"), moved("food", "arranged"))
    assert ready(*told).social_at is None
    known = ready(*told, moved("keys", "not_needed"))
    assert (known.medical_at, known.social_at, known.waiting_for) == (None, at(7), (MEDICAL,))


def test_the_review_may_come_last() -> None:
    """Everything arranged waits for the senior's word, and is ready when that comes."""
    told = (needed("food"), moved("food", "arranged"), asked("r"))
    assert ready(*told).waiting_for == (MEDICAL, REVIEW)
    assert ready(*told, said("r", "blocked")).social_at is None
    assert ready(*told, said("r", "clear")).social_at == at(5)


def test_what_fails_later_takes_readiness_back() -> None:
    """A neighbour who was to open the door falls ill; and a review that is open again has not been answered."""
    told = (READY, needed("keys"), moved("keys", "arranged"), asked("r"), said("r", "clear"))
    assert ready(*told).social_at == at(6)
    assert ready(*told, moved("keys", "failed")).social_at is None
    assert ready(*told, asked("again")).waiting_for == (REVIEW,)


def test_a_review_that_was_left_out_asks_for_nothing() -> None:
    """Two people agreed to do without it."""
    left_out = e.StepCancelled(step_id="c.r", reason="duplicate")
    assert ready(READY, asked("r"), left_out) == Readiness(at(2), at(4), ())
