"""What the frameworks take, as `python -m benchmarks.footprint --write` measured it once."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

FILE: Final = Path(__file__).with_name("footprint.json")


@cache
def measured() -> dict[str, Any]:
    """`packages`, `claims`, `machine` and `date`."""
    found: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    return found
