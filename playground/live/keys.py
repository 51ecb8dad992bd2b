"""The keys of the views: one table, which the browser obeys, and its sheet and the Guide show."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Final

from playground.live import words


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
    Key((" ",), words.SPACE, "toggle", words.KEYS["toggle"], "play"),
    Key(("ArrowRight",), "→", "step", words.KEYS["step"], "step", False),
    Key(("ArrowRight",), "Shift + →", "epoch", words.KEYS["epoch"], "epoch", True),
    Key(("ArrowLeft",), "←", "back", words.KEYS["back"], "back"),
    Key(("ArrowRight", "ArrowLeft"), "→ ←", "go", words.KEYS["go"], "go"),
    Key(("r",), "R", "reset", words.KEYS["reset"], "reset", False),
    Key(("r",), "Shift + R", "new", words.KEYS["new"], "new", True),
    Key(("+", "="), "+", "faster", words.KEYS["faster"], "rated"),
    Key(("-", "−"), "−", "slower", words.KEYS["slower"], "rated"),
    Key(("1",), "1", "all", words.KEYS["all"], "layouts"),
    Key(("2",), "2", "boundary", words.KEYS["boundary"], "layouts"),
    Key(("3",), "3", "curves", words.KEYS["curves"], "layouts"),
    Key(("4",), "4", "network", words.KEYS["network"], "layouts"),
    Key(("f",), "F", "whole", words.KEYS["whole"], "look"),
    Key(("Escape",), words.ESCAPE, "leave", words.KEYS["leave"], "look"),
    Key(("l",), "L", "lecture", words.KEYS["lecture"], "room"),
    Key(("?",), "?", "sheet", words.KEYS["sheet"], "room"),
)


def as_json(has: Iterable[str]) -> list[dict[str, Any]]:
    """The keys of a view that has these commands and is of these kinds, as the browser reads it."""
    found = set(has)
    return [asdict(key) for key in KEYS if key.needs in found]


def as_table() -> str:
    """All of them as a Markdown table."""
    rows = (f"| {_caps(key.shown)} | {key.words} |" for key in KEYS)
    return "\n".join((words.KEYS_HEAD, "|---|---|", *rows))


def _caps(shown: str) -> str:
    """Each key by itself: "+" between two is none."""
    return " + ".join(" ".join(f"`{key}`" for key in part.split()) for part in shown.split(" + "))
