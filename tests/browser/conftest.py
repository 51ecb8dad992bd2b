"""A real app and a real Chromium for the tests, with ears for errors and for strange hosts."""

import re
from collections.abc import Callable, Iterator
from typing import Literal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    Request,
    ViewportSize,
    WebSocket,
    expect,
    sync_playwright,
)

from playground.live.component import PLOTLY
from tests.browser.chromium import LAUNCH_ARGS, MISSING, find_chromium
from tests.browser.screen import LAPTOP, PATIENCE, RECORDER, Playground, Screen
from tests.browser.server import Server, running_app

# On a cold link to a page Streamlit looks for its server below that page before it looks above.
PAGES = "guide|learning_rate|gradient_flow|backprop|digits|compare|lessons"
SEARCH = re.compile(rf"/({PAGES})/_stcore/(health|host-config)$")

# Streamlit says so when a request was under way while its page was left: nobody misses the answer.
LATE = re.compile(r"^\S+ \S+ The fragment with id \w+ does not exist anymore - .*\n", re.M)

# A person who was here before: the first steps of the Playground stay away.
GREETED = 'if (location.origin !== "null") localStorage.setItem("playground.welcome", "done");'

# What a page that is left may not have shown; the next one opens without what this one stored.
STRANGE = """() => {
  if (location.origin !== "null") localStorage.clear();
  const formulas = [...document.querySelectorAll(".katex-error")].map((node) => node.textContent);
  return [...(window.seen?.bad ?? []), ...formulas];
}"""


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
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=executable, args=LAUNCH_ARGS)
        yield launched
        launched.close()


def new_context(browser: Browser, app_url: str, greeted: bool = True) -> BrowserContext:
    made = browser.new_context(base_url=app_url, locale="en-US")
    made.set_default_timeout(PATIENCE)
    made.add_init_script(RECORDER)
    if greeted:
        made.add_init_script(GREETED)
    return made


@pytest.fixture(scope="session")
def context(browser: Browser, app_url: str) -> Iterator[BrowserContext]:
    """What all tests share: what was fetched once is in its cache."""
    made = new_context(browser, app_url)
    yield made
    made.close()


@pytest.fixture
def viewport() -> ViewportSize:
    """The window; a test takes another with `parametrize("viewport", [...])`."""
    return LAPTOP


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
def strange_texts() -> list[str]:
    """What was on the pages that no person should have to read."""
    return []


@pytest.fixture
def open_page(
    context: BrowserContext,
    browser: Browser,
    app_url: str,
    viewport: ViewportSize,
    color_scheme: Literal["light", "dark"],
    page_errors: list[str],
    foreign_requests: list[str],
    strange_texts: list[str],
) -> Iterator[Callable[[], Page]]:
    """Opens a fresh page of a person who knows the way; relative addresses are the app's.

    Each further one has a context of its own: of one context only a single page is in front.
    """
    home = urlsplit(app_url).netloc
    pages: list[Page] = []

    def note_address(address: str) -> None:
        parts = urlsplit(address)
        if parts.scheme not in {"data", "blob", "about"} and parts.netloc != home:
            foreign_requests.append(address)

    def on_console(message: ConsoleMessage) -> None:
        address = message.location["url"]
        if message.type == "error" and not (SEARCH.search(address) and "404" in message.text):
            page_errors.append(f"{message.text} ({address})")

    def on_exception(error: Error) -> None:
        page_errors.append(f"{error.message}\n{error.stack}")

    def on_request(request: Request) -> None:
        note_address(request.url)

    def on_websocket(socket: WebSocket) -> None:
        note_address(socket.url)

    def opened() -> Page:
        page = (new_context(browser, app_url) if pages else context).new_page()
        pages.append(page)
        page.set_viewport_size(viewport)
        page.emulate_media(color_scheme=color_scheme)
        page.on("request", on_request)
        page.on("console", on_console)
        page.on("pageerror", on_exception)
        page.on("websocket", on_websocket)
        return page

    yield opened
    for page in pages:
        if not page.is_closed():
            strange_texts += page.evaluate(STRANGE)
            page.close()
        if page.context is not context:
            page.context.close()


@pytest.fixture
def page(open_page: Callable[[], Page]) -> Page:
    """A fresh page, not yet at the app."""
    return open_page()


@pytest.fixture
def empty(page: Page) -> Page:
    """A page of our server without the app, for modules to be loaded into."""
    page.goto("/_stcore/health")
    return page


@pytest.fixture
def plotted(empty: Page) -> Page:
    """The same with the plotly.js that the app serves."""
    empty.evaluate(
        """async (address) => {
          const packed = await fetch(address);
          const source = packed.body.pipeThrough(new DecompressionStream("gzip"));
          const script = document.createElement("script");
          script.text = await new Response(source).text();
          document.head.append(script);
        }""",
        f"/app/static/{PLOTLY}",
    )
    return empty


@pytest.fixture
def screen(page: Page) -> Playground:
    """The same page, with words for what is on the Playground."""
    return Playground(page)


@pytest.fixture
def view(page: Page) -> Screen:
    """The same page, with words for what is on the views of the others."""
    return Screen(page)


@pytest.fixture(autouse=True)
def nothing_amiss(
    server_log: Callable[[], str],
    page_errors: list[str],
    foreign_requests: list[str],
    strange_texts: list[str],
) -> Iterator[None]:
    """Holds for every browser test, after it: nothing wrong or strange, a silent server.

    Made before the page and so undone after it is closed: what comes last is heard too.
    """
    yield
    assert page_errors == []
    assert foreign_requests == []
    assert strange_texts == []
    assert LATE.sub("", server_log()) == ""
