"""How an applicant is told where a matter stands: plain words, without names, health and places."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import NamedTuple

from marshrut.domain.words import Stage

DAYS = 7


class Said(NamedTuple):
    """The same in both languages."""

    ru: str
    en: str


class Step(NamedTuple):
    """Where the matter stands, and what happens next."""

    title: Said
    next: Said


@dataclass(frozen=True, slots=True)
class Words:
    """Says things in one language, with days as they are in one zone; `days` writes them otherwise."""

    russian: bool
    zone: tzinfo
    days: Callable[[datetime], str] | None = None

    def __call__(self, said: Said, **values: datetime | int) -> str:
        told = {name: self._day(value) if isinstance(value, datetime) else value for name, value in values.items()}
        return (said.ru if self.russian else said.en).format(**told)

    def _day(self, moment: datetime) -> str:
        if self.days is not None:
            return self.days(moment)
        return moment.astimezone(self.zone).strftime("%d.%m.%Y" if self.russian else "%Y-%m-%d")


NEUTRAL = Step(
    Said("Дело в работе", "The matter is in hand"),
    Said("О нём расскажет только координатор, лично.", "Only the coordinator tells more about it, in person."),
)
CLOSED = Step(
    Said("Дело закрыто", "The matter is closed"),
    Said("Больше ничего не нужно. Если помощь нужна снова, позвоните.", "Nothing more is needed. Call if it is again."),
)
_MEETING = Step(
    Said("Знакомимся и узнаём, что случилось", "We are getting to know what has happened"),
    Said("Координатор придёт и поговорит.", "The coordinator comes and talks."),
)
STAGES: Mapping[Stage, Step] = {
    Stage.ADMISSION: _MEETING,
    Stage.FIRST_CONTACT: _MEETING,
    Stage.IDENTIFICATION: _MEETING,
    Stage.NEEDS_ASSESSMENT: Step(
        Said("Узнаём, какая помощь нужна", "We are finding out which help is needed"),
        Said("Потом составим план помощи.", "Then we make a plan."),
    ),
    Stage.PERSONAL_ROUTE: Step(
        Said("Составляем план помощи", "We are making a plan"),
        Said("Координатор предложит план.", "The coordinator offers the plan."),
    ),
    Stage.TRACKS: Step(
        Said("Помогаем по плану", "We are helping by the plan"),
        Said("Когда всё будет готово, подготовим выписку.", "Once all is done, we prepare the discharge."),
    ),
    Stage.DISCHARGE_READINESS: Step(
        Said("Готовим выписку", "We are preparing the discharge"),
        Said("О дне выписки скажет координатор.", "The coordinator tells the day."),
    ),
    Stage.TRANSITION: Step(
        Said("Провожаем из больницы", "We are bringing the person out of hospital"),
        Said("Спросим, всё ли в порядке на новом месте.", "We ask whether the arrival went well."),
    ),
    Stage.FOLLOWUP: Step(
        Said("Помогаем после выписки", "We are helping after the discharge"),
        Said("Позвоним и спросим, всё ли хорошо.", "We call and ask whether all is well."),
    ),
    Stage.CLOSED: CLOSED,
}
# The way from the first stage to the last one of each part.
WAY: tuple[tuple[Stage, Stage, Said], ...] = (
    (Stage.ADMISSION, Stage.IDENTIFICATION, Said("Знакомство", "Getting to know each other")),
    (Stage.NEEDS_ASSESSMENT, Stage.NEEDS_ASSESSMENT, Said("Какая помощь нужна", "Which help is needed")),
    (Stage.PERSONAL_ROUTE, Stage.PERSONAL_ROUTE, Said("План помощи", "The plan")),
    (Stage.TRACKS, Stage.TRACKS, Said("Помощь по плану", "Help by the plan")),
    (Stage.DISCHARGE_READINESS, Stage.TRANSITION, Said("Выписка", "Discharge")),
    (Stage.FOLLOWUP, Stage.FOLLOWUP, Said("Помощь после выписки", "Help after the discharge")),
)
DONE_ON = Said("Сделано: {day}", "Done: {day}")
PLANNED_FOR = Said("Намечено на {day}", "Planned for {day}")
DOCUMENT: Mapping[str, Said] = {
    "needed": Said("Впереди", "Ahead"),
    "requested": Said("В работе с {day}", "In progress since {day}"),
    "submitted": Said("В работе: заявление принято {day}", "In progress: application accepted on {day}"),
    "rejected": Said("В работе: просят дополнить", "In progress: more is asked for"),
    "expired": Said("В работе: оформляем заново", "In progress: being made anew"),
    "issued": Said("Сделано: {day}", "Done: {day}"),
    "handed_over": Said("Сделано: {day}", "Done: {day}"),
}
SERVICE: Mapping[str, Said] = {
    "requested": Said("В работе: ждём ответа с {day}", "In progress: an answer is awaited since {day}"),
    "accepted": Said("В работе: согласовано {day}", "In progress: agreed on {day}"),
    "in_progress": Said("Помощь идёт с {day}", "Help is given since {day}"),
    "done": Said("Сделано: {day}", "Done: {day}"),
    "handed_over": Said("Помощь идёт дальше", "Help goes on"),
}
PLACEMENT: Mapping[str, Said] = {
    "papers": Said("Собрано справок: {there} из {of}.", "Papers collected: {there} of {of}."),
    "application_needed": Said("Готовим заявление о месте в учреждении.", "The application for a place is being made."),
    "application_filed": Said("Заявление принято {day}.", "The application was taken on {day}."),
    "application_registered": Said("Заявление принято, место в очереди.", "The application was taken; a queue."),
    "application_returned": Said("Заявление вернули {day}: дополняем.", "It came back on {day}: we complete it."),
    "application_granted": Said("По заявлению решили положительно {day}.", "The application was granted on {day}."),
    "application_denied": Said(
        "По заявлению отказали {day}: решаем, что дальше.",
        "The application was denied on {day}: what follows?",
    ),
    "decision": Said("Ждём решения.", "The decision is awaited."),
    "decision_by": Said("Ждём решения до {day}.", "The decision is awaited by {day}."),
    "queue": Said("Ждём очереди.", "The queue is awaited."),
    "queue_at": Said("Ждём очереди, место в ней: {position}.", "The queue is awaited; place in it: {position}."),
    "voucher_issued": Said("Путёвка действует до {day}.", "The voucher holds until {day}."),
    "place_asked": Said("Учреждение подтверждает место.", "The institution is confirming the place."),
    "place_reserved": Said("Место в учреждении закреплено.", "A place in an institution is kept."),
}
ASK = Said("Спросите координатора больницы и назовите код.", "Ask the hospital's coordinator and tell the code.")
ASK_HOTLINE = Said("Горячая линия Координационного центра:", "Hotline of the Coordination Centre:")
LATER = Said("Назовите код.", "Tell the code.")
STANDING: Mapping[str, Said] = {
    "done": Said("сделано", "done"),
    "now": Said("в работе", "in work"),
    "ahead": Said("впереди", "ahead"),
}
PAGE: Mapping[str, Said] = {"code": Said("Код", "Code"), "as_of": Said("на {day}", "on {day}")}
