"""What each figure is called, what it counts and what it does not: the API answers it, and docs/kpi.md is made of it.

The figures that the service publishes mix people, issues and services (domain facts, 1): here each says which it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from marshrut.domain.kpi.facts import DELIVERS

PAGE = Path(__file__).parents[2] / "docs" / "kpi.md"


@dataclass(frozen=True, slots=True)
class Wording:
    """A text in Russian and English."""

    ru: str
    en: str


@dataclass(frozen=True, slots=True)
class Definition:
    """A figure: `counts` what, `at` which instant (that puts it into a period), `leaves_out` what."""

    code: str
    title: Wording
    counts: Wording
    at: Wording
    leaves_out: Wording


DEFINITIONS = (
    Definition(
        "people",
        Wording("Люди", "People"),
        Wording(
            "Разные люди, на которых открыт случай: по поступлению или по обращению без заявления",
            "Different people for whom a case was opened, by an admission or a referral",
        ),
        Wording("когда открыт случай", "when the case was opened"),
        Wording(
            "Обращения в Координационный центр; отменённые поступления и объединённые случаи; родственников. Один и "
            "тот же человек в двух больницах — двое, пока случаи не объединены; без номера карты случай — один человек",
            "Enquiries to the Coordination Centre; cancelled admissions and merged cases; relatives. Somebody in two "
            "hospitals is two until the cases are merged; without a record number each case is a person",
        ),
    ),
    Definition(
        "cases",
        Wording("Случаи", "Cases"),
        Wording(
            "Госпитализации с тем, что из них следует: открытые и закрытые; обращения в центр отдельно",
            "Hospital episodes with what follows from them: opened and closed; enquiries to the centre apart",
        ),
        Wording("когда случай открыт; когда закрыт", "when the case was opened; when it was closed"),
        Wording(
            "Отменённые поступления, объединённые и отсеянные: они названы отдельно (`void`), в день закрытия",
            "Cancelled admissions, merged and screened ones: they are told apart (`void`), on the day of their end",
        ),
    ),
    Definition(
        "issues",
        Wording("Вопросы", "Issues"),
        Wording(
            "Согласованные с человеком потребности: поднятые, решённые (`met`) и нерешённые (`unmet`)",
            "Needs agreed with the person: raised, resolved (`met`) and left `unmet`",
        ),
        Wording(
            "поднят — когда потребность впервые записана; решён или нет — когда это сказано в последний раз",
            "raised when the need was first written down; resolved or unmet when that was said last",
        ),
        Wording(
            "Потребности, которые только предложены или от которых отказались; потребность снова в работе не решена; "
            "несколько услуг по одной потребности — один вопрос",
            "Needs that are only proposed, or declined; a need that is taken up again is not resolved; several "
            "services for one need are one issue",
        ),
    ),
    Definition(
        "services",
        Wording("Услуги", "Services"),
        Wording(
            "Исполненные направления к партнёрам (по числу занятий, если оно названо), посещённые занятия и наши шаги "
            "из списка ниже",
            "Referrals that partners delivered (by their units, where told), sessions attended, and the steps of ours "
            "listed below",
        ),
        Wording(
            "занятие — когда было; направление — когда исполнено; шаг — когда сделан",
            "a session when it was; a referral when it was delivered; a step when it was done",
        ),
        Wording(
            "Заявления, звонки, обследования и решения; направление, занятия которого записаны по одному; документ, "
            "который у человека был или нашёлся",
            "Applications, calls, surveys and decisions; a referral whose sessions are written down one by one; a "
            "paper that the person had, or that was found",
        ),
    ),
    Definition(
        "terms",
        Wording("Соблюдение сроков", "Terms kept"),
        Wording(
            "Шаги со сроком: сделанные до его конца и нет, по шагам; сколько из них с продлённым сроком",
            "Steps with a deadline: done before it and not, by step; in how many of them more time had been given",
        ),
        Wording(
            "в срок — когда сделан; не в срок — когда истёк срок, сделан шаг потом или нет",
            "kept when it was done; missed when the term was over, whether it was done afterwards or not",
        ),
        Wording(
            "Отменённые шаги; шаги без срока; срок впереди; случай или шаг на паузе. Считается время, когда шаг "
            "сделан, а не когда записан; продлённый срок — новый срок",
            "Cancelled steps; steps without a deadline; terms that are not over; paused cases and steps. What counts "
            "is when the step was done, not when it was written down; of a term that was extended, the new one",
        ),
    ),
    Definition(
        "delay",
        Wording("Дни задержки выписки", "Delayed days"),
        Wording(
            "Дни в отделении после медицинской готовности, по причинам",
            "Days in the ward after medical readiness, by reason",
        ),
        Wording("полночь, в которую человек ещё в отделении", "the midnight at which the patient was still there"),
        Wording("Дни паузы, если так сказано в справочнике", "Days of a pause, where the catalogue says so"),
    ),
    Definition(
        "shares",
        Wording("Дни задержки по долям", "Delayed days, shared"),
        Wording(
            "Те же дни по причине и по тому, чей был ход: день с двумя причинами делится между ними поровну, поэтому "
            "доли в сумме равны дням. День, о котором никто ничего не сказал, стоит отдельно",
            "The same days by reason and by who had to move: a day with two reasons is shared between them evenly, so "
            "the shares add up to the days. A day of which nobody said anything stands apart",
        ),
        Wording("полночь, в которую человек ещё в отделении", "the midnight at which the patient was still there"),
        Wording(
            "На 100 выписок: дни задержки периода к его выпискам; кто ещё не выписан, добавляет только дни",
            "For 100 discharges: the delayed days of the period by its discharges; who is still there adds days only",
        ),
    ),
    Definition(
        "sla",
        Wording("В срок по видам шагов", "In time, by step"),
        Wording(
            "Шаги со сроком из справочника, по шагу и сроку: сколько сделано в срок, и за какое время сделана половина "
            "(P50) и девять из десяти (P90), в единицах срока; цель — из справочника",
            "Steps with a term of the catalogue, by step and term: how many were done in time, and in how much time "
            "half of them (P50) and nine of ten (P90) were done, in units of the term; the goal is the catalogue's",
        ),
        Wording(
            "в срок — когда сделан; не в срок — когда истёк срок; ещё открытый просроченный шаг считается с тем "
            "временем, которое уже прошло",
            "kept when it was done; missed when the term was over; a step that is late and still open counts with the "
            "time that it has taken so far",
        ),
        Wording(
            "Сроки, которые назвал человек; паузы случая и шага; рабочее время — по действующему календарю",
            "Terms that a person named; pauses of the case and the step; working time is by the calendar in force now",
        ),
    ),
    Definition(
        "ready",
        Wording("До социальной готовности", "Until socially ready"),
        Wording(
            "Дни от поступления до дня, когда выписке домой больше ничто не мешает: половина (P50) и девять из десяти "
            "(P90)",
            "Days from the admission until nothing stands in the way home any more: of half of the people (P50), and "
            "of nine of ten (P90)",
        ),
        Wording("когда человек стал социально готов", "when the person became socially ready"),
        Wording(
            "Тех, кто ещё не готов, и тех, кого выписали раньше, чем это было сказано",
            "Those who are not ready yet, and those who left before anybody said so",
        ),
    ),
    Definition(
        "answers",
        Wording("Ответы партнёров", "Partners' answers"),
        Wording(
            "Направления партнёрам, по программе и партнёру: отправленные, с ответом «да» или «нет», с ответом в срок "
            "и без ответа; за сколько рабочих дней пришла половина ответов (P50) и девять из десяти (P90)",
            "Referrals to partners, by programme and partner: sent, answered with yes or no, answered in time, and "
            "never answered; in how many working days half of the answers came (P50), and nine of ten (P90)",
        ),
        Wording(
            "отправлено — когда отправлено; ответ — когда дан; без ответа — когда истёк срок",
            "sent when it was sent; answered when it was answered; never answered when the time for it was over",
        ),
        Wording(
            "Направления, которые мы отозвали до ответа; те, на которые ответа ещё ждут, — в доле ответов в срок",
            "Referrals that we recalled before an answer; in the share in time, those that are still waited for",
        ),
    ),
    Definition(
        "weeks",
        Wording("По неделям и к прошлому периоду", "By week, and against the period before"),
        Wording(
            "Недели с понедельника, которые уже закончились: все недели периода, не меньше двенадцати; и тот же период "
            "раньше: месяц к месяцу, иначе столько же дней",
            "Weeks from Monday that are over: those of the period, and at least twelve; and the period before: a month "
            "against a month, else as many days",
        ),
        Wording("как у каждого из этих показателей", "as for each of these figures"),
        Wording(
            "Неделю, которая ещё идёт; период, который ещё идёт, сравнивается с такой же частью прежнего",
            "The week that is running; a period that is not over is compared with as much of the one before",
        ),
    ),
)


INTRODUCTION = """\
# What is counted

This page is made of `marshrut/domain/kpi_words.py` (`make kpi`); a test compares the two.

The service has published 115,000 services (June 2023), and 175,000 people with 400,000 issues solved (January 2026).
These mix three things: somebody who needs papers and care at home is one person with two issues, and the lessons of a
programme are as many services. What was counted as which is not known, so figures of this system cannot be laid beside
the published ones. Here each figure says what it counts.

A period has a first day and a day before which it ends, both by the hospital's own clock. Everything counts at one
instant, so months add up to a year and hospitals to a city; only people do not, for somebody who comes twice is one.
All is read off the cases as they are known now: what is entered later for a past day changes the figures of that day.

`GET /api/v1/kpi?hospital=GKB29&from=2026-03-01&until=2026-04-01` answers all of it without personal data; with
`compare=true` also the period before and the weeks. The page `/desk/figures` shows the same, with each definition one
click away, and `GET /api/v1/export/csv` writes it as a table. What figures are compared with are goals of the
catalogue (`rules.yaml`), each with mark and source; those that ship are ours and not verified.
"""
REASON = """
Each of them leaves the person with something: help with a signed act, an aid, a paper that was issued through us, a
disability group, a psychologist's talk, an escorted way home, a place to live. Care at home, lessons and other
programmes are delivered by partners and count as referrals and sessions.
"""


def page() -> str:
    """docs/kpi.md."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield from INTRODUCTION.splitlines()
    yield ""
    for each in DEFINITIONS:
        yield from (
            f"## {each.title.en} (`{each.code}`, {each.title.ru.lower()})",
            "",
            f"- **Counts:** {each.counts.en}.",
            f"- **At:** {each.at.en}.",
            f"- **Does not count:** {each.leaves_out.en}.",
            "",
            f"> {each.counts.ru}. Время: {each.at.ru}. Не считается: {each.leaves_out.ru}.",
            "",
        )
    yield from ("## Steps that deliver a service", "", "| step | results that count |", "|---|---|")
    yield from (
        f"| `{step}` | {', '.join(f'`{result}`' for result in results)} |" for step, results in DELIVERS.items()
    )
    yield from REASON.splitlines()


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
