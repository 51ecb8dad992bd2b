"""What the digits page's networks reach and cost, for docs/results.md.

`python -m benchmarks.digits` prints it in Markdown: accuracy over five seeds, steps beside those of
PyTorch and scikit-learn on the same batches, what records cost, and the memory of 70,000 pictures.
These are synthetic, of MNIST's number and shape: MNIST itself is nowhere fetched.
"""

from __future__ import annotations

import argparse
import importlib
import json
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any, Final

import numpy as np

from benchmarks._footprint import ROOT
from benchmarks._machine import load, machine
from benchmarks._peers import PEERS, Run, ours, packages
from benchmarks._tables import digits, markdown, read_names
from benchmarks._timing import one_thread, ratio, take_turns
from engine import SoftmaxCrossEntropy, Trainer
from playground.digits.pictures import at_hand
from playground.digits.presets import PRESETS
from playground.digits.reader import MEASURED, Reader, network, optimizer
from playground.digits.settings import DigitsSettings

SEEDS: Final = range(5)
WANTED: Final = {"taught": 0.93, "deep": 0.97}
LARGE: Final = 20_000  # pictures of the small set, over and over, to time records of a large one


def settings_of(name: str) -> DigitsSettings:
    return PRESETS[name].settings


def accuracy() -> str:
    """Both networks on a held-out fifth of the scaled digits."""
    lines = []
    for name, wanted in WANTED.items():
        right, took = [], []
        for seed in SEEDS:
            settings = replace(settings_of(name), digits_seed=seed)
            run = Reader(settings, at_hand(settings.digits_source, seed))
            began = time.process_time()
            run.trainer.run_epochs(settings.digits_epochs)
            took.append(time.process_time() - began)
            found = run.reading(whole=True)
            right.append(float(np.mean(found.said == run.pictures.test_labels)))
        mean = statistics.mean(right)
        goal = f"**{mean:.1%}**" if mean >= wanted else f"{mean:.1%}"
        spread = f"{min(right):.1%} to {max(right):.1%}"
        epochs = f"{settings_of(name).digits_epochs}"
        lines.append([PRESETS[name].title, epochs, f"{goal} (goal {wanted:.0%})", spread])
        lines[-1].append(f"{digits(statistics.mean(took))} s")
    header = [
        "1,797 digits at 28 × 28",
        "epochs",
        "right of the held-out fifth",
        "five seeds",
        "CPU",
    ]
    return markdown(header, lines)


# ---- speed ----------------------------------------------------------------------------------


def _torch(settings: DigitsSettings, X: Any, y: Any) -> Run:
    """nn.Sequential on batches out of a shuffled order, whose loss is read, as ours does."""
    torch: Any = importlib.import_module("torch")
    torch.set_num_threads(1)
    widths = (X.shape[1], *settings.digits_layers, 10)
    layers: list[Any] = []
    for fan_in, fan_out in pairwise(widths):
        layers += [torch.nn.Linear(fan_in, fan_out), torch.nn.ReLU()]
    model = torch.nn.Sequential(*layers[:-1])
    kind = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[settings.digits_optimizer]
    stepper = kind(model.parameters(), lr=settings.digits_rate)
    criterion = torch.nn.CrossEntropyLoss()
    inputs, labels, size = torch.from_numpy(X), torch.from_numpy(y), settings.digits_batch
    at, order = len(X), torch.randperm(len(X))

    def run(steps: int) -> None:
        nonlocal at, order
        for _ in range(steps):
            if at >= len(X):
                at, order = 0, torch.randperm(len(X))
            chosen = order[at : at + size]
            at += size
            stepper.zero_grad()
            loss = criterion(model(inputs[chosen]), labels[chosen])
            loss.backward()
            stepper.step()
            loss.item()

    return run


def _sklearn(settings: DigitsSettings, X: Any, y: Any) -> Run:
    """MLPClassifier.fit, epoch by epoch (warm_start, max_iter=1): its own loop over the batches."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    model = MLPClassifier(
        settings.digits_layers,
        solver=settings.digits_optimizer,
        alpha=0,
        batch_size=settings.digits_batch,
        learning_rate_init=settings.digits_rate,
        momentum=0,
        nesterovs_momentum=False,
        max_iter=1,
        warm_start=True,
        random_state=0,
    )
    epoch = -(-len(X) // settings.digits_batch)

    def run(steps: int) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            for _ in range(max(1, round(steps / epoch))):
                model.fit(X, y)

    return run


def speed() -> str:
    """A step of each network beside the peers', like for like: all pick their batches."""
    lines = []
    for name in WANTED:
        settings = settings_of(name)
        pictures = at_hand(settings.digits_source, 0)
        X = np.ascontiguousarray(pictures.train.table[:, :-1])
        y = pictures.train_labels
        epoch = -(-len(y) // settings.digits_batch)
        # Settled: a record an epoch is what the next table is about.
        trainer = trainer_of(settings, history_size=0)
        runs: dict[str, Run] = {"ours": _whole(ours(trainer), epoch)}
        if not PEERS["torch"].missing():
            runs["torch"] = _whole(_torch(settings, X, y), epoch)
        runs["sklearn"] = _whole(_sklearn(settings, X, y), epoch)
        took = take_turns(runs)
        best = {key: 1e6 * statistics.median(times) / epoch for key, times in took.items()}
        cells = [f"{PRESETS[name].title}, {settings.digits_batch}", digits(best["ours"])]
        for key in ("torch", "sklearn"):
            if key in took:
                faster = ratio(took[key], took["ours"])
                cells += [digits(best[key]), f"{digits(faster)} x"]
            else:
                cells += [PEERS[key].missing(), "–"]
        lines.append(cells)
    header = ["network, batch", "ours, µs a step", "PyTorch eager, µs", "ours is faster by"]
    return markdown([*header, "scikit-learn MLPClassifier, µs", "ours is faster by"], lines)


def _whole(run: Run, epoch: int) -> Run:
    """One repetition is an epoch, since scikit-learn counts in them."""
    return lambda times: run(times * epoch)


# ---- records --------------------------------------------------------------------------------


def trainer_of(settings: DigitsSettings, count: int | None = None, **options: Any) -> Trainer:
    """The page's trainer, on so many pictures (the small set again and again)."""
    pictures = at_hand(settings.digits_source, 0)
    rows = np.arange(count or len(pictures.train_labels)) % len(pictures.train_labels)
    tests = np.arange(len(rows) // 6) % len(pictures.test_labels)
    X, y = pictures.train.table[rows, :-1], pictures.train_labels[rows]
    held = pictures.test.table[tests, :-1], pictures.test_labels[tests]
    return Trainer(
        network(settings, X.shape[1]),
        SoftmaxCrossEntropy(),
        optimizer(settings),
        X,
        y,
        settings.digits_batch,
        validation_data=held,
        checkpoints=0,
        **options,
    )


def records() -> str:
    """An epoch with a record at its end, measured on all pictures or on the sample, and without."""
    lines = []
    for name in WANTED:
        for count in (None, LARGE):
            settings = settings_of(name)
            kinds: Mapping[str, dict[str, Any]] = {
                "none": {"history_size": 0},
                "sample": {"history_size": 100_000, "measured_rows": MEASURED},
                "all": {"history_size": 100_000},
            }
            runs: dict[str, Run] = {}
            for kind, options in kinds.items():
                trainer = trainer_of(settings, count, **options)
                runs[kind] = trainer.run_epochs
            took = take_turns(runs, turns=7)
            bare = 1e3 * statistics.median(took["none"])
            shares = [f"{ratio(took[kind], took['none']) - 1:+.0%}" for kind in ("sample", "all")]
            many = count or len(at_hand(settings.digits_source, 0).train_labels)
            lines.append(
                [f"{PRESETS[name].title}, {many:,} pictures", f"{digits(bare)} ms", *shares]
            )
    header = ["a record every epoch", "an epoch without", f"on {MEASURED:,} pictures", "on all"]
    return markdown(header, lines)


# ---- memory ---------------------------------------------------------------------------------


def memory() -> str:
    """A process with 70,000 pictures, and one viewer or two that train on them."""
    lines = []
    for viewers in (1, 2):
        command = [sys.executable, "-m", "benchmarks._digits_memory", str(viewers)]
        done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
        before, pictures, playing, most, _ = json.loads(done.stdout)
        sizes = [f"{digits(size / 1e6)} MB" for size in (before, pictures, playing, most)]
        lines.append([f"{viewers} viewer{'s' * (viewers > 1)}, 784-128-64-10 with Adam", *sizes])
    header = ["70,000 synthetic pictures of 28 × 28", "without them", "with them"]
    return markdown([*header, "at play", "the most ever"], lines)


TABLES: Final[Mapping[str, Callable[[], str]]] = {
    "accuracy": accuracy,
    "speed": speed,
    "records": records,
    "memory": memory,
}


def main() -> int:
    """Print the chosen tables and the machine."""
    arguments = read_names(argparse.ArgumentParser(description=__doc__), TABLES)
    one_thread()
    before = load()
    for name in arguments.names:
        print(f"<!-- digits-{name} -->\n{TABLES[name]()}\n<!-- end -->\n", flush=True)
    loads = f"one thread on one core. Load average {before} before, {load()} after"
    print(f"<!-- machine-digits -->\n{machine(packages(), loads)}.\n<!-- end -->")
    return 0


if __name__ == "__main__":
    sys.exit(main())
