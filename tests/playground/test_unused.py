"""Every setting of the Config, on every view: left out of the sidebar where it changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.study.range_test import range_test
from playground.gradient_flow.comparison import OWN_TO_EACH, Comparison
from playground.gradient_flow.settings import GradientFlowSettings
from playground.learning_rate.edge import EdgeRun
from playground.learning_rate.landscape_path import Recorder
from playground.learning_rate.map_spec import AXES, MapSpec
from playground.learning_rate.parabola_view import ParabolaView
from playground.learning_rate.race import Race
from playground.learning_rate.settings import MAP_AXES, RACES, VIEWS, RateSettings
from playground.learning_rate.unused import optimizers, unused
from playground.runs.build import optimizer_takes
from playground.runs.experiment import Experiment
from playground.settings.config import DISPLAY_FIELDS, OPTIMIZER_LABELS, Config
from tests.playground.test_experiment import OTHER
from tests.playground.viewer import Viewer

BASE: Final = Config(
    dataset="blobs",
    samples=60,
    noise=20.0,
    layers=(4, 3),
    learning_rate=0.1,
    momentum=0.5,
    schedule="step",
    schedule_epochs=1,
    batch_size=7,
    epochs=3,
)
# Another value of each setting, one that a run of so few epochs feels.
PROBES: Final[Mapping[str, Any]] = {
    **{name: value for name, value in OTHER.items() if name not in DISPLAY_FIELDS | {"speed"}},
    **{"clip": 0.001, "decay": 0.5, "epochs": 4, "layers": (5, 3, 3), "optimizer": "rmsprop"},
    "schedule_epochs": 2,
}
LANES: Final[Mapping[str, tuple[Any, ...]]] = {
    "rates": (0.05, 0.2),
    "momenta": (0.2, 0.9),
    "optimizers": ("sgd", "adam"),
    "batch_sizes": (5, 9),
}
LANES_OF_SIZE = GradientFlowSettings(flow_depth=2, flow_width=4)


def parabola(config: Config, settings: RateSettings) -> NDArray[Any]:
    viewer = Viewer(ParabolaView(), config, settings)
    viewer.ask("step")
    return viewer.frames


def race(config: Config, settings: RateSettings) -> NDArray[Any]:
    try:
        run = Race(config, settings.race, LANES[settings.race])
    except ValueError:  # momenta for an optimizer that takes none
        return np.array([])
    run.run_epochs(99)
    return np.array([run.epoch, *run.losses, *run.test_losses])


def range_(config: Config, settings: RateSettings) -> NDArray[Any]:
    return np.array(range_test(Experiment(config).trainer, 1e-3, 1.0, 10, 2).losses)


def edge(config: Config, settings: RateSettings) -> NDArray[Any]:
    run = EdgeRun(config)
    seen = [(run.loss, run.sharpness) for _ in range(99) if run.run_epochs(1)]
    return np.array(seen)


def landscape(config: Config, settings: RateSettings) -> NDArray[Any]:
    recorder = Recorder(config)
    recorder.run_steps(999)
    return np.asarray(recorder.trajectory.weights[-1], dtype=float)


def map_(config: Config, settings: RateSettings) -> NDArray[Any]:
    rows = tuple(AXES[settings.map_axis].values(config, 2))
    spec = MapSpec(config, settings.map_axis, (0.05, 0.2), rows, 2)
    losses = []
    for row in range(len(rows)):
        trainer = Experiment(spec.cell_config(row, 0)).trainer
        trainer.run_epochs(99)
        losses.append(trainer.train_loss)
    return np.array(losses)


def flow(config: Config) -> NDArray[Any]:
    lab = Comparison(config, LANES_OF_SIZE)
    lab.run_epochs(99)
    return np.array([lab.epoch, *lab.losses])


COMPUTE: Final[Mapping[str, Callable[[Config, RateSettings], NDArray[Any]]]] = {
    "parabola": parabola,
    "race": race,
    "range": range_,
    "edge": edge,
    "landscape": landscape,
    "map": map_,
}
CASES: Final = [
    *(RateSettings(view=view) for view in VIEWS if view not in ("race", "map")),
    *(RateSettings(view="race", race=kind, race_optimizers=("sgd", "adam")) for kind in RACES),
    *(RateSettings(view="map", map_axis=axis) for axis in MAP_AXES),
]


def changed(compute: Callable[[Config], NDArray[Any]], names: set[str]) -> set[str]:
    """Those of the settings that change what is computed."""
    usual = compute(BASE)
    found = set()
    for name in names:
        now = compute(replace(BASE, **{name: PROBES[name]}))
        if now.shape != usual.shape or not np.allclose(now, usual, rtol=1e-5, equal_nan=True):
            found.add(name)
    return found


def taken(names: tuple[str, ...]) -> set[str]:
    """All settings but those of optimizers that are none of these."""
    of_any = {name for own in OPTIMIZER_LABELS for name in optimizer_takes(own)}
    return set(PROBES) - of_any | {name for each in names for name in optimizer_takes(each)}


@pytest.mark.parametrize(
    "settings", CASES, ids=lambda s: f"{s.view}-{s.race if s.view == 'race' else s.map_axis}"
)
def test_what_is_shown_changes_what_a_view_computes_and_the_rest_does_not(
    settings: RateSettings,
) -> None:
    found = changed(lambda config: COMPUTE[settings.view](config, settings), set(PROBES))
    shown = taken(optimizers(settings) or (BASE.optimizer,)) - unused(settings)
    assert found == shown


def test_what_is_shown_changes_what_gradient_flow_computes_and_the_rest_does_not() -> None:
    assert changed(flow, set(PROBES)) == taken((BASE.optimizer,)) - OWN_TO_EACH
