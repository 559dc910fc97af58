"""From well-formed files to a catalogue as one value, with a version that follows from its content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marshrut.catalogue.content import Content, Local, difference
from marshrut.catalogue.entries import TrackEntry
from marshrut.catalogue.files import InstrumentFile, TrackFile, instrument_of, track_of
from marshrut.catalogue.model import Catalogue
from marshrut.catalogue.overlays import Overlay
from marshrut.domain.base import Model
from marshrut.domain.words import Variant

Files = Mapping[str, Model]
Varied = Mapping[Variant, tuple[Overlay, ...]]


@dataclass(frozen=True)
class Part:
    """The files of the base or of a region, and what is laid over them for variants; of a region where that differs."""

    files: Files
    varied: Varied


def assembled(name: str, base_part: Part, regions: Mapping[str, Part], unread: tuple[str, ...]) -> Catalogue:
    """The catalogue of that name. `unread`: regions that are at fault and are not among `regions`."""
    files = base_part.files
    base, tables = _content(files), _tables(files)
    common = {field: tables[field] for field in Catalogue.model_fields if field in tables}
    local: dict[str, Local] = {code: difference(base, _content(own.files)) for code, own in regions.items()}
    made = {
        "version": name,
        "local": local,
        "varied": base_part.varied,
        "local_varied": {code: own.varied for code, own in regions.items() if own.varied},
        "unread": unread,
    }
    whole = Catalogue(**(common | dict(base) | made))
    digest = hashlib.sha256(
        json.dumps(whole.model_dump(mode="json", exclude={"version"}), sort_keys=True).encode()
    ).hexdigest()
    return whole.model_copy(update={"version": f"{name}-{digest[:12]}"})


def _content(files: Files) -> Content:
    named = {track: file for name, file in files.items() if (track := track_of(name)) and isinstance(file, TrackFile)}
    tracks = {track: TrackEntry(title=file.title, stage=file.stage) for track, file in named.items()}
    steps = {f"{track}.{code}": step for track, file in named.items() for code, step in file.steps.items()}
    tables = _tables(files)
    instruments = {
        code: file.instrument
        for name, file in files.items()
        if (code := instrument_of(name)) and isinstance(file, InstrumentFile)
    }
    return Content(
        **{table: tables[table] for table in Content.model_fields if table in tables},
        tracks=tracks,
        steps=steps,
        instruments=instruments,
    )


def _tables(files: Files) -> dict[str, Any]:
    """What the files hold at their top, except the tracks."""
    return {
        field: value
        for file in files.values()
        if not isinstance(file, TrackFile)
        for field, value in dict(file).items()
    }
