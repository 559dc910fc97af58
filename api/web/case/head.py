"""Who a case is about, and the strip that says how its discharge stands."""

from __future__ import annotations

from dataclasses import dataclass

from api.web.case.gathering import Gathered
from api.web.people import age, short_name
from marshrut.domain.planned import planned_day
from marshrut.domain.words import Flag

TOLD_AS = {Flag.VIOLENCE: "late", Flag.PROTECTED: "line"}


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of what is known. `hidden`: the reader's role does not see it."""

    name: str
    text: str
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Tag:
    """A few words. `kind`: of the tag's looks."""

    text: str
    kind: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """The card at the top. `strip`: (name, text, whether it is a delay). `banners`: what comes before all else."""

    title: str
    short: str
    code: str
    facts: tuple[Fact, ...]
    tags: tuple[Tag, ...]
    strip: tuple[tuple[str, str, bool], ...]
    banners: tuple[tuple[str, str, str | None], ...]


def head(of: Gathered) -> Head:
    """The top of the page."""
    desk, card, t = of.desk, of.card, of.desk.t
    title, short = _title(of)
    return Head(
        title=title,
        short=short,
        code=code_of(of.state.case_id),
        facts=_facts(of),
        tags=(
            *((Tag(t("case.closed_as", ending=_ending(of)), "line"),) if card.closed_at else ()),
            *(Tag(t(f"terms.flag_{flag}"), TOLD_AS.get(flag, "")) for flag in card.flags),
            *(
                Tag(desk.said(each.title), "line", "; ".join(desk.said(reason) for reason in each.because))
                for each in card.variants
                # That it is a child's the flag says already.
                if each.variant != "adult" and str(each.variant) not in {str(flag) for flag in card.flags}
            ),
        ),
        strip=_strip(of),
        banners=_banners(of),
    )


def code_of(case_id: str) -> str:
    """A case as people spell it to each other: the first eight signs of its id."""
    plain = case_id.replace("-", "").upper()
    return f"{plain[:4]}-{plain[4:8]}"


def _title(of: Gathered) -> tuple[str, str]:
    desk, patient = of.desk, of.card.patient
    if patient is None:
        hidden = desk.t("case.nobody_shown", code=code_of(of.state.case_id))
        return hidden, desk.t("case.case", code=code_of(of.state.case_id))
    given = patient.model_dump()
    full = " ".join(str(given[part]) for part in ("family", "given", "patronymic") if given.get(part))
    if not full:
        unknown = Flag.UNIDENTIFIED in of.card.flags
        sort = ("unknown_woman" if patient.sex == "female" else "unknown_man") if unknown else "nameless"
        return desk.t(f"shell.{sort}"), desk.t(f"shell.{sort}")
    years = age(patient.birth_date, desk.f.today)
    return full if years is None else desk.t("case.aged", name=full, n=years), short_name(given)


def _facts(of: Gathered) -> tuple[Fact, ...]:
    desk, card, f, t = of.desk, of.card, of.voice.formats, of.desk.t
    hidden = t("shell.hidden")

    def shown(name: str, text: str | None) -> tuple[Fact, ...]:
        if not desk.sees_persons:
            return (Fact(t(f"case.{name}"), hidden, hidden=True),)
        return (Fact(t(f"case.{name}"), text),) if text else ()

    patient, female = card.patient, _female(of)
    born = f.full_day(patient.birth_date) if patient is not None and patient.birth_date is not None else None
    place = ", ".join(part for part in (desk.hospital(card.hospital), card.ward, card.bed) if part)
    key = "admitted_emergency" if card.emergency else "admitted_other"
    when = t(f"case.{key}", when=f"{f.day(card.admitted_at)} {f.clock(card.admitted_at)}")
    return (
        *shown(f"born{female}", born),
        *shown("record", card.visit),
        Fact(t("case.where"), place),
        Fact(t(f"case.admitted{female}"), when),
        *shown("diagnosis", card.diagnosis),
        *((Fact(t("case.sentence"), card.sentence),) if card.sentence else ()),
    )


def _female(of: Gathered) -> str:
    """How words end that are said of this patient, as far as the reader may know."""
    return "_f" if of.card.patient is not None and of.card.patient.sex == "female" else ""


def _ending(of: Gathered) -> str:
    ending = of.card.ending
    return "" if ending is None else of.voice.names.word("endings", ending).lower()


def _strip(of: Gathered) -> tuple[tuple[str, str, bool], ...]:
    card, f, t = of.card, of.voice.formats, of.desk.t
    found: list[tuple[str, str, bool]] = []
    if of.delay.total:
        over = of.delay.until is not None
        text = t("case.delay_was" if over else "case.delay_is", n=of.delay.total)
        found.append((t("case.delay"), text, not over))
    ready = card.medically_ready_at
    found.append(
        (
            t(f"case.ready{_female(of)}"),
            t("case.not_yet") if ready is None else f"{f.weekday(ready)} {f.when(ready)}",
            False,
        )
    )
    if card.expected_discharge_at is not None:
        day = card.expected_discharge_at
        found.append((t("case.plan"), f"{f.weekday(day)} {f.day(day)}", False))
    answers = card.answers_for
    if answers is not None:
        who = of.desk.role(answers.role) if answers.user is None else of.desk.name_of(answers.user)
        found.append((t("case.answers_for"), who, False))
    return tuple(found)


def _banners(of: Gathered) -> tuple[tuple[str, str, str | None], ...]:
    """What whoever opens the case has to know first: (kind, text, where it leads)."""
    card, state, t, f = of.card, of.state, of.desk.t, of.voice.formats
    found: list[tuple[str, str, str | None]] = []
    for each in () if of.reads_only else of.openings:
        who, role, need = of.desk.name_of(each.user), of.desk.role(each.role), t(f"glass.need_{each.need.value}")
        said = t("glass.opened_here", who=who, role=role, need=need, time=f.when(each.ends_at))
        found.append(("amber", said, f"/desk/break-glass?case={each.case_id}"))
    if card.merged_into is not None:
        found.append(("amber", t("case.merged_into"), f"/desk/cases/{card.merged_into}"))
    found += [("", t("case.absorbed"), f"/desk/cases/{other}") for other in card.absorbed]
    if card.earlier is not None:
        found.append(("", t("case.earlier"), f"/desk/cases/{card.earlier}"))
    if card.later is not None:
        found.append(("amber", t("case.later"), f"/desk/cases/{card.later}"))
    if state.paused_since is not None:
        found.append(("amber", t("case.paused", when=f.when(state.paused_since)), None))
    if state.awaited and (day := planned_day(state)) is not None:
        found.append(("", t("case.awaited", day=f.day(day)), None))
    if card.psychology.keeps_here:
        found.append(("late", t("case.keeps_here"), None))
    return tuple(found)
