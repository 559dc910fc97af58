from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from api.web.formats import Formats
from api.web.naming import Names, Voice
from api.web.outcomes.fields import Sort, fields_of
from api.web.outcomes.reading import asked, read
from api.web.outcomes.shown import PREFIX, FieldView, form
from api.web.outcomes.when import OF_RESULTS, conditions
from api.web.words import LANGUAGES, Language, Words
from marshrut.domain.outcomes import Outcome
from marshrut.domain.words import Role
from tests.fixtures.cases import NOON, sayings
from tests.fixtures.shipped import shipped
from workflows.registry import OUTCOMES, STEPS

ZONE = ZoneInfo("Asia/Vladivostok")
CATALOGUE = shipped()
EVERY = pytest.mark.parametrize("outcome", STEPS, ids=lambda outcome: outcome.name())


def voice(language: Language = "ru") -> Voice:
    return Voice(Names(CATALOGUE, CATALOGUE, language), Formats(language, ZONE, NOON), Words(language))


def shown(outcome: type[Outcome], language: Language = "ru", **how: Any) -> tuple[FieldView, ...]:
    return form(outcome, voice(language), owner="s", role=Role.COORDINATOR, **how)


def as_typed(outcome: type[Outcome], codes: Mapping[str, Any]) -> dict[str, list[str]]:
    """What a person would type to say this, with all private text that there is room for."""
    typed: dict[str, list[str]] = {}
    for field in fields_of(outcome):
        said = codes.get(field.name)
        if field.private:
            typed[field.name] = [f"Слова о поле {field.name}"]
        elif field.sort is Sort.MOMENT and said is not None:
            typed[field.name] = [f"{datetime.fromisoformat(said).astimezone(ZONE):%Y-%m-%dT%H:%M}"]
        elif isinstance(said, tuple):
            typed[field.name] = ["", *(str(each) for each in said)]
        elif said is not None:
            typed[field.name] = [str(said)]
    return {name: values for name, values in typed.items() if asked(outcome, name, typed)}


def fitting(outcome: type[Outcome]) -> Iterator[tuple[Mapping[str, Any], dict[str, list[str]]]]:
    """Answers of which everything is asked, with what is typed for them."""
    for codes in sayings(outcome):
        typed = as_typed(outcome, codes)
        if all(name in typed or value == () for name, value in codes.items()):
            yield codes, typed


@EVERY
def test_every_outcome_is_a_form_in_both_languages(outcome: type[Outcome]) -> None:
    """Each field has a control, a label and, where it is chosen, options in words of the catalogue or the map."""
    for language in LANGUAGES:
        names = voice(language).names
        views = form(outcome, Voice(names, voice(language).formats, Words(language)), owner="s", role=Role.PSYCHOLOGIST)
        assert [view.name for view in views] == [PREFIX + field.name for field in fields_of(outcome)]
        assert views[0].name == "o.result"
        assert views[0].required
        for view, field in zip(views, fields_of(outcome), strict=True):
            assert view.label
            assert tuple(option.code for option in view.options) == field.codes
            assert all(option.label and "_" not in option.label for option in view.options), view
            assert len({option.label for option in view.options}) == len(view.options)
        assert names.missing == (), f"{outcome.name()} has no words for {names.missing}"


@EVERY
def test_every_outcome_is_read_back_as_it_was_typed(outcome: type[Outcome]) -> None:
    """For each result there is an answer whose form gives it back, with private text and times of another zone."""
    results = set()
    for codes, typed in fitting(outcome):
        got = read(outcome, typed, ZONE)
        assert got.wrong == {}
        assert got.value is not None
        assert got.value.codes() == outcome.from_codes(dict(codes)).codes()
        private = {name for name in outcome.private_fields if name in typed}
        assert got.value.private().keys() == private
        assert outcome.model_validate(got.given) == got.value
        results.add(codes["result"])
    assert results == set(fields_of(outcome)[0].codes)


@EVERY
def test_every_field_is_asked_with_some_result(outcome: type[Outcome]) -> None:
    """No condition hides a field for good, and each names results and fields that there are."""
    kept = {name for _, typed in fitting(outcome) for name in typed}
    assert kept == {field.name for field in fields_of(outcome)}
    codes = {field.name: field.codes for field in fields_of(outcome)}
    for whens in conditions(outcome).values():
        for when in whens:
            assert set(when.values) <= set(codes[when.field]), when


def test_conditions_speak_of_fields_that_there_are() -> None:
    """A condition for a step or a field that was renamed would do nothing."""
    for name, fields in OF_RESULTS.items():
        assert fields.keys() <= OUTCOMES[name].model_fields.keys(), name


def test_what_is_wrong_is_said_at_its_field_and_everything_typed_is_kept() -> None:
    """A number that is none, a time that is none, an answer that is missing: each in plain words, both languages."""
    scale, expected = OUTCOMES["assessment.function_scale"], OUTCOMES["discharge.expected_date"]
    for typed, outcome, field, ru in (
        ({}, scale, "result", "Выберите ответ"),
        ({"result": ["nonsense"]}, scale, "result", "Выберите из списка"),
        ({"result": ["scored"], "score": ["много"]}, scale, "score", "Нужно целое число"),
        ({"result": ["scored"], "score": ["105"]}, scale, "score", "Нужно число не больше 100"),
        ({"result": ["scored"], "score": ["-5"]}, scale, "score", "Нужно число не меньше 0"),
        ({"result": ["scored"], "score": ["7"]}, scale, "score", "Нужно число, кратное 5"),
        ({"result": ["set"]}, expected, "expected_at", "При таком итоге это нужно указать"),
        ({"result": ["set"], "expected_at": ["завтра"]}, expected, "expected_at", "Это не дата и время"),
        ({"result": ["set"], "expected_at": ["0001-01-01T00:00"]}, expected, "expected_at", ""),
    ):
        got = read(outcome, typed, ZONE)
        assert got.value is None
        assert field in got.wrong, typed
        for language in LANGUAGES:
            views = {view.name: view for view in shown(outcome, language, typed=got.typed, wrong=got.wrong)}
            error = views[PREFIX + field].error
            assert error
            if language == "ru":
                assert error.replace("\u00a0", " ").startswith(ru), error
            for name, values in typed.items():
                view = views[PREFIX + name]
                assert view.value == values[0]


def test_what_belongs_to_another_result_is_left_out() -> None:
    """Whoever changed their mind about the result need not clear what they typed for the other."""
    got = read(OUTCOMES["contact.first_contact"], {"result": ["contacted"], "moved_to": ["ward"]}, ZONE)
    assert got.value is not None
    assert got.value.codes() == {"result": "contacted"}


def test_private_text_says_who_will_read_it() -> None:
    """A psychologist's words are read by psychologists; the rest by who cares for the hospital's cases."""
    talk = OUTCOMES["psychology.psy_talk"]
    (theirs,) = [view for view in form(talk, voice(), owner="s", role=Role.PSYCHOLOGIST) if view.name == "o.note"]
    (ours,) = [view for view in form(talk, voice(), owner="s", role=Role.COORDINATOR) if view.name == "o.note"]
    assert "психологи" in theirs.hint
    assert "кто ведёт" in ours.hint
