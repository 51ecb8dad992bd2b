"""The live view's JavaScript modules, each alone in a real browser, against what Python packs."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page

from playground.figures import boundary
from playground.live.protocol import differences, pack

BYTES = "Uint8Array.from(atob(given), (c) => c.charCodeAt(0))"


def run(page: Page, module: str, body: str, given: Any = None) -> Any:
    """What `body` returns; the module's exports are `m`, the argument is `given`."""
    load = f"const m = await import('/app/static/live/{module}.js');"
    return page.evaluate(f"async (given) => {{ {load} {body} }}", given)


def test_the_protocol_reads_what_python_packs(empty: Page) -> None:
    arrays: dict[str, Any] = {
        "odd": np.arange(5, dtype=np.uint8).reshape(5, 1),
        "none": np.zeros((0, 4), dtype=np.float32),
        "f4": np.array([[1.5, -2.25], [3e30, 0]], dtype=np.float32),
        "f8": np.array([np.pi, 1e300]),
    }
    message = pack({"text": "Größe “<b>”", "n": 3}, arrays)
    found = run(
        empty,
        "protocol",
        f"""const {{ arrays, ...header }} = await m.decode({BYTES});
        const plain = Object.entries(arrays).map(([k, a]) => [k, [a.shape, Array.from(a.data)]]);
        return {{ text: header.text, n: header.n, arrays: Object.fromEntries(plain) }};""",
        base64.b64encode(message).decode(),
    )
    assert (found["text"], found["n"]) == ("Größe “<b>”", 3)
    assert list(found["arrays"]) == list(arrays)
    for name, array in arrays.items():
        assert found["arrays"][name] == [list(array.shape), array.ravel().tolist()]


def test_the_protocol_adds_differences_up_again(empty: Page) -> None:
    frames = np.random.default_rng(0).integers(0, 256, (4, 3, 2), dtype=np.uint8)
    found = run(
        empty,
        "protocol",
        f"""const {{ arrays }} = await m.decode({BYTES});
        m.undoDifferences(arrays.codes);
        return Array.from(arrays.codes.data);""",
        base64.b64encode(pack({}, {"codes": differences(frames)})).decode(),
    )
    assert found == frames.ravel().tolist()


@pytest.mark.parametrize("n", [2, 3, 4, 5, 6])
@pytest.mark.parametrize("dark", [False, True])
def test_a_sure_answer_has_the_shade_of_its_class(empty: Page, n: int, dark: bool) -> None:
    sure = boundary.codes(np.eye(n), n).tolist()
    table = run(
        empty,
        "palette",
        """const theme = { background: given.dark ? "#101014" : "#ffffff", dark: given.dark };
        const shades = m.boundaryTable(given.shading, theme, false);
        const hard = m.boundaryTable(given.shading, theme, true);
        return [Array.from(shades), Array.from(hard), given.shading.colours.map(m.rgb)];""",
        {"shading": boundary.shading(n), "dark": dark},
    )
    shades, hard = (np.array(t).reshape(256, 4) for t in table[:2])
    colours = np.array(table[2], dtype=float)
    assert (shades[:, 3] == 255).all()
    for c, code in enumerate(sure):
        # Without shades of certainty each code of a class looks like a sure one.
        np.testing.assert_allclose(hard[code], shades[code], atol=1)
        distance = np.linalg.norm(colours - shades[code, :3], axis=1)
        assert distance.argmin() == c
    assert len({tuple(hard[code]) for code in sure}) == n


def test_history_follows_the_servers_rows(empty: Page) -> None:
    """Rows are appended, replaced from `start` on, and dropped when the generation changes."""
    rows = run(
        empty,
        "history",
        """const history = new m.History();
        const rows = (...epochs) => {
          const data = Float32Array.from(epochs.flatMap((e) => [e, 1, 2, 3]));
          return { data, shape: [epochs.length, 4] };
        };
        const seen = [];
        const note = () => seen.push(history.rows.map((r) => r[0]));
        history.take(7, 0, rows(0, 1, 2)); note();
        history.take(7, 3, rows(3)); note();
        history.take(7, 4, rows()); note();
        history.take(7, 2, rows(2, 3, 4)); note();
        seen.push([-1, 2, 2.5, 99].map((epoch) => history.until(epoch).length));
        history.take(8, 0, rows(0, 2, 4)); note();
        history.clear(); note();
        return seen;""",
    )
    assert rows == [
        [0, 1, 2],
        [0, 1, 2, 3],
        [0, 1, 2, 3],
        [0, 1, 2, 3, 4],
        [0, 3, 3, 5],
        [0, 2, 4],
        [],
    ]


def test_the_player_shows_every_frame_and_asks_for_more(empty: Page) -> None:
    found = run(
        empty,
        "player",
        """const drawn = [];
        const sent = [];
        let player;
        await new Promise((done) => {
          player = new m.Player({
            send: (request) => {
              sent.push([request.cmd, request.n]);
              setTimeout(() => {
                player.answered(request.n);
                const from = 5 * (request.n - 1);
                if (request.n <= 4) player.enqueue([0, 1, 2, 3, 4].map((i) => from + i), 20);
              });
            },
            draw: (frame) => { drawn.push(frame); if (frame === 19) done(); },
          });
          player.lead = 60;
          player.start();
        });
        player.stop();
        return { drawn, sent, left: player.queue.length, playing: player.playing };""",
    )
    assert found["drawn"] == sorted(set(found["drawn"]))
    assert found["drawn"][-1] == 19
    assert [number for _, number in found["sent"]] == list(range(1, len(found["sent"]) + 1))
    assert {command for command, _ in found["sent"]} == {"tick"}
    assert (found["left"], found["playing"]) == (0, False)


def test_the_player_brings_along_what_has_no_answer(empty: Page) -> None:
    found = run(
        empty,
        "player",
        """const sent = [];
        const send = ({ earlier, n }) => sent.push([n, earlier.map((r) => [r.n, r.cmd, r.step])]);
        const player = new m.Player({ send, draw: () => {}, step: () => 7 });
        for (const cmd of ["step", "look", "tick", "epoch", "step"]) player.ask({ cmd });
        player.answered(1);
        player.ask({ cmd: "step" });
        player.answered(6);
        player.ask({ cmd: "step" });
        return sent;""",
    )
    assert found == [
        [1, []],
        [2, [[1, "step", 7]]],
        [3, [[1, "step", 7]]],
        [4, [[1, "step", 7]]],
        [5, [[1, "step", 7], [4, "epoch", 7]]],
        [6, [[4, "epoch", 7], [5, "step", 7]]],
        [7, []],
    ]


def test_a_stopped_player_draws_nothing_more(empty: Page) -> None:
    assert run(
        empty,
        "player",
        """const drawn = [];
        const player = new m.Player({ send: () => {}, draw: (f) => drawn.push(f) });
        player.start();
        player.enqueue([1, 2, 3], 1);
        player.stop();
        player.enqueue([4], 1);
        for (let i = 0; i < 5; i += 1) await new Promise(requestAnimationFrame);
        return [drawn, player.queue];""",
    ) == [[], []]
