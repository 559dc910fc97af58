import ast
from collections.abc import Iterator
from importlib.util import resolve_name
from pathlib import Path

from tests.architecture.tree import text, tracked

SHIPPED = {"marshrut", "workflows", "activities", "api", "worker.py"}
CONCRETE = ("marshrut.store", "marshrut.adapters")
COMPOSITION_ROOTS = (
    "worker.py",
    "marshrut/composition.py",
    "marshrut/mailing.py",
    "marshrut/identifying.py",
    "marshrut/key_fit.py",
    "marshrut/cli/",
    "api/app.py",
)
THEMSELVES = ("marshrut/store/", "marshrut/adapters/")


def test_only_composition_roots_know_concrete_classes() -> None:
    """Only the composition roots import the store or an adapter."""
    strays = [
        f"{path} imports {name}"
        for path in tracked()
        if path.suffix == ".py" and path.parts[0] in SHIPPED
        if not path.as_posix().startswith(COMPOSITION_ROOTS + THEMSELVES)
        for name in imports(path)
        if any(name == package or name.startswith(f"{package}.") for package in CONCRETE)
    ]
    assert strays == []


def imports(path: Path) -> Iterator[str]:
    """Every name that the file imports, absolute; `from a import b` is both a and a.b."""
    package = ".".join(path.parent.parts)
    for node in ast.walk(ast.parse(text(path), filename=str(path))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = resolve_name("." * node.level + (node.module or ""), package)
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)
