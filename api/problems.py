"""Every fault that the API answers: RFC 9457 problem details with a stable code, worded in Russian and English.

A route raises `Problem` with a code of the table below; refusals, validation faults and outside parts that are away
become one here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from api.audit.noted import noted
from marshrut.domain.refusal import Refused
from marshrut.domain.text import MAX_TOLD, named
from marshrut.ports import KeyReused, Unavailable, Uncertain, Unfit

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Kind:
    """A code's HTTP status and wording."""

    status: int
    en: str
    ru: str


KINDS: Mapping[str, Kind] = {
    # who calls
    "unauthenticated": Kind(401, "A valid bearer token is needed", "Нужен действующий токен"),
    "role_not_allowed": Kind(403, "Your role may not do this", "Ваша роль этого не позволяет"),
    "need_not_allowed": Kind(
        403, "Your role may not open a case for this reason", "По этой причине ваша роль не может открыть случай"
    ),
    "scope_not_allowed": Kind(403, "This key is not for such calls", "Этот ключ не для таких запросов"),
    "hospital_not_allowed": Kind(403, "This hospital is outside your scope", "Эта больница вне вашей области"),
    # what is asked for
    "not_found": Kind(404, "There is no such page", "Такой страницы нет"),
    "method_not_allowed": Kind(405, "This method is not supported here", "Этот метод здесь не поддерживается"),
    "case_not_found": Kind(404, "There is no such case in your scope", "В вашей области нет такого случая"),
    "step_not_found": Kind(404, "There is no such step in your scope", "В вашей области нет такого шага"),
    "item_not_found": Kind(404, "There is no such item in your scope", "В вашей области такого нет"),
    "referral_not_found": Kind(404, "You were asked for no such referral", "Такого направления к вам нет"),
    "enquiry_not_found": Kind(404, "There is no such enquiry in your scope", "В вашей области нет такого обращения"),
    "command_not_found": Kind(404, "There is no such command in your scope", "В вашей области нет такой команды"),
    "catalogue_not_found": Kind(404, "No such catalogue is kept here", "Такого справочника здесь нет"),
    "instrument_not_found": Kind(404, "The catalogue has no such instrument", "Такой анкеты в справочнике нет"),
    "message_not_found": Kind(404, "There is no such message in your scope", "В вашей области нет такого сообщения"),
    "notice_not_found": Kind(404, "There is no such notice in your scope", "В вашей области нет такого сообщения"),
    "code_not_found": Kind(404, "Nothing is known by this code", "По этому коду ничего нет"),
    "too_many_requests": Kind(429, "Too many questions: wait a little", "Слишком часто: подождите немного"),
    "too_many_streams": Kind(
        429, "You listen in too many windows: close some", "Открыто слишком много окон: закройте лишние"
    ),
    "user_not_found": Kind(404, "Nobody of that name is on your roster", "В вашем списке такого сотрудника нет"),
    "absence_not_found": Kind(404, "There is no such absence in your scope", "В вашей области нет такого отсутствия"),
    "view_not_found": Kind(404, "You have saved no such view", "Такого вида у вас нет"),
    "webhook_not_found": Kind(404, "There is no such subscription in your scope", "В вашей области нет такой подписки"),
    "client_not_found": Kind(404, "There is no such client in your scope", "В вашей области нет такой системы"),
    "session_not_found": Kind(404, "They have no such session", "Такого сеанса у этого человека нет"),
    "delivery_not_found": Kind(404, "This subscriber is told no such event", "Такого события этому получателю нет"),
    "opening_not_found": Kind(404, "There is no such opening in your scope", "В вашей области нет такого доступа"),
    "erasure_not_found": Kind(404, "There is no such erasure in your scope", "В вашей области нет такого запроса"),
    "event_type_not_found": Kind(404, "There is no such type of event", "Такого вида событий нет"),
    "handover_not_found": Kind(404, "There is no such handover in your scope", "В вашей области нет такой передачи"),
    # what was sent
    "invalid": Kind(422, "The request does not fit", "Запрос заполнен неверно"),
    "malformed": Kind(400, "The request cannot be read", "Запрос не читается"),
    "bad_pfif": Kind(422, "This is not a PFIF document that can be read", "Это не документ PFIF или он испорчен"),
    "too_many_lines": Kind(
        422, "There are more lines than are taken at once: send the rest again", "Строк больше, чем можно сразу"
    ),
    "too_many_records": Kind(422, "There are more records than are taken at once", "Записей больше, чем можно сразу"),
    "name_unknown": Kind(409, "Nobody has written down this person's name", "Имя этого человека не записано"),
    "too_large": Kind(413, "The request is too large", "Запрос слишком велик"),
    "unsupported_media_type": Kind(415, "This content type is not supported", "Такой тип содержимого не читается"),
    "idempotency_key_reused": Kind(
        422, "This idempotency key came with another body before", "Этот ключ уже приходил с другим содержимым"
    ),
    "unknown_facility": Kind(422, "This hospital is not in the catalogue", "Этой больницы нет в справочнике"),
    "invalid_resource": Kind(
        400, "This is not FHIR R4 that can be taken", "Это не FHIR R4 или в нём чего-то не хватает"
    ),
    "missing_element": Kind(
        422, "An element is missing that is needed here", "Не хватает элемента, который здесь нужен"
    ),
    "unsupported_resource": Kind(422, "This kind of resource is not taken here", "Такие ресурсы здесь не принимаются"),
    "unsupported_bundle": Kind(422, "This Bundle cannot be taken as it is", "Такой Bundle принять нельзя"),
    "unsupported_status": Kind(422, "This status tells nothing here", "Этот статус здесь ни о чём не говорит"),
    "many_visits": Kind(422, "A message tells of one visit", "В сообщении должна быть одна госпитализация"),
    "patient_unknown": Kind(422, "The patient is not known here", "Этот пациент здесь неизвестен"),
    "unknown_flag": Kind(422, "This flag is not known here", "Такой пометки здесь не знают"),
    "wrong_id": Kind(400, "The id does not fit what is sent", "Идентификатор не подходит к содержимому"),
    "bad_search": Kind(400, "This cannot be searched so", "Так искать нельзя"),
    "not_acceptable": Kind(406, "FHIR is answered here in JSON only", "FHIR здесь отвечает только в JSON"),
    "unknown_resource_type": Kind(404, "There are no such resources here", "Таких ресурсов здесь нет"),
    "resource_not_found": Kind(404, "There is no such resource in your scope", "В вашей области нет такого ресурса"),
    "several_found": Kind(412, "Several fit what should be one", "Подходит несколько, а нужен один"),
    "version_needed": Kind(428, "Say by If-Match which version you change", "Укажите в If-Match, какую версию меняете"),
    "no_centre": Kind(422, "This hospital answers no enquiries", "Здесь не отвечают на обращения"),
    "not_mail": Kind(422, "This is not a mail that can be read", "Это не письмо или оно испорчено"),
    "unknown_reason": Kind(422, "This reason is not in the catalogue", "Такой причины нет в справочнике"),
    "unknown_calendar": Kind(422, "The case has no calendar of this name", "В случае нет такого календаря"),
    "wrong_facts": Kind(422, "These facts do not fit the item", "Эти сведения не подходят"),
    "wrong_status": Kind(422, "No item begins like this", "С этого начать нельзя"),
    "unknown_thing": Kind(422, "This is not in the handover", "В этой передаче такого нет"),
    "unknown_name": Kind(422, "The case's catalogue has no such name", "В справочнике случая такого нет"),
    "unknown_client": Kind(422, "Neither the patient nor somebody near", "Это не пациент и не близкий человек"),
    "unknown_instrument": Kind(422, "The case's catalogue has no such instrument", "В справочнике случая нет анкеты"),
    "wrong_answers": Kind(422, "The answers do not fit the instrument", "Ответы не подходят к анкете"),
    "wrong_outcome": Kind(422, "The outcome does not fit the step", "Исход не подходит к шагу"),
    "wrong_assignee": Kind(422, "This is not their work, or not their hospital", "Это не их работа или не их больница"),
    "wrong_deputy": Kind(422, "This person cannot stand in", "Этот сотрудник не может заместить"),
    "missing_field": Kind(422, "A field is missing", "Не заполнено поле"),
    "in_the_future": Kind(422, "This has not happened yet", "Это время ещё не наступило"),
    "before_admission": Kind(422, "This is before the admission", "Это раньше поступления"),
    "ends_before_it_starts": Kind(422, "The end is before the start", "Конец раньше начала"),
    "wrong_role": Kind(422, "Nobody in this role cares for patients", "В этой роли шагов не выполняют"),
    "due_in_the_past": Kind(422, "This due time has passed", "Этот срок уже прошёл"),
    "planned_in_the_past": Kind(
        422, "A stay is planned for a day that lies ahead", "День плановой госпитализации должен быть впереди"
    ),
    "nothing_chosen": Kind(422, "No step is chosen", "Ни один шаг не выбран"),
    "dry_run_first": Kind(
        422,
        "A filter is for a dry run: run what it showed, by its ids",
        "Отбор годится для пробного прогона: выполните показанное им по номерам",
    ),
    "no_partner": Kind(422, "Only a referral to a partner has a link", "Ссылка бывает только у направления партнёру"),
    "only_on_hold": Kind(422, "Only what is put aside has such a day", "Этот срок указывают, когда откладывают"),
    "held_too_long": Kind(422, "That is further ahead than allowed", "Так надолго откладывать нельзя"),
    "not_later": Kind(422, "The new time is not later than the present one", "Новый срок не позже прежнего"),
    "target_not_allowed": Kind(
        422,
        "Nothing is sent to this address: only by HTTPS to public ones, and to hosts that the operator names",
        "На этот адрес ничего не отправляется: только по HTTPS на открытые адреса и на узлы, названные оператором",
    ),
    "target_unresolved": Kind(422, "This host name leads nowhere", "Это имя узла никуда не ведёт"),
    "bad_cursor": Kind(422, "This is not a cursor of this list", "Это не курсор этого списка"),
    "unreadable": Kind(
        422, "This could not be read here; it is kept", "Прочитать это здесь не удалось; сообщение сохранено"
    ),
    # what is wrong with an HL7 message; `details.place` says where
    "unparsable": Kind(422, "This is not HL7 v2 in ER7 form", "Это не HL7 v2 в форме ER7"),
    "oversize": Kind(422, "The message is larger than the limits allow", "Сообщение больше допустимого"),
    "unsupported_charset": Kind(422, "This character set is not supported", "Такая кодировка не поддерживается"),
    "bad_encoding": Kind(
        422, "Bytes that the declared character set does not have", "Байты, которых нет в объявленной кодировке"
    ),
    "unsupported_version": Kind(422, "The version is outside 2.3 to 2.8", "Версия вне пределов 2.3–2.8"),
    "not_adt": Kind(422, "The message is not of type ADT", "Тип сообщения не ADT"),
    "unsupported_event": Kind(422, "This event is not taken in", "Такое событие не принимается"),
    "missing_segment": Kind(422, "A segment is missing", "Нет сегмента"),
    "repeated_segment": Kind(422, "A segment occurs more than once", "Сегмент повторяется"),
    "too_long": Kind(422, "A value is too long", "Значение слишком длинное"),
    "bad_time": Kind(422, "This is no date or time that is allowed here", "Здесь не может стоять такое время"),
    "facility_not_allowed": Kind(
        422, "The sender may not report for this hospital", "Отправитель не вправе сообщать от этой больницы"
    ),
    "control_id_reused": Kind(
        409, "This control id came with another message before", "Этот номер уже приходил с другим сообщением"
    ),
    "no_case": Kind(409, "No case was opened for this visit", "По этой госпитализации случай не открывали"),
    "message_not_parked": Kind(
        409, "Only a parked message, or one that was put aside, can be replayed", "Повторить можно только отложенное"
    ),
    "only_parked": Kind(409, "Only a parked message can be put aside", "Отклонить можно только отложенное сообщение"),
    "message_content_gone": Kind(
        410, "The content of this message is not kept any more", "Содержание этого сообщения больше не хранится"
    ),
    "message_not_discarded": Kind(409, "This message was not put aside", "Это сообщение не отклоняли"),
    # what the case does not allow now
    "already_claimed": Kind(409, "Somebody has taken this step", "Шаг уже взят"),
    "claimed_by_another": Kind(409, "The step belongs to somebody else", "Шаг взят другим"),
    "step_is_open": Kind(409, "Nobody has taken the step", "Шаг никем не взят"),
    "step_is_claimed": Kind(409, "Somebody has taken this step", "Шаг уже взят"),
    "step_is_done": Kind(409, "The step is done already", "Шаг уже завершён"),
    "step_is_cancelled": Kind(409, "The step was cancelled", "Шаг отменён"),
    "step_blocked": Kind(409, "The step is blocked: unblock it first", "Шаг заблокирован: сначала снимите блокировку"),
    "wrong_move": Kind(409, "This cannot follow now; see `can`", "Сейчас так продолжить нельзя"),
    "nothing_to_answer": Kind(409, "Nobody waits for an answer here now", "Здесь сейчас не ждут ответа"),
    "item_exists": Kind(409, "This is there already", "Это уже есть"),
    "approval_needed": Kind(409, "A senior has to look at this first", "Сначала это смотрит старший"),
    "nothing_to_take_back": Kind(409, "There is no such ending to take back", "Отменять здесь нечего"),
    "unknown_hospital": Kind(422, "There is no such hospital", "Такой больницы нет"),
    "cannot_merge": Kind(409, "These two cases cannot be merged", "Эти два случая нельзя объединить"),
    "nothing_changes": Kind(409, "It is so already", "Так уже и есть"),
    "why_protected": Kind(
        422,
        "Say why the patient is protected, or why no more",
        "Укажите, почему пациента берут под защиту или почему её снимают",
    ),
    "catalogue_in_force": Kind(409, "The case goes by this catalogue already", "Случай уже идёт по этому справочнику"),
    "unknown_variant": Kind(422, "There is no such kind of case", "Такого вида случая нет"),
    "adult_or_child": Kind(422, "A case is an adult's or a child's", "Случай либо взрослого, либо ребёнка"),
    "variants_clash": Kind(
        409, "The catalogue's overlays for these kinds do not fit together", "Правила этих видов случая несовместимы"
    ),
    "catalogue_changed": Kind(
        409, "The case has moved to another catalogue meanwhile", "Случай уже перешёл на другой справочник"
    ),
    "hospital_unknown": Kind(409, "The new catalogue does not know the hospital", "В новом справочнике нет больницы"),
    "step_unknown": Kind(
        409, "The new catalogue does not know a step that is open", "В новом справочнике нет открытого шага"
    ),
    "too_many_views": Kind(409, "You have saved many views: remove one first", "Видов уже много: сначала удалите один"),
    "too_many_webhooks": Kind(
        409, "There are many subscriptions: remove one first", "Подписок уже много: сначала удалите одну"
    ),
    "too_many_clients": Kind(409, "There are many clients: revoke some", "Ключей уже много: отзовите лишние"),
    "client_made": Kind(
        409,
        "This was made already, and its key was shown once: revoke it and make another",
        "Система уже заведена, её ключ показан один раз: отзовите его и заведите новый",
    ),
    "own_account": Kind(409, "Nobody shuts themselves out", "Свою учётную запись закрыть нельзя"),
    "no_factor": Kind(409, "They have no second step", "Второго шага при входе у них нет"),
    "user_taken": Kind(409, "A person has this code here", "Этот код уже занят сотрудником"),
    "too_many_secrets": Kind(
        409, "Several secrets hold already; see `until`", "Уже действует несколько секретов, см. `until`"
    ),
    "webhook_changed": Kind(
        409, "Somebody has changed this subscription meanwhile", "Подписку уже изменил кто-то другой"
    ),
    "delivery_not_parked": Kind(409, "Only a parked delivery can be so", "Так можно только с отложенной доставкой"),
    "nothing_to_hand_over": Kind(409, "They have nothing there to hand over", "Передавать нечего: в работе ничего нет"),
    "handover_open": Kind(409, "Their handover waits already; see `handover`", "Передача уже ждёт, см. `handover`"),
    "handover_over": Kind(409, "This handover waits no more; see `state`", "Передача уже не ждёт ответа, см. `state`"),
    "handover_for_another": Kind(409, "This handover is meant for somebody else", "Эта передача не для вас"),
    "absent": Kind(409, "They are away; see `deputy`", "Сотрудник отсутствует, см. `deputy`"),
    "absence_over": Kind(409, "This absence is over already", "Это отсутствие уже закончилось"),
    "not_blocked": Kind(409, "No such block stands on the step", "На шаге нет такой блокировки"),
    "already_blocked": Kind(409, "This reason stands on the step already", "Эта причина на шаге уже есть"),
    "another_accepted": Kind(409, "A partner has accepted this already", "Это уже принял другой партнёр"),
    "consultant_named": Kind(
        409, "A consultant is named: say that they change, and why", "Консультант назван: укажите замену и причину"
    ),
    "no_deadline": Kind(409, "The step has no deadline", "У шага нет срока"),
    "clock_paused": Kind(
        409,
        "The clock stands still: first end what stopped it",
        "Срок на паузе: сначала снимите то, что его остановило",
    ),
    "emergency_clock": Kind(
        409,
        "An emergency's term is not extended in bulk: assign somebody else or acknowledge the escalation",
        "Экстренный срок не продлевают: назначьте другого или примите эскалацию",
    ),
    "own_step": Kind(409, "The step is your own", "Этот шаг у вас"),
    "reminded_lately": Kind(
        409, "They were reminded a short while ago; see `again_at`", "Об этом шаге недавно напоминали, см. `again_at`"
    ),
    "nobody_above": Kind(409, "Everybody above has been told already", "Выше никого не осталось: все уже знают"),
    "calendar_in_force": Kind(409, "The case goes by this calendar already", "Случай уже идёт по этому календарю"),
    "cancel_already_requested": Kind(409, "Cancelling was asked for already", "Отмену уже запросили"),
    "nothing_to_approve": Kind(409, "Nobody asked for anything here", "Здесь нечего утверждать"),
    "case_open": Kind(409, "A case of this person is not closed", "Не все случаи этого человека закрыты"),
    "legal_hold": Kind(409, "The case is kept by order", "Случай хранится по распоряжению"),
    "case_in_scope": Kind(409, "You may see this case without that", "Этот случай вам и так виден"),
    "erasure_settled": Kind(409, "This erasure does not wait for an answer", "По этому запросу уже решено"),
    "erasure_not_done": Kind(409, "This erasure is not done yet", "Уничтожение ещё не завершено"),
    "unreadable_payload": Kind(422, "These payloads cannot be opened", "Эти данные открыть нельзя"),
    "case_erased": Kind(409, "The person of this case was erased", "Данные этого человека уничтожены"),
    "own_request": Kind(409, "Another person has to approve this", "Утвердить должен другой человек"),
    "already_acknowledged": Kind(409, "Somebody has acknowledged this", "Это сообщение уже принято"),
    "already_paused": Kind(409, "The case is paused already", "Случай уже на паузе"),
    "not_paused": Kind(409, "The case is not paused", "Случай не на паузе"),
    "not_discharged": Kind(409, "No discharge was reported", "Выписки не было"),
    "contact_not_wished": Kind(
        409, "The patient has not agreed that these people may know", "Пациент не согласен, чтобы эти люди знали"
    ),
    "consent_withdrawn": Kind(
        409,
        "The person does not agree to this (any more); see `purpose`",
        "Человек на это не согласен или отозвал согласие, см. `purpose`",
    ),
    "nothing_to_amend": Kind(409, "Nothing is held of this person", "Об этом человеке ничего не записано"),
    "contact_dangerous": Kind(
        409, "Somebody near may be a danger: a senior decides first", "Близкие могут быть опасны: сначала решит старший"
    ),
    "relative_unfit": Kind(
        409,
        "The child may not be given to this person, who is not told where it is",
        "Этому человеку ребёнка передать нельзя, и где ребёнок, не сообщают",
    ),
    "adult_decides": Kind(
        409,
        "This child is too young to decide: say which adult, or which doctors, did",
        "Ребёнок ещё не решает сам: укажите, кто из взрослых или врачей решил за него",
    ),
    "decides_alone": Kind(
        409, "An adult is nobody's child: nobody's parent decides", "За взрослого не решают ни родитель, ни опека"
    ),
    "body_not_told": Kind(
        409, "The guardianship body does not know of this child yet", "Опека о ребёнке ещё не знает: сначала сообщите"
    ),
    "handover_not_agreed": Kind(
        409,
        "The guardianship body has not agreed that the child goes there",
        "Опека не согласовала передачу ребёнка туда",
    ),
    "adult_is_called": Kind(
        409,
        "Of a child the adult who answers for them is asked",
        "О ребёнке спрашивают взрослого, который за него отвечает",
    ),
    "attempt_needed": Kind(
        409, "Log at least one attempt before you give up", "Сначала запишите хотя бы одну попытку связаться"
    ),
    "candidates_unanswered": Kind(
        409, "Confirm or reject the candidates first", "Сначала подтвердите или отклоните найденных людей"
    ),
    "link_used": Kind(409, "This link has been answered", "По этой ссылке уже ответили"),
    "link_withdrawn": Kind(409, "A newer link has taken this one's place", "Вместо этой ссылки выдана новая"),
    "link_expired": Kind(409, "This link has run out", "Срок этой ссылки вышел"),
    "version_differs": Kind(
        412, "It has changed since you saw it; `details.version` is the present one", "С тех пор это изменилось"
    ),
    "case_closed": Kind(409, "The case is closed", "Случай закрыт"),
    "case_archived": Kind(409, "The case was closed long ago", "Случай закрыт давно"),
    "unknown_step": Kind(409, "This version does not know the step", "Эта версия не знает такого шага"),
    "expired": Kind(409, "This was not begun in time and will never happen", "Не начато вовремя и уже не произойдёт"),
    # what is away
    "unavailable": Kind(
        503, "Nothing was stored and nothing happened; try again", "Ничего не сохранено и не произошло; повторите"
    ),
    "uncertain": Kind(
        504, "It is not known whether this was stored; send the same again", "Неизвестно, сохранено ли; повторите то же"
    ),
}


class Problem(Exception):  # noqa: N818 - the name that RFC 9457 gives it
    """A fault to answer. `errors` names fields (`field`, `message`), never what stood in them."""

    def __init__(
        self,
        code: str,
        details: Mapping[str, str] | None = None,
        errors: tuple[Mapping[str, str], ...] = (),
        *,
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.details = details or {}
        self.errors = errors
        self.retry_after_s = retry_after_s


def in_russian(request: Request) -> bool:
    """Whether the caller reads Russian."""
    return request.headers.get("accept-language", "").lower().startswith("ru")


def words(code: str, request: Request) -> str | None:
    """What a code says in the caller's language; None when it is not in the table."""
    kind = KINDS.get(code)
    return None if kind is None else kind.ru if in_russian(request) else kind.en


class ProblemView(BaseModel):
    """A fault (RFC 9457). `errors` names the fields at fault, never what stood in them."""

    type: str
    title: str
    status: int
    code: str
    details: dict[str, str] = {}
    errors: list[dict[str, str]] = []


def told(problem: Problem, request: Request) -> dict[str, Any]:
    """The problem as RFC 9457 writes it, in the caller's language."""
    kind = KINDS[problem.code]
    body: dict[str, Any] = {
        "type": f"urn:marshrut:problem:{problem.code}",
        "title": words(problem.code, request),
        "status": kind.status,
        "code": problem.code,
    }
    if problem.details:
        body["details"] = dict(problem.details)
    errors = problem.errors
    if not errors and "field" in problem.details:
        errors = ({"field": problem.details["field"], "message": body["title"]},)
    if errors:
        body["errors"] = list(errors)
    return body


def answer(problem: Problem, request: Request) -> JSONResponse:
    """The problem as it is answered."""
    kind, body = KINDS[problem.code], told(problem, request)
    noted().code = problem.code
    headers = {"Content-Language": "ru" if in_russian(request) else "en"}
    if kind.status == KINDS["unauthenticated"].status:
        headers["WWW-Authenticate"] = "Bearer"
    if kind.status == KINDS["unavailable"].status:
        headers["Retry-After"] = "5"
    if problem.retry_after_s is not None:
        headers["Retry-After"] = str(problem.retry_after_s)
    return JSONResponse(body, kind.status, headers, MEDIA_TYPE)


def unfit(fault: Unfit) -> Problem:
    """What is wrong with a message. What is kept as details is told in `errors`, where there are any, and in words."""
    return Problem(fault.code, {} if fault.errors else fault.details, fault.errors)


def install(app: FastAPI) -> None:
    """Have the application answer every fault as a problem."""

    @app.exception_handler(Problem)
    async def _problem(request: Request, fault: Problem) -> JSONResponse:
        return answer(fault, request)

    @app.exception_handler(Refused)
    async def _refused(request: Request, fault: Refused) -> JSONResponse:
        return answer(Problem(fault.code, fault.details), request)

    @app.exception_handler(Unavailable)
    async def _unavailable(request: Request, fault: Unavailable) -> JSONResponse:
        return answer(Problem("unavailable", {"part": fault.part}), request)

    @app.exception_handler(Uncertain)
    async def _uncertain(request: Request, _fault: Uncertain) -> JSONResponse:
        return answer(Problem("uncertain"), request)

    @app.exception_handler(KeyReused)
    async def _key_reused(request: Request, _fault: KeyReused) -> JSONResponse:
        return answer(Problem("idempotency_key_reused"), request)

    @app.exception_handler(Unfit)
    async def _unfit(request: Request, fault: Unfit) -> JSONResponse:
        return answer(unfit(fault), request)

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, fault: RequestValidationError) -> JSONResponse:
        faults = fault.errors()
        if any(each["type"] == "json_invalid" for each in faults):
            return answer(Problem("malformed"), request)
        errors = tuple({"field": _place(each["loc"]), "message": str(each["msg"])} for each in faults[:MAX_TOLD])
        return answer(Problem("invalid", errors=errors), request)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, fault: HTTPException) -> JSONResponse:
        code = {404: "not_found", 405: "method_not_allowed", 400: "malformed", 413: "too_large"}.get(fault.status_code)
        return answer(Problem(code or "invalid"), request)


def _place(location: tuple[int | str, ...]) -> str:
    """Where a fault is: `body` and `query` are left out, as a caller thinks of fields."""
    return named(tuple(part for part in location if part not in {"body", "query"}))
