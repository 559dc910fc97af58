"""Everything that is held on a person, in words: who they are, who told it, their cases, and what was told to whom."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from api.rights.disclosure import CaseOfPerson, DisclosureView, RecipientView, TellingView
from api.views.item import ItemView
from api.web.case.gathering import Gathered, gathered
from api.web.case.rights import ConsentRow, Righted, consent_row, disputed, righted
from api.web.case.timeline import Line, timeline
from api.web.desk import Desk
from api.web.hooks.standing import type_of
from marshrut.domain.state import CaseState

CODE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
# What says nothing to people: ids of ours, and what stands elsewhere on the page.
UNTOLD = frozenset({"because", "told_in", "brought_by", "command_id", "identified", "kin"})


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that is known, under its name."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Source:
    """Who told something, when, and what."""

    who: str
    when: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Thing:
    """Something beside the steps, or a step: what it is, how it stands, since when, and what was written to it."""

    title: str
    state: str
    when: str
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who outside was told what, and when."""

    who: str
    what: str
    when: str


@dataclass(frozen=True, slots=True)
class CaseTold:
    """A case."""

    case_id: str
    title: str
    facts: tuple[Fact, ...]
    consents: tuple[ConsentRow, ...]
    steps: tuple[Thing, ...]
    things: tuple[Thing, ...]
    recipients: tuple[Recipient, ...]
    history: tuple[Line, ...]
    withheld: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Told:
    """All of it. Not `whole`: there are cases in hospitals that the reader does not see.

    `disputed`: where a system says otherwise than what was put right, and nobody has decided.
    """

    who: str
    made: str
    seen: str
    whole: bool
    identity: tuple[Fact, ...]
    near: tuple[tuple[Fact, ...], ...]
    corrections: tuple[Righted, ...]
    disputed: tuple[str, ...]
    sources: tuple[Source, ...]
    cases: tuple[CaseTold, ...]


async def told_of(view: DisclosureView, case: CaseState, desk: Desk) -> Told:
    """The disclosure, worded as the page of each case words it."""
    t, f = desk.t, desk.f
    spelling = Spelling(desk)
    known, of = view.identity, await gathered(case.case_id, desk)
    return Told(
        who=(await desk.who([case]))[case.case_id].full,
        made=t(
            "disclosure.made", who=desk.name_of(view.made_by), day=f.full_day(view.made_at), time=f.clock(view.made_at)
        ),
        seen=t(f"disclosure.seen_{view.checked}", request=view.request),
        whole=view.whole,
        identity=spelling.facts(known.get("patient") or {}),
        near=tuple(spelling.facts(each) for each in known.get("contacts") or ()),
        corrections=tuple(righted(each, of) for each in view.corrections),
        disputed=tuple(disputed(each, of) for each in view.conflicts),
        sources=tuple(_source(each, desk, spelling) for each in view.sources),
        cases=tuple([await _case(each, desk) for each in view.cases]),
    )


class Spelling:
    """Says fields and their values in words; of a case in those of its catalogue."""

    def __init__(self, desk: Desk, of: Gathered | None = None) -> None:
        self._desk = desk
        self._of = of

    def facts(self, known: Mapping[str, Any]) -> tuple[Fact, ...]:
        """Everything that is there, each under its name."""
        return tuple(self._facts(known))

    def _facts(self, known: Mapping[str, Any]) -> Iterator[Fact]:
        for name, value in known.items():
            if name in UNTOLD or value is None or value in ("", [], {}, ()):
                continue
            if isinstance(value, Mapping):
                yield from self._facts(value)
            elif text := self._text(name, value):
                yield Fact(self._name(name), text)

    def _name(self, name: str) -> str:
        key = f"disclosure.f_{name}"
        return self._desk.t(key) if self._desk.t.knows(key) else name.replace("_", " ")

    def _text(self, name: str, value: Any) -> str:
        f = self._desk.f
        match value:
            case bool():
                return self._desk.t("disclosure.yes" if value else "disclosure.no")
            case list() | tuple() | set() | frozenset():
                told = (self._text(name, each) for each in value)
                return "; ".join(each for each in told if each)
            case Mapping():
                return ", ".join(each.text for each in self.facts(value))
            case datetime():
                return f.when(value)
            case date():
                return f.full_day(value)
            case _:
                return self._word(name, str(value))

    def _word(self, name: str, text: str) -> str:
        key = f"disclosure.v_{name}_{text}"
        if self._desk.t.knows(key):
            return self._desk.t(key)
        if self._of is not None and CODE.fullmatch(text):
            return self._of.voice.names.filled(name, text)
        return self._moment(text) if DAY.match(text) else text

    def _moment(self, text: str) -> str:
        """A day, or an instant, as days and times are written; what is neither as it stands."""
        f = self._desk.f
        try:
            return f.full_day(date.fromisoformat(text)) if DAY.fullmatch(text) else f.when(datetime.fromisoformat(text))
        except ValueError:
            return text


def _source(view: TellingView, desk: Desk, spelling: Spelling) -> Source:
    role = "" if view.role is None else desk.role(view.role)
    who = ", ".join(part for part in (role, view.source, view.format) if part)
    return Source(who, "" if view.at is None else desk.f.when(view.at), spelling.facts(view.told))


async def _case(view: CaseOfPerson, desk: Desk) -> CaseTold:
    of = await gathered(view.case.case_id, desk)
    of = replace(of, events=view.history, older=None)
    spelling, f, t = Spelling(desk, of), of.voice.formats, desk.t
    card = view.case
    told = {
        "hospital": desk.hospital(card.hospital),
        "admitted_at": card.admitted_at,
        "closed_at": card.closed_at,
        "ward": card.ward,
        "bed": card.bed,
        "visit": card.visit,
        "diagnosis": card.diagnosis,
        "sentence": card.sentence,
        "flags": [t(f"terms.flag_{flag}") for flag in card.flags],
        "owner": None if card.owner is None else desk.name_of(card.owner),
        "inquiry": card.inquiry,
        "referred_by": card.referred_by,
    }
    return CaseTold(
        case_id=card.case_id,
        title=t("disclosure.case", where=desk.hospital(card.hospital), day=f.full_day(card.admitted_at)),
        facts=spelling.facts(told),
        consents=tuple(consent_row(each, of) for each in view.consents),
        steps=tuple(
            Thing(
                desk.said(step.title),
                t(f"disclosure.step_{step.state.value}"),
                f.when(step.opened_at),
                () if step.outcome is None else spelling.facts(_outcome(of, f"{step.track}.{step.name}", step.outcome)),
            )
            for step in card.steps
        ),
        things=tuple(_item(each, of, spelling) for each in view.items),
        recipients=tuple(_recipient(each, of) for each in view.recipients),
        history=timeline(of, whole=True),
        withheld=tuple((f.when(each.at), desk.said(each.reason)) for each in view.withheld),
    )


def _outcome(of: Gathered, step: str, outcome: Mapping[str, Any]) -> dict[str, Any]:
    """What came of a step, its result in the words of the step."""
    result = outcome.get("result")
    return {**outcome, "result": of.voice.names.result(step, result)} if isinstance(result, str) else dict(outcome)


def _item(view: ItemView, of: Gathered, spelling: Spelling) -> Thing:
    kind = of.voice.names.word("items", view.kind)
    title = of.desk.said(view.title)
    named = kind if title == kind else f"{kind}: {title}"
    return Thing(
        named, of.desk.said(view.status_title).lower(), of.voice.formats.when(view.moved_at), spelling.facts(view.facts)
    )


def _recipient(view: RecipientView, of: Gathered) -> Recipient:
    t, names = of.desk.t, of.voice.names
    when = of.voice.formats.when(view.at)
    if view.kind == "partner":
        said = "needs" if view.needs_told else "no_needs"
        return Recipient(names.partner(view.who), f"{names.service(view.what)}: {t(f'disclosure.told_{said}')}", when)
    return Recipient(
        t("disclosure.machine", name=view.who), f"{type_of(of.desk, view.what)}: {t('disclosure.told_codes')}", when
    )
