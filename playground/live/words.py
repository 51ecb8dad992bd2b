"""What all views say: of a run that goes on, comes back or is given away, and of their keys."""

from __future__ import annotations

from typing import Final

# --- the view and its bar -------------------------------------------------------------------------

PAUSE: Final = "Pause"
PICTURE: Final = "The moving picture"


def started_anew(changed: str) -> str:
    return f"Started anew, because this changed: {changed}. Press Play."


SOMETHING: Final = "a setting"  # that changed


def slow(reached: float, chosen: float, unit: str, *, busy: bool) -> str:
    """It goes no faster than that; `busy` says that others want the machine, too."""
    return f"{'busy: ' if busy else ''}{reached:.2g} of {chosen:g} {unit}s/s"


# What can be done about a run that diverges or has diverged.
EXPLAIN: Final = "What happened?"
REWIND: Final = "Rewind to before"
HALVE: Final = "Halve the learning rate"
RESET: Final = "Start again"

# --- keys: what stands on them, and what they do --------------------------------------------------

SPACE: Final = "Space"
ESCAPE: Final = "Esc"
KEYS: Final = {
    "toggle": "Play or Pause",
    "step": "One step on: a batch on the Playground",
    "epoch": "One epoch on",
    "back": "Back to the epoch before",
    "go": "Next step, and the one before",
    "reset": "Reset: the same start again",
    "new": "New start: the next seed",
    "faster": "Learning rate up by a third",
    "slower": "Learning rate down by a third",
    "all": "All four charts side by side",
    "boundary": "The decision boundary large",
    "curves": "Loss and gradients large",
    "network": "The network large",
    "whole": "The chart under the pointer, or with the focus, full screen",
    "leave": "Back from full screen",
    "lecture": "Lecture mode, for a projector, and back",
    "sheet": "This list of keys",
}
KEYS_HEAD: Final = "| key | what it does |"

# --- a run that the browser brings along ----------------------------------------------------------

OF_OTHER_SETTINGS: Final = "At its start: what was here before had other settings."
TOO_LARGE: Final = "Started anew: the run was too large for the browser to carry it along."
OTHER_VERSION: Final = "it is of another version"
OTHER_ARRAYS: Final = "its arrays have other shapes"
OTHER_CHECKPOINTS: Final = "its checkpoints have other shapes"
TOO_DEEP: Final = "too deep"
BARE_LIST: Final = "a bare list"


def not_brought_back(why: object) -> str:
    return f"Started anew: the run could not be brought back ({why})."


def no_run(why: object) -> str:
    return f"these bytes are no run: {why}"


def array_of(kind: object) -> str:
    return f"an array of {kind!r}"


# --- Share ----------------------------------------------------------------------------------------

AT_ITS_START: Final = "the run at its start"
LATER: Final = "Whoever opens it sees the way to this moment, and then this picture."
TOO_FINE: Final = (
    "It is a long link, and its code a fine one: enlarge it, and let those at the back come nearer."
)
STOPPED: Final = (
    "Stopped on the way to the moment that was shared. The settings are those of its end: press"
    " Play to go on from here under them."
)


def opens(what: str) -> str:
    return f"This link opens {what}."


def opens_run(where: str, changes: int, *, diverged: bool) -> str:
    bad = ", where it diverged" if diverged else ""
    on_the_way = f", {_with(changes)} on the way" if changes else ""
    return f"This link opens the run {where}{bad}{on_the_way}."


def place(unit: str, at: str) -> str:
    return f"at {unit} {at}"


def too_much(why: str) -> str:
    return (
        f"This moment is too much for a link: {why}. The link holds the settings of now alone,"
        " and opens a run at its start."
    )


def too_long(changes: int, letters: int) -> str:
    return f"{_with(changes)} on the way it takes {letters:,} characters"


def _with(changes: int) -> str:
    return "with 1 change" if changes == 1 else f"with {changes:,} changes"


def on_the_way(share: float, unit: str, at: int) -> str:
    return f"Training to the moment that was shared: {share:.0%}, {unit} {at:,}."
