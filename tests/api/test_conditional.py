"""Conditional requests: a copy that still holds is not sent again, and nobody writes over what they have not seen."""

from __future__ import annotations

import asyncio

import pytest

from api.http.conditional import seen
from marshrut.domain.words import Role
from tests.fixtures.system import System, said

# Writes to a case, a step or an item that take no condition, each with why.
WITHOUT = {
    "/api/v1/cases/{case_id}/merge": "it is about two cases",
    "/api/v1/cases/{case_id}/unmerge": "it is about two cases",
    "/api/v1/cases/{case_id}/candidates": "it adds, and decides nothing",
    "/api/v1/cases/{case_id}/pfif": "it adds, and decides nothing",
    "/api/v1/cases/search": "it reads",
    "/api/v1/items/{item_id}/partner-link": "it changes no item",
    "/api/v1/cases/{case_id}/corrections": "it changes what is known of the person, and not the case",
    "/api/v1/cases/{case_id}/corrections/refusals": "it adds, and changes nothing that is known",
    "/api/v1/cases/{case_id}/break-glass": "whoever asks has not seen the case",
    "/api/v1/cases/{case_id}/erasure": "it asks; that the case is closed is looked at when it is confirmed too",
    "/api/v1/cases/{case_id}/disclosure": "it reads",
}
ABOUT = ("/api/v1/cases/", "/api/v1/steps/", "/api/v1/items/", "/api/v1/partner/")


async def things(system: System) -> dict[str, str]:
    """The addresses of a case, of a step and of an item of it."""
    case_id = await system.admit()
    return {
        "case": f"/api/v1/cases/{case_id}",
        "step": f"/api/v1/steps/{await system.step(case_id, 'first_contact')}",
        "item": f"/api/v1/items/{await system.item(case_id)}",
    }


async def tag_for(system: System, path: str, role: Role) -> str:
    """The tag of what somebody in this role is shown."""
    tag: str = (await system.http.get(path, headers=system.token(role))).headers["etag"]
    return tag


@pytest.mark.parametrize("what", ["case", "step", "item"])
async def test_a_copy_that_holds_is_not_sent_again(system: System, what: str) -> None:
    """Given a thing's tag, when it is read again, then it is 304 until something changes."""
    at = await things(system)
    path, headers = at[what], system.token(Role.COORDINATOR)
    first = await system.http.get(path, headers=headers)
    tag = first.headers["etag"]
    assert tag.startswith('W/"')
    await asyncio.sleep(1.1)  # the seconds that are left until a step is due go by
    for held in (tag, f'"other", {tag}', tag.removeprefix("W/"), "*"):
        again = await system.http.get(path, headers={**headers, "If-None-Match": held})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert (await system.http.get(path, headers={**headers, "If-None-Match": '"other"'})).status_code == 200
    await system.post(f"{at['step']}/claim")
    await system.post(f"{at['item']}/move", {"status": "agreed"})
    changed = await system.http.get(path, headers={**headers, "If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag


async def test_what_another_reader_may_see_is_another_copy(system: System) -> None:
    """A machine's copy is none of a coordinator's: the tag tells them apart, the version is the same."""
    at = await things(system)
    for path in at.values():
        ours, theirs = [await tag_for(system, path, role) for role in (Role.COORDINATOR, Role.AUDITOR)]
        assert ours.split(".")[0] == theirs.split(".")[0]
    assert await tag_for(system, at["case"], Role.COORDINATOR) != await tag_for(system, at["case"], Role.AUDITOR)


async def test_nobody_writes_over_what_they_have_not_seen(system: System) -> None:
    """Given two who read a thing, when one has changed it, then the other's word is 412 with the present version."""
    at = await things(system)
    writes = {
        "step": (f"{at['step']}/claim", None, f"{at['step']}/comment", {"text": "Звонили"}),
        "item": (f"{at['item']}/move", {"status": "agreed"}, f"{at['item']}/move", {"status": "met"}),
        "case": (f"{at['case']}/flags", {"add": ["palliative"]}, f"{at['case']}/owner", {"owner": "coordinator-1"}),
    }
    for what, (first, body, second, other) in writes.items():
        tag = (await system.http.get(at[what], headers=system.token(Role.COORDINATOR))).headers["etag"]
        done = await system.post(first, body, **said(if_match=tag))
        assert done.status_code == 200, done.text
        late = await system.post(second, other, **said(if_match=tag))
        assert (late.status_code, late.json()["code"]) == (412, "version_differs")
        now = await system.http.get(at[what], headers=system.token(Role.COORDINATOR))
        version = late.json()["details"]["version"]
        assert version == str(now.json().get("version") or now.json()["seq"])
        assert now.headers["etag"].startswith(f'W/"{version}.')
        right = await system.post(second, other, **said(if_match=f'"{version}"'))
        assert right.status_code == 200, right.text


async def test_of_two_at_once_one_is_told(system: System) -> None:
    """Given the same tag, when two write at once, then one happens and the other is told: the journey decides."""
    at = await things(system)
    tag = (await system.http.get(at["case"], headers=system.token(Role.COORDINATOR))).headers["etag"]
    answers = await asyncio.gather(
        *(
            system.post(f"{at['case']}/flags", {"add": [flag]}, user=user, **said(if_match=tag))
            for flag, user in (("palliative", "anna"), ("crisis", "boris"))
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412]


async def test_a_repeated_call_is_the_same_call_though_the_version_has_moved_on(system: System) -> None:
    """With key and condition the second one is answered as the first, for it is no second one."""
    at = await things(system)
    tag = (await system.http.get(at["step"], headers=system.token(Role.COORDINATOR))).headers["etag"]
    for _ in range(2):
        answer = await system.post(f"{at['step']}/claim", **said(if_match=tag, idempotency_key=f"k-{at['step']}"))
        assert (answer.status_code, answer.json()["state"]) == (200, "claimed")


def test_a_condition_names_versions_or_none_that_there_is() -> None:
    """Weak and strong tags, several, whole tags and versions; what is none of ours is fulfilled by nothing."""
    assert seen(None) == seen("*") == ()
    assert seen('W/"42.abc"') == ("42",)
    assert seen('"42", W/"0af3"') == ("42", "0af3")
    assert seen("42") == seen('"не наше"') == seen('""') == ("none",)


def test_every_write_to_a_thing_takes_a_condition(system: System) -> None:
    """A new write to a case, a step or an item takes `If-Match`, or says above why it does not."""
    described = system.app.openapi()["paths"]
    without = {
        path
        for path, each in described.items()
        if "post" in each
        and path.startswith(ABOUT)
        and not any(given["name"] == "If-Match" for given in each["post"].get("parameters", ()))
    }
    assert without == set(WITHOUT)


# Writes that are the same however often they come, each by what it is known.
BY_THEMSELVES = {
    "/hl7v2": "MSH-10",
    "/api/v1/admissions/import": "each line by what it says",
    "/api/v1/enquiries/mail": "the mail's Message-ID",
    "/api/v1/messages/{message_id}/replay": "a parked message is taken once",
    "/api/v1/messages/replay": "each message is taken once",
    "/api/v1/messages/{message_id}/discard": "said again it changes nothing",
    "/api/v1/messages/{message_id}/restore": "said again it changes nothing",
    "/api/v1/handovers/{handover_id}/acknowledge": "said again by the same user it changes nothing",
    "/api/v1/handovers/{handover_id}/decline": "said again by the same user it changes nothing",
    "/api/v1/handovers/{handover_id}/withdraw": "said again by the same user it changes nothing",
    "/api/v1/absences/{absence_id}/end": "an absence ends once",
    "/api/v1/webhooks/{webhook_id}/secret": "two secrets hold as well as one",
    "/api/v1/webhooks/{webhook_id}/test": "each time is another try",
    "/api/v1/webhooks/{webhook_id}/replay": "what is parked no more is not sent again",
    "/api/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/replay": "only what is parked is sent again",
    "/api/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/discard": "only what is parked is let go",
    "/api/v1/cases/search": "it reads",
    "/oauth/token": "two tokens of one key hold as well as one",
    "/api/v1/enquiries/search": "it reads",
    "/api/v1/relatives/search": "it reads",
    "/api/v1/cases/{case_id}/disclosure": "it reads",
    "/api/v1/cases/{case_id}/break-glass": "of one person one opening stands at a time",
    "/api/v1/break-glass/{opening_id}/end": "an opening ends once",
    "/api/v1/cases/{case_id}/erasure": "of one person one erasure waits at a time",
    "/api/v1/erasures/{erasure_id}/confirm": "an erasure is confirmed once",
    "/api/v1/erasures/{erasure_id}/withdraw": "an erasure is withdrawn once",
    "/api/v1/accounts/{user_id}/lock": "said again it changes nothing",
    "/api/v1/accounts/{user_id}/unlock": "said again it changes nothing",
}


def test_every_write_may_be_repeated_safely(system: System) -> None:
    """A new POST takes `Idempotency-Key`, or says above by what it is known when it comes again."""
    without = {
        path
        for path, each in system.app.openapi()["paths"].items()
        if "post" in each
        and not any(given["name"] == "Idempotency-Key" for given in each["post"].get("parameters", ()))
    }
    assert without == set(BY_THEMSELVES)


# Lists that are given whole: catalogues, and what there are fifty of at most.
WHOLE = (
    *("/api/v1/catalogue/", "/api/v1/event-types", "/api/v1/webhooks", "/api/v1/retention"),
    "/api/v1/cases/{case_id}/consents",
)


def test_every_list_is_paged(system: System) -> None:
    """A GET that answers `items` and `next` takes `limit` and `cursor`, but for those that are given whole."""
    document = system.app.openapi()
    schemas = document["components"]["schemas"]
    for path, each in document["paths"].items():
        if "get" not in each or path.startswith(WHOLE[:1]) or path in WHOLE:
            continue
        content = each["get"]["responses"].get("200", {}).get("content", {}).get("application/json", {})
        name = str(content.get("schema", {}).get("$ref", "")).rsplit("/", 1)[-1]
        if {"items", "next"} <= schemas.get(name, {}).get("properties", {}).keys():
            assert {"limit", "cursor"} <= {given["name"] for given in each["get"].get("parameters", ())}, path


async def test_short_lists_are_paged_too(system: System) -> None:
    """Items one by one are all of them, each once; a cursor that is none of the list's is refused by name."""
    case_id = await system.admit()
    for name in ("home_care", "documents", "relatives"):
        await system.item(case_id, "need", name)
    path, cursor, found = f"/api/v1/cases/{case_id}/items", None, []
    while True:
        page = await system.get(path, limit=1, **({"cursor": cursor} if cursor else {}))
        found += [each["name"] for each in page["items"]]
        if (cursor := page["next"]) is None:
            break
    whole = await system.get(path)
    assert found == [each["name"] for each in whole["items"]]
    assert whole["next"] is None
    for wrong in ("bm9uZQ==", "не курсор", "%"):
        headers = system.token(Role.SUPERVISOR)
        answer = await system.http.get(path, params={"cursor": wrong}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (422, "bad_cursor")


async def test_a_page_goes_on_though_the_last_one_listed_has_moved_on(system: System) -> None:
    """Given a filtered list, when what the page ended with fits no more, then the next page begins behind it."""
    case_id = await system.admit()
    path = f"/api/v1/cases/{case_id}/items"
    names = ("home_care", "documents", "relatives", "psychology")
    added = {name: await system.item(case_id, "need", name) for name in names}
    waiting = [each["name"] for each in (await system.get(path, kind="need", status="proposed"))["items"]]
    first = await system.get(path, kind="need", status="proposed", limit=2)
    ended = first["items"][-1]["name"]
    moved = await system.post(f"/api/v1/items/{added[ended]}/move", {"status": "agreed"})
    assert moved.status_code == 200, moved.text
    left = await system.get(path, kind="need", status="proposed", cursor=first["next"])
    assert [each["name"] for each in left["items"]] == waiting[2:]
