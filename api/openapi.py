"""`python -m api.openapi` writes the exact form of the API to docs/openapi.json; a test compares it."""

from __future__ import annotations

import json
from pathlib import Path

from api.app import create_app
from marshrut.settings import Settings

FILE = Path(__file__).parent.parent / "docs" / "openapi.json"


def document() -> str:
    """The OpenAPI document as the file holds it."""
    return json.dumps(create_app(Settings()).openapi(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    FILE.write_text(document())
