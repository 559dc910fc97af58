"""A city's cases, made up: journals as a service at work has them, folded into the store's own rows."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from marshrut.catalogue.model import Catalogue
from marshrut.domain import events as e
from marshrut.domain.clock import OPENING, Clock, Term, Times, Unit
from marshrut.domain.evolve import evolve
from marshrut.domain.state import CaseState
from marshrut.domain.words import Ending, Report, Role
from marshrut.store.codec import event_row
from marshrut.store.projection import Row, case_row, notice_row, step_row

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# Of the open cases this share is stuck, by one cause or several.
STUCK = 0.2
# What a stuck case is stuck by; the shares overlap.
CAUSES = {"overdue": 0.55, "blocked": 0.2, "escalated": 0.2, "unowned": 0.15, "ready": 0.35, "silent": 0.1}
PEOPLE = 4  # coordinators in a hospital
BY_LAW, MANDATORY, WITHOUT_OWNER, WAITING = 0.1, 0.5, 0.05, 0.08  # shares of steps
FIRST_OPEN = 100
WARDS = ("NEURO", "TRAUMA", "SURGERY", "THERAPY", "ICU")

# The rows of a case: its own, and those of its steps, notices and events.
Rows = tuple[Row, list[Row], list[Row], list[Row]]


def coordinator(hospital: str, number: int) -> str:
    """A coordinator's user code."""
    return f"bench-{hospital.lower()}-{number}"


@dataclass
class Story:
    """A case in the making."""

    case_id: str
    chance: random.Random
    state: CaseState = field(init=False)
    told: list[e.Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.state = CaseState(case_id=self.case_id)

    def tell(self, at: datetime, body: e.Body, actor: str = "bench") -> None:
        """Have something happen."""
        event = e.Event(
            seq=self.state.seq + 1, recorded_at=at, occurred_at=at, actor=actor, role=Role.COORDINATOR, body=body
        )
        self.told.append(event)
        self.state = evolve(self.state, event)

    def rows(self) -> Rows:
        """What the store keeps of it."""
        state = self.state
        return (
            case_row(state, self.told[-1].recorded_at),
            [step_row(state, step) for step in state.steps.values()],
            [notice_row(state, key, notice) for key, notice in state.notices.items()],
            [event_row(state.case_id, event) for event in self.told],
        )


class Crowd:
    """Cases of every hospital, the same ones for the same seed."""

    def __init__(self, catalogue: Catalogue, now: datetime, seed: int = 0) -> None:
        self._chance = random.Random(seed)
        self._now = now
        self._catalogue = catalogue.version
        self._hospitals = sorted(set(catalogue.hospitals) - set(catalogue.centres()))
        self._steps = [tuple(name.split(".")) for name in catalogue.steps if not name.startswith(("adhoc", "enquiry"))]
        self._numbers = count(1)

    def open_cases(self, number: int) -> Iterator[Rows]:
        """Cases that are under way, of which `STUCK` are stuck."""
        for _ in range(number):
            yield self._open()

    def closed_case(self) -> Rows:
        """A case that is over, and lean: two steps, a notice and two events; a real one has ten times as many."""
        chance = self._chance
        closed = self._now - (30 + chance.random() * 1500) * DAY
        hospital = chance.choice(self._hospitals)
        user = coordinator(hospital, chance.randrange(PEOPLE))
        story, at = self._begun(closed - 20 * DAY, hospital)
        first, second = (self._opened(story, at, at + 2 * DAY, number, user) for number in range(2))
        at += DAY
        story.tell(at, e.PeopleTold(key="k", occasion="rung.amber", role=Role.COORDINATOR, about=first, tell_at=at))
        for step in (first, second):
            story.tell(at, e.StepCompleted(step_id=step, outcome={"result": "done"}), user)
        story.tell(closed, e.CaseClosed(ending=Ending.HOME_ALONE))
        case, steps, notices, events = story.rows()
        return case, steps, notices, [events[0], events[-1]]

    def _begun(self, at: datetime, hospital: str) -> tuple[Story, datetime]:
        chance = self._chance
        story = Story(f"{chance.getrandbits(128):032x}", chance)
        opened = e.CaseOpened(
            hospital=hospital,
            person=f"{chance.getrandbits(128):032x}",
            admitted_at=at,
            emergency=True,
            ward=chance.choice(WARDS),
            bed=str(chance.randint(1, 60)),
            procedure=1,
            catalogue=self._catalogue,
        )
        story.tell(at, opened)
        return story, at

    def _opened(self, story: Story, at: datetime, due_at: datetime, number: int, user: str | None) -> str:
        chance = self._chance
        track, name = chance.choice(self._steps)
        step = f"{story.case_id}.{track}.{name}.{number}"
        amber = at + 0.8 * (due_at - at)
        clock = Clock(
            term=Term(amount=24, unit=Unit.HOURS),
            counts_from=OPENING,
            timetable="team",
            ladder="statutory" if chance.random() < BY_LAW else "standard",
            emergency=False,
            mark="A",
            times=Times(started_at=at, due_at=due_at, amber_at=amber),
        )
        role = chance.choices((Role.COORDINATOR, Role.PSYCHOLOGIST, Role.SUPERVISOR, Role.PLACEMENT), (70, 12, 8, 10))[
            0
        ]
        body = e.StepOpened(
            step_id=step,
            track=track,
            name=name,
            role=role,
            mandatory=chance.random() < MANDATORY,
            clock=clock,
            assignee=user,
        )
        story.tell(at, body)
        return step

    def _open(self) -> Rows:
        chance, now = self._chance, self._now
        hospital = chance.choice(self._hospitals)
        age = min(timedelta(days=chance.expovariate(1 / 12)), 90 * DAY) + HOUR
        user = coordinator(hospital, chance.randrange(PEOPLE))
        why = self._causes()
        story, at = self._begun(now - age, hospital)
        story.tell(at, e.OwnerChanged(owner=user, reason="fewest_cases"))
        last = now - (4 * DAY if "silent" in why else min(age, chance.random() * 2 * DAY))
        begun = min(at, last)
        moments = sorted(begun + chance.random() * (last - begun) for _ in range(24))
        for number in range(chance.randint(4, 12)):
            step = self._opened(story, moments[number], moments[number] + DAY, number, user)
            story.tell(moments[number + 1], e.StepCompleted(step_id=step, outcome={"result": "done"}), user)
        if "ready" in why:
            story.tell(moments[20], e.Reported(report=Report.MEDICALLY_READY))
        for number in range(FIRST_OPEN, FIRST_OPEN + chance.randint(1, 5)):
            self._under_way(story, moments[21], number, why if number == FIRST_OPEN else (), user)
        story.tell(last, e.TrackStarted(track="contact", stage=story.state.stage))
        return story.rows()

    def _causes(self) -> Sequence[str]:
        chance = self._chance
        if chance.random() >= STUCK:
            return ()
        found = [why for why, share in CAUSES.items() if chance.random() < share]
        return found or ("overdue",)

    def _under_way(self, story: Story, at: datetime, number: int, why: Sequence[str], user: str) -> None:
        """A step that is not done yet, held up by these causes."""
        chance, now = self._chance, self._now
        late = "overdue" in why
        due_at = now - chance.random() * 10 * DAY if late else now + (0.5 + chance.random() * 5) * DAY
        if "unowned" in why and not late:
            due_at = now + 0.1 * (now - at)
        owner = None if "unowned" in why or chance.random() < WITHOUT_OWNER else user
        at = min(at, due_at - HOUR)
        if owner is None and "unowned" not in why:
            due_at = max(due_at, now + 5 * DAY + 5 * (now - at))
        step = self._opened(story, at, due_at, number, owner)
        if "blocked" in why or chance.random() < WAITING:
            until = now - DAY if "blocked" in why else now + 3 * DAY
            since = now - 5 * DAY
            block = e.StepBlocked(
                step_id=step, block_id=f"b{number}", reason="passport", responsible="police", since=since, until=until
            )
            story.tell(at, block)
        if "escalated" in why:
            told = e.PeopleTold(
                key=f"k{number}", occasion="rung.breach", role=Role.SUPERVISOR, about=step, tell_at=now - 5 * HOUR
            )
            story.tell(at, told)
