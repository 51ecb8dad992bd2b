"""What a benchmark ran on, in words: a number without its machine says nothing."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path


def cpu_model() -> str:
    """The processor's name, as far as the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def load() -> str:
    """Processes that wanted a processor in the last minute: far above 0 before the start, the
    numbers suffer from it.
    """
    return f"{os.getloadavg()[0]:.1f}"


def machine(packages: Sequence[str], *more: str) -> str:
    """One line: processor, cores, Python, the versions of `packages`, and what else is given."""
    cores = os.cpu_count() or 1
    parts = [f"{cpu_model()}, {cores} cores", f"Python {platform.python_version()}"]
    parts += [f"{name} {version(name)}" for name in packages]
    return "; ".join([*parts, *more])
