"""The weights of 40 runs, bit for bit: however the work is cut, and as they were recorded.

`python -m tests.playground.test_same_bits` records them anew, which only a change that is meant to
change numbers may do. What NumPy and BLAS round depends on their versions and on the processor, so
the recorded digests hold on a machine like the one that recorded them; elsewhere the three ways of
cutting the work are still held against each other.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from playground.runs.experiment import Experiment, Replicas
from playground.settings.config import Config

RECORD = Path(__file__).with_name("same_bits.json")
EPOCHS = 7
CHANGED_AT, BACK_TO = 4, 2  # epochs: where settings change, and where a rewind across that goes

SMALL: dict[str, Any] = {"samples": 60, "noise": 10.0, "layers": (5, 4)}
CASES: dict[str, dict[str, Any]] = {
    "default": {"layers": (8, 8, 8)},
    "relu he": {"activation": "relu", "init": "he"},
    "leaky relu": {"activation": "leaky_relu", "init": "kaiming", "batch_size": 7},
    "elu": {"activation": "elu", "batch_size": 1, "epochs": 5},
    "gelu": {"activation": "gelu", "init": "lecun"},
    "silu": {"activation": "silu", "init": "orthogonal"},
    "sigmoid": {"activation": "sigmoid", "init": "normal", "learning_rate": 0.3},
    "softplus": {"activation": "softplus", "init": "uniform"},
    "identity": {"activation": "identity", "batch_size": 30},
    "every activation": {
        "layers": (4, 4, 3, 4),
        "activations": ("relu", "gelu", "elu", "silu"),
        "init_scale": 1.5,
    },
    "zeros": {"init": "zeros"},
    "no hidden layer": {"layers": (), "features": ("x1", "x2", "x1x2"), "dataset": "xor"},
    "one unit": {"layers": (1,), "dataset": "blobs"},
    "binary": {"dataset": "circles", "loss": "binary_cross_entropy", "learning_rate": 0.2},
    "two classes": {"dataset": "circles", "layers": (16,), "samples": 300, "batch_size": 128},
    "mse on classes": {"loss": "mse", "learning_rate": 0.1},
    "regression": {"dataset": "plane", "activation": "softplus"},
    "momentum": {"momentum": 0.9, "decay": 0.001},
    "nesterov": {"momentum": 0.8, "nesterov": True, "weight_decay": 0.01},
    "rmsprop": {"optimizer": "rmsprop", "learning_rate": 0.01, "rho": 0.9},
    "rmsprop momentum": {"optimizer": "rmsprop", "momentum": 0.5, "weight_decay": 0.01},
    "adagrad": {"optimizer": "adagrad", "learning_rate": 0.1, "decay": 0.01},
    "adam": {"optimizer": "adam", "learning_rate": 0.01, "beta1": 0.8, "beta2": 0.99},
    "adam decayed": {"optimizer": "adam", "weight_decay": 0.1, "eps": 1e-4},
    "adamw": {"optimizer": "adamw", "weight_decay": 0.1, "learning_rate": 0.02},
    "step schedule": {"schedule": "step", "schedule_epochs": 2, "schedule_factor": 0.3},
    "exponential": {"schedule": "exponential", "schedule_epochs": 3, "warmup": 2},
    "cosine": {"schedule": "cosine", "schedule_epochs": 5, "optimizer": "adam"},
    "dropout": {"dropout": 0.3, "batch_size": 8},
    "dropout in adam": {"dropout": 0.5, "optimizer": "adam", "activation": "gelu"},
    "l1": {"l1": 0.01},
    "l2 and clipping": {"l2": 0.02, "clip": 0.5},
    "everything pulls": {"l1": 0.001, "l2": 0.01, "clip": 1.0, "momentum": 0.9, "dropout": 0.1},
    "fourier": {"fourier": 8, "features": ("x1",), "seed": 7},
    "wide": {"layers": (64, 64), "samples": 400, "batch_size": 100},
    "full batch": {"batch_size": 1000, "learning_rate": 0.5},
    "uneven batches": {"batch_size": 11, "seed": 3},
    "diverges": {"activation": "relu", "learning_rate": 30.0, "loss": "mse"},
}
REPLICAS = {
    "sixteen rates": Replicas(learning_rates=tuple(0.01 * 2.0**k for k in range(16))),
    "three momenta": Replicas(momenta=(0.0, 0.5, 0.9)),
}


def config(name: str) -> Config:
    settings = SMALL | CASES.get(name, {})
    return Config(**{"epochs": EPOCHS} | settings)


def experiment(name: str) -> Experiment:
    return Experiment(config(name), REPLICAS.get(name))


def other(before: Config) -> Config:
    """The same network under other settings, another optimizer among them in every second case."""
    swap = "adam" if before.optimizer != "adam" else "sgd"
    return replace(
        before,
        learning_rate=before.learning_rate / 2,
        l2=0.005,
        clip=2.0,
        batch_size=13,
        schedule="cosine",
        optimizer=swap if before.layers and before.layers[0] == 5 else before.optimizer,
    )


def watch(run: Experiment) -> None:
    """Everything that measures; none of it may leave a trace."""
    trainer = run.trainer
    _ = trainer.train_loss, trainer.test_loss, trainer.train_accuracy, trainer.smoothed_loss
    _ = trainer.gradient_now(), trainer.layer_gradient_rms(), trainer.snapshot()
    run.answers(5)
    run.unit_answers(4)


# ---- three ways of cutting the work ----------------------------------------------------------


def at_once(run: Experiment, epochs: int) -> None:
    run.trainer.run_epochs(epochs - run.trainer.epoch)


def in_pieces(run: Experiment, epochs: int) -> None:
    trainer, size = run.trainer, 1
    while trainer.epoch < epochs:
        left = -(-(epochs - trainer.progress) * len(trainer.data) // trainer.batch_size)
        if trainer.run_steps(min(size, max(int(left) // 2, 1))) == 0:
            return
        watch(run)
        size = size % 5 + 1


def there_and_back(run: Experiment, epochs: int) -> None:
    trainer = run.trainer
    trainer.run_epochs((epochs - trainer.epoch) // 2)
    trainer.run_steps(2)
    kept, midway = trainer.snapshot(), trainer.epoch
    trainer.run_steps(3)
    watch(run)
    trainer.restore(kept)
    trainer.rewind(max(midway - 1, 0))
    at_once(run, epochs)


WAYS: tuple[Callable[[Experiment, int], None], ...] = (at_once, in_pieces, there_and_back)


def weights(run: Experiment) -> str:
    return hashlib.sha256(run.model.flat.tobytes()).hexdigest()


def ends(name: str, go: Callable[[Experiment, int], None]) -> Iterator[str]:
    """Digests at the end of a run, and of one whose settings change midway and that goes back."""
    plain, changed = experiment(name), experiment(name)
    go(plain, EPOCHS)
    yield weights(plain)
    if plain.trainer.divergence is not None:  # where that is in the run, no change can be placed
        return
    go(changed, CHANGED_AT)
    changed.apply(other(changed.config) if changed.replicas is None else changed.config)
    go(changed, EPOCHS)
    yield weights(changed)
    changed.trainer.rewind(BACK_TO)
    yield weights(changed)
    go(changed, EPOCHS)
    yield weights(changed)


def machine() -> dict[str, str]:
    """What the rounding of a product or an exponential depends on."""
    blas = [
        f"{pool['internal_api']} {pool['version']} {pool.get('architecture')}"
        for pool in threadpool_info()
        if pool["user_api"] == "blas" and "numpy" in pool["filepath"]
    ]
    simd = np.show_config(mode="dicts")["SIMD Extensions"]
    return {
        "numpy": np.__version__,
        "blas": " ".join(blas),
        "machine": platform.machine(),
        "features": " ".join(simd["found"]),
    }


@pytest.mark.parametrize("name", [*CASES, *REPLICAS])
def test_weights_have_the_same_bits(name: str) -> None:
    found = [list(ends(name, go)) for go in WAYS]
    assert found[1] == found[0]
    assert found[2] == found[0]
    recorded = json.loads(RECORD.read_text("utf-8"))
    if recorded["machine"] == machine():
        assert found[0] == recorded["digests"][name]


def test_every_run_is_recorded() -> None:
    assert set(json.loads(RECORD.read_text("utf-8"))["digests"]) == {*CASES, *REPLICAS}


if __name__ == "__main__":
    digests = {name: list(ends(name, at_once)) for name in (*CASES, *REPLICAS)}
    text = json.dumps({"machine": machine(), "digests": digests}, indent=1)
    RECORD.write_text(f"{text}\n", "utf-8")
