"""What is generated and kept: the calendar of Russia, and the JSON Schemas of the files.

`make calendars` and `make schemas` write them anew; tests compare what is kept with what would be written. The package
`holidays` knows the decrees that transfer days off; it is needed here only.
"""

from __future__ import annotations

import sys

from marshrut.catalogue.loader import BASE

FIRST, LAST = 2024, 2030
CALENDARS = BASE / "calendars.yaml"

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


def _code(name: str) -> str:
    if name.startswith(DECLARED) or name.endswith(BY_LAW):
        return "transfer"
    for beginning, code in NAMES.items():
        if name.startswith(beginning):
            return code
    raise GeneratorError(f"no code is known for the day off {name}")


def main(argv: list[str]) -> int:
    """Write the calendars or the schemas anew."""
    if argv != ["calendars"]:
        return _fail("say calendars or schemas")
    try:
        CALENDARS.write_text(calendars(), encoding="utf-8")
    except GeneratorError as fault:
        return _fail(str(fault))
    return 0


def _fail(why: str) -> int:
    sys.stderr.write(f"{why}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
