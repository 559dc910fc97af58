from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marshrut.domain.instruments import Answers, Faults, Instrument, Need, Scored, answer, read, response, score
from marshrut.domain.instruments.reading import met
from marshrut.domain.instruments.types import Band, Because, Condition, Item, Option, Rule
from tests.fixtures.shipped import shipped
from workflows.assessment import NeedsAgree

CATALOGUE = shipped()
# What the shipped ones do not have: integers, a condition on no answer, a chain of conditions, rules of each kind.
VISITS = Instrument(
    code="visits",
    url="https://health.example/fhir/Questionnaire/visits",
    version="2",
    items=(
        Item(link_id="knows", kind="boolean", required=True),
        Item(
            link_id="number",
            kind="integer",
            required=True,
            minimum=0,
            maximum=9,
            enabled=Condition(item="knows", equals=True),
        ),
        Item(
            link_id="kin",
            kind="choice",
            required=False,
            repeats=True,
            options=(Option(code="son"), Option(code="niece", needs=(Need.RELATIVES,))),
            group="people",
        ),
        Item(
            link_id="guess",
            kind="integer",
            required=False,
            enabled=Condition(item="number", exists=False),
            group="people",
        ),
        Item(link_id="sure", kind="boolean", required=False, enabled=Condition(item="guess", equals=1)),
    ),
    rules=(
        Rule(code="many", when=Condition(item="number", at_least=5), needs=(Need.RELATIVES,)),
        Rule(
            code="nobody", when=Condition(item="kin", exists=False), urgent=True, needs=(Need.HOME_CARE, Need.RELATIVES)
        ),
    ),
)
INSTRUMENTS = {code: found for code in CATALOGUE.instruments if (found := CATALOGUE.instrument(code))} | {
    "visits": VISITS
}
SCORED = [each for each in INSTRUMENTS.values() if each.total]
HIGHEST = {each.code: {item.link_id: item.options[-1].code for item in each.items if item.required} for each in SCORED}
LOWEST = {each.code: {item.link_id: item.options[0].code for item in each.items if item.required} for each in SCORED}
THREE = dict.fromkeys(("mood", "sleep", "energy"), "nearly_daily")

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@st.composite
def answers(draw: st.DrawFn, instrument: Instrument) -> Answers:
    """Any answers that fit the instrument."""
    given: dict[str, tuple[Any, ...]] = {}
    for item in instrument.items:
        if item.enabled is not None and not met(instrument, item.enabled, given):
            continue
        if not item.required and draw(st.booleans()):
            continue
        if item.kind == "boolean":
            given[item.link_id] = (draw(st.booleans()),)
        elif item.kind == "integer":
            given[item.link_id] = (draw(st.integers(item.minimum, item.maximum)),)
        else:
            codes = [option.code for option in item.options]
            chosen = draw(st.sets(st.sampled_from(codes), min_size=1, max_size=len(codes) if item.repeats else 1))
            given[item.link_id] = tuple(code for code in codes if code in chosen)
    return given


def plain(instrument: Instrument, given: Answers) -> dict[str, Any]:
    """Answers as a plain mapping; those of an item that repeats as a list."""
    several = {item.link_id for item in instrument.items if item.repeats}
    return {link: list(values) if link in several else values[0] for link, values in given.items()}


def outcome(instrument: Instrument, sent: Any) -> Scored | Faults:
    """What came of it; any other error goes on."""
    try:
        return answer(instrument, sent)
    except Faults as found:
        return found


def faults(instrument: Instrument, sent: Any) -> dict[str, str]:
    """What is told of answers that do not fit, by place."""
    with pytest.raises(Faults) as caught:
        answer(instrument, sent)
    assert len({fault.field for fault in caught.value.faults}) == len(caught.value.faults)
    return {fault.field: fault.code for fault in caught.value.faults}


def mixed(draw: st.DataObject, found: Any) -> Any:
    """The same with its lists and mappings in any order."""
    if isinstance(found, dict):
        return {key: mixed(draw, found[key]) for key in draw.draw(st.permutations(list(found)))}
    return [mixed(draw, each) for each in draw.draw(st.permutations(found))] if isinstance(found, list) else found


@pytest.mark.parametrize("instrument", INSTRUMENTS.values(), ids=INSTRUMENTS)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_every_fitting_answer_scores_within_bounds_in_its_band(instrument: Instrument, data: st.DataObject) -> None:
    """A score lies between the lowest and the highest sum and in the one band that holds it; without a sum none."""
    given = data.draw(answers(instrument))
    scored = answer(instrument, plain(instrument, given))
    assert (scored.instrument, scored.version) == (instrument.code, instrument.version)
    if not instrument.total:
        assert (scored.score, scored.band) == (None, None)
        return
    low, high = instrument.bounds
    assert scored.score is not None
    assert low <= scored.score <= high
    assert [band.code for band in instrument.bands if band.first <= scored.score <= band.last] == [scored.band]


@pytest.mark.parametrize("instrument", SCORED, ids=lambda each: each.code)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_a_higher_answer_scores_higher_by_exactly_its_ordinal(instrument: Instrument, data: st.DataObject) -> None:
    """Another option of a counted item moves the score by the difference of the two ordinals and nothing else."""
    given = dict(data.draw(answers(instrument)))
    item = instrument.item(data.draw(st.sampled_from(instrument.total)))
    assert item is not None
    before, after = given[item.link_id][0], data.draw(st.sampled_from(item.options)).code
    change = (item.ordinal(after) or 0) - (item.ordinal(before) or 0)
    one, other = score(instrument, given).score, score(instrument, given | {item.link_id: (after,)}).score
    assert one is not None
    assert other == one + change


@pytest.mark.parametrize("instrument", INSTRUMENTS.values(), ids=INSTRUMENTS)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_a_response_reads_back_and_order_does_not_matter(instrument: Instrument, data: st.DataObject) -> None:
    """Written as a QuestionnaireResponse and read in any order the answers are the same, as a plain mapping too."""
    given = data.draw(answers(instrument))
    sent = response(instrument, given)
    for form in (sent, mixed(data, sent), json.loads(json.dumps(sent)), mixed(data, plain(instrument, given))):
        assert read(instrument, form) == given
        assert answer(instrument, form) == score(instrument, given)


@pytest.mark.parametrize("instrument", INSTRUMENTS.values(), ids=INSTRUMENTS)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_whatever_is_sent_is_scored_or_told_its_faults(instrument: Instrument, data: st.DataObject) -> None:
    """Any JSON, and any fitting answers with one place replaced by any JSON, give a result or faults and no error."""
    given = data.draw(answers(instrument))
    sent: Any = data.draw(st.sampled_from([response(instrument, given), plain(instrument, given)]))
    whole: Any = {"": deepcopy(sent)}
    at, key = whole, ""
    while isinstance(at[key], dict | list) and at[key] and data.draw(st.integers(0, 4)):
        at = at[key]
        key = data.draw(st.sampled_from(list(at) if isinstance(at, dict) else range(len(at))))
    at[key] = data.draw(JSON)
    for each in (whole[""], data.draw(JSON)):
        came = outcome(instrument, each)
        assert isinstance(came, Scored) or came.faults


@pytest.mark.parametrize("instrument", INSTRUMENTS.values(), ids=INSTRUMENTS)
@settings(max_examples=25, deadline=None)
@given(data=st.data(), text=st.text("абвгд ", min_size=5, max_size=30))
def test_no_fault_repeats_what_was_sent(instrument: Instrument, data: st.DataObject, text: str) -> None:
    """Whatever text stands in a value or a key, no fault's place or code holds it."""
    given = plain(instrument, data.draw(answers(instrument)))
    link = data.draw(st.sampled_from(list(given)))
    sent = response(instrument, data.draw(answers(instrument)))
    for wrong in ({**given, link: text}, {**given, text: text}, {**sent, text: 1}, {**sent, "questionnaire": text}):
        with pytest.raises(Faults) as caught:
            answer(instrument, wrong)
        assert text not in str(caught.value)
        assert not any(text in fault.field for fault in caught.value.faults)


@pytest.mark.parametrize(
    ("code", "changes", "total", "band", "needs"),
    [
        ("phq9", {}, 0, "minimal", []),
        ("phq9", {"mood": "nearly_daily", "sleep": "several_days"}, 4, "minimal", []),
        ("phq9", {"mood": "nearly_daily", "sleep": "over_half"}, 5, "mild", []),
        ("phq9", THREE, 9, "mild", []),
        ("phq9", THREE | {"pace": "several_days"}, 10, "moderate", ["psychology"]),
        ("phq9", THREE | dict.fromkeys(("pace", "appetite"), "nearly_daily"), 15, "moderately_severe", ["psychology"]),
        ("phq9", dict.fromkeys(LOWEST["phq9"].keys() - {"self_harm"}, "nearly_daily"), 24, "severe", ["psychology"]),
        ("gad7", dict.fromkeys(LOWEST["gad7"], "several_days"), 7, "mild", []),
        ("gad7", dict.fromkeys(LOWEST["gad7"], "over_half"), 14, "moderate", ["psychology"]),
        ("gad7", dict.fromkeys(LOWEST["gad7"], "nearly_daily"), 21, "severe", ["psychology"]),
        ("barthel", {}, 0, "total", ["home_care", "aids"]),
        ("barthel", {"transfer": "independent", "stairs": "help"}, 20, "total", ["home_care", "aids"]),
        ("barthel", {"transfer": "independent", "feeding": "independent"}, 25, "severe", ["home_care", "aids"]),
        ("barthel", HIGHEST["barthel"], 100, "independent", []),
        ("barthel", HIGHEST["barthel"] | {"stairs": "help"}, 95, "slight", []),
        ("long_term_care", {}, 0, "level_0", []),
        (
            "long_term_care",
            dict.fromkeys(("moving", "rising", "eating", "washing", "dressing"), "some_help"),
            5,
            "level_1",
            ["home_care"],
        ),
        ("long_term_care", HIGHEST["long_term_care"], 24, "level_3", ["home_care", "aids"]),
    ],
)
def test_scores_are_those_of_the_published_rules(
    code: str, changes: dict[str, str], total: int, band: str, needs: list[str]
) -> None:
    """Worked examples at the edges of the bands."""
    scored = answer(INSTRUMENTS[code], LOWEST[code] | changes)
    assert (scored.score, scored.band, [each.need for each in scored.needs]) == (total, band, needs)


@pytest.mark.parametrize("level", ["several_days", "over_half", "nearly_daily"])
def test_a_thought_of_self_harm_is_a_finding_whatever_the_score(level: str) -> None:
    """Item 9 of PHQ-9 above zero is urgent and proposes the psychologist, though the score be minimal."""
    scored = answer(INSTRUMENTS["phq9"], LOWEST["phq9"] | {"self_harm": level})
    assert scored.band == "minimal"
    assert [(found.code, found.item, found.urgent) for found in scored.findings] == [("self_harm", "self_harm", True)]
    (proposed,) = scored.needs
    assert (proposed.need, proposed.urgent) == (Need.PSYCHOLOGY, True)
    assert proposed.reasons == (Because(instrument="phq9", by="finding", code="self_harm"),)


def test_every_need_names_all_of_its_reasons() -> None:
    """Band, findings and answers each stand as a reason, in that order; findings make a need urgent."""
    scored = answer(INSTRUMENTS["long_term_care"], HIGHEST["long_term_care"])
    home_care = next(each for each in scored.needs if each.need is Need.HOME_CARE)
    assert home_care.urgent
    assert [(why.by, why.code) for why in home_care.reasons] == [("band", "level_3"), ("finding", "never_alone")]
    screen = answer(
        INSTRUMENTS["social_screen"], {"housing": "nowhere", "documents": "not_known", "wishes": ["papers"]}
    )
    told = {each.need.value: [why.code for why in each.reasons] for each in screen.needs}
    assert told == {
        "urgent_help": ["housing.nowhere"],
        "documents": ["documents.not_known", "wishes.papers"],
        "placement": ["housing.nowhere"],
    }


def test_conditions_look_at_every_kind_of_answer() -> None:
    """A number, an answer that is missing and one of several each fulfil their rule."""
    scored = answer(VISITS, {"knows": True, "number": 5, "kin": ["niece"]})
    assert [found.code for found in scored.findings] == ["many"]
    assert [(why.by, why.code) for why in scored.needs[0].reasons] == [("finding", "many"), ("answer", "kin.niece")]
    scored = answer(VISITS, {"knows": True, "number": 4})
    assert [(found.code, found.urgent) for found in scored.findings] == [("nobody", True)]
    assert [(each.need, each.urgent) for each in scored.needs] == [(Need.HOME_CARE, True), (Need.RELATIVES, True)]


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (None, {"body": "malformed", "knows": "missing"}),
        ([], {"body": "malformed", "knows": "missing"}),
        ({}, {"knows": "missing"}),
        ({"knows": 1}, {"knows": "wrong_type"}),
        ({"knows": "да"}, {"knows": "wrong_type"}),
        ({"knows": [True]}, {"knows": "wrong_type"}),
        ({"knows": True}, {"number": "missing"}),
        ({"knows": False, "number": 1}, {"number": "disabled"}),
        ({"knows": "?", "number": 1}, {"knows": "wrong_type"}),
        ({"knows": True, "number": True}, {"number": "wrong_type"}),
        ({"knows": True, "number": 1.0}, {"number": "wrong_type"}),
        ({"knows": True, "number": 10}, {"number": "out_of_range"}),
        ({"knows": True, "number": -1}, {"number": "out_of_range"}),
        ({"knows": True, "number": 1, "guess": 3}, {"guess": "disabled"}),
        ({"knows": True, "number": 1, "guess": 1, "sure": True}, {"guess": "disabled", "sure": "disabled"}),
        ({"knows": False, "guess": 3, "sure": True}, {"sure": "disabled"}),
        ({"knows": False, "kin": "son", "Иванов": 1}, {"?": "unknown_item"}),
        ({"knows": False, "kin": []}, {"kin": "empty"}),
        ({"knows": False, "kin": ["son", "son"]}, {"kin.1": "given_twice"}),
        ({"knows": False, "kin": ["aunt", None]}, {"kin.0": "not_an_option", "kin.1": "wrong_type"}),
        (
            {"knows": None, "number": 99, "kin": 7},
            {"knows": "wrong_type", "number": "out_of_range", "kin": "wrong_type"},
        ),
    ],
)
def test_every_fault_of_plain_answers_is_told(sent: Any, told: dict[str, str]) -> None:
    """All faults at once, each with the linkId; what only follows from another fault is not told."""
    assert faults(VISITS, sent) == told


def test_answers_that_fit_are_taken() -> None:
    """The same instrument takes what is right: the chain of conditions, one code in place of a list."""
    assert read(VISITS, {"knows": False, "guess": 1, "sure": False, "kin": "son"}) == {
        "knows": (False,),
        "kin": ("son",),
        "guess": (1,),
        "sure": (False,),
    }


def kin(coding: object) -> dict[str, Any]:
    return {"linkId": "kin", "answer": [{"valueCoding": coding}]}


def people(item: object) -> dict[str, Any]:
    return {"linkId": "people", "item": [item]}


KNOWS = {"linkId": "knows", "answer": [{"valueBoolean": False}]}
KIN = kin({"code": "son"})
CODING = "item.1.item.0.answer.0.valueCoding"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"resourceType": "Patient"}, {"resourceType": "wrong_resource", "knows": "missing"}),
        ({"resourceType": None}, {"resourceType": "wrong_resource", "knows": "missing"}),
        ({"questionnaire": None}, {"questionnaire": "wrong_questionnaire"}),
        (
            {"questionnaire": "https://health.example/fhir/Questionnaire/falls|2"},
            {"questionnaire": "wrong_questionnaire"},
        ),
        ({"questionnaire": f"{VISITS.url}|1"}, {"questionnaire": "other_version"}),
        ({"status": "in-progress"}, {"status": "not_completed"}),
        ({"status": ["completed"]}, {"status": "not_completed"}),
        ({"modifierExtension": []}, {"?": "unknown_element"}),
        ({"item": {}}, {"item": "malformed", "knows": "missing"}),
        ({"item": [KNOWS, 1]}, {"item.1": "malformed"}),
        ({"item": [KNOWS, KNOWS]}, {"item.1": "given_twice"}),
        ({"item": [KNOWS, {"linkId": "Иванов"}]}, {"item.1.linkId": "unknown_item"}),
        ({"item": [KNOWS, {"linkId": ["knows"]}]}, {"item.1.linkId": "unknown_item"}),
        ({"item": [KNOWS, KIN]}, {"item.1": "misplaced"}),
        ({"item": [people(KNOWS)]}, {"item.0.item.0": "misplaced"}),
        ({"item": [KNOWS, people(people(KIN))]}, {"item.1.item.0.linkId": "unknown_item"}),
        ({"item": [KNOWS, {"linkId": "people", "answer": []}]}, {"item.1.?": "unknown_element"}),
        ({"item": [{"linkId": "knows"}]}, {"knows": "missing"}),
        ({"item": [{"linkId": "knows", "answer": []}]}, {"item.0.answer": "empty"}),
        ({"item": [{"linkId": "knows", "answer": {}}]}, {"item.0.answer": "malformed"}),
        ({"item": [{"linkId": "knows", "answer": [{"valueBoolean": True}] * 2}]}, {"item.0": "too_many"}),
        (
            {"item": [{"linkId": "knows", "answer": [{"valueString": "да"}]}]},
            {"item.0.answer.0.?": "unknown_element", "item.0.answer.0.valueBoolean": "wrong_type"},
        ),
        ({"item": [KNOWS, people(kin("son"))]}, {CODING: "wrong_type"}),
        ({"item": [KNOWS, people(kin({"code": "aunt"}))]}, {f"{CODING}.code": "not_an_option"}),
        (
            {"item": [KNOWS, people(kin({"code": "son", "system": "http://loinc.org"}))]},
            {f"{CODING}.system": "not_an_option"},
        ),
    ],
)
def test_every_fault_of_a_response_is_told(changes: dict[str, Any], told: dict[str, str]) -> None:
    """All faults of a QuestionnaireResponse at once, each with its path."""
    whole = {"resourceType": "QuestionnaireResponse", "questionnaire": VISITS.url, "status": "completed"}
    assert faults(VISITS, {**whole, "item": [KNOWS], **changes}) == told


def test_of_a_response_only_the_answers_are_read() -> None:
    """Whom it is about, who wrote it, texts and displays change nothing."""
    sent = response(VISITS, {"knows": (False,), "kin": ("son",)})
    sent |= {"id": "1", "subject": {"reference": "Patient/1"}, "authored": "2026-11-22", "status": "amended"}
    sent["item"][0]["text"] = "Знает ли"
    sent["item"][1]["item"][0]["answer"][0]["valueCoding"]["display"] = "Сын"
    assert read(VISITS, sent) == {"knows": (False,), "kin": ("son",)}


def test_the_needs_that_can_be_agreed_can_be_proposed() -> None:
    """Every need of the agreed list is a need that an instrument may propose, and the other way round."""
    (listed, _) = NeedsAgree.model_fields["needs"].annotation.__args__  # type: ignore[union-attr]  # a field has a type
    assert set(listed.__args__) == set(Need)


def test_bands_know_their_edges() -> None:
    """A score at the first and at the last point of a band is in it."""
    items = (
        Item(
            link_id="a", kind="choice", required=True, options=tuple(Option(code=f"o{n}", ordinal=n) for n in range(4))
        ),
    )
    bands = (Band(code="low", first=0, last=1), Band(code="high", first=2, last=3))
    whole = Instrument(code="x", url="urn:x", version="1", items=items, total=("a",), bands=bands)
    assert [answer(whole, {"a": f"o{n}"}).band for n in range(4)] == ["low", "low", "high", "high"]
