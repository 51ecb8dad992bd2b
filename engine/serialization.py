"""Networks to .npz files and back: arrays and a JSON description, never a pickle."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import IO, Any, Literal, TypeVar

import numpy as np

from engine.core.activations import ACTIVATIONS
from engine.core.layers import Dense, Dropout, Layer
from engine.core.losses import LOSSES
from engine.core.network import Network
from engine.core.optimizers import OPTIMIZERS
from engine.core.validation import Array, lookup

N = TypeVar("N", bound=Network)
Place = str | os.PathLike[str] | IO[bytes]

FORMAT = "neural-playground-engine"
VERSION = 1


def _kinds() -> dict[str, type[Layer]]:
    """The classes of layers that can be saved, by name."""
    kinds: list[type[Layer]] = [Dense, Dropout, *ACTIVATIONS.values()]
    return {kind.__name__: kind for kind in kinds}


def save(model: Network, path: Place) -> None:
    """Write architecture, weights, loss and optimizer settings to an .npz file (no pickle).

    ``path`` is a path (as given: no suffix is added) or a binary file.
    """
    kinds = _kinds()
    for layer in model.layers:
        if kinds.get(type(layer).__name__) is not type(layer):
            raise ValueError(f"{layer!r} cannot be saved: only the engine's own layers can")
    loss, optimizer = model.loss, model.optimizer
    description = {
        "format": FORMAT,
        "version": VERSION,
        "seed": model.seed,
        "dtype": model.dtype.name,
        "replicas": model.replicas,
        "classifies": model.classifies,
        "layers": [[type(layer).__name__, layer.config()] for layer in model.layers],
        "loss": loss and loss.name,
        "optimizer": optimizer and [optimizer.name, optimizer.config()],
    }
    text = np.array(json.dumps(description))
    with _opened(path, "wb") as file:
        np.savez(file, description=text, flat=model.flat)


def load(source: Place, kind: type[N]) -> N:
    """The network of this kind that ``save`` wrote. Any other content is a ``ValueError``."""
    try:
        with _opened(source, "rb") as file, np.load(file, allow_pickle=False) as archive:
            if not isinstance(archive, np.lib.npyio.NpzFile):
                raise ValueError("it is a single array")
            description = json.loads(str(archive["description"]))
            flat = archive["flat"]
        return _rebuild(description, flat, kind)
    except FileNotFoundError:
        raise
    except Exception as error:  # whatever else goes wrong, the file is none of ours
        raise ValueError(f"not a network saved by this engine: {error}") from error


def _opened(place: Place, mode: Literal["rb", "wb"]) -> AbstractContextManager[IO[bytes]]:
    """A path opened by us (NumPy leaves a broken file open), or the file that was handed in."""
    return open(place, mode) if isinstance(place, (str, os.PathLike)) else nullcontext(place)


def _rebuild(description: Mapping[str, Any], flat: Array, kind: type[N]) -> N:
    if description["format"] != FORMAT or description["version"] != VERSION:
        raise ValueError(f"unknown format {description['format']!r} {description['version']!r}")
    kinds = _kinds()
    layers = [lookup(kinds, name, "layer")(**settings) for name, settings in description["layers"]]
    replicas = description["replicas"]
    count = sum(layer.n_parameters for layer in layers if isinstance(layer, Dense))
    shape = (count,) if replicas is None else (replicas, count)
    if flat.shape != shape or flat.dtype.name != description["dtype"]:
        raise ValueError(
            f"its weights are {flat.dtype} of shape {flat.shape}, but its layers need"
            f" {description['dtype']} of shape {shape}"
        )
    if not np.isfinite(flat).all():
        raise ValueError("its weights are not finite")
    model = kind(layers, seed=description["seed"], dtype=description["dtype"], replicas=replicas)
    model.flat[...] = flat
    if description["loss"] is not None and description["optimizer"] is not None:
        name, settings = description["optimizer"]
        model.optimizer = lookup(OPTIMIZERS, name, "optimizer")(**settings)
        model.loss = lookup(LOSSES, description["loss"], "loss")()
    classifies = description["classifies"]
    if classifies not in (True, False, None):
        raise ValueError(f"classifies is {classifies!r}")
    model.classifies = classifies
    return model
