"""Measures how fast the gradient-flow and backprop pages are, on the screen and on the server.

`python -m benchmarks.lessons` prints one table in Markdown, a row a figure beside its goal; names
of parts print theirs alone. Each part runs in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, replace
from typing import Final

from benchmarks._flow_cost import flow_cost, flow_memory
from benchmarks._footprint import ROOT
from benchmarks._lessons_page import flow_played, walked
from benchmarks._machine import load, machine
from benchmarks._race_page import WINDOW
from benchmarks._tables import markdown, read_names
from benchmarks._timing import one_thread
from benchmarks.learning_rate import Row, version
from playground.backprop.settings import BackpropSettings
from playground.gradient_flow.settings import MAX_DEPTH, NETWORKS, GradientFlowSettings
from playground.settings.config import Config
from tests.browser.chromium import MISSING, find_chromium

PACKAGES: Final = ("numpy", "streamlit", "plotly")
ENDLESS: Final = 1_000_000  # epochs
SESSION: Final = 2000  # epochs
WIDTH: Final = 32
# The spiral, 250 points to train on in batches of 10: 25 steps an epoch, as the page opens.
RUN: Final = Config(epochs=ENDLESS)
FLOW: Final = GradientFlowSettings(
    flow_depth=MAX_DEPTH,
    flow_width=WIDTH,
    flow_activations=("sigmoid", "tanh", "relu", "leaky_relu"),
    flow_inits=("normal", "glorot", "he", "he"),
    flow_scales=(1.0,) * NETWORKS[1],
    flow_rates=(0.03,) * NETWORKS[1],
    flow_clips=(0.0,) * NETWORKS[1],
)
SPEEDS: Final[Mapping[str, str]] = {"max": "as fast as it goes", "25": "at 25 epochs/s"}
WALKED: Final[Mapping[str, tuple[str, BackpropSettings]]] = {
    "small": ("2-3-2, 3 samples", BackpropSettings()),
    "large": ("2-4-4-4-2, 8 samples", BackpropSettings(walk_layers=(4, 4, 4), walk_batch=8)),
    "digits": ("784-10-10 by its shapes", BackpropSettings(walk_network="digits")),
}


# ---- the parts ----------------------------------------------------------------------------


def flow_max() -> Iterator[Row]:
    """The networks as a person sees them, as fast as they go."""
    yield from _flow("max")


def flow_25() -> Iterator[Row]:
    """The same at 25 epochs a second."""
    yield from _flow("25")


def _flow(speed: str) -> Iterator[Row]:
    found = flow_played(replace(RUN, speed=speed), FLOW)
    networks = (
        f"{len(FLOW.networks)} networks of {FLOW.flow_depth} layers of {FLOW.flow_width} units"
    )
    yield Row(f"{networks}, {SPEEDS[speed]}: pictures drawn a second", found.frames, "", 20)
    yield Row("the screen's own refreshes a second then", found.screens)
    yield Row("longest wait for a picture", 1000 * found.longest, "ms")
    yield Row("epochs of all networks a second, while drawing", found.epochs)
    watched = found.windows * WINDOW
    name = f"Plotly charts rebuilt in {watched:.0f} s of play, of {found.charts} on show"
    yield Row(name, found.rebuilt)
    yield Row("processor time of the server then", found.server, "core")
    yield Row("of the browser", found.browser, "core")
    yield Row("of other processes of the machine, not ours", found.others, "core")
    yield Row("data sent then", found.bytes / 1000, "KB/s")
    yield Row("a picture's share of it", found.bytes / found.frames / 1000, "KB")


def frame() -> Iterator[Row]:
    """What a frame costs the server, without a browser."""
    one_thread()
    found = flow_cost(RUN, FLOW)
    yield Row("training of an epoch, all networks", 1000 * found.training, "ms")
    yield Row("a frame of an epoch not seen yet", 1000 * found.frame, "ms")
    yield Row("of it the pass, forward and back, over 128 points", 1000 * found.probe, "ms")
    yield Row("statistics of every layer from that pass", 1000 * found.statistics, "ms")
    yield Row("histograms of the quantity on show", 1000 * found.histograms, "ms")
    yield Row("laying them on one axis", 1000 * found.joining, "ms")
    yield Row("the training losses", 1000 * found.losses, "ms")
    yield Row("(histograms of all four quantities)", 1000 * found.every, "ms")
    yield Row("packing, a frame's share of a message", 1000 * found.packing, "ms")
    together = found.training + found.frame + found.packing
    yield Row("epochs with a frame each that this allows a core, a second", 1 / together)
    yield Row("a frame's share of a message", found.size / 1000, "KB")


def walk_small() -> Iterator[Row]:
    """The backprop page as it opens."""
    yield from _walk("small")


def walk_large() -> Iterator[Row]:
    """Its largest network and batch."""
    yield from _walk("large")


def walk_digits() -> Iterator[Row]:
    """The network for images, by its shapes."""
    yield from _walk("digits")


def _walk(name: str) -> Iterator[Row]:
    words, settings = WALKED[name]
    found = walked(settings)
    steps = len(found.seconds)
    title = f"backprop, {words}: from Next to the new formula and graph, median of {steps} steps"
    yield Row(title, 1000 * statistics.median(found.seconds), "ms", most=300)
    yield Row("the slowest of those steps", 1000 * max(found.seconds), "ms", most=300)
    yield Row("processor time of the server for a step", 1000 * found.server, "ms")
    yield Row("of other processes of the machine, not ours", found.others, "core")


def memory() -> Iterator[Row]:
    """What a viewer of the four networks costs the server."""
    found = flow_memory(replace(RUN, speed="max"), FLOW, SESSION)
    yield Row(f"flow session after {SESSION:,} epochs, tracemalloc", found.traced / 1e6, "MB")
    yield Row("the most at one moment", found.peak / 1e6, "MB")
    yield Row("all that the session leads to", found.held / 1e6, "MB")
    yield Row("the largest message", found.message / 1000, "KB")


PARTS: Final[Mapping[str, Callable[[], Iterator[Row]]]] = {
    "flow_max": flow_max,
    "flow_25": flow_25,
    "frame": frame,
    "walk_small": walk_small,
    "walk_large": walk_large,
    "walk_digits": walk_digits,
    "memory": memory,
}
_WITHOUT: Final = frozenset({"frame", "memory"})  # parts that need no browser


def measured(name: str) -> list[Row]:
    """The rows of one part, from a process of its own."""
    command = [sys.executable, "-m", "benchmarks.lessons", "--alone", name]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return [Row(**row) for row in json.loads(done.stdout.splitlines()[-1])]


def main() -> int:
    """Print the chosen rows and the machine; 1 where there is no browser for those that need it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--alone", choices=PARTS, help=argparse.SUPPRESS)
    arguments = read_names(parser, PARTS)
    if arguments.alone:
        print(json.dumps([asdict(row) for row in PARTS[arguments.alone]()]))
        return 0
    chosen = arguments.names
    software = []
    if not _WITHOUT.issuperset(chosen):
        executable = find_chromium()
        if executable is None:
            print(f"error: {MISSING}", file=sys.stderr)
            return 1
        software.append(f"{version(executable)}, headless, software rendering")
    began, before = time.monotonic(), load()
    rows = []
    for name in chosen:
        started = time.monotonic()
        rows += measured(name)
        print(f"{name}: {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    print(markdown(["measured", "goal", "reached"], [row.cells for row in rows]))
    print(f"\n{machine(PACKAGES, *software)}.")
    print(f"Load average {before} before, {load()} after; {time.monotonic() - began:.0f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
