"""The keys of the views: one table, which the browser obeys, and its sheet and the Guide show."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Final


@dataclass(frozen=True)
class Key:
    """What a key does. `keys` are the names that browsers give it, `shown` what stands on it.

    `shift` says whether Shift must be held; None: no matter. `needs` is the command, or the kind
    of view, without which there is no such key.
    """

    keys: tuple[str, ...]
    shown: str
    does: str
    words: str
    needs: str
    shift: bool | None = None


KEYS: Final = (
    Key((" ",), "Space", "toggle", "Play or Pause", "play"),
    Key(("ArrowRight",), "→", "step", "One step on: a batch on the Playground", "step", False),
    Key(("ArrowRight",), "Shift + →", "epoch", "One epoch on", "epoch", True),
    Key(("ArrowLeft",), "←", "back", "Back to the epoch before", "back"),
    Key(("ArrowRight", "ArrowLeft"), "→ ←", "go", "Next step, and the one before", "go"),
    Key(("r",), "R", "reset", "Reset: the same start again", "reset", False),
    Key(("r",), "Shift + R", "new", "New start: the next seed", "new", True),
    Key(("+", "="), "+", "faster", "Learning rate up by a third", "rated"),
    Key(("-", "−"), "−", "slower", "Learning rate down by a third", "rated"),
    Key(("1",), "1", "all", "All four charts side by side", "layouts"),
    Key(("2",), "2", "boundary", "The decision boundary large", "layouts"),
    Key(("3",), "3", "curves", "Loss and gradients large", "layouts"),
    Key(("4",), "4", "network", "The network large", "layouts"),
    Key(
        ("f",), "F", "whole", "The chart under the pointer, or with the focus, full screen", "look"
    ),
    Key(("Escape",), "Esc", "leave", "Back from full screen", "look"),
    Key(("l",), "L", "lecture", "Lecture mode, for a projector, and back", "room"),
    Key(("?",), "?", "sheet", "This list of keys", "room"),
)


def as_json(has: Iterable[str]) -> list[dict[str, Any]]:
    """The keys of a view that has these commands and is of these kinds, as the browser reads it."""
    found = set(has)
    return [asdict(key) for key in KEYS if key.needs in found]


def as_table() -> str:
    """All of them as a Markdown table."""
    rows = (f"| {_caps(key.shown)} | {key.words} |" for key in KEYS)
    return "\n".join(("| key | what it does |", "|---|---|", *rows))


def _caps(shown: str) -> str:
    """Each key by itself: "+" between two is none."""
    return " + ".join(" ".join(f"`{key}`" for key in part.split()) for part in shown.split(" + "))
