"""The digits view: what it trains, shows, sends for drawing, and says, beside the contract."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from playground.data.digits import Digits, small
from playground.digits import view as digits_view
from playground.digits.drawing import MOST_UNITS, curve, parameters, shown_units, weights
from playground.digits.pictures import Pictures, at_hand
from playground.digits.presets import PRESETS
from playground.digits.reader import MEASURED, Reader, network
from playground.digits.settings import DigitsSettings
from playground.digits.view import DigitsView
from playground.digits.words import mistake
from playground.settings.config import ACTIVATION_LABELS, Config
from tests.playground.viewer import Carrier, Clock, Viewer

SMALL = DigitsSettings(
    digits_source="digits8", digits_layers=(6,), digits_batch=100, digits_epochs=8, digits_rate=0.2
)


@pytest.fixture(autouse=True)
def _time(clock: Clock) -> None: ...


def viewer(settings: DigitsSettings = SMALL, **changes: Any) -> Viewer:
    return Viewer(DigitsView(), Config(speed="25"), settings, **changes)


def many(count: int) -> Pictures:
    """So many pictures to train on and half as many to test, of the small digits over again."""
    found = small(8)
    train, test = np.arange(count) % len(found.train), np.arange(count // 2) % len(found.test)
    return Pictures(
        Digits(
            found.train[train], found.train_labels[train], found.test[test], found.test_labels[test]
        )
    )


# ---- what is trained


def test_all_viewers_share_the_pictures_and_nobody_can_change_them() -> None:
    one, other = (viewer().view.experiment.pictures for _ in range(2))  # type: ignore[attr-defined]
    assert one is other
    for table in (one.train.table, one.test.table):
        assert not table.flags.writeable
        assert table.max() <= 1
    run = Reader(SMALL, one)
    assert run.trainer.data.table is one.train.table
    np.testing.assert_array_equal(one.picture(3), small(8, 0).test[3])


def test_the_network_is_what_the_settings_name() -> None:
    settings = replace(SMALL, digits_layers=(128, 64), digits_init="zeros")
    run = Reader(settings, at_hand("digits28", 0))
    assert run.units == [784, 128, 64, 10]
    assert run.model.n_parameters == 109_386
    assert not run.model.flat.any()
    assert run.layer_names == ["layer 1", "layer 2", "output"]
    assert network(replace(settings, digits_layers=()), 64).n_parameters == 650


def test_another_seed_tests_on_other_pictures() -> None:
    one, other = (at_hand("digits8", seed) for seed in (0, 1))
    assert (one.test_labels[:50] != other.test_labels[:50]).any()


@pytest.mark.parametrize("seed", range(2))
def test_the_taught_network_reads_what_it_was_not_trained_on(seed: int) -> None:
    settings = replace(PRESETS["taught"].settings, digits_seed=seed)
    run = Reader(settings, at_hand(settings.digits_source, seed))
    run.trainer.run_epochs(settings.digits_epochs)
    assert run.trainer.test_accuracy > 0.92  # 0.965 over five seeds: benchmarks/digits.py


# ---- presets: what they say


def test_each_preset_shows_what_it_says() -> None:
    ends = {}
    for name, preset in PRESETS.items():
        settings = preset.settings
        ends[name] = run = Reader(settings, at_hand(settings.digits_source, 0))
        run.trainer.run_epochs(15 if name == "deep" else settings.digits_epochs)
    first_gradient = {name: run.trainer.layer_gradient_rms()[0] for name, run in ends.items()}
    taught = ends["taught"]
    died = [k for k in range(10) if _is_silent(taught, k)]
    assert died  # "one that stays noise has died"
    assert ends["deep"].trainer.train_accuracy > 0.98
    assert first_gradient["high"] == 0
    assert len(set(ends["high"].reading(whole=True).said)) == 1
    assert ends["diverges"].trainer.status == "diverged"
    assert first_gradient["zeros"] == 0
    assert not any(layer.weight.any() for layer in ends["zeros"].dense_layers)
    assert ends["zeros"].dense_layers[-1].bias.any()
    assert ends["small"].trainer.test_accuracy > taught.trainer.test_accuracy - 0.01


def _is_silent(run: Reader, unit: int) -> bool:
    """Whether a hidden unit answers zero to every test picture."""
    (_, answers, _) = run.model.activations(run.pictures.inputs(slice(None)))
    return not answers[:, unit].any()


# ---- what is shown


def test_a_run_fills_every_panel() -> None:
    seen = viewer()
    seen.play()
    assert seen.header["status"] == "finished"
    seen.want = [panel["id"] for panel in seen.figures["panels"]]
    state = seen.ask("look")["state"]
    counts = np.array(state["confusion"]["counts"])
    labels = at_hand("digits8", 0).test_labels
    np.testing.assert_array_equal(counts.sum(axis=1), np.bincount(labels))
    right = np.trace(counts) / counts.sum()
    assert right == pytest.approx(seen.frames[-1][4] / 100, abs=1e-6)
    assert f"{np.trace(counts)} of {counts.sum()} test pictures" in seen.header["notice"]["text"]
    wrong = counts.sum() - np.trace(counts)
    assert len(state["mistakes"]["captions"]) == min(wrong, digits_view.MISTAKES)
    assert seen.arrays["state:mistakes:pictures"].shape == (len(state["mistakes"]["values"]), 8, 8)
    assert dict(state["facts"]["facts"])["Weights and biases"] == f"{64 * 6 + 6 + 60 + 10}"
    assert seen.images("weights").shape[1:] == (6, 8, 8)


def test_mistakes_are_the_surest_first_and_in_words() -> None:
    assert mistake(np.intp(3), np.intp(8), np.float32(0.987)) == "3, not 8 (99 %)"
    seen = viewer()
    seen.want = ["mistakes"]
    found = seen.ask("look")["state"]["mistakes"]
    labels = at_hand("digits8", 0).test_labels
    assert [int(words[0]) for words in found["captions"]] == [labels[i] for i in found["values"]]
    sure = [int(words.split("(")[1].split()[0]) for words in found["captions"]]
    assert sure == sorted(sure, reverse=True)
    assert all(words[0] != words[7] for words in found["captions"])


def test_a_test_picture_is_sent_through_the_layers_and_another_is_chosen() -> None:
    seen = viewer()
    for index in (0, 7):
        if index:
            seen.ask("go", index)
        looked = seen.header["state"]["through"]
        pictures = at_hand("digits8", 0)
        assert (looked["index"], looked["label"]) == (index, pictures.test_labels[index])
        picture = seen.arrays["state:through:picture"]
        np.testing.assert_array_equal(picture[::-1], pictures.picture(index))
        signals = seen.arrays["array:through"][-1]
        assert len(signals) == 6 + 10
        assert signals[6:].sum() == pytest.approx(1, abs=1e-5)
    for never in (-1, 359, 3.0, True, None):
        seen.ask("go", never)
        assert seen.header["state"]["through"]["index"] == 7


def test_weights_are_pictures_around_zero() -> None:
    layer = network(replace(SMALL, digits_layers=(3,)), 64).dense_layers[0]
    layer.weight[:, 0] = 0
    layer.weight[:, 1] = np.linspace(-2, 2, 64)
    layer.weight[:, 2] = np.nan
    found = weights(layer, 8)[:, ::-1].reshape(3, 64)
    assert set(found[0]) == {128} == set(found[2])
    assert (found[1][0], found[1][-1]) == (1, 255)
    assert [shown_units(28, 128), shown_units(8, 128), shown_units(8, 5)] == [10, MOST_UNITS, 5]


# ---- what the browser draws with


@pytest.mark.parametrize("activation", ACTIVATION_LABELS)
def test_the_browser_can_compute_what_the_network_says(activation: str) -> None:
    """From half precision weights and points of the curve, as static/live/digit_input.js does."""
    settings = replace(SMALL, digits_activation=activation, digits_layers=(20, 10))
    run = Reader(settings, at_hand("digits8", 0))
    run.trainer.run_epochs(3)
    numbers = parameters(run.dense_layers).view("<f2").astype(np.float64)
    points = curve(activation)
    step = (points["high"] - points["low"]) / (len(points["values"]) - 1)

    def activated(z: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        place = (z - points["low"]) / step
        i = np.clip(np.floor(place), 0, len(points["values"]) - 2).astype(int)
        values = np.array(points["values"])
        return np.asarray(values[i] + (values[i + 1] - values[i]) * (place - i))

    signal, start = run.pictures.inputs(slice(0, 50)).astype(np.float64), 0
    for inputs, units in zip(run.units, run.units[1:], strict=False):
        weight = numbers[start : start + inputs * units].reshape(inputs, units)
        start += inputs * units
        z = signal @ weight + numbers[start : start + units]
        start += units
        signal = activated(z) if start < len(numbers) else z
    found = np.exp(signal - signal.max(axis=1, keepdims=True))
    found /= found.sum(axis=1, keepdims=True)
    wanted = run.model.predict_proba(run.pictures.inputs(slice(0, 50)))
    np.testing.assert_allclose(found, wanted, atol=0.005)


def test_weights_to_draw_with_come_at_rest_and_about_once_a_second_in_motion(clock: Clock) -> None:
    seen = viewer(digits_epochs=1000)
    assert "draw" not in seen.header["state"]  # nobody looks
    seen.want = ["draw"]
    assert "draw" in seen.ask("look")["state"]
    seen.ask("play")
    sent = []
    for _ in range(12):
        clock.now += 0.25
        sent.append("draw" in seen.ask("tick")["state"])
    assert 2 <= sum(sent) <= 4
    assert "draw" in seen.ask("pause")["state"]


def test_what_cannot_be_half_is_still_sent_as_numbers() -> None:
    layer = network(SMALL, 64).dense_layers[0]
    layer.weight[0, :3] = np.nan, np.inf, -1e9
    found = parameters([layer]).view("<f2")
    assert np.isfinite(found).all()
    assert found[2] < -65_000


# ---- large data sets, and runs that are carried


def test_of_many_pictures_a_sample_is_measured_and_at_rest_all_are_read(clock: Clock) -> None:
    seen = Viewer(DigitsView(lambda settings: many(6000)), Config(speed="1"), SMALL)
    seen.want = ["confusion", "facts"]
    seen.ask("look")
    assert np.sum(seen.header["state"]["confusion"]["counts"]) == 3000
    facts = dict(seen.header["state"]["facts"]["facts"])
    assert facts["Charts are measured on"] == "1,000 of 6,000 and 1,000 of 3,000, drawn once"
    seen.ask("play")
    clock.now += 5
    seen.ask("tick")
    assert seen.header["playing"]
    assert np.sum(seen.header["state"]["confusion"]["counts"]) == MEASURED


def test_a_run_too_large_to_be_carried_says_so_when_it_is_lost() -> None:
    large = replace(SMALL, digits_source="digits28", digits_layers=(256, 64))
    seen = Carrier(DigitsView(), Config(), replace(large, digits_optimizer="adam", digits_rate=0.1))
    seen.ask("step")
    assert seen.packed == b""
    assert not seen.view.can_be_brought_back
    other = seen.under_another_server()
    assert other.step == 0
    assert "too large for the browser" in other.header["notice"]["text"]


def test_a_long_way_to_the_end_is_not_taken_again(monkeypatch: pytest.MonkeyPatch) -> None:
    wild = replace(SMALL, digits_activation="identity", digits_rate=1.5)
    seen = viewer(wild)
    seen.play()
    assert ["explain", "What happened?"] in seen.header["notice"]["actions"]
    assert "climb" in seen.arrays
    monkeypatch.setattr(DigitsView, "longest_way", 0)
    seen = viewer(wild)
    seen.play()
    assert "explain" not in [action[0] for action in seen.header["notice"]["actions"]]
    assert "climb" not in seen.arrays
    assert "divergence_report" not in seen.ask("explain")


@pytest.mark.parametrize(
    ("settings", "kind", "says"),
    [
        ({}, "good", "Done: 8 epochs."),
        ({"digits_init": "zeros"}, "warn", "No gradient reaches layer 1"),
        ({"digits_activation": "identity", "digits_rate": 1.5}, "bad", "Diverged in epoch 1 "),
    ],
)
def test_the_end_is_said_in_words(settings: dict[str, Any], kind: str, says: str) -> None:
    seen = viewer(**settings)
    assert "Press Play" in seen.header["notice"]["text"]
    seen.play()
    assert seen.header["notice"]["kind"] == kind
    assert seen.header["notice"]["text"].startswith(says)


def test_a_run_that_diverged_goes_on_from_where_it_was_healthy_and_a_new_start_has_a_new_seed() -> (
    None
):
    seen = viewer(digits_activation="identity", digits_rate=1.5)
    fresh = np.array(seen.frames[-1])
    seen.play()
    offers = [action[0] for action in seen.header["notice"]["actions"]]
    assert offers == ["explain", "rewind", "halve", "reset"]
    seen.ask("rewind")
    np.testing.assert_array_equal(seen.frames[-1], fresh)  # it diverged in its first epoch
    seen.play()
    for halves in range(1, 12):
        header = seen.ask("halve")
        assert header["rate"] == seen.settings.digits_rate == 1.5 / 2**halves
        seen.play()
        if seen.header["status"] == "finished":
            break
    assert seen.header["status"] == "finished"
    assert seen.frames[-1][4] > 85
    header = seen.ask("new")
    assert (seen.settings.digits_seed, header["status"]) == (1, "ready")
    assert header["notice"]["text"].startswith("1,438 pictures")
    assert (seen.frames[-1] != fresh).any()


def test_live_settings_are_followed_by_the_trainer() -> None:
    seen = viewer()
    assert isinstance(seen.view, DigitsView)
    seen.ask("step")
    seen.change(digits_rate=0.5, digits_batch=50, digits_epochs=3, digits_optimizer="adam")
    (trainer,) = seen.view.trainers
    found = trainer.learning_rate, trainer.batch_size, trainer.epochs, trainer.optimizer.name
    assert found == (0.5, 50, 3, "adam")
