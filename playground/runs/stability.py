"""How high a run's learning rate may be: its curvature, and the critical rate that follows.

Around its weights gradient descent sees a quadratic, on which steps along an eigenvector of the
Hessian with eigenvalue λ shrink while rate λ < 2; with momentum β while it is < 2 (1 + β), with
Nesterov's while it is < 2 (1 + β) / (1 + 2 β). So the largest λ, the sharpness, sets the critical
rate: Cohen et al. 2021, "Gradient descent on neural networks typically occurs at the edge of
stability". That holds for steps that take all points; for mini-batches, above all with momentum,
the rate may be many times lower, and is found by `engine.study.minibatches`. Knows no Streamlit and
no Plotly.
"""

from __future__ import annotations

import math
from typing import Final

from engine.study.curvature import Curvature, stability_limit
from engine.study.minibatches import MiniBatches, work
from playground.runs import words
from playground.runs.experiment import Experiment
from playground.settings.config import OPTIMIZER_LABELS, Config

AT_THE_EDGE: Final = 0.1  # how near 1 a ratio is called "at the edge"
MOST_WORK: Final = 3e9  # multiplications and additions: a quarter of a second
MOST_NUMBERS: Final = 4e6  # in the table of all points' gradients: 32 MB


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


def in_mini_batches(experiment: Experiment) -> bool:
    """Whether a step takes fewer points than there are."""
    return experiment.batch_size < len(experiment.dataset.X_train)


def minibatches(experiment: Experiment) -> MiniBatches | None:
    """What SGD in batches of this size does at the present weights; None if that is too much work.

    Penalties, and what is left out, are as for `curvature`. ValueError for one with replicas.
    """
    config, model = experiment.config, experiment.model
    outputs, points = model.n_outputs, len(experiment.dataset.X_train)
    tries = work(model.n_parameters, outputs, experiment.batch_size, config.momentum)
    if tries > MOST_WORK or points * outputs * model.n_parameters > MOST_NUMBERS:
        return None
    return MiniBatches(curvature(experiment), experiment.batch_size)


def limit(config: Config, given: float) -> float:
    """The critical rate of full batches at a sharpness, or the sharpness at such a rate.

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
    return words.no_limit(OPTIMIZER_LABELS[config.optimizer])
