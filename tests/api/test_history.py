from marshrut.domain.words import Role
from tests.fixtures.system import System


async def test_a_history_is_read_from_its_end_as_from_its_start(system: System) -> None:
    """Newest first, page by page, gives the lines from the start, turned round; cursors do not mix."""
    case_id = await system.admit()
    await system.do(case_id, "first_contact", result="contacted")
    whole = (await system.get(f"/api/v1/cases/{case_id}/events"))["items"]
    found, cursor = [], None
    while True:
        more: dict[str, str] = {} if cursor is None else {"cursor": cursor}
        told = await system.get(f"/api/v1/cases/{case_id}/events", newest=True, limit=3, **more)
        found += told["items"]
        cursor = told["next"]
        if cursor is None:
            break
        first = await system.http.get(
            f"/api/v1/cases/{case_id}/events", params={"cursor": cursor}, headers=system.token(Role.SUPERVISOR)
        )
        assert first.status_code == 422
    assert found == whole[::-1]
