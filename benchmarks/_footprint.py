"""What an engine costs before it has done anything, and at its most: disk, import, memory."""

from __future__ import annotations

import importlib.util
import json
import re
import statistics
import subprocess
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any, Final, NamedTuple

ROOT: Final = Path(__file__).parent.parent
FRESH: Final = 5  # processes for each import

IMPORT: Final = """
import json, sys, time
def resident():
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))
before, start = resident(), time.process_time()
__import__(sys.argv[1])
took = time.process_time() - start
print(json.dumps([took, (resident() - before) * 1024]))
"""

# 200 steps in a process of their own.
TRAIN: Final = """
import json, sys
from benchmarks._footprint import peak
from benchmarks._timing import one_thread
one_thread()
from benchmarks._peers import PEERS, Network, our_trainer, ours
name, widths, batch = sys.argv[1], json.loads(sys.argv[2]), int(sys.argv[3])
network = Network(tuple(widths), batch)
if name == "ours":
    run = ours(our_trainer(network))
elif name == "data":
    run, data = (lambda n: None), network.data()
else:
    run = PEERS[name].make(network, picks=True)
run(200)
print(json.dumps(peak()))
"""


class Import(NamedTuple):
    """Medians over fresh processes: processor seconds, and bytes of memory that came with it."""

    seconds: float
    resident: float


def importing(module: str) -> Import | None:
    """The cost of ``import module``; None if there is no such module here."""
    if importlib.util.find_spec(module) is None:
        return None
    found = [_ask(IMPORT, module) for _ in range(FRESH)]
    return Import(*(statistics.median(values) for values in zip(*found, strict=True)))


def peak() -> int:
    """Bytes of memory that this process has held at the most, by Linux.

    Not the system's ru_maxrss: that also knows what the parent held.
    """
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def peak_of_training(name: str, widths: tuple[int, ...], batch: int) -> int:
    """Bytes of memory at the most in a process that trains 200 steps, all included."""
    return int(_ask(TRAIN, name, json.dumps(widths), str(batch)))


def _ask(code: str, *arguments: str) -> Any:
    command = [sys.executable, "-W", "ignore", "-c", code, *arguments]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def installed_size(name: str) -> int | None:
    """Bytes on disk of a distribution and of all that it requires; None if it is not installed."""
    seen: dict[str, int] = {}
    _add_size(name, seen)
    return sum(seen.values()) if seen else None


def _add_size(name: str, seen: dict[str, int]) -> None:
    key = re.sub(r"[-_.]+", "-", name).lower()
    if key in seen:
        return
    try:
        found = distribution(name)
    except PackageNotFoundError:
        return  # a requirement of another system, or the distribution itself
    seen[key] = _files_size(found)
    for requirement in found.requires or []:
        wanted, _, marker = requirement.partition(";")
        if "extra" not in marker:
            match = re.match(r"[A-Za-z0-9._-]+", wanted.strip())
            if match:
                _add_size(match.group(), seen)


def _files_size(found: Distribution) -> int:
    paths = (Path(str(found.locate_file(file))) for file in found.files or [])
    return sum(path.stat().st_size for path in paths if path.is_file())


def engine_size() -> int:
    """Bytes of our engine's own files."""
    return sum(path.stat().st_size for path in (ROOT / "engine").rglob("*.py"))
