"""What a person sees who opens the app for the first time, on a laptop and on a phone."""

import re

import pytest
from playwright.sync_api import Page, Route, ViewportSize, WebSocketRoute, expect

from playground.data.datasets import DATASETS
from playground.page import PAGES
from tests.browser.screen import CHARTS, PHONE, Playground, box_of

LOW: ViewportSize = {"width": 1280, "height": 720}
# Where a canvas is painted, on the page.
PAINTED = """(canvas) => {
  const { x, y, width } = canvas.getBoundingClientRect();
  const dots = canvas.width / width;
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let [left, top, right, bottom] = [Infinity, Infinity, 0, 0];
  for (let i = 0; i < data.length / 4; i += 1) {
    if (!data[4 * i + 3]) continue;
    const [column, row] = [i % canvas.width, Math.floor(i / canvas.width)];
    [left, right] = [Math.min(left, column), Math.max(right, column)];
    [top, bottom] = [Math.min(top, row), Math.max(bottom, row)];
  }
  const size = { width: (right - left + 1) / dots, height: (bottom - top + 1) / dots };
  return { x: x + left / dots, y: y + top / dots, ...size };
}"""


def luminance(screen: Playground, selector: str, style: str) -> float:
    """How light a colour of an element is, 0 to 255."""
    red, green, blue = screen.colour(selector, style)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_on_a_laptop_an_untrained_network_is_drawn_and_play_is_next(
    screen: Playground, subtests: pytest.Subtests
) -> None:
    screen.open()
    page = screen.page
    with subtests.test("at rest, at the start"):
        expect(page).to_have_title(re.compile("Playground"))
        expect(screen.live).to_have_count(1)
        expect(screen.live).to_have_attribute("data-epoch", "0")
        expect(screen.live).to_have_attribute("data-status", "ready")
        expect(screen.words).to_contain_text("Press Play")
    with subtests.test("each chart is drawn"):
        for name in CHARTS:
            expect(screen.chart(name).locator(".main-svg").first).to_be_visible()
        assert screen.live.locator("[data-chart=boundary] .scatterlayer .point").count() >= 250
        assert screen.painted("boundary")[1] > 50  # shades, not one colour
        assert len(screen.boundary()) >= 100
    with subtests.test("nothing of the bar, the gauge or the charts lies below the fold"):
        seen = (f"[data-chart={name}]" for name in (*CHARTS, "network"))
        for part in (".nn-bar", ".nn-gauge", *seen):
            expect(screen.live.locator(part)).to_be_in_viewport(ratio=1)
        assert screen.overflow() <= 0
    with subtests.test("buttons have names, and keys are announced"):
        bar = screen.live.get_by_role("toolbar", name="Training")
        names = re.findall(r'button "([^"]+)"', re.sub(r"\s+", " ", bar.aria_snapshot()))
        for start in ("Play", "Step one batch", "Step one epoch", "Reset", "New start"):
            assert [name for name in names if name.startswith(start)], (start, names)
        expect(bar.get_by_role("combobox", name="Speed")).to_be_visible()
        assert screen.button("Play").get_attribute("aria-keyshortcuts") == "Space"
    with subtests.test("a chart has no button named as the run's, or that sends it away"):
        run = screen.live.get_by_role("button", name=re.compile("^(Play|Pause|Reset)"))
        expect(run).to_have_count(2)
        charts = screen.live.locator(".nn-plotbox")
        assert charts.get_by_role("button", name=re.compile("share|upload", re.I)).count() == 0

    page.set_viewport_size(LOW)
    with subtests.test("the gauge is in one line with the words"):
        line, gauge, words = (
            box_of(node) for node in (screen.live.locator(".nn-line"), screen.gauge, screen.words)
        )
        assert line["height"] < 50
        assert gauge["x"] >= words["x"] + words["width"]
        assert abs(gauge["y"] + gauge["height"] / 2 - words["y"] - words["height"] / 2) < 2
    with subtests.test("the five choices are in sight, one below the other"):
        side = page.get_by_test_id("stSidebar")
        lowest = 0.0
        for choice in (
            side.get_by_role("radio", name="Spiral", exact=True),
            *(side.get_by_role("spinbutton", name=f"Units in layer {n}") for n in (1, 2, 3)),
            side.get_by_role("combobox", name="Activation"),
            side.get_by_role("spinbutton", name="Learning rate"),
            side.get_by_role("slider", name="Learning rate"),
            side.get_by_role("spinbutton", name="Epochs"),
        ):
            expect(choice).to_have_count(1)
            # The input of a slider is one pixel high and lies under the thumb that is drawn.
            box = box_of(choice)
            assert box["y"] > lowest
            assert 0 <= box["x"] < box["x"] + box["width"] <= 300
            lowest = box["y"] + box["height"]
        assert lowest < LOW["height"]

    # Beside an open sidebar there is less room for the row of pages.
    row, menu = page.locator(".st-key-page-links"), page.get_by_role("button", name="Main menu")
    for width in (900, 820):
        page.set_viewport_size({"width": width, "height": 800})
        with subtests.test("the menu covers no link", width=width):
            room = box_of(row)
            assert room["x"] + room["width"] <= box_of(menu)["x"]
            links = [box_of(row.get_by_role("link", name=found.title)) for found in PAGES]
            assert len({box["y"] for box in links}) == 1  # one row
            assert links[0]["x"] >= room["x"]
            assert links[-1]["x"] + links[-1]["width"] <= room["x"] + room["width"]
    page.get_by_test_id("stSidebar").hover()
    page.get_by_role("button", name="Collapse sidebar").click()
    for width in (820, 900):
        page.set_viewport_size({"width": width, "height": 800})
        with subtests.test("the row begins beside the button of a closed sidebar", width=width):
            wait_beside(page)


def wait_beside(page: Page) -> None:
    """Until the row of links begins beside the button that opens the sidebar."""
    button, row = page.get_by_test_id("stExpandSidebarButton"), page.locator(".st-key-page-links")
    expect(button).to_be_visible()
    page.wait_for_function(
        "([button, row]) => button.getBoundingClientRect().right <= row.getBoundingClientRect().x",
        arg=[button.element_handle(), row.element_handle()],
    )


@pytest.mark.parametrize("viewport", [PHONE])
@pytest.mark.parametrize("color_scheme", ["dark"])
def test_on_a_phone_in_the_dark_it_stacks_and_can_be_touched(
    screen: Playground, subtests: pytest.Subtests
) -> None:
    screen.open("epochs=100000&learning_rate=0.9")
    page = screen.page
    opener = page.get_by_test_id("stExpandSidebarButton")
    with subtests.test("the page is dark, and what is written on it light"):
        assert luminance(screen, ".stApp", "backgroundColor") < 40
        assert luminance(screen, ".nn-live", "color") > 180
        assert luminance(screen, "[data-chart=loss] .xtick text", "fill") > 120
        assert luminance(screen, ".nn-primary", "color") > 240
        assert screen.painted("boundary")[1] > 50
    with subtests.test("the charts lie one below the other"):
        screen.assert_stacked(CHARTS)
    with subtests.test("the picture and the learning rate are in sight together"):
        for part in ("[data-chart=boundary]", ".nn-rate"):
            expect(screen.live.locator(part)).to_be_in_viewport(ratio=1)
        bar = box_of(screen.live.locator(".nn-bar"))
        picture = box_of(screen.live.locator("[data-chart=boundary]"))
        assert picture["y"] + picture["height"] <= bar["y"]
    with subtests.test("buttons are as large as a finger"):
        buttons = screen.live.locator(".nn-buttons button")
        expect(buttons).to_have_count(6)
        for button in buttons.all():
            expect(button).to_be_in_viewport(ratio=1)
            box = box_of(button)
            assert min(box["height"], box["width"]) >= 40
    with subtests.test("the gauge is whole"):
        expect(screen.gauge).to_have_attribute("data-zone", "near")
        expect(screen.gauge).to_be_in_viewport(ratio=1)
        box = box_of(screen.gauge)
        assert box["x"] + box["width"] <= PHONE["width"]
    with subtests.test("the page links leave the sidebar's opener and the menu their places"):
        wait_beside(page)
        mine = box_of(opener)
        menu = page.locator(".page-menu")
        menu.click()
        links = page.locator(".st-key-page-links a")
        expect(links).to_have_count(len(PAGES))
        for other in (box_of(node) for node in (menu, *links.all())):
            assert other["height"] >= 40
            right = mine["x"] + mine["width"]
            assert other["x"] >= right or mine["x"] >= other["x"] + other["width"], (mine, other)
        room = box_of(page.locator(".st-key-page-links"))
        assert (
            room["x"] + room["width"] <= box_of(page.get_by_role("button", name="Main menu"))["x"]
        )
        expect(page.get_by_role("link", name="Guide")).to_be_in_viewport(ratio=1)
        menu.click()
        expect(page.get_by_role("link", name="Guide")).to_be_hidden()
    with subtests.test("the sidebar opens and closes"):
        choice = page.get_by_role("radio", name="Spiral", exact=True)
        expect(choice).not_to_be_in_viewport()
        opener.click()
        expect(choice).to_be_in_viewport()
        pictures: list[tuple[float, bool]] = page.get_by_role(
            "radiogroup", name="Data set"
        ).evaluate(
            """(group) => [...group.children].map((button) => [
              Math.min(button.offsetWidth, button.offsetHeight),
              getComputedStyle(button).backgroundImage.startsWith("url"),
            ])"""
        )
        assert len(pictures) == len(DATASETS)
        assert all(side >= 24 and drawn for side, drawn in pictures), pictures
        page.get_by_role("button", name="Collapse sidebar").click()
        expect(choice).not_to_be_in_viewport()
    with subtests.test("it plays, and Pause stays in reach below the links"):
        screen.play()
        assert screen.overflow() <= 0
        screen.live.locator(".nn-below").evaluate("(part) => part.scrollIntoView()")
        expect(screen.live.locator("[data-panel=boundary]")).not_to_be_in_viewport()
        # Asked before any click: a click would scroll a covered button into sight by itself.
        seen: bool = screen.button("Pause").evaluate(
            """(button) => {
              const { x, y, width, height } = button.getBoundingClientRect();
              const heights = [y + 3, y + height - 3];
              const top = heights.map((at) => document.elementFromPoint(x + width / 2, at));
              return top.every((node) => button.contains(node));
            }"""
        )
        assert seen
        assert box_of(screen.button("Pause"))["y"] > 0.85 * PHONE["height"]  # under the thumb
        screen.pause()
    with subtests.test("the bar covers nothing at the page's end"):
        last = screen.panel("weights")
        page.get_by_test_id("stMain").evaluate("(main) => main.scrollTo(0, main.scrollHeight)")
        end = box_of(last)
        assert end["y"] + end["height"] <= box_of(screen.live.locator(".nn-bar"))["y"]


@pytest.mark.parametrize("viewport", [LOW, PHONE])
def test_the_picture_stands_without_a_server_and_is_handed_over_in_place(
    screen: Playground,
) -> None:
    """plotly.js is held back first, the websocket until the page is loaded anew."""
    page = screen.page
    scripts: list[Route] = []
    answers = False

    def connect(socket: WebSocketRoute) -> None:
        if answers:
            socket.connect_to_server()

    page.route("**/vendor/*", lambda route: scripts.append(route))
    page.route_web_socket("**/_stcore/stream", connect)
    link = "/?dataset=circle&layers=4,4"
    # A machine that is busy makes its picture for who comes next.
    while "opening-message" not in page.request.get(link).text():
        page.wait_for_timeout(100)
    page.goto(link)
    outline = page.locator("#opening")
    sketch = outline.locator(".nn-sketch")
    expect(sketch).to_be_visible()
    expect(outline.locator("[data-read=epoch]")).to_have_text("0")
    expect(outline).to_have_attribute("inert", "")
    expect(outline).to_have_css("pointer-events", "none")
    drawn = sketch.evaluate(PAINTED)
    cards = {name: box_of(outline.locator(f"[data-panel={name}]")) for name in CHARTS}
    for script in scripts:
        script.continue_()
    expect(outline.locator("[data-chart=boundary] .main-svg").first).to_be_visible()
    expect(sketch).to_have_count(0)
    assert screen.live.count() == 0
    page.unroute("**/vendor/*")

    answers = True
    page.reload()
    screen.wait_drawn()
    expect(outline).to_have_count(0)
    expect(page.locator(".nn-live")).to_have_count(1)
    chart = box_of(screen.panel("boundary").locator(".nn-underlay"))
    for side, given in drawn.items():
        assert abs(chart[side] - given) < 2, side  # type: ignore[literal-required]
    for name, card in cards.items():
        here = box_of(screen.panel(name))
        assert all(abs(here[side] - card[side]) < 2 for side in ("x", "y", "width", "height")), name
    screen.play()
