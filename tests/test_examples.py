"""The examples run, print, and find what their prose says; so does the README's first code."""

import contextlib
import io
import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


class Notebook(NamedTuple):
    """The names that a script leaves behind, and what it printed."""

    names: dict[str, Any]
    text: str


def run(name: str) -> Notebook:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        names = runpy.run_path(str(ROOT / "examples" / name))
    return Notebook(names, out.getvalue())


@pytest.fixture(scope="module")
def rates() -> Notebook:
    return run("learning_rate_and_initialisation.py")


def test_the_spiral_is_learnt_from_scratch() -> None:
    names, text = run("spiral_from_scratch.py")
    assert names["linear_accuracy"] < 0.6  # a line is not enough
    assert names["accuracy"] > 0.97
    assert f"one hidden layer: {names['accuracy']:.1%}" in text
    # The gradient by hand is the engine's.
    assert names["by_hand_difference"] < 1e-15
    assert names["check"].absolute < 1e-9
    assert names["check"].kinks < 0.1 * names["model"].n_parameters
    # It stops early, with the best weights.
    losses = names["history"].val_loss
    assert len(losses) == np.argmin(losses) + 1 + 30 < 500
    assert names["model"].evaluate(names["X_new"], names["y_new"]).loss == min(losses)
    assert names["same_after_loading"]
    # The plane shows three arms.
    rows = [line for line in text.splitlines() if re.fullmatch("[·o#]{49}", line)]
    assert len(rows) == 23
    assert set("".join(rows)) == set("·o#")


def test_the_edge_lies_at_two_over_the_sharpness(rates: Notebook) -> None:
    names = rates.names
    assert names["diverged_rates"] == [bool(share > 1) for share in names["shares"]]
    assert rates.text.count("diverged in epoch") == 5
    best = np.linalg.lstsq(names["table"], names["y"])[0]
    least = float(np.mean((names["y"] - names["table"] @ best) ** 2))
    np.testing.assert_allclose(names["trainer"].train_loss[3:11], least, rtol=1e-3)
    assert names["trainer"].train_loss[0] > 2 * least  # too slow to arrive


def test_a_rate_may_be_too_small_right_and_too_large(rates: Notebook) -> None:
    accuracy = rates.names["spiral_accuracy"]
    assert accuracy[0] < 0.6
    assert accuracy.max() > 0.98
    assert (accuracy[-3:] < 0.5).all()
    assert rates.names["distinct_units"] == {"zeros": 1, "glorot": 8}  # zeros never part


def test_the_start_decides_what_reaches_the_other_end(rates: Notebook) -> None:
    signal, gradient = rates.names["signal"], rates.names["gradient"]
    small, glorot, large = ("uniform, tenth", "glorot", "normal")
    assert signal[small][-1] < 1e-9 < 0.1 < signal[glorot][-1] < 0.9 < signal[large][-1]
    assert max(gradient[small]) < 1e-12
    assert 0.1 < gradient[glorot][0] / gradient[glorot][19] < 10.0
    per_layer = (gradient[large][0] / gradient[large][19]) ** (1 / 19)
    assert 1.8 < per_layer < 2.6


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_a_notebook_reads_as_one_and_runs_as_its_first_lines_say(path: Path) -> None:
    source = path.read_text("utf-8")
    assert source.startswith('"""A notebook in plain text: ')
    assert f"``python -m examples.{path.stem}``" in source
    cells = re.split(r"^# %%", source, flags=re.MULTILINE)[1:]
    assert len(cells) > 8
    for cell in cells:
        if cell.startswith(" [markdown]"):
            assert all(line.startswith("#") for line in cell.strip().splitlines()[1:] if line)
        else:
            assert cell.strip()
    command = [sys.executable, "-W", "error", "-m", f"examples.{path.stem}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8")
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) > 20


def test_the_first_code_of_the_readme_is_five_lines_and_runs() -> None:
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    first = [line for line in blocks[0].splitlines() if line]
    assert len(first) == 5
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(blocks[0], "README.md", "exec"), {})
    assert out.getvalue() == "[0 1 1 0]\n"  # exclusive or, learnt
