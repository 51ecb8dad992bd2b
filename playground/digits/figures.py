"""The panels of the digits page: which there are, where each stands, and what it draws."""

from __future__ import annotations

from typing import Any, Final

from playground.digits import drawing, words
from playground.digits.reader import Reader
from playground.figures import curves, lines, palette
from playground.live.view import panel
from playground.settings.config import ACTIVATION_LABELS

_CHART: Final = "clamp(190px, calc(50vh - 220px), 300px)"
_SIGNED: Final = {"kind": "two", "colours": list(palette.SIGN_COLOURS)}


def panels(run: Reader, gradients: int) -> list[dict[str, Any]]:
    """All of them; `gradients` is the first column of the layers' gradient sizes in a row."""
    return [*_upper(run), *_charts(run, gradients), *_lower(run)]


def _upper(run: Reader) -> list[dict[str, Any]]:
    side, (_, first, *_rest) = run.pictures.side, run.units
    shown = drawing.shown_units(side, first)
    layers = len(run.units) - 2
    return [
        panel(
            "draw",
            "draw",
            words.DRAW[0],
            hint=words.DRAW[1],
            span=7,
            units=run.units,
            curve=drawing.curve(run.settings.digits_activation),
            form=drawing.form(run.settings.digits_source, side),
        ),
        panel(
            "weights",
            "pictures",
            words.WEIGHTS if layers else words.WEIGHTS_OF_DIGITS,
            hint=words.looked_for(shown, first),
            span=5,
            count=shown,
            shading=_SIGNED,
            captions=[words.unit(k + 1) if layers else str(k) for k in range(shown)],
        ),
    ]


def _charts(run: Reader, gradients: int) -> list[dict[str, Any]]:
    names = run.layer_names
    return [
        panel(
            "loss",
            "lines",
            words.LOSS,
            span=4,
            height=_CHART,
            figure=lines.axes(*words.LOSS_AXES),
            series=lines.training_and_test(1),
            legend=True,
            log="auto",
            decades=60,  # a divergence is seen from its start
        ),
        panel(
            "accuracy",
            "lines",
            words.ACCURACY,
            span=4,
            height=_CHART,
            figure=lines.axes(*words.ACCURACY_AXES),
            series=lines.training_and_test(3),
            legend=True,
            log=False,
            range=[0, 102],
        ),
        panel(
            "gradient",
            "layers",
            words.GRADIENT[0],
            hint=words.GRADIENT[1],
            span=4,
            height=_CHART,
            figure=curves.gradients(names),
            magnitude=palette.MAGNITUDE_STOPS,
            group="sizes",
            offset=gradients,
            layers=len(names),
            loss=1,
        ),
    ]


def _lower(run: Reader) -> list[dict[str, Any]]:
    activation = ACTIVATION_LABELS[run.settings.digits_activation]
    return [
        panel(
            "through",
            "signals",
            words.THROUGH[0],
            hint=words.THROUGH[1],
            span=12,
            shading=_SIGNED,
            units=run.units[1:],
            names=[words.activated(name, activation) for name in run.layer_names[:-1]],
            pictures=len(run.pictures.test_labels),
        ),
        panel(
            "confusion",
            "confusion",
            words.CONFUSION[0],
            hint=words.CONFUSION[1],
            span=5,
            height="auto",
        ),
        panel(
            "mistakes",
            "pictures",
            words.MISTAKES[0],
            hint=words.MISTAKES[1],
            span=7,
            count=0,
            captions=[],
            empty=words.NO_MISTAKES,
        ),
        panel("facts", "facts", words.RUN, span=12, height="auto"),
    ]
