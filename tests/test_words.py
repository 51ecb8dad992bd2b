"""What a person reads stands in the `words` of its page, so that a translation is a file."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from playground.figures.words import TERMS
from playground.lessons.words import TITLES

PLAYGROUND = Path(__file__).resolve().parents[1] / "playground"
# All but `opening`, which is HTML and says nothing of its own.
PACKAGES = sorted({file.parent.name for file in PLAYGROUND.glob("*/__init__.py")} - {"opening"})
# They look like texts, and are the names of things in the code.
NAMES = {"wrong shape", "wrong numbers", "top right", "bottom center"}
NAMES |= {"Ridge", "<code>import {}</code> {}"}
NAMES |= TERMS.keys()  # by which they are asked for
NAMES |= {"Escape", "Experiment", "Mobi", "Replicas", "sin x₁", "sin x₂", "cos x₁", "cos x₂"}
# Said to who writes the code, and to nobody on a page.
NAMES |= {
    "differences must be two or more of a row, got shape {}",
    "n_train and n_test must be at least 1, got {} and {}",
    "a {} is not carried",
    "an array of {} is not carried",
    "array {} has dtype {}: not one of u1, f4, f8",
    "data set",
    "data set {} is registered twice",
    "there is nothing to play before there are settings",
    "this change needs a new experiment: the data or network would differ",
    "{} is a setting of {} already",
}

_CODE = re.compile(r";\s*(\n|\}|$)")  # JavaScript, CSS
# A length of CSS, LaTeX, HTML, the names in a template.
_SILENT = re.compile(r"^clamp\(.*\)$|\\(?!text\b)[A-Za-z]+|<[^<>]*>|\$\{?\w+\}?")
_FILLED = re.compile(r"%\{[^{}]*\}")  # what Plotly fills in
_WORD, _VALUE = r"[^\W\d_]{2,}", r"\{\}"
_PAIR = re.compile(rf"{_WORD}[,.:;)*]*\s+[(*]*([^\W_]|{_VALUE})|{_VALUE}[,.:;)*]*\s+[(*]*{_WORD}")
_LABEL = re.compile(r"[A-Z][a-z]{2,}[.:]?")


def reads_like_words(text: str) -> bool:
    """Whether it has a word and then another, a letter or a value, or is one with a capital."""
    if _CODE.search(text):
        return False
    said = _SILENT.sub("", _FILLED.sub("{}", text))
    return text not in NAMES and bool(_PAIR.search(said) or _LABEL.fullmatch(said.strip()))


def literals(source: str) -> Iterator[tuple[int, str]]:
    """The line and the text of each string but docstrings; {} for what an f-string fills in."""
    pending: list[ast.AST] = [ast.parse(source)]
    while pending:
        node = pending.pop()
        inner = list(ast.iter_child_nodes(node))
        if isinstance(node, ast.JoinedStr):
            parts = (v.value if isinstance(v, ast.Constant) else "{}" for v in node.values)
            yield node.lineno, "".join(map(str, parts))
            inner = [v for v in node.values if isinstance(v, ast.FormattedValue)]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value
        elif isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(
            node
        ):
            inner.remove(node.body[0])
        pending += inner


@pytest.mark.parametrize("package", PACKAGES)
def test_only_words_holds_what_a_person_reads(package: str) -> None:
    files = [
        file
        for file in (PLAYGROUND / package).rglob("*.py")
        if "words" not in {file.stem, file.parent.name}
        # A lesson is its words, beside the settings and the numbers that they tell of: it is named
        # by its module, and a translation is a second one of it.
        and not (package == "lessons" and file.stem in TITLES)
    ]
    assert files
    assert [
        f"{file.relative_to(PLAYGROUND.parent)}:{line}: {text}"
        for file in sorted(files)
        for line, text in sorted(literals(file.read_text("utf-8")))
        if reads_like_words(text)
    ] == []
