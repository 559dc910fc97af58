"""Content that is packed is unpacked nowhere: a small body stays small, whichever way it comes in."""

from __future__ import annotations

import gzip
import io
import json
import tracemalloc
import zipfile

import pytest

from marshrut.domain.words import Role
from tests.fixtures.system import System, admission

UNPACKED = 64 * 1024 * 1024


def packed() -> bytes:
    """An admission with a very long name, a thousandth of its size."""
    whole = json.dumps({**admission(), "diagnosis": "x" * UNPACKED})
    return gzip.compress(whole.encode(), 9)


def archive() -> bytes:
    """The same as a file in a ZIP archive."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("admission.json", b"x" * UNPACKED)
    return file.getvalue()


@pytest.fixture(scope="module", params=[packed, archive], ids=["gzip", "zip"])
def bomb(request: pytest.FixtureRequest) -> bytes:
    """Something small that would be large."""
    content: bytes = request.param()
    assert len(content) < UNPACKED / 500
    return content


@pytest.mark.parametrize(
    ("path", "kind", "role"),
    [
        ("/api/v1/admissions", "application/json", Role.INTEGRATOR),
        ("/api/v1/admissions/import", "application/x-ndjson", Role.INTEGRATOR),
        ("/api/v1/referrals", "application/json", Role.SUPERVISOR),
        ("/api/v1/enquiries/mail", "message/rfc822", Role.HOTLINE),
        ("/api/v1/cases/{case_id}/pfif", "application/xml", Role.SUPERVISOR),
        ("/fhir", "application/fhir+json", Role.INTEGRATOR),
        ("/fhir/Encounter", "application/fhir+json", Role.INTEGRATOR),
        ("/hl7v2", "application/hl7-v2", Role.INTEGRATOR),
        ("/oauth/token", "application/x-www-form-urlencoded", Role.INTEGRATOR),
        ("/desk/signin", "application/x-www-form-urlencoded", Role.SUPERVISOR),
    ],
)
async def test_a_bomb_stays_packed(system: System, bomb: bytes, path: str, kind: str, role: Role) -> None:
    """Said to be packed or not, it is refused as what it is not, and nothing of its size is ever held."""
    where = path.format(case_id=await system.admit())
    for encoding in ("gzip", "deflate", "identity"):
        headers = {**system.token(role), "Content-Type": kind, "Content-Encoding": encoding}
        tracemalloc.start()
        try:
            answer = await system.http.post(where, content=bomb, headers=headers)
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        said = answer.text
        refused = 400 <= answer.status_code < 500 or "MSA|AR" in said or '"state":"refused"' in said
        assert refused, (encoding, answer.status_code, said[:300])
        assert most < UNPACKED / 4, (encoding, most)
