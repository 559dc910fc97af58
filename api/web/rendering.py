"""Templates become text here and nowhere else: escaped by default, and a name that is not there is a fault."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape


def render(template: str, context: Mapping[str, Any]) -> str:
    """The template with its context."""
    return _environment().get_template(template).render(context)


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("api.web", "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["static"] = static
    return made


@cache
def static(name: str) -> str:
    """The address of a file of ours: it changes when the file does, so that browsers may keep it."""
    content = resources.files("api.web").joinpath("static").joinpath(name).read_bytes()
    return f"/desk/static/{name}?v={sha256(content).hexdigest()[:12]}"
