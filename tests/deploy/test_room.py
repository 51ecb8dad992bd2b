"""The room as it is deployed, through its door: whoever comes plays, whatever happens."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from benchmarks._student import Student
from tests.browser.conftest import new_context
from tests.browser.screen import Playground, Screen
from tests.browser.server import free_port
from tests.deploy.conftest import ADDRESSES, SEATS
from tests.deploy.room import PATIENCE, Names, Proxy, Replica, fetch, proxy, until

LONG = "epochs=1000000&speed=25"
PLAYS = {"epochs": "1000000", "speed": "25"}
Seated = Callable[[], dict[str, int]]


def of(seated: Seated) -> str:
    """The address of the one replica that has a viewer."""
    until(lambda: sum(seated().values()) == 1, "nobody has a seat")
    return next(address for address, count in seated().items() if count)


@contextmanager
def students(*urls: str) -> Iterator[list[Student]]:
    """Clients of the protocol who play while the block lasts, beside the browser's own loop."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    class_ = [Student(url, PLAYS) for url in urls]
    tasks: list[asyncio.Task[None]] = []

    async def enter(student: Student) -> None:
        await student.open()
        tasks.append(asyncio.create_task(student.play(1e9, 10)))

    async def leave() -> None:
        """All have ended when this has: a loop that stops on a waiting task leaves it undone."""
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for student in class_:
            await student.close()

    try:
        for student in class_:
            asyncio.run_coroutine_threadsafe(enter(student), loop).result(PATIENCE)
        yield class_
    finally:
        asyncio.run_coroutine_threadsafe(leave(), loop).result(PATIENCE)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


# ---- through the door


@pytest.mark.usefixtures("calm")
def test_every_page_passes_the_content_security_policy(page: Page, screen: Playground) -> None:
    screen.open(LONG)
    screen.play()
    for path in ("/learning_rate", "/gradient_flow", "/backprop"):
        page.goto(path)
        Screen(page).wait("Number(live?.dataset.frames) >= 1")
    page.goto("/learning_rate?view=range")  # Streamlit's own chart
    expect(page.get_by_test_id("stPlotlyChart").locator(".js-plotly-plot").first).to_be_visible()
    answer = page.goto("/guide")
    expect(page.get_by_role("heading", name="Guide", exact=True)).to_be_visible()
    assert answer is not None
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-eval" not in policy


def test_a_class_is_spread_over_the_replicas(door: Proxy, seated: Seated) -> None:
    """Without a cookie each goes where fewest are."""
    with students(*[door.url] * 6) as class_:
        assert list(seated().values()) == [3, 3]
        until(lambda: all(student.seen.frames > 30 for student in class_), "somebody stands still")
        assert [student.seen.errors for student in class_] == [[]] * 6


def test_a_browser_comes_back_to_its_replica(
    page: Page, screen: Playground, seated: Seated
) -> None:
    screen.open()
    before = of(seated)
    for _ in range(3):
        page.reload()
        screen.wait_drawn()
        assert of(seated) == before
    (cookie,) = (each for each in page.context.cookies() if each.get("name") == "replica")
    assert cookie.get("httpOnly")
    assert cookie.get("sameSite") == "Lax"


# ---- a replica goes


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_the_page_goes_on_at_another_replica(
    page: Page,
    screen: Playground,
    view: Screen,
    replicas: dict[str, Replica],
    seated: Seated,
    how: signal.Signals,
) -> None:
    """Killed at once or asked to end: the page reconnects by itself and unharmed, and plays on."""
    screen.open(LONG)
    screen.play()
    screen.wait_step(300)
    page.evaluate("window.stays = true")
    gone = replicas[of(seated)]
    other = next(replica for replica in replicas.values() if replica is not gone)
    gone.end(how)
    try:
        until(lambda: other.sessions == 1, "the page does not reconnect")
        screen.wait_step(screen.step + 300)
        steps = screen.seen("epochs")
        assert steps == sorted(steps)
        page.locator(".st-key-page-links").get_by_role("link", name="Learning rate").click()
        view.wait_drawn(("parabola",))
        view.play()
        assert page.evaluate("window.stays")
        expect(page.get_by_test_id("stException")).to_have_count(0)
        expect(page.get_by_test_id("stConnectionStatus")).to_have_count(0)
    finally:
        gone.start()


@pytest.mark.usefixtures("calm")
def test_a_drained_replica_keeps_its_viewers_and_gets_no_new_ones(
    page: Page, screen: Playground, door: Proxy, seated: Seated
) -> None:
    screen.open(LONG)
    screen.play()
    old = of(seated)
    new = next(address for address in ADDRESSES if address != old)
    server = f"app/{door.slot(old)}"
    door.command(f"set server {server} state drain")
    try:
        with students(*[door.url] * 3):
            assert seated() == {old: 1, new: 3}
        screen.wait_frames(screen.frames + 10)
    finally:
        door.command(f"set server {server} state ready")


def test_a_replica_that_comes_later_is_found(
    names: Names, door: Proxy, replicas: dict[str, Replica]
) -> None:
    """As `compose up --scale` adds one, and takes it away again."""
    one = next(iter(replicas.values()))
    third = Replica(one.folder.parent, "127.0.0.4", one.port, {})
    third.start()
    try:
        names.addresses = (*ADDRESSES, third.address)
        door.wait(third.address, "UP")
        names.addresses = ADDRESSES
        door.wait(third.address, "")
    finally:
        names.addresses = ADDRESSES
        third.end()


# ---- seats, figures, the log


def test_a_full_room_says_so_and_opens_by_itself(
    page: Page, screen: Playground, door: Proxy, replicas: dict[str, Replica]
) -> None:
    """All replicas are full: the proxy has nobody to send a newcomer to."""
    with students(*[replica.url for replica in replicas.values() for _ in range(SEATS)]):
        for address in ADDRESSES:
            door.wait(address, "NOLB")
        page.goto("/")
        expect(page.get_by_role("heading", name="This room is full")).to_be_visible()
    screen.wait_drawn()


@pytest.mark.usefixtures("calm")
def test_who_comes_back_to_a_full_replica_waits_there(
    page: Page, screen: Playground, view: Screen, replicas: dict[str, Replica], seated: Seated
) -> None:
    """The cookie leads to it, and the first seat that is free is this viewer's."""
    screen.open()
    replica = replicas[of(seated)]
    page.goto("about:blank")
    until(lambda: replica.sessions == 0, "the seat is not given back")
    refused = replica.figure("playground_refused_total")
    with students(*[replica.url] * SEATS):
        page.goto("/learning_rate")
        expect(page.get_by_role("heading", name="This room is full")).to_be_visible()
        expect(page.get_by_role("button", name="Try again")).to_be_visible()
        expect(view.live).to_have_count(0)
        assert replica.sessions == SEATS
        assert replica.figure("playground_refused_total") > refused
    view.wait_drawn(("parabola",))
    view.play()


def test_figures_are_for_those_inside(door: Proxy, replicas: dict[str, Replica]) -> None:
    for path in ("metrics", "_stcore/metrics"):
        for replica in replicas.values():
            status, text = fetch(f"{replica.url}/{path}")
            assert status == 200
            assert text.endswith("# EOF\n")
        for hidden in (
            path,
            f"{path}/",
            f"/{path}",
            path.replace("m", "%6d"),
            f"{path}?families=x",
        ):
            assert fetch(f"{door.url}/{hidden}")[0] == 404, hidden
    assert fetch(f"{door.url}/ready")[0] == 404
    assert fetch(f"{door.url}/_stcore/health")[0] == 200


def test_the_log_has_a_line_an_event_and_names_nobody(
    page: Page, screen: Playground, replicas: dict[str, Replica], seated: Seated
) -> None:
    screen.open()
    replica = replicas[of(seated)]
    page.close()
    until(lambda: '"event": "closed"' in replica.log.splitlines()[-1], replica.log)
    events = [json.loads(line) for line in replica.log.splitlines()]
    assert events[0]["event"] == "start"
    assert {event["event"] for event in events} <= {"start", "opened", "closed", "refused"}
    assert re.findall(r"127\.0\.0\.", replica.log) == []


# ---- other ways to serve it


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A key and a certificate that it has signed itself, in one file as haproxy wants them."""
    key, signed, both = tmp_path / "key.pem", tmp_path / "signed.pem", tmp_path / "site.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
    files = ["-keyout", str(key), "-out", str(signed)]
    subprocess.run([*command.split(), *files], check=True, capture_output=True)
    both.write_text(signed.read_text() + key.read_text())
    return both


@pytest.mark.usefixtures("door")
def test_tls_ends_at_the_proxy(
    browser: Browser,
    tmp_path: Path,
    names: Names,
    replicas: dict[str, Replica],
    certificate: Path,
) -> None:
    port = next(iter(replicas.values())).port
    with proxy(tmp_path, names, port, certificate) as door:
        context = browser.new_context(ignore_https_errors=True, base_url=door.url)
        page = context.new_page()
        errors: list[str] = []
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        screen = Playground(page)
        screen.open(LONG)
        screen.play()
        answer = page.reload()
        assert answer is not None
        assert "strict-transport-security" in answer.headers
        cookies = context.cookies()
        assert {"replica"} <= {cookie.get("name") for cookie in cookies}
        assert all(cookie.get("secure") for cookie in cookies)
        sent = context.request.get(door.plain, max_redirects=0)
        assert sent.status == 301
        assert sent.headers["location"].startswith("https://")
        context.close()
        assert errors == []


def test_it_can_be_served_below_a_path(browser: Browser, tmp_path: Path) -> None:
    names = Names("127.0.0.5")
    variables = {"STREAMLIT_SERVER_BASE_URL_PATH": "learn/nets"}
    replica = Replica(tmp_path, "127.0.0.5", free_port(), variables)
    replica.start()
    try:
        with proxy(tmp_path, names, replica.port) as door:
            context = new_context(browser, door.url)
            page = context.new_page()
            page.goto("/learn/nets/")
            screen = Playground(page)
            screen.wait_drawn()
            screen.play()
            page.goto("/learn/nets/learning_rate?step_size=2.1")
            Screen(page).wait_drawn(("parabola",))
            page.locator(".st-key-page-links").get_by_role("link", name="Guide").click()
            expect(page).to_have_url(re.compile("/learn/nets/guide"))
            assert fetch(f"{door.url}/learn/nets/_stcore/metrics")[0] == 404
            context.close()
    finally:
        replica.end()
        names.close()
