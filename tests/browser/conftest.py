"""A real app and a real Chromium for the tests, with ears for errors and for strange hosts."""

from collections.abc import Callable, Iterator
from typing import Literal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Error,
    Page,
    Request,
    ViewportSize,
    WebSocket,
    sync_playwright,
)

from tests.browser.chromium import LAUNCH_ARGS, MISSING, find_chromium
from tests.browser.server import Server, running_app


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app, started once for all browser tests."""
    with running_app(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture(scope="session")
def app_url(server: Server) -> str:
    """Where the app answers, without a slash at the end."""
    return server.url


@pytest.fixture
def server_log(server: Server) -> Callable[[], str]:
    """A function that returns what the server wrote since this test began."""
    start = server.log.stat().st_size

    def written() -> str:
        return server.log.read_bytes()[start:].decode("utf-8", "replace")

    return written


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, headless. A missing browser is an error and never a skipped test."""
    executable = find_chromium()
    if executable is None:
        pytest.fail(MISSING, pytrace=False)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=executable, args=LAUNCH_ARGS)
        yield launched
        launched.close()


@pytest.fixture
def viewport() -> ViewportSize:
    """The window; a test takes another with `parametrize("viewport", [...])`."""
    return {"width": 1280, "height": 800}


@pytest.fixture
def color_scheme() -> Literal["light", "dark"]:
    """The person's scheme; a test takes another with `parametrize("color_scheme", [...])`."""
    return "light"


@pytest.fixture
def page_errors() -> list[str]:
    """What went wrong in the page so far: errors on the console and uncaught exceptions."""
    return []


@pytest.fixture
def foreign_requests() -> list[str]:
    """The addresses that the page asked for at any place but the app's own."""
    return []


@pytest.fixture
def page(
    browser: Browser,
    app_url: str,
    viewport: ViewportSize,
    color_scheme: Literal["light", "dark"],
    page_errors: list[str],
    foreign_requests: list[str],
) -> Iterator[Page]:
    """A fresh page of a person who was never here; relative addresses are the app's."""
    home = urlsplit(app_url).netloc

    def note_address(address: str) -> None:
        parts = urlsplit(address)
        if parts.scheme not in {"data", "blob", "about"} and parts.netloc != home:
            foreign_requests.append(address)

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            page_errors.append(f"{message.text} ({message.location['url']})")

    def on_exception(error: Error) -> None:
        page_errors.append(str(error))

    def on_request(request: Request) -> None:
        note_address(request.url)

    def on_websocket(socket: WebSocket) -> None:
        note_address(socket.url)

    context = browser.new_context(
        base_url=app_url, viewport=viewport, color_scheme=color_scheme, locale="en-US"
    )
    context.on("request", on_request)
    opened = context.new_page()
    opened.on("console", on_console)
    opened.on("pageerror", on_exception)
    opened.on("websocket", on_websocket)
    yield opened
    context.close()
