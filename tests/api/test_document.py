"""The OpenAPI document is one that a program of others can be made of, and that people can read."""

from __future__ import annotations

import re
from typing import Any

import pytest
from pydantic import BaseModel

from api.http.examples import EXAMPLES
from api.problems import KINDS
from marshrut.domain.words import Role
from tests.fixtures.system import System, said


def operations(system: System) -> dict[str, dict[str, Any]]:
    """By its id each operation."""
    found = [each for path in system.app.openapi()["paths"].values() for each in path.values()]
    named = {each["operationId"]: each for each in found}
    assert len(named) == len(found)
    return named


def test_operations_are_called_by_what_they_do(system: System) -> None:
    """Each has a name of its own, of a few words, without its address in it, and says in a sentence what it does."""
    named = operations(system)
    assert {"cases", "steps_claim", "admissions_admit", "partner_answer"} <= named.keys()
    for name, each in named.items():
        assert re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+){0,4}", name), name
        assert "api_v1" not in name
        assert each["description"].strip().endswith((".", ")")), name


def test_every_fault_is_typed_and_every_headers_use_is_told(system: System) -> None:
    """Whatever is no success is a problem; where a version or a place to ask is told, the document says so."""
    for name, each in operations(system).items():
        fault = each["responses"]["default"]["content"]["application/problem+json"]["schema"]
        assert fault == {"$ref": "#/components/schemas/ProblemView"}, name
        if "304" in each["responses"]:
            assert "ETag" in each["responses"]["200"]["headers"], name
        if "202" in each["responses"]:
            assert {"Location", "Retry-After"} <= each["responses"]["202"]["headers"].keys(), name


def test_what_is_one_of_a_few_words_says_which(system: System) -> None:
    """States, stages and statuses are enumerations, so that a generated client knows them."""
    schemas = system.app.openapi()["components"]["schemas"]

    def words(model: str, name: str) -> list[str]:
        told = schemas[model]["properties"][name]
        found: list[str] = schemas[told["$ref"].rsplit("/", 1)[-1]]["enum"] if "$ref" in told else told["enum"]
        return found

    assert set(words("StepView", "state")) == {"open", "claimed", "done", "cancelled"}
    assert "transition" in words("CaseSummary", "stage")
    assert "handed_over" in words("PartnerReferralView", "status")


@pytest.mark.parametrize("model", EXAMPLES)
def test_every_example_is_one_that_is_taken(system: System, model: type[BaseModel]) -> None:
    """An example of a body is valid as it stands, and the document shows it."""
    model.model_validate(EXAMPLES[model])
    assert system.app.openapi()["components"]["schemas"][model.__name__]["examples"] == [EXAMPLES[model]]


async def test_examples_work_at_a_running_system(system: System) -> None:
    """Sent in the order of a case's life, the examples are taken; the problem is one that there is."""
    examples = {model.__name__: example for model, example in EXAMPLES.items()}
    assert KINDS[examples["ProblemView"]["code"]].status == examples["ProblemView"]["status"]
    assert KINDS[examples["ProblemView"]["code"]].en == examples["ProblemView"]["title"]
    opened = await system.post("/api/v1/admissions", examples["Admission"], role=Role.INTEGRATOR)
    assert opened.status_code in {200, 201}, opened.text
    case = f"/api/v1/cases/{opened.json()['case_id']}"
    step = await system.step(opened.json()["case_id"], "first_contact")

    async def does(path: str, name: str) -> dict[str, Any]:
        answer = await system.post(path, examples[name], role=Role.SUPERVISOR, **said(idempotency_key=path))
        assert answer.status_code in {200, 201}, (name, answer.text)
        told: dict[str, Any] = answer.json()
        return told

    await does(f"{case}/steps", "NewStep")
    await does(f"/api/v1/steps/{step}/comment", "Commenting")
    await does(f"/api/v1/steps/{step}/complete", "Completing")
    item = await does(f"{case}/items", "NewItem")
    await does(f"/api/v1/items/{item['item_id']}/move", "Moving")
    assert (await system.post("/api/v1/referrals", examples["Referral"])).status_code == 201
