"""What kind of case it is: by rules, by a person, and what a birth date says."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from marshrut.domain import commands as c
from marshrut.domain import events as e
from marshrut.domain.admission import Admission
from marshrut.domain.age import flags_of_age
from marshrut.domain.decide import ADULT as PROCEDURE
from marshrut.domain.decide import decide
from marshrut.domain.evolve import evolve
from marshrut.domain.referral import Referral
from marshrut.domain.refusal import Refused
from marshrut.domain.slice import Slice
from marshrut.domain.state import CaseState
from marshrut.domain.variants import opened_as
from marshrut.domain.words import Flag, Variant
from tests.fixtures.cases import ANNA, CATALOGUE, DAY, HIS, NOON, admission, command, event
from tests.fixtures.shipped import shipped
from workflows.registry import OUTCOMES

ADULT, CHILD, FLAGSHIP = Variant.ADULT, Variant.CHILD, Variant.FLAGSHIP
BASE = shipped()
MOSCOW = ZoneInfo("Europe/Moscow")


def sliced(*variants: Variant) -> Slice:
    return BASE.slice("GKB29", variants)


def opened(**changes: object) -> CaseState:
    """An adult's case, by the rules."""
    body = e.CaseOpened(
        hospital="GKB29", person="p", admitted_at=NOON - DAY, emergency=True, procedure=PROCEDURE,
        catalogue=BASE.version, variants={ADULT: ("no_child",)},
    )  # fmt: skip
    return evolve(CaseState(case_id="case"), event(1, body, NOON - DAY)).but(**changes)


def change(*variants: Variant, instead_of: str = BASE.version, of: tuple[Variant, ...] | None = None) -> c.Command:
    body = c.ChangeVariants(
        variants=variants, reason="age_known", catalogue=sliced(*(of or variants)), instead_of=instead_of
    )
    return command(body, ANNA)


@pytest.mark.parametrize(
    ("born", "expected"),
    [
        (None, set()),
        (date(2008, 3, 1), set()),  # eighteen today
        (date(2008, 3, 2), {Flag.CHILD}),
        (date(2008, 2, 29), set()),  # a leap day counts as had on the first of March
        (date(2026, 2, 1), {Flag.CHILD, Flag.NEWBORN}),  # 28 days
        (date(2026, 1, 31), {Flag.CHILD}),
        (date(2026, 3, 1), {Flag.CHILD, Flag.NEWBORN}),
        (date(2026, 3, 2), {Flag.CHILD, Flag.NEWBORN}),  # the day differs by zone
        (date(2026, 3, 3), set()),
        (date(1900, 1, 1), set()),
    ],
)
def test_what_a_birth_date_says(born: date | None, expected: set[Flag]) -> None:
    """Under eighteen on that day a child, for its first 28 days a newborn."""
    assert {*flags_of_age(born, date(2026, 3, 1))} == expected


def test_the_day_is_the_hospitals() -> None:
    """Who comes in at one in the morning of an eighteenth birthday is of age, whatever the day is in UTC."""
    told = {
        "facility": "GKB29", "visit": "1", "admitted_at": "2026-02-28T22:00:00Z", "emergency": True,
        "patient": {"mrn": "1", "birth_date": "2008-03-01"}, "flags": ["lives_alone"],
    }  # fmt: skip
    said = Admission.model_validate(told)
    assert said.with_flags(MOSCOW).flags == (Flag.LIVES_ALONE,)
    assert said.with_flags().flags == (Flag.LIVES_ALONE, Flag.CHILD, Flag.OF_CONSENT_AGE)
    local = said.model_copy(update={"admitted_at": said.admitted_at.astimezone(MOSCOW)})
    assert local.with_flags().flags == (Flag.LIVES_ALONE,)


def test_a_referral_without_a_day_is_of_today() -> None:
    """What may differ the next time it is sent is not derived before its fingerprint is taken."""
    said = Referral.model_validate({"facility": "GKB29", "sentence": "Один", "patient": {"birth_date": "2026-02-20"}})
    assert said.with_flags(MOSCOW).flags == ()
    assert said.with_flags(MOSCOW, datetime(2026, 3, 1, tzinfo=UTC)).flags == (Flag.CHILD, Flag.NEWBORN)
    earlier = said.model_copy(update={"occurred_at": datetime(2026, 2, 25, tzinfo=UTC)})
    assert earlier.with_flags(MOSCOW).flags == (Flag.CHILD, Flag.NEWBORN)


def test_a_case_is_what_its_slice_is_for() -> None:
    """Who retried an admission over an edit of the rules gets a case whose kind and clocks agree."""
    assert opened_as({ADULT: ("a",)}, sliced(CHILD, FLAGSHIP)) == {CHILD: (), FLAGSHIP: ()}
    assert opened_as({CHILD: ("a",), FLAGSHIP: ("b",)}, sliced(CHILD)) == {CHILD: ("a",)}
    assert opened_as({CHILD: ("a",)}, CATALOGUE) == {CHILD: ("a",)}
    body = admission(variants={ADULT: ("no_child",)})
    (said,) = decide(CaseState(case_id="case"), command(body, HIS), NOON, sliced(CHILD), OUTCOMES)
    assert isinstance(said, e.CaseOpened)
    assert said.variants == {CHILD: ()}


def test_what_stays_keeps_its_reasons() -> None:
    """Who said which is known for each kind, also after a second correction."""
    state = opened()
    for number, variants in enumerate(((FLAGSHIP, ADULT), (CHILD, FLAGSHIP)), 2):
        (said,) = decide(state, change(*variants), NOON, sliced(), OUTCOMES)
        state = evolve(state, event(number, said, NOON, actor=f"user-{number}"))
    assert state.variants == {CHILD: ("age_known",), FLAGSHIP: ("age_known",)}
    assert state.corrected == {CHILD: "user-3", FLAGSHIP: "user-2"}
    assert state.child


def test_replaced_calendars_stay_with_the_version() -> None:
    """A calendar that was repaired is not undone by a correction within the same version."""
    calendar = next(iter(CATALOGUE.calendars.values())).model_copy(update={"version": "repaired"})
    state = opened(calendars={calendar.name: calendar})
    (said,) = decide(state, change(CHILD), NOON, sliced(), OUTCOMES)
    assert evolve(state, event(2, said, NOON)).calendars == {calendar.name: calendar}


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (change(ADULT), "nothing_changes"),
        (change(ADULT, CHILD), "adult_or_child"),
        (change(FLAGSHIP), "adult_or_child"),
        (change(CHILD, instead_of="another"), "catalogue_changed"),
        (change(CHILD, of=(CHILD, FLAGSHIP)), "catalogue_changed"),
        (command(change(CHILD).body, HIS), "role_not_allowed"),
    ],
)
def test_what_is_refused(sent: c.Command, code: str) -> None:
    """Nothing happens then."""
    with pytest.raises(Refused) as refused:
        decide(opened(), sent, NOON, sliced(), OUTCOMES)
    assert refused.value.code == code


def test_flags_propose_and_change_nothing() -> None:
    """A supervisor is told once the rules come to something else than the case is; in the team's hours."""
    state, rules = opened(), sliced(ADULT)
    said = decide(state, command(c.ChangeFlags(add=(Flag.FOUNDLING,)), ANNA), NOON, rules, OUTCOMES)
    assert [body.kind for body in said] == ["flags_changed", "people_told"]
    told = said[1]
    assert isinstance(told, e.PeopleTold)
    assert (told.occasion, told.role, told.urgent) == ("variant_proposed.child", "supervisor", False)
    assert told.tell_at - NOON < timedelta(days=2)
    (quiet,) = decide(state, command(c.ChangeFlags(add=(Flag.LIVES_ALONE,)), ANNA), NOON, rules, OUTCOMES)
    assert quiet.kind == "flags_changed"
    (known,) = decide(
        state.but(variants={CHILD: ("age_known",)}),
        command(c.ChangeFlags(add=(Flag.CHILD,)), ANNA), NOON, rules, OUTCOMES,
    )  # fmt: skip
    assert known.kind == "flags_changed"
