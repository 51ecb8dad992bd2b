"""Where the pictures come from: at hand, MNIST on request, or a person's own file."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from playground.data.digits import Digits, read_npz
from playground.digits import words
from playground.digits.pictures import Pictures, at_hand
from playground.digits.settings import MNIST, OWN, DigitsSettings

# In seconds. OpenML is slow at times, and unpacking takes half a minute.
LONGEST: Final = 900.0


def kept_at() -> Path:
    """Where MNIST is kept on disk: beside what scikit-learn keeps there."""
    home = os.environ.get("SCIKIT_LEARN_DATA") or Path.home() / "scikit_learn_data"
    return Path(home).expanduser() / "playground" / "mnist.npz"


def fetch(path: Path) -> None:
    """Fetch MNIST to `path`, in a process of its own. OSError, in words, where that fails."""
    command = [sys.executable, "-m", "playground.digits.fetch", str(path)]
    root = Path(__file__).resolve().parents[2]
    try:
        subprocess.run(command, cwd=root, check=True, capture_output=True, timeout=LONGEST)
    except subprocess.TimeoutExpired as error:
        raise OSError(words.no_answer(LONGEST)) from error
    except subprocess.CalledProcessError as error:
        lines = error.stderr.decode("utf-8", "replace").strip().splitlines()
        raise OSError(lines[-1] if lines else words.WITHOUT_A_WORD) from error


class Mnist:
    """Full MNIST for all viewers of the process: fetched on request in a thread, laid out once."""

    def __init__(
        self, path: Callable[[], Path] = kept_at, fetch: Callable[[Path], None] = fetch
    ) -> None:
        self._path, self._fetch = path, fetch
        self._lock = threading.Lock()
        self._began: float | None = None  # by the clock, while it is on its way
        self.pictures: Pictures | None = None
        self.problem = ""  # why it could not be had, in words

    @property
    def coming(self) -> bool:
        """Whether it is on its way."""
        return self._began is not None

    @property
    def on_disk(self) -> bool:
        """Whether it was fetched before, so that no network is needed."""
        return self._path().exists()

    @property
    def progress(self) -> str:
        """What is being done, and for how long."""
        seconds = 0 if self._began is None else time.monotonic() - self._began
        return words.for_so_long(words.READING if self.on_disk else words.FETCHING, seconds)

    def begin(self) -> None:
        """Fetch it, unless it is here or on its way."""
        with self._lock:
            if self.coming or self.pictures is not None:
                return
            self._began, self.problem = time.monotonic(), ""
        threading.Thread(target=self._bring, name="mnist", daemon=True).start()

    def _bring(self) -> None:
        try:
            path = self._path()
            if not path.exists():
                self._fetch(path)
            self.pictures = Pictures(_read(path))
        except (OSError, ValueError) as error:
            self.problem = words.not_fetched(error)
        finally:
            self._began = None


def _read(path: Path) -> Digits:
    try:
        return read_npz(path.read_bytes())
    except ValueError:
        path.unlink()  # what is broken would stay so: it is fetched anew
        raise


MNIST_PICTURES: Final = Mnist()


def pictures_of(settings: DigitsSettings, own: Pictures | None = None) -> Pictures:
    """The pictures that settings name. ValueError, in words, where there are none yet."""
    if settings.digits_source == MNIST:
        if MNIST_PICTURES.pictures is None:
            raise ValueError(MNIST_PICTURES.problem or words.NOT_YET)
        return MNIST_PICTURES.pictures
    if settings.digits_source == OWN:
        if own is None:
            raise ValueError(words.NO_FILE)
        return own
    return at_hand(settings.digits_source, settings.digits_seed)
