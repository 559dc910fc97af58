"""From folders of YAML files to a catalogue, or to a list of complaints that name file, line and fault."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from marshrut.catalogue.assembling import Files, Part, assembled
from marshrut.catalogue.checks import check
from marshrut.catalogue.files import FILES, instrument_of, model_of
from marshrut.catalogue.layers import REGIONAL, REGIONS, VARIANT, VARIANTS, Layer, Tree, fitting, overlay, read
from marshrut.catalogue.model import Catalogue
from marshrut.catalogue.names import table
from marshrut.catalogue.overlays import Overlay, overlay_of
from marshrut.domain.base import Model
from marshrut.domain.words import Variant
from marshrut.yamlfile import Fault, Place

BASE = Path(__file__).parent / "data"

Trees = Mapping[str, Tree]


class CatalogueError(Exception):
    """A catalogue cannot be used: all that was found wrong with it, in the order of files and lines."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(sorted(set(faults)))
        more = len(self.faults) - 1
        super().__init__(f"{self.faults[0]}" + (f" (and {more} more)" if more else ""))


@dataclass(frozen=True)
class Loaded:
    """A catalogue, and what is wrong with the overlays of single regions: by region, in the order of files and lines.

    Where something is, the catalogue has nothing of that region's own, and says so (`unread`).
    """

    catalogue: Catalogue
    faulty: Mapping[str, tuple[Fault, ...]] = field(default_factory=dict)


def place(fault: Fault) -> str:
    """A region's fault's file without the folder of the installation, which is nobody's business outside."""
    parts = fault.file.parts
    return "/".join(parts[parts.index(REGIONS) :] if REGIONS in parts else parts[-1:])


def load(folder: Path | None = None, *, base: Path = BASE) -> Catalogue:
    """Read and check a catalogue: `base`, with an installation's own folder laid over it if there is one.

    Its version is `<name>-<hash>`: the name that its catalogue.yaml gives, or the folder's, and the beginning of a hash
    over the content, which comments and layout do not change.

    Raises:
        CatalogueError: with all faults that were found.
    """
    loaded = load_what_holds(folder, base=base)
    if loaded.faulty:
        raise CatalogueError([fault for faults in loaded.faulty.values() for fault in faults])
    return loaded.catalogue


def load_what_holds(folder: Path | None = None, *, base: Path = BASE) -> Loaded:
    """The same, but a fault in one region's overlay costs only that region its own tables.

    Raises:
        CatalogueError: what all regions have in common is at fault; with all faults that were found, theirs too.
    """
    return _Reading((base,) if folder is None else (base, folder)).loaded()


@dataclass(frozen=True)
class _Laid:
    """What layers gave: the trees, the files of them that are well formed, and the faults."""

    trees: Trees
    files: Files
    faults: list[Fault]


class _Reading:
    """One reading of a folder and perhaps another over it."""

    def __init__(self, roots: tuple[Path, ...]) -> None:
        self.roots = roots
        self.layers = [read(root) for root in roots]
        self.shipped = self.layers[0].trees
        self._read: dict[Path, Layer] = {}
        self._formed: dict[tuple[str, str], Model] = {}  # each variant says of most regions what it says of the others

    def loaded(self) -> Loaded:
        common = self._laid(self.layers)
        common.faults.extend(fault for layer in self.layers for fault in layer.faults)
        common.faults.extend(Fault(layer.folder, 1, "holds no file of a catalogue") for layer in self._empty())
        common.faults.extend(Fault(self.roots[0] / name, 1, "is missing") for name in FILES if name not in common.trees)
        common.faults.extend(check(common.trees, common.files, self.shipped))
        varied, faults = self._variants(common, None)
        common.faults.extend(faults)
        folders = [path for root in self.roots for path in (root / REGIONS).glob("*") if path.is_dir()]
        regions = {code: self._region(code, common) for code in sorted({path.name for path in folders})}
        faulty = {code: tuple(sorted({*found} - {*common.faults})) for code, (_, found) in regions.items()}
        if common.faults:
            raise CatalogueError([*common.faults, *(fault for faults in faulty.values() for fault in faults)])
        faulty = {code: faults for code, faults in faulty.items() if faults}
        sound = {code: part for code, (part, _) in regions.items() if code not in faulty}
        whole = assembled(self._name(), Part(common.files, varied), sound, tuple(faulty))
        return Loaded(whole, faulty)

    def _empty(self) -> list[Layer]:
        return [
            layer
            for layer in self.layers
            if not (layer.trees or layer.faults)
            and not any((layer.folder / inner).is_dir() for inner in (REGIONS, VARIANTS))
        ]

    def _region(self, code: str, common: _Laid) -> tuple[Part, list[Fault]]:
        """A region, and its faults, among them those of the base.

        The installation's word comes after the shipped region's, its own region's last.
        """
        own = [read(layer.folder / REGIONS / code, REGIONAL) for layer in self.layers]
        laid = self._laid([layer for pair in zip(self.layers, own, strict=True) for layer in pair], common)
        laid.faults.extend(fault for layer in own for fault in layer.faults)
        declared = table(common.trees, "hospitals.yaml", "regions")
        if declared and code not in declared:
            what = f"the region {code} is not declared in hospitals.yaml"
            laid.faults.extend(Fault(layer.folder, 1, what) for layer in own if layer.folder.is_dir())
        laid.faults.extend(check(laid.trees, laid.files, self.shipped))
        varied, faults = self._variants(laid, code)
        return Part(laid.files, varied), [*laid.faults, *faults]

    def _variants(self, below: _Laid, region: str | None) -> tuple[dict[Variant, tuple[Overlay, ...]], list[Fault]]:
        """The overlays of each variant that there are over the base, or over a region.

        Each alone is tried over what lies below, unless that is at fault itself: one fault does not bring others. What
        ships gives way where an installation or a region has deleted what it amends. Of a region only those variants
        are kept that are otherwise there.
        """
        faults: list[Fault] = []
        varied: dict[Variant, tuple[Overlay, ...]] = {}
        for root in self.roots if region is None else [root / REGIONS / region for root in self.roots]:
            faults += [
                Fault(path, 1, "is no variant's folder")
                for path in (root / VARIANTS).glob("[!.]*")
                if path.suffix != ".md" and not (path.is_dir() and path.name in set(Variant))
            ]
        for variant in Variant:
            common = [self._variant(root, variant) for root in self.roots]
            own = [] if region is None else [self._variant(root / REGIONS / region, variant) for root in self.roots]
            faults += [fault for layer in (own or common) for fault in layer.faults]
            whole, common[0] = common[0], self._fitting(common[0], below)
            pairs = zip(common, own, strict=True) if own else ((layer,) for layer in common)
            layers = [layer for pair in pairs for layer in pair if layer.trees]
            if not layers:
                continue
            if not below.faults:
                # What a variant deletes a region may have deleted already.
                lenient = () if region is None else common
                laid = self._laid([Layer(self.roots[0], dict(below.trees)), *layers], below, lenient=lenient)
                faults += [*laid.faults, *check(laid.trees, laid.files, self.shipped, instruments=False)]
            if region is None or common[0].trees != whole.trees or any(layer.trees for layer in own):
                varied[variant] = tuple(overlay_of(layer.trees) for layer in layers)
        return varied, faults

    def _fitting(self, layer: Layer, below: _Laid) -> Layer:
        """What ships for a variant, as far as what it amends is there."""
        trees = {
            name: fitting(tree, below.trees[name], self.shipped[name]) if name in below.trees else tree
            for name, tree in layer.trees.items()
            if name in self.shipped
        }
        return Layer(layer.folder, trees)

    def _variant(self, folder: Path, variant: Variant) -> Layer:
        path = folder / VARIANTS / variant
        if path not in self._read:
            self._read[path] = read(path, VARIANT)
        return self._read[path]

    def _laid(self, layers: Sequence[Layer], known: _Laid | None = None, *, lenient: Sequence[Layer] = ()) -> _Laid:
        """The layers one over the other. Files of which `known` says the same are not read again.

        Those that are `lenient` may delete what is not there.
        """
        faults: list[Fault] = []
        trees = dict(layers[0].trees)
        for layer in layers[1:]:
            for name, tree in layer.trees.items():
                if name in trees:
                    trees[name], found = overlay(trees[name], tree, lenient=any(layer is each for each in lenient))
                    faults += found
                else:
                    trees[name] = tree
        # An overlay that deletes an instrument leaves nothing in its file.
        trees = {name: tree for name, tree in trees.items() if tree.data or not instrument_of(name)}
        before = {} if known is None else known.trees
        same = {name for name, tree in trees.items() if name in before and before[name].data == tree.data}
        files = {} if known is None else {name: known.files[name] for name in same if name in known.files}
        files |= self._files({name: tree for name, tree in trees.items() if name not in same}, faults)
        return _Laid(trees, files, faults)

    def _files(self, trees: Trees, faults: list[Fault]) -> dict[str, Model]:
        """The files that are well formed; what is wrong with the others is added to the faults."""
        files: dict[str, Model] = {}
        for name, tree in trees.items():
            model = model_of(name)
            if model is None:
                continue
            text = json.dumps(tree.data)
            try:
                files[name] = self._formed[name, text] = self._formed.get((name, text)) or _valid(model, text)
            except ValidationError as fault:
                faults += _told(tree, fault)
        return files

    def _name(self) -> str:
        top = self.layers[-1]
        own = top.trees.get("catalogue.yaml")
        named = own.data.get("name") if own and isinstance(own.data, dict) else None
        return str(named or re.sub(r"[^\w.-]+", "-", top.folder.resolve().name).strip("-") or "own")


def _valid(model: type[Model], text: str) -> Model:
    """By way of JSON, where pydantic's strict mode knows enums and dates but makes no number of a text."""
    return model.model_validate_json(text, strict=True)


def _told(tree: Tree, fault: ValidationError) -> list[Fault]:
    errors = fault.errors(include_url=False, include_context=False, include_input=False)
    told = []
    for error in errors:
        place: Place = tuple(part for part in error["loc"] if part != "[key]")
        what = error["msg"].removeprefix("Value error, ")
        told.append(tree.fault(place, f"{'.'.join(map(str, place)) or 'the file'}: {what}"))
    return told
