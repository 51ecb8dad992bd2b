"""Starts the app as its users start it, in a process of its own, on a free port."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
START_LIMIT = 60.0  # seconds until the server must answer


@dataclass(frozen=True)
class Server:
    """A running app: where it answers, what it writes, and which process it is."""

    url: str
    log: Path
    pid: int


def free_port() -> int:
    """A TCP port on which nothing listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def healthy(url: str) -> bool:
    """Whether the server answers that it is ready."""
    try:
        with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False


@contextmanager
def running_app(
    folder: Path,
    script: Path = ROOT / "app.py",
    address: str = "127.0.0.1",
    port: int | None = None,
    variables: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    """The app while the block lasts; its home and its log lie in `folder`.

    The settings are the project's own: no STREAMLIT_* variable and no file of the person who runs
    this reaches the server, but what `variables` says. A class of any size finds a seat.

    Raises:
        RuntimeError: The server ends or does not answer in time; the message carries its log.
    """
    port = port or free_port()
    base = (variables or {}).get("STREAMLIT_SERVER_BASE_URL_PATH", "")
    url = f"http://{address}:{port}/{base}".rstrip("/")
    log = folder / "server.log"
    environment = {k: v for k, v in os.environ.items() if not k.startswith("STREAMLIT_")}
    environment |= {
        "HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
        "XDG_CACHE_HOME": str(folder),
        "PYTHONUNBUFFERED": "1",
        "PLAYGROUND_SEATS": "100000",
        "MALLOC_ARENA_MAX": "1",  # as in the image
        **(variables or {}),
    }
    command = [sys.executable, "-m", "streamlit", "run", str(script)]
    command += ["--server.headless=true", f"--server.address={address}", f"--server.port={port}"]
    with (
        log.open("wb") as output,
        subprocess.Popen(
            command,
            cwd=script.parent,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            limit = time.monotonic() + START_LIMIT
            while not healthy(url):
                if process.poll() is not None or time.monotonic() > limit:
                    raise RuntimeError(f"the app does not answer:\n{log.read_text('utf-8')}")
                time.sleep(0.05)
            yield Server(url, log, process.pid)
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
