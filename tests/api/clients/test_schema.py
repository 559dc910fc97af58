"""Whatever fits the OpenAPI document, and much that does not, is answered as the document says: never by a 5xx."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from api.openapi import FILE
from marshrut.domain.words import Role
from tests.api.clients.conftest import HERE, run
from tests.fixtures.asked import SERVICE, asked
from tests.fixtures.outside import Outside

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
# What administrators and auditors alone may do.
ADMINS = r"clients|accounts|audit|erasures|legal-holds|retention/due|cases/\{case_id\}/(erasure|legal-hold)"
# Whose calls they are, and of which of the things that there are: what the role may do, for every refusal of a role is
# one and the same (tests/api/test_matrix.py).
CALLERS = {
    Role.SUPERVISOR: rf"^/(?!hl7v2|metrics|api/v1/(partner|webhooks|{ADMINS}))",
    Role.INTEGRATOR: "^(/hl7v2|/api/v1/(messages|admissions|referrals|enquiries/mail)|/api/v1/cases"
    r"(/\{case_id\}(/(events|delay|route|items|relatives|assessments))?)?$)",
    Role.ADMIN: rf"^(/metrics|/api/v1/(staff|messages|{ADMINS}))",
    Role.PARTNER: "^/api/v1/(partner|commands)",
}


# An outcome has a form for each step that there is, more than schemathesis chooses among; tracks' tests send them all.
TOO_MANY_FORMS = "/api/v1/steps/{step_id}/complete"


@pytest.fixture(scope="module")
async def known(outside: Outside) -> dict[str, str]:
    """The ids of what there is: a case whose partner has been asked."""
    case_id, items = await asked(outside.system, SERVICE)
    step = await outside.system.step(case_id, "referral_answer")
    return {"case_id": case_id, "step_id": step, "item_id": items[SERVICE], "referral_id": items[SERVICE]}


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize("role", CALLERS)
async def test_no_call_is_answered_by_a_fault_of_ours(
    outside: Outside, theirs: Path, tmp_path: Path, known: dict[str, str], role: Role
) -> None:
    """Given the document alone, when schemathesis calls each operation, then no answer is a 5xx or other than said."""
    system = outside.system
    settings = [f'"path.{name}" = "{value}"' for name, value in known.items()]
    hooks = f'hooks = "{HERE / "hooks.py"}"'
    (tmp_path / "schemathesis.toml").write_text("\n".join((hooks, "[parameters]", *settings, "")))
    user = SERVICE if role is Role.PARTNER else None
    code, said = await run(
        theirs.parent / "st",
        "run",
        *(FILE, "--url", outside.url),
        *("--checks", CHECKS, "--phases", "examples,fuzzing", "--max-examples", "3", "--seed", "7"),
        *("--include-path-regex", CALLERS[role], "--exclude-path", TOO_MANY_FORMS),
        *("--generation-database", "none", "--suppress-health-check", "all"),
        *("--header", f"Authorization:{system.token(role, user)['Authorization']}"),
        *("--request-timeout", "30", "--continue-on-failure", "--warnings", "off", "--no-color"),
        cwd=tmp_path,
        within_s=380,
    )
    assert code == 0, said[-8000:]
    tested = re.search(r"Operations:\s+(?:Selected: )?(\d+)", said) or re.search(r"Tested:\s+(\d+)", said)
    assert tested, said
    assert int(tested[1]) > 1, said
