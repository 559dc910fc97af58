"""Docs fail when they fall behind."""

import ast
import re
from pathlib import Path

from marshrut.cli.exits import Exit
from marshrut.settings import Settings
from marshrut.store.sealed import SEALED
from tests.architecture.tree import ROOT, text, tracked
from workflows.registry import TRACKS


def test_operations_names_every_setting_with_its_default_and_meaning() -> None:
    """A setting that docs/operations.md does not explain does not exist for an operator."""
    page = text(Path("docs/operations.md"))
    for name, field in Settings.model_fields.items():
        row = next((line for line in page.splitlines() if f"`MARSHRUT_{name.upper()}`" in line), "")
        assert field.description
        assert field.description in row
        assert ("" if field.default is None else str(field.default)) in row


def test_operations_explains_every_exit_code() -> None:
    """Scripts rely on exit codes: each stands in docs/operations.md with its meaning."""
    page = text(Path("docs/operations.md"))
    assert all(f"| {code.value} | {code.means} |" in page for code in Exit)


def test_the_readme_quotes_the_pathway_as_it_is() -> None:
    """The journey in the README is the code that runs."""
    quoted = next(
        block
        for block in re.findall(r"```python\n(.*?)```", text(Path("README.md")), re.DOTALL)
        if "Contact()" in block
    )
    source = text(Path("workflows/pathway.py"))
    assert all(line.strip() in source for line in quoted.splitlines())


def test_links_in_the_docs_lead_somewhere() -> None:
    """Every relative link of every page names a file or folder that is there."""
    pages = [path for path in tracked() if path.suffix == ".md"]
    assert len(pages) > 5
    for page in pages:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", text(page)):
            assert (ROOT / page).parent.joinpath(target).exists(), f"{page} → {target}"


def test_anchors_in_the_docs_lead_somewhere() -> None:
    """Every link into a page names a heading that stands there."""
    lost = [
        f"{page} → {target}#{anchor}"
        for page in tracked()
        if page.suffix == ".md"
        for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*\.md|)#([^)]+)\)", text(page))
        if anchor not in headings((page.parent / target) if target else page)
    ]
    assert lost == []


def headings(page: Path) -> set[str]:
    """The anchors of a page's headings; of those that are called the same the later ones are numbered."""
    titles = re.findall(r"^#+ (.+)$", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE)
    slugs = [re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles]
    return {f"{slug}-{before}" if (before := slugs[:place].count(slug)) else slug for place, slug in enumerate(slugs)}


def test_no_page_speaks_of_a_setting_that_there_is_not() -> None:
    """Whoever sets what a page names has set something: a setting of ours, or one of docker-compose.yml."""
    known = {f"MARSHRUT_{name.upper()}" for name in Settings.model_fields}
    known |= set(re.findall(r"\$\{(MARSHRUT_\w+)", text(Path("docker-compose.yml"))))
    named = {
        f"{page}: {name}"
        for page in tracked()
        if page.suffix == ".md"
        for name in re.findall(r"`(MARSHRUT_[A-Z_]+[A-Z])\b", text(page))
        if name not in known
    }
    assert named == set()


def test_the_data_map_names_every_place_of_what_is_sealed() -> None:
    """Of each table that holds something personal docs/security.md says under which key and how long."""
    page = text(Path("docs/security.md"))
    data_map = page[page.index("## The data map") : page.index("## The keys")]
    assert {table for place in SEALED if f"`{(table := place.partition('.')[0])}" not in data_map} == set()


def test_architecture_names_every_part_and_every_track() -> None:
    """A folder of ours or a track that the code map leaves out cannot be found."""
    page = text(Path("docs/code-map.md"))
    folders = {path.parts[1] for path in tracked() if path.parts[0] == "marshrut" and len(path.parts) > 2}
    assert all(f"marshrut/{folder}/" in page for folder in folders - {"samples"})
    assert all(track.name in page for track in TRACKS)


def test_every_test_makes_a_promise_in_a_sentence() -> None:
    """A test without a docstring promises nothing."""
    silent = [
        f"{path}:{node.name}"
        for path in tracked()
        if path.parts[0] == "tests" and path.name.startswith("test_")
        for node in ast.walk(ast.parse(text(path)))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and not ast.get_docstring(node)
    ]
    assert silent == []
