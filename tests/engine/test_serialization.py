"""Saving and loading: a bit-identical round trip, and refusal of everything else."""

import io
import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import (
    ACTIVATIONS,
    OPTIMIZERS,
    SGD,
    Adam,
    BinaryCrossEntropy,
    Dense,
    Dropout,
    LeakyReLU,
    MeanSquaredError,
    Sequential,
    SoftmaxCrossEntropy,
    Tanh,
)

from .helpers import network, quadrants


def copied(model: Sequential) -> Sequential:
    """Saved and loaded, in memory."""
    buffer = io.BytesIO()
    model.save(buffer)
    buffer.seek(0)
    return Sequential.load(buffer)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("replicas", [None, 2])
def test_round_trip(tmp_path: Path, dtype: Any, replicas: int | None) -> None:
    layers = [Dense(2, 4, init="he", scale=1.5, bias=0.1), LeakyReLU(0.2), Dropout(0.1)]
    model = Sequential([*layers, Dense(4, 2)], seed=5, dtype=dtype, replicas=replicas)
    model.compile(Adam(0.02, betas=(0.8, 0.9), weight_decay=0.1), SoftmaxCrossEntropy())
    X, y = quadrants()
    model.fit(X, y, epochs=2)
    path = tmp_path / "model"
    model.save(path)
    copy = Sequential.load(path)
    assert copy.flat.dtype == dtype
    np.testing.assert_array_equal(copy.flat, model.flat)
    np.testing.assert_array_equal(copy.predict_proba(X), model.predict_proba(X))
    assert repr(copy) == repr(model)
    assert repr(copy.optimizer) == repr(model.optimizer)
    assert type(copy.loss) is SoftmaxCrossEntropy
    assert copy.evaluate(X, y)[0] == pytest.approx(model.evaluate(X, y)[0], rel=0, abs=0)
    copy.fit(X, y, epochs=1)


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_every_activation_can_be_saved(name: str) -> None:
    model = Sequential([Dense(2, 3), ACTIVATIONS[name](), Dense(3, 2)])
    assert type(copied(model).layers[1]) is ACTIVATIONS[name]


@pytest.mark.parametrize("name", sorted(OPTIMIZERS))
def test_every_optimizer_can_be_saved(name: str) -> None:
    model = Sequential([Dense(2, 1)])
    model.compile(OPTIMIZERS[name](0.123), BinaryCrossEntropy())
    assert repr(copied(model).optimizer) == repr(model.optimizer)


def test_whether_it_classifies_is_kept() -> None:
    X, y = quadrants()
    for targets, classifies in ((y, True), (np.column_stack([y, y]) * 1.0, False)):
        model = Sequential([Dense(2, 2)])
        model.compile(SGD(0.01), MeanSquaredError())
        model.fit(X, targets)
        assert copied(model).classifies is classifies


def test_an_uncompiled_network_stays_so() -> None:
    copy = copied(network())
    assert (copy.loss, copy.optimizer) == (None, None)


def test_a_layer_of_ones_own_is_refused() -> None:
    class Mine(Tanh):
        pass

    with pytest.raises(ValueError, match="cannot be saved"):
        Sequential([Dense(2, 2), Mine()]).save(io.BytesIO())


def saved() -> bytes:
    model = network()
    model.compile(SGD(), SoftmaxCrossEntropy())
    return written(lambda buffer: model.save(buffer))


def altered(**changes: Any) -> bytes:
    with np.load(io.BytesIO(saved())) as archive:
        description, flat = json.loads(str(archive["description"])), archive["flat"]
    flat = changes.pop("flat", flat)
    text = np.array(json.dumps({**description, **changes}))
    return written(np.savez, description=text, flat=flat)


def written(write: Callable[..., None], *values: Any, **options: Any) -> bytes:
    buffer = io.BytesIO()
    write(buffer, *values, **options)
    return buffer.getvalue()


FOREIGN = {
    "empty": b"",
    "text": b"hello",
    "pickle": pickle.dumps({"weights": [1.0]}),
    "array": written(np.save, np.ones(3)),
    "pickled array": written(np.save, np.array([{}], dtype=object), allow_pickle=True),
    "other archive": written(np.savez, a=np.ones(3)),
    "pickled description": written(
        np.savez, description=np.array([{}], dtype=object), flat=np.ones(3)
    ),
    "no json": written(np.savez, description=np.array("{"), flat=np.ones(3)),
    "json of another kind": written(np.savez, description=np.array("[1]"), flat=np.ones(3)),
    "cut short": saved()[:-200],
    "flipped": saved()[:400] + bytes(200) + saved()[600:],
    "version": altered(version=99),
    "format": altered(format="keras"),
    "layer": altered(layers=[["Conv2D", {}]]),
    "layer arguments": altered(layers=[["Dense", {"units": 3}]]),
    "layer sizes": altered(layers=[["Dense", {"fan_in": 2, "fan_out": 10**9}]]),
    "no layers": altered(layers=[]),
    "optimizer": altered(optimizer=["lion", {}]),
    "rate": altered(optimizer=["sgd", {"learning_rate": -1}]),
    "loss": altered(loss="hinge"),
    "dtype": altered(dtype="float16"),
    "replicas": altered(replicas=10**9),
    "classifies": altered(classifies="yes"),
    "weights": altered(flat=np.ones(3)),
    "weights not finite": altered(flat=np.full(65, np.nan)),
}


@pytest.mark.parametrize("name", sorted(FOREIGN))
def test_a_foreign_or_broken_file_is_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / "file.npz"
    path.write_bytes(FOREIGN[name])
    with pytest.raises(ValueError, match="not a network saved by this engine"):
        Sequential.load(path)
    with pytest.raises(ValueError, match="not a network saved by this engine"):
        Sequential.load(io.BytesIO(FOREIGN[name]))


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Sequential.load(tmp_path / "nothing.npz")
