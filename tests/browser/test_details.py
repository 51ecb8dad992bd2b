"""Below the charts, and on hover: the diagram, the measures, and other kinds of data."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from playground.figures import network
from playground.runs.experiment import Experiment
from playground.settings.config import Config
from tests.browser.screen import Screen, figure

SMALL = {"layers": "3", "dataset": "circle"}


def query(parameters: dict[str, str]) -> str:
    return "&".join(f"{name}={value}" for name, value in parameters.items())


def after_one_epoch(parameters: dict[str, str]) -> Experiment:
    experiment = Experiment(Config.from_query(parameters)[0])
    experiment.trainer.run_epochs(1)
    return experiment


def test_the_diagram_tells_each_units_bias_and_range_and_each_weight(screen: Screen) -> None:
    screen.open(query(SMALL))
    canvas = screen.live.locator(".nn-network-canvas")
    canvas.scroll_into_view_if_needed()
    expect(canvas).to_have_attribute("aria-label", re.compile("Network diagram: .*3"))
    screen.button("Step one epoch").click()
    expect(screen.fact("Steps")).to_have_text(re.compile("^25 "))
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    tip = screen.live.locator(".nn-tip")
    told: set[str] = set()
    # Down the middle, where the hidden layer's column stands, and on the way to it from the left.
    for share in (0.5, 0.25):
        for y in range(36, int(box["height"]), 6):
            screen.page.mouse.move(box["x"] + share * box["width"], box["y"] + y)
            if tip.is_visible():
                told.add(tip.inner_text())
    layer = after_one_epoch(SMALL).dense_layers[0]
    units = {text for text in told if ": bias " in text}
    assert {re.search(r"bias (\S+),", text)[1] for text in units} == {  # type: ignore[index]
        figure(float(bias)) for bias in layer.bias
    }
    assert all(re.search(r"values \S+ to \S+ over the plane", text) for text in units)
    weights = {text.rsplit(" ", 1)[1] for text in told if ": weight " in text}
    assert weights
    assert weights <= {figure(float(weight)) for weight in layer.weight.ravel()}
    screen.page.mouse.move(box["x"] + box["width"] / 2, box["y"] - 40)
    expect(tip).to_be_hidden()


def test_measures_confusion_and_the_gradient_of_every_weight(screen: Screen) -> None:
    screen.open(query(SMALL))
    screen.button("Step one epoch").click()
    expect(screen.fact("Steps")).to_have_text(re.compile("^25 "))
    experiment = after_one_epoch(SMALL)
    rows = screen.live.locator("[data-panel=measures] tr").all_inner_texts()
    told = {row.split("\t")[0]: row.split("\t")[1:] for row in rows}
    for label, _, train, test in experiment.measures():
        assert told[label] == [figure(float(v)) for v in (train, test) if v is not None]
    counts = screen.live.locator("[data-panel=confusion] td").all_inner_texts()
    confusion = experiment.confusion()
    assert confusion is not None
    assert [int(n) for n in counts] == [n for row in confusion["counts"] for n in row]
    expect(screen.fact("Parameters")).to_have_text(str(experiment.model.n_parameters))

    panel = screen.live.locator("[data-panel=weights]")
    panel.locator("summary").click()
    chart = panel.locator(".nn-plot")
    expect(chart).to_have_attribute("data-builds", "1")
    screen.wait("document.querySelector('[data-chart=weights] .nn-plot').data?.length === 2")
    drawn: list[list[list[float]]] = chart.evaluate("(node) => node.data.map((trace) => trace.z)")
    flat = np.concatenate([np.array(z).T.ravel() for z in drawn])
    expected = network.log_magnitudes(experiment.trainer.gradient_now())
    np.testing.assert_allclose(flat, expected, rtol=1e-5)
    expect(chart.locator(".main-svg").first).to_be_visible()
    # It follows the run while it is open.
    screen.button("Step one epoch").click()
    screen.wait(
        "document.querySelector('[data-chart=weights] .nn-plot').data[0].z[0][0] "
        f"!== {drawn[0][0][0]!r}"
    )
    expect(chart).to_have_attribute("data-builds", "1")


@pytest.mark.parametrize(
    ("parameters", "classes", "measure"),
    [
        ({"dataset": "blobs", "classes": "4"}, 4, "Accuracy"),
        ({"dataset": "plane"}, 0, "R"),
        ({"dataset": "xor", "loss": "binary_cross_entropy", "layers": "6,4"}, 2, "ROC AUC"),
        ({"layers": ""}, 2, "Accuracy"),
    ],
    ids=["four classes", "regression", "binary cross-entropy", "no hidden layer"],
)
def test_every_kind_of_run_draws_and_learns(
    screen: Screen, parameters: dict[str, str], classes: int, measure: str
) -> None:
    screen.open(query({**parameters, "epochs": "30", "speed": "max", "play": "1"}))
    screen.wait_status("finished")
    screen.wait_rest()
    experiment = Experiment(Config.from_query(parameters)[0])
    experiment.trainer.run_epochs(30)
    assert screen.losses[0] == figure(experiment.trainer.train_loss)
    assert len(screen.boundary()) >= 100
    assert screen.pixels("boundary") > 50
    legend = screen.live.locator("[data-panel=boundary] .nn-legend")
    for number in range(classes):
        expect(legend).to_contain_text(f"class {number}")
    expect(screen.fact("Steps")).to_be_visible()
    expect(screen.live.locator("[data-panel=measures]")).to_contain_text(measure)
    expect(screen.live.locator("[data-panel=confusion] td")).to_have_count(classes**2)
    bars = screen.live.locator("[data-chart=boundary] .colorbar")
    expect(bars).to_have_count(0 if classes else 1)
    rows = screen.live.locator("[data-chart=gradient] .ytick text")
    expect(rows).to_have_count(len(experiment.config.layers) + 1)
    # At rest the boundary is a true heatmap: pointing at it gives the value there.
    screen.live.locator("[data-panel=boundary]").scroll_into_view_if_needed()
    plot = screen.live.locator("[data-chart=boundary] .nsewdrag").bounding_box()
    assert plot is not None
    for share in (0.06, 0.94):
        screen.page.mouse.move(
            plot["x"] + share * plot["width"], plot["y"] + share * plot["height"], steps=3
        )
    value = screen.live.locator("[data-chart=boundary] .hoverlayer .hovertext")
    expect(value.first).to_be_visible()
    assert screen.seen("bad") == []
