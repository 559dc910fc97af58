"""What a question is called in the code that asks it, whatever occurrence it is asked for."""

from __future__ import annotations

import ast
import inspect
from functools import cache
from pathlib import Path
from types import CodeType

from marshrut.domain.ids import MAIN
from workflows.directions import DIRECTIONS

NAMED = frozenset({"decide", "look_up", "first"})


def asked(name: str) -> str:
    """The words of a name that its caller always says: `f"{paper}.sought.{time}"` asks `sought`."""
    frame = inspect.currentframe()
    # The case's method calls this, and is called by what asks.
    asking = frame.f_back.f_back if frame is not None and frame.f_back is not None else None
    said = frozenset[str]() if asking is None else _said(asking.f_code, asking.f_lasti)
    told = [word for word in name.split(".") if word in said]
    return ".".join(dict.fromkeys(told)) or _first_words(name)


def _first_words(name: str) -> str:
    words = []
    for word in name.split("."):
        if word == MAIN or word[:1].isdigit():
            break
        words.append(word)
    return ".".join(dict.fromkeys(words)) or name


@cache
def _said(code: CodeType, instruction: int) -> frozenset[str]:
    """The words that stand in the code; each direction is one that is asked about for itself."""
    where = list(code.co_positions())[instruction // 2]
    match _calls(code.co_filename).get((where[0] or 0, where[2] or 0)):
        case ast.Constant(value=str(text)):
            return frozenset(text.split("."))
        case ast.JoinedStr(values=parts):
            texts = (str(part.value) for part in parts if isinstance(part, ast.Constant))
            said = {word for text in texts for word in text.split(".") if word}
            about = {
                part.value.id
                for part in parts
                if isinstance(part, ast.FormattedValue) and isinstance(part.value, ast.Name)
            }
            return frozenset(said | DIRECTIONS.keys() if "direction" in about else said)
        case _:
            return frozenset()


@cache
def _calls(file: str) -> dict[tuple[int, int], ast.expr]:
    """The names that a file's code gives its questions, by where each `await` of one begins."""
    found = {}
    for node in ast.walk(ast.parse(Path(file).read_text())):
        match node:
            case ast.Await(value=ast.Call(func=ast.Attribute(attr=method), args=[name, *_])) if method in NAMED:
                found[node.lineno, node.col_offset] = name
    return found
