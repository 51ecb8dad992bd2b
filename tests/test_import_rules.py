"""Imports that import-linter's layers (pyproject.toml) do not speak of: who may know what else."""

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# What puts things on a page, below playground/. All else can be run and tested without a page.
DRAWS = (
    "opening/document.py",
    "page.py",
    "ui/*.py",
    "live/component.py",
    "*/layout.py",
    "learning_rate/landscape_view.py",
    "learning_rate/range_view.py",
)


def imported(path: Path) -> set[str]:
    """The full names of all that the file imports, wherever in it the import stands."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"), str(path))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def drawing(path: Path) -> set[str]:
    """The patterns of DRAWS that the file of playground/ matches."""
    return {pattern for pattern in DRAWS if path.relative_to(ROOT / "playground").match(pattern)}


def test_the_engine_imports_numpy_and_the_standard_library_only() -> None:
    files = sorted((ROOT / "engine").rglob("*.py"))
    packages = {name.partition(".")[0] for file in files for name in imported(file)}
    assert {"engine", "numpy"} <= packages <= sys.stdlib_module_names | {"engine", "numpy"}


def test_only_what_draws_knows_streamlit_and_the_session() -> None:
    files = sorted((ROOT / "playground").rglob("*.py"))
    assert set().union(*map(drawing, files)) == set(DRAWS)
    plain = [file for file in files if not drawing(file)]
    assert len(plain) > 50
    assert [
        (str(file), name)
        for file in plain
        for name in imported(file)
        if name == "playground.ui.session" or name.partition(".")[0] == "streamlit"
    ] == []
