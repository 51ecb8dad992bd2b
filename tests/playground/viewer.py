"""The browser's half in miniature: asks a view as it does, and keeps what it is sent."""

from __future__ import annotations

import json
import math
from base64 import b64encode
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.live.playable import Playable
from playground.live.protocol import Request, read_request, unpack
from playground.live.resumable import Resumable
from playground.live.view import Answer, View
from playground.settings.config import Config


class Clock:
    """Time as a view sees it: it passes when it is read, and by what a test adds.

    So no test waits, and none depends on the machine.
    """

    def __init__(self) -> None:
        self.now = 0.0

    def perf_counter(self) -> float:
        self.now += 1e-5
        return self.now

    monotonic = thread_time = perf_counter

    def charge(self, view: View, seconds: float) -> None:
        """Let each tick of this view take so long."""
        assert isinstance(view, Playable)
        advance = view.advance

        def slowly(ticks: int) -> int:
            made = advance(ticks)
            self.now += made * seconds
            return made

        view.advance = slowly  # type: ignore[method-assign]


class Viewer:
    """The browser's half: `have` is what it holds, `step` the frame that it shows."""

    def __init__(self, view: View, config: Config, settings: Any = None, **changes: Any) -> None:
        self.view, self.config, self.settings = view, config, settings
        self.give(**changes)
        self.mount()

    def mount(self) -> None:
        """A page that holds nothing yet; the server sends a first message by itself."""
        self.number, self.step, self.seq = 0, 0, -1
        self.figures: dict[str, Any] = {"version": -1}
        self.run, self.generation = -1, -1
        self.rows: list[NDArray[Any]] = []
        self.sent_rows = 0
        self.want: list[str] = []  # panels in sight
        self.take(self.view.handle(None, self.config, self.settings))

    def payload(self, command: str, value: Any = None, step: int | None = None) -> dict[str, Any]:
        return {
            "cmd": command,
            "n": self.number,
            "value": value,
            "step": self.step if step is None else step,
            "have": {
                "figures": self.figures["version"],
                "run": self.run,
                "generation": self.generation,
                "rows": len(self.rows),
            },
            "want": self.want,
        }

    def request(self, command: str, value: Any = None, step: int | None = None) -> Request:
        payload = self.payload(command, value, step)
        found = read_request(json.loads(json.dumps(payload)))
        assert found is not None
        return found

    def ask(self, command: str, value: Any = None, step: int | None = None) -> dict[str, Any]:
        """Send a request and take the answer; returns the message's header."""
        self.number += 1
        request = self.request(command, value, step)
        self.take(self.view.handle(request, self.config, self.settings))
        return self.header

    def play(self, until: float = math.inf) -> None:
        """Play to the end, or until the view is at the step `until` at least."""
        self.ask("play")
        while self.header["playing"] and self.view.step < until:
            self.ask("tick")

    def give(self, **settings: Any) -> None:
        """Settings of the run or of the page change; the next request brings them to the view."""
        of_run = {name: settings.pop(name) for name in settings.keys() & Config.FIELDS.keys()}
        self.config = replace(self.config, **of_run)
        if settings:
            self.settings = replace(self.settings, **settings)

    def change(self, **settings: Any) -> dict[str, Any]:
        """Settings change and the page draws itself anew, without a request."""
        self.give(**settings)
        self.take(self.view.handle(None, self.config, self.settings))
        return self.header

    def begin(self, **settings: Any) -> dict[str, Any]:
        """A run of its own is chosen, as a preset is."""
        self.give(**settings)
        self.take(self.view.handle(None, self.config, self.settings, anew=True))
        return self.header

    def take(self, answer: Answer) -> None:
        self.answer, self.config, self.settings = answer, answer.config, answer.settings
        self.header, self.arrays = unpack(answer.message)
        assert self.header["seq"] > self.seq
        self.seq = self.header["seq"]
        self.number = max(self.number, self.header["answers"])
        if "figures" in self.header:
            self.figures = self.header["figures"]
        if self.figures["version"] != self.header["version"]:
            self.ask("look")  # without figures there is nothing to draw into
            return
        if self.header["run"] != self.run:
            self.run, self.rows, self.generation = self.header["run"], [], -1
        if "history" in self.header:
            self.take_rows(self.header["history"], self.arrays["history"])
        if "steps" in self.arrays:
            self.step = self.steps[-1]

    def take_rows(self, history: dict[str, int], rows: NDArray[Any]) -> None:
        if history["generation"] != self.generation:
            self.rows = []
        self.generation = history["generation"]
        assert history["start"] <= len(self.rows)
        self.rows = [*self.rows[: history["start"]], *rows]
        self.sent_rows += len(rows)

    @property
    def steps(self) -> list[int]:
        """The steps of the last message's frames."""
        return [int(step) for step in self.arrays["steps"]]

    @property
    def frames(self) -> NDArray[Any]:
        """The rows of the last message's frames, (F, W)."""
        return self.arrays["rows"]

    def images(self, panel: str) -> NDArray[np.uint8]:
        """The byte grids of the last message's frames, (F, K, H, W)."""
        return np.cumsum(self.arrays[f"image:{panel}"], axis=0, dtype=np.uint8)

    def panel(self, name: str) -> dict[str, Any]:
        """One panel's figures."""
        found: dict[str, Any] = next(p for p in self.figures["panels"] if p["id"] == name)
        return found

    def assert_rows_are_the_views(self) -> None:
        assert isinstance(self.view, Playable)
        np.testing.assert_array_equal(np.array(self.rows), self.view.kept_since(0))


class Carrier(Viewer):
    """A browser that keeps what the messages bring along for another server."""

    view: Resumable
    packed = b""

    def take(self, answer: Any) -> None:
        super().take(answer)
        if "carried" in self.arrays:
            self.packed = self.arrays["carried"].tobytes()

    def offer(self, **changes: Any) -> dict[str, Any]:
        rows = np.array(self.rows, np.float32).tobytes()
        found = {"run": b64encode(self.packed).decode(), "rows": b64encode(rows).decode()}
        return {**found, "playing": bool(self.header["playing"]), **changes}

    def under_another_server(self, **changes: Any) -> Viewer:
        """The page of now, when another server has answered it and was offered the run."""
        other = Viewer(type(self.view)(), self.config, self.settings)
        other.number, other.step = self.number, self.step
        other.ask("resume", self.offer(**changes))
        return other
