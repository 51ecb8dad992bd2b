"""Measures the engine beside PyTorch, JAX and scikit-learn: speed, replicas, scale, memory.

`python -m benchmarks.engine` prints all tables, `... speed replicas` some of them; `--charts docs`
also writes the charts. One process, one thread, one core; times are processor seconds, contestants
take turns, and a ratio is the median of the ratios of each turn. An engine that cannot be imported
has a row that says so.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks._calls import calls_of_a_step
from benchmarks._chart import line_chart
from benchmarks._footprint import engine_size, importing, installed_size, peak_of_training
from benchmarks._machine import load, machine
from benchmarks._peers import PEERS, Network, Run, our_trainer, ours, packages
from benchmarks._tables import digits, markdown, read_names
from benchmarks._timing import one_thread, ratio, take_turns
from engine import Trainer


class Contest(NamedTuple):
    """A network, and how many times faster than each peer ours shall be."""

    network: Network
    goals: Mapping[str, float]


CONTESTS: Final = (
    Contest(Network((2, 4, 2, 2), 10), {"torch": 8, "jax": 4}),
    Contest(Network((2, 8, 8, 8, 2), 32), {"torch": 7, "jax": 3.5}),
    Contest(Network((2, 64, 64, 3), 300), {"torch": 2.5, "jax": 1.6}),
    Contest(Network((784, 10, 10), 128), {"torch": 2.5, "jax": 1.6}),
    Contest(Network((784, 128, 64, 10), 128), {"torch": 1.5, "jax": 1.2}),
)
REPLICAS: Final = 16
REPLICA_GOALS: Final = {32: 3.0, 250: 8.0}  # by batch, on 2-8-8-8-2
# A record, a pass over all data at an epoch's end, is due ever less often as a history grows. A
# short history gets there soon: every 32nd epoch, which the usual one of 512 records reaches after
# 16,384 epochs.
SHORT_HISTORY: Final = {"history_size": 32}
SETTLED: Final = 640  # epochs
QUICK: Final = 5  # turns in the sweeps


def settled(network: Network, replicas: int | None = None) -> Trainer:
    """A trainer that takes its records rarely, as in any long run."""
    trainer = our_trainer(network, replicas, **SHORT_HISTORY)
    trainer.run_epochs(SETTLED)
    return trainer


def contestants(network: Network, *, picks: bool) -> dict[str, Run]:
    """The peers that can be imported here, by key."""
    return {
        key: peer.make(network, picks=picks) for key, peer in PEERS.items() if not peer.missing()
    }


def micro(seconds: list[float]) -> str:
    return digits(statistics.median(seconds) * 1e6)


def verdict(found: float, goal: float | None) -> str:
    if goal is None:
        return f"{digits(found)} x"
    if found >= goal:
        return f"**{digits(found)} x** (goal {goal:g})"
    return f"{digits(found)} x (goal {goal:g}, {1 - found / goal:.0%} short)"


# ---- the tables ---------------------------------------------------------------------------------


def speed() -> str:
    """Our step against each peer's: handed a ready batch, and (like for like) choosing it too."""
    header = ["network, batch", "ours, steps/s", "µs"]
    for peer in PEERS.values():
        header += [f"{peer.name}, µs", "ours is faster by", "like for like"]
    lines = []
    for network, goals in CONTESTS:
        runs = {"ours": ours(settled(network)), **contestants(network, picks=False)}
        runs |= {f"{key} picks": run for key, run in contestants(network, picks=True).items()}
        took = take_turns(runs)
        mine = took["ours"]
        line = [
            f"{network.name}, {network.batch}",
            digits(1 / statistics.median(mine)),
            micro(mine),
        ]
        for key, peer in PEERS.items():
            if key in took:
                line.append(micro(took[key]))
                for contestant in (key, f"{key} picks"):
                    line.append(verdict(ratio(took[contestant], mine), goals.get(key)))
            else:
                line += [peer.missing(), "", ""]
        lines.append(line)
    return markdown(header, lines)


def records() -> str:
    """What the record keeping costs: steps of the first epochs, of a long run, and without any."""
    header = ["network, batch", "epochs 1 to 300, µs", "settled, µs", "no records, µs"]
    lines = []
    for network, _ in CONTESTS:
        runs = {
            "first": _restarted(our_trainer(network)),
            "settled": ours(settled(network)),
            "none": ours(our_trainer(network, history_size=0, checkpoints=0)),
        }
        took = take_turns(runs, QUICK)
        name = f"{network.name}, {network.batch}"
        lines.append([name, *(micro(took[key]) for key in runs)])
    return markdown(header, lines)


def _restarted(trainer: Trainer) -> Run:
    """Steps that never leave the first 300 epochs, each of which ends with a record."""

    def run(n: int) -> None:
        for _ in range(n):
            trainer.step()
            if trainer.epoch >= 300:
                trainer.reset()

    return run


def floor() -> str:
    """What the number of NumPy calls alone costs."""
    header = ["network, batch", "NumPy calls", "of them products", "floor, µs", "step, µs"]
    lines = []
    for network, _ in CONTESTS:
        calls = calls_of_a_step(network)
        took = take_turns({"ours": ours(settled(network))}, QUICK)["ours"]
        name = f"{network.name}, {network.batch}"
        counts = [str(calls.all), str(calls.products)]
        lines.append([name, *counts, digits(calls.floor() * 1e6), micro(took)])
    return markdown(header, lines)


def replicas() -> str:
    """Sixteen learning rates at once against one."""
    header = ["2-8-8-8-2, batch", "one, µs", f"{REPLICAS} at once, µs", "cost", "goal"]
    lines = []
    for batch, goal in REPLICA_GOALS.items():
        network = Network((2, 8, 8, 8, 2), batch)
        took = take_turns(
            {"one": ours(settled(network)), "all": ours(settled(network, REPLICAS))}, 25
        )
        cost = ratio(took["all"], took["one"])
        said = f"below {goal:g}: " + (
            "reached" if cost < goal else f"missed by {cost / goal - 1:.0%}"
        )
        lines.append(
            [str(batch), micro(took["one"]), micro(took["all"]), f"{digits(cost)} x", said]
        )
    return markdown(header, lines)


SWEEPS: Final[Mapping[str, tuple[str, Mapping[int, Network]]]] = {
    "batch": (
        "A step of 2-8-8-8-2 by the size of the batch",
        {b: Network((2, 8, 8, 8, 2), b) for b in (1, 4, 16, 64, 256, 1024)},
    ),
    "width": (
        "A step of 2-w-w-2, batch 32, by the width w",
        {w: Network((2, w, w, 2), 32) for w in (2, 8, 32, 128, 512)},
    ),
    "depth": (
        "A step with hidden layers of 8, batch 32, by their number",
        {d: Network((2, *(8,) * d, 2), 32) for d in (1, 2, 4, 8, 16, 32)},
    ),
}


def scale(folder: Path | None = None) -> str:
    """A step's time by batch, width and depth; the charts go into ``folder``."""
    names = {"ours": "ours"} | {key: peer.name for key, peer in PEERS.items()}
    tables = []
    for kind, (title, networks) in SWEEPS.items():
        lines: dict[str, list[tuple[float, float]]] = {}
        for size, network in networks.items():
            runs = {"ours": ours(settled(network)), **contestants(network, picks=False)}
            for key, took in take_turns(runs, QUICK).items():
                point = float(size), statistics.median(took) * 1e6
                lines.setdefault(names[key].removesuffix(" partial_fit"), []).append(point)
        if folder is not None:
            svg = line_chart(title, kind, "µs a step", lines)
            (folder / f"cost-{kind}.svg").write_text(svg, "utf-8")
        cells = [[name, *(digits(y) for _, y in points)] for name, points in lines.items()]
        tables.append(markdown([f"µs a step, {kind}", *map(str, networks)], cells))
    return "\n\n".join(tables)


# The module that is imported, and the distribution that it comes in (ours is not installed).
MODULES: Final = {
    "engine": "",
    "numpy": "numpy",
    "sklearn.neural_network": "scikit-learn",
    "torch": "torch",
    "jax": "jax",
    "tensorflow": "tensorflow-cpu",
}


def memory() -> str:
    """Disk, import and memory of each engine in fresh processes."""
    lines = []
    for module, name in MODULES.items():
        cost = importing(module)
        if cost is None:
            lines.append([f"`import {module}`", "not installed here", "", ""])
            continue
        size = installed_size(name) if name else engine_size() + (installed_size("numpy") or 0)
        disk = "unknown" if size is None else f"{digits(size / 1e6)} MB"
        resident = f"{digits(cost.resident / 1e6)} MB"
        lines.append([f"`import {module}`", disk, f"{digits(cost.seconds)} s", resident])
    header = ["", "on disk, with what it requires", "import, CPU", "memory that it adds"]
    return f"{markdown(header, lines)}\n\n{peaks()}"


def peaks() -> str:
    """The most memory that a process needs to train, the process and its imports included."""
    header = ["peak memory of a process that trains", "784-128-64-10, 128", "2-8-8-8-2, 32"]
    networks = [((784, 128, 64, 10), 128), ((2, 8, 8, 8, 2), 32)]
    names = {"data": "NumPy and the data alone", "ours": "ours"}
    names |= {key: peer.name for key, peer in PEERS.items() if not peer.missing()}
    lines = []
    for key, name in names.items():
        found = [peak_of_training(key, *network) for network in networks]
        lines.append([name, *(f"{digits(peak / 1e6)} MB" for peak in found)])
    traced = [_traced(Network(*network)) for network in networks]
    lines.append(["ours, arrays alone (tracemalloc)", *(f"{digits(t / 1e6)} MB" for t in traced)])
    return markdown(header, lines)


def _traced(network: Network) -> int:
    """Bytes that a trainer and its run hold at the most, its copy of the data included."""
    tracemalloc.start()
    our_trainer(network).run_steps(200)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


TABLES: Final[Mapping[str, Callable[[], str]]] = {
    "speed": speed,
    "records": records,
    "floor": floor,
    "replicas": replicas,
    "scale": scale,
    "memory": memory,
}


def main() -> int:
    """Print the chosen tables and the machine."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--charts", type=Path, help="the folder for the charts of `scale`")
    arguments = read_names(parser, TABLES)
    one_thread()
    began, before = time.monotonic(), load()
    for name in arguments.names:
        started = time.monotonic()
        text = scale(arguments.charts) if name == "scale" else TABLES[name]()
        print(f"<!-- {name} -->\n{text}\n", flush=True)
        print(f"{name}: {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    print(f"{machine(packages(), 'one thread on one core')}.")
    print(f"Load average {before} before, {load()} after; {time.monotonic() - began:.0f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
