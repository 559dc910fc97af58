"""A hospital in the middle of its work, told through the API as its people would: for pictures and for looking at.

Everybody in it is made up. Times lie behind "now", so clocks are late, soon due and far from it at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from marshrut.domain.words import Role
from marshrut.ports import Account
from marshrut.samples.people import SAMPLE_PEOPLE
from tests.fixtures.system import HOSPITAL, System

OWNERS = ("orlova", "sidorchuk", "beketova", "hasanov")
HERE = frozenset({HOSPITAL})
PEOPLE = (
    *(account for account in SAMPLE_PEOPLE if account.user not in OWNERS),
    Account("orlova", "Орлова Е. В.", Role.COORDINATOR, HERE),
    Account("sidorchuk", "Сидорчук П. А.", Role.COORDINATOR, HERE),
    Account("beketova", "Бекетова И. Л.", Role.COORDINATOR, HERE),
    Account("hasanov", "Хасанов Т. Р.", Role.COORDINATOR, HERE),
    Account("pavlova", "Павлова Г. С.", Role.SUPERVISOR, HERE),
)
NEUROLOGY, THERAPY, SURGERY, TRAUMA, ICU = "Неврология", "Терапия", "Хирургия", "Травма", "Реанимация"


@dataclass(frozen=True)
class Story:
    """A patient, and how far they have come. `hours`: since the admission; `way`: what was done, a stage each."""

    name: str
    born: str | None
    ward: str
    bed: str
    hours: float
    way: str = "new"
    needs: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    owner: str | None = None
    more: tuple[str, ...] = ()


STORIES = (
    Story("Ковалёв Игорь Степанович", "1958-03-14", NEUROLOGY, "412", 240, "routed", ("documents", "home_care"),
          ("lives_alone", "low_mobility", "no_documents"), "orlova", ("ready", "late_block")),
    Story("Громова Тамара Ивановна", "1944-06-02", THERAPY, "214", 400, "routed", ("home_care",), ("lives_alone",),
          "orlova", ("ready",)),
    Story("Назарова Фаина Аркадьевна", "1955-01-20", SURGERY, "308", 300, "routed", ("relatives",), (), "hasanov",
          ("late_block",)),
    Story("Савчук Виктор Павлович", "1946-09-11", THERAPY, "211", 560, "routed", ("placement",), ("low_mobility",),
          "sidorchuk", ("ready", "block")),
    Story("Зимина Ольга Петровна", "1953-02-17", THERAPY, "220", 150, "routed", ("relatives",), (), "orlova"),
    Story("Лебедев Николай Фёдорович", "1962-11-30", ICU, "3", 90, "met", (), (), "orlova", ("paused",)),
    Story("Тихонова Мария Егоровна", "1949-08-08", NEUROLOGY, "409", 26, "met", (), ("lives_alone",), "orlova"),
    Story("Юсупова Роза Каримовна", "1967-04-25", SURGERY, "305", 100, "routed", ("psychology",), (), "beketova"),
    Story("Бирюков Антон Ильич", "1981-12-01", TRAUMA, "115", 120, "routed", ("documents",), ("no_documents",),
          "beketova", ("block",)),
    Story("Мартынова Вера Олеговна", "1938-05-19", THERAPY, "203", 220, "routed", ("home_care",), ("lives_alone",),
          "hasanov", ("ready",)),
    Story("Абрамян Левон Гургенович", "1991-07-07", TRAUMA, "118", 22.6, "new", owner="orlova"),
    Story("Дроздова Инна Сергеевна", "1975-10-10", SURGERY, "302", 21, "new", owner="sidorchuk"),
    Story("Рогов Пётр Андреевич", "1950-03-03", NEUROLOGY, "401", 30, "new", owner="hasanov"),
    Story("Миронова Анна Дмитриевна", "1996-09-09", THERAPY, "502", 2.3),
    Story("Пак Сергей Викторович", "1980-06-12", SURGERY, "311", 0.9, flags=("no_documents", "no_fixed_abode")),
    Story("Ершов Кирилл Матвеевич", "1937-12-24", THERAPY, "216", 0.2, flags=("low_mobility",)),
    Story("", None, ICU, "1", 3.2, flags=("unidentified",), owner="orlova"),
    Story("Соловьёва Дарья Романовна", "2019-05-05", TRAUMA, "103", 3.1, flags=("child_without_carer",)),
    Story("Гусейнов Рашид Алиевич", "1959-02-28", NEUROLOGY, "404", 700, "routed", ("home_care",), (), "sidorchuk"),
    Story("Власова Нина Петровна", "1940-01-15", THERAPY, "207", 60, "met", (), ("lives_alone",), "sidorchuk"),
)  # fmt: skip


async def fill(system: System) -> dict[str, str]:
    """Have all of it happen; the cases by family name."""
    for account in PEOPLE:
        await system.parts.identity.put(account, "a password that nobody types")
    for user in OWNERS:
        body = {"role": "coordinator", "hospitals": [HOSPITAL]}
        answer = await system.http.put(f"/api/v1/staff/{user}", json=body, headers=system.token(Role.SUPERVISOR))
        assert answer.is_success, answer.text
    return {story.name.split(" ")[0]: await _told(system, story) for story in STORIES}


async def _told(system: System, story: Story) -> str:
    now = datetime.now(UTC)
    came = now - timedelta(hours=story.hours)
    family, given, patronymic = [*story.name.split(" "), "", ""][:3]
    patient: dict[str, Any] = {"identified": bool(family), "mrn": f"4{abs(hash(story)) % 10_000:04}", "sex": "male"}
    if family:
        patient |= {"family": family, "given": given, "patronymic": patronymic, "birth_date": story.born}
        patient["sex"] = "female" if family.endswith("а") else "male"
    case = await system.admit(
        visit=f"4{8000 + STORIES.index(story)}", admitted_at=came.isoformat(), ward=story.ward, bed=story.bed,
        flags=list(story.flags), patient=patient,
        contacts=[{"family": family, "given": "Анна", "relation": "sister", "phones": ["+7 900 000-00-12"]}]
        if family
        else [],
    )  # fmt: skip
    tell = _Teller(system, case, came, min(story.hours / 40, 20.0), story.owner)
    if story.way in {"met", "routed"}:
        await tell.done("first_contact", result="contacted")
        await tell.done("consent_record", result="given")
        await tell.done("home_safety", result="safe")
    if story.way == "routed":
        lives = "alone" if "lives_alone" in story.flags else "relatives"
        await tell.done("life_survey", result="complete", lives_with=lives)
        await tell.done("function_scale", result="scored", score=45)
        papers = {"result": "missing", "missing": ["passport", "snils"], "passport": "lost"}
        await tell.done("documents_check", **(papers if "documents" in story.needs else {"result": "complete"}))
        await tell.done("needs_agree", result="agreed", needs=list(story.needs))
        await tell.done("route_draft", result="drafted")
        if "route_approve" in await tell.live():
            await tell.done("route_approve", result="approved")
        await tell.done("route_offer", result="accepted")
    await tell.claimed()
    for what in story.more:
        await getattr(tell, what)(now)
    return case


class _Teller:
    """Tells a case forward, so many hours a step, never beyond now."""

    def __init__(self, system: System, case: str, came: datetime, hours: float, owner: str | None) -> None:
        self._system, self._case, self._at, self._by, self._owner = system, case, came, timedelta(hours=hours), owner

    async def live(self) -> dict[str, str]:
        """The live steps: their ids by name."""
        card = await self._system.get(f"/api/v1/cases/{self._case}")
        return {step["name"]: step["step_id"] for step in card["steps"] if step["state"] in {"open", "claimed"}}

    async def done(self, name: str, **outcome: Any) -> None:
        """Complete the live step of that name, when it was so."""
        self._at = min(self._at + self._by, datetime.now(UTC))
        step = (await self.live()).get(name)
        if step is None:
            return
        body = {"outcome": outcome, "occurred_at": self._at.isoformat()}
        path = f"/api/v1/steps/{step}/complete"
        answer = await self._system.post(path, body, role=Role.SUPERVISOR, user="guseva")
        if answer.status_code == 409:  # four eyes: another senior looks
            answer = await self._system.post(path, body, role=Role.SUPERVISOR, user="pavlova")
        assert answer.status_code == 200, answer.text

    async def claimed(self) -> None:
        """Whoever answers for the case takes what is a coordinator's."""
        if self._owner is None:
            return
        owned = {"owner": self._owner, "reason": "agreed"}
        answer = await self._system.post(f"/api/v1/cases/{self._case}/owner", owned, role=Role.SUPERVISOR)
        assert answer.is_success or answer.status_code == 409, answer.text  # whoever has it already
        for step in (await self._system.get("/api/v1/steps", case=self._case, state="open"))["items"]:
            if step["role"] == "coordinator":
                body = {"assignee": self._owner}
                await self._system.post(f"/api/v1/steps/{step['step_id']}/assign", body, role=Role.SUPERVISOR)

    async def ready(self, now: datetime) -> None:
        """The doctor said so two days ago."""
        await self._report("medically_ready", now - timedelta(hours=50))

    async def paused(self, now: datetime) -> None:
        """The patient is in intensive care since last night."""
        await self._report("paused", now - timedelta(hours=11))

    async def late_block(self, now: datetime) -> None:
        """A reason stands longer than expected."""
        await self._block("relatives_refuse", now - timedelta(hours=90), now - timedelta(hours=20))

    async def block(self, now: datetime) -> None:
        """A reason stands, and an end is expected."""
        await self._block("institution_place", now - timedelta(hours=70), now + timedelta(hours=60))

    async def _block(self, reason: str, since: datetime, until: datetime) -> None:
        step = next(iter((await self.live()).values()))
        body = {"reason": reason, "since": since.isoformat(), "until": until.isoformat()}
        answer = await self._system.post(f"/api/v1/steps/{step}/block", body, role=Role.SUPERVISOR)
        assert answer.status_code == 200, answer.text

    async def _report(self, what: str, at: datetime) -> None:
        body = {"type": what, "occurred_at": at.isoformat()}
        answer = await self._system.post(f"/api/v1/cases/{self._case}/events", body, role=Role.INTEGRATOR)
        assert answer.status_code == 200, answer.text
