"""`python -m workflows.map` writes docs/pathways.md and docs/pathways/ anew, and says which words are missing."""

from __future__ import annotations

import sys
from pathlib import Path

from workflows.map.bpmn import bpmn
from workflows.map.charts import flows
from workflows.map.flow import Flow
from workflows.map.page import page
from workflows.map.svg import svg
from workflows.map.words import Words

DOCS = Path(__file__).parent.parent.parent / "docs"
FOLDER = "pathways"


def files(charts: dict[str, Flow], ru: Words, en: Words) -> dict[str, str]:
    """Every file that is written, by its path below docs."""
    written = {f"{FOLDER}.md": page(charts, ru, en)}
    for name, chart in charts.items():
        written[f"{FOLDER}/{name}.svg"] = svg(chart, ru)
        written[f"{FOLDER}/{name}.en.svg"] = svg(chart, en)
        written[f"{FOLDER}/{name}.bpmn"] = bpmn(chart, ru, en)
    return written


def main() -> None:
    """Write everything, and remove the files of tracks that are no more."""
    ru, en = Words("ru"), Words("en")
    charts = flows()
    written = files(charts, ru, en)
    (DOCS / FOLDER).mkdir(exist_ok=True)
    for old in (DOCS / FOLDER).iterdir():
        if f"{FOLDER}/{old.name}" not in written:
            old.unlink()
    for name, text in written.items():
        (DOCS / name).write_text(text)
    for name, chart in charts.items():
        if not chart.whole:
            sys.stderr.write(f"{name} is drawn as far as it was seen: there was something new to the end\n")
    for name in {**ru.missing, **en.missing}:
        sys.stderr.write(f"workflows/map/words.yaml has no {name}\n")


if __name__ == "__main__":
    main()
