"""What the computations of the learning-rate page cost, without a browser.

P parameters. Times of what runs on one core are processor seconds, so that a neighbour's work is
not in them; those of a phase map, which takes all cores, are told both ways.
"""

from __future__ import annotations

import gc
import resource
import statistics
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

import numpy as np
from joblib.externals.loky import get_reusable_executor
from numpy.typing import NDArray

from benchmarks._neighbours import busy
from benchmarks._session import held
from benchmarks._timing import ratio, take_turns
from engine import Trainer
from engine.study.curvature import Curvature
from engine.training.dataset import DataSet
from playground.learning_rate.edge import TOLERANCE
from playground.learning_rate.map_spec import map_of
from playground.learning_rate.phase_map import PhaseMap
from playground.learning_rate.race import CHECKPOINTS, Race
from playground.learning_rate.race_view import RaceView
from playground.learning_rate.range_view import measured
from playground.learning_rate.settings import RateSettings
from playground.live.protocol import Request, unpack
from playground.runs.experiment import Experiment
from playground.settings.config import Config

Floats = NDArray[np.float64]

REPEATS: Final = 7  # of a range test: their median is taken
PLACES: Final = (0, 300, 1000, 3000)  # epochs at which the curvature is looked at
FOLLOWED: Final = 25  # epochs from there, one by one, over which the sharpness is followed
STEP: Final = 1e-5  # of the central differences


def _cpu(work: Callable[[], object]) -> float:
    """Processor seconds of this process for one piece of work."""
    start = time.process_time()
    work()
    return time.process_time() - start


# ---- the race -----------------------------------------------------------------------------


@dataclass(frozen=True)
class RaceCost:
    """Processor seconds of an epoch: of the race, of its training alone, of single runs in turn.

    `saved` is the median over the turns of singles / race.
    """

    race: float
    trainer: float
    singles: float
    saved: float


def race_cost(config: Config, rates: tuple[float, ...]) -> RaceCost:
    """A race of these rates against single runs one after the other.

    The single runs do what the race does at the end of an epoch: they measure their training loss.
    """
    race, alone = Race(config, "rates", rates), Race(config, "rates", rates)
    singles = [
        Experiment(replace(config, learning_rate=rate), history_size=0, checkpoints=CHECKPOINTS)
        for rate in rates
    ]
    together, _ = alone.trainer_of(0)

    def one_by_one(epochs: int) -> None:
        for single in singles:
            _train(single.trainer, epochs)

    took = take_turns(
        {"race": race.run_epochs, "trainer": together.run_epochs, "singles": one_by_one}
    )
    if not race.alive.all():
        raise RuntimeError("a run of the race has diverged: the others would be too fast")
    seconds = {name: statistics.median(found) for name, found in took.items()}
    return RaceCost(**seconds, saved=ratio(took["singles"], took["race"]))


def _train(trainer: Trainer, epochs: int) -> None:
    for _ in range(epochs):
        trainer.run_epochs(1)
        float(trainer.train_loss)


# ---- the range test -----------------------------------------------------------------------


@dataclass(frozen=True)
class RangeCost:
    """Processor seconds of a range test as the page asks for it, and how many rates it reached."""

    seconds: float
    rates: int


def range_cost(config: Config, settings: RateSettings) -> RangeCost:
    """Data, network and starting weights included; nothing is remembered from the last time."""
    found: list[int] = []

    def test() -> None:
        measured.cache_clear()
        result, _ = measured(
            config,
            settings.range_low,
            settings.range_high,
            settings.range_count,
            settings.range_steps,
        )
        found.append(len(result.rates))

    test()  # imports
    return RangeCost(statistics.median(_cpu(test) for _ in range(REPEATS)), found[-1])


# ---- the sharpness ------------------------------------------------------------------------


@dataclass(frozen=True)
class SharpnessCost:
    """Processor seconds of the largest eigenvalue to 1e-3, at several places of a run.

    Medians, and the slowest. `cold` starts from nothing, `warm` from the epoch before, `dense`
    writes the Hessian out by central differences of the gradient and takes all of its eigenvalues.
    `off` is the largest relative difference of cold and dense, `products` Hessian-vector products.
    """

    cold: float
    coldest: float
    cold_products: float
    warm: float
    warmest: float
    warm_products: float
    dense: float
    off: float
    parameters: int


def sharpness_cost(config: Config) -> SharpnessCost:
    """The sharpness along a run of full batches, of the loss over all training points."""
    experiment = Experiment(config, dtype=np.float64, history_size=0)
    trainer, model = experiment.trainer, experiment.model
    X, y = experiment.features.transform(experiment.dataset.X_train), experiment.dataset.y_train
    cold, cold_products, warm, warm_products = [], [], [], []
    dense, off = [], []
    for place in PLACES:
        trainer.run_epochs(place - trainer.epoch)

        def fresh() -> Curvature:
            curvature = Curvature(model, trainer.loss, X, y)
            curvature.sharpness(TOLERANCE)
            return curvature

        for _ in range(REPEATS):
            cold.append(_cpu(fresh))
        curvature = fresh()
        cold_products.append(curvature.products)
        start = time.process_time()
        largest = float(
            np.linalg.eigvalsh(_dense(model.flat, DataSet(model, trainer.loss, X, y, "all")))[-1]
        )
        dense.append(time.process_time() - start)
        off.append(abs(curvature.sharpness(TOLERANCE) / largest - 1))
        for _ in range(FOLLOWED):
            trainer.run_epochs(1)
            before = curvature.products
            warm.append(_cpu(partial(_again, curvature)))
            warm_products.append(curvature.products - before)
    return SharpnessCost(
        cold=statistics.median(cold),
        coldest=max(cold),
        cold_products=statistics.median(cold_products),
        warm=statistics.median(warm),
        warmest=max(warm),
        warm_products=statistics.median(warm_products),
        dense=statistics.median(dense),
        off=max(off),
        parameters=model.n_parameters,
    )


def _again(curvature: Curvature) -> float:
    """The sharpness at the present weights, from where the last one was."""
    curvature.refresh()
    return curvature.sharpness(TOLERANCE)


def _dense(flat: NDArray[Any], data: DataSet) -> Floats:
    """The Hessian (P, P) by central differences of the gradient, two gradients a parameter."""
    columns = []
    for index in range(len(flat)):
        kept = flat[index]
        gradients = []
        for place in (kept + STEP, kept - STEP):
            flat[index] = place
            gradients.append(data.measure_with_gradient()[2].copy())
        flat[index] = kept
        columns.append((gradients[0] - gradients[1]) / (2 * STEP))
    table: Floats = np.array(columns, np.float64)
    return (table + table.T) / 2


# ---- the phase map ------------------------------------------------------------------------


@dataclass(frozen=True)
class MapCost:
    """Seconds from Start to the last cell, and processor seconds of the workers, imports included.

    `others` is how many cores other processes took meanwhile, on the average; `diverged` how many
    of all `cells` left the finite numbers.
    """

    seconds: float
    workers: float
    others: float
    cells: int
    diverged: int


def map_cost(config: Config, settings: RateSettings) -> MapCost:
    """A map as the page starts it, the start of its workers included."""
    phase_map = PhaseMap(map_of(config, settings))
    before, start = busy(), time.perf_counter()
    phase_map.start()
    while phase_map.running:
        time.sleep(0.01)
    seconds = time.perf_counter() - start
    others = (busy().others - before.others) / seconds
    if phase_map.error is not None:
        raise RuntimeError(phase_map.error)
    diverged = phase_map.diverged_epoch
    # The system tells of a child's time when the child has ended.
    get_reusable_executor(reuse=True).shutdown(wait=True)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    workers = used.ru_utime + used.ru_stime
    return MapCost(seconds, workers, others, diverged.size, int((diverged >= 0).sum()))


# ---- a session ----------------------------------------------------------------------------


@dataclass(frozen=True)
class ViewMemory:
    """Bytes of a race session: allocated since before its start and still there, by tracemalloc;
    the most that there was at once; all that the view leads to; and the largest message.
    """

    traced: int
    peak: int
    held: int
    message: int
    epochs: int


class _Browser:
    """Asks a view for messages and remembers what it got, as the browser half does."""

    def __init__(self, view: RaceView, config: Config, settings: RateSettings) -> None:
        self.view, self.config, self.settings = view, config, settings
        self.number = self.rows = self.largest = 0
        self.version = self.run = self.generation = -1
        self.ask("look")

    def ask(self, command: str) -> None:
        self.number += 1
        request = Request(
            self.number,
            command,
            step=self.view.step if self.number > 1 else 0,
            figures=self.version,
            run=self.run,
            generation=self.generation,
            rows=self.rows,
        )
        message = self.view.handle(request, self.config, self.settings).message
        header, arrays = unpack(message)
        self.version, self.run = header["version"], header["run"]
        self.generation = header["history"]["generation"]
        self.rows = header["history"]["start"] + len(arrays["history"])
        self.largest = max(self.largest, len(message))


def _session(config: Config, settings: RateSettings, epochs: int) -> _Browser:
    """A race that has played so many epochs and plays on."""
    browser = _Browser(RaceView(), config, settings)
    browser.ask("play")
    while browser.view.step < epochs:
        browser.ask("tick")
    return browser


def view_memory(config: Config, settings: RateSettings, epochs: int) -> ViewMemory:
    """Play a race for so many epochs, as fast as it goes, and see what it holds then."""
    _session(config, settings, 1)  # what the first of a process brings with it is not a session's
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        browser = _session(config, settings, epochs)
        gc.collect()
        now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    view = browser.view
    return ViewMemory(now - before, peak - before, held(view), browser.largest, view.step)
