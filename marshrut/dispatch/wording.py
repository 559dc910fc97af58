"""What people are told of a notice, in Russian and English: the one place where its wording stands.

Occasions are named by ladders (`rung.<name>`) and by tracks (the name under which a track informs). A name may carry
on after a dot (`disputed.main.again`); what is worded for its beginning serves it then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from marshrut.ports import Language


@dataclass(frozen=True, slots=True)
class Words:
    """The same in both languages."""

    ru: str
    en: str

    def __getitem__(self, language: Language) -> str:
        return self.ru if language is Language.RU else self.en


OCCASIONS: Mapping[str, Words] = {
    # what a clock's ladder says
    "rung.amber": Words("Срок шага подходит", "A step is due soon"),
    "rung.breach": Words("Срок шага вышел", "A step is overdue"),
    "rung.grave": Words("Шаг давно просрочен", "A step is long overdue"),
    "rung.centre": Words("Шаг не движется: нужен центр", "A step stands still: the centre is needed"),
    "rung": Words("Срок шага требует внимания", "A step's deadline needs attention"),
    # what tracks say
    "arrival_unknown": Words("Неизвестно, добрался ли пациент", "It is not known whether the patient arrived"),
    "bed_withdrawn": Words("Место отозвано", "The place was withdrawn"),
    "carer_unable": Words("Родственник не справится с уходом", "The relative is unable to give care"),
    "contraindicated": Words("Есть противопоказания к устройству", "Placement is contraindicated"),
    "crisis": Words("Пациент в кризисе", "The patient is in crisis"),
    "disputed": Words("С оценкой не согласны", "The assessment is disputed"),
    "gone_to_other_hospital": Words("Пациент переведён в другую больницу", "The patient went to another hospital"),
    "home_unfit": Words("Дома жить нельзя", "The home is unfit"),
    "left_before_care": Words("Выписан раньше, чем начались услуги", "Discharged before care began"),
    "moves": Words("Человек переезжает в другое учреждение", "The person moves to another institution"),
    "not_arrived": Words("Пациент не прибыл", "The patient did not arrive"),
    "problem": Words("После выписки возникла трудность", "A problem after discharge"),
    "no_reply": Words("На обращение нет ответа", "An enquiry got no reply"),
    "readmitted": Words("Человек снова в больнице", "The person is in hospital again"),
    "relatives_refuse": Words("Родственники отказались помогать", "The relatives refuse to help"),
    "returns": Words("Человек возвращается из учреждения", "The person returns from the institution"),
    "somebody_alone_at_home": Words("Дома остался кто-то один", "Somebody was left alone at home"),
    "voucher_refused": Words("В путёвке отказано", "The voucher was refused"),
    "wrong_identity": Words("Личность установлена ошибочно", "The identity proved wrong"),
}
# An office refused what a step asked of it: `<step>.no.<attempt>`.
REFUSED = Words("Ведомство отказало", "An office said no")
ANYTHING = Words("Сообщение по случаю", "A notice about a case")

URGENT = Words("Срочно", "Urgent")
ADDITIONAL = Words("Дополнительный шаг", "Additional step")
STEP = Words("Шаг", "Step")
HOSPITAL = Words("Больница", "Hospital")
CASE = Words("Случай", "Case")
DUE = Words("Срок", "Due")
LATE = Words("Просрочен на", "Late by")
LEFT = Words("Осталось", "Left")
OPEN = Words("Открыть случай", "Open the case")
AUTOMATIC = Words(
    "Письмо отправлено автоматически, отвечать на него не нужно.", "This mail is automatic, do not reply."
)
SPANS = Words("д ч мин", "d h min")
DAY = Words("%d.%m.%Y, %H:%M", "%Y-%m-%d, %H:%M")


def occasion(name: str) -> Words:
    """What happened, in a few words."""
    beginning, *rest = name.split(".")
    if found := OCCASIONS.get(name) or OCCASIONS.get(beginning):
        return found
    return REFUSED if rest[:1] == ["no"] else ANYTHING
