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

`GET /api/v1/kpi?hospital=GKB29&from=2026-03-01&until=2026-04-01` answers all of it without personal data.
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
