"""What the page Compare says: here the page; settings.py its settings and the models."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

# --- the head -------------------------------------------------------------------------------------

TITLE: Final = "Compare"
LOOK: Final = (
    "Our network and scikit-learn's models learn the same points: who is better, by more than "
    "chance?"
)
SPLITS: Final = "Splits"
TAKE_PART: Final = "Which take part"
MEASURED: Final = "How it is measured"
DEGREES: Final = "degrees of freedom"
SOURCE: Final = (
    "The plain paired test takes the splits for independent, though they share their training "
    "points, and finds differences that are not there. Nadeau & Bengio 2003, *Inference for the "
    "Generalization Error*, Machine Learning 52, section 4. Each p-value stands for its own "
    "comparison: of twenty models that are alike, about one is called different."
)
COSTS: Final = (
    "Times are processor time of one thread, the median over the splits, on this server. Memory is "
    "the peak of one more fit, traced by Python's tracemalloc: it sees NumPy's arrays but not what "
    "scikit-learn's compiled code (trees, SVM) takes beside them, so those rows are lower bounds. "
    "Size is the length of the pickled model, in memory; nothing is ever loaded from one. Log loss "
    "and calibration need probabilities, which an SVM gives only if it is told to."
)
OUR_SETTINGS: Final = (
    "Its layers and its training stand in the sidebar, and are the Playground's. It is fitted as "
    "`playground.estimator`, which knows no schedule, L1 penalty, clipping, scale of initial "
    "weights or other activation by layer: those of the Playground are left out here."
)


def method(level: float) -> str:
    return (
        "All models learn from and are tested on the very same splits, whose classes have equal "
        "shares in both parts. A difference is called real where chance alone would make it less "
        f"often than {100 * level:g} % of the time, by the corrected resampled t-test: on J splits "
        "with score differences d,"
    )


# --- the bar --------------------------------------------------------------------------------------

STOP: Final = "Stop"
GO_ON: Final = "Go on"
FIT: Final = "Fit the models"
CSV: Final = "Table as CSV"
ALMOST: Final = "Almost done"


def stopped_early(error: str) -> str:
    return f"It stopped early: {error}."


def fitting(model: str, what: str, waits: bool) -> str:
    turn = ", in turn with other viewers' fits" if waits else ""
    return f"{model}, {what}{turn}"


def of_splits(split: int, splits: int) -> str:
    return f"split {split} of {splits}"


def of_curve(points: int) -> str:
    return f"learning curve, {points:,} points"


def parted(splits: int, train: int, test: int) -> str:
    return f"{splits} splits: {train:,} points to learn from, {test:,} to test on."


def stopped(progress: float, rest: str) -> str:
    return f"Stopped at {progress:.0%}. {rest}"


# --- why there are no figures ---------------------------------------------------------------------


def too_slow(most: float, points: int) -> str:
    return f"left out: it is slow beyond {most:,} training points, here {points:,}"


def too_many_neighbours(asked: int, points: int) -> str:
    return f"{asked:,} neighbours are asked for, and there are {points:,} training points"


def cannot_learn(error: str) -> str:
    return f"it cannot learn from these points: {error}"


def unfinished(how: str) -> str:
    return f"left out: its fit {how}"


def took_longer(seconds: float) -> str:
    return f"took longer than {seconds:g} s"


ENDED: Final = "ended its process: perhaps it took too much memory"


def not_parted(points: int, classes: int, share: float) -> str:
    return (
        f"{points:,} points of {classes} classes cannot be parted with {share:g} % to test on: "
        "each class must be in both parts of every split. Take more points, or a larger share to "
        "test on"
    )


def too_few(points: int, share: float) -> str:
    return f"{share:g} % of {points:,} points is too few to test on"


def on_splits(note: str, count: int, splits: int) -> str:
    return f"{note} (on {count} of {splits} splits)"


# --- the pictures ---------------------------------------------------------------------------------

NO_FIGURES: Final = "no figures: see the table"
NOT_YET: Final = "not fitted yet"


def picture(model: str, score: str, regression: bool) -> str:
    what = "Predicted surface" if regression else "Decision boundary"
    return f"{what} of {model}{': ' * bool(score)}{score}"


def legend(classes: int, points: int, shown: int, extent: float) -> str:
    said = "First split: discs are learned from, rings are tested on"
    said += ", crosses are wrong answers." if classes else "."
    if points > shown:
        said += f" {shown} of {points:,} points are drawn."
    return f"{said} Both axes run from −{extent:g} to {extent:g}."


# --- the verdict ----------------------------------------------------------------------------------


def nothing_held(reason: str) -> str:
    return f"Our network has no figures ({reason}), so nothing is held against it."


def measure(regression: bool) -> str:
    return "R²" if regression else "test accuracy"


def loses(measure: str, ours: str, better: Sequence[str]) -> str:
    return (
        f"**Our network loses.** With a mean {measure} of {ours} it is beaten by {listed(better)}, "
        f"which {'is' if len(better) == 1 else 'are'} better by more than chance."
    )


def unbeaten(measure: str, ours: str) -> str:
    return f"**Nothing beats our network by more than chance.** Its {measure} is {ours}."


def ahead(models: Sequence[str], others: bool) -> str:
    """`others` are ahead by more than chance."""
    came = "Also ahead of it" if others else "Ahead of it"
    return f"{came}, but not by more than chance may do: {listed(models)}."


def wins(models: Sequence[str]) -> str:
    return f"It is better than {listed(models)}."


def even(models: Sequence[str]) -> str:
    return f"No real difference was found from {listed(models)}."


def quickest(model: str, ratio: float) -> str:
    times = f"{ratio:,.0f}" if ratio >= 10 else f"{ratio:.2g}"
    return (
        f"Of those that are no worse, {model} is the quickest to fit: our network takes {times} "
        "times as long."
    )


def listed(said: Sequence[str]) -> str:
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}"


# --- the tables -----------------------------------------------------------------------------------

SCORES: Final = "Scores and costs of the models"
MODEL: Final = "Model"
SCORE: Final = {True: "R²", False: "Test accuracy"}  # of a regression, of classes
AGAINST: Final = "Our network against it"
LOSSES: Final = {True: ("RMSE",), False: ("Log loss", "ROC AUC")}
TOOK: Final = ("Fit, CPU", "Predict 1,000", "Memory of a fit", "Model size")
OUTCOMES: Final = {1: "loses", -1: "wins", 0: "no real difference"}
FRAMEWORKS: Final = "What the frameworks take"
FOOTPRINT: Final = ("Footprint of the frameworks", ("On disk", "Import, CPU", "Memory"))
NOT_INSTALLED: Final = "not installed where this was measured"
CLAIMS: Final = ("Claims and measurements", ("Claimed", "Measured here"))


def done(count: int, splits: int) -> str:
    return f"{count} of {splits} splits"


def points(difference: float) -> str:
    return f"{difference:+.1f} points"


def time(seconds: float) -> str:
    return f"{seconds:,.2f} s" if seconds >= 1 else f"{1e3 * seconds:.3g} ms"


def size(count: float) -> str:
    return f"{count / 1e6:,.3g} MB" if count >= 999_500 else f"{count / 1e3:,.3g} kB"


def footprint(date: str, machine: str) -> str:
    return (
        f"Measured by `python -m benchmarks.footprint` on {date}: {machine}. Medians of five fresh "
        "processes; a size on disk counts all that a package requires, memory is what stays "
        "resident after the import. The claims are those of the project that inspired this one."
    )


# --- the curves -----------------------------------------------------------------------------------

CLOSER: Final = "Two models, closer"
NOT_DRAWN: Final = "The curves are drawn when all models are fitted."
NOT_FITTED: Final = "it has not been fitted"
CURVE: Final = "**Learning curve.** More points, better answers: how fast, and up to where?"
CURVE_AXES: Final = {
    True: ("training points", "R² on test points"),
    False: ("training points", "test accuracy (%)"),
}
CALIBRATION: Final = (
    "**Calibration.** On the diagonal a model is right as often as it says; ECE is the mean "
    "distance from it."
)
CALIBRATION_AXES: Final = ("how sure: mean probability (%)", "how often right (%)")
CALIBRATION_HOVER: Final = "sure %{x:.1f} %, right %{y:.1f} %<br>%{customdata:,} answers"
NO_CALIBRATION: Final = "A regression answers with values, not with probabilities to be held to."


def no_curves(model: str, why: str) -> str:
    return f"{model}: no curves, {why}."


def no_probabilities(model: str) -> str:
    return f"{model} gives no probabilities; its settings have a switch for them."


def curve_hover(model: str) -> str:
    return f"{model}<br>%{{x:,}} points: %{{y:.3~g}}"


def calibrated(model: str, error: float) -> str:
    return f"{model} (ECE {100 * error:.1f} %)"


def chart(axes: tuple[str, str], lines: Iterable[tuple[str, Iterable[tuple[float, float]]]]) -> str:
    """A chart for those who do not see it: each line's name and its points (x, y)."""
    x, y = axes
    said = [
        f" {name}: {', '.join(f'{value:.3g} at {round(place, 1):,g}' for place, value in line)}."
        for name, line in lines
    ]
    return f"{y[0].upper()}{y[1:]} against {x}.{''.join(said)}"


# --- the Guide ------------------------------------------------------------------------------------

GUIDE: Final = {
    "What it shows": """
- **The pictures**: what each model answers over the plane, after it has learned from the training
  points (discs) of the first split. Rings are test points; a cross is a test point that is answered
  wrongly. A strong shade is a sure answer. All pictures have the same axes.
- **The table**: accuracy (of regression R²), log loss and ROC AUC on the test points as mean ±
  standard deviation over the splits, and what the model costs: processor time of a fit and of 1,000
  predictions, the memory peak of a fit, the size of the model.
- **Our network against it**: its mean score minus the model's on the same splits, with the p-value
  of the corrected resampled t-test. *Loses* and *wins* stand only where that is below 0.05.
- **The learning curve** of two models: the score by the number of points they learned from. **The
  calibration plot**: how often an answer is right, by how sure the model was of it. On the dotted
  diagonal a model keeps its word; below it is too sure of itself. ECE is the mean distance from it.
- **The footprint**: what the frameworks take on disk and in memory, and what the project that
  inspired this one claimed, beside what was measured here.
""",
    "How to drive it": """
The sidebar chooses the data and our network, as on the Playground; a click on a model's name opens
its settings, which begin with scikit-learn's own. **Fit the models** starts, **Stop** ends in the
middle of a fit and keeps what is known. The work is done behind everybody who plays, one fit at a
time for all viewers; whoever opens the same link sees what has been computed already. The page's
address holds every setting. **Table as CSV** has every digit and the score of every split.
""",
    "What to try": """
- The spiral with three arms: a linear model is at chance, and k nearest neighbours, which learn
  nothing at all, are hard to beat.
- Give scikit-learn's MLP more epochs or a larger rate: how near does it come to our network?
- 50 % noise: who is still sure of itself? Look at the log loss and the calibration plot.
- *Sine surface* with a Gaussian process, once with 60 points and once with 600.
- Two splits, then fifty: the difference stays what it was, the p-value does not.
""",
}
