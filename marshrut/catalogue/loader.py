"""From folders of YAML files to a catalogue, or to a list of complaints that name file, line and fault."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from marshrut.catalogue.checks import check
from marshrut.catalogue.content import Content, difference
from marshrut.catalogue.entries import TrackEntry
from marshrut.catalogue.files import FILES, InstrumentFile, TrackFile, instrument_of, model_of, track_of
from marshrut.catalogue.layers import REGIONS, Layer, Tree, overlay, read
from marshrut.catalogue.model import Catalogue
from marshrut.catalogue.names import table
from marshrut.domain.base import Model
from marshrut.yamlfile import Fault, Place

BASE = Path(__file__).parent / "data"

Trees = Mapping[str, Tree]
Files = Mapping[str, Model]


class CatalogueError(Exception):
    """A catalogue cannot be used: all that was found wrong with it, in the order of files and lines."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(sorted(set(faults)))
        more = len(self.faults) - 1
        super().__init__(f"{self.faults[0]}" + (f" (and {more} more)" if more else ""))


def load(folder: Path | None = None, *, base: Path = BASE) -> Catalogue:
    """Read and check a catalogue: `base`, with an installation's own folder laid over it if there is one.

    Its version is `<name>-<hash>`: the name that its catalogue.yaml gives, or the folder's, and the beginning of a hash
    over the content, which comments and layout do not change.

    Raises:
        CatalogueError: with all faults that were found.
    """
    return _Reading((base,) if folder is None else (base, folder)).catalogue()


class _Reading:
    """One reading of a folder and perhaps another over it, and what it found wrong so far."""

    def __init__(self, roots: tuple[Path, ...]) -> None:
        self.faults: list[Fault] = []
        self.roots = roots

    def catalogue(self) -> Catalogue:
        layers = [self._read(root) for root in self.roots]
        empty = [
            layer.folder for layer in layers if not (layer.trees or layer.faults or (layer.folder / REGIONS).is_dir())
        ]
        self.faults += [Fault(folder, 1, "holds no file of a catalogue") for folder in empty]
        shipped, trees = layers[0].trees, self._laid(layers)
        files = self._files(trees)
        self.faults += [Fault(self.roots[0] / name, 1, "is missing") for name in FILES if name not in trees]
        self.faults += check(trees, files, shipped)
        codes = {path.name for root in self.roots for path in (root / REGIONS).glob("*") if path.is_dir()}
        regions = {code: self._region(code, layers, trees, files) for code in sorted(codes)}
        if self.faults:
            raise CatalogueError(self.faults)
        return _assembled(self._name(layers), files, regions)

    def _region(self, code: str, layers: list[Layer], common: Trees, known: Files) -> Files:
        """The files of a region: the installation's word comes after the shipped region's, its own region's last."""
        laid = []
        for layer in layers:
            laid += [layer, self._read(layer.folder / REGIONS / code, regional=True)]
        declared = table(common, "hospitals.yaml", "regions")
        if declared and code not in declared:
            what = f"the region {code} is not declared in hospitals.yaml"
            self.faults += [Fault(layer.folder, 1, what) for layer in laid[1::2] if layer.folder.is_dir()]
        trees = self._laid(laid)
        same = {name for name, tree in trees.items() if tree.data == common.get(name, tree).data and name in common}
        files = {name: known[name] for name in same if name in known}
        files |= self._files({name: tree for name, tree in trees.items() if name not in same})
        self.faults += check(trees, files, layers[0].trees)
        return files

    def _read(self, folder: Path, *, regional: bool = False) -> Layer:
        layer = read(folder, regional=regional)
        self.faults += layer.faults
        return layer

    def _laid(self, layers: list[Layer]) -> Trees:
        trees = dict(layers[0].trees)
        for layer in layers[1:]:
            for name, tree in layer.trees.items():
                if name in trees:
                    trees[name], faults = overlay(trees[name], tree)
                    self.faults += faults
                else:
                    trees[name] = tree
        # An overlay that deletes an instrument leaves nothing in its file.
        return {name: tree for name, tree in trees.items() if tree.data or not instrument_of(name)}

    def _files(self, trees: Trees) -> Files:
        files: dict[str, Model] = {}
        for name, tree in trees.items():
            model = model_of(name)
            if model is None:
                continue
            try:
                # By way of JSON, where pydantic's strict mode knows enums and dates but makes no number of a text.
                files[name] = model.model_validate_json(json.dumps(tree.data), strict=True)
            except ValidationError as fault:
                self.faults += _told(tree, fault)
        return files

    def _name(self, layers: list[Layer]) -> str:
        top = layers[-1]
        own = top.trees.get("catalogue.yaml")
        named = own.data.get("name") if own and isinstance(own.data, dict) else None
        return str(named or re.sub(r"[^\w.-]+", "-", top.folder.resolve().name).strip("-") or "own")


def _told(tree: Tree, fault: ValidationError) -> list[Fault]:
    errors = fault.errors(include_url=False, include_context=False, include_input=False)
    told = []
    for error in errors:
        place: Place = tuple(part for part in error["loc"] if part != "[key]")
        what = error["msg"].removeprefix("Value error, ")
        told.append(tree.fault(place, f"{'.'.join(map(str, place)) or 'the file'}: {what}"))
    return told


def _assembled(name: str, files: Files, regions: Mapping[str, Files]) -> Catalogue:
    base = _content(files)
    tables = _tables(files)
    common = {field: tables[field] for field in Catalogue.model_fields if field in tables}
    local = {code: difference(base, _content(own)) for code, own in regions.items()}
    whole = Catalogue(**(common | dict(base) | {"version": name, "local": local}))
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
