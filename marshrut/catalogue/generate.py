"""What is generated and kept: the calendar of Russia, and the JSON Schemas of the files.

`make calendars` and `make schemas` write them anew; tests compare what is kept with what would be written. The package
`holidays` knows the decrees that transfer days off; it is needed here only.
"""

from __future__ import annotations

import json
import sys
from pathlib import PurePosixPath
from typing import Any

from marshrut.catalogue.files import FILES, InstrumentFile, TrackFile
from marshrut.catalogue.loader import BASE

FIRST, LAST = 2024, 2030
CALENDARS = BASE / "calendars.yaml"
SCHEMAS = BASE.parent / "schema"

# The package's names of days off, by their beginning, and our codes for them.
NAMES = {
    "Новогодние каникулы": "new_year",
    "Новый год": "new_year",
    "Рождество Христово": "christmas",
    "День защитника Отечества": "defenders_day",
    "Международный женский день": "womens_day",
    "Праздник Весны и Труда": "labour_day",
    "День Победы": "victory_day",
    "День России": "russia_day",
    "День народного единства": "unity_day",
}
DECLARED = "Выходной (перенесено"  # by a decree; every year has had one since 2012
BY_LAW = "(выходной)"  # Labour Code, article 112: a holiday on a weekend day moves to the next working day

HEAD = """\
# yaml-language-server: $schema=../schema/calendars.json
# Days off and worked weekend days, written by `make calendars`: not by hand. Public holidays on weekend days are named
# too, for offices that open on weekends. Days after `official_until` follow the fixed holidays only; what is counted
# over them is provisional.

day_reasons:
  new_year: {{ ru: Новогодние каникулы, en: New Year holidays }}
  christmas: {{ ru: "праздник: Рождество Христово", en: "public holiday: Christmas" }}
  defenders_day: {{ ru: "праздник: День защитника Отечества", en: "public holiday: Defender of the Fatherland Day" }}
  womens_day: {{ ru: "праздник: Международный женский день", en: "public holiday: International Women's Day" }}
  labour_day: {{ ru: "Праздник Весны и Труда", en: "public holiday: Spring and Labour Day" }}
  victory_day: {{ ru: "праздник: День Победы", en: "public holiday: Victory Day" }}
  russia_day: {{ ru: "праздник: День России", en: "public holiday: Russia Day" }}
  unity_day: {{ ru: "праздник: День народного единства", en: "public holiday: Unity Day" }}
  transfer: {{ ru: перенос выходного, en: transferred day off }}

calendars:
  russia:
    title: {{ ru: Производственный календарь России, en: Russia's working-day calendar }}
    mark: S
    source: the yearly decrees of the Government on transfers, by way of the package holidays
    version: ru-{official}.1
    first: "{first}-01-01"
    last: "{last}-12-31"
    official_until: "{official}-12-31"
    days_off:"""


class GeneratorError(Exception):
    """Nothing can be generated, and why."""


def calendars() -> str:
    """calendars.yaml, from the package `holidays`. A year is official when its transfers have been declared.

    Raises:
        GeneratorError: the package is missing, or names a day off that has no code here.
    """
    try:
        import holidays  # noqa: PLC0415 - a development tool: whoever runs Marshrut does without
    except ImportError:
        raise GeneratorError("the package holidays is missing; it is one of the development tools") from None
    russia = holidays.country_holidays("RU", years=range(FIRST, LAST + 1), language="ru")
    ours = range(FIRST, LAST + 1)
    official = max(day.year for day, name in russia.items() if day.year in ours and name.startswith(DECLARED))
    lines = [
        HEAD.format(official=official, first=FIRST, last=LAST),
        *(f'      "{day}": {_code(name)}' for day, name in sorted(russia.items()) if day.year in ours),
        "    worked:",
        *(f'      - "{day}"' for day in sorted(russia.weekend_workdays) if day.year in ours),
    ]
    return "\n".join(lines) + "\n"


def schemas() -> dict[str, str]:
    """A JSON Schema for each kind of file by its path; under overlay/ one that asks for nothing and lets delete."""
    models = {PurePosixPath(name).stem: model for name, model in FILES.items()} | {
        "track": TrackFile,
        "instrument": InstrumentFile,
    }
    found = {}
    for name, model in models.items():
        schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **model.model_json_schema()}
        found[f"{name}.json"] = _json(schema)
        found[f"overlay/{name}.json"] = _json(_partial(schema))
    return found


def _partial(schema: dict[str, Any]) -> dict[str, Any]:
    """The same for a file that holds only what differs: no key is required, and null deletes."""
    found = {key: value for key, value in schema.items() if key not in {"required", "minProperties"}}
    if "properties" in found:
        found["properties"] = {key: _or_null(value) for key, value in found["properties"].items()}
    if isinstance(found.get("additionalProperties"), dict):
        found["additionalProperties"] = _or_null(found["additionalProperties"])
    if "anyOf" in found:
        found["anyOf"] = [_partial(each) for each in found["anyOf"]]
    if "$defs" in found:
        found["$defs"] = {key: _partial(value) for key, value in found["$defs"].items()}
    return found


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [_partial(schema), {"type": "null"}]}


def _json(schema: dict[str, Any]) -> str:
    return json.dumps(schema, ensure_ascii=False, indent=1) + "\n"


def _code(name: str) -> str:
    if name.startswith(DECLARED) or name.endswith(BY_LAW):
        return "transfer"
    for beginning, code in NAMES.items():
        if name.startswith(beginning):
            return code
    raise GeneratorError(f"no code is known for the day off {name}")


def main(argv: list[str]) -> int:
    """Write the calendars or the schemas anew."""
    try:
        if argv == ["calendars"]:
            CALENDARS.write_text(calendars(), encoding="utf-8")
            return 0
        if argv == ["schemas"]:
            for path, schema in schemas().items():
                (SCHEMAS / path).parent.mkdir(parents=True, exist_ok=True)
                (SCHEMAS / path).write_text(schema, encoding="utf-8")
            return 0
    except GeneratorError as fault:
        sys.stderr.write(f"{fault}\n")
        return 1
    sys.stderr.write("say calendars or schemas\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
