"""The catalogue: what a region may change without touching code. YAML in data/, checked when it is loaded."""

from marshrut.catalogue.loader import CatalogueError, load
from marshrut.catalogue.model import Catalogue
from marshrut.yamlfile import Fault

__all__ = ["Catalogue", "CatalogueError", "Fault", "load"]
