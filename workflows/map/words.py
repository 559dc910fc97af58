"""What the pictures say: titles and terms of the catalogue, and words.yaml for what no catalogue names."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import TypeAdapter

from marshrut.catalogue import load
from marshrut.catalogue.entries import Figure, StepEntry, Title, WaitEntry
from marshrut.catalogue.model import Catalogue
from marshrut.domain.words import Ending, Report, Role
from workflows.map.flow import Answer, Node
from workflows.map.raw import Kind

Lang = Literal["ru", "en"]
LANGS: tuple[Lang, ...] = ("ru", "en")
Table = Mapping[str, Title]

FILE = Path(__file__).parent / "words.yaml"
_TABLES: TypeAdapter[dict[str, dict[str, Title]]] = TypeAdapter(dict[str, dict[str, Title]])


@cache
def _own() -> Mapping[str, Table]:
    return _TABLES.validate_python(_plain(yaml.safe_load(FILE.read_text())))


def _plain(tables: dict[str, dict[object, object]]) -> dict[str, dict[str, object]]:
    # YAML reads a bare yes and no as true and false.
    names = {True: "yes", False: "no"}
    return {
        name: {names[key] if isinstance(key, bool) else str(key): title for key, title in table.items()}
        for name, table in tables.items()
    }


@cache
def _catalogue() -> Catalogue:
    return load()


class Words:
    """Everything in one language. `missing` collects the names that nobody has given a title yet."""

    def __init__(self, lang: Lang, catalogue: Catalogue | None = None) -> None:
        self.lang = lang
        self.missing: dict[str, None] = {}
        self._catalogue = catalogue or _catalogue()

    def common(self, name: str) -> str:
        """A word that every picture needs."""
        return self._say(_own()["common"][name])

    def track(self, name: str) -> str:
        """A track's title."""
        entry = self._catalogue.tracks.get(name)
        return self._named("tracks", name, None if entry is None else entry.title)

    def step(self, name: str) -> str:
        """A step's title."""
        return self._catalogue.title(name)[self.lang]

    def entry(self, name: str) -> StepEntry | None:
        """A step as the catalogue has it."""
        return self._catalogue.steps.get(name)

    def role(self, name: str) -> str:
        """A role's title."""
        return self._say(self._catalogue.roles[Role(name)])

    def wait(self, name: str) -> str:
        """What a wait is for."""
        entry = self.waits(name)
        return name if entry is None else self._say(entry.title)

    def waits(self, name: str) -> WaitEntry | None:
        """A wait as the catalogue has it."""
        return self._catalogue.waits.get(name)

    def term(self, figure: Figure) -> str:
        """How much time, and how sure that is: `24 ч (A)`."""
        amount = figure.amount
        return f"{amount.amount}\u00a0{self._say(_own()['units'][amount.unit])}\u00a0({figure.mark})"

    def clock(self, step: str) -> str:
        """A step's term."""
        entry = self.entry(step)
        return self.common("no_clock") if entry is None or entry.clock is None else self.term(entry.clock)

    def report(self, name: str) -> str:
        """What was reported."""
        return self._say(self._catalogue.reports[Report(name)])

    def race(self, name: str) -> str:
        """What a race is about."""
        return self._say(_own()["races"].get(name) or _own()["races"]["default"])

    def question(self, name: str) -> str:
        """A question that a track puts to the case."""
        return self._named("questions", name)

    def result(self, track: str, code: str) -> str:
        """How a track ended."""
        own = _own()["answers"]
        default = self._catalogue.endings[Ending(code)] if code in set(Ending) else None
        said = own.get(code) or default or self._catalogue.statuses.get(code)
        return self._named("answers", f"{track}.{code}", said, short=code)

    def filled(self, field: str, value: str) -> str:
        """What was filled in beside a result."""
        return self._named("fields", f"{field}.{value}", _own()["fields"].get(value), short=value)

    def answer(self, answer: Answer) -> str:
        """An answer, as whoever gives it reads it."""
        if not answer.code and not answer.field:
            return self.common("otherwise")
        parts = [self._code(answer.of, answer.code)] if answer.code else []
        if answer.field:
            parts.append(self.filled(answer.field, answer.value))
        return ": ".join(parts)

    def title(self, node: Node) -> str:  # noqa: PLR0911 - one case per kind
        """What a place is called."""
        match node.kind:
            case Kind.STEP:
                return self.step(node.what)
            case Kind.TRACK:
                return self.track(node.what)
            case Kind.WAIT:
                return self.wait(node.what)
            case Kind.REPORT:
                return self.report(node.what)
            case Kind.NOTICE:
                return self.role(node.what)
            case Kind.DECISION:
                return self.question(node.what)
            case Kind.RACE:
                return self.race(node.what)
            case _:
                return self.common(node.kind)

    def _code(self, of: str, code: str) -> str:
        step = self.entry(of)
        if step is not None:
            return self._say(step.outcomes[code]) if code in step.outcomes else code
        return self.result(of, code)

    def _named(self, table: str, name: str, default: Title | None = None, short: str | None = None) -> str:
        found = _own()[table].get(name) or default
        if found is not None:
            return self._say(found)
        self.missing[f"{table}.{name}"] = None
        return (short or name).replace("_", " ").replace(".", ": ")

    def _say(self, title: Title) -> str:
        return title.ru if self.lang == "ru" else title.en
