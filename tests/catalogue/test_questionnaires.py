"""What another's FHIR models (fhir.resources; its R4B has R4's Questionnaire unchanged) say of ours."""

import json
import re
from typing import Any

import pytest
from fhir.resources.R4B.questionnaire import Questionnaire
from fhir.resources.R4B.questionnaireresponse import QuestionnaireResponse

from marshrut.catalogue import Catalogue
from marshrut.catalogue.questionnaire import questionnaire
from marshrut.domain.instruments import read, response


@pytest.mark.parametrize("code", ["social_screen", "barthel", "long_term_care", "gad7", "phq9"])
def test_each_is_a_fhir_questionnaire(base: Catalogue, code: str) -> None:
    """Another's FHIR models take each Questionnaire, and give back every element of it as it was."""
    found = questionnaire(code, base.instruments[code])
    assert json.loads(Questionnaire.model_validate(found).model_dump_json()) == found
    links = re.findall(r'"linkId": "(\w+)"', json.dumps(found))
    assert len(links) == len(set(links)) == len(base.instruments[code].items) + len(base.instruments[code].groups)


SPOILT = {
    "no status": lambda found: found.pop("status"),
    "no linkId": lambda found: found["item"][0].pop("linkId"),
    "an element of none": lambda found: found["item"][0]["answerOption"][0].update(value="x"),
    "an id that is none": lambda found: found.update(id="phq_9"),
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_the_foreign_models_notice_what_is_no_questionnaire(base: Catalogue, spoil: Any) -> None:
    """The check above bites: what R4 does not allow is refused by the same models."""
    found = questionnaire("phq9", base.instruments["phq9"])
    spoil(found)
    with pytest.raises(ValueError, match="validation error"):
        Questionnaire.model_validate(found)


def test_a_response_is_one_for_others_too(base: Catalogue) -> None:
    """Another's FHIR models take the QuestionnaireResponse that answers are written as."""
    screen = base.instrument("social_screen")
    assert screen is not None
    given = {"housing": "own", "documents": "missing", "missing_documents": ["oms", "passport"], "psychologist": True}
    sent = response(screen, read(screen, given))
    assert json.loads(QuestionnaireResponse.model_validate(sent).model_dump_json()) == sent
