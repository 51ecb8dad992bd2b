"""A model's answers over the plane as one small picture: a PNG of shades, with the points over it.

N points, G = GRID * GRID cells, C classes. The shades are transparent where a model is not sure, so
that the page shows through and one picture serves light and dark.
"""

from __future__ import annotations

import struct
import zlib
from base64 import b64encode
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from playground.compare.problem import Problem
from playground.figures.boundary import VALUE_RANGE, codes, levels
from playground.figures.palette import SIGN_COLOURS, class_colour

Floats = NDArray[np.floating[Any]]

GRID: Final = 96  # cells a side
SHOWN: Final = 600  # points that are drawn at the most
_SIDE: Final = 240  # units of the drawing a side
_STRONGEST: Final = 0.62  # opacity where a model is sure


def picture(
    problem: Problem,
    test: NDArray[np.intp],
    answers: Floats | None = None,
    wrong: NDArray[np.bool_] | None = None,
) -> str:
    """A data URI: the answers, (G, C) or (G,), behind the points, if there are any yet.

    Training points are discs, `test` points rings, and those that are answered `wrong` (N,) have a
    cross. Of very many points the first are drawn.
    """
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SIDE} {_SIDE}"'
        f' width="{_SIDE}" height="{_SIDE}">'
    ]
    if answers is not None:
        shades = b64encode(_png(codes(answers, problem.n_classes), _colours(problem.n_classes)))
        parts.append(
            f'<image width="{_SIDE}" height="{_SIDE}" href="data:image/png;base64,'
            f'{shades.decode()}"/>'
        )
    parts += _marks(problem, test, wrong)
    drawn = "".join([*parts, "</svg>"])
    return f"data:image/svg+xml;base64,{b64encode(drawn.encode()).decode()}"


def _marks(problem: Problem, test: NDArray[np.intp], wrong: NDArray[np.bool_] | None) -> list[str]:
    scale = _SIDE / (2 * problem.extent)
    count = min(len(problem.y), SHOWN)
    size = 3.0 if count <= 350 else 2.2
    tested = np.zeros(len(problem.y), bool)
    tested[test] = True
    discs, rings, crosses = [], [], []
    for row in range(count):
        x = (problem.points[row, 0] + problem.extent) * scale
        y = (problem.extent - problem.points[row, 1]) * scale
        ink = _ink(problem, row)
        if tested[row]:
            rings.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size}" stroke="{ink}"/>')
        else:
            discs.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size}" fill="{ink}"/>')
        if wrong is not None and wrong[row]:
            crosses.append(f"M{x - 5:.1f} {y - 5:.1f}l10 10m0 -10l-10 10")
    drawn = [
        f'<g stroke="#fff" stroke-width="0.7">{"".join(discs)}</g>',
        f'<g fill="#fff" stroke-width="1.5">{"".join(rings)}</g>',
    ]
    if crosses:  # dark with a light edge, to be seen on any shade in either theme
        path = "".join(crosses)
        for ink in ('"#fff" stroke-width="3.4" opacity="0.7"', '"#14151c" stroke-width="1.8"'):
            drawn.append(f'<path d="{path}" fill="none" stroke={ink}/>')
    return drawn


def _ink(problem: Problem, row: int) -> str:
    if problem.n_classes:
        return class_colour(int(problem.y[row]))
    share = float(np.clip((problem.y[row] + VALUE_RANGE) / (2 * VALUE_RANGE), 0, 1))
    mixed = [(1 - share) * a + share * b for a, b in zip(*map(_rgb, SIGN_COLOURS), strict=True)]
    return "#" + "".join(f"{round(channel):02x}" for channel in mixed)


def _rgb(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))


def _colours(n_classes: int) -> NDArray[np.uint8]:
    """Red, green, blue and opacity of each code of `figures.boundary`, (256, 4)."""
    table = np.zeros((256, 4))
    if n_classes in (0, 2):
        ends = SIGN_COLOURS if n_classes == 0 else (class_colour(0), class_colour(1))
        side = np.linspace(-1, 1, 256)
        table[:, :3] = np.where(side[:, None] < 0, *map(np.array, map(_rgb, ends)))
        table[:, 3] = np.abs(side)
    else:
        steps = levels(n_classes)
        code = np.arange(256)
        label = np.minimum(code // steps, n_classes - 1)
        table[:, :3] = np.array([_rgb(class_colour(c)) for c in range(n_classes)])[label]
        table[:, 3] = np.minimum(code % steps, steps - 1) / (steps - 1)
    table[:, 3] *= 255 * _STRONGEST
    return np.rint(table).astype(np.uint8)


def _png(cells: NDArray[np.uint8], colours: NDArray[np.uint8]) -> bytes:
    """Cells (G,), bottom row first, as a PNG of one byte a cell with a table of colours (256, 4).

    PNG, third edition, W3C 2025: sections 5.3 (chunks), 11.2 and 11.3.1.1 (tRNS).
    """
    rows = cells.reshape(GRID, GRID)[::-1]
    lines = b"".join(b"\0" + row.tobytes() for row in rows)  # each begins with its filter: none
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", GRID, GRID, 8, 3, 0, 0, 0)),
        (b"PLTE", colours[:, :3].tobytes()),
        (b"tRNS", colours[:, 3].tobytes()),
        (b"IDAT", zlib.compress(lines, 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in parts
    )
