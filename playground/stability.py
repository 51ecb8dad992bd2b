"""How high a run's learning rate may be: its curvature, and the critical rate that follows.

Around its weights gradient descent sees a quadratic, on which steps along an eigenvector of the
Hessian with eigenvalue λ shrink while rate λ < 2; with momentum β while it is < 2 (1 + β), with
Nesterov's while it is < 2 (1 + β) / (1 + 2 β). So the largest λ, the sharpness, sets the critical
rate: Cohen et al. 2021, "Gradient descent on neural networks typically occurs at the edge of
stability". Knows no Streamlit and no Plotly.
"""

from __future__ import annotations

import math
from typing import Final

from engine.analysis import Curvature, stability_limit
from playground.config import OPTIMIZER_LABELS, Config
from playground.experiment import Experiment

AT_THE_EDGE: Final = 0.1  # how near 1 a ratio is called "at the edge"


def curvature(experiment: Experiment) -> Curvature:
    """The Hessian of what training makes small, at the present weights.

    That is the loss over all training points with the L2 penalty and SGD's weight decay, without
    dropout. ValueError for an experiment with replicas.
    """
    config = experiment.config
    return Curvature(
        experiment.model,
        experiment.trainer.loss,
        experiment.features.transform(experiment.dataset.X_train),
        experiment.dataset.y_train,
        l2=config.l2,
        weight_decay=config.weight_decay if config.optimizer == "sgd" else 0.0,
    )


def limit(config: Config, given: float) -> float:
    """The critical rate at a sharpness or, since only their product counts, the other way round.

    Infinite for 0 and below; NaN for NaN, and for an optimizer that has no such limit.
    """
    if why_no_limit(config):
        return math.nan
    return stability_limit(given, config.momentum, uses_nesterov(config))


def uses_nesterov(config: Config) -> bool:
    """Whether steps are Nesterov's, which without momentum are the plain ones."""
    return config.nesterov and config.momentum > 0


def why_no_limit(config: Config) -> str:
    """Why the optimizer has no such limit; empty for SGD, with or without momentum."""
    if config.optimizer == "sgd":
        return ""
    return (
        f"{OPTIMIZER_LABELS[config.optimizer]} divides each step by the size of past gradients, so"
        " what limits its rate is the preconditioned Hessian, not this one (Cohen et al. 2022)."
    )
