"""Imports run one way, pages -> playground -> engine: each rule is proven by breaking it."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PLAIN = (
    "build.py",
    "config.py",
    "datasets.py",
    "estimator.py",
    "experiment.py",
    "features.py",
    "fields.py",
    "gate.py",
    "measures.py",
    "reference.py",
    "stability.py",
)  # modules of playground/ without Streamlit

ROOMS = ("live", "training", "rates", "flow", "walk")  # of playground/, each with a page's parts

PAGES = ("import app", "from app import main", "import pages", "from pages.race import draw")
STREAMLIT = ("import streamlit as st", "from streamlit.runtime import get_instance")
SESSION = (
    "import streamlit as st\n\nst.session_state['run'] = 1",
    "import streamlit as st\n\nprint(st.session_state.run)",
    "from streamlit import session_state",
)
OTHERS = (
    "import plotly.graph_objects as go",
    "from sklearn.datasets import make_moons",
    "from scipy import special",
    "import pandas as pd",
)
DOWNWARD = ("import playground.config", "from playground import config")

FORBIDDEN = [
    *(("playground/figures/x.py", source) for source in (*PAGES, *STREAMLIT, *SESSION)),
    *(("playground/x.py", source) for source in (*PAGES, *SESSION)),
    *((f"playground/{room}/x.py", source) for room in ROOMS for source in (*PAGES, *SESSION)),
    *(("app.py", source) for source in (*PAGES, *SESSION)),
    *(("pages/x.py", source) for source in (*PAGES, *SESSION)),
    *(("tests/x.py", source) for source in PAGES),
]
ALLOWED = [
    ("playground/figures/x.py", "import plotly.graph_objects as go"),
    ("playground/figures/x.py", "from engine import Trainer"),
    ("playground/figures/x.py", "from playground.config import Config"),
    *(("playground/session.py", source) for source in SESSION),
    *(("playground/controls.py", source) for source in (*STREAMLIT, *OTHERS)),
    *(("app.py", source) for source in (*STREAMLIT, *DOWNWARD)),
    *(("pages/x.py", source) for source in (*STREAMLIT, *DOWNWARD)),
]


def complaints(path: str, source: str) -> str:
    """What ruff's import rules say about the source, were it the file at `path`."""
    options = ["--quiet", "--no-cache", "--select=TID", "--output-format=concise"]
    ruff = subprocess.run(
        [sys.executable, "-m", "ruff", "check", *options, f"--stdin-filename={path}", "-"],
        input=f"{source}\n",
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert ruff.returncode in {0, 1}, ruff.stderr
    assert (ruff.returncode == 1) == ("TID251" in ruff.stdout), ruff.stdout
    return ruff.stdout


def python_files(*folders: str) -> Iterator[Path]:
    """The project's own Python files below the folders."""
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def imported(path: Path) -> set[str]:
    """The top-level names of all that the file imports, wherever in it the import stands."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"), str(path))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module)
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize(("path", "source"), FORBIDDEN)
def test_wrong_import_is_refused(path: str, source: str) -> None:
    assert "TID251" in complaints(path, source)


@pytest.mark.parametrize(("path", "source"), ALLOWED)
def test_right_import_passes(path: str, source: str) -> None:
    assert complaints(path, source) == ""


def test_engine_imports_numpy_and_the_standard_library_only() -> None:
    allowed = sys.stdlib_module_names | {"numpy", "engine"}
    files = list(python_files("engine"))
    assert files
    assert {str(file): extra for file in files if (extra := imported(file) - allowed)} == {}


def test_nothing_imports_a_page() -> None:
    # Asked of the files too: playground/session.py is excused from ruff's list.
    files = [ROOT / "app.py", *python_files("engine", "playground", "pages", "tests", "benchmarks")]
    assert [str(file) for file in files if imported(file) & {"app", "pages"}] == []


@pytest.mark.parametrize("name", PLAIN)
def test_module_knows_no_streamlit(name: str) -> None:
    assert "streamlit" not in imported(ROOT / "playground" / name)


def draws(path: Path) -> bool:
    """Whether a module of a room is one that puts things on a page, by its name."""
    names = {"desk.py", "component.py", "fragment.py", "landscape_view.py", "range_view.py"}
    return path.name in names


@pytest.mark.parametrize("room", ROOMS)
def test_only_the_modules_that_draw_know_streamlit(room: str) -> None:
    files = list(python_files(f"playground/{room}"))
    assert len(files) > 2
    known = [file.name for file in files if "streamlit" in imported(file) and not draws(file)]
    assert known == []
    # What computes does not lean on what draws: it can be run and tested without a page.
    plain = [file for file in files if not draws(file)]
    assert [file.name for file in plain if "session" in named(file)] == []


def named(path: Path) -> set[str]:
    """The last names of all that the file imports from this project."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"), str(path))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("playground"):
            names |= {alias.name for alias in node.names} | {(node.module or "").split(".")[-1]}
    return names
