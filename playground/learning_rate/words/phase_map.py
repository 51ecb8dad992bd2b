"""What the phase map says: its axes, its picture, where it stands, a cell of it."""

from __future__ import annotations

from typing import Final

# --- which map ------------------------------------------------------------------------------------

AXES: Final = {
    "init_scale": "scale of initial weights",
    "depth": "hidden layers",
    "width": "units in each hidden layer",
    "batch_size": "batch size",
    "momentum": "momentum",
}
NO_SCALE: Final = "Weights that all start at zero have no scale"
NO_WIDTH: Final = "A network without hidden layers has no width"


def no_momentum(optimizer: str) -> str:
    return f"The optimizer {optimizer} takes no momentum"


def refused(reason: str) -> str:
    return f"{reason}. Choose another setting under “Against”."


def too_many_steps(steps: int, most: int) -> str:
    return (
        f"This map takes {steps:,} steps and may take {most:,}: "
        "it needs fewer epochs, fewer values or larger batches."
    )


# --- what may go wrong ----------------------------------------------------------------------------

NO_MAP: Final = "there is no map yet"
OTHER_SHAPES: Final = "its arrays have other shapes"
RUNNING: Final = "this map is already running"


def no_backend(names: str, got: object) -> str:
    return f"backend must be one of {names}, got {got!r}"


def no_cluster(variable: str) -> str:
    return f"there is no Dask cluster: set {variable} to its scheduler's address"


def no_dask(error: object) -> str:
    return f"the back end dask needs the packages in requirements-cluster.txt: {error}"


# --- the picture ----------------------------------------------------------------------------------

STOP: Final = "Stop"
SHARED: Final = "this map, for Play to compute it"
FINAL_LOSS: Final = "final training loss"
LEARNING_RATE: Final = "learning rate"
DIVERGED: Final = "diverged"


def rows_of(rows: int) -> str:
    return f"Rows of {rows}"


def title(epochs: int) -> str:
    return f"Final training loss after {epochs:,} epochs"


def hint(axis: str, runs: int) -> str:
    return (
        f"learning rate × {AXES[axis].lower()} · {runs:,}"
        " runs · ✕ diverged · press a cell for its run"
    )


def cell_hover(axis: str, value: float, rate: float) -> str:
    return f"{AXES[axis]} {value:.4g}<br>learning rate {rate:.4g}"


# --- where it stands ------------------------------------------------------------------------------

SHOW_BEST: Final = "Show the best cell"


def stopped_early(error: str) -> str:
    return f"The map stopped early: {error}."


def waiting(ahead: int) -> str:
    maps = "another map computes" if ahead == 1 else f"{ahead} other maps compute"
    return f"Waiting: {maps} first."


def under_way(done: int, rows: int, seconds: float | None) -> str:
    guess = "" if seconds is None else f", about {max(1, round(seconds)):,} s left"
    return f"Row {done:,} of {rows:,}{guess}."


def finished(diverged: int, cells: int) -> str:
    return f"Done. {diverged:,} of {cells:,} runs diverged."


def halted(done: int, rows: int) -> str:
    return f"Stopped after {done:,} of {rows:,} rows. Press Play to go on."


def empty(cells: int) -> str:
    return f"Press Play to train {cells:,} networks on all cores."


# --- a cell ---------------------------------------------------------------------------------------

OPEN: Final = "Open this run in the Playground"
NOT_COMPUTED: Final = "not computed yet"
UNEXPLAINED: Final = "This run takes too long to repeat here: open it to see it diverge."


def diverged_at(epoch: int) -> str:
    """After so many complete epochs."""
    return f"diverged in epoch {epoch + 1:,}"


def ended_with(loss: float) -> str:
    return f"final training loss {loss:.3g}"


def cell(axis: str, value: float, rate: float, ending: str) -> str:
    return f"{AXES[axis]} {value:.4g}, learning rate {rate:.4g}: {ending}."
