"""Imports that import-linter's layers (pyproject.toml) do not speak of: who may know what else."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# What puts things on a page, below playground/. All else can be run and tested without a page.
DRAWS = (
    "page.py",
    "ui/*.py",
    "live/component.py",
    "*/layout.py",
    "learning_rate/landscape_view.py",
    "learning_rate/range_view.py",
)
SESSION = ROOT / "playground" / "ui" / "session.py"


def python_files(*folders: str) -> Iterator[Path]:
    """The project's own Python files below the folders."""
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def imported(path: Path) -> set[str]:
    """The full names of all that the file imports, wherever in it the import stands."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"), str(path))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def packages(path: Path) -> set[str]:
    """The packages that the file imports from."""
    return {name.partition(".")[0] for name in imported(path)}


def drawing(path: Path) -> set[str]:
    """The patterns of DRAWS that the file of playground/ matches."""
    return {pattern for pattern in DRAWS if path.relative_to(ROOT / "playground").match(pattern)}


def test_only_the_session_touches_streamlits_session_state() -> None:
    files = [ROOT / "app.py", *python_files("engine", "playground", "pages")]
    assert [file for file in files if "session_state" in file.read_text("utf-8")] == [SESSION]


def test_the_engine_imports_numpy_and_the_standard_library_only() -> None:
    allowed = sys.stdlib_module_names | {"numpy", "engine"}
    files = list(python_files("engine"))
    assert files
    assert {str(file): extra for file in files if (extra := packages(file) - allowed)} == {}


def test_nothing_imports_a_page() -> None:
    files = [ROOT / "app.py", *python_files("engine", "playground", "pages", "tests", "benchmarks")]
    assert [str(file) for file in files if packages(file) & {"app", "pages"}] == []


def test_only_what_draws_knows_streamlit_and_the_session() -> None:
    files = list(python_files("playground"))
    assert set().union(*map(drawing, files)) == set(DRAWS)
    plain = [file for file in files if not drawing(file)]
    assert len(plain) > 50
    assert [str(file) for file in plain if "streamlit" in packages(file)] == []
    assert [str(file) for file in plain if "playground.ui.session" in imported(file)] == []
