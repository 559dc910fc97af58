"""Counting: case after case into the figures of a period."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, datetime
from fractions import Fraction

from marshrut.domain.delay import Delay, Held
from marshrut.domain.kpi.facts import AskedFact, CaseFacts, TermFact, facts_of, micros
from marshrut.domain.kpi.figures import UNEXPLAINED, Answers, Figures, Kept, Pace, Period, Timed
from marshrut.domain.kpi.worked import DAY_SPENT, PARTNERS_UNIT, Worked
from marshrut.domain.state import CaseState


class _Timed:
    """What becomes a `Timed`."""

    __slots__ = ("late_open", "met", "missed", "spent")

    def __init__(self) -> None:
        self.met, self.missed, self.late_open, self.spent = 0, 0, 0, Counter[int]()


class _Answers:
    """What becomes an `Answers`."""

    __slots__ = ("answered", "asked", "in_time", "silent", "spent")

    def __init__(self) -> None:
        self.asked, self.answered, self.in_time, self.silent, self.spent = 0, 0, 0, 0, Counter[int]()


class Tally:
    """Figures that grow. `worked`: the hours by which terms were counted; without them nobody says how long it took.

    A period that is not over counts up to `now`.
    """

    def __init__(self, period: Period | None = None, now: datetime | None = None, worked: Worked | None = None) -> None:
        self._since, self._until = (0, 0) if period is None else (micros(period.since), micros(period.until))
        self._now = 0 if now is None else micros(now)
        self._worked = worked
        self._people: set[str] = set()
        self._counts: Counter[str] = Counter()
        self._raised: Counter[str] = Counter()
        self._resolved: Counter[str] = Counter()
        self._unmet: Counter[str] = Counter()
        self._services: Counter[str] = Counter()
        self._terms: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
        self._paces: defaultdict[Pace, _Timed] = defaultdict(_Timed)
        self._reasons: Counter[str] = Counter()
        self._parties: Counter[str] = Counter()
        self._shares: defaultdict[Held, Fraction] = defaultdict(Fraction)
        self._ready: Counter[int] = Counter()
        self._answers: defaultdict[tuple[str, str], _Answers] = defaultdict(_Answers)

    def case(self, facts: CaseFacts) -> None:
        """Count what the case adds to the period."""
        counts = self._counts
        opened, closed = self._holds(facts.opened), self._holds(facts.closed)
        if facts.via == "enquiry":
            counts["enquiries_opened"] += opened
            counts["enquiries_closed"] += closed
            self._all_terms(facts)
            return
        if facts.void:
            counts["void"] += closed
            return
        if opened and facts.person:
            self._people.add(facts.person)
        counts["opened"] += opened
        counts["closed"] += closed
        counts["discharged"] += self._holds(facts.left)
        self._helped(facts)
        self._all_terms(facts)
        for asked in facts.asked:
            self._asked(asked)
        if facts.ready_social is not None and self._holds(facts.ready_social):
            self._ready[days_to_ready(facts)] += 1

    def delayed(self, found: Delay | None, since: date, until: date) -> None:
        """Count the delayed days of a case from `since` on and before `until`, by its hospital's clock."""
        for day in found.days if found is not None else ():
            if not since <= day.date < until:
                continue
            self._counts["delayed_days"] += 1
            self._reasons.update({held.reason for held in day.reasons})
            self._parties.update({held.responsible for held in day.reasons})
            for held in day.reasons or (UNEXPLAINED,):
                self._shares[held] += Fraction(1, len(day.reasons) or 1)

    def figures(self) -> Figures:
        """What has been counted so far."""
        return Figures(
            people=frozenset(self._people),
            **{name: self._counts[name] for name in _COUNTS},
            raised=dict(self._raised),
            resolved=dict(self._resolved),
            unmet=dict(self._unmet),
            services=dict(self._services),
            terms={name: Kept(*kept) for name, kept in self._terms.items()},
            paces={
                pace: Timed(each.met, each.missed, each.late_open, dict(each.spent))
                for pace, each in self._paces.items()
            },
            delay_reasons=dict(self._reasons),
            delay_parties=dict(self._parties),
            delay_shares=dict(self._shares),
            ready=dict(self._ready),
            answers={
                whom: Answers(each.asked, each.answered, each.in_time, each.silent, dict(each.spent))
                for whom, each in self._answers.items()
            },
        )

    def _holds(self, at: int | None) -> bool:
        return at is not None and self._since <= at < self._until

    def _helped(self, facts: CaseFacts) -> None:
        """Issues and services, each at its own time."""
        for need in facts.needs:
            if self._holds(need.raised):
                self._raised[need.name] += 1
            if need.status in RESULTS and self._holds(need.moved):
                (self._resolved if need.status == "met" else self._unmet)[need.name] += 1
        for service in facts.services:
            if service.units and self._holds(service.at):
                self._services[service.name] += service.units

    def _all_terms(self, facts: CaseFacts) -> None:
        """Each step's term counts when it was kept, or else when it was over."""
        for term in facts.terms:
            done = term.done
            if done is None:
                if not term.runs or term.due >= self._now:
                    continue
                met = False
            else:
                met = done <= term.due
            if self._holds(done if met else term.due):
                kept = self._terms[term.name]
                kept[0 if met else 1] += 1
                kept[2] += term.extended
                if term.amount is not None and term.unit is not None:
                    self._timed(term, Pace(term.name, term.amount, term.unit), met=met)

    def _timed(self, term: TermFact, pace: Pace, *, met: bool) -> None:
        known = self._paces[pace]
        known.met += met
        known.missed += not met
        known.late_open += term.done is None
        spent = None if self._worked is None else self._worked.spent(term, self._now)
        if spent is not None:
            known.spent[spent] += 1

    def _asked(self, asked: AskedFact) -> None:
        """Asked when the request was sent; answered, or silent, when that was."""
        whom, answered = (asked.programme, asked.partner), asked.answered
        if self._holds(asked.asked) and not asked.ours:
            self._answers[whom].asked += 1
        if answered is None or asked.ours or not self._holds(answered):
            return
        known = self._answers[whom]
        if asked.silent:
            known.silent += 1
            return
        known.answered += 1
        known.in_time += asked.due is None or answered <= asked.due
        spent = None if self._worked is None else self._worked.between(PARTNERS_UNIT, asked.asked, answered)
        if spent is not None:
            known.spent[spent] += 1


RESULTS = frozenset({"met", "unmet"})
_COUNTS = ("opened", "closed", "void", "discharged", "enquiries_opened", "enquiries_closed", "delayed_days")


def days_to_ready(facts: CaseFacts) -> int:
    """How many days it took from the admission until the patient was socially ready, in hundredths."""
    return max(0, (facts.ready_social or 0) - (facts.admitted or 0)) // DAY_SPENT


def figures(state: CaseState, period: Period, now: datetime, worked: Worked | None = None) -> Figures:
    """What the case adds to a period, as it is known now."""
    tally = Tally(period, now, worked)
    tally.case(facts_of(state))
    return tally.figures()


def delayed(found: Delay | None, since: date, until: date) -> Figures:
    """The delayed days of a case from `since` on and before `until`, by its hospital's clock."""
    tally = Tally()
    tally.delayed(found, since, until)
    return tally.figures()
