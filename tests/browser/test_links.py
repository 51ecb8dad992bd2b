"""The link is the run: it reproduces bit for bit, and a bad one is named and does no harm."""

from urllib.parse import quote

from playwright.sync_api import Dialog, Page, expect

from playground.runs.experiment import Experiment
from playground.settings.config import Config
from tests.browser.screen import Playground, figure

GOOD = {"samples": "120", "seed": "3"}
HOSTILE = {
    "dataset": "<img src=x onerror=alert(1)>",
    "activation": "![x](http://evil.test/x.png)",
    "learning_rate": "NaN",
    "layers": "8," * 4000,
    "init": "$\\href{http://evil.test}{x}$ :material/close: `</code><script>alert(1)</script>",
}


def test_what_is_bad_in_a_link_is_named_and_not_rendered_and_the_good_stands(
    page: Page, screen: Playground
) -> None:
    dialogs: list[str] = []

    def on_dialog(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", on_dialog)
    given = HOSTILE | GOOD
    screen.open("&".join(f"{name}={quote(value)}" for name, value in given.items()))
    notice = page.get_by_test_id("stAlert")
    expect(notice).to_have_count(1)
    expect(notice).to_be_visible()
    for name in HOSTILE:
        expect(notice).to_contain_text(name)
    expect(notice).to_contain_text("onerror=alert(1)")  # as text, so that it can be mended
    made_of_it = "img[src='x'], img[src*=evil], a[href*=evil], [onerror]"
    expect(page.locator(made_of_it)).to_have_count(0)
    expect(notice.locator(".katex, img, script")).to_have_count(0)
    assert page.evaluate("[...document.scripts].every((s) => !s.text.includes('alert(1)'))")
    # What is good stands, and the rest is the usual run, which can be played.
    for name in GOOD:
        expect(notice).not_to_contain_text(name)
    assert screen.losses[0] == figure(Experiment(Config.from_query(GOOD)[0]).trainer.train_loss)
    screen.play()
    assert dialogs == []
    page.evaluate("seen.bad.length = 0")  # the NaN that is quoted
