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
    # what colleagues say
    "reminder": Words("Напоминают: шаг ждёт вас", "A reminder: a step waits for you"),
    "raised": Words("Вас просят вмешаться: шаг не движется", "You are asked to step in: a step does not move"),
    # what tracks say
    "all_refused": Words("Все учреждения отказали", "All institutions refused"),
    "arrival_unknown": Words("Неизвестно, добрался ли пациент", "It is not known whether the patient arrived"),
    "bed_withdrawn": Words("Место отозвано", "The place was withdrawn"),
    "carer_unable": Words("Родственник не справится с уходом", "The relative is unable to give care"),
    "carer_strained": Words("Ухаживающему тяжело: нужна поддержка", "The carer is strained and needs support"),
    "consent_withdrawn": Words("Согласие отозвано", "A consent was withdrawn"),
    "consent_withdrawn.to_be_found": Words(
        "Согласие на розыск отозвано: снимите объявления",
        "Consent to the search withdrawn: take notices back",
    ),
    "consent_withdrawn.publication": Words(
        "Согласие на публикацию отозвано: снимите фото",
        "Consent to publication withdrawn: take photos down",
    ),
    "consent_withdrawn.needs_to_partners": Words(
        "Партнёрам больше не показываем нужды", "Partners are shown the needs no more"
    ),
    "consent_withdrawn.state_to_relatives": Words(
        "Близким больше не сообщаем, как идут дела", "Those near hear no more how matters stand"
    ),
    "consent_withdrawn.referrals": Words(
        "Согласие отозвано: направления отменены",
        "Consent to referrals withdrawn: they are recalled",
    ),
    "consent_withdrawn.psychologist": Words("От бесед с психологом отказались", "Talks with the psychologist end"),
    "consent_withdrawn.followup": Words("После выписки не звонить: отказ", "No calls after the discharge: withdrawn"),
    "consultant_not_named": Words("Консультант не назван", "No consultant has been named"),
    "consultant_silent": Words("Консультант не отвечает", "The consultant cannot be reached"),
    "contraindicated": Words("Есть противопоказания к устройству", "Placement is contraindicated"),
    "crisis_open": Words("Кризис: без психиатра не выписывать", "In crisis: no discharge without a psychiatrist"),
    "crisis_shift": Words("Кризис, психолога нет: действует смена", "A crisis and no psychologist: the shift acts"),
    "crisis": Words("Пациент в кризисе", "The patient is in crisis"),
    "disputed": Words("С оценкой не согласны", "The assessment is disputed"),
    "found_late": Words("Нашёлся близкий человек", "Somebody near was found"),
    "gone_to_other_hospital": Words("Пациент переведён в другую больницу", "The patient went to another hospital"),
    "handed_over": Words("Вам передали дела коллеги", "A colleague's work passed to you"),
    "handover_offered": Words("Вам передают смену: подтвердите", "A shift is handed over to you: acknowledge it"),
    "handover_waits": Words("Передачу смены никто не принял", "Nobody has acknowledged a shift's handover"),
    "handover_waits_long": Words("Передача смены давно ждёт", "A shift's handover has long been waiting"),
    "handover_declined": Words(
        "Вашу смену не приняли: всё осталось за вами", "Your shift was declined: it stays with you"
    ),
    "handover_not_taken": Words("Часть вашей смены не приняли", "Part of your shift was not taken"),
    "handover_to_pool": Words(
        "Непринятое со смены осталось без исполнителя", "What was left of a shift has nobody to do it"
    ),
    "home_unfit": Words("Дома жить нельзя", "The home is unfit"),
    "left_in_crisis": Words("Выписан в кризисе", "Discharged in a crisis"),
    "line_silent": Words("051 не отвечает", "The line 051 does not answer"),
    "left_before_care": Words("Выписан раньше, чем начались услуги", "Discharged before care began"),
    "moves": Words("Человек переезжает в другое учреждение", "The person moves to another institution"),
    "need_not_recognised": Words("ИППСУ не получена, без неё не примут", "No ИППСУ: no institution takes the person"),
    "none_fits": Words("Ни одно из учреждений не подходит", "None of the institutions fits"),
    "no_owner": Words("За случай некому отвечать, кроме старшего", "Only the senior is left to answer for a case"),
    "not_arrived": Words("Пациент не прибыл", "The patient did not arrive"),
    "not_indicated": Words("Комиссия не нашла показаний", "The commission sees no indication"),
    "papers_expired": Words("Справки пакета просрочены", "Papers of the package ran out"),
    "papers_missing": Words("Пакет неполон", "The package is not complete"),
    "place_given_back": Words("Согласие отозвано: откажитесь от места", "Consent withdrawn: give the place back"),
    "poor_feedback": Words("Плохой отзыв об учреждении", "A poor feedback on the institution"),
    "mse_at_the_bed": Words("Бюро МСЭ придёт к пациенту в палату", "The disability board comes to the bed"),
    "mse_awaited": Words("Выписан до решения МСЭ", "Discharged before the disability board decided"),
    "mse_bed_left": Words("Бюро МСЭ должно прийти домой", "The disability board has to come to the home now"),
    "mse_left": Words("Выписан без направления на МСЭ", "Discharged without a referral to МСЭ"),
    "mse_refused": Words("Комиссия отказала в направлении на МСЭ", "The commission refused to refer to МСЭ"),
    "papers_left_behind": Words("Документы остались в больнице", "Papers were left in the hospital"),
    "nobody_accepts": Words("Никто из партнёров не принял направление", "No partner accepted the referral"),
    "partner_unknown": Words("Такого партнёра не спрашивали", "This partner was not asked"),
    "partner_answered": Words("Партнёр ответил на направление", "A partner answered a referral"),
    "partner_answered.accepted": Words("Партнёр принял направление", "A partner accepted the referral"),
    "partner_answered.declined": Words("Партнёр отказал по направлению", "A partner declined the referral"),
    "partner_answered.on_hold": Words("Партнёр отложил направление", "A partner put the referral aside"),
    "partner_answered.in_progress": Words("Партнёр начал оказывать услугу", "The partner has begun"),
    "partner_answered.completed": Words("Партнёр оказал услугу", "The partner has delivered the service"),
    "partner_answered.failed": Words("Партнёр не смог оказать услугу", "The partner could not deliver the service"),
    "problem": Words("После выписки возникла трудность", "A problem after discharge"),
    "no_reply": Words("На обращение нет ответа", "An enquiry got no reply"),
    "queued_out_of_turn": Words("Внеочередник поставлен в очередь", "Queued, though to be taken out of turn"),
    "readmitted": Words("Человек снова в больнице", "The person is in hospital again"),
    "referral_failed": Words("Партнёр не оказал услугу", "The partner's service failed"),
    "referral_handed_over": Words(
        "Партнёр продолжает без нас: сообщите ему", "The partner goes on without us: tell them"
    ),
    "referral_recalled": Words("Направление отозвано: сообщите партнёру", "A referral was recalled: tell the partner"),
    "referred_again": Words("К психологу обращаются ещё раз", "Somebody else asks for the psychologist"),
    "relatives_refuse": Words("Родственники отказались помогать", "The relatives refuse to help"),
    "relatives_dangerous": Words("Близким ничего не сообщать: опасно", "Nobody near may be told: it is dangerous"),
    "transferred": Words("К вам переведён пациент: примите случай", "A patient was handed over to you: take the case"),
    "not_transferred": Words("Переведённый пациент не прибыл", "A patient who was handed over has not arrived"),
    "left_without_notice": Words("Пациент ушёл без предупреждения", "The patient left without notice"),
    # of children
    "child_gone_unagreed": Words("Ребёнка забрали без согласия опеки", "A child was taken without the body's word"),
    "consent_refused": Words("Законный представитель не согласен", "Whoever decides for the child refuses"),
    "family_unreached": Words("До семьи не дозвонились", "The family could not be reached"),
    "finder_unknown": Words("Неизвестно, кто нашёл ребёнка", "It is not known who found the child"),
    "handover_failed": Words("Передать ребёнка не удалось", "The child could not be handed over"),
    "left_behind": Words("Мать оставила ребёнка", "The mother left the child behind"),
    "no_guardian": Words("Временного опекуна нет", "There is no temporary guardian"),
    "not_coming": Words("Плановая госпитализация не состоится", "The planned stay falls through"),
    "parent_unfit": Words("Родителю нельзя передать ребёнка", "A parent may not have the child"),
    "parent_refuses": Words("Родитель не забирает ребёнка", "A parent does not take the child"),
    "parent_stay_over": Words("Родитель больше не рядом с ребёнком", "The parent is with the child no more"),
    "parents_not_found": Words("Родители не найдены", "The parents were not found"),
    "return_refused": Words("Опека не согласна вернуть ребёнка", "The body does not agree to the child's return"),
    "survey.care_found": Words("Опека: о ребёнке есть кому заботиться", "The body found somebody who cares"),
    "survey.no_care": Words("Опека: ребёнок без попечения", "The body found no care for the child"),
    "survey": Words("Опека провела обследование", "The guardianship body has surveyed"),
    # of those who come and go
    "returns": Words("Человек возвращается из учреждения", "The person returns from the institution"),
    "signature_invalid": Words("Электронная подпись неверна", "An electronic signature is invalid"),
    "search_handed_over": Words("Родственников ищут дальше, маршрут идёт", "The search goes on beside the route"),
    "sessions_missed": Words("Пропущены два занятия подряд", "Two lessons in a row were missed"),
    "somebody_alone_at_home": Words("Дома остался кто-то один", "Somebody was left alone at home"),
    "variant_proposed": Words("Похоже, вид случая другой: проверьте", "It seems to be another kind of case: check it"),
    "variant_proposed.adult": Words(
        "Похоже, пациент взрослый: проверьте", "The patient seems to be an adult: check it"
    ),
    "variant_proposed.child": Words("Похоже, пациент ребёнок: проверьте", "The patient seems to be a child: check it"),
    "support": Words("Есть новости от психолога", "There is news from the psychologist"),
    "support.continues": Words("Психолог: беседы продолжаются", "The psychologist: the talks go on"),
    "support.helped": Words("Психолог: помощь оказана", "The psychologist: it has helped"),
    "support.refused": Words("Психолог: от бесед отказались", "The psychologist: talks are refused"),
    "support.transferred": Words("Психолог: передано психиатру", "The psychologist: a psychiatrist took over"),
    "support.unfinished": Words("Психолог: беседы прерваны", "The psychologist: the talks were broken off"),
    "support.withdrawn": Words("Психолог: беседы больше не нужны", "The psychologist: talks are wanted no more"),
    "voucher_expired": Words("Путёвка просрочена", "The voucher ran out"),
    "still_needed": Words("Не всё готово к выписке домой", "Not everything is ready for going home"),
    "unreachable": Words("После выписки человек не отвечает", "The person does not answer after discharge"),
    "unsolved": Words("Трудность после выписки не решена", "A problem after discharge is not solved"),
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
    if found := OCCASIONS.get(name) or OCCASIONS.get(".".join((beginning, *rest[:1]))) or OCCASIONS.get(beginning):
        return found
    return REFUSED if rest[:1] == ["no"] else ANYTHING
