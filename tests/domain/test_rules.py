"""Decision tables: when a condition holds, and what several rules say together."""

from datetime import datetime
from typing import Any

import pytest

from marshrut.domain.rules import Bounds, Condition, Rule, Target, fitting, holds
from marshrut.domain.state import CaseState, Item, Score, Step, StepState
from marshrut.domain.words import Flag, ItemKind, Role
from tests.fixtures.cases import HOUR, NOON

SCALE = "assessment.function_scale"


def step(name: str, key: str = "main", at: datetime = NOON, **outcome: Any) -> Step:
    """A step that was answered then; without an outcome one that is open."""
    track, step_name = name.split(".")
    return Step(
        step_id=f"case.{name}.{key}",
        track=track,
        name=step_name,
        role=Role.COORDINATOR,
        mandatory=True,
        opened_at=NOON,
        clock=None,
        state=StepState.DONE if outcome else StepState.OPEN,
        outcome=outcome or None,
        occurred_at=at if outcome else None,
    )


def item(kind: ItemKind, name: str, status: str) -> Item:
    where = f"case.{kind}.{name}.main"
    return Item(item_id=where, kind=kind, name=name, status=status, added_at=NOON, moved_at=NOON, moved_by="anna")


def score(number: int | None = None, at: datetime = NOON, band: str | None = None, *findings: str) -> Score:
    return Score(version="1", score=number, band=band, findings=findings, at=at)


def case(*parts: Step | Item, flags: tuple[Flag, ...] = (), **scores: Score) -> CaseState:
    """A case in which these steps were answered and these items stand so."""
    steps = {part.step_id: part for part in parts if isinstance(part, Step)}
    items = {part.item_id: part for part in parts if isinstance(part, Item)}
    return CaseState(case_id="case", flags=flags, steps=steps, items=items, scores=scores)


SURVEY = "assessment.life_survey"
ALONE = step(SURVEY, result="complete", lives_with="alone")
MISSING = step("assessment.documents_check", result="missing", missing=("passport", "snils"))


@pytest.mark.parametrize(
    ("when", "there", "expected"),
    [
        # Nothing is asked for: it is so.
        ({}, case(), True),
        # Any of the flags will do; none of those that must not stand.
        ({"flags": ["crisis"]}, case(), False),
        ({"flags": ["crisis", "palliative"]}, case(flags=(Flag.PALLIATIVE,)), True),
        ({"none": ["crisis", "palliative"]}, case(), True),
        ({"none": ["crisis", "palliative"]}, case(flags=(Flag.PALLIATIVE,)), False),
        # A need that was agreed, met or not, and not one that is only proposed or was declined.
        ({"needs": ["aids"]}, case(item(ItemKind.NEED, "aids", "agreed")), True),
        ({"needs": ["aids"]}, case(item(ItemKind.NEED, "aids", "unmet")), True),
        ({"needs": ["aids"]}, case(item(ItemKind.NEED, "aids", "proposed")), False),
        ({"needs": ["aids"]}, case(item(ItemKind.NEED, "aids", "declined")), False),
        ({"needs": ["aids", "home_care"]}, case(item(ItemKind.NEED, "home_care", "met")), True),
        # A part of the route that is in it or may come into it.
        ({"entries": ["placement"]}, case(item(ItemKind.ENTRY, "placement", "proposed")), True),
        ({"entries": ["placement"]}, case(item(ItemKind.ENTRY, "placement", "planned")), True),
        ({"entries": ["placement"]}, case(item(ItemKind.ENTRY, "placement", "left_out")), False),
        ({"entries": ["placement"]}, case(item(ItemKind.NEED, "placement", "agreed")), False),
        # An answer, one of several values, and one of an answer that has several.
        ({"outcomes": {f"{SURVEY}.lives_with": ["alone", "nowhere"]}}, case(ALONE), True),
        ({"outcomes": {f"{SURVEY}.lives_with": ["nowhere"]}}, case(ALONE), False),
        ({"outcomes": {f"{SURVEY}.lives_with": ["alone"]}}, case(step(SURVEY)), False),
        ({"outcomes": {"assessment.documents_check.missing": ["snils"]}}, case(MISSING), True),
        # A number of an answer, from the least on and below the other.
        ({"numbers": {f"{SCALE}.score": {"below": 60}}}, case(step(SCALE, result="scored", score=55)), True),
        ({"numbers": {f"{SCALE}.score": {"below": 60}}}, case(step(SCALE, result="scored", score=60)), False),
        ({"numbers": {f"{SCALE}.score": {"at_least": 60}}}, case(step(SCALE, result="scored", score=60)), True),
        ({"numbers": {f"{SCALE}.score": {"at_least": 0}}}, case(step(SCALE, result="unable")), False),
        # An instrument's number, its band and what it found.
        ({"scores": {"phq9": {"at_least": 10, "below": 15}}}, case(phq9=score(14)), True),
        ({"scores": {"phq9": {"at_least": 10, "below": 15}}}, case(phq9=score(15)), False),
        ({"scores": {"phq9": {"below": 99}}}, case(gad7=score(3)), False),
        ({"scores": {"phq9": {"below": 99}}}, case(phq9=score()), False),
        ({"bands": {"phq9": ["mild", "severe"]}}, case(phq9=score(20, NOON, "severe")), True),
        ({"bands": {"phq9": ["mild"]}}, case(phq9=score(20, NOON, "severe")), False),
        ({"bands": {"phq9": ["mild"]}}, case(), False),
        ({"findings": ["self_harm"]}, case(phq9=score(1, NOON, None, "self_harm")), True),
        ({"findings": ["self_harm"]}, case(phq9=score(1)), False),
    ],
)
def test_each_part_of_a_condition(when: dict[str, Any], there: CaseState, expected: bool) -> None:
    """Each operator asks what it says, at its bounds too, and what is not known holds nothing."""
    assert holds(Condition.model_validate(when), there) is expected


def test_every_part_must_be_so() -> None:
    """Of a condition with several parts each has to hold, and of several answers each as well."""
    when = Condition(
        flags=(Flag.LOW_MOBILITY,), outcomes={f"{SURVEY}.lives_with": ("alone",), f"{SURVEY}.result": ("complete",)}
    )
    assert holds(when, case(ALONE, flags=(Flag.LOW_MOBILITY,)))
    assert not holds(when, case(ALONE))
    partial = step(SURVEY, result="partial", lives_with="alone")
    assert not holds(when, case(partial, flags=(Flag.LOW_MOBILITY,)))


@pytest.mark.parametrize(
    ("bounds", "within"),
    [(Bounds(), {0, 5, 9}), (Bounds(at_least=5), {5, 9}), (Bounds(below=5), {0}), (Bounds(at_least=5, below=9), {5})],
)
def test_bounds_take_the_least_and_leave_the_other(bounds: Bounds, within: set[int]) -> None:
    """A number counts from `at_least` on and below `below`; without both any number does."""
    assert {number for number in (0, 5, 9) if bounds.hold(number)} == within


def test_every_rule_behind_a_proposal_is_named() -> None:
    """What two rules propose is there once, with both; a rule that does not fit stands behind nothing."""
    rules = {
        "weak": Rule(when=Condition(flags=(Flag.LOW_MOBILITY,)), then=(("need", "aids"), ("need", "home_care"))),
        "alone": Rule(when=Condition(flags=(Flag.LIVES_ALONE,)), then=(("need", "home_care"),)),
        "dying": Rule(when=Condition(flags=(Flag.PALLIATIVE,)), then=(("need", "home_care"),)),
    }
    assert fitting(rules, case(flags=(Flag.LIVES_ALONE, Flag.LOW_MOBILITY))) == {
        Target("need", "aids"): ("weak",),
        Target("need", "home_care"): ("weak", "alone"),
    }
    assert fitting(rules, case()) == {}


def test_a_target_is_told_apart_by_its_sort() -> None:
    """A direction and a programme of one name are two proposals."""
    both = Rule(when=Condition(), then=(("direction", "home_care"), ("programme", "home_care")))
    assert set(fitting({"both": both}, case())) == {
        Target("direction", "home_care"),
        Target("programme", "home_care"),
    }


@pytest.mark.parametrize(
    ("answered", "filled", "weak"),
    [
        (NOON, None, True),
        (None, NOON, False),
        (NOON, NOON - HOUR, True),
        (NOON, NOON + HOUR, False),
    ],
)
def test_the_later_word_on_self_care_counts(answered: datetime | None, filled: datetime | None, weak: bool) -> None:
    """The scale is told by the step's answer (40 here) or by the instrument (90): whichever was later holds."""
    steps = [] if answered is None else [step(SCALE, at=answered, result="scored", score=40)]
    scores = {} if filled is None else {"barthel": score(90, filled)}
    state = case(*steps).but(scores=scores)
    assert holds(Condition(scores={"barthel": Bounds(below=60)}), state) is weak


def test_of_several_answers_of_the_step_the_last_counts() -> None:
    """Somebody who was scored again is as able as they were then, in whatever order the steps were opened."""
    twice = [step(SCALE, at=NOON + HOUR, result="scored", score=80), step(SCALE, "again", result="scored", score=40)]
    assert not holds(Condition(scores={"barthel": Bounds(below=60)}), case(*twice))
    assert not holds(Condition(numbers={f"{SCALE}.score": Bounds(below=60)}), case(*twice))


def test_an_answer_takes_the_place_of_the_whole_earlier_one() -> None:
    """What the last answer of a step leaves open is not filled from the one before."""
    twice = [ALONE, step(SURVEY, "again", NOON + HOUR, result="refused")]
    assert not holds(Condition(outcomes={f"{SURVEY}.lives_with": ("alone",)}), case(*twice))
