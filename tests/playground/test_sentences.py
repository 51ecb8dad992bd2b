"""The sentences that the pages say, whole, as they were recorded.

`python -m tests.playground.test_sentences` records them anew, which only a change that is meant to
change words may do: read what it changes. Other tests assert the culprit and the numbers alone.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from playground.learning_rate.edge import EdgeRun
from playground.learning_rate.parabola import descend
from playground.learning_rate.parabola_sentence import sentence
from playground.learning_rate.verdicts import verdicts
from playground.runs.experiment import Experiment
from playground.settings.config import Config
from playground.training.gauge import Gauge, batch_reading, reading
from playground.training.notices import describe
from tests.playground.test_race import PATHS, record_of

RECORD = Path(__file__).with_name("sentences.json")
LINE: tuple[tuple[Any, ...], ...] = (  # curvature, rate, momentum, steps
    *((1, 0.2), (1, 0.0149), (1, 1e-4), (1, 1e-5), (4, 0.25), (1, 1.8), (3, 2 / 3), (1, 2.2)),
    *((1, 30), (1, 3, 0, 1), (1, 1e-4, 0.5), (1, 0.1, 0.9), (1, 0.003, 0.9), (1, 3.799, 0.9)),
    *((1, 3.8, 0.9), (1, 3.9, 0.9), (1, 0.3, 0.8, 6), (1, 1, 1 - 1e-9)),
)
NETWORK = Config(samples=60, layers=(6,), epochs=200, batch_size=60, learning_rate=0.2)
LINEAR = {"dataset": "plane", "layers": (), "learning_rate": 0.05}
ADAPTIVE = ("adam", "adamw", "rmsprop", "adagrad")
EDGE: tuple[Mapping[str, Any], ...] = (
    *({}, {"batch_size": 7}, {"dropout": 0.5}, {"clip": 1.0}, {"l1": 0.1}),
    *({"momentum": 0.9}, {"momentum": 0.9, "nesterov": True}, {"nesterov": True}),
    *({"optimizer": name} for name in ADAPTIVE),
    *({"learning_rate": rate} for rate in (1.48, 1.64, 2.03)),  # at the edge, and above it
    *(LINEAR, LINEAR | {"clip": 1.0}, LINEAR | {"l1": 2.0}, LINEAR | {"learning_rate": 1.0}),
    {"dataset": "multi-gauss", "activation": "relu", "learning_rate": 50.0},
)
GAUGE: tuple[Mapping[str, Any], ...] = (
    *({}, {"momentum": 0.5}, {"momentum": 0.5, "nesterov": True}, {"clip": 1.0}, {"l1": 0.1}),
)
NOTICES: tuple[tuple[Config, str], ...] = (
    *((replace(NETWORK, epochs=3), name) for name in ("ready", "running", "paused", "finished")),
    (Config(dataset="plane", samples=60, learning_rate=1000.0), "diverged"),
    *((Config(samples=200, learning_rate=10.0, epochs=3), name) for name in ("running", "paused")),
    (Config(samples=200, learning_rate=10.0, epochs=3), "finished"),
)


class Flat(EdgeRun):
    """Nothing curves upwards."""

    sharpness = -5.0


def sentences() -> Iterator[tuple[str, str]]:
    """Each with a name."""
    for given in LINE:
        yield f"parabola {given}", sentence(descend(*given))
    for name, path, _ in PATHS:
        yield f"race: {name}", verdicts(record_of(path), 0.1, [None])[0].why
    for changes in EDGE:
        edge = EdgeRun(replace(NETWORK, **changes))
        if edge.learning_rate in (1.0, 50.0):  # which do not last so long
            edge.run_epochs(20)
        yield f"edge {dict(changes)}", f"[{edge.limit_label}] {edge.sentence} {edge.note}".rstrip()
    yield "edge, flat", Flat(NETWORK).sentence
    for read in (reading, batch_reading):
        for changes in GAUGE:
            found = read(replace(NETWORK, batch_size=7, **changes), 0.25, 4.0, 30)
            yield f"{read.__name__} {dict(changes)}", f"[{found.text}] {found.title}"
        for sharpness in (math.nan, -math.inf if read is reading else math.inf):
            found = read(replace(NETWORK, batch_size=7), 0.25, sharpness, 30)
            yield f"{read.__name__} {sharpness}", f"[{found.text}] {found.title}"
    for optimizer in ADAPTIVE:
        known = Gauge(Experiment(replace(NETWORK, optimizer=optimizer))).read(playing=False)
        yield f"gauge {optimizer}", "" if known is None else f"[{known.text}] {known.title}"
    for config, status in NOTICES:
        experiment = Experiment(config)
        experiment.trainer.run_epochs(3)
        notice = describe(experiment, status)
        offers = ", ".join(f"{label} ({command})" for command, label in notice.actions)
        name = f"notice {status} at {config.learning_rate:g}"
        yield name, f"[{notice.kind}] {notice.text} {offers}".rstrip()


def test_every_sentence_is_the_one_that_was_recorded() -> None:
    found = dict(sentences())
    recorded = json.loads(RECORD.read_text())
    assert found.keys() == recorded.keys()
    for name, text in found.items():
        assert text == recorded[name], name


if __name__ == "__main__":
    RECORD.write_text(json.dumps(dict(sentences()), indent=1, ensure_ascii=False) + "\n")
