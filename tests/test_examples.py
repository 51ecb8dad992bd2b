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
def spiral() -> Notebook:
    return run("spiral_from_scratch.py")


@pytest.fixture(scope="module")
def rates() -> Notebook:
    return run("learning_rate_and_initialisation.py")


def test_a_line_is_not_enough_and_a_hidden_layer_is(spiral: Notebook) -> None:
    assert spiral.names["linear_accuracy"] < 0.6
    assert spiral.names["accuracy"] > 0.97
    assert f"one hidden layer: {spiral.names['accuracy']:.1%}" in spiral.text


def test_the_gradient_by_hand_is_the_engine_s(spiral: Notebook) -> None:
    assert spiral.names["by_hand_difference"] < 1e-15
    assert spiral.names["check"].absolute < 1e-9
    assert spiral.names["check"].kinks < 0.1 * spiral.names["model"].n_parameters


def test_it_stops_early_with_the_best_weights(spiral: Notebook) -> None:
    losses = spiral.names["history"].val_loss
    assert len(losses) == np.argmin(losses) + 1 + 30 < 500
    evaluation = spiral.names["model"].evaluate(spiral.names["X_new"], spiral.names["y_new"])
    assert evaluation.loss == min(losses)
    assert spiral.names["same_after_loading"]


def test_the_plane_shows_three_arms(spiral: Notebook) -> None:
    rows = [line for line in spiral.text.splitlines() if re.fullmatch("[·o#]{49}", line)]
    assert len(rows) == 23
    assert set("".join(rows)) == set("·o#")


def test_the_edge_lies_at_two_over_the_sharpness(rates: Notebook) -> None:
    assert rates.names["diverged_rates"] == [bool(share > 1) for share in rates.names["shares"]]
    assert rates.text.count("diverged in epoch") == 5
    residual = (
        rates.names["y"]
        - rates.names["table"] @ np.linalg.lstsq(rates.names["table"], rates.names["y"])[0]
    )
    least = float(np.mean(residual**2))
    np.testing.assert_allclose(rates.names["trainer"].train_loss[3:11], least, rtol=1e-3)
    assert rates.names["trainer"].train_loss[0] > 2 * least  # too slow to arrive


def test_a_rate_may_be_too_small_right_and_too_large(rates: Notebook) -> None:
    accuracy = rates.names["spiral_accuracy"]
    assert accuracy[0] < 0.6
    assert accuracy.max() > 0.98
    assert (accuracy[-3:] < 0.5).all()


def test_the_start_decides_what_reaches_the_other_end(rates: Notebook) -> None:
    signal, gradient = rates.names["signal"], rates.names["gradient"]
    small, glorot, large = ("uniform, tenth", "glorot", "normal")
    assert signal[small][-1] < 1e-9 < 0.1 < signal[glorot][-1] < 0.9 < signal[large][-1]
    assert max(gradient[small]) < 1e-12
    assert 0.1 < gradient[glorot][0] / gradient[glorot][19] < 10.0
    per_layer = (gradient[large][0] / gradient[large][19]) ** (1 / 19)
    assert 1.8 < per_layer < 2.6


def test_zero_weights_never_part(rates: Notebook) -> None:
    assert rates.names["distinct_units"] == {"zeros": 1, "glorot": 8}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_a_notebook_reads_as_one(path: Path) -> None:
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


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_runs_as_its_first_lines_say(path: Path) -> None:
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
