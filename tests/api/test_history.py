from typing import Any

from marshrut.domain.words import Role
from tests.fixtures.system import System


def _after(cursor: str) -> dict[str, Any]:
    return {"cursor": cursor} if cursor else {}


async def test_a_history_is_read_from_its_end_as_from_its_start(system: System) -> None:
    """Newest first, page by page, gives the lines from the start, turned round; cursors do not mix."""
    case_id = await system.admit()
    await system.do(case_id, "first_contact", result="contacted")
    whole = (await system.get(f"/api/v1/cases/{case_id}/events"))["items"]
    found: list[object] = []
    cursor: str | None = ""
    while cursor is not None:
        told = await system.get(f"/api/v1/cases/{case_id}/events", newest=True, limit=3, **_after(cursor))
        found += told["items"]
        cursor = told["next"]
        if cursor is not None:
            other = await system.http.get(
                f"/api/v1/cases/{case_id}/events", params={"cursor": cursor}, headers=system.token(Role.SUPERVISOR)
            )
            assert other.status_code == 422
    assert found == whole[::-1]
