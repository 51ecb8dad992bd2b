"""Work ends with its viewer, and with the server: a large phase map whose tab or server is gone."""

from __future__ import annotations

import os
import re
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute, expect

from tests.browser.screen import Screen
from tests.browser.server import running_app
from tests.browser.test_learning_rate import MAP
from tests.browser.test_rate_views import CELLS, LONG, known, wait_for_more
from tests.playground.test_phase_map import alive, until

# 1,600 runs of several minutes in all: whoever waits for it to end waits in vain.
LARGE = {**LONG, "map_rates": "40", "map_values": "40", "map_epochs": "2000"}

OpenPage = Callable[[], Page]


def playing(page: Page, query: dict[str, str]) -> Screen:
    """The page with a map that computes."""
    view = Screen(page)
    view.open(query, MAP)
    view.button("Play").click()
    expect(view.words).to_contain_text(re.compile(r"^Row \d+ of"))
    return view


def children(pid: int) -> list[int]:
    """The processes that this one has started."""
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for found in lists for child in found.read_text().split()]


def test_nobody_waits_for_a_map_whose_tab_was_closed(open_page: OpenPage) -> None:
    left = open_page()
    playing(left, LARGE)
    other = Screen(open_page())
    other.open(CELLS, MAP)
    other.button("Play").click()
    expect(other.words).to_have_text("Waiting: another map computes first.")
    left.close()
    other.wait_status("finished")


def test_a_map_whose_connection_broke_goes_on_when_it_is_back(
    open_page: OpenPage, page_errors: list[str]
) -> None:
    page, sockets, broken = open_page(), [], threading.Event()

    def connect(socket: WebSocketRoute) -> None:
        if broken.is_set():
            socket.close()
        else:
            sockets.extend([socket, socket.connect_to_server()])

    page.route_web_socket(re.compile("/_stcore/stream"), connect)
    view = playing(page, LONG)
    broken.set()
    for socket in sockets:
        socket.close()
    other = Screen(open_page())
    other.open(CELLS, MAP)
    other.button("Play").click()
    other.wait_status("finished")  # so the first map has stopped
    done = known(view)
    broken.clear()
    wait_for_more(view, done)
    expect(view.words).to_contain_text(re.compile(r"^Row \d+ of 20, about [\d,]+ s left\.$"))
    progress = view.panel("map").get_by_role("progressbar", name="Rows done")
    assert 0 < float(progress.evaluate("(node) => node.value")) < 1
    view.button("Stop").click()
    view.wait_status("paused")
    expect(view.words).to_have_text(re.compile(r"^Stopped after \d+ of 20 rows\."))
    # A person stops it, and goes on.
    done = known(view)
    assert 4 <= done < 80
    view.button("Play").click()
    wait_for_more(view, done)
    view.button("Stop").click()
    view.wait_status("paused")
    page_errors[:] = [error for error in page_errors if "disconnected from server" not in error]


@pytest.mark.skipif(not Path("/proc").exists(), reason="finds the workers in /proc")
def test_the_workers_end_with_the_server(browser: Browser, tmp_path: Path) -> None:
    with running_app(tmp_path) as server, browser.new_context(base_url=server.url) as context:
        playing(context.new_page(), LARGE)
        until(lambda: len(children(server.pid)) >= 2)
        workers = children(server.pid)
        os.kill(server.pid, signal.SIGTERM)
        until(lambda: not any(alive(worker) for worker in workers))
