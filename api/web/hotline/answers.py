"""The answer to an enquiry: what was said, and what its form still lacks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from api.web.desk import Desk
from workflows.enquiry import Party

PARTIES: tuple[Party, ...] = get_args(Party)
RESULTS = frozenset({"answered", "passed_on", "help", "no_reply"})
LONGEST = 4000


def said_of(desk: Desk, answered: Mapping[str, object]) -> str:
    """What the person was told, or who was asked."""
    said = desk.t(f"hotline.result_{answered['result']}")
    party = answered.get("to")
    to = "" if party is None else f": {desk.t(f'hotline.party_{party}')}"
    return f"{said}{to}." + (f" {answered['answer']}" if answered.get("answer") else "")


def wrong_in(typed: Mapping[str, str], desk: Desk) -> Mapping[str, str]:
    """By field what has to be mended."""
    found: dict[str, str] = {}
    if typed["result"] not in RESULTS:
        found["result"] = desk.t("hotline.result_missing")
    if typed["result"] == "passed_on" and typed["to"] not in PARTIES:
        found["to"] = desk.t("hotline.to_missing")
    if len(typed["answer"]) > LONGEST:
        found["answer"] = desk.t("hotline.answer_long", n=LONGEST)
    if typed["by_mail"] and not typed["answer"]:
        found["answer"] = desk.t("hotline.answer_missing")
    return found
