"""The catalogue: what a region may change without touching code. YAML in data/, checked when it is loaded."""

from marshrut.catalogue.loader import load
from marshrut.catalogue.model import Catalogue, Figure, Hospital, Party, Reason, StepEntry, Title
from marshrut.catalogue.yamlfile import CatalogueError

__all__ = ["Catalogue", "CatalogueError", "Figure", "Hospital", "Party", "Reason", "StepEntry", "Title", "load"]
