"""What a question is called in the code that asks it, whatever occurrence it is asked for."""

from __future__ import annotations

import ast
import inspect
from functools import cache
from pathlib import Path
from types import CodeType

from marshrut.domain.ids import MAIN

NAMED = frozenset({"decide", "look_up", "first"})


def asked(name: str) -> str:
    """The words of a name that its caller always says: `f"{paper}.sought.{time}"` asks `sought`."""
    frame = inspect.currentframe()
    # The case's method calls this, and is called by what asks.
    asking = frame.f_back.f_back if frame is not None and frame.f_back is not None else None
    said = None if asking is None else _said(asking.f_code, asking.f_lasti)
    return said or _first_words(name)


def _first_words(name: str) -> str:
    words = []
    for word in name.split("."):
        if word == MAIN or word[:1].isdigit():
            break
        words.append(word)
    return ".".join(dict.fromkeys(words)) or name


@cache
def _said(code: CodeType, instruction: int) -> str | None:
    where = list(code.co_positions())[instruction // 2]
    call = _calls(code.co_filename).get((where[0] or 0, where[2] or 0))
    match call:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            said = "".join(str(part.value) if isinstance(part, ast.Constant) else "." for part in parts)
            return ".".join(word for word in said.split(".") if word) or None
        case _:
            return None


@cache
def _calls(file: str) -> dict[tuple[int, int], ast.expr]:
    """The names that a file's code gives its questions, by where each `await` of one begins."""
    found = {}
    for node in ast.walk(ast.parse(Path(file).read_text())):
        match node:
            case ast.Await(value=ast.Call(func=ast.Attribute(attr=method), args=[name, *_])) if method in NAMED:
                found[node.lineno, node.col_offset] = name
    return found
