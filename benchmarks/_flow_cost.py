"""What a frame of the gradient-flow page costs the server, part by part, and what a session holds.

K networks, P parameters. Times are processor seconds, so that a neighbour's work is not in them.
"""

from __future__ import annotations

import gc
import statistics
import tracemalloc
from dataclasses import dataclass
from typing import Final

from benchmarks._session import held
from benchmarks._timing import take_turns
from playground.gradient_flow.comparison import Comparison
from playground.gradient_flow.figures import shared_bins
from playground.gradient_flow.settings import GradientFlowSettings
from playground.gradient_flow.statistics import HISTOGRAMS, layer_statistics
from playground.gradient_flow.view import FlowView
from playground.live.protocol import Request, pack, unpack
from playground.settings.config import Config

TRAINED: Final = 20  # epochs before anything is timed: weights and signals are no longer the first


class Viewer:
    """Asks a view for messages and remembers what it got, as the browser half does."""

    def __init__(self, config: Config, settings: GradientFlowSettings) -> None:
        self.view, self.config, self.settings = FlowView(), config, settings
        self.number = self.rows = self.largest = 0
        self.version = self.run = self.generation = -1
        self.ask("look")

    def ask(self, command: str) -> bytes:
        """The answer to one request."""
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
        return message

    def play_to(self, epoch: int) -> None:
        """Play until `epoch` is reached, and play on."""
        if not self.view.playing:
            self.ask("play")
        while self.view.step < epoch:
            self.ask("tick")
            if not self.view.playing:
                raise RuntimeError(f"the networks are {self.view.status} at {self.view.step}")


# ---- a frame ------------------------------------------------------------------------------


@dataclass(frozen=True)
class FlowCost:
    """Processor seconds, of all networks together: medians.

    `training` is an epoch; `probe` one pass over the probe's batch, `statistics` what is read from
    it, `histograms` those of the quantity on show, `joining` laying them on one axis, `every` all
    four quantities' histograms, for comparison, `losses` the training losses. `frame` is the
    view's own frame, all of these but training and `every`, one after the other and not each for
    itself many times over, which keeps its arrays in the processor's cache. `packing` is a frame's
    share of a message's packing, `size` its share in bytes.
    """

    training: float
    probe: float
    statistics: float
    histograms: float
    joining: float
    every: float
    losses: float
    frame: float
    packing: float
    size: float


def flow_cost(config: Config, settings: GradientFlowSettings) -> FlowCost:
    """The parts of a frame after a few epochs, in turns."""
    comparison = Comparison(config, settings)
    comparison.run_epochs(TRAINED)
    parts = [(track, track.model.flat.copy(), track.look()) for track in comparison.tracks]
    shown = settings.flow_distribution
    drawn = [track.histograms(shown) for track in comparison.tracks]

    def training(times: int) -> None:
        for track in comparison.tracks:
            track.trainer.run_epochs(times)

    def probing(times: int) -> None:
        for _ in range(times):
            for track, flat, _ in parts:
                track.probe.read(flat)

    def reading(times: int) -> None:
        for _ in range(times):
            for track, flat, signals in parts:
                own = (flat, track.weights, track.update, track.network.activation)
                layer_statistics(signals, *own)

    def counting(times: int) -> None:
        for _ in range(times):
            for track, flat, signals in parts:
                HISTOGRAMS[shown](signals, flat, track.weights)

    def counting_all(times: int) -> None:
        for _ in range(times):
            for track, flat, signals in parts:
                for histograms in HISTOGRAMS.values():
                    histograms(signals, flat, track.weights)

    def joining(times: int) -> None:
        for _ in range(times):
            for found in drawn:
                shared_bins(found.low, found.high, found.counts)

    snapshot = comparison.snapshot()

    def judging(times: int) -> None:
        for _ in range(times):
            comparison.restore(snapshot)  # so that nothing is known from the time before
            _ = comparison.losses

    viewer = Viewer(config, settings)
    viewer.play_to(TRAINED)
    mark = viewer.view.mark()

    def framing(times: int) -> None:
        for _ in range(times):
            viewer.view.back_to(mark)
            viewer.view.frame()

    message = viewer.ask("tick")
    header, arrays = unpack(message)
    frames = len(arrays["steps"])

    def packing(times: int) -> None:
        for _ in range(times):
            pack(header, arrays)

    took = take_turns(
        {
            "training": training,
            "probe": probing,
            "statistics": reading,
            "histograms": counting,
            "joining": joining,
            "every": counting_all,
            "losses": judging,
            "frame": framing,
            "packing": packing,
        }
    )
    if "diverged" in comparison.statuses:
        raise RuntimeError("a network has diverged: its training would be too fast")
    found = {name: statistics.median(seconds) for name, seconds in took.items()}
    found["packing"] /= frames
    return FlowCost(**found, size=len(message) / frames)


# ---- a session ----------------------------------------------------------------------------


@dataclass(frozen=True)
class FlowMemory:
    """Bytes of a session: allocated since before its start and still there, by tracemalloc; the
    most that there was at once; all that the view leads to; and the largest message.
    """

    traced: int
    peak: int
    held: int
    message: int
    epochs: int


def flow_memory(config: Config, settings: GradientFlowSettings, epochs: int) -> FlowMemory:
    """Play for so many epochs, as fast as it goes, and see what the session holds then."""
    Viewer(config, settings).play_to(1)  # what the first of a process brings is not a session's
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        viewer = Viewer(config, settings)
        viewer.play_to(epochs)
        gc.collect()
        now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    view = viewer.view
    return FlowMemory(now - before, peak - before, held(view), viewer.largest, view.step)
