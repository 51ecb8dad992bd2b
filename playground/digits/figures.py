"""The panels of the digits page: which there are, where each stands, and what it draws."""

from __future__ import annotations

from typing import Any, Final

from playground.digits import drawing
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
    of_all = "" if shown == first else f" · {shown} of {first}"
    layers = len(run.units) - 2
    return [
        panel(
            "draw",
            "draw",
            "Draw a digit",
            hint="mouse, finger or pen",
            span=7,
            units=run.units,
            curve=drawing.curve(run.settings.digits_activation),
            form=drawing.form(run.settings.digits_source, side),
        ),
        panel(
            "weights",
            "pictures",
            "First-layer weights" if layers else "Weights of each digit",
            hint=f"what each unit looks for · blue: ink adds, orange: ink takes away{of_all}",
            span=5,
            count=shown,
            shading=_SIGNED,
            captions=[f"unit {k + 1}" if layers else str(k) for k in range(shown)],
        ),
    ]


def _charts(run: Reader, gradients: int) -> list[dict[str, Any]]:
    names = run.layer_names

    def both(column: int) -> list[dict[str, Any]]:
        return [
            {"name": "training", "column": column, "colour": "accent", "width": 2.2},
            {"name": "test", "column": column + 1, "colour": "text", "width": 2.2, "dash": "dot"},
        ]

    return [
        panel(
            "loss",
            "lines",
            "Loss",
            span=4,
            height=_CHART,
            figure=lines.axes("epoch", "cross-entropy"),
            series=both(1),
            legend=True,
            log="auto",
            decades=60,  # a divergence is seen from its start
        ),
        panel(
            "accuracy",
            "lines",
            "Accuracy",
            span=4,
            height=_CHART,
            figure=lines.axes("epoch", "read right, %"),
            series=both(3),
            legend=True,
            log=False,
            range=[0, 102],
        ),
        panel(
            "gradient",
            "layers",
            "Gradient size by layer",
            hint="RMS of ∂L/∂W, log scale",
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
            "A test picture through the layers",
            hint="each square is a unit's answer, on the scale of its layer · blue: positive, "
            "orange: negative",
            span=12,
            shading=_SIGNED,
            units=run.units[1:],
            names=[f"{name}: {activation}" for name in run.layer_names[:-1]],
            pictures=len(run.pictures.test_labels),
        ),
        panel(
            "confusion",
            "confusion",
            "Confusion matrix",
            hint="test pictures · rows: what they are, columns: what is read",
            span=5,
            height="auto",
        ),
        panel(
            "mistakes",
            "pictures",
            "Most confident mistakes",
            hint="what it is, what is read, and how surely · press one to send it through the "
            "layers",
            span=7,
            count=0,
            captions=[],
            empty="None: every test picture is read right.",
        ),
        panel("facts", "facts", "The run", span=12, height="auto"),
    ]
