"""Gradients and descents against PyTorch: live where it is installed, else as recorded.

PyTorch is needed neither to run the app nor for `make test`. `.ci/run` installs it and sets
REQUIRE_TORCH, which turns a missing live comparison into a failure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings

from engine import LOSSES, OPTIMIZERS, SCHEDULES, Activation
from tests.engine.reference import record
from tests.engine.reference.cases import (
    DESCENTS,
    NETWORKS,
    NOTED,
    TWINNED,
    Network,
    loss_and_gradient,
    path,
)
from tests.engine.strategies import networks

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    if not record.LIVE:
        yield
        return
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # the networks are tiny: more threads only wait for each other
    yield
    torch.set_num_threads(threads)


@pytest.mark.skipif(not record.REQUIRED, reason="REQUIRE_TORCH is not set")
def test_torch_is_there_where_it_is_required() -> None:
    assert record.LIVE
    pin = re.search(r"^torch==(\S+)", (ROOT / "requirements-ci.txt").read_text(), re.MULTILINE)
    assert pin is not None
    assert version("torch").partition("+")[0] == pin[1]


@pytest.mark.parametrize("name", NETWORKS)
def test_gradient_is_torchs(name: str) -> None:
    loss, gradient = loss_and_gradient(NETWORKS[name]())
    expected_loss, expected = record.gradient(name, NETWORKS[name]())
    assert loss == pytest.approx(expected_loss, rel=1e-12, abs=1e-12)
    assert np.abs(gradient).max() > 1e-3  # else the next line would compare noughts
    np.testing.assert_allclose(gradient, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.skipif(not record.LIVE, reason="PyTorch is not installed")
@settings(max_examples=200, deadline=None)
@given(case=networks(dropout=True))
def test_gradient_of_any_network_is_torchs(case: Network) -> None:
    from tests.engine.reference import torch_twin

    units = [layer for layer in case.model.layers if isinstance(layer, Activation)]
    assume(all(unit.name in torch_twin.FUNCTIONS for unit in units))
    expected_loss, expected = torch_twin.loss_and_gradient(case)  # first: a step moves the weights
    loss, gradient = loss_and_gradient(case)
    # The twin takes log(1 - p) of a folded sigmoid, which loses the digits that p is close to 1 by.
    assert loss == pytest.approx(expected_loss, rel=1e-10, abs=1e-10)
    np.testing.assert_allclose(gradient, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", DESCENTS)
def test_200_steps_end_where_torchs_do(name: str) -> None:
    steps, expected = record.path(name)
    ours = path(DESCENTS[name])
    assert np.abs(ours[-1] - ours[0]).max() > 0.1
    np.testing.assert_allclose(ours[steps - 1], expected, rtol=0.0, atol=1e-10)


def test_every_option_has_a_descent() -> None:
    settings = {
        (optimizer.name, option)
        for optimizer in OPTIMIZERS.values()
        for option in optimizer.arguments()
    }
    tried = set()
    for descent in DESCENTS.values():
        ours = descent.optimizer()
        kind: Any = type(ours)
        default = kind().config()
        tried |= {
            (ours.name, name) for name, value in ours.config().items() if value != default[name]
        }
    # AdamW's are Adam's, and its eps is that of the same line of code.
    assert settings - tried <= {("adamw", "eps")}
    schedules = {type(descent.options.get("schedule")) for descent in DESCENTS.values()}
    assert {name for name, kind in SCHEDULES.items() if kind not in schedules} == {"constant"}


@pytest.mark.skipif(not record.LIVE, reason="PyTorch is not installed")
def test_every_activation_that_torch_has_meets_every_loss() -> None:
    from tests.engine.reference import torch_twin

    assert set(TWINNED) == set(torch_twin.FUNCTIONS)
    assert {f"{name}, {loss}" for name in TWINNED for loss in LOSSES} <= set(NETWORKS)


def test_the_record_is_of_these_cases() -> None:
    with np.load(record.RECORD, allow_pickle=False) as archive:
        names = set(archive.files)
    assert names == {f"network: {n}" for n in NETWORKS} | {f"descent: {n}" for n in DESCENTS}
    assert record.RECORD.stat().st_size < 200_000
    for name, make in NETWORKS.items():
        recorded = record.recorded_gradient(name, make())
        np.testing.assert_allclose(loss_and_gradient(make())[1], recorded[1], 1e-12, 1e-12)
    for name, descent in DESCENTS.items():
        ours = path(descent)[np.array(NOTED) - 1]
        np.testing.assert_allclose(ours, record.recorded_path(name), 0.0, 1e-10)
