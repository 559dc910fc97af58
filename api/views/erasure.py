"""Erasures as the API shows them, and the act and the extract that are printed of one."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from api.views.titles import Title
from marshrut.domain.erasing import ARTICLES, CATEGORIES, Basis, Erasure, ErasureState, ErasureStep
from marshrut.domain.state import CaseState
from marshrut.domain.words import Role
from marshrut.ports import Caller

LOGGED: Mapping[str, Title] = {
    "runs": Title(ru="Истории процессов в Temporal удалены", en="Histories of processes in Temporal deleted"),
    "persons": Title(ru="Записи реестра лиц удалены", en="Records of the registry of persons deleted"),
    "marks": Title(ru="Поисковые метки удалены", en="Search marks deleted"),
    "events": Title(ru="События журнала обезличены", en="Events of the journal severed from the person"),
    "records": Title(ru="Зашифрованные записи стёрты", en="Sealed records destroyed"),
    "originals": Title(ru="Исходные сообщения стёрты", en="Original messages destroyed"),
    "inbox_notes": Title(ru="Заметки о входящих сообщениях стёрты", en="Notes on messages destroyed"),
    "notices": Title(ru="Задания на отправку писем удалены", en="Orders to send mail deleted"),
    "told_outside": Title(ru="Уведомления внешних систем удалены", en="Deliveries to systems outside deleted"),
    "handover_notes": Title(ru="Заметки при передаче смены стёрты", en="Notes of handovers destroyed"),
    "glass_notes": Title(ru="Причины экстренного доступа стёрты", en="Notes of openings in need destroyed"),
    "audited": Title(ru="Записи журнала обращений обезличены", en="Cases of the audit severed from the person"),
    "keys": Title(ru="Ключи лица уничтожены", en="Keys of the person destroyed"),
}
BASES: Mapping[Basis, Title] = {
    Basis.CONSENT_WITHDRAWN: Title(ru="Субъект отозвал согласие", en="The person withdrew their consent"),
    Basis.PURPOSE_REACHED: Title(ru="Цель обработки достигнута", en="The purpose is reached"),
    Basis.UNLAWFUL: Title(ru="Обработка была неправомерной", en="The processing was unlawful"),
    Basis.NOT_NEEDED: Title(
        ru="Данные получены незаконно или не нужны для цели", en="The data were got unlawfully or are not needed"
    ),
}


# What is there afterwards, and why it leads to nobody; and what no system of ours can take back.
STAYS: Sequence[Title] = (
    Title(
        ru="события случаев под другими номерами, без слов: показатели не меняются",
        en="events of the cases under other ids, without words: figures stay what they are",
    ),
    Title(
        ru="журнал обращений: кто что читал и делал, без связи с человеком",
        en="the audit: who read and did what, severed from the person",
    ),
    Title(ru="акт и выгрузка из журнала, подписанные", en="the certificate and the extract from the log, signed"),
    Title(
        ru="резервные копии: без уничтоженного ключа их не открыть",
        en="backups: without the key that is destroyed they cannot be opened",
    ),
    Title(
        ru="то, что ведёт сама больница и что уже передано партнёрам: их просят отдельно",
        en="what the hospital keeps itself and what partners were told: they are asked apart",
    ),
)


class WhoView(BaseModel):
    """Somebody, and when."""

    user: str
    role: Role
    at: datetime


class ErasureView(BaseModel):
    """An erasure. `case_id`: of which case, until it is done. `fault`: why it waits for people again."""

    id: str
    state: ErasureState
    hospital: str
    basis: Basis
    article: str
    title: Title
    asked: WhoView
    confirmed: WhoView | None
    case_id: str | None
    step: ErasureStep | None
    fault: str | None
    finished_at: datetime | None


class ErasedCase(BaseModel):
    """A case that goes."""

    case_id: str
    hospital: str
    closed_at: datetime | None


class ExtentView(BaseModel):
    """What an erasure is of. `elsewhere`: how many cases of the person are in hospitals that the caller does not see.

    `goes`: what is destroyed; `stays`: what is kept, and why that leads to nobody; `against`: why this caller cannot
    confirm it now, in codes of problems.
    """

    cases: list[ErasedCase]
    elsewhere: int
    goes: list[Title]
    stays: list[Title]
    against: list[str]


class LoggedView(BaseModel):
    """A line of the extract from the log."""

    at: datetime
    what: str
    title: Title
    count: int


class CertificateView(BaseModel):
    """What says that an erasure was done. `text` is what `signature` signs; `genuine`: nobody has changed it since."""

    number: str
    hospital: str
    operator: str | None
    asked: WhoView
    confirmed: WhoView | None
    categories: list[Title]
    system: str
    method: str
    basis: Basis
    article: str
    destroyed_at: datetime
    log: list[LoggedView]
    text: str
    signature: str
    genuine: bool


def erasure_view(erasure: Erasure) -> ErasureView:
    """An erasure, shown."""
    by, at = erasure.confirmed_by, erasure.confirmed_at
    return ErasureView(
        id=erasure.id,
        state=erasure.state,
        hospital=erasure.hospital,
        basis=erasure.basis,
        article=ARTICLES[erasure.basis],
        title=BASES[erasure.basis],
        asked=WhoView(user=erasure.asked_by.user, role=erasure.asked_by.role, at=erasure.asked_at),
        confirmed=None if by is None or at is None else WhoView(user=by.user, role=by.role, at=at),
        case_id=erasure.case_id,
        step=erasure.step,
        fault=erasure.fault,
        finished_at=erasure.finished_at,
    )


def extent_view(states: Collection[CaseState], caller: Caller, against: list[str]) -> ExtentView:
    """What an erasure is of, shown."""
    seen = [each for each in states if caller.sees(each.hospital or "")]
    return ExtentView(
        cases=[
            ErasedCase(case_id=each.case_id, hospital=each.hospital or "", closed_at=each.closed_at) for each in seen
        ],
        elsewhere=len(states) - len(seen),
        goes=[Title(ru=ru, en=en) for ru, en in CATEGORIES],
        stays=list(STAYS),
        against=against,
    )


def certificate_view(text: str, signature: str, *, genuine: bool) -> CertificateView:
    """A certificate, shown."""
    told: dict[str, Any] = json.loads(text)
    log = [LoggedView(**line, title=LOGGED[line["what"]]) for line in told["log"]]
    categories = [Title(**each) for each in told["categories"]]
    shown = {**told, "log": log, "categories": categories, "text": text, "signature": signature, "genuine": genuine}
    return CertificateView.model_validate(shown)


def act(shown: CertificateView, names: Mapping[str, str]) -> str:
    """The act of destruction and the extract from the log (order 179 of Roskomnadzor), in Russian, to be signed."""
    line = "_" * 40
    people = [each for each in (shown.asked, shown.confirmed) if each is not None]
    who = [
        f"   {names.get(each.user, each.user)}, {each.role.value}, {_when(each.at)}   подпись {line}" for each in people
    ]
    reason = f"{BASES[shown.basis].ru} ({shown.article})"
    categories = [f"   {number}) {each.ru}" for number, each in enumerate(shown.categories, 1)]
    return "\n".join(
        [
            f"АКТ № {shown.number}",
            "об уничтожении персональных данных",
            "",
            f"1. Оператор, адрес: {shown.operator or line}",
            f"2. Лицо, обрабатывающее данные по поручению оператора: {line}",
            f"3. Субъект персональных данных: обращение № {shown.number}; Ф. И. О. по заявлению: {line}",
            "4. Данные уничтожили:",
            *who,
            "5. Категории уничтоженных данных:",
            *categories,
            "6. Материальный носитель: обработка автоматизированная, бумажных носителей нет",
            f"7. Информационная система: {shown.system}, {shown.hospital}",
            f"8. Способ уничтожения: {shown.method}",
            f"9. Причина уничтожения: {reason}",
            f"10. Дата уничтожения: {_when(shown.destroyed_at)}",
            "",
            f"ВЫГРУЗКА № {shown.number}",
            "из журнала регистрации событий в информационной системе персональных данных",
            "",
            f"1. Субъект персональных данных: обращение № {shown.number}",
            "2. Категории уничтоженных данных:",
            *categories,
            f"3. Информационная система: {shown.system}, {shown.hospital}",
            f"4. Причина уничтожения: {reason}",
            f"5. Дата уничтожения: {_when(shown.destroyed_at)}",
            "6. События:",
            *(f"   {_when(each.at)}  {each.title.ru}: {each.count}" for each in shown.log),
            "",
            f"Подпись записи (HMAC-SHA-256): {shown.signature}, {'верна' if shown.genuine else 'НЕ ВЕРНА'}",
            "Акт и выгрузка хранятся три года.",
            "",
        ]
    )


def _when(at: datetime) -> str:
    return at.strftime("%d.%m.%Y %H:%M:%S %Z").strip()
