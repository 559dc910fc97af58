from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from marshrut.domain.commands import JourneyStart
from tests.fixtures.cases import CATALOGUE


def test_a_slice_travels_as_one_text_and_is_read_once() -> None:
    """Two journeys of a hospital have the very same slice, which costs a worker nothing the second time."""
    first, second = (JourneyStart(case_id=name, catalogue=CATALOGUE).model_dump_json() for name in ("a", "b"))
    assert isinstance(json.loads(first)["catalogue"], str)
    read = [JourneyStart.model_validate_json(text) for text in (first, second)]
    assert read[0].catalogue == CATALOGUE
    assert read[0].catalogue is read[1].catalogue


def test_a_journey_that_an_earlier_release_started_is_understood() -> None:
    """Its slice is an object."""
    start = {"case_id": "a", "catalogue": json.loads(CATALOGUE.model_dump_json())}
    assert JourneyStart.model_validate_json(json.dumps(start)).catalogue == CATALOGUE


def test_a_slice_that_is_none_is_refused() -> None:
    """Whichever way it travels."""
    for catalogue in ("{}", {}, "no slice", 1):
        with pytest.raises(ValidationError):
            JourneyStart.model_validate_json(json.dumps({"case_id": "a", "catalogue": catalogue}))
