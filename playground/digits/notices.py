"""What is said of a run on the digits page, and what can be done about it."""

from __future__ import annotations

from playground.digits import words
from playground.digits.reader import Reader
from playground.live.protocol import Notice
from playground.live.trainer_view import EXPLAIN, HALVE, RESET, REWIND


def describe(run: Reader, status: str, *, told: bool) -> Notice:
    """The notice for a run in `status`; `told` is whether it can be told how it diverged."""
    trainer, count = run.trainer, len(run.pictures.train_labels)
    event = trainer.divergence
    if event is not None:
        how = (EXPLAIN,) if told else ()
        text = words.diverged(event.epoch, event.fatal_step, event.reason)
        return Notice("bad", text, (*how, REWIND, HALVE, RESET))
    if status == "ready":
        return Notice("info", words.ready(count))
    silent = not trainer.layer_gradient_rms()[0]
    if silent and trainer.test_accuracy < 0.5:
        return Notice("warn", words.SILENT, (RESET,))
    if trainer.diverging:
        return Notice("warn", words.DIVERGING, (HALVE, RESET))
    if status == "running":
        return Notice("info", words.running(count, trainer.batch_size))
    found = run.reading(whole=True)
    score = words.score(int((run.pictures.test_labels == found.said).sum()), len(found.said))
    if status == "finished":
        return Notice("good", words.finished(trainer.epoch, score))
    return Notice("info", score)
