"""Runs the four experiments over ten seeds, and counts the engine's lines, for docs/results.md.

`python -m benchmarks.results` prints them in Markdown. Every learner of the spiral runs in a
process of its own, so that its memory is its own; a package that is missing has a row that says so.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable
from typing import Final

from benchmarks import _experiments as experiments
from benchmarks._footprint import ROOT, peak
from benchmarks._lines import code_lines
from benchmarks._machine import load, machine
from benchmarks._peers import packages
from benchmarks._tables import digits, markdown, read_names
from benchmarks._timing import one_thread

NOT_GIVEN: Final = "not given"
PROMISED: Final = 500  # lines, by the framework that inspired the engine


def spread(values: Iterable[float], unit: str = "", scale: float = 1.0) -> str:
    """Mean ± standard deviation."""
    scaled = [scale * value for value in values]
    mean, deviation = statistics.mean(scaled), statistics.stdev(scaled)
    return f"{digits(mean)} ± {digits(deviation, 2)} {unit}".rstrip()


def spiral() -> str:
    """Three-class spiral, 300 samples, against the usual learners."""
    header = ["three-class spiral, 300 samples", "test accuracy", "fit, CPU", "peak memory", "seed"]
    lines = []
    for key, model in experiments.LEARNERS.items():
        if importlib.util.find_spec(model.package) is None:
            lines.append([model.name, f"{model.package} is not installed here", "", "", NOT_GIVEN])
            continue
        command = [sys.executable, "-m", "benchmarks.results", "--learner", key]
        done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
        found = json.loads(done.stdout)
        accuracy = spread(found["accuracy"], "%", 100)
        seconds = spread(found["seconds"], "ms", 1000)
        memory = f"{digits(found['peak'] / 1e6)} MB"
        lines.append([model.name, accuracy, seconds, memory, NOT_GIVEN])
    return markdown(header, lines)


def learner(key: str) -> None:
    """The work of one process of ``spiral``: its findings as JSON."""
    found = experiments.spiral(key)
    accuracy, seconds = zip(*found, strict=True)
    print(json.dumps({"accuracy": accuracy, "seconds": seconds, "peak": peak()}))


def moons() -> str:
    """Two moons with the three-layer tanh MLP, parameter by parameter against PyTorch."""
    runs = [experiments.moons(seed) for seed in experiments.SEEDS]
    accuracy = spread((run.fitted.accuracy for run in runs), "%", 100)
    seconds = spread((run.fitted.seconds for run in runs), "ms", 1000)
    lines = [
        ["test accuracy after 200 epochs", accuracy, NOT_GIVEN],
        ["training, CPU", seconds, NOT_GIVEN],
    ]
    known = [run.differences for run in runs if run.differences is not None]
    if not known:
        lines.append(["gradient against PyTorch", "torch is not installed here", NOT_GIVEN])
    else:
        for name in known[0]:
            largest = max(differences[name] for differences in known)
            what = f"{name}: largest difference of its gradient to PyTorch's, all seeds"
            lines.append([what, f"{largest:.1e}", NOT_GIVEN])
    return markdown(["two moons, 400 samples, 2-16-16-2 tanh", "ours", "seed"], lines)


def images() -> str:
    """784-10-10 on digits."""
    runs = [experiments.digits(seed) for seed in experiments.SEEDS]
    accuracy = spread((run.accuracy for run in runs), "%", 100)
    seconds = spread((run.seconds for run in runs), "ms", 1000)
    lines = [
        [f"test accuracy after {experiments.DIGIT_EPOCHS} epochs", accuracy, NOT_GIVEN],
        ["training, CPU", seconds, NOT_GIVEN],
    ]
    return markdown(["784-10-10, 1,797 digits scaled to 28x28", "ours", "seed"], lines)


def circles() -> str:
    """Circles with 2-5-2-1: epochs to a ROC AUC of 0.99."""
    header = [
        "circles, 500 samples, 2-5-2-1",
        f"epochs to test ROC AUC {experiments.AUC_GOAL}",
        "fewest to most",
        f"reached within {experiments.MOST_EPOCHS:,}",
        "seed",
    ]
    lines = []
    for how in experiments.CIRCLES:
        runs = [experiments.circles(how, seed) for seed in experiments.SEEDS]
        epochs = [run.epochs for run in runs if run.epochs is not None]
        mean = spread(epochs) if len(epochs) > 1 else "never"
        between = f"{min(epochs):,} to {max(epochs):,}" if epochs else ""
        share = f"{len(epochs)} of {len(runs)} seeds"
        lines.append([how, mean, between, share, "0.81 after 9,000 epochs"])
    return markdown(header, lines)


def lines_of_code() -> str:
    """The engine's modules and how many lines of code each has."""
    home = ROOT / "engine"
    found = {path.relative_to(home): code_lines(path) for path in sorted(home.rglob("*.py"))}
    counts = {name: count for name, count in found.items() if count}
    rows = [[f"`{name}`", f"{count:,}"] for name, count in counts.items()]
    total = sum(counts.values())
    rows.append(["**all**", f"**{total:,}**"])
    rows.append(["promised by the framework that inspired it", f"under {PROMISED}"])
    return markdown(["engine/", "lines without docstrings, comments, blank lines"], rows)


TABLES: Final = {
    "spiral": spiral,
    "moons": moons,
    "digits": images,
    "circles": circles,
    "lines": lines_of_code,
}


def main() -> int:
    """Print the chosen tables and the machine."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--learner", choices=experiments.LEARNERS, help=argparse.SUPPRESS)
    arguments = read_names(parser, TABLES)
    one_thread()
    if arguments.learner is not None:
        learner(arguments.learner)
        return 0
    began, before = time.monotonic(), load()
    for name in arguments.names:
        print(f"<!-- {name} -->\n{TABLES[name]()}\n", flush=True)
    print(f"{machine(packages(), 'one thread on one core')}.")
    print(f"Load average {before} before, {load()} after; {time.monotonic() - began:.0f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
