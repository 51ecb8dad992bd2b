"""What the engine and other frameworks take before they do anything, and the first seed's claims.

`python -m benchmarks.footprint` prints both; `--write` also writes the file that the page Compare
shows. A package that is not installed has a row that says so.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

from benchmarks import _experiments as experiments
from benchmarks._footprint import ROOT, engine_size, importing, installed_size
from benchmarks._lines import code_lines
from benchmarks._machine import cpu_model, load
from benchmarks._tables import digits, markdown
from benchmarks._timing import one_thread
from benchmarks.engine import MODULES
from playground.compare.footprint import FILE

# Of the modules that come with the engine those that are files: some that NumPy's compiled parts
# bring along are not.
LOADED: Final = """
import sys
before = set(sys.modules)
import engine
files = [n for n in set(sys.modules) - before if getattr(sys.modules[n], "__file__", None)]
print(*sorted({n.partition(".")[0] for n in files} - sys.stdlib_module_names))
"""


def packages() -> list[dict[str, Any]]:
    """Of each module its version, bytes on disk, processor seconds and bytes of memory, or None."""
    found = []
    for module, name in MODULES.items():
        cost = importing(module)
        size = installed_size(name) if name else engine_size() + (installed_size("numpy") or 0)
        row: dict[str, Any] = {"module": module, "version": "", "disk": None}
        if cost is not None:
            row |= {"version": _version(name), "disk": size}
            row |= {"seconds": cost.seconds, "resident": cost.resident}
        found.append(row)
    return found


def _version(name: str) -> str:
    try:
        return version(name) if name else ""
    except PackageNotFoundError:
        return ""


def claims() -> list[dict[str, str]]:
    """Each claim of the first seed beside what is so here."""
    runs = experiments.spiral("ours")
    accuracy = [100 * run.accuracy for run in runs]
    spiral = (
        f"{statistics.mean(accuracy):.1f} ± {statistics.stdev(accuracy):.1f} % on test points, over"
        f" {len(runs)} seeds (300 points, {experiments.TRAIN_SHARE} % to learn from,"
        f" {experiments.LEARNERS['ours'].name.partition(', ')[2]})"
    )
    home = ROOT / "engine"
    every = sum(code_lines(path) for path in home.rglob("*.py"))
    core = sum(code_lines(path) for path in (home / "core").glob("*.py"))
    lines = (
        f"{_holds(every < 500)}: {every:,} lines of code, of them {core:,} in core/ without its"
        " kernels, where one reads how a network learns"
    )
    done = subprocess.run(
        [sys.executable, "-c", LOADED], cwd=ROOT, check=True, capture_output=True, text=True
    )
    names = done.stdout.split()
    return [
        {"claim": "96.7 % on the three-class spiral", "measured": spiral},
        {"claim": "Under 500 lines", "measured": lines},
        {
            "claim": "NumPy alone",
            "measured": f"{_holds(names == ['engine', 'numpy'])}: beside the standard library,"
            f" the engine loads {' and '.join(set(names) - {'engine'})}",
        },
    ]


def _holds(claim: bool) -> str:
    return "Holds" if claim else "Does not hold"


def main() -> int:
    """Measure, print, and write if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"write {FILE.relative_to(ROOT)}")
    arguments = parser.parse_args()
    one_thread()
    before = load()
    found: dict[str, Any] = {"packages": packages(), "claims": claims()}
    cores = f"{cpu_model()}; Python {platform.python_version()}; one thread on one core"
    found["machine"] = f"{cores}; load average {before} before, {load()} after"
    found["date"] = datetime.now(UTC).date().isoformat()
    lines = [
        [f"`import {row['module']}`", "not installed here", "", ""]
        if row["disk"] is None
        else [
            f"`import {row['module']}` {row['version']}".rstrip(),
            f"{digits(row['disk'] / 1e6)} MB",
            f"{digits(row['seconds'])} s",
            f"{digits(row['resident'] / 1e6)} MB",
        ]
        for row in found["packages"]
    ]
    header = ["", "on disk, with what it requires", "import, CPU", "memory that it adds"]
    print(f"<!-- footprint -->\n{markdown(header, lines)}\n")
    told = [[row["claim"], row["measured"]] for row in found["claims"]]
    print(f"<!-- claims -->\n{markdown(['claimed', 'measured'], told)}\n")
    print(f"{found['machine']}; {found['date']}.")
    if arguments.write:
        FILE.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
