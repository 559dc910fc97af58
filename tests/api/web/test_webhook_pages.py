"""The pages of subscriptions: words for all that can be told, administrators alone, nothing beyond their scope."""

from __future__ import annotations

import pytest

from api.web.words import LANGUAGES, Words
from marshrut.domain.outward.types import SUBSCRIBED
from marshrut.domain.words import Role
from marshrut.ports import DeliveryState, SendFault
from tests.api.odd import turned
from tests.api.test_webhooks import Hook, make
from tests.api.web.test_desk_by_role import cookie_of, plain
from tests.api.web.test_hostile_pages import ODD_IDS, ODD_QUERY, ODD_TYPED, held
from tests.fixtures.receiver import Receiver
from tests.fixtures.system import HOSPITAL, System

HOOKS = "/desk/webhooks"


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_can_be_told_or_go_wrong_has_its_words(language: str) -> None:
    """Each type of event, state and fault, and of each fault what to do about it."""
    words = Words("ru" if language == "ru" else "en")
    types = [each.removeprefix("marshrut.").removesuffix(".v1").replace(".", "_") for each in SUBSCRIBED]
    keys = [f"type_{each}" for each in types] + [
        f"{of}_{each.value}" for each in DeliveryState for of in ("state", "is")
    ]
    keys += [f"fault_{each.value}{more}" for each in SendFault for more in ("", "_way")]
    assert [each for each in keys if not words.knows(f"webhooks.{each}")] == []


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.SYSTEM, Role.ADMIN}))
async def test_only_an_administrator_sees_who_is_told(system: System, role: Role) -> None:
    """As by the API; a partner has no desk at all."""
    headers = await cookie_of(system, role)
    for path in (HOOKS, f"{HOOKS}/new", f"{HOOKS}/x"):
        assert (await system.http.get(path, headers=headers)).status_code == 403
    assert (await system.http.post(HOOKS, data={"name": "x"}, headers=headers)).status_code == 403
    connects = role in {Role.INTEGRATOR, Role.SUPERVISOR, Role.HEAD}
    assert (await system.http.get("/desk/connect", headers=headers)).status_code == (200 if connects else 403)


async def test_a_subscription_of_another_hospital_is_not_there(system: System, receiver: Receiver) -> None:
    """Neither in the list nor by its address, whatever is done."""
    made = (await make(system, receiver.url)).json()
    hook = Hook(system, made)
    headers = await cookie_of(system, Role.ADMIN, "SKLIF")
    assert hook.id not in (await system.http.get(HOOKS, headers=headers)).text
    assert (await system.http.get(f"{HOOKS}/{hook.id}", headers=headers)).status_code == 404
    for action in ("", "/pause", "/resume", "/test", "/secret", "/replay", "/remove"):
        form = {"name": "x", "url": receiver.url, "hospital": "SKLIF", "overlap": "0", "sure": "1"}
        answer = await system.http.post(f"{HOOKS}/{hook.id}{action}", data=form, headers=headers)
        assert answer.status_code == 404, action
        assert hook.secret not in answer.text
    assert receiver.received == []
    assert (await hook.send("GET"))["paused"] is None
    await hook.send("DELETE", status=204)


async def test_a_form_that_is_sent_twice_makes_one_subscription(system: System, receiver: Receiver) -> None:
    """A reload shows the same secret while nothing has changed; a key that is spent makes nothing."""
    headers = await cookie_of(system, Role.ADMIN)
    form = {"name": "Дважды", "url": receiver.url, "which": "all", "hospital": HOSPITAL, "key": "hook-twice"}
    first, again = [await system.http.post(HOOKS, data=form, headers=headers) for _ in range(2)]
    assert (first.status_code, again.status_code) == (200, 200)
    assert plain(first.text).count("whsec_") == plain(again.text).count("whsec_") == 1
    other = await system.http.post(HOOKS, data={**form, "name": "Иначе"}, headers=headers)
    assert (other.status_code, "уже отправлена" in plain(other.text)) == (422, True)
    listed = await system.get("/api/v1/webhooks", Role.ADMIN)
    ours = [each for each in listed["items"] if each["name"] in {"Дважды", "Иначе"}]
    assert len(ours) == 1
    await Hook(system, {**ours[0], "secret": ""}).send("DELETE", status=204)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "name"),
        ({"url": "http://10.0.0.1/"}, "url"),
        ({"url": ""}, "url"),
        ({"which": "some"}, "types"),
        ({"hospital": "SKLIF"}, "hospitals"),
        ({"hospital": ""}, "hospitals"),
    ],
)
async def test_what_cannot_be_is_said_at_its_field(
    system: System, receiver: Receiver, change: dict[str, str], field: str
) -> None:
    """Nothing is kept, and what was typed stands there again."""
    headers = await cookie_of(system, Role.ADMIN)
    form = {"name": "Регистр", "url": receiver.url, "which": "all", "hospital": HOSPITAL, "key": f"hook-{field}"}
    answer = await system.http.post(HOOKS, data={**form, **change}, headers=headers)
    assert answer.status_code in {403, 422}
    assert f'href="#{field}"' in answer.text
    if field != "name":
        assert 'value="Регистр"' in answer.text
    listed = await system.get("/api/v1/webhooks", Role.ADMIN)
    assert [each for each in listed["items"] if each["name"] == "Регистр"] == []


async def test_whatever_is_sent_to_them_is_a_page_or_a_refusal(system: System, receiver: Receiver) -> None:
    """Odd ids, filters and forms, by somebody who may do all of it: never a fault of ours."""
    hook = Hook(system, (await make(system, receiver.url)).json())
    headers = await cookie_of(system, Role.ADMIN)
    here = f"{HOOKS}/{hook.id}"
    for turn, place in enumerate((f"{HOOKS}/{{}}", f"{here}/deliveries/{{}}", f"{here}/deliveries/x?done={{}}")):
        for odd in turned(ODD_IDS, turn):
            held(await system.http.get(place.format(odd), headers=headers), place, odd[:40])
    asked = [f"{here}?{name}=" for name in ("state", "case", "cursor", "done")] + [f"{HOOKS}?done="]
    for turn, start in enumerate(asked):
        for odd in turned(ODD_QUERY, turn):
            held(await system.http.get(f"{start}{odd}", headers=headers), start, odd[:40])
    paths = (HOOKS, here, f"{here}/secret", f"{here}/deliveries/x/replay", f"{here}/deliveries/x/other")
    for turn, path in enumerate(paths):
        for number, typed in enumerate(turned(ODD_TYPED, turn), turn):
            form = dict.fromkeys(("name", "url", "which", "type", "where", "hospital", "overlap", "key"), typed)
            sent = {**form, "which": "some", "name": "x", "url": receiver.url} if number % 2 else form
            held(await system.http.post(path, data=sent, headers=headers), path, typed[:40])
    await hook.send("DELETE", status=204)


async def test_too_many_secrets_are_refused_in_words(system: System, receiver: Receiver) -> None:
    """The page stays, says why, and shows no secret."""
    hook = Hook(system, (await make(system, receiver.url)).json())
    headers = await cookie_of(system, Role.ADMIN)
    for _ in range(4):
        answer = await system.http.post(f"{HOOKS}/{hook.id}/secret", data={"overlap": "24"}, headers=headers)
        assert (answer.status_code, "whsec_" in answer.text) == (200, True)
    for overlap, status in (("24", 409), ("x", 422), ("٣", 422)):
        answer = await system.http.post(f"{HOOKS}/{hook.id}/secret", data={"overlap": overlap}, headers=headers)
        assert (answer.status_code, "whsec_" in answer.text) == (status, False)
        assert "h-log" in answer.text
    await hook.send("DELETE", status=204)
