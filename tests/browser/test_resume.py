"""A run outlives its server and a reload: the browser carries it, and it goes on bit for bit."""

import os
import re
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import new_context
from tests.browser.screen import Playground, Screen, enter
from tests.browser.server import ROOT, free_port, running_app

# So many epochs that a run is under way when its server dies, and at its end soon after.
SHORT = {"epochs": "120", "speed": "25", "optimizer": "adam", "dropout": "0.1"}


@contextmanager
def page_of(browser: Browser, port: int) -> Iterator[Page]:
    """A page whose server may die: what the console says of that is no error."""
    context = new_context(browser, f"http://127.0.0.1:{port}")
    yield context.new_page()
    context.close()


def ended(screen: Screen) -> list[str]:
    """The numbers of the bar when the run has finished."""
    screen.wait_status("finished")
    return screen.reads()


def test_neither_a_killed_server_nor_one_that_forgets_costs_a_step(
    browser: Browser, tmp_path: Path
) -> None:
    port, forgetful = free_port(), {"PLAYGROUND_IDLE_SECONDS": "1"}
    with page_of(browser, port) as page:
        screen = Playground(page)
        with running_app(tmp_path, port=port) as server:
            screen.open(SHORT)
            screen.play()
            screen.wait_epoch(40)
            os.kill(server.pid, signal.SIGKILL)
        seen = screen.seen("epochs")[-1]
        with running_app(tmp_path, port=port, variables=forgetful):
            screen.wait_epoch(seen + 5)
            epochs = screen.seen("epochs")
            assert epochs == sorted(epochs)  # it never jumped back
            screen.pause()
            for _ in range(2):
                reads, step = screen.reads(), screen.step
                page.wait_for_timeout(3_000)  # nobody touches it, and the server lets go of it
                assert screen.reads() == reads
                screen.button("Step one batch").click()
                screen.wait_step(step + 1)
            screen.play()
            reads = ended(screen)
            screen.open(SHORT | {"speed": "max"})  # a link that is opened anew starts anew
            expect(screen.read("epoch")).to_have_text("0")
            screen.play()
            assert ended(screen) == reads


def test_what_was_changed_in_mid_run_is_known_after_a_reload(screen: Playground) -> None:
    screen.open({"speed": "25"})
    screen.play()
    screen.wait_epoch(20)
    enter(screen.page.get_by_role("spinbutton", name="Learning rate"), "0.1")
    screen.wait_query(learning_rate="0.1")
    screen.wait_epoch(40)
    screen.pause()
    screen.wait_rest()
    shown, step, drawn = screen.reads(), screen.step, screen.boundary()
    screen.page.reload()
    screen.wait_drawn()
    screen.wait_rest()
    assert (screen.reads(), screen.step, screen.boundary()) == (shown, step, drawn)
    screen.button("Step one batch").click()
    screen.wait_step(step + 1)


@pytest.mark.parametrize("path", ["learning_rate?view=race", "gradient_flow?flow_depth=4"])
def test_the_other_pages_go_on_after_a_reload_while_they_play(view: Screen, path: str) -> None:
    view.page.goto(f"/{path}&speed=25")
    view.wait_drawn()
    view.play()
    view.wait_step(10)
    view.page.reload()
    view.wait("Number(live?.dataset.step) > 15")
    assert view.seen("epochs")[0] >= 10
    view.pause()
    view.wait_rest()


def test_a_page_older_than_its_server_loads_itself_anew_and_goes_on(
    browser: Browser, tmp_path: Path
) -> None:
    """The product is brought up to date under a page that plays."""
    port, copy = free_port(), tmp_path / "copy"
    for name in ("app.py", "engine", "pages", "playground", "static", ".streamlit"):
        take = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        (copy / name).parent.mkdir(exist_ok=True)
        take(ROOT / name, copy / name)
    with page_of(browser, port) as page:
        screen = Playground(page)
        with running_app(tmp_path, copy / "app.py", port=port) as server:
            screen.open({"speed": "25"})
            screen.play()
            screen.wait_epoch(30)
            page.evaluate("window.old = true")
            os.kill(server.pid, signal.SIGKILL)
        with (copy / "static/live/dom.js").open("a") as module:
            module.write("// newer\n")
        with running_app(tmp_path, copy / "app.py", port=port):
            screen.wait("!window.old && Number(live?.dataset.epoch) > 40")
            assert screen.seen("epochs")[0] >= 30
            expect(screen.words).to_have_text(re.compile("^Learning from"))
