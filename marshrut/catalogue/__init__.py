"""The catalogue: what a region may change without touching code. YAML in data/, checked when it is loaded."""

from marshrut.catalogue.loader import load
from marshrut.catalogue.model import Catalogue
from marshrut.catalogue.yamlfile import CatalogueError, Fault

__all__ = ["Catalogue", "CatalogueError", "Fault", "load"]
