"""What the digits page says about a run, and about a single answer."""

from __future__ import annotations

from typing import Any

from playground.digits.reader import Reader
from playground.live.protocol import Notice


def describe(run: Reader, status: str, *, told: bool) -> Notice:
    """The notice for a run in `status`; `told` is whether it can be told how it diverged."""
    trainer, count = run.trainer, len(run.pictures.train_labels)
    event = trainer.divergence
    if event is not None:
        how = (("explain", "What happened?"),) if told else ()
        epoch = f"{event.epoch + 1:,} (step {event.fatal_step:,})"
        text = f"Diverged in epoch {epoch}: {event.reason}. Try a lower learning rate."
        return Notice("bad", text, (*how, ("reset", "Start again")))
    if status == "ready":
        return Notice(
            "info",
            f"{count:,} pictures to learn from. Press Play (or the space bar), or draw a digit for"
            " a network that has learned nothing yet.",
        )
    silent = not trainer.layer_gradient_rms()[0]
    if silent and trainer.test_accuracy < 0.5:
        text = "No gradient reaches layer 1: its weights stay as they are."
        return Notice("warn", text, (("reset", "Start again"),))
    if trainer.diverging:
        text = "Diverging: the loss is above its start and far above its best."
        return Notice("warn", text, (("reset", "Start again"),))
    if status == "running":
        batch = trainer.batch_size
        return Notice("info", f"Learning from {count:,} pictures, {batch:,} at a time.")
    found = run.reading(whole=True)
    right = int((run.pictures.test_labels == found.said).sum())
    score = f"{right:,} of {len(found.said):,} test pictures are read right."
    if status == "finished":
        text = f"Done: {trainer.epoch:,} epochs. {score} Press Play to train as many again."
        return Notice("good", text)
    return Notice("info", score)


def mistake(truth: Any, said: Any, sure: Any) -> str:
    """A wrong answer, as "3, not 8 (99 %)": it is a 3, and the network was so sure of the 8."""
    return f"{truth}, not {said} ({100 * sure:.0f} %)"
