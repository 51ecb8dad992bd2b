"""Where pictures come from: MNIST in the background, and words where there are none."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from playground.data.digits import small
from playground.digits import fetch as program
from playground.digits import sources
from playground.digits.pictures import Pictures, at_hand
from playground.digits.settings import DigitsSettings
from playground.digits.sources import Mnist, kept_at, pictures_of


def write(path: Path) -> None:
    """A small mnist.npz."""
    found = small(28)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(
        path,
        x_train=found.train,
        y_train=found.train_labels,
        x_test=found.test,
        y_test=found.test_labels,
    )


def wait(mnist: Mnist) -> None:
    mnist.begin()
    end = time.monotonic() + 20
    while mnist.coming:
        assert time.monotonic() < end
        time.sleep(0.01)


def test_it_is_fetched_once_and_kept_on_disk(tmp_path: Path) -> None:
    path, calls, goes_on = tmp_path / "deep" / "mnist.npz", [], threading.Event()

    def fetch(where: Path) -> None:
        calls.append(where)
        goes_on.wait(20)
        write(where)

    mnist = Mnist(lambda: path, fetch)
    assert (mnist.pictures, mnist.coming, mnist.on_disk) == (None, False, False)
    mnist.begin()
    mnist.begin()  # another viewer presses, too
    assert mnist.coming
    assert mnist.progress.startswith("Fetching MNIST from openml.org: 0 s")
    goes_on.set()
    wait(mnist)
    assert calls == [path]
    assert mnist.pictures is not None
    assert len(mnist.pictures.train_labels) == len(small(28).train)
    other = Mnist(lambda: path, fetch)  # the server was started anew
    assert other.on_disk
    wait(other)
    assert calls == [path]
    assert other.pictures is not None


def test_without_a_network_the_page_says_so_and_it_can_be_tried_again(tmp_path: Path) -> None:
    path, networks = tmp_path / "mnist.npz", [False, True]

    def fetch(where: Path) -> None:
        if not networks.pop(0):
            raise OSError("no route to host")
        write(where)

    mnist = Mnist(lambda: path, fetch)
    wait(mnist)
    assert mnist.pictures is None
    assert "could not be fetched from openml.org (no route to host)" in mnist.problem
    wait(mnist)
    assert mnist.pictures is not None
    assert mnist.problem == ""


def test_a_broken_file_on_disk_is_fetched_anew(tmp_path: Path) -> None:
    path = tmp_path / "mnist.npz"
    path.write_bytes(b"PK and no more")
    mnist = Mnist(lambda: path, write)
    wait(mnist)
    assert "no mnist.npz" in mnist.problem
    wait(mnist)
    assert mnist.pictures is not None


def test_the_program_that_fetches_tells_in_a_line_why_it_could_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path / "file"))
    (tmp_path / "file").write_text("where a folder should be")
    assert kept_at() == tmp_path / "file" / "playground" / "mnist.npz"
    with pytest.raises(OSError, match=r"^\w+Error: .*file"):
        sources.fetch(kept_at())


def test_what_openml_sends_becomes_mnist_npz(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (50, 784)).astype(np.float64)
    labels = np.array([str(k % 10) for k in range(50)], dtype=object)

    def fetch_openml(name: str, **options: Any) -> tuple[Any, Any]:
        assert name == "mnist_784"
        assert options["as_frame"] is False
        return pixels, labels

    import sklearn.datasets

    monkeypatch.setattr(sklearn.datasets, "fetch_openml", fetch_openml)
    monkeypatch.setattr(program, "TRAINING", 40)
    path = tmp_path / "new" / "mnist.npz"
    program.fetch(path)
    assert [each.name for each in path.parent.iterdir()] == ["mnist.npz"]
    mnist = Mnist(lambda: path)
    wait(mnist)
    assert mnist.pictures is not None
    assert mnist.pictures.train.table.shape == (40, 785)
    np.testing.assert_array_equal(mnist.pictures.test_labels, [k % 10 for k in range(40, 50)])
    np.testing.assert_array_equal(mnist.pictures.picture(0).ravel(), pixels[40])


def test_what_is_not_here_is_said_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MNIST_PICTURES", SimpleNamespace(pictures=None, problem=""))
    with pytest.raises(ValueError, match="Press Fetch MNIST"):
        pictures_of(DigitsSettings(digits_source="mnist"))
    with pytest.raises(ValueError, match="Choose your file"):
        pictures_of(DigitsSettings(digits_source="own"))
    own = Pictures(small(8))
    assert pictures_of(DigitsSettings(digits_source="own"), own) is own
    assert pictures_of(DigitsSettings(), own) is at_hand("digits28", 0)
