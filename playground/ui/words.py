"""What stands around the pages: the sidebar, the row of presets, Share, and who waits."""

from __future__ import annotations

from typing import Final

# --- the sidebar ----------------------------------------------------------------------------------

GROUPS: Final = {"data": "Data", "network": "Network", "training": "Training"}
ADDRESS: Final = (
    "The address of this page holds every setting. **Share** gives a link of a run as it is now."
)
DEFAULTS: Final = ("Back to defaults", "Sets everything in this sidebar as it was at first.")
FULL_SET: Final = "Full set"
ADD_LAYER: Final = "Add layer"


def more(group: str) -> str:
    return f"More on the {group}"


def exact(label: str) -> str:
    return f"{label}, as an exact number"


def all_points(count: int) -> str:
    return f"All {count:,} training points in each step, however many there are."


def one_more_layer(most: int) -> str:
    return f"One more hidden layer, up to {most}."


def layer(number: int) -> str:
    return f"Layer {number}"


def units_in(number: int) -> str:
    return f"Units in layer {number}"


def remove_layer(number: int) -> tuple[str, str]:
    return f"Remove layer {number}", f"Removes layer {number}."


# --- the lecture ----------------------------------------------------------------------------------

LECTURE: Final = "For the lecture"
LECTURE_MODE: Final = "Lecture mode"
LEAVE: Final = "Leave"
LARGE_TYPE: Final = "Large type, for a projector, and back (L)."
PREVIOUS: Final = ("Previous preset", "Previous preset of the lecture.")
NEXT: Final = ("Next preset", "Next preset of the lecture.")
ALL_PRESETS: Final = "All presets"

# --- Share ----------------------------------------------------------------------------------------

SHARE: Final = "Share"
SHARE_HELP: Final = "A link and a QR code of what is shown"
QR_CODE: Final = "QR code of the link"

# --- who waits, and what could not be -------------------------------------------------------------


def waiting(ahead: int) -> str:
    others = "another one computes" if ahead == 1 else f"{ahead} others compute"
    return f"Waiting: {others} first."


def from_its_start(why: object) -> str:
    """Of a link whose way cannot be gone."""
    return f"{why}; the run starts at its beginning"


def cannot_be(label: str, requirement: str) -> str:
    """Beside a control."""
    return f"{label} {requirement}."


# --- what every page begins with ------------------------------------------------------------------

PAGES: Final = {
    "app.py": "Playground",
    "pages/learning_rate.py": "Learning rate",
    "pages/gradient_flow.py": "Gradient flow",
    "pages/backprop.py": "Backprop",
    "pages/digits.py": "Digits",
    "pages/compare.py": "Compare",
    "pages/lessons.py": "Lessons",
    "pages/guide.py": "Guide",
}
PAGES_BUTTON: Final = "Pages"
FULL: Final = "This room is full"
TRY_AGAIN: Final = "Try again"


def title(page: str) -> str:
    """Of the browser's tab."""
    return f"{page} · Neural Network Playground"


def all_seats(seats: int, seconds: int) -> str:
    return (
        f"All {seats} seats are taken, so that whoever is here sees it move. This page looks "
        f"every {seconds} seconds, and opens as soon as somebody leaves."
    )


def not_used(lines: str) -> str:
    """Above what of a link could not be used."""
    return f"Parts of this link could not be used:\n{lines}"
