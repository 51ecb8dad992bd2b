"""What the race says: its networks, its panels, and the verdict on each run."""

from __future__ import annotations

from typing import Final

from playground.learning_rate.words import RACES
from playground.runs.words import in_epoch

# --- the networks ---------------------------------------------------------------------------------

ENTRIES: Final = {
    "rates": "Learning rates",
    "momenta": "Momenta",
    "optimizers": "Optimizers",
    "batch_sizes": "Batch sizes",
}


def too_few(entries: str, count: int) -> str:
    return f"{entries}: a race needs 2 to 16 of them, got {count}."


def no_momentum(optimizer: str) -> str:
    return f"A race of momenta needs the optimizer SGD, got {optimizer}."


# --- the panels -----------------------------------------------------------------------------------

EPOCH: Final = "Epoch"
EPOCH_AXIS: Final = "epoch"
TRAINING_LOSS: Final = "Training loss"
LEARNED: Final = "What each has learned"
LEARNED_HINT: Final = "its last finite picture, once it has diverged"
TABLE: Final = "Verdicts"
TABLE_HINT: Final = "point at a verdict to see what it was read from"
TABLE_TOUCH_HINT: Final = "with what each was read from"
OPEN: Final = "Open in Playground"
NOT_FINITE: Final = "not finite"


def losses_hint(race: str) -> str:
    return f"log axis · by {RACES[race].lower()} · ✕ diverged"


def columns(race: str, target: float) -> list[list[str]]:
    """The table's, and what is told of each."""
    return [
        [ENTRIES[race], ""],
        ["Verdict", "Read from the recent losses"],
        [
            "First bad epoch",
            "When the run diverged, or its smoothed loss first rose above its "
            "start and four times its best",
        ],
        [f"Epochs to {target:g}", "The first epoch with a training loss at the target or below"],
        ["Training loss", ""],
        ["Test loss", ""],
        ["", ""],
    ]


def happened_at(label: str) -> str:
    return f"What happened at {label}?"


def ready(count: int, race: str) -> str:
    return f"{count} networks, alike but for their {RACES[race].lower()}. Press Play."


def leads(label: str, loss: str, diverged: str) -> str:
    """`diverged` names the runs that are lost; it may be empty."""
    lost = f" Diverged: {diverged}." if diverged else ""
    return f"{label} leads with a training loss of {loss}.{lost}"


def all_diverged(count: int) -> str:
    return f"All {count} have diverged. Ask the table what happened."


# --- the verdicts: a word, and what it was read from ----------------------------------------------

VERDICTS: Final = {
    "ready": "ready",
    "converging": "converging",
    "stalled": "stalled",
    "oscillating": "oscillating",
    "diverging": "diverging",
    "diverged": "diverged",
}


def ended(epoch: int, step: int, reason: str, before: float) -> str:
    return (
        f"Diverged {in_epoch(epoch, step)}: {reason}."
        f" Before that the smoothed loss was {before:.3g}."
    )


def not_started(loss: float) -> str:
    return f"Not started yet: the loss is {loss:.3g}."


def rose(rises: int, epochs: int, first: float, now: float) -> str:
    return f"The loss rose in {rises} of the last {epochs} epochs, from {first:.3g} to {now:.3g}."


def moved_away(epochs: int, level: float, start: float) -> str:
    return (
        f"Half of the last {epochs} epochs had a loss above {level:.3g}; it began at {start:.3g}."
    )


def at_target(loss: float) -> str:
    return f"The loss is {loss:.3g}: at or below the target."


def leapt(leaps: int, epochs: int, rise: float, lowest: float, highest: float) -> str:
    return (
        f"In {leaps} of the last {epochs} epochs the loss rose by more than {100 * rise:g} %; "
        f"it went between {lowest:.3g} and {highest:.3g}."
    )


def thrown_back(lowest: float, now: float) -> str:
    return f"The loss had been down to {lowest:.3g} and is back at {now:.3g}."


def went(start: float, now: float) -> str:
    return f"The loss went from {start:.3g} to {now:.3g}."


def fell(share: float, lowest: float) -> str:
    return (
        f"In the last third of the run the lowest loss fell by {_percent(share)}, to {lowest:.3g}."
    )


def fell_slowly(falls: int, epochs: int, share: float, now: float) -> str:
    return (
        f"Slowly: the loss fell in {falls} of the last {epochs} epochs, by {_percent(share)} in"
        f" all, to {now:.3g}."
    )


def settled(loss: float, epochs: int, highest: float) -> str:
    return (
        f"It has settled at {loss:.3g}, about the lowest loss of this race: in the last"
        f" {epochs} epochs it was {highest:.3g} at most."
    )


def no_new_low(loss: float, lowest: float) -> str:
    return (
        f"In the last third of the run there was no new low: the loss is {loss:.3g}, the lowest"
        f" was {lowest:.3g}."
    )


def hardly_fell(share: float, lowest: float) -> str:
    return (
        f"In the last third of the run the lowest loss fell by only {_percent(share)}, to"
        f" {lowest:.3g}."
    )


def _percent(share: float) -> str:
    percent = 100 * share
    if percent > 99:
        return "more than 99 %"
    return f"{percent:.0f} %" if percent >= 10 else f"{percent:.2g} %"
