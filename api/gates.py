"""What an endpoint declares of who may call it, kept beside the dependency that checks it, so that both are one.

An endpoint says it in its types: a caller in some roles (`api.access`, `api.web.desk`), or that nobody need sign in,
and why. `insist` keeps an application from starting in which one says nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from fastapi import Depends
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from starlette.applications import Starlette
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from marshrut.domain.words import Role

Check = TypeVar("Check", bound=Callable[..., Any])
EVERYBODY = frozenset(Role) - {Role.SYSTEM}
# What is no endpoint of ours: the document of the API, which stands in git too, and `/fhir` as `/fhir/`.
NO_ENDPOINTS = frozenset({"/openapi.json", "/fhir"})


class Open(StrEnum):
    """Why nobody need be signed in."""

    PROBE = "a monitor asks whether the service works"
    DOOR = "the way in and out"
    CODE = "whoever holds the code"


class Undeclared(Exception):  # noqa: N818 - it says what is the matter
    """An endpoint says nothing of who may call it, or says it twice."""


@dataclass(frozen=True, slots=True)
class Declared:
    """An endpoint, and who may call it: these roles, or (`open`) anybody."""

    method: str
    path: str
    roles: frozenset[Role]
    open: Open | None
    parameters: tuple[str, ...]


_roles: dict[Callable[..., Any], frozenset[Role]] = {}
_open: dict[Callable[..., Any], Open] = {}


def lets(roles: Collection[Role]) -> Callable[[Check], Check]:
    """Declares of a dependency that it lets only these roles pass."""

    def declare(check: Check) -> Check:
        _roles[check] = frozenset(roles)
        return check

    return declare


def checks() -> Collection[Callable[..., Any]]:
    """Every dependency that lets only some roles pass."""
    return _roles.keys()


def open_to(why: Open) -> Any:
    """For an endpoint's `dependencies`: nobody need be signed in."""
    return Depends(_OPENINGS[why])


def _opening(why: Open) -> Callable[[], Awaitable[None]]:
    async def opening() -> None:
        return None

    _open[opening] = why
    return opening


_OPENINGS = {why: _opening(why) for why in Open}


def declared(app: Starlette, at: str = "") -> Iterator[Declared]:
    """All endpoints of an application and of those mounted in it.

    Raises:
        Undeclared: one declares nothing, or both that somebody must be signed in and that nobody need be.
    """
    for each in iter_route_contexts(app.routes):
        yield from _of(each, at)


def insist(app: Starlette) -> None:
    """Whatever declares nothing is not served: the application does not start."""
    for _ in declared(app):
        pass


def _of(each: RouteContext, at: str) -> Iterator[Declared]:
    route, path = each.original_route, f"{at}{each.path}"
    if isinstance(route, Mount):
        if not isinstance(route.app, Starlette | StaticFiles):
            raise Undeclared(f"{path}: an application that nobody knows")
        yield from declared(route.app, path) if isinstance(route.app, Starlette) else ()
    elif isinstance(route, APIRoute):
        checks = list(_checks(each.dependant))
        roles = [_roles[check] for check in checks if check in _roles]
        opened = [_open[check] for check in checks if check in _open]
        if bool(roles) is bool(opened):
            raise Undeclared(f"{path}: says nothing of who may call it, or says it twice")
        allowed = EVERYBODY if opened else frozenset.intersection(*roles)
        for method in sorted(each.methods or ()):
            yield Declared(method, path, allowed, next(iter(opened), None), tuple(each.param_convertors))
    elif not (isinstance(route, Route) and path in NO_ENDPOINTS):
        raise Undeclared(f"{path}: says nothing of who may call it")


def _checks(of: Dependant) -> Iterator[Callable[..., Any]]:
    for each in of.dependencies:
        if each.call is not None:
            yield each.call
        yield from _checks(each)
