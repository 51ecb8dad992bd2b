"""How the live view comes into a browser: every file of it once, under one fingerprint."""

from urllib.parse import urlsplit

from playwright.sync_api import Request

from playground.live.component import BUNDLE, STATIC, fingerprint
from tests.browser.screen import Playground


def test_all_files_of_the_view_carry_its_fingerprint(screen: Playground) -> None:
    """A browser that keeps files can so never mix those of two versions."""
    asked: list[str] = []

    def on_request(request: Request) -> None:
        address = urlsplit(request.url)
        name = address.path.rpartition("/")[2]
        if address.path.startswith("/app/static/live/") or name == BUNDLE:
            asked.append(f"{name}?{address.query}")

    screen.page.on("request", on_request)
    screen.open()
    screen.page.get_by_role("link", name="Guide").click()
    screen.page.get_by_role("link", name="Playground").click()
    screen.wait_drawn()
    files = [BUNDLE, *(path.name for path in (STATIC / "live").glob("*.css"))]
    assert sorted(asked) == sorted(f"{name}?v={fingerprint()}" for name in files)
