"""The digits page in a browser: it learns live, and reads what is drawn, by pointer and by keys."""

import re
from collections.abc import Sequence
from math import cos, radians, sin
from typing import ClassVar, Final

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.screen import DESKTOP, PHONE, Screen, box_of, swipe_up
from tests.playground.test_digits_data import npz

FAST: Final = "digits_source=digits8&digits_layers=16&digits_optimizer=adam&digits_rate=0.01"
PANELS: Final = ("draw", "weights", "loss", "accuracy", "gradient", "through", "confusion")
LARGE: Final = np.zeros(10_000_000, np.uint8)  # as much as MNIST has, gzipped
Way = Sequence[tuple[float, float]]


def arc(cx: float, cy: float, rx: float, ry: float, start: float, end: float) -> Way:
    """Points of an arc, in shares of the pad; degrees, clockwise from the right."""
    angles = [radians(start + (end - start) * i / 20) for i in range(21)]
    return [(cx + rx * cos(a), cy + ry * sin(a)) for a in angles]


ZERO: Final = (arc(0.5, 0.5, 0.22, 0.34, -90, 270),)
THREE: Final = ((*arc(0.48, 0.32, 0.2, 0.17, -150, 90), *arc(0.48, 0.67, 0.22, 0.18, -90, 150)),)
SEVEN: Final = (((0.28, 0.18), (0.72, 0.18), (0.45, 0.86)),)


class Digits(Screen):
    """The page, and what is drawn on it."""

    path: ClassVar[str] = "/digits"
    root: ClassVar[str] = '[data-testid=live][aria-label="The network learning to read"]'

    @property
    def pad(self) -> Locator:
        return self.live.locator(".nn-pad")

    @property
    def bars(self) -> Locator:
        return self.panel("draw").locator(".nn-digit-bars")

    @property
    def shares(self) -> list[str]:
        return self.bars.locator(".nn-digit-share").all_inner_texts()

    def draw(self, ways: Sequence[Way]) -> None:
        box, mouse = box_of(self.pad), self.page.mouse
        for way in ways:
            for i, (x, y) in enumerate(way):
                mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=2)
                if i == 0:
                    mouse.down()
            mouse.up()

    def clear(self) -> None:
        self.panel("draw").get_by_role("button", name="Clear").click()
        expect(self.bars).to_have_attribute("data-best", "-1")


@pytest.fixture
def digits(page: Page) -> Digits:
    return Digits(page)


def test_it_learns_live_and_no_chart_is_rebuilt(digits: Digits) -> None:
    digits.open(f"{FAST}&digits_epochs=40&speed=25", PANELS)
    digits.mark()
    canvas = digits.panel("weights").locator("canvas").first
    picture = "(node) => node.toDataURL()"
    before = canvas.evaluate(picture)
    digits.play()
    digits.wait_status("finished")
    assert canvas.evaluate(picture) != before
    expect(digits.words).to_contain_text(
        re.compile(r"3[345]\d of 359 test pictures are read right")
    )
    training, test = digits.lines("accuracy")
    assert min(training[-1] or 0, test[-1] or 0) > 94
    digits.assert_kept()
    digits.panel("confusion").scroll_into_view_if_needed()
    cells = digits.panel("confusion").locator("td")
    expect(cells).to_have_count(100)
    assert sum(map(int, cells.all_inner_texts())) == 359
    reads = digits.reads()
    digits.page.reload()
    digits.wait_status("finished")
    assert digits.reads() == reads


def test_what_is_drawn_is_read_before_training_in_the_middle_of_it_and_after(
    digits: Digits,
) -> None:
    digits.open(f"{FAST}&digits_epochs=60&speed=25")
    expect(digits.bars).to_have_attribute("data-best", "-1")
    digits.draw(THREE)
    expect(digits.bars).not_to_have_attribute("data-best", "-1")  # by weights that know nothing
    untrained = digits.shares
    digits.play()
    expect(digits.bars).to_have_attribute("data-best", "3")  # new weights, the same drawing
    assert digits.shares != untrained
    digits.wait_status("finished")
    for digit, ways in ((0, ZERO), (3, THREE), (7, SEVEN)):
        digits.clear()
        digits.draw(ways)
        expect(digits.bars).to_have_attribute("data-best", str(digit))
    seen: list[int] = (
        digits.panel("draw")
        .locator(".nn-seen")
        .evaluate(
            "(node) => [...node.getContext('2d').getImageData(0, 0, node.width, node.height).data]"
        )
    )
    assert len(set(seen[::4])) > 10  # the network's input, in shades


def test_bars_follow_pointer_and_keys_and_the_run_is_left_alone(digits: Digits) -> None:
    digits.open("digits_layers=128,64")
    digits.draw(SEVEN)
    expect(digits.bars).not_to_have_attribute("data-best", "-1")
    # The picture that comes after a piece of the stroke has the bars of it: no server is asked.
    late: list[int] = digits.pad.evaluate(
        """async (pad) => {
          const bars = document.querySelector("[data-panel=draw] .nn-digit-bars");
          const { left, top, width, height } = pad.getBoundingClientRect();
          const send = (kind, x, y) => pad.dispatchEvent(new PointerEvent(kind, {
            clientX: left + x * width, clientY: top + y * height, pointerId: 1, bubbles: true,
          }));
          const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
          pad.setPointerCapture = () => {};
          const late = [];
          send("pointerdown", 0.2, 0.3);
          for (let i = 1; i <= 15; i += 1) {
            await frame();
            const before = bars.innerHTML;
            send("pointermove", 0.2 + i * 0.04, 0.3 + i * 0.03);
            await frame();
            await frame();
            if (bars.innerHTML === before) late.push(i);
          }
          send("pointerup", 0.8, 0.75);
          return late;
        }"""
    )
    assert late == []
    digits.clear()
    digits.pad.focus()
    for key in ("Space", *["ArrowDown"] * 9, "Space"):
        digits.page.keyboard.press(key)
    expect(digits.bars).not_to_have_attribute("data-best", "-1")
    expect(digits.live).to_have_attribute("data-status", "ready")
    shares = digits.shares
    digits.page.keyboard.press("ArrowRight")  # the pen is lifted
    assert digits.shares == shares
    digits.page.keyboard.press("Delete")
    expect(digits.bars).to_have_attribute("data-best", "-1")
    digits.draw(ZERO)
    digits.page.keyboard.press("Tab")
    expect(digits.panel("draw").get_by_role("button", name="Clear")).to_be_focused()
    digits.page.keyboard.press("Enter")
    expect(digits.bars).to_have_attribute("data-best", "-1")


@pytest.mark.parametrize("viewport", [PHONE])
def test_on_a_phone_a_finger_draws_and_the_page_stays_where_it_is(
    digits: Digits, page: Page
) -> None:
    digits.open(FAST, ("draw", "weights"))
    assert digits.overflow() <= 0
    digits.pad.scroll_into_view_if_needed()
    top = "document.querySelector('[data-testid=stMain]').scrollTop"
    before, box = page.evaluate(top), box_of(digits.pad)
    swipe_up(page, box["x"] + box["width"] / 2, box["y"] + 160, 120)
    expect(digits.bars).not_to_have_attribute("data-best", "-1")
    assert page.evaluate(top) == before


@pytest.mark.parametrize("viewport", [DESKTOP])
def test_a_mistake_that_is_pressed_goes_through_the_layers(digits: Digits) -> None:
    digits.open(FAST, ("through",))
    panel = digits.panel("through")
    expect(panel).to_contain_text("(1 of 359)")
    digits.panel("mistakes").scroll_into_view_if_needed()
    mistake = digits.panel("mistakes").locator("button").nth(2)
    mistake.scroll_into_view_if_needed()
    expect(mistake).to_contain_text(re.compile(r"^\d, not \d \(\d+ %\)$"))
    truth = mistake.inner_text()[0]
    mistake.click()
    expect(panel).not_to_contain_text("(1 of 359)")
    expect(panel).to_contain_text(f"a {truth} (")
    expect(panel.locator(".nn-truth b")).to_have_text(truth)
    panel.get_by_role("button", name="Next test picture").click()
    expect(panel).not_to_contain_text(f"{truth} (1 of")


def test_a_run_that_diverges_is_a_state_and_what_happened_is_told(digits: Digits) -> None:
    digits.open("digits_rate=0.3&digits_activation=identity&speed=batch")
    digits.play()
    digits.wait_status("diverged")
    digits.live.get_by_role("button", name="What happened?").click()
    expect(digits.live.locator("dialog[open]")).to_contain_text("layer 1 · Identity")
    digits.page.keyboard.press("Escape")
    digits.live.get_by_role("button", name="Start again").click()
    digits.wait_status("ready")
    digits.unfocus()
    digits.page.keyboard.press("-")  # a third less, in the bar, and beside it when the hand rests
    expect(digits.rate).to_have_value("0.225")
    digits.wait_query(digits_rate="0.225")
    slider = digits.page.get_by_test_id("stSidebar").get_by_role("slider", name="Learning rate")
    expect(slider).to_have_attribute("aria-valuetext", "0.225")
    digits.button("New start").click()
    digits.wait_query(digits_seed="1")
    digits.wait_status("ready")


def test_a_persons_file_is_read(digits: Digits, page: Page) -> None:
    page.goto("/digits?digits_source=own&digits_layers=4&digits_batch=2")
    expect(digits.words).to_contain_text("Choose your file above")
    box = page.locator("[data-testid=stFileUploader] input[type=file]")
    box.set_input_files({"name": "mnist.npz", "mimeType": "", "buffer": npz()[:-30]})
    expect(page.get_by_text("This is no mnist.npz")).to_be_visible()
    page.reload()
    box.set_input_files({"name": "mnist.npz", "mimeType": "", "buffer": npz(large=LARGE)})
    digits.wait_drawn(("draw",))
    expect(page.get_by_text("Yours: 3 pictures")).to_be_visible()
