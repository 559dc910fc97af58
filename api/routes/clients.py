"""Machines that call, their keys, and the tokens that they get for them (RFC 6749, client credentials)."""

from __future__ import annotations

import binascii
from base64 import b64decode
from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import unquote_plus

from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from api.access import Administrator, sees_all
from api.audit.noted import noted
from api.gates import Open, open_to
from api.http.paging import Cursor, Limit, paged
from api.parts import ApiParts, Parts
from api.problems import Problem
from api.views.case import Listing
from api.views.client import ClientKey, MachineView, Taking, client_view
from api.writing import IdempotencyKey
from marshrut.domain.auditing import THING
from marshrut.domain.base import Code
from marshrut.domain.words import Role
from marshrut.ports import CLIENT_ID, KEY_PREFIX, AccessToken, Caller, Client, new_id

router = APIRouter(tags=["clients"])
MOST, MOST_FIELDS = 500, 20
UNCACHED = {"Cache-Control": "no-store", "Pragma": "no-cache"}


@router.get("/api/v1/clients")
async def clients(
    caller: Administrator, parts: Parts, limit: Limit = 50, cursor: Cursor = None
) -> Listing[MachineView]:
    """The machines of the caller's hospitals, the newest first; also those whose key is good no more."""
    now = parts.now()
    seen = [each for each in await parts.clients.every() if sees_all(caller, each.hospitals)]
    page = paged(seen, lambda each: each.id, limit=limit, cursor=cursor)
    return Listing(items=[client_view(each, _prefix(each.id), now) for each in page.items], next=page.next)


@router.post("/api/v1/clients", status_code=201)
async def take_on(given: Taking, caller: Administrator, parts: Parts, key: IdempotencyKey = None) -> ClientKey:
    """Take a machine on; the answer has its key, which is shown this once."""
    hospitals = await _checked(given, caller, parts)
    seed = new_id() if key is None else key
    name = parts.fingerprint(f"client/{caller.user}/{seed}".encode())[:CLIENT_ID]
    known = await parts.clients.every()
    if len(known) >= MOST:
        raise Problem("too_many_clients")
    now = parts.now()
    client = Client(
        id=name,
        name=given.name,
        user=given.user,
        role=given.role,
        hospitals=hospitals,
        scopes=frozenset(each.value for each in given.scopes),
        created_at=now,
        created_by=caller.user,
        expires_at=now + timedelta(days=given.days),
    )
    shown = await parts.clients.make(client)
    if shown is None:
        raise Problem("client_made")
    return ClientKey(client=client_view(client, _prefix(name), now), key=shown)


@router.get("/api/v1/clients/{client_id}")
async def client(client_id: Code, caller: Administrator, parts: Parts) -> MachineView:
    """One machine."""
    return client_view(await _in_scope(client_id, caller, parts), _prefix(client_id), parts.now())


@router.delete("/api/v1/clients/{client_id}", status_code=204)
async def revoke(client_id: Code, caller: Administrator, parts: Parts) -> Response:
    """Its key, and every token that was given for it, is good no more."""
    await _in_scope(client_id, caller, parts)
    await parts.clients.revoke(client_id)
    return Response(status_code=204)


OAUTH: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A bearer token (RFC 6749, 5.1)",
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["access_token", "token_type", "expires_in", "scope"],
                    "properties": {
                        "access_token": {"type": "string"},
                        "token_type": {"type": "string", "enum": ["Bearer"]},
                        "expires_in": {"type": "integer"},
                        "scope": {"type": "string"},
                    },
                }
            }
        },
    },
    400: {"description": "What is wrong (RFC 6749, 5.2)", "content": {"application/json": {}}},
    401: {"description": "No such client, or not its key", "content": {"application/json": {}}},
}


FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": {
                    "type": "object",
                    "required": ["grant_type"],
                    "properties": {
                        "grant_type": {"type": "string", "enum": ["client_credentials"]},
                        **{name: {"type": "string"} for name in ("client_id", "client_secret", "scope")},
                    },
                }
            }
        },
    }
}


@router.post("/oauth/token", responses=OAUTH, openapi_extra=FORM, dependencies=[open_to(Open.DOOR)])
async def token(
    request: Request,
    parts: Parts,
    authorization: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> JSONResponse:
    """Give a token of a quarter of an hour for a machine's key (grant type `client_credentials`).

    `client_id` is the machine's id and `client_secret` its key, in the form or by HTTP Basic; `scope` may ask for less.
    """
    wait_s = parts.credentials.take(request.client.host if request.client else "")
    if wait_s is not None:
        raise Problem("too_many_requests", retry_after_s=wait_s)
    form = await _form(request)
    grant_type = form.get("grant_type")
    if grant_type != "client_credentials":
        return _no("unsupported_grant_type" if grant_type else "invalid_request")
    basic = _basic(authorization)
    if basic is not None and "client_secret" in form:
        return _no("invalid_request")
    user, secret = basic or (form.get("client_id", ""), form.get("client_secret", ""))
    found = await parts.clients.token(user, secret, frozenset(form.get("scope", "").split()) or None)
    if THING.fullmatch(user) and (known := await parts.clients.get(user)) is not None:
        noted().user = known.user
    if not isinstance(found, AccessToken):
        return _no(found)
    said = {
        "access_token": found.token,
        "token_type": "Bearer",
        "expires_in": found.expires_in_s,
        "scope": " ".join(sorted(found.scopes)),
    }
    return JSONResponse(said, headers=UNCACHED)


async def _form(request: Request) -> dict[str, str]:
    """The form; what is none, or names something twice, says nothing."""
    try:
        async with request.form(max_files=0, max_fields=MOST_FIELDS) as given:
            fields = [(name, value) for name, value in given.multi_items() if isinstance(value, str)]
    except (HTTPException, ValueError):
        return {}
    form = dict(fields)
    return form if len(form) == len(fields) else {}


def _no(code: str) -> JSONResponse:
    headers = dict(UNCACHED)
    noted().code = code
    if code == "invalid_client":
        headers["WWW-Authenticate"] = 'Basic realm="marshrut", charset="UTF-8"'
    return JSONResponse({"error": code}, 401 if code == "invalid_client" else 400, headers)


def _basic(header: str | None) -> tuple[str, str] | None:
    kind, _, said = (header or "").partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        user, _, secret = b64decode(said.strip(), validate=True).decode().partition(":")
    except (ValueError, binascii.Error):
        return ("", "")
    return unquote_plus(user), unquote_plus(secret)


async def _checked(given: Taking, caller: Caller, parts: ApiParts) -> frozenset[str] | None:
    """The hospitals of the machine.

    Raises:
        Problem: `hospital_not_allowed`, `unknown_hospital`, `user_taken`, or `unknown_name` for a partner.
    """
    if given.role is Role.PARTNER:
        if given.user not in parts.catalogue.all_partners():
            raise Problem("unknown_name", {"field": "user"})
        if caller.hospitals is not None:
            # A partner is asked by every hospital, and reads what each of them says.
            raise Problem("hospital_not_allowed")
        return None
    if await parts.identity.account(given.user) is not None:
        raise Problem("user_taken", {"field": "user"})
    if given.hospitals is None:
        return caller.hospitals
    for code in given.hospitals:
        if code not in parts.catalogue.hospitals:
            raise Problem("unknown_hospital", {"field": "hospitals"})
        if not caller.sees(code):
            raise Problem("hospital_not_allowed")
    return frozenset(given.hospitals)


async def _in_scope(client_id: str, caller: Caller, parts: ApiParts) -> Client:
    found = await parts.clients.get(client_id)
    if found is None or not sees_all(caller, found.hospitals):
        raise Problem("client_not_found")
    return found


def _prefix(client_id: str) -> str:
    return f"{KEY_PREFIX}{client_id}_"
