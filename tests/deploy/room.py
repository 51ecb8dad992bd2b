"""A room as it is deployed: replicas of the app behind haproxy, with the file of deploy/."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.browser.server import ROOT, Server, free_port, running_app

FOLDER: Final = ROOT / "deploy" / "haproxy"
PATIENCE: Final = 60.0  # seconds that anything may take on a busy machine
SAMPLE: Final = re.compile(r"^(\w+) (\S+)$", re.MULTILINE)


def until(found: Callable[[], bool], what: str) -> None:
    """Wait for something to come true."""
    limit = time.monotonic() + PATIENCE
    while not found():
        assert time.monotonic() < limit, what
        time.sleep(0.05)


def fetch(url: str) -> tuple[int, str]:
    """The status and the text of an answer, whatever it is; 0 for none."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except (OSError, TimeoutError):
        return 0, ""


class Names:
    """What Docker's resolver is to Compose: says which addresses the app has now."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.place = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            query, sender = self._socket.recvfrom(4096)
            if not query:
                return
            end = query.index(b"\0", 12) + 5
            is_ipv4 = query[end - 4 : end - 2] == b"\0\1"
            answers = [
                struct.pack("!HHHIH", 0xC00C, 1, 1, 1, 4) + socket.inet_aton(address)
                for address in (self.addresses if is_ipv4 else ())
            ]
            head = query[:2] + struct.pack("!HHHHH", 0x8180, 1, len(answers), 0, 0)
            self._socket.sendto(head + query[12:end] + b"".join(answers), sender)

    def close(self) -> None:
        host, port = self.place.split(":")
        self._socket.sendto(b"", (host, int(port)))
        self._thread.join()
        self._socket.close()


@dataclass
class Replica:
    """One process of the app, at an address of its own and the port of all."""

    folder: Path
    address: str
    port: int
    variables: dict[str, str]
    _stack: ExitStack = field(default_factory=ExitStack)
    _server: Server | None = None

    def start(self) -> None:
        self._server = self._stack.enter_context(
            running_app(self.folder, ROOT / "serve.py", self.address, self.port, self.variables)
        )

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it by a signal and wait until it is gone."""
        if self._server is not None:
            os.kill(self._server.pid, how)
            self._server = None
        self._stack.close()

    @property
    def url(self) -> str:
        return f"http://{self.address}:{self.port}"

    @property
    def log(self) -> str:
        return (self.folder / "server.log").read_text("utf-8")

    def figure(self, name: str) -> float:
        """One of the figures that it tells those inside."""
        return float(dict(SAMPLE.findall(fetch(f"{self.url}/metrics")[1]))[name])

    @property
    def sessions(self) -> int:
        return int(self.figure("playground_sessions"))


@dataclass(frozen=True)
class Proxy:
    """A running haproxy: where it answers, and where it takes commands."""

    url: str
    admin: int
    plain: str

    def command(self, line: str) -> str:
        """What the runtime interface answers to a command."""
        with socket.create_connection(("127.0.0.1", self.admin), 10) as link:
            link.sendall(f"{line}\n".encode())
            return b"".join(iter(lambda: link.recv(65536), b"")).decode()

    def states(self) -> dict[str, str]:
        """By address: UP, DOWN, NOLB (full), DRAIN..., of the replicas that it knows."""
        lines = self.command("show stat").removeprefix("# ").splitlines()
        names = lines[0].split(",")
        rows = [dict(zip(names, line.split(","), strict=False)) for line in lines[1:] if line]
        return {
            row["addr"].split(":")[0]: row["status"].split()[0]
            for row in rows
            if row["pxname"] == "app" and row["addr"] and not row["status"].startswith("MAINT")
        }

    def wait(self, address: str, *states: str) -> None:
        """Until the replica is in one of these states; "" stands for "not known"."""
        until(lambda: self.states().get(address, "") in states, f"{address}: {self.states()}")

    def slot(self, address: str) -> str:
        """The name of the replica in commands."""
        found = re.search(
            rf"^\d+ app \d+ (\w+) {address} ", self.command("show servers state"), re.M
        )
        assert found, address
        return found[1]


@contextmanager
def proxy(
    folder: Path, names: Names, port: int, certificate: Path | None = None
) -> Iterator[Proxy]:
    """Haproxy with the very configuration of deploy/, ending TLS if there is a certificate."""
    program = shutil.which("haproxy", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    assert program, "no haproxy: `make test-deploy` installs it"
    door, admin, plain = free_port(), free_port(), free_port()
    variables = {
        "BIND": f"127.0.0.1:{door}",
        "ADMIN": f"ipv4@127.0.0.1:{admin}",
        "PLAIN": f"127.0.0.1:{plain}",
        "PAGES": str(FOLDER),
        "RESOLVER": names.place,
        "APP_PORT": str(port),
    }
    files = ["haproxy.cfg"]
    if certificate is not None:
        variables["BIND"] += f" ssl crt {certificate} alpn h2,http/1.1"
        files.append("tls.cfg")
    command = [program, *(part for file in files for part in ("-f", str(FOLDER / file)))]
    log = folder / "haproxy.log"
    with (
        log.open("wb") as output,
        subprocess.Popen(command, env=variables, stdout=output, stderr=output) as process,
    ):
        scheme = "http" if certificate is None else "https"
        running = Proxy(f"{scheme}://127.0.0.1:{door}", admin, f"http://127.0.0.1:{plain}")
        try:
            until(lambda: _listens(admin) or process.poll() is not None, "haproxy does not start")
            assert process.poll() is None, log.read_text("utf-8")
            for address in names.addresses:
                running.wait(address, "UP")
            yield running
        finally:
            process.kill()


def _listens(port: int) -> bool:
    with socket.socket() as link:
        return link.connect_ex(("127.0.0.1", port)) == 0
