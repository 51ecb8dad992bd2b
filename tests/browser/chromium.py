"""Finds a Chromium for the browser tests and, run as a script with --install, provides one.

The rule, in order: what the variable CHROMIUM names, a browser on the PATH, Playwright's own.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
MISSING = (
    "No Chromium for the browser tests. `make test` installs one through apt-get (as root or with "
    "sudo) or through Playwright; or install Chromium yourself, or set CHROMIUM to its path."
)
LAUNCH_ARGS = (
    "--no-sandbox",  # a container's root may not nest sandboxes; only our own app is opened
    "--disable-gpu",
    "--disable-dev-shm-usage",  # a container's /dev/shm is small
    "--disable-quic",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    # Whatever asks for another host fails at once, with or without a network.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)


def runs(executable: str) -> bool:
    """Whether the executable is there and starts: some distributions ship an empty shell."""
    try:
        found = subprocess.run([executable, "--version"], capture_output=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return found.returncode == 0


def driver_runs() -> bool:
    """Whether Playwright's driver starts: on a bare Debian it lacks a shared library."""
    command = [sys.executable, "-m", "playwright", "--version"]
    return subprocess.run(command, capture_output=True, timeout=60).returncode == 0


def find_chromium() -> str | None:
    """The path of a Chromium that starts, or None.

    Raises:
        ValueError: CHROMIUM is set and does not start. A wish is not quietly replaced.
    """
    if wanted := os.environ.get("CHROMIUM"):
        if not runs(wanted):
            raise ValueError(f"CHROMIUM={wanted!r} does not start")
        return wanted
    for name in NAMES:
        if (path := shutil.which(name)) and runs(path):
            return path
    if not driver_runs():
        return None
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).exists() and runs(own) else None


def as_root() -> list[str] | None:
    """The words to put before a command that needs root, or None where there is no way."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"]).returncode == 0:
        return ["sudo", "-n"]
    return None


def install() -> None:
    """Install what is missing: first as Debian packages, then Playwright's own Chromium."""
    root = as_root() if shutil.which("apt-get") else None
    if root is not None:
        packages = ("chromium", "fonts-dejavu-core", "libatomic1")
        for command in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
            subprocess.run(
                [*root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", *command],
                stdin=subprocess.DEVNULL,
            )
    if driver_runs() and find_chromium() is None:
        dependencies = [] if root is None else ["--with-deps"]
        subprocess.run(
            [sys.executable, "-m", "playwright", "install", *dependencies, "chromium"],
            stdin=subprocess.DEVNULL,
        )


def main() -> int:
    """Say which Chromium there is; with --install, provide what is missing."""
    try:
        path = find_chromium()
        if "--install" in sys.argv[1:] and not (path and driver_runs()):
            install()
            path = find_chromium()
    except ValueError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    if path is None:
        sys.stderr.write(f"error: {MISSING}\n")
        return 1
    if not driver_runs():
        sys.stderr.write("error: `python -m playwright --version` fails; see what it says\n")
        return 1
    sys.stdout.write(f"Chromium: {path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
