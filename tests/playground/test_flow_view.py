"""The gradient-flow view: its rows, pictures, table and words say what the comparison says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from playground.figures.palette import class_colour
from playground.gradient_flow import figures
from playground.gradient_flow.comparison import Comparison
from playground.gradient_flow.settings import (
    DISTRIBUTIONS,
    MAX_DEPTH,
    NETWORKS,
    OVER_EPOCHS,
    GradientFlowSettings,
)
from playground.gradient_flow.statistics import QUANTITIES
from playground.gradient_flow.view import FlowView
from playground.settings.config import INIT_LABELS, MAX_LAYERS, Config
from tests.playground.viewer import Viewer

CONFIG = Config(samples=60, batch_size=20, epochs=40, speed="25")
SETTINGS = GradientFlowSettings(
    flow_depth=3, flow_width=6, flow_rates=(0.03, 0.1, 0.1), flow_clips=(0.0, 0.0, 0.5)
)
# The first is lost in its first epoch, the second goes on.
BURSTING = GradientFlowSettings(
    flow_depth=3,
    flow_width=8,
    flow_activations=("relu", "tanh"),
    flow_inits=("normal", "glorot"),
    flow_scales=(10.0, 1.0),
    flow_rates=(5.0, 0.02),
    flow_clips=(0.0, 0.0),
)
KINDS = ("map", "ridges", "units")


def flow(
    settings: GradientFlowSettings = SETTINGS, config: Config = CONFIG, **changes: Any
) -> Viewer:
    return Viewer(FlowView(), config, replace(settings, **changes))


def straight(settings: GradientFlowSettings, epochs: int, config: Config = CONFIG) -> Comparison:
    """The same networks, trained in one go."""
    comparison = Comparison(config, settings)
    comparison.run_epochs(epochs)
    return comparison


def steps(viewer: Viewer, count: int) -> dict[str, Any]:
    for _ in range(count):
        viewer.ask("step")
    return viewer.header


def table(viewer: Viewer) -> list[list[Any]]:
    rows: list[list[Any]] = viewer.header["state"]["table"]["rows"]
    return rows


def actions(viewer: Viewer) -> list[list[Any]]:
    return [row[-1]["actions"] for row in table(viewer)]


def test_rates_that_differ_are_no_one_rate_in_the_bar_until_they_are_the_same() -> None:
    viewer = flow()
    assert (viewer.header["rate"], viewer.figures["rated"]) == (None, False)
    viewer.ask("play")
    viewer.ask("steer", {"rate": 0.5, "plays": True})
    assert viewer.settings == SETTINGS
    viewer.change(flow_rates=(0.1,) * 3)
    assert viewer.header["rate"] == 0.1
    assert viewer.figures["rated"]
    assert viewer.step > 0


# ---- rows


@pytest.mark.parametrize("shown", QUANTITIES)
def test_a_row_has_the_losses_and_what_each_map_shows(shown: str) -> None:
    viewer = flow(flow_over_epochs=shown)
    steps(viewer, 4)
    comparison, row = straight(SETTINGS, 4), viewer.frames[-1]
    assert row.shape == (1 + 3 + len(QUANTITIES) * 3 * 3,)
    assert row[0] == viewer.step == 4
    np.testing.assert_allclose(row[1:4], comparison.losses, rtol=1e-6)
    for k, network in enumerate(comparison.networks):
        panel = viewer.panel(f"map-{k}")
        assert (panel["title"], panel["layers"], panel["group"]) == (network.label, 3, "sizes")
        assert panel["hint"].lower().startswith(OVER_EPOCHS[shown].lower())
        true = getattr(comparison.statistics()[k], shown)
        np.testing.assert_allclose(10.0 ** row[panel["offset"] :][:3], true, rtol=1e-4)


def test_before_the_first_step_there_is_no_update_and_nothing_has_a_logarithm_too() -> None:
    viewer = flow(flow_inits=("zeros", "glorot", "zeros"), flow_activations=("tanh",) * 3)
    sizes = viewer.rows[0][4:].reshape(3, 3, 3)
    assert (sizes[:2, [0, 2]] == -12).all()
    assert np.isfinite(sizes[:2]).all()
    assert np.isnan(sizes[2]).all()
    steps(viewer, 1)
    assert np.isfinite(viewer.frames[-1]).all()


# ---- pictures


@pytest.mark.parametrize("shown", DISTRIBUTIONS)
def test_ridges_are_the_histograms_on_one_axis_a_network(shown: str) -> None:
    viewer = flow(flow_distribution=shown)
    steps(viewer, 2)
    bytes_, ends = viewer.images("ridges"), viewer.arrays["array:ends"]
    assert bytes_.shape == (1, 3, 3, figures.BINS)
    assert ends.shape == (1, 3, 2)
    for k, track in enumerate(straight(SETTINGS, 2).tracks):
        own = track.histograms(shown)
        wanted, low, high = figures.shared_bins(own.low, own.high, own.counts)
        np.testing.assert_array_equal(bytes_[-1, k], wanted)
        np.testing.assert_allclose(ends[-1, k], [low, high], rtol=1e-6)
        assert (low, high) == (own.low.min(), own.high.max())
        panel = viewer.panel(f"ridges-{k}")
        assert panel["network"] == k
        assert panel["names"] == ["1", "2", "3"]
        assert DISTRIBUTIONS[shown][1:] in panel["title"]
    assert (bytes_.max(axis=-1) == 255).all()


def test_units_are_shares_and_nothing_where_there_is_none() -> None:
    viewer = flow()
    steps(viewer, 3)
    units = viewer.arrays["array:units"]
    assert units.shape == (1, 3, 3, 3)
    for k, found in enumerate(straight(SETTINGS, 3).statistics()):
        wanted = np.stack([found.dead, found.saturated, found.alike], axis=1)
        np.testing.assert_allclose(units[-1, k], wanted, rtol=1e-5)
    sigmoid, tanh, relu = units[-1]
    assert np.isfinite([sigmoid[:, 0], tanh[:, 0], relu[:, 0]]).all()  # any unit may be dead
    assert np.isnan(relu[:, 1]).all()  # but a ReLU has one bound only
    titles = [column["title"] for column in viewer.panel("units-0")["columns"]]
    assert titles == ["dead units", "saturated", "alike"]


def test_variances_by_depth_are_those_of_the_start_with_theirs_of_theory() -> None:
    settings = replace(SETTINGS, flow_inits=("normal", "glorot", "constant"))
    viewer = flow(settings)
    steps(viewer, 5)
    comparison = Comparison(CONFIG, settings)
    for name, field in (("forward", "variance"), ("backward", "gradient")):
        panel = viewer.panel(name)
        assert [entry["name"] for entry in panel["legend"]] == [
            network.label for network in comparison.networks
        ]
        assert [entry["colour"] for entry in panel["legend"]] == [class_colour(k) for k in range(3)]
        roles: dict[str, list[Any]] = {"measured": [], "theory": []}
        for trace in panel["figure"]["data"]:
            roles[trace["meta"]["role"]].append(trace["y"])
        for y, found in zip(roles["measured"], comparison.measured(), strict=True):
            np.testing.assert_allclose(y, getattr(found, field), rtol=1e-6)
        assert len(roles["theory"]) == 2  # of weights that are all the same theory says nothing


@pytest.mark.parametrize("networks", range(NETWORKS[0], NETWORKS[1] + 1))
@pytest.mark.parametrize("depth", [1, 2, MAX_DEPTH])
def test_any_number_of_networks_of_any_depth_has_its_panels(networks: int, depth: int) -> None:
    changes = {"flow_activations": ("tanh", "relu", "sigmoid", "elu")[:networks]}
    viewer = flow(flow_depth=depth, flow_width=4, **SETTINGS.fitting(changes))
    steps(viewer, 1)
    assert len(viewer.figures["panels"]) == 3 * networks + 4
    for kind in KINDS:
        panels = [viewer.panel(f"{kind}-{k}") for k in range(networks)]
        assert sum(panel["span"] for panel in panels) == 12
    assert viewer.images("ridges").shape[1:3] == (networks, depth)
    ends = [viewer.panel(f"map-{k}")["offset"] for k in range(networks)]
    assert ends == [1 + networks + k * depth for k in range(networks)]
    assert len(viewer.panel("losses")["series"]) == networks
    assert np.isfinite(viewer.frames[-1]).all()


def test_a_run_beyond_all_numbers_is_drawn_and_said() -> None:
    settings = replace(
        BURSTING,
        flow_depth=24,
        flow_width=64,
        flow_activations=("relu", "identity"),
        flow_inits=("normal", "normal"),
        flow_scales=(10.0, 10.0),
    )
    viewer = flow(settings)
    assert np.isfinite(viewer.arrays["array:ends"]).all()
    steps(viewer, 1)
    assert viewer.header["status"] == "diverged"
    words = viewer.header["notice"]["text"]
    for network in settings.networks:  # not even its loss at the start is a number
        assert f"“{network.label}” diverged before its first step." in words
    assert words.endswith("None is left.")
    assert viewer.frames[-1][0] == 1  # nothing of that epoch is drawn
    assert np.isnan(viewer.frames[-1][1:]).all()


# ---- settings


@pytest.mark.parametrize(
    "change", [{"flow_rates": (0.03, 0.1, 0.2)}, {"flow_clips": (0.1, 0.0, 0.0)}]
)
def test_a_rate_or_a_clipping_changes_while_it_plays(change: dict[str, Any]) -> None:
    viewer = flow()
    viewer.ask("play")
    at = viewer.view.step
    viewer.change(**change)
    viewer.ask("tick")
    comparison = straight(SETTINGS, at)
    comparison.apply(CONFIG, replace(SETTINGS, **change))
    comparison.run_epochs(viewer.view.step - at)
    np.testing.assert_array_equal(viewer.frames[-1][1:4], comparison.losses.astype(np.float32))
    titles = [viewer.panel(f"map-{k}")["title"] for k in range(3)]
    assert titles == [network.label for network in comparison.networks]


# ---- the table and its commands


def test_the_table_has_each_networks_state() -> None:
    viewer = flow()
    steps(viewer, 3)
    comparison = straight(SETTINGS, 3)
    for k, (row, network) in enumerate(zip(table(viewer), comparison.networks, strict=True)):
        name, status, train, test, _ = row
        assert name == {"text": network.label, "colour": class_colour(k)}
        assert status == {"text": "running", "kind": "info"}
        assert (train, test) == (f"{comparison.losses[k]:.3g}", f"{comparison.test_losses[k]:.3g}")
    assert actions(viewer) == [[["open", k, "Open in Playground"]] for k in range(3)]


def test_open_brings_a_network_to_the_playground() -> None:
    for k, network in enumerate(SETTINGS.networks):
        viewer = flow()
        viewer.ask("open", k)
        assert viewer.answer.opens
        assert viewer.answer.config == replace(
            CONFIG,
            layers=(6, 6, 6),
            activation=network.activation,
            init=network.init,
            init_scale=network.scale,
            learning_rate=network.learning_rate,
            clip=network.clip,
        )


def test_what_the_playground_cannot_have_is_not_offered() -> None:
    assert "constant" not in INIT_LABELS
    deep, same = flow(flow_depth=MAX_LAYERS + 1), flow(flow_inits=("constant", "glorot", "he"))
    assert [len(each) for viewer in (deep, same) for each in actions(viewer)] == [0, 0, 0, 0, 1, 1]
    assert actions(flow(flow_depth=MAX_LAYERS))[0] == [["open", 0, "Open in Playground"]]
    for viewer in (deep, same):
        viewer.ask("open", 0)
        assert not viewer.answer.opens
    same.ask("open", 1)
    assert same.answer.opens


def test_a_network_that_diverged_can_be_explained_while_the_others_go_on() -> None:
    viewer = flow(BURSTING)
    steps(viewer, 5)
    comparison = straight(BURSTING, 5)
    assert [row[1]["text"] for row in table(viewer)] == ["diverged", "running"]
    assert np.isnan(viewer.frames[-1][1])
    assert viewer.frames[-1][2] == pytest.approx(comparison.losses[1], rel=1e-6)
    divergence = comparison.divergences[0]
    assert divergence is not None
    how = f"diverged in epoch {divergence.epoch + 1} (in step {divergence.step + 1})"
    lost, leading = (network.label for network in BURSTING.networks)
    notice = viewer.header["notice"]
    assert (viewer.header["status"], notice["kind"]) == ("paused", "bad")
    assert notice["text"].startswith(f"“{lost}” {how}. {leading} has the lowest")
    # It is drawn as ended: no size of it after that, and each of its panels says why.
    rows = np.array(viewer.rows)
    sizes = rows[:, 3:].reshape(len(rows), 3, 2, 3)
    after = rows[:, 0] > divergence.epoch
    assert after.sum() >= 4
    assert np.isnan(sizes[after, :, 0]).all()
    assert np.isfinite(sizes[after, :, 1]).all()
    assert np.isfinite(sizes[~after, :2, 0]).all()
    state = viewer.header["state"]
    last = f"{how}: its last finite values"
    endings = [[state[f"{kind}-{k}"]["ending"] for kind in KINDS] for k in range(2)]
    assert endings == [[how, last, last], [None, None, None]]
    for kind in KINDS:
        assert [viewer.panel(f"{kind}-{k}")["loss"] for k in range(2)] == [1, 2]
    assert [[a[0] for a in each] for each in actions(viewer)] == [["explain", "open"], ["open"]]
    assert lost in viewer.ask("explain", 0)["divergence_report"]["title"]
    assert "divergence_report" not in viewer.ask("explain", 1)


# ---- words


def test_without_a_preset_it_is_said_who_leads() -> None:
    viewer = flow()
    assert viewer.header["notice"]["text"] == "3 networks of 3 hidden layers each. Press Play."
    assert "1 hidden layer each" in flow(flow_depth=1).header["notice"]["text"]
    steps(viewer, 6)
    losses = straight(SETTINGS, 6).losses
    best = int(np.argmin(losses))
    label = SETTINGS.networks[best].label
    assert viewer.header["notice"] == {
        **viewer.header["notice"],
        "kind": "info",
        "text": f"{label} has the lowest loss: {losses[best]:.3g}.",
    }
