"""The Guide's formulas: one for every choice that the controls offer."""

from collections.abc import Mapping

import pytest

from playground import config, reference


@pytest.mark.parametrize(
    ("labels", "formulas"),
    [
        (config.ACTIVATION_LABELS, reference.ACTIVATION_FORMULAS),
        (
            {k: v for k, v in config.LOSS_LABELS.items() if k != "auto"},
            reference.LOSS_FORMULAS,
        ),
        (config.INIT_LABELS, reference.INIT_FORMULAS),
        (config.OPTIMIZER_LABELS, reference.OPTIMIZER_FORMULAS),
        (config.SCHEDULE_LABELS, reference.SCHEDULE_FORMULAS),
    ],
)
def test_every_choice_has_its_formula(
    labels: Mapping[str, str], formulas: tuple[reference.Formula, ...]
) -> None:
    assert sorted(f.name for f in formulas) == sorted(labels.values())
    assert all(f.latex.count("{") == f.latex.count("}") > 0 or "{" not in f.latex for f in formulas)
