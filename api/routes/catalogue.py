"""The catalogue: what the service knows and goes by, in force or as it was when a case began.

A version never changes, so it is its own ETag: whoever has it is answered 304.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Header, Query, Response
from fastapi.responses import JSONResponse
from pydantic import ValidationError

from api.access import Insider
from api.http.conditional import CACHE, NotModified
from api.parts import Parts
from api.problems import Problem
from api.views import catalogue as views
from api.views import catalogue_rules as rules
from api.views.case import Listing
from marshrut.catalogue.content import Content
from marshrut.catalogue.model import Catalogue
from marshrut.catalogue.questionnaire import questionnaire
from marshrut.domain.base import Code
from marshrut.domain.words import Variant

Item = TypeVar("Item")

router = APIRouter(
    prefix="/api/v1/catalogue", tags=["catalogue"], responses={304: {"description": "You have this version"}}
)


class FhirResponse(JSONResponse):
    """A FHIR resource as JSON."""

    media_type = "application/fhir+json"


class CatalogueListing(Listing[Item]):
    """A part of the catalogue, whole (`next` is null), and the version that it is of."""

    version: str


async def _asked(
    _caller: Insider,
    parts: Parts,
    response: Response,
    version: Annotated[Code | None, Query(description="An older version; without it, the one in force")] = None,
    if_none_match: Annotated[str | None, Header(description="Versions that you have")] = None,
) -> Catalogue:
    """The version that is asked for."""
    catalogue = parts.catalogue if version is None else await parts.catalogues.kept(version)
    if catalogue is None:
        raise Problem("catalogue_not_found")
    tag = f'"{catalogue.version}"'
    if if_none_match is not None and _named(if_none_match) & {tag, "*"}:
        raise NotModified(tag)
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = CACHE
    return catalogue


def _named(header: str) -> set[str]:
    return {each.strip().removeprefix("W/") for each in header.split(",")}


Asked = Annotated[Catalogue, Depends(_asked)]


async def _in_force(
    catalogue: Asked,
    hospital: Annotated[Code | None, Query(description="As it holds there: regions may differ from the base")] = None,
    variant: Annotated[
        list[Variant] | None, Query(description="As it holds for cases of this kind; repeat it for several")
    ] = None,
) -> tuple[str, Content]:
    """The version that is asked for, and its tables: of the base or a hospital, and for a kind of case."""
    if hospital is not None and hospital not in catalogue.hospitals:
        raise Problem("unknown_facility", {"field": "hospital"})
    try:
        if hospital is None:
            return catalogue.version, catalogue.of_region(None, variant or ())
        return catalogue.behind(hospital).version, catalogue.at(hospital, variant or ())
    except ValidationError:
        raise Problem("variants_clash") from None


Tables = Annotated[tuple[str, Content], Depends(_in_force)]


def _whole(version: str, items: Iterable[Any]) -> dict[str, Any]:
    return {"items": list(items), "next": None, "version": version}


@router.get("/pathways")
async def pathways(tables: Tables) -> CatalogueListing[views.Pathway]:
    """Tracks with their steps: role, clock, outcomes."""
    return CatalogueListing[views.Pathway](**_whole(tables[0], views.pathways(tables[1])))


@router.get("/services")
async def services(tables: Tables) -> CatalogueListing[views.ServiceView]:
    """Programmes: who may apply, where, with what, in what time, for what."""
    return CatalogueListing[views.ServiceView](**_whole(tables[0], views.services(tables[1])))


@router.get("/partners")
async def partners(tables: Tables) -> CatalogueListing[views.PartnerView]:
    """Organisations that answer referrals, and for which programmes they are asked."""
    return CatalogueListing[views.PartnerView](**_whole(tables[0], views.partners(tables[1])))


@router.get("/reasons")
async def reasons(tables: Tables) -> CatalogueListing[views.ReasonView]:
    """Why a step is blocked, by England's list too, whose move it is, and whether clocks pause."""
    return CatalogueListing[views.ReasonView](**_whole(tables[0], views.reasons(tables[1])))


@router.get("/hospitals")
async def hospitals(catalogue: Asked, parts: Parts) -> CatalogueListing[views.HospitalView]:
    """Every hospital, whatever the caller's scope: codes and titles are no secret to whoever is signed in.

    Where a region's own tables could not be read, its hospitals say so, and by which version their new cases open.
    """
    faulty = parts.catalogues.faulty if catalogue is parts.catalogue else {}
    return CatalogueListing[views.HospitalView](**_whole(catalogue.version, views.hospitals(catalogue, faulty)))


@router.get("/variants")
async def variants(tables: Tables) -> CatalogueListing[rules.VariantTable]:
    """Kinds of cases, and the rules that say that a case is one."""
    return CatalogueListing[rules.VariantTable](**_whole(tables[0], rules.variants(tables[1])))


@router.get("/corrections")
async def corrections(tables: Tables) -> CatalogueListing[views.Named]:
    """Why people may say that a case is of another kind."""
    return CatalogueListing[views.Named](**_whole(tables[0], rules.corrections(tables[1])))


@router.get("/calendars")
async def calendars(tables: Tables) -> CatalogueListing[views.CalendarView]:
    """Days off and worked weekends, and up to when they are official."""
    return CatalogueListing[views.CalendarView](**_whole(tables[0], views.calendars(tables[1])))


@router.get("/clocks")
async def clocks(tables: Tables) -> CatalogueListing[views.Number]:
    """Every number by which clocks run, tracks wait and what is stuck is ranked, with mark and source."""
    return CatalogueListing[views.Number](**_whole(tables[0], views.clocks(tables[1])))


@router.get("/route")
async def route(tables: Tables) -> rules.RouteTables:
    """What people may need, and the decision tables: proposed needs, proposed routes, what a senior looks at."""
    return rules.route(*tables)


@router.get("/lists")
async def lists(tables: Tables) -> CatalogueListing[rules.ListView]:
    """Packages and checklists: what has to be there, and how long it is good for."""
    return CatalogueListing[rules.ListView](**_whole(tables[0], rules.lists(tables[1])))


@router.get("/institutions")
async def institutions(tables: Tables) -> CatalogueListing[rules.InstitutionView]:
    """Social institutions with their profiles, and their places as far as is known."""
    return CatalogueListing[rules.InstitutionView](**_whole(tables[0], rules.institutions(tables[1])))


@router.get("/instruments")
async def instruments(tables: Tables) -> CatalogueListing[views.InstrumentView]:
    """Assessment instruments: whose, in which version, how sure, and whether they give a score."""
    return CatalogueListing[views.InstrumentView](**_whole(tables[0], views.instruments(tables[1])))


@router.get("/instruments/{instrument}", response_class=FhirResponse)
async def one_instrument(instrument: str, tables: Tables) -> dict[str, Any]:
    """An instrument as a FHIR R4 Questionnaire, its scoring in extensions."""
    entry = tables[1].instruments.get(instrument)
    if entry is None:
        raise Problem("instrument_not_found")
    return questionnaire(instrument, entry)
