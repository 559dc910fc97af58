"""Docs fail when they fall behind."""

import ast
import re
from pathlib import Path

from marshrut.cli.exits import Exit
from marshrut.settings import Settings
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
