"""The gradient-flow page in a real browser: what moves, what stays, and what breaks."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import ClassVar, Final

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Locator, Page, expect

from playground.gradient_flow.comparison import Comparison
from playground.gradient_flow.presets import PRESETS
from playground.gradient_flow.settings import GradientFlowSettings
from playground.settings.config import Config
from tests.browser.screen import DESKTOP, PHONE, Playground, Screen, box_of

CONFIG = Config(samples=60, epochs=100_000, speed="25")
THREE = GradientFlowSettings(flow_depth=4, flow_width=8)
PAIR = replace(
    THREE,
    flow_activations=("relu", "tanh"),
    flow_inits=("he", "glorot"),
    flow_scales=(1.0, 1.0),
    flow_rates=(0.03, 0.03),
    flow_clips=(0.0, 0.0),
)
# The first is lost in its first epoch, the second goes on.
BURSTING = replace(
    PAIR, flow_inits=("normal", "glorot"), flow_scales=(10.0, 1.0), flow_rates=(5.0, 0.02)
)
DEEP = GradientFlowSettings(
    flow_depth=24,
    flow_activations=("sigmoid", "tanh", "relu", "leaky_relu"),
    flow_inits=("normal", "glorot", "he", "he"),
    flow_scales=(1.0,) * 4,
    flow_rates=(0.03,) * 4,
    flow_clips=(0.0,) * 4,
)
KINDS: Final = ("map", "ridges", "units")


def panels(settings: GradientFlowSettings) -> tuple[str, ...]:
    """The names of the panels, in the order of the page."""
    each = [[f"{kind}-{k}" for k in range(len(settings.networks))] for kind in KINDS]
    return (*each[0], *each[1], "forward", "backward", *each[2], "losses", "table")


class FlowScreen(Screen):
    """The gradient-flow page as a person meets it."""

    path: ClassVar[str] = "/gradient_flow"

    def open_flow(self, settings: GradientFlowSettings, config: Config = CONFIG) -> None:
        """Open the page with these settings; wait until all panels and a first frame are drawn."""
        self.open(config.to_query() | settings.to_query(), panels(settings))

    def picture(self, name: str) -> str:
        """A panel's canvas as a data URL."""
        found: str = self.panel(name).locator("canvas").evaluate("(canvas) => canvas.toDataURL()")
        return found

    def wait_maps(self, count: int) -> None:
        """Until the maps are Plotly's heatmaps."""
        for k in range(count):
            self.wait_chart(f"map-{k}", "node.data[0].visible === true")

    def heatmap(self, k: int) -> tuple[list[float], NDArray[np.float64]]:
        """Epochs and log10 of the sizes, (L, epochs), of a map at rest; NaN for none."""
        x, z = self.chart(f"map-{k}").evaluate(
            """(node) => {
              const { x, z } = node.data[0];
              const plain = (v) => (Number.isFinite(v) ? v : null);
              return [Array.from(x), Array.from(z, (row) => Array.from(row, plain))];
            }"""
        )
        return x, np.array([[np.nan if v is None else v for v in row] for row in z])

    def scales(self, count: int) -> list[list[float]]:
        """The ends of the maps' colours."""
        ends = "({ _fullLayout: { coloraxis: c } }) => [c.cmin, c.cmax]"
        return [self.chart(f"map-{k}").evaluate(ends) for k in range(count)]

    @property
    def networks(self) -> Locator:
        """The button of the networks' settings."""
        return self.page.get_by_role("button", name="The networks", exact=True)

    def quantity(self, label: str, name: str | None) -> None:
        """Choose what the maps show, and wait until the address says so."""
        self.page.get_by_role("radiogroup", name="Over the epochs").get_by_text(
            label, exact=True
        ).click()
        self.wait_query(flow_over_epochs=name)


@pytest.fixture
def view(page: Page) -> FlowScreen:
    """A fresh page, with words for what is on it."""
    return FlowScreen(page)


def trained(settings: GradientFlowSettings, epochs: int, config: Config = CONFIG) -> Comparison:
    """The same networks, trained here in one go."""
    comparison = Comparison(config, settings)
    comparison.run_epochs(epochs)
    return comparison


# ---- what moves


def test_play_moves_all_panels_and_pause_keeps_what_is_shown(view: FlowScreen) -> None:
    view.open_flow(THREE)
    view.mark()
    first = {f"{kind}-{k}": view.picture(f"{kind}-{k}") for kind in KINDS[1:] for k in range(3)}
    assert len({*view.scales(3)[0], *view.scales(3)[2]}) == 2  # one scale for all of them
    view.play()
    view.wait_step(12)
    for k in range(3):
        ink, colours = view.painted(f"map-{k}")
        assert ink > 500
        assert colours > 3
        for kind in KINDS[1:]:
            ink, colours = view.painted(f"{kind}-{k}")
            assert ink > 500, kind
            assert colours > 3, kind
    assert view.painted("losses")[0] > 50
    view.pause()
    view.wait_maps(3)
    step = view.step
    assert step >= 12
    comparison = trained(THREE, step)
    assert [row[2] for row in view.cells()] == [f"{loss:.3g}" for loss in comparison.losses]
    assert [line[-1] for line in view.lines("losses")] == pytest.approx(comparison.losses, rel=1e-5)
    for k, found in enumerate(comparison.statistics()):
        epochs, sizes = view.heatmap(k)
        assert epochs == list(range(step + 1))
        np.testing.assert_allclose(sizes[:, -1], np.log10(found.gradient), rtol=1e-4)
    assert all(view.picture(name) != before for name, before in first.items())
    assert view.scales(3)[0] == view.scales(3)[1] == view.scales(3)[2]
    view.button("Step").click()
    expect(view.live).to_have_attribute("data-step", str(step + 1))
    view.button("Reset").click()
    expect(view.live).to_have_attribute("data-step", "0")
    view.wait_status("ready")
    for name, before in first.items():
        assert view.picture(name) == before, name
    view.assert_kept()


def test_the_three_quantities_are_of_the_same_run_and_the_same_charts(view: FlowScreen) -> None:
    view.open_flow(THREE)
    view.mark()
    view.play()
    view.wait_step(5)
    view.pause()
    step, scales = view.step, []
    found = trained(THREE, step).statistics()
    for label, name, words in (
        ("Activation (standard deviation)", "activation", "activation (standard deviation)"),
        ("Update to weight", "update", "update to weight"),
        ("Gradient ∂L/∂W (RMS)", None, "gradient ∂L/∂W (RMS)"),
    ):
        view.quantity(label, name)
        expect(view.panel("map-0").locator(".nn-hint")).to_have_text(f"{words}, log scale")
        view.wait_maps(3)
        scale, second, third = view.scales(3)  # a new one, and the same for all
        assert scale == second == third
        scales.append(scale)
        for k, network in enumerate(found):
            epochs, sizes = view.heatmap(k)
            assert epochs == list(range(step + 1))
            true = np.log10(getattr(network, name or "gradient"))
            np.testing.assert_allclose(sizes[:, -1], true, rtol=1e-4)
            # Before the first step there is no update, and so no colour.
            assert np.isnan(sizes[:, 0]).all() == (name == "update")
        assert view.step == step
    assert scales[0] != scales[1] != scales[2]
    view.wait_status("paused")
    # And while it plays.
    view.play()
    view.quantity("Update to weight", "update")
    view.networks.click()
    view.page.get_by_role("combobox", name="Distribution").click()
    view.page.get_by_role("option", name="Weights", exact=True).click()
    view.wait_query(flow_distribution="weights")
    view.networks.click()
    expect(view.panel("ridges-0").locator("h3")).to_contain_text("weights")
    view.wait_step(view.step + 10)
    expect(view.live).to_have_attribute("data-status", "running")
    view.pause()
    view.assert_kept()


def test_twenty_four_layers_of_four_networks(view: FlowScreen) -> None:
    view.open_flow(DEEP, Config(samples=60, epochs=100_000))
    view.mark()
    view.play()
    view.wait_step(3)
    for k in range(4):
        for kind in KINDS:
            assert view.painted(f"{kind}-{k}")[0] > 300, (kind, k)
    view.pause()
    view.wait_maps(4)
    assert all(view.heatmap(k)[1].shape[0] == 24 for k in range(4))
    assert len({tuple(scale) for scale in view.scales(4)}) == 1
    labels = view.chart("map-0").locator(".ytick text")
    assert labels.first.text_content() == "1"
    assert 5 <= labels.count() <= 9
    boxes = [box for label in labels.all() if (box := label.bounding_box()) is not None]
    assert len(boxes) == labels.count()
    tops = sorted((box["y"], box["height"]) for box in boxes)
    for (y, height), (below, _) in pairwise(tops):
        assert y + height <= below + 1  # labels do not lie on each other
    expect(view.rows).to_have_count(4)
    # Deeper than the Playground can be: none is offered there.
    expect(view.rows.get_by_role("button", name="Open in Playground")).to_have_count(0)
    view.assert_kept()


# ---- what breaks


def test_one_network_diverges_and_the_others_go_on(view: FlowScreen) -> None:
    view.open_flow(BURSTING)
    view.play()
    expect(view.panel("table").locator(".nn-badge[data-kind=bad]")).to_have_count(1)
    view.wait_step(view.step + 10)
    view.pause()
    step = view.step
    assert view.verdicts() == ["diverged", "running"]
    expect(view.live.locator(".nn-line")).to_have_attribute("data-kind", "bad")
    lost, alive = view.lines("losses")
    assert lost[-1] is None
    assert alive[-1] == pytest.approx(trained(BURSTING, step).losses[1], rel=1e-5)
    for k in range(2):
        for kind in KINDS[1:]:
            assert view.painted(f"{kind}-{k}")[0] > 300
    # It is drawn as ended, by its head, by no colours after its end, and by a hatch there.
    divergence = trained(BURSTING, 1).divergences[0]
    assert divergence is not None
    how = f"diverged in epoch {divergence.epoch + 1} (in step {divergence.step + 1})"
    expect(view.words).to_contain_text(f"“{BURSTING.networks[0].label}” {how}.")
    for kind in KINDS:
        expect(view.panel(f"{kind}-0").locator(".nn-hint")).to_contain_text(how)
        expect(view.panel(f"{kind}-1").locator(".nn-hint")).not_to_contain_text("diverged")
    view.wait_maps(2)
    epochs, sizes = view.heatmap(0)
    after = np.array(epochs) > divergence.epoch
    assert after.sum() >= 10
    assert np.isnan(sizes[:, after]).all()
    assert np.isfinite(sizes[:, ~after]).all()
    assert view.painted("map-0")[0] > 500
    assert view.painted("map-1")[0] == 0
    rows = view.rows
    expect(rows.get_by_role("button", name="Open in Playground")).to_have_count(2)
    expect(rows.nth(1).get_by_role("button", name="What happened?")).to_have_count(0)
    rows.nth(0).get_by_role("button", name="What happened?").click()
    dialog = view.page.get_by_role("dialog", name="What happened?")
    expect(dialog.get_by_role("heading")).to_have_text(
        f"What happened to {BURSTING.networks[0].label}?"
    )
    expect(dialog.get_by_role("table")).to_be_visible()
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).not_to_be_visible()
    assert view.step == step

    # A network opens in the Playground.
    view.rows.nth(1).get_by_role("button", name="Open in Playground").click()
    screen = Playground(view.page)
    screen.wait_drawn()
    network = BURSTING.networks[1]
    alone = replace(
        CONFIG,
        layers=(8,) * 4,
        activation="tanh",
        init="glorot",
        learning_rate=network.learning_rate,
    )
    screen.wait_query(**alone.to_query(), flow_depth=None, flow_scales=None)
    assert screen.query() == alone.to_query()
    screen.play()
    screen.pause()


# ---- settings


def test_one_rate_of_all_networks_is_in_the_bar_and_in_their_settings(view: FlowScreen) -> None:
    view.open_flow(PAIR)
    view.unfocus()
    view.page.keyboard.press("-")
    expect(view.rate).to_have_value("0.0225")
    view.wait_query(flow_rates="0.0225,0.0225")
    view.networks.click()
    expect(view.page.get_by_role("spinbutton", name="Learning rate 2")).to_have_value("0.0225")


@pytest.mark.parametrize("viewport", [DESKTOP])
def test_both_rows_of_charts_are_in_sight_and_the_mode_bar_leaves_the_colours_alone(
    view: FlowScreen,
) -> None:
    view.open_flow(THREE)
    for name, share in (("map-0", 1.0), ("ridges-0", 0.8)):
        expect(view.panel(name)).to_be_in_viewport(ratio=share)
    chart = view.chart("map-0")
    chart.hover()
    bar, colours = box_of(chart.locator(".modebar-group").last), box_of(chart.locator(".colorbar"))
    assert bar["x"] + bar["width"] <= colours["x"]


@pytest.mark.parametrize("viewport", [{"width": 853, "height": 480}])
def test_below_the_longest_words_of_all_a_low_window_shows_a_map(view: FlowScreen) -> None:
    view.open_flow(THREE)
    preset = PRESETS["variance_one"]
    view.page.locator(".st-key-flow_preset").get_by_text(preset.title, exact=True).click()
    expect(view.page.get_by_text(preset.look)).to_be_visible()
    view.wait_drawn(panels(preset.settings))  # of two networks where three were
    expect(view.panel("map-2")).to_have_count(0)
    expect(view.words).to_have_text(preset.report(trained(preset.settings, 0, preset.config)))
    view.page.get_by_test_id("stMain").evaluate("(main) => { main.scrollTop = 0; }")
    view.wait(
        "(({ top, height }) => top + height / 2 < innerHeight)"
        "(live.querySelector('[data-chart=map-0] .nn-plot').getBoundingClientRect())"
    )


# ---- rooms


@pytest.mark.parametrize("viewport", [PHONE])
@pytest.mark.parametrize("color_scheme", ["dark"])
def test_on_a_phone_in_the_dark_it_stacks_and_can_be_read(
    view: FlowScreen, subtests: pytest.Subtests
) -> None:
    view.open_flow(DEEP)
    with subtests.test("the panels stack"):
        view.assert_stacked(panels(DEEP))
    with subtests.test("it is dark, and what is written is light"):
        assert max(view.colour(".stApp", "backgroundColor")) < 60
        for chart, axis in (("map-0", "ytick"), ("forward", "xtick"), ("losses", "xtick")):
            text = view.chart(chart).locator(f".{axis} text").first
            assert min(view.colour(text, "fill")) > 120
    with subtests.test("it plays, and what is written in a canvas is light too"):
        view.play()
        view.wait_step(3)
        assert view.overflow() <= 0
        for kind in KINDS:
            assert view.painted(f"{kind}-0")[0] > 300
        brightest: int = view.panel("units-0").evaluate(
            """(panel) => {
              const canvas = panel.querySelector("canvas");
              const { data } = canvas.getContext("2d").getImageData(0, 0, 60, 18);
              let most = 0;
              for (let i = 0; i < data.length; i += 4)
                if (data[i + 3] > 200) most = Math.max(most, Math.min(...data.slice(i, i + 3)));
              return most;
            }"""
        )
        assert brightest > 150
        view.pause()
