"""A row of the phase map is the runs it says it is; its worker stops when told, or orphaned."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from playground.learning_rate.map_spec import AXES
from playground.learning_rate.map_workers import NO_DIVERGENCE, train_row
from playground.runs.experiment import Experiment
from tests.playground.test_phase_map import long_spec, spec_of, until

ROOT = Path(__file__).resolve().parents[2]
# A process that computes a map for minutes and says which workers it has.
SERVER = """
import multiprocessing, threading, time
from playground.learning_rate.phase_map import PhaseMap
from tests.playground.test_phase_map import long_spec

map_ = PhaseMap(long_spec())
map_.start("local")
while not multiprocessing.active_children():
    time.sleep(0.05)
print(*[worker.pid for worker in multiprocessing.active_children()], flush=True)
threading.Event().wait()
"""


def alive(pid: int) -> bool:
    """Whether the process is there; one that has ended and waits to be noticed is not."""
    try:
        os.kill(pid, 0)
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except ProcessLookupError:
        return False
    except FileNotFoundError:
        return not Path("/proc").exists()


class Down:
    """A flag that never goes up."""

    def hoist(self) -> None:
        raise AssertionError("nobody asked for an end")

    def is_up(self) -> bool:
        return False


# ---- a row


@pytest.mark.parametrize("axis", AXES)
def test_each_cell_of_a_row_is_the_single_run_of_its_config(axis: str) -> None:
    spec = spec_of(axis)
    diverged = 0
    for row in range(len(spec.values)):
        found = train_row(row, spec.row_config(row), spec.rates, Down())
        assert found is not None
        assert found.number == row
        for col in range(len(spec.rates)):
            config = spec.cell_config(row, col)
            trainer = Experiment(config).trainer
            trainer.run_epochs(config.epochs)
            epoch = trainer.diverged_epoch
            assert found.diverged_epoch[col] == (NO_DIVERGENCE if epoch is None else epoch)
            if epoch is None:
                assert found.losses[col] == trainer.train_loss
            diverged += epoch is not None
    assert diverged > 0


@pytest.mark.parametrize("looks", [1, 3])
def test_row_looks_at_the_flag_while_it_trains(looks: int) -> None:
    class Soon(Down):
        looked = 0

        def is_up(self) -> bool:
            self.looked += 1
            return self.looked >= looks

    spec, flag = long_spec(), Soon()
    assert train_row(0, spec.row_config(0), spec.rates, flag) is None
    assert flag.looked == looks


# ---- a worker's end


@pytest.mark.skipif(sys.platform == "win32", reason="a process there never learns of this")
def test_workers_end_with_a_server_that_is_killed() -> None:
    command = [sys.executable, "-c", SERVER]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        workers = [int(pid) for pid in server.stdout.readline().split()]
        assert workers
        assert all(alive(worker) for worker in workers)
        server.kill()
        until(lambda: not any(alive(worker) for worker in workers), seconds=20)
