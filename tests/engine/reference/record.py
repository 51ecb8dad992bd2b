"""What PyTorch says about a case: asked live where it is installed, else read from the record."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from .cases import DESCENTS, NOTED, Floats, Network, fingerprint

RECORD = Path(__file__).with_name("torch.npz")
LIVE = importlib.util.find_spec("torch") is not None
REQUIRED = os.environ.get("REQUIRE_TORCH", "") not in ("", "0")


def recorded_gradient(name: str, case: Network) -> tuple[float, Floats]:
    row = _read(f"network: {name}")
    assert row[0] == pytest.approx(fingerprint(case), rel=1e-12), "recorded of other inputs"
    return float(row[1]), row[2:]


def recorded_path(name: str) -> Floats:
    """The parameters after the NOTED steps."""
    rows, made = _read(f"descent: {name}"), fingerprint(DESCENTS[name].case())
    assert rows[0, 0] == pytest.approx(made, rel=1e-12), "recorded of other inputs"
    return rows[:, 1:]


def gradient(name: str, case: Network) -> tuple[float, Floats]:
    """PyTorch's loss and dL/dparameters over the whole batch."""
    if not LIVE:
        return recorded_gradient(name, case)
    from . import torch_twin

    return torch_twin.loss_and_gradient(case)


def path(name: str) -> tuple[npt.NDArray[np.int64], Floats]:
    """The numbers of the steps that are known, from 1, and PyTorch's parameters after each."""
    if not LIVE:
        return np.array(NOTED, np.int64), recorded_path(name)
    from . import torch_twin

    places = torch_twin.path(DESCENTS[name])
    return np.arange(1, len(places) + 1, dtype=np.int64), places


def _read(key: str) -> Floats:
    with np.load(RECORD, allow_pickle=False) as archive:
        values: Floats = archive[key]
    return values
