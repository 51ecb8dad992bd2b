"""The browser halves of the live views: each registered once, mounted with a fixed key."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any, Final

import plotly.offline
import streamlit as st

STATIC: Final = Path(__file__).resolve().parents[2] / "static"
PLOTLY: Final = f"vendor/plotly-cartesian-{plotly.offline.get_plotlyjs_version()}.min.js.gz"

_IMPORT: Final = re.compile(r'^(?:import .*|\}) from "\./(.+)"', re.MULTILINE)
_COMMENT: Final = re.compile(r"^ *//.*\n|^\n", re.MULTILINE)


def fingerprint() -> str:
    """Changes when a file of the live view does, so that no browser runs an old one."""
    digest = hashlib.sha256()
    for path in sorted((STATIC / "live").iterdir()):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def modules() -> list[str]:
    """The names of all modules, each behind those that it imports."""
    paths = sorted((STATIC / "live").glob("*.js"))
    imported = {path.name: _IMPORT.findall(path.read_text("utf-8")) for path in paths}
    return list(TopologicalSorter(imported).static_order())


def loader(base: str, entry: str) -> str:
    """The script that Streamlit carries with every message: loader.js, told what to load.

    `base` is the path below which the app is served, "" or "/something", `entry` the module that
    is mounted.
    """
    told = {
        "BASE": base,
        "VERSION": fingerprint(),
        "PLOTLY": PLOTLY,
        "ENTRY": entry,
        "MODULES": modules(),
    }
    constants = "".join(f"const {name} = {json.dumps(value)};\n" for name, value in told.items())
    return constants + _COMMENT.sub("", Path(__file__).with_name("loader.js").read_text("utf-8"))


def base_path() -> str:
    """Where the app is served below its host: "" or "/something"."""
    path = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{path}" if path else ""


class BrowserHalf:
    """What the browser mounts: `name` as Streamlit knows it, `entry` its module."""

    def __init__(self, name: str, entry: str) -> None:
        self._mount = st.components.v2.component(
            name,
            js=loader(base_path(), entry),
            isolate_styles=False,  # Plotly adds its style to the page, and tests read its text
        )

    def show(
        self,
        message: bytes | Mapping[str, Any],
        key: str,
        on_request: Callable[[], None] = lambda: None,
    ) -> None:
        """Mount it with `message`; what the browser asks for starts the fragment again.

        `on_request` is called before that, so that no other run comes between.
        """
        self._mount(key=key, data=message, on_request_change=on_request)


VIEW: Final = BrowserHalf("playground_view", "view.js")
STEPS: Final = BrowserHalf("playground_steps", "steps.js")
