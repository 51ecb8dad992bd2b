"""The gradient-flow page in a real browser: what moves, what stays, and what breaks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Final
from urllib.parse import urlencode

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page, expect

from playground.gradient_flow.comparison import Comparison
from playground.gradient_flow.presets import PRESETS
from playground.gradient_flow.settings import GradientFlowSettings
from playground.settings.config import Config
from tests.browser.screen import Screen
from tests.browser.stage_screen import StageScreen

PHONE = {"width": 390, "height": 844}
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
LIGHT: Final = re.compile(r"^rgba?\(((1[2-9]|2\d)\d(, )?){3}")  # each colour from 120 on
_MAP: Final = "document.querySelector('[data-chart=map-{}] .nn-plot')"


def panels(settings: GradientFlowSettings) -> tuple[str, ...]:
    """The names of the panels, in the order of the page."""
    each = [[f"{kind}-{k}" for k in range(len(settings.networks))] for kind in KINDS]
    return (*each[0], *each[1], "forward", "backward", *each[2], "losses", "table")


def link(settings: GradientFlowSettings, config: Config = CONFIG) -> str:
    return urlencode(config.to_query() | settings.to_query())


class FlowScreen(StageScreen):
    """The gradient-flow page as a person meets it."""

    def open_flow(self, settings: GradientFlowSettings, config: Config = CONFIG) -> None:
        """Open the page with these settings; wait until all panels and a first frame are drawn."""
        self.page.goto(f"/gradient_flow?{link(settings, config)}")
        self.wait_drawn(panels(settings))

    def painted(self, name: str) -> tuple[int, int]:
        """Of a panel's canvas the painted pixels, and how many different colours they have."""
        ink, colours = self.panel(name).evaluate(
            """(panel) => {
              const canvas = panel.querySelector("canvas");
              const { data } = canvas.getContext("2d")
                .getImageData(0, 0, canvas.width, canvas.height);
              const found = new Uint32Array(data.buffer).filter((v) => v !== 0);
              return [found.length, new Set(found).size];
            }"""
        )
        return ink, colours

    def picture(self, name: str) -> str:
        """A panel's canvas as a data URL."""
        found: str = self.panel(name).locator("canvas").evaluate("(canvas) => canvas.toDataURL()")
        return found

    def wait_maps(self, count: int) -> None:
        """Until the maps are Plotly's heatmaps."""
        for k in range(count):
            self.wait(f"{_MAP.format(k)}.data[0].visible === true")

    def heatmap(self, k: int) -> tuple[list[float], NDArray[np.float64]]:
        """Epochs and log10 of the sizes, (L, epochs), of a map at rest; NaN for none."""
        x, z = self.page.evaluate(
            f"""(() => {{
              const {{ x, z }} = {_MAP.format(k)}.data[0];
              const plain = (v) => (Number.isFinite(v) ? v : null);
              return [Array.from(x), Array.from(z, (row) => Array.from(row, plain))];
            }})()"""
        )
        return x, np.array([[np.nan if v is None else v for v in row] for row in z])

    def scales(self, count: int) -> list[list[float]]:
        """The ends of the maps' colours."""
        return [
            self.page.evaluate(
                f"(({{ cmin, cmax }}) => [cmin, cmax])({_MAP.format(k)}._fullLayout.coloraxis)"
            )
            for k in range(count)
        ]

    def quantity(self, label: str, name: str | None) -> None:
        """Choose what the maps show, and wait until the address says so."""
        self.page.get_by_role("radiogroup", name="Over the epochs").get_by_text(
            label, exact=True
        ).click()
        self.wait_query(flow_over_epochs=name)


@pytest.fixture
def stage(page: Page) -> FlowScreen:
    """A fresh page, with words for the stage on it."""
    return FlowScreen(page)


@pytest.fixture(autouse=True)
def nothing_strange(page: Page, nothing_amiss: None) -> Iterator[None]:
    """No test leaves a text on the page that no person should have to read."""
    yield
    assert page.evaluate("window.seen?.bad ?? []") == []


def overflow(page: Page) -> int:
    """Pixels by which the page is wider than the window."""
    wider: int = page.evaluate(
        """Math.max(
          document.documentElement.scrollWidth,
          document.querySelector("[data-testid=stMain]").scrollWidth,
        ) - window.innerWidth"""
    )
    return wider


def trained(settings: GradientFlowSettings, epochs: int, config: Config = CONFIG) -> Comparison:
    """The same networks, trained here in one go."""
    comparison = Comparison(config, settings)
    comparison.run_epochs(epochs)
    return comparison


# ---- what moves


def test_the_page_opens_cold_and_plays(stage: FlowScreen) -> None:
    stage.page.goto("/gradient_flow")
    stage.wait_drawn(panels(GradientFlowSettings()))
    expect(stage.page).to_have_title(re.compile("Gradient flow"))
    stage.wait_status("ready")
    expect(stage.words).to_have_text("3 networks of 10 hidden layers each. Press Play.")
    assert stage.query() == {}
    stage.play()
    stage.wait_step(3)
    stage.pause()
    expect(stage.words).to_contain_text("has the lowest loss")


def test_play_moves_all_panels_and_pause_keeps_what_is_shown(stage: FlowScreen) -> None:
    stage.open_flow(THREE)
    stage.mark()
    first = {f"{kind}-{k}": stage.picture(f"{kind}-{k}") for kind in KINDS[1:] for k in range(3)}
    assert len({*stage.scales(3)[0], *stage.scales(3)[2]}) == 2  # one scale for all of them
    stage.play()
    stage.wait_step(12)
    for k in range(3):
        ink, colours = stage.painted(f"map-{k}")
        assert ink > 500
        assert colours > 3
        for kind in KINDS[1:]:
            ink, colours = stage.painted(f"{kind}-{k}")
            assert ink > 500, kind
            assert colours > 3, kind
    assert stage.ink("losses") > 50
    stage.pause()
    stage.wait_maps(3)
    step = stage.step
    assert step >= 12
    comparison = trained(THREE, step)
    assert [row[2] for row in stage.cells()] == [f"{loss:.3g}" for loss in comparison.losses]
    assert [line[-1] for line in stage.lines("losses")] == pytest.approx(
        comparison.losses, rel=1e-5
    )
    for k, found in enumerate(comparison.statistics()):
        epochs, sizes = stage.heatmap(k)
        assert epochs == list(range(step + 1))
        np.testing.assert_allclose(sizes[:, -1], np.log10(found.gradient), rtol=1e-4)
    assert all(stage.picture(name) != before for name, before in first.items())
    assert stage.scales(3)[0] == stage.scales(3)[1] == stage.scales(3)[2]
    stage.button("Step").click()
    expect(stage.live).to_have_attribute("data-step", str(step + 1))
    stage.button("Reset").click()
    expect(stage.live).to_have_attribute("data-step", "0")
    stage.wait_status("ready")
    for name, before in first.items():
        assert stage.picture(name) == before, name
    stage.assert_kept()


def test_the_three_quantities_are_of_the_same_run_and_the_same_charts(stage: FlowScreen) -> None:
    stage.open_flow(THREE)
    stage.mark()
    stage.play()
    stage.wait_step(5)
    stage.pause()
    step = stage.step
    found = trained(THREE, step).statistics()
    for label, name, words in (
        ("Activation (standard deviation)", "activation", "activation (standard deviation)"),
        ("Update to weight", "update", "update to weight"),
        ("Gradient ∂L/∂W (RMS)", None, "gradient ∂L/∂W (RMS)"),
    ):
        stage.quantity(label, name)
        expect(stage.panel("map-0").locator(".nn-hint")).to_have_text(f"{words}, log scale")
        stage.wait_maps(3)
        for k, network in enumerate(found):
            epochs, sizes = stage.heatmap(k)
            assert epochs == list(range(step + 1))
            true = np.log10(getattr(network, name or "gradient"))
            np.testing.assert_allclose(sizes[:, -1], true, rtol=1e-4)
            # Before the first step there is no update, and so no colour.
            assert np.isnan(sizes[:, 0]).all() == (name == "update")
        assert stage.step == step
    stage.wait_status("paused")
    stage.assert_kept()


def test_another_quantity_and_distribution_while_it_plays(stage: FlowScreen) -> None:
    stage.open_flow(THREE)
    stage.mark()
    stage.play()
    stage.wait_step(3)
    stage.quantity("Update to weight", "update")
    box = stage.page.get_by_test_id("stMain").get_by_role("combobox", name="Distribution")
    box.click()
    stage.page.get_by_role("option", name="Weights", exact=True).click()
    stage.wait_query(flow_distribution="weights")
    expect(stage.panel("ridges-0").locator("h3")).to_contain_text("weights")
    stage.wait_step(stage.step + 10)
    expect(stage.live).to_have_attribute("data-status", "running")
    stage.pause()
    stage.assert_kept()


def test_twenty_four_layers_of_four_networks(stage: FlowScreen) -> None:
    stage.open_flow(DEEP, Config(samples=60, epochs=100_000))
    stage.mark()
    stage.play()
    stage.wait_step(3)
    for k in range(4):
        for kind in KINDS:
            assert stage.painted(f"{kind}-{k}")[0] > 300, (kind, k)
    stage.pause()
    stage.wait_maps(4)
    assert all(stage.heatmap(k)[1].shape[0] == 24 for k in range(4))
    assert len({tuple(scale) for scale in stage.scales(4)}) == 1
    labels = stage.chart("map-0").locator(".ytick text")
    assert labels.first.text_content() == "1"
    assert 5 <= labels.count() <= 9
    boxes = [box for label in labels.all() if (box := label.bounding_box()) is not None]
    assert len(boxes) == labels.count()
    tops = sorted((box["y"], box["height"]) for box in boxes)
    for (y, height), (below, _) in pairwise(tops):
        assert y + height <= below + 1  # labels do not lie on each other
    expect(stage.rows).to_have_count(4)
    # Deeper than the Playground can be: none is offered there.
    expect(stage.rows.get_by_role("button", name="Open in Playground")).to_have_count(0)
    stage.assert_kept()


# ---- what breaks


def test_one_network_diverges_and_the_others_go_on(stage: FlowScreen) -> None:
    stage.open_flow(BURSTING)
    stage.play()
    expect(stage.panel("table").locator(".nn-badge[data-kind=bad]")).to_have_count(1)
    stage.wait_step(stage.step + 10)
    stage.pause()
    step = stage.step
    assert stage.verdicts() == ["diverged", "running"]
    expect(stage.live.locator(".nn-line")).to_have_attribute("data-kind", "bad")
    lost, alive = stage.lines("losses")
    assert lost[-1] is None
    assert alive[-1] == pytest.approx(trained(BURSTING, step).losses[1], rel=1e-5)
    for k in range(2):
        for kind in KINDS[1:]:
            assert stage.painted(f"{kind}-{k}")[0] > 300
    # It is drawn as ended, by its head, by no colours after its end, and by a hatch there.
    divergence = trained(BURSTING, 1).divergences[0]
    assert divergence is not None
    how = f"diverged in epoch {divergence.epoch + 1}, in step {divergence.step + 1}"
    expect(stage.words).to_contain_text(f"“{BURSTING.networks[0].label}” {how}.")
    for kind in KINDS:
        expect(stage.panel(f"{kind}-0").locator(".nn-hint")).to_contain_text(how)
        expect(stage.panel(f"{kind}-1").locator(".nn-hint")).not_to_contain_text("diverged")
    stage.wait_maps(2)
    epochs, sizes = stage.heatmap(0)
    after = np.array(epochs) > divergence.epoch
    assert after.sum() >= 10
    assert np.isnan(sizes[:, after]).all()
    assert np.isfinite(sizes[:, ~after]).all()
    assert stage.ink("map-0") > 500
    assert stage.ink("map-1") == 0
    rows = stage.rows
    expect(rows.get_by_role("button", name="Open in Playground")).to_have_count(2)
    expect(rows.nth(1).get_by_role("button", name="What happened?")).to_have_count(0)
    rows.nth(0).get_by_role("button", name="What happened?").click()
    dialog = stage.page.get_by_role("dialog", name="What happened?")
    expect(dialog.get_by_role("heading")).to_have_text(
        f"What happened to {BURSTING.networks[0].label}?"
    )
    expect(dialog.get_by_role("table")).to_be_visible()
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).not_to_be_visible()
    assert stage.step == step


def test_open_in_playground_takes_that_network_there(stage: FlowScreen) -> None:
    stage.open_flow(PAIR)
    stage.rows.nth(1).get_by_role("button", name="Open in Playground").click()
    screen = Screen(stage.page)
    screen.wait_drawn()
    network = PAIR.networks[1]
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


def test_networks_come_and_go(stage: FlowScreen) -> None:
    stage.open_flow(PAIR)
    stage.page.get_by_text("The networks", exact=True).first.click()
    stage.page.get_by_role("button", name="Add a network").click()
    expect(stage.rows).to_have_count(3)
    stage.wait_query(flow_activations="relu,tanh,tanh")
    stage.wait_drawn(("map-2", "ridges-2", "units-2"))
    stage.play()
    stage.wait_step(2)
    stage.pause()
    assert stage.painted("units-2")[0] > 300
    stage.page.get_by_role("button", name="Remove the last").click()
    expect(stage.rows).to_have_count(2)
    expect(stage.panel("map-2")).to_have_count(0)
    stage.wait_drawn(panels(PAIR))
    assert stage.step == 0
    field = stage.page.get_by_role("spinbutton", name="Scale 2")
    field.fill("0.5")
    field.press("Enter")
    stage.wait_query(flow_scales="1,0.5")
    expect(stage.panel("map-1").locator("h3")).to_contain_text("× 0.5")


def test_a_preset_is_one_click_and_in_the_link(stage: FlowScreen) -> None:
    preset = PRESETS["dying"]
    stage.open_flow(THREE)
    stage.page.locator(".st-key-flow_preset").get_by_text(preset.title, exact=True).click()
    stage.wait_query(**(preset.config.to_query() | preset.settings.to_query()))
    expect(stage.page.get_by_text(preset.look)).to_be_visible()
    stage.wait_drawn(panels(preset.settings))
    stage.button("Step").click()
    expect(stage.live).to_have_attribute("data-step", "1")
    report = preset.report(trained(preset.settings, 1, preset.config))
    expect(stage.words).to_have_text(report)
    assert report.startswith("Before training → after 1 epoch, ")
    # The link alone shows the same.
    stage.page.goto(f"/gradient_flow?{urlencode(stage.query())}")
    stage.wait_drawn(panels(preset.settings))
    expect(stage.words).to_have_text(preset.report(trained(preset.settings, 0, preset.config)))
    expect(stage.page.get_by_text(preset.look)).to_be_visible()


def test_a_link_with_lists_that_do_not_fit_says_so_and_plays(stage: FlowScreen) -> None:
    stage.page.goto("/gradient_flow?flow_scales=1,2&flow_depth=3&samples=60")
    stage.wait_drawn(panels(GradientFlowSettings()))
    alert = stage.page.get_by_test_id("stMain").get_by_test_id("stAlert")
    expect(alert).to_contain_text("one entry for each of the 3 networks")
    stage.play()
    stage.pause()


# ---- rooms


@pytest.mark.parametrize("viewport", [PHONE])
@pytest.mark.parametrize("settings", [PAIR, DEEP], ids=["pair", "deep"])
def test_on_a_phone_it_stacks(stage: FlowScreen, settings: GradientFlowSettings) -> None:
    stage.open_flow(settings)
    assert overflow(stage.page) <= 0
    tops = []
    for name in panels(settings):
        box = stage.panel(name).bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert 0.8 * PHONE["width"] < box["width"] <= PHONE["width"] - box["x"]
        tops.append(box["y"])
    assert tops == sorted(set(tops))
    stage.play()
    stage.pause()
    assert overflow(stage.page) <= 0


@pytest.mark.parametrize("viewport", [{"width": 853, "height": 480}])
def test_a_low_window_shows_a_map(stage: FlowScreen) -> None:
    preset = PRESETS["variance_one"]  # with the longest words
    stage.open_flow(preset.settings, preset.config)
    box = stage.chart("map-0").bounding_box()
    assert box is not None
    assert box["y"] + 0.5 * box["height"] < 480


@pytest.mark.parametrize("color_scheme", ["dark"])
def test_in_a_dark_room_it_is_dark_and_drawn(stage: FlowScreen) -> None:
    stage.open_flow(THREE)
    shade: str = stage.page.evaluate(
        "getComputedStyle(document.querySelector('.stApp')).backgroundColor"
    )
    assert max(float(v) for v in re.findall(r"[\d.]+", shade)[:3]) < 60
    for chart, axis in (("map-0", "ytick"), ("forward", "xtick"), ("losses", "xtick")):
        text = stage.chart(chart).locator(f".{axis} text").first
        expect(text).to_have_css("fill", LIGHT)
    stage.play()
    stage.wait_step(5)
    for kind in KINDS:
        assert stage.painted(f"{kind}-0")[0] > 300
    # What is written in a canvas is light too.
    brightest: int = stage.panel("units-0").evaluate(
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
    stage.pause()
