"""Students without a browser: clients of Streamlit's protocol that play as the browser half does.

Each opens the Playground, presses Play and asks for frames when its own run low; it notes when its
picture stood still, how long answers took, and what it was shown. No picture is drawn.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from websockets.typing import Subprotocol

from playground.live.protocol import unpack

VIEW: Final = "playground_view"
PATIENCE: Final = 4.0  # seconds until an unanswered request is sent again, as in player.js
STILL: Final = 0.1  # seconds without a new frame from which on a picture stands still
LIMIT: Final = 60.0  # seconds that anything may take before it is an error
SLIDER: Final = "set_learning_rate_slider"  # in the name of its widget, however often made
RATE: Final = 3  # its column in the Playground's rows
RATES: Final = 0.03, 0.04  # that the bar is moved between
ECHO: Final = 1.5  # seconds in which the page follows, as in rate.js
_QUEUE: Final = 500  # frames
IDLE: Final = {"tick", "look"}  # what is not asked once more, as in player.js
_TRIGGER: Final = "$$STREAMLIT_INTERNAL_KEY_{}__events"


@dataclass
class Seen:
    """What one student saw; times in seconds."""

    opened: float = 0.0  # from the first byte to the first message of the view
    playing: float = 0.0  # how long it was watched
    still: float = 0.0  # of that, the picture did not move
    frames: int = 0
    epochs: float = 0.0
    bytes: int = 0
    answers: list[float] = field(default_factory=list)
    presses: list[float] = field(default_factory=list)  # from a press to the first changed picture
    slides: list[float] = field(default_factory=list)  # from the rate's move to its first picture
    sidebar: list[float] = field(default_factory=list)  # the same of its slider in the sidebar
    errors: list[str] = field(default_factory=list)


def untouched(element: Element) -> WidgetState | None:
    """What a browser sends of a widget that nobody has moved; None for what is none."""
    kind = element.WhichOneof("type")
    if kind not in {"slider", "number_input", "checkbox", "selectbox", "button_group"}:
        return None
    widget = getattr(element, kind)
    state = WidgetState(id=widget.id)
    if kind == "slider" and widget.options:
        state.string_array_value.data[:] = [widget.options[int(i)] for i in widget.default]
    elif kind == "slider":
        state.double_array_value.data[:] = widget.default
    elif kind == "number_input":
        state.double_value = widget.default
    elif kind == "checkbox":
        state.bool_value = widget.default
    elif kind == "selectbox":
        state.string_value = widget.options[widget.default]
    else:
        options = [option.content for option in widget.options]
        state.string_array_value.data[:] = [options[i] for i in widget.default]
    return state


class Student:
    """One session; `settings` are the query of its link, `page` is the name of its page."""

    def __init__(self, url: str, settings: Mapping[str, str], page: str = "") -> None:
        self.url = url.replace("http", "ws", 1) + "/_stcore/stream"
        self.query, self._name = urlencode(settings), page
        self.seen = Seen()
        self._socket: Any = None
        self._page = self._fragment = self._component = ""
        self._widgets: dict[str, WidgetState] = {}
        self._slider: tuple[WidgetState, str, Sequence[str]] | None = None
        self._messages: asyncio.Queue[tuple[dict[str, Any], dict[str, Any]]] = asyncio.Queue()
        self._number = 0
        self._unheard: list[dict[str, Any]] = []  # what has no answer yet
        self._have = {"figures": -1, "run": -1, "generation": -1, "rows": 0}
        self._epoch = self._step = 0.0
        self._reader: asyncio.Task[None] | None = None
        self._settings_changed = False  # and the run has not been told
        self._last: dict[str, Any] = {}  # the last message's header

    # ---- the protocol ---------------------------------------------------------------------

    async def open(self) -> None:
        """Open the page; returns when the view has been told."""
        began = time.perf_counter()
        self._socket = await websockets.connect(
            self.url,
            subprotocols=[Subprotocol("streamlit"), Subprotocol("x")],
            max_size=None,
            open_timeout=LIMIT,
            close_timeout=0.2,
            ping_interval=None,
        )
        self._reader = asyncio.create_task(self._read())
        await self._rerun("")
        while not self._last:
            await self._take(LIMIT)
        self.seen.opened = time.perf_counter() - began

    async def close(self) -> None:
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)
        if self._socket is not None:
            await self._socket.close()

    async def _rerun(self, fragment: str, *more: WidgetState) -> None:
        state = ClientState(
            query_string=self.query,
            page_script_hash=self._page,
            page_name="" if self._page else self._name,
            fragment_id=fragment,
            widget_states=WidgetStates(widgets=[*self._widgets.values(), *more]),
        )
        await self._socket.send(BackMsg(rerun_script=state).SerializeToString())

    async def _read(self) -> None:
        async for data in self._socket:
            self.seen.bytes += len(data)
            message = ForwardMsg.FromString(data)
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self._page = message.new_session.page_script_hash
            elif kind == "page_info_changed":
                self._messages.put_nowait(({}, {}))  # the address has changed
            elif kind == "delta":
                element = message.delta.new_element
                state = untouched(element)
                if state is not None:
                    state = self._widgets.setdefault(state.id, state)  # what a hand has moved stays
                    if SLIDER in state.id:
                        self._slider = state, message.delta.fragment_id, element.slider.options
                if element.WhichOneof("type") == "exception":
                    self.seen.errors.append(element.exception.message)
                if element.bidi_component.component_name == VIEW:
                    self._fragment = message.delta.fragment_id
                    self._component = element.bidi_component.id
                    # Without a state of its own Streamlit does not hear what it asks for.
                    state = WidgetState(id=self._component, json_value="{}")
                    self._widgets[self._component] = state
                    self._messages.put_nowait(unpack(element.bidi_component.bytes))

    async def ask(self, command: str, value: object = None) -> dict[str, Any]:
        """Ask for something by hand; the header of the message that answers."""
        await self._ask(command, value)
        while (found := (await self._take(LIMIT))[0])["answers"] < self._number:
            pass
        return found

    async def _ask(self, command: str, value: object = None, step: float | None = None) -> None:
        self._number += 1
        step = self._step if step is None else step
        asked = {"cmd": command, "value": value, "n": self._number, "step": int(step)}
        payload = {**asked, "have": self._have, "want": [], "earlier": self._unheard}
        if command not in IDLE:
            self._unheard = [*self._unheard, asked]
        trigger = WidgetState(
            id=_TRIGGER.format(self._component),
            json_trigger_value=json.dumps([{"event": "request", "value": payload}]),
        )
        await self._rerun(self._fragment, trigger)

    async def _slide(self) -> None:
        """Move the learning rate's slider by one stop, down and up in turn."""
        if self._slider is None:
            return
        state, fragment, stops = self._slider
        (stop,) = state.string_array_value.data
        state.string_array_value.data[:] = [stops[list(stops).index(stop) ^ 1]]
        await self._rerun(fragment)

    async def _take(self, timeout: float) -> tuple[dict[str, Any], dict[str, Any]]:
        header, arrays = await asyncio.wait_for(self._messages.get(), timeout)
        if not header:
            self._settings_changed = True
            return self._last, {}
        self._last = header
        if "figures" in header:
            self._have["figures"] = header["version"]
        self._have["run"] = header["run"]
        self._unheard = [each for each in self._unheard if each["n"] > header["answers"]]
        if "history" in header:
            told = header["history"]
            self._have["generation"] = told["generation"]
            self._have["rows"] = told["start"] + len(arrays["history"])
        return header, arrays

    # ---- what the browser half does -------------------------------------------------------

    async def play(self, seconds: float, press_every: float) -> None:
        """Press Play and watch so long; press Pause and Play again every so many seconds.

        On the Playground the learning rate changes midway, in the bar and in the sidebar in turn.
        """
        end = time.perf_counter() + seconds
        in_bar = True
        while (now := time.perf_counter()) < end:
            await self._watch(min(end, now + press_every), in_bar=in_bar)
            in_bar = not in_bar
            began = time.perf_counter()
            await self.ask("pause")
            self.seen.presses.append(time.perf_counter() - began)

    async def _watch(self, until: float, *, in_bar: bool) -> None:
        """From Play on: frames are shown as their message says, and asked for in time."""
        pressed = asked = time.perf_counter()
        await self._ask("play")
        waits, moved = True, False
        left, interval, lead = 0.0, 1 / 30, 0.3  # seconds of frames left; of one; when to ask
        answer = 0.0  # seconds that an answer takes, rather too many
        now = pressed
        slide_at = float("inf") if self._name else (now + until) / 2
        slid = rate = rested = 0.0
        steered = 0  # the request for another way
        steps: list[float] = []  # of the frames, those that are left at its end
        while now < until:
            if (moves := now > slide_at) and not in_bar:
                await self._slide()
            told, self._settings_changed = self._settings_changed, False
            if (moves and in_bar) or (told and now - rested > ECHO):
                # Of the frames left those are shown that are due before the answer can be here.
                queued = min(round(left / interval), len(steps) - 1)
                kept = max(0, min(queued, int((answer + 0.03) / interval)))
                if queued > 0:
                    steps = steps[: len(steps) - (queued - kept)]
                left, asked, waits = kept * interval, now, True
                own = next(each for each in RATES if each != round(rate, 6)) if moves else None
                await self._ask("steer", {"rate": own, "plays": True}, steps[-1] if steps else None)
                steered = self._number
            if moves:
                slide_at, slid = float("inf"), now
            # Until frames run low, or for an answer where one is under way.
            pause = min(PATIENCE if waits else max(left - lead, 0.0), until - now, slide_at - now)
            header: dict[str, Any] | None = None
            try:
                header, arrays = await self._take(max(pause, 0.001))
            except TimeoutError:
                waits = waits and time.perf_counter() - asked < PATIENCE  # else asked again
            before, now = now, time.perf_counter()
            shown = min(left, now - before)
            left -= shown
            if moved:
                self.seen.playing += now - before
                self.seen.frames += round(shown / interval)
                if now - before - shown > STILL:
                    self.seen.still += now - before - shown
            if header is not None:
                if waits and header["answers"] >= self._number:
                    waits = False
                    took = now - asked
                    answer = max(took, answer + 0.2 * (took - answer))
                    self.seen.answers.append(took)
                count = len(arrays.get("rows", ()))
                if header["playing"] and count and header["answers"] >= steered:
                    epoch = float(arrays["rows"][-1][0])
                    if moved:
                        self.seen.epochs += epoch - self._epoch
                    else:
                        moved = True
                        self.seen.presses.append(now - pressed)
                    if not self._name:  # on the Playground, whose rows have the rate
                        before_it, rate = rate, arrays["rows"][-1][RATE]
                        if slid and rate != before_it:
                            seen = self.seen.slides if in_bar else self.seen.sidebar
                            seen.append(now - slid + left)
                            slid = 0.0
                            if in_bar:  # the hand rests
                                rested, asked, waits = now, now, True
                                await self._ask("rate", {"rate": None})
                    self._epoch = epoch
                    interval = header["interval"] / 1000
                    lead = max(header["lead"] / 1000, min(1.2 * answer + 0.05, 3.0))
                    left += count * interval
                    steps = [*steps, *map(float, arrays["steps"])][-_QUEUE:]
                    self._step = steps[-1]
            if not waits and left < lead and now < until:
                asked, waits = now, True
                await self._ask("tick")
