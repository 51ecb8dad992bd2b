"""Below the charts, and on hover: the diagram, the measures, and other kinds of data."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from playground.figures import network
from playground.runs.experiment import Experiment
from playground.settings.config import Config
from tests.browser.screen import Playground, box_of, figure

SMALL = {"layers": "3", "dataset": "circle"}
BLOBS = {"dataset": "blobs", "classes": "4", "noise": "30", "optimizer": "adam", "dropout": "0.1"}


def after_epochs(parameters: dict[str, str], epochs: int) -> Experiment:
    experiment = Experiment(Config.from_query(parameters)[0])
    experiment.trainer.run_epochs(epochs)
    return experiment


def test_what_is_below_the_charts_is_the_runs_own(
    screen: Playground, subtests: pytest.Subtests
) -> None:
    screen.open(SMALL)
    canvas = screen.live.locator(".nn-network-canvas")
    canvas.scroll_into_view_if_needed()
    expect(canvas).to_have_attribute("aria-label", re.compile("Network diagram: .*3"))
    screen.button("Step one epoch").click()
    expect(screen.fact("Steps")).to_have_text(re.compile("^25 "))
    experiment = after_epochs(SMALL, 1)

    with subtests.test("the diagram tells each unit's bias and range, and each weight"):
        canvas.scroll_into_view_if_needed()
        box, tip = box_of(canvas), screen.live.locator(".nn-tip")
        told: set[str] = set()
        # Down the middle, where the hidden layer's column stands, and on the way to it.
        for share in (0.5, 0.25):
            for y in range(36, int(box["height"]), 6):
                screen.page.mouse.move(box["x"] + share * box["width"], box["y"] + y)
                if tip.is_visible():
                    told.add(tip.inner_text())
        layer = experiment.dense_layers[0]
        units = {text for text in told if ": bias " in text}
        biases = {found[1] for text in units if (found := re.search(r"bias (\S+),", text))}
        assert biases == {figure(float(bias)) for bias in layer.bias}
        assert all(re.search(r"values \S+ to \S+ over the plane", text) for text in units)
        weights = {text.rsplit(" ", 1)[1] for text in told if ": weight " in text}
        assert weights
        assert weights <= {figure(float(weight)) for weight in layer.weight.ravel()}
        screen.page.mouse.move(box["x"] + box["width"] / 2, box["y"] - 40)
        expect(tip).to_be_hidden()

    with subtests.test("measures and confusion"):
        rows = screen.panel("measures").locator("tr").all_inner_texts()
        said = {row.split("\t")[0]: row.split("\t")[1:] for row in rows}
        for label, _, train, test in experiment.measures():
            assert said[label] == [figure(float(v)) for v in (train, test) if v is not None]
        counts = screen.panel("confusion").locator("td").all_inner_texts()
        confusion = experiment.confusion()
        assert confusion is not None
        assert [int(n) for n in counts] == [n for row in confusion["counts"] for n in row]
        expect(screen.fact("Parameters")).to_have_text(str(experiment.model.n_parameters))

    with subtests.test("the gradient of every weight, once it is unfolded, follows the run"):
        screen.panel("weights").locator("summary").click()
        chart = screen.chart("weights")
        screen.wait_chart("weights", "node.data.length === 2")
        drawn: list[list[list[float]]] = chart.evaluate("(node) => node.data.map((t) => t.z)")
        flat = np.concatenate([np.array(z).T.ravel() for z in drawn])
        expected = network.log_magnitudes(experiment.trainer.gradient_now())
        np.testing.assert_allclose(flat, expected, rtol=1e-5)
        expect(chart.locator(".main-svg").first).to_be_visible()
        screen.button("Step one epoch").click()
        chart.scroll_into_view_if_needed()  # the click may have scrolled it away
        screen.wait_chart("weights", f"node.data[0].z[0][0] !== {drawn[0][0][0]!r}")
        expect(chart).to_have_attribute("data-builds", "1")


@pytest.mark.parametrize(
    ("parameters", "classes", "measure"),
    [
        (BLOBS, 4, "Accuracy"),
        ({"dataset": "plane", "layers": ""}, 0, "R"),
        ({"dataset": "xor", "loss": "binary_cross_entropy", "layers": "6,4"}, 2, "ROC AUC"),
    ],
    ids=["four classes", "regression without hidden layer", "binary cross-entropy"],
)
def test_every_kind_of_run_draws_and_learns(
    screen: Playground, parameters: dict[str, str], classes: int, measure: str
) -> None:
    screen.open({**parameters, "epochs": "30", "speed": "max", "play": "1"})
    screen.wait_status("finished")
    screen.wait_rest()
    experiment = after_epochs(parameters, 30)
    expect(screen.words).to_contain_text("30 epochs")
    trainer = experiment.trainer
    assert screen.losses == (figure(trainer.train_loss), figure(trainer.test_loss))
    assert len(screen.boundary()) >= 100
    assert screen.painted("boundary")[1] > 50
    legend = screen.panel("boundary").locator(".nn-legend")
    for number in range(classes):
        expect(legend).to_contain_text(f"class {number}")
    if classes == 4:
        told = screen.live.locator(".nn-in-words")
        train, test = screen.losses
        expect(told).to_have_text(
            [
                re.compile(r"^The network answers class 0 on \d+ %, class 1 on \d+ %, class 2 on"),
                re.compile(f"^At 30: training: {train}, from .*; test: {test}, from "),
                re.compile(
                    r"^Now: layer 1: [\d.e-]+, layer 2: .*, layer 3: .*, output: [\d.e-]+\.$"
                ),
            ]
        )
    expect(screen.fact("Steps")).to_be_visible()
    expect(screen.panel("measures")).to_contain_text(measure)
    expect(screen.panel("confusion").locator("td")).to_have_count(classes**2)
    bars = screen.live.locator("[data-chart=boundary] .colorbar")
    expect(bars).to_have_count(0 if classes else 1)
    rows = screen.live.locator("[data-chart=gradient] .ytick text")
    expect(rows).to_have_count(len(experiment.config.layers) + 1)
    # At rest the boundary is a true heatmap: pointing at it gives the value there.
    screen.panel("boundary").scroll_into_view_if_needed()
    plot = box_of(screen.live.locator("[data-chart=boundary] .nsewdrag"))
    for share in (0.06, 0.94):
        screen.page.mouse.move(
            plot["x"] + share * plot["width"], plot["y"] + share * plot["height"], steps=3
        )
    value = screen.live.locator("[data-chart=boundary] .hoverlayer .hovertext")
    expect(value.first).to_be_visible()
