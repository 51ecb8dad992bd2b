"""The Guide's formulas: one for every choice that the controls offer."""

from collections.abc import Mapping

import pytest

from playground import reference
from playground.settings import config


@pytest.mark.parametrize(
    ("title", "labels"),
    [
        ("Activations", config.ACTIVATION_LABELS),
        ("Losses", {k: v for k, v in config.LOSS_LABELS.items() if k != "auto"}),
        ("Initial weights", config.INIT_LABELS),
        ("Optimizers", config.OPTIMIZER_LABELS),
        ("Learning-rate schedules", config.SCHEDULE_LABELS),
    ],
)
def test_every_choice_has_its_formula(title: str, labels: Mapping[str, str]) -> None:
    formulas = reference.tables()[title]
    assert [formula.label for formula in formulas] == list(labels.values())
    assert all(f.latex and f.latex.count("{") == f.latex.count("}") for f in formulas)
