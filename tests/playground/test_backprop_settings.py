"""The backprop page's settings: what a change drags along, and what follows from them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from playground.backprop.bugs import BUGS
from playground.backprop.settings import BUG_LABELS, LOSSES, NO_BUG, BackpropSettings

ODD = BackpropSettings(
    walk_inputs=1, walk_layers=(4, 1, 3), walk_outputs=1, walk_loss="binary_cross_entropy"
)
SAMPLES = [
    BackpropSettings(),
    ODD,
    BackpropSettings(walk_layers=()),
    BackpropSettings(walk_network="digits"),
]


def test_every_bug_can_be_chosen() -> None:
    assert list(BUG_LABELS) == [NO_BUG, *BUGS]


@pytest.mark.parametrize("start", SAMPLES)
@pytest.mark.parametrize(
    "changes",
    [
        *({"walk_loss": loss} for loss in LOSSES),
        *({"walk_outputs": outputs} for outputs in (1, 4)),
        *({"walk_network": network} for network in ("digits", "small")),
    ],
)
def test_a_change_drags_along_what_it_needs(
    start: BackpropSettings, changes: dict[str, Any]
) -> None:
    after = replace(start, **start.fitting(changes))
    for name, value in changes.items():
        assert getattr(after, name) == value


def test_sizes_and_h() -> None:
    assert ODD.sizes == (1, 4, 1, 3, 1)
    assert BackpropSettings(walk_network="digits").sizes == (784, 10, 10)
    assert BackpropSettings(walk_h=3.0).h == pytest.approx(1e-3)
