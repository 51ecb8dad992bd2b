"""Who leaves a page while it is being drawn: what was begun there ends without a trace."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from playground.backprop.settings import BackpropSettings
from playground.backprop.view import GraphView
from playground.gradient_flow.settings import GradientFlowSettings
from playground.gradient_flow.view import FlowView
from playground.learning_rate.map_view import MapView
from playground.learning_rate.parabola_view import ParabolaView
from playground.learning_rate.race_view import RaceView
from playground.learning_rate.settings import RateSettings
from playground.live.protocol import Request
from playground.settings.config import Config
from playground.training.view import TrainingView
from tests.browser.screen import PHONE, Playground, Screen, page_link


def test_a_page_left_in_the_midst_of_drawing(page: Page, screen: Playground) -> None:
    """The map of the boundary steps aside for the second frame, and is hidden a while later."""
    screen.open("epochs=100000")
    screen.boundary()  # its map is shown
    page.evaluate(
        """() => new MutationObserver(() => {
          document.querySelector("a[href*='learning_rate']").click();
        }).observe(document, { subtree: true, attributeFilter: ["data-frames"] })"""
    )
    page.keyboard.press("ArrowRight")
    Screen(page).wait_drawn(("parabola", "distance"))
    expect(screen.live).to_have_count(0)
    outlast(page)


def outlast(page: Page) -> None:
    """Let the timers run out that a view which is gone may have left behind."""
    page.evaluate("new Promise((resolve) => setTimeout(resolve, 600))")


@pytest.mark.parametrize("viewport", [PHONE])
def test_a_page_whose_own_link_is_pressed_while_it_loads(page: Page, screen: Playground) -> None:
    """Streamlit mounts the view anew before its modules have come, and then drops the first one."""

    def late(route: Route) -> None:
        page.wait_for_timeout(500)
        route.continue_()

    page.route("**/live/mount.js*", late)
    page.goto("/")
    page_link(page, "Playground").click()
    screen.wait_drawn()
    expect(screen.live).to_have_count(1)
    screen.play()


def test_the_charts_keep_their_own_plotly_beside_streamlits(page: Page, screen: Playground) -> None:
    """Streamlit's chart of the range test brings another, which knows nothing of what is drawn."""
    screen.open()
    page.evaluate("() => { window.ours = window.Plotly; }")
    page.locator(".st-key-page-links").get_by_role("link", name="Learning rate").click()
    Screen(page).wait_drawn(("parabola",))
    views = page.locator(".st-key-page-views-rate")
    views.get_by_role("radio", name="Range test", exact=True).first.click()
    expect(page.get_by_test_id("stPlotlyChart").locator(".js-plotly-plot").first).to_be_visible()
    assert page.evaluate("window.Plotly === window.ours")


# ---- the modules


def test_a_chart_that_is_not_there_does_nothing(plotted: Page) -> None:
    """Neither before it is built nor after it is destroyed, and it is not built again."""
    found = plotted.evaluate(
        """async () => {
          const { Chart } = await import("/app/static/live/chart.js");
          const box = document.createElement("div");
          Object.assign(box.style, { position: "relative", width: "400px", height: "300px" });
          document.body.append(box);
          const chart = new Chart(box, { underlay: true });
          const everything = async () => {
            await chart.restyle({ opacity: 0.5 }, [0]);
            await chart.relayout({ "xaxis.range": [0, 1] });
            await chart.update({ opacity: 0.5 }, { "xaxis.range": [0, 1] }, [0]);
            chart.on("plotly_click", () => {});
            chart.showMap({ z: [[[1]]] });
            chart.dropMap();
            chart.place(0, 1, 0, 1, false);
            chart.hideUnderlay();
            chart.resize();
          };
          const traces = () => [{ type: "heatmap", z: [[1, 2], [3, 4]], visible: false }];
          await everything();
          const before = chart.node.dataset.builds;
          await chart.show(traces(), {});
          chart.showMap({});
          const shown = chart.node.data[0].visible;
          chart.dropMap(); // hides the map a while later
          chart.destroy();
          await everything();
          await chart.show(traces(), {});
          await new Promise((resolve) => setTimeout(resolve, 600));
          const { ready, resting, node } = chart;
          return [before, shown, node.dataset.builds, ready, resting, box.childElementCount];
        }"""
    )
    assert found == ["0", True, "1", False, False, 0]


def playground() -> bytes:
    return TrainingView(play=True).handle(None, Config(epochs=100_000)).message


def parabola() -> bytes:
    return ParabolaView().handle(None, Config(), RateSettings()).message


def race() -> bytes:
    return RaceView().handle(None, Config(), RateSettings(view="race")).message


def phase_map() -> bytes:
    view = MapView()
    try:
        return view.handle(None, Config(), RateSettings(view="map")).message
    finally:
        view.close()


def flow() -> bytes:
    return FlowView().handle(None, Config(), GradientFlowSettings()).message


def walk() -> bytes:
    return GraphView().handle(None, Config(), BackpropSettings()).message


@pytest.mark.parametrize("message", [playground, parabola, race, phase_map, flow, walk])
def test_a_view_left_in_its_first_message(plotted: Page, message: Callable[[], bytes]) -> None:
    """Of twelve, destroyed at their first, second... change, none asks for anything any more."""
    asked = plotted.evaluate(
        """async (packed) => {
          const { mount } = await import("/app/static/live/mount.js");
          const asked = [];
          const leave = async (change) => {
            const parentElement = document.createElement("main");
            document.body.append(parentElement);
            const component = {
              parentElement,
              data: Uint8Array.from(atob(packed), (c) => c.charCodeAt(0)),
              setTriggerValue: () => { if (!parentElement.isConnected) asked.push(change); },
            };
            const destroy = mount(component, Promise.resolve());
            await new Promise((resolve) => {
              let seen = 0;
              const options = { subtree: true, childList: true, attributes: true };
              const look = () => { seen += 1; if (seen === change) resolve(); };
              new MutationObserver(look).observe(parentElement, options);
              setTimeout(resolve, 500); // a view at rest may change less often
            });
            destroy();
            if (parentElement.childElementCount > 0) asked.push("left");
            parentElement.remove();
          };
          await Promise.all(Array.from({ length: 12 }, (_, i) => leave(i + 1)));
          await new Promise((resolve) => setTimeout(resolve, 600));
          return asked;
        }""",
        base64.b64encode(message()).decode(),
    )
    assert asked == []


def test_a_view_whose_place_is_taken_away_goes_on_in_another(plotted: Page) -> None:
    """Streamlit does so on a busy machine: nothing is drawn anew, and what was asked is asked."""
    view, config = TrainingView(play=True), Config(epochs=100_000)
    first = view.handle(None, config).message
    tick = Request(1, "tick", figures=view.version, run=view.run)
    second = view.handle(tick, config).message
    other = TrainingView().handle(None, config).message
    found = plotted.evaluate(
        """async (packed) => {
          const { mount } = await import("/app/static/live/mount.js");
          const bytes = packed.map((text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)));
          const asked = [];
          const place = (name, data) => {
            const parentElement = document.createElement("main");
            document.body.append(parentElement);
            const setTriggerValue = (_, { cmd, n }) => asked.push(`${name} ${cmd} ${n}`);
            return { parentElement, data, setTriggerValue };
          };
          const until = async (what) => {
            while (!what()) await new Promise((resolve) => setTimeout(resolve, 20));
          };
          const builds = ({ parentElement }) => {
            const charts = parentElement.querySelectorAll(".nn-panel:not(details) .nn-plot");
            return [...charts].map((n) => n.dataset.builds);
          };
          const frames = ({ parentElement }) =>
            Number(parentElement.querySelector(".nn-live").dataset.frames);
          const a = place("a", bytes[0]);
          const leaveA = mount(a, Promise.resolve());
          await until(() => asked.length === 1);
          await until(() => builds(a).length === 3 && builds(a).every((n) => n === "1"));
          const chart = a.parentElement.querySelector(".nn-plot");
          leaveA();
          a.parentElement.remove();
          const b = place("b", bytes[1]);
          const leaveB = mount(b, Promise.resolve());
          const kept = b.parentElement.contains(chart) && builds(b).join();
          const shown = frames(b);
          await until(() => frames(b) > shown);
          await until(() => asked.some((each) => each.startsWith("b tick")));
          leaveB();
          const c = place("c", bytes[2]);
          mount(c, Promise.resolve());
          const own = !c.parentElement.contains(chart);
          await new Promise((resolve) => setTimeout(resolve, 1300));
          const elsewhere = asked.filter((each) => !each.startsWith("b"));
          return [elsewhere.slice(1), kept, own, chart._fullLayout === undefined];
        }""",
        [base64.b64encode(message).decode() for message in (first, second, other)],
    )
    # A view that the page does not know is that of a server which does not know the run.
    assert found == [["c resume 1"], "1,1,1", True, True]


def test_a_page_that_is_left_empty_comes_back_with_its_run(screen: Playground) -> None:
    """A request that is run behind the one for another page may leave nothing on it."""
    screen.open("epochs=100000&speed=25")
    screen.play()
    screen.wait_epoch(5)
    screen.pause()
    screen.wait_rest()
    epoch = screen.epoch
    screen.page.evaluate(
        """() => {
          window.old = true;
          document.querySelector("[data-testid=stMain]").style.visibility = "hidden";
        }"""
    )
    screen.wait("!window.old && Number(live?.dataset.frames) >= 1")
    assert screen.epoch == epoch
