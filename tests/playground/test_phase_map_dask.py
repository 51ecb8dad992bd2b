"""The phase map on a Dask cluster gives what the cores of one machine give.

An optional extra: without Dask these tests are skipped, unless REQUIRE_DASK=1 forbids that.
"""

from __future__ import annotations

import importlib
import os
import sys
import time
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from playground.learning_rate import map_workers
from playground.learning_rate.map_spec import MapSpec
from playground.learning_rate.map_workers import SCHEDULER
from playground.learning_rate.phase_map import PhaseMap
from playground.settings.config import Config
from tests.playground.test_phase_map import finished, long_spec

if os.environ.get("REQUIRE_DASK") == "1":
    distributed: Any = importlib.import_module("distributed")
else:
    distributed = pytest.importorskip("distributed", reason="needs requirements-cluster.txt")

SMALL = MapSpec(
    Config(dataset="circle", samples=40, layers=(4, 4), activation="relu", loss="mse"),
    "width",
    (0.01, 0.1, 50.0),
    (1, 4, 9),
    3,
)


@pytest.fixture(scope="module", params=["threads", "processes"])
def cluster(request: pytest.FixtureRequest) -> Iterator[Any]:
    """Two workers on this machine, as threads of this process or as processes of their own."""
    with pytest.MonkeyPatch.context() as patch:
        # A new process imports the main module anew; a test of a page may have left a script there.
        patch.setitem(sys.modules, "__main__", ModuleType("__main__"))
        with distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=request.param == "processes",
            dashboard_address=None,
        ) as found:
            yield found


@pytest.fixture
def scheduler(cluster: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of the cluster's scheduler, in the environment as an operator would set it."""
    monkeypatch.setenv(SCHEDULER, cluster.scheduler_address)
    return str(cluster.scheduler_address)


def computed(backend: str | None) -> PhaseMap:
    map_ = PhaseMap(SMALL)
    map_.start(backend)
    return finished(map_)


@pytest.mark.usefixtures("scheduler")
@pytest.mark.parametrize("backend", ["dask", None])
def test_cluster_gives_the_same_bits(backend: str | None) -> None:
    there, here = computed(backend), computed("local")
    assert (there.error, here.error) == (None, None)
    assert there.progress == (3, 3)
    np.testing.assert_array_equal(there.losses, here.losses)
    np.testing.assert_array_equal(there.diverged_epoch, here.diverged_epoch)
    assert (there.diverged_epoch >= 0).any()


def test_current_client_is_taken_where_the_environment_names_none(cluster: Any) -> None:
    with distributed.Client(cluster):
        map_ = computed("dask")
    assert map_.error is None
    assert map_.progress == (3, 3)


@pytest.mark.usefixtures("scheduler")
def test_stop_reaches_the_workers() -> None:
    map_ = PhaseMap(long_spec())
    map_.start()
    time.sleep(0.5)  # let a row begin; before that the map would stop all the same
    map_.stop()
    finished(map_)
    assert map_.error is None
    assert map_.progress == (0, 6)
    again = computed("dask")
    assert again.progress == (3, 3)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", None])
def test_cluster_that_is_not_there_is_told(
    address: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(map_workers, "_CONNECT_SECONDS", 0.2)
    monkeypatch.delenv(SCHEDULER, raising=False)
    if address is not None:
        monkeypatch.setenv(SCHEDULER, address)
    assert (address or SCHEDULER).removeprefix("tcp://") in str(computed("dask").error)
