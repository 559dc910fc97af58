import ast
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.openapi import FILE, document
from api.problems import KINDS
from marshrut.domain.words import Role
from tests.fixtures.system import System, admission

ROOT = Path(__file__).parent.parent.parent
CODE = re.compile(r"^[a-z][a-z_]*$")


def test_the_openapi_document_in_git_is_the_one_the_code_makes() -> None:
    """docs/openapi.json is the exact form of the API; `make openapi` rewrites it."""
    assert FILE.read_text() == document()


def raised(*names: str) -> set[str]:
    """The literal codes with which one of these is called anywhere in our code."""
    texts = (
        path.read_text()
        for folder in ("marshrut", "workflows", "activities", "api")
        for path in (ROOT / folder).rglob("*.py")
    )
    return {
        str(call.args[0].value)
        for text in texts
        if any(f"{name}(" in text for name in names)
        for call in ast.walk(ast.parse(text))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in names
        and call.args
        and isinstance(call.args[0], ast.Constant)
    }


def test_every_refusal_and_problem_has_a_status_and_words_in_both_languages() -> None:
    """A code that the table does not know would be a 500: each one raised anywhere stands in it."""
    codes = raised("Refused", "Problem")
    assert len(codes) > 20
    assert codes <= set(KINDS)
    assert all(kind.en and re.search("[а-яё]", kind.ru) for kind in KINDS.values())


@pytest.mark.parametrize(
    ("method", "path", "content", "status", "code"),
    [
        ("GET", "/nowhere", None, 404, "not_found"),
        ("DELETE", "/api/v1/cases", None, 405, "method_not_allowed"),
        ("GET", "/api/v1/cases/no-such-case", None, 404, "case_not_found"),
        ("GET", "/api/v1/steps/no.such.step", None, 404, "step_not_found"),
        ("GET", "/api/v1/commands/none", None, 404, "command_not_found"),
        ("GET", "/api/v1/steps?limit=0", None, 422, "invalid"),
        ("GET", "/api/v1/steps?due_before=yesterday", None, 422, "invalid"),
        ("POST", "/api/v1/admissions", b"{", 400, "malformed"),
        ("POST", "/api/v1/admissions", b"\xff\xfe", 400, "malformed"),
        ("POST", "/api/v1/admissions", b"{}", 422, "invalid"),
        ("POST", "/api/v1/admissions", b'{"visit": NaN}', 422, "invalid"),
        ("POST", "/api/v1/admissions", b"[" * 100_000, 400, "malformed"),
        ("POST", "/api/v1/admissions", b" " * 1_100_000, 413, "too_large"),
    ],
)
async def test_bad_input_is_answered_by_a_typed_problem(
    system: System, method: str, path: str, content: bytes | None, status: int, code: str
) -> None:
    """Each fault has its status, its stable code and its media type, and never a trace."""
    headers = {**system.token(Role.SUPERVISOR), "Content-Type": "application/json"}
    answer = await system.http.request(method, path, content=content, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == f"urn:marshrut:problem:{code}"
    assert "Traceback" not in answer.text


async def test_problems_speak_the_callers_language(system: System) -> None:
    """Accept-Language chooses Russian, anything else English."""
    for language, words in (("ru-RU,ru;q=0.9", "Нужен действующий токен"), ("de", "A valid bearer token is needed")):
        answer = await system.http.get("/api/v1/cases", headers={"Accept-Language": language})
        assert (answer.status_code, answer.json()["title"]) == (401, words)


async def test_validation_names_the_field_and_never_repeats_what_stood_in_it(system: System) -> None:
    """A fault in a nested personal field is told by its place alone."""
    sent = admission()
    sent["patient"]["birth_date"] = "Тайнова-1941"
    answer = await system.post("/api/v1/admissions", sent, role=Role.INTEGRATOR)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "patient.birth_date"
    assert "Тайнова" not in answer.text


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    ["facility", "visit", "admitted_at", "emergency", "ward", "patient", "contacts", "flags", "outcome", "reason",
     "until", "assignee", "due_at", "text", "type", "occurred_at", "title", "role"]
)  # fmt: skip


@settings(max_examples=75, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.sampled_from(
        ["admissions", "cases/{case}/events", "cases/{case}/steps"]
        + [f"steps/{{step}}/{action}" for action in ("complete", "block", "extend", "assign", "comment", "cancel")]
    ),
    changes=st.dictionaries(FIELDS, JSON, max_size=4),
    whole=JSON,
    replace=st.booleans(),
)
async def test_no_body_whatever_is_answered_by_a_fault_of_ours(
    system: System, path: str, changes: dict[str, object], whole: object, replace: bool
) -> None:
    """Arbitrary JSON gets an answer below 500 everywhere."""
    body = whole if replace else {**admission(), **changes} if path == "admissions" else changes
    place = path.format(case="no-such-case", step="no.such.step")
    answer = await system.post(f"/api/v1/{place}", body, role=Role.SUPERVISOR)
    assert answer.status_code < 500, (path, body, answer.text)
