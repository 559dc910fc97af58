import re
from itertools import combinations
from pathlib import Path
from typing import ClassVar, Literal

import pytest

from marshrut.domain.case import Case, Track
from marshrut.domain.outcomes import Outcome
from tests.architecture.tree import ROOT
from tests.pathways.conftest import Reader
from workflows.admission import Admission, CaseOpen
from workflows.map.__main__ import files
from workflows.map.charts import WHOLE, followed
from workflows.map.flow import Flow
from workflows.map.raw import Kind
from workflows.map.words import Words
from workflows.registry import TRACKS

# The first test that asks follows every track of the registry.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

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


def test_the_docs_are_what_the_code_says(charts: dict[str, Flow]) -> None:
    """Pages, pictures and BPMN files are those of today's code and catalogue: `make pathways` writes them."""
    written = files(charts, Words("ru"), Words("en"))
    kept = {f"pathways/{path.name}" for path in (DOCS / "pathways").iterdir()} | {"pathways.md"}
    assert kept == set(written)
    assert [name for name, text in written.items() if (DOCS / name).read_text() != text] == []


@pytest.mark.parametrize("track", TRACKS, ids=lambda track: track.name)
def test_a_picture_has_every_step_of_its_track(track: type[Track], charts: dict[str, Flow]) -> None:
    """No step of the registry is missing in the graph of its track, and none is there that nobody can be asked."""
    drawn = {node.what for node in charts[track.name].nodes.values() if node.kind is Kind.STEP}
    assert {step.name() for step in track.steps} <= drawn
    shown = (DOCS / "pathways" / f"{track.name}.bpmn").read_text()
    assert all(f'id="step_{name.replace(".", "_")}"' in shown for name in drawn)


def test_the_whole_pathway_leads_through_every_track(charts: dict[str, Flow]) -> None:
    """The overview has each track of the registry."""
    assert {node.what for node in charts[WHOLE].nodes.values() if node.kind is Kind.TRACK} >= {
        track.name for track in TRACKS
    }


def test_a_changed_track_changes_its_graph() -> None:
    """One step more, or one answer that leads elsewhere, and the graph is another; the same code gives the same."""
    before = followed((Admission,))["admission"]
    assert followed((Admission,))["admission"] == before
    more = followed((LooksTwice,))["admission"]
    assert {node.what for node in more.nodes.values()} - {node.what for node in before.nodes.values()} == {
        "contact.second_look"
    }
    other = followed((SendsBack,))["admission"]
    assert "end_attached" in before.nodes
    assert "end_attached" not in other.nodes


def test_third_parties_read_every_file_without_a_word(read: Reader) -> None:
    """bpmn-moddle warns of nothing, bpmnlint's recommended rules all pass, and each element is in the diagram."""
    paths = sorted((DOCS / "pathways").glob("*.bpmn"))
    assert len(paths) == len(TRACKS) + 1
    assert read(*paths) == []


def test_third_parties_would_complain(read: Reader, tmp_path: Path) -> None:
    """The readers really read: a name that is missing and an attribute that nobody knows are told."""
    good = (DOCS / "pathways" / "contact.bpmn").read_text()
    broken = tmp_path / "broken.bpmn"
    broken.write_text(re.sub(r'(<userTask id="\w+") name="[^"]*"', r"\1", good))
    assert {complaint["rule"] for complaint in read(broken)} == {"label-required"}
    broken.write_text(good.replace("targetRef=", "targetRf=", 1))
    assert read(broken) != []


@pytest.mark.parametrize("path", sorted((DOCS / "pathways").glob("*.svg")), ids=lambda path: path.name)
def test_cards_lie_apart_and_inside(path: Path) -> None:
    """No two cards or marks of a picture overlap, and none reaches over its edge."""
    picture = path.read_text()
    _, _, wide, high = map(float, re.search(r'viewBox="([^"]+)"', picture)[1].split())  # type: ignore[index]
    found = re.findall(
        r'<rect class="\w+" x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)" rx="\d\d?"', picture
    )
    boxes = [box for box in (tuple(map(float, each)) for each in found) if box[3] > 20]
    assert boxes
    assert all(x + w <= wide and y + h <= high for x, y, w, h in boxes)
    for (x, y, w, h), (left, top, width, height) in combinations(boxes, 2):
        assert x + w <= left or left + width <= x or y + h <= top or top + height <= y
