"""The board's list as a file: one row a line, as a spreadsheet reads it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from api.web.board.rows import Row
from api.web.desk import Desk

COLUMNS = ("number", "who", "place", "why", "step", "holder", "lasts", "due", "told", "next", "delay", "case")
# A cell that begins so would be taken for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
# By this a spreadsheet knows the encoding.
BOM = "\ufeff"


def as_csv(desk: Desk, rows: Iterable[Row]) -> str:
    """The rows with a heading, in the reader's language."""
    text = io.StringIO()
    write = csv.writer(text, delimiter=";" if desk.language == "ru" else ",", lineterminator="\r\n")
    write.writerow(desk.t(f"board.col_{name}") for name in COLUMNS)
    for row in rows:
        write.writerow(_plain(cell) for cell in _cells(row))
    return BOM + text.getvalue()


def _cells(row: Row) -> tuple[str, ...]:
    return (
        str(row.number),
        row.who,
        row.place,
        ", ".join(tag.text for tag in row.tags),
        row.title,
        row.holder,
        row.lasts,
        "" if row.chip is None else ", ".join(part for part in (row.chip.due, row.chip.text) if part),
        row.told,
        row.then,
        row.delay,
        row.case_id,
    )


def _plain(cell: str) -> str:
    """The cell as text of one line."""
    text = " ".join(cell.split())
    return f"'{text}" if text.startswith(FORMULA) else text
