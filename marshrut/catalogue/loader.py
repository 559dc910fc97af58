"""From a folder of YAML files to a catalogue, or to a complaint that names file, line and fault."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from marshrut.catalogue.model import Catalogue, HospitalsFile, ReasonsFile, ScreeningFile, StepsFile
from marshrut.catalogue.yamlfile import YamlFile
from marshrut.domain.base import Model

M = TypeVar("M", bound=Model)

BASE = Path(__file__).parent / "data"


def load(folder: Path | None = None) -> Catalogue:
    """Read and check a catalogue; without a folder, the one that ships.

    Its version is `<name>-<hash>`: `base`, or the folder's name, and the beginning of a hash over the content, which
    comments and layout do not change.

    Raises:
        CatalogueError: a file is missing or no YAML, a key is unknown or given twice, a value does not fit, or a name
            points nowhere.
    """
    root = folder or BASE
    where = _read(root / "hospitals.yaml", HospitalsFile)
    why = _read(root / "reasons.yaml", ReasonsFile)
    what = _read(root / "steps.yaml", StepsFile)
    who = _read(root / "screening.yaml", ScreeningFile)
    _check_hospitals(*where)
    _check_reasons(*why)
    _check_steps(*what)
    files = {name: value for _, file in (where, why, what, who) for name, value in file}
    content = json.dumps([file.model_dump(mode="json") for _, file in (where, why, what, who)], sort_keys=True)
    digest = hashlib.sha256(content.encode()).hexdigest()
    return Catalogue(version=f"{_name(folder)}-{digest[:12]}", **files)


def _name(folder: Path | None) -> str:
    return "base" if folder is None else re.sub(r"[^\w.-]+", "-", folder.resolve().name).strip("-") or "own"


def _read(path: Path, model: type[M]) -> tuple[YamlFile, M]:
    file = YamlFile(path)
    try:
        # By way of JSON, where pydantic's strict mode knows enums and tuples but converts no text into a number.
        return file, model.model_validate_json(json.dumps(file.data), strict=True)
    except ValidationError as fault:
        # A misspelt key is both unknown and missing: the first says more.
        first = min(fault.errors(include_url=False), key=lambda error: error["type"] != "extra_forbidden")
        place = tuple(part for part in first["loc"] if part != "[key]")
        raise file.error(place, f"{'.'.join(map(str, place)) or 'the file'}: {first['msg']}") from None


def _check_hospitals(file: YamlFile, content: HospitalsFile) -> None:
    for code, hospital in content.hospitals.items():
        place = ("hospitals", code)
        if hospital.region not in content.regions:
            raise file.error((*place, "region"), f"{code}: the region {hospital.region} is not declared")
        try:
            ZoneInfo(hospital.zone)
        except (ValueError, OSError, LookupError):
            raise file.error((*place, "zone"), f"{code}: there is no time zone {hospital.zone}") from None


def _check_reasons(file: YamlFile, content: ReasonsFile) -> None:
    for code, reason in content.reasons.items():
        if reason.responsible not in content.parties:
            place = ("reasons", code, "responsible")
            raise file.error(place, f"{code}: the party {reason.responsible} is not declared")


def _check_steps(file: YamlFile, content: StepsFile) -> None:
    for name in content.steps:
        track = name.split(".")[0]
        if track not in content.tracks:
            raise file.error(("steps", name), f"{name}: the track {track} is not declared")
