"""What the Guide says of the Playground, and of all pages; each other page tells of itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from playground.settings.fields import Choices, Label

GUIDE: Final = "Guide"
PART: Final = Label("Part of the Guide", "Which part of the Guide is read.")
TABS: Final[Choices] = MappingProxyType(
    {
        "screen": "Reading the screen",
        "driving": "Driving it",
        "rate": "Learning rate",
        "flow": "Gradient flow",
        "backprop": "Backprop",
        "digits": "Digits",
        "compare": "Compare",
        "lessons": "Lessons",
        "maths": "The mathematics",
    }
)
ROOM: Final = "Room for what matters"
KEYS: Final = "Keys"
SPACE: Final = (
    "Space plays and pauses wherever the focus is, but in a text field or a list, where it "
    "writes, and on a button or a switch that you came to by keys, which it presses."
)
BACKPROP: Final = (
    "For a batch of B points each layer computes $Z = A_{\\text{in}} W + b$ and "
    "$A = f(Z)$. Backwards, with $dZ = dA \\odot f'(Z)$:"
)
ACTIVATIONS: Final = "Activations"
LOSSES: Final = "Losses"
INITS: Final = "Initial weights"
OPTIMIZERS: Final = "Optimizers"
SCHEDULES: Final = "Learning-rate schedules"

SCREEN: Final = """
- **Decision boundary.** The shade says what the network answers at each place of the plane, the
  marks are the data. Filled circles are learned from; open diamonds (switch them on with *Test
  points*) are only used to test. A pale shade means that the network is not sure. *Discretise*
  shows just the winning class.
- **Loss.** How wrong the network is on average: training points as a solid line, test points as a
  dotted one. When the solid line falls and the dotted one rises, the network learns the noise.
  The axis turns logarithmic by itself when the loss explodes.
- **Gradient size by layer.** One row a layer, time to the right; a strong colour means a large
  gradient. Rows that grow faint towards the input are a *vanishing* gradient: those layers learn
  next to nothing. The number is the root mean square of ∂L/∂W over the training points.
- **The network.** Each square is one unit: what it answers over the plane, each on its own scale.
  Lines are weights, thicker for larger ones, dashed for negative ones. Point at or touch a square
  or a line for its numbers, the biases among them.
- **Gradient of every weight now** opens a heatmap for each layer, in the shape of its weights.
"""

_ROOM: Final = """
- **Layouts.** The four small pictures at the top, or the keys `1` to `4`: all four charts side by
  side, or the boundary, the curves or the network large. The link says which
  (`layout=all|boundary|curves|network`). On a phone the charts stand one below the other.
- **Full screen.** `F` shows the chart under the pointer alone, below the bar, and so does the
  small button in its head. `Esc` leads back.
- **Lecture mode.** `L`, or a link with `lecture=1`: large type, thick lines, a ring around the
  pointer, on every page, and all but this Guide fit into the window. *Backprop* shows the step
  beside the graph, *Compare* the verdict, the pictures and the table, a lesson its question or, by
  `R`, its answer; what is left out is there again when you leave. `hide` says what else is hidden,
  for example `&lecture=1&hide=sidebar,links,details,speed`; it may name {}.
  Left out unless you say otherwise: {}. Everything still goes by keys, and `L` or *Leave* leads
  back.
"""

RULES: Final = """
- **Learning rate, schedule, optimizer, penalties, batch size, clipping and speed** change a run
  while it goes on. **Data and architecture** start it anew, and the page says so. Display switches
  never touch the training.
- **Pause keeps what you see**: the run goes back to the very step of the frame on the screen.
- **The link is the run.** The address bar holds every setting that differs from its default. Who
  opens the link gets the same points, the same weights and the same steps, bit for bit. Add
  `&play=1` to start at once.
- **Share gives away this very moment**, on every view that plays. Its link also holds how far the
  run has come and what was changed on the way: whoever opens it, or scans the QR code, sees it go
  there at full speed, and then the same picture, bit for bit. Press the code for the whole screen:
  the shorter the link, the farther off it is read. A link has room for a hundred changes or more;
  where it has not, Share says so and gives the settings alone, as it does where nothing plays.
  Lecture mode and `hide` stay in your own address bar: the class opens the page with all its parts.
- **A reload keeps the run**, and so do a lost connection and a server that was started anew: it
  goes on at the same step. The link, opened again, starts it anew. A very large run is not kept.
- **Divergence is a result.** When the loss, a gradient or a weight stops being finite, or the loss
  passes 10,000 times its start (or, if that is larger, the loss of answering zero everywhere), the
  run stops and keeps its last finite weights. You can rewind, halve the learning rate or start
  again. A network that blows up but stays finite is called
  *diverging* and goes on. **What happened?** shows the last finite steps of a run that diverged.
- **The gauge** beside the status compares SGD's learning rate with the critical one at the present
  weights: above 1 errors grow from step to step. If each step takes all points, that is 2 divided
  by the sharpness, or 2 (1 + momentum) divided by it. In mini-batches it is found by trying, on the
  network made linear at its weights, and known to about a fifth (≈); with momentum it can be many
  times lower than in full batches. Where the loss has climbed above its start, flat ground
  would look safe, and no number below the critical one is shown; where hardly any gradient reaches
  the hidden layers, none at all.
"""


def room(parts: Mapping[str, str], hidden: Iterable[str]) -> str:
    """`parts` of the screen can be left out in a lecture, and `hidden` are by default."""
    named = ", ".join(f"`{part}` ({what.lower()})" for part, what in parts.items())
    return _ROOM.format(named, ", ".join(f"`{part}`" for part in hidden))
