"""What the Playground says."""

from __future__ import annotations

from typing import Final

from playground.runs.words import in_epoch
from playground.settings.fields import Label

# --- the panels -----------------------------------------------------------------------------------

LOOK: Final = "The network learning"
SWITCHES: Final = {
    "discretize": Label(
        "Discretise", "Show the class the network picks, without shades of certainty"
    ),
    "show_test": Label(
        "Test points", "Show the points the network never trains on, as open diamonds"
    ),
    "log_loss": Label("Log axis", "A logarithmic axis gives each factor of ten the same height"),
}
EPOCH: Final = "Epoch"
TRAINING_LOSS: Final = "Training loss"
TEST_LOSS: Final = "Test loss"
RATE_NOW: Final = "Rate now"
LOSS: Final = "Loss"
OVER_EPOCHS: Final = "epoch"  # the axis
SIZES: Final = ("Gradient size by layer", "typical pull on a weight, log scale")
NETWORK: Final = (
    "The network",
    "a square: what a unit answers over the plane · dashed: negative weight",
)
MEASURES: Final = "How good is it?"
CONFUSION: Final = ("Confusion matrix", "test points")
FACTS: Final = "The run"
WEIGHTS: Final = ("Gradient of every weight now", "|∂L/∂W| in the shape of each layer's weights")


def facts(
    epochs: tuple[int, int],
    steps: tuple[int, int],
    reached: float | None,
    parameters: int,
    points: tuple[int, int],
    loss: str,
) -> list[tuple[str, str]]:
    """Of the run. In pairs epochs now and in all, steps now and an epoch, points of both kinds."""
    return [
        ("Epochs", f"{epochs[0]:,} of {epochs[1]:,}"),
        ("Steps", f"{steps[0]:,} ({steps[1]:,} an epoch)"),
        ("Epochs a second", "not yet known" if reached is None else f"{reached:,.3g}"),
        ("Parameters", f"{parameters:,}"),
        ("Points", f"{points[0]:,} to train on, {points[1]:,} to test"),
        ("Loss", loss),
    ]


# --- notices --------------------------------------------------------------------------------------

READY: Final = "This network has learned nothing yet. Press Play and watch."
PAUSED: Final = "Step on with →, back an epoch with ←, or press Play to go on."
PAUSED_TOUCH: Final = "Press Play to go on, or step with Batch and Epoch."


def done(epochs: int) -> str:
    return f"Done: {epochs:,} epochs. Press Play to train as many again."


def learning(points: int, at_a_time: int) -> str:
    return f"Learning from {points:,} points, {at_a_time:,} at a time."


def diverging(epochs: int, status: str) -> str:
    lead = f"Done: {epochs:,} epochs, but diverging" if status == "finished" else "Diverging"
    fate = {"running": ", and the run goes on", "paused": ", and it can go on"}.get(status, "")
    # What a short line has no room for comes last.
    return (
        f"{lead}; all numbers are still finite{fate}. The loss is above its start and far above its"
        " best."
    )


def unheard(epochs: int, status: str, *, nothing: bool) -> str:
    lead = f"Done: {epochs:,} epochs, but " if status == "finished" else ""
    said = "no gradient reaches the hidden layers: they learn nothing."
    if not nothing:
        said = "hardly any gradient reaches the hidden layers: they hardly learn."
    return lead + (said if lead else said.capitalize())


def anew_with(rate: float) -> str:
    return f"Start again, with rate {rate:g}"


def diverged(epoch: int, step: int, reason: str) -> str:
    return f"Diverged {in_epoch(epoch, step)}: {reason}."


def rewind_with(rate: float) -> str:
    return f"Rewind, with rate {rate:g}"


def rescued(epoch: int, critical: float, safe: float) -> str:
    """What is said of a run that was taken back, with another rate than the one that spoilt it."""
    return (
        f"Back at epoch {epoch:,}, the last moment at which all was well. Errors grow there above a"
        f" learning rate of about {critical:.2g}, so it is {safe:g} now. Press Play."
    )


# --- the gauge: what it shows, and why ------------------------------------------------------------

NO_CRITICAL_RATE: Final = "no critical rate"
NOT_KNOWN: Final = "not known"
NOT_MEASURED: Final = "not measured"
AT_PAUSE: Final = "shown at Pause"
LATER: Final = "in a moment"
NO_GUIDE: Final = "no guide here"
NOT_FINITE: Final = "The curvature at these weights is not a finite number, or no edge was found."
DROPOUT: Final = (
    "Dropout makes each step that of another network, so no one critical rate is known for them."
)
_ONLY_SGD: Final = (
    "For SGD a critical rate follows from the curvature of the loss: in full batches it is"
    " 2/sharpness."
)
SLOW: Final = f"{_ONLY_SGD} With a network and data of this size it takes too long to compute."
IN_TURN: Final = "Many play on this server: it is measured when it is this run's turn."
SLOW_TO_FOLLOW: Final = (
    f"{_ONLY_SGD} With a network and data of this size it is computed at rest only: press Pause."
)


def mark_of(epoch: float) -> str:
    at = f"{epoch:,.2f}".removesuffix(".00")
    return f"The faint mark is the critical rate of epoch {at}, measured before it played on."


def other_optimizer(why: str) -> str:
    return f"{_ONLY_SGD} {why}"


def climbed(start: float) -> str:
    return (
        f"The loss has climbed above its start, {start:.3g}. The run may lie on"
        " flat ground by now, which looks safe at almost any rate, so no number is shown until"
        " the loss is back below."
    )


def deaf(share: float) -> str:
    return (
        f"Hardly any gradient reaches the hidden layers (under {share:.0%} of the output"
        " layer's), as happens when their units are dead or saturated. The curvature here is"
        " that of the output layer and says nothing about a safe rate for the others."
    )


def flat(points: int, caveats: str) -> str:
    return f"No direction of the loss curves upwards here: no limit. {_hard(points, caveats)}"


def sharp(
    sharpness: float, formula: str, critical: float, rate: float, points: int, caveats: str
) -> str:
    return (
        f"The sharpness (the largest curvature of the loss) is {sharpness:.3g} here, so steps"
        f" along it swing ever wider above a rate of {formula} ="
        f" {critical:.3g}, and the learning rate is {rate:.3g}. {_hard(points, caveats)}"
    )


def _hard(points: int, caveats: str) -> str:
    return (
        f"Each step takes all {points:,} points, so this edge is hard; networks often train"
        f" on right at it.{caveats}"
    )


def batches(size: int, points: int) -> str:
    return f"batches of {size:,} of the {points:,} points"


def flat_in(these: str) -> str:
    return f"In {these} nothing curves upwards here: no limit."


def sharp_in(these: str, momentum: str, critical: float, rate: float, caveats: str) -> str:
    return (
        f"Tried out at these weights, as if the network were linear around them: in random"
        f" {these}{momentum}, errors grow above a rate of about {critical:.2g} (give or take"
        f" a fifth), and the learning rate is {rate:.3g}. A network's edge moves with its"
        f" weights.{caveats}"
    )


def with_momentum(momentum: float, nesterov: bool) -> str:
    return f" with {'Nesterov ' if nesterov else ''}momentum {momentum:g}"


def clipping(norm: float) -> str:
    return (
        f" Clipping shortens gradients above {norm:g}, so beyond the edge errors need"
        " not grow without end."
    )


L1: Final = " The L1 penalty has no curvature and is left out."


NO_LIMIT: Final = "0 × critical"


def times(ratio: float, *, about: bool = False) -> str:
    """So many times the critical rate: two digits, and never much wider than that."""
    if ratio >= 1000:
        return "over 1,000 × critical"
    if 0 < ratio < 0.01:
        return "under 0.01 × critical"
    digits = 0 if ratio >= 9.95 else 1 if ratio >= 0.995 else 2
    return f"{'≈ ' if about else ''}{ratio:.{digits}f} × critical"
