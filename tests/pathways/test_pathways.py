import re
from itertools import combinations
from pathlib import Path
from typing import ClassVar, Literal

import pytest

from marshrut.domain.case import Case, Track
from marshrut.domain.outcomes import Outcome
from tests.architecture.tree import ROOT
from tests.pathways.conftest import Broken, Complaint, Written
from workflows.admission import Admission, CaseOpen
from workflows.map.charts import WHOLE, followed
from workflows.map.flow import Flow
from workflows.map.raw import Kind
from workflows.registry import PROCEDURES, TRACKS

# The first test that asks follows every track of the registry.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

DOCS = ROOT / "docs"


class SecondLook(Outcome, track="contact", step="second_look"):
    """A step that no track has."""

    result: Literal["agreed", "not_agreed"]


class LooksTwice(Admission):
    steps: ClassVar[tuple[type[Outcome], ...]] = (CaseOpen, SecondLook)

    async def run(self, case: Case) -> str:
        result = await super().run(case)
        await case.step(SecondLook)
        return result


class SendsBack(Admission):
    async def run(self, case: Case) -> str:
        result = await super().run(case)
        return "opened" if result == "attached" else result


class GoesRound(Admission):
    async def run(self, case: Case) -> str:
        result = await super().run(case)
        while await case.decide("round", lambda _state: "again") == "again":
            continue
        return result


def _drawn(chart: Flow, kind: Kind) -> set[str]:
    return {node.what for node in chart.nodes.values() if node.kind is kind}


def test_the_docs_are_what_the_code_says(written: Written) -> None:
    """Pages, pictures and BPMN files are those of today's code and catalogue: `make pathways` writes them."""
    kept = {f"pathways/{path.name}" for path in (DOCS / "pathways").iterdir()} | {"pathways.md"}
    assert kept == set(written.files)
    assert [name for name, text in written.files.items() if (DOCS / name).read_text() != text] == []


def test_every_question_has_words(written: Written) -> None:
    """Questions, answers and results are told in both languages; the missing ones belong into workflows/map/words.yaml.

    `make pathways` lists them as `table.name`: each is one line of that table, as in `wanted: { ru: ..., en: ... }`.
    """
    assert written.missing == []


def test_every_step_is_in_a_picture(charts: dict[str, Flow]) -> None:
    """No step of a track is in no picture, and what is drawn of one is in its BPMN file as well."""
    drawn = {name: _drawn(chart, Kind.STEP) for name, chart in charts.items()}
    assert {step.name() for track in TRACKS for step in track.steps} - set().union(*drawn.values()) == set()
    for name, steps in drawn.items():
        shown = (DOCS / "pathways" / f"{name}.bpmn").read_text()
        assert [step for step in steps if f'id="step_{step.replace(".", "_")}"' not in shown] == []


def test_the_whole_pathway_leads_through_every_track(charts: dict[str, Flow]) -> None:
    """From the pictures of the procedures one comes to each track of the registry, at once or by way of another."""
    found = [WHOLE + procedure.__name__ for procedure in PROCEDURES.values()]
    for name in found:
        found += sorted(_drawn(charts[name], Kind.TRACK) - set(found))
    assert {track.name for track in TRACKS} - set(found) == set()


def test_a_changed_track_changes_its_graph() -> None:
    """One step more, or one answer that leads elsewhere, and the graph is another; the same code gives the same."""
    before, same, more, other = (_alone(track) for track in (Admission, Admission, LooksTwice, SendsBack))
    assert same == before
    assert {node.what for node in more.nodes.values()} - {node.what for node in before.nodes.values()} == {
        "contact.second_look"
    }
    assert "end_attached" in before.nodes
    assert "end_attached" not in other.nodes


def test_a_track_that_goes_round_for_ever_is_left() -> None:
    """Exploring ends even where a track does not, and what was seen until then is drawn."""
    assert "contact.case_open" in _drawn(_alone(GoesRound), Kind.STEP)


def _alone(track: type[Track]) -> Flow:
    return followed((track,))["admission"]


def test_third_parties_read_every_file_without_a_word(complaints: list[Complaint], broken: Broken) -> None:
    """bpmn-moddle warns of nothing, bpmnlint's recommended rules all pass, and each element is in the diagram."""
    files = sorted((DOCS / "pathways").glob("*.bpmn"))
    assert len(files) == len(TRACKS) + len({procedure.__name__ for procedure in PROCEDURES.values()})
    assert [each for each in complaints if each["file"] not in {str(broken.nameless), str(broken.unknown)}] == []


def test_third_parties_would_complain(complaints: list[Complaint], broken: Broken) -> None:
    """The readers really read: a name that is missing and an attribute that nobody knows are told."""
    assert {each["rule"] for each in complaints if each["file"] == str(broken.nameless)} == {"label-required"}
    assert [each for each in complaints if each["file"] == str(broken.unknown)] != []


def test_cards_lie_apart_and_inside() -> None:
    """No two cards or marks of a picture overlap, and none reaches over its edge."""
    pictures = sorted((DOCS / "pathways").glob("*.svg"))
    assert [path.name for path in pictures if not _apart_and_inside(path)] == []


def _apart_and_inside(path: Path) -> bool:
    picture = path.read_text()
    _, _, wide, high = map(float, re.search(r'viewBox="([^"]+)"', picture)[1].split())  # type: ignore[index]  # else it fails
    found = re.findall(
        r'<rect class="\w+" x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)" rx="\d\d?"', picture
    )
    boxes = [box for box in (tuple(map(float, each)) for each in found) if box[3] > 20]
    inside = all(x + w <= wide and y + h <= high for x, y, w, h in boxes)
    return bool(boxes) and inside and not any(_overlap(one, other) for one, other in combinations(boxes, 2))


def _overlap(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    (x, y, w, h), (left, top, width, height) = one, other
    return x + w > left and left + width > x and y + h > top and top + height > y
