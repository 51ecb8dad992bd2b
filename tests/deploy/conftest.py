"""Two replicas behind the proxy, and the browser of the browser tests in front of it."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import (
    browser,
    color_scheme,
    context,
    foreign_requests,
    open_page,
    page,
    page_errors,
    screen,
    strange_texts,
    view,
    viewport,
)
from tests.browser.server import free_port
from tests.deploy.room import Names, Proxy, Replica, proxy, until

__all__ = [
    "browser",
    "color_scheme",
    "context",
    "foreign_requests",
    "open_page",
    "page",
    "page_errors",
    "screen",
    "strange_texts",
    "view",
    "viewport",
]

ADDRESSES = ("127.0.0.2", "127.0.0.3")
SEATS = 4  # of each replica


@pytest.fixture(scope="session")
def replicas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Replica]]:
    """The processes of the app, by address."""
    port, variables = free_port(), {"PLAYGROUND_SEATS": str(SEATS)}
    found = {
        address: Replica(tmp_path_factory.mktemp("replica"), address, port, variables)
        for address in ADDRESSES
    }
    try:
        for replica in found.values():
            replica.start()
        yield found
    finally:
        for replica in found.values():
            replica.end()


@pytest.fixture(scope="session")
def names() -> Iterator[Names]:
    """Who tells the proxy which replicas there are."""
    made = Names(*ADDRESSES)
    yield made
    made.close()


@pytest.fixture(scope="session")
def door(
    tmp_path_factory: pytest.TempPathFactory, names: Names, replicas: dict[str, Replica]
) -> Iterator[Proxy]:
    """The proxy in front of them."""
    port = next(iter(replicas.values())).port
    with proxy(tmp_path_factory.mktemp("proxy"), names, port) as running:
        yield running


@pytest.fixture(scope="session")
def app_url(door: Proxy) -> str:
    """Where the browser goes: to the proxy."""
    return door.url


@pytest.fixture
def seated(replicas: dict[str, Replica]) -> Callable[[], dict[str, int]]:
    """A function that says how many viewers each replica has."""
    return lambda: {address: replica.sessions for address, replica in replicas.items()}


@pytest.fixture(autouse=True)
def _empty_room(
    replicas: dict[str, Replica], door: Proxy, seated: Callable[[], dict[str, int]]
) -> None:
    """Each test begins with both replicas up, and nobody in the room."""
    for address in replicas:
        door.wait(address, "UP")
    until(lambda: sum(seated().values()) == 0, "somebody stays")


@pytest.fixture
def calm(
    page: Page, page_errors: list[str], foreign_requests: list[str], strange_texts: list[str]
) -> Iterator[None]:
    """For a test in which nothing breaks: nothing wrong on the page, nothing from elsewhere."""
    yield
    page.close()
    assert page_errors == []
    assert foreign_requests == []
    assert strange_texts == []
