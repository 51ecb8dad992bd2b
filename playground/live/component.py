"""The browser half of the live view: registered once, mounted with a fixed key, never rebuilt."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

import plotly.offline
import streamlit as st

STATIC: Final = Path(__file__).resolve().parents[2] / "static"
PLOTLY: Final = f"vendor/plotly-cartesian-{plotly.offline.get_plotlyjs_version()}.min.js"
NAME: Final = "playground_live"
KEY: Final = "live"


def fingerprint() -> str:
    """Changes when a file of the live view does, so that no browser runs an old one."""
    digest = hashlib.sha256()
    for path in sorted((STATIC / "live").iterdir()):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def loader(base: str, version: str) -> str:
    """The script that Streamlit carries with every message, so it only loads the real one.

    `base` is the path below which the app is served, "" or "/something".
    """
    root = f"{base}/app/static"
    return f"""
const root = location.origin + {root!r};
const live = import(root + "/live/main.js?v={version}");
export default async (component) => (await live).mount(component, root + "/{PLOTLY}");
"""


def stylesheet(base: str, version: str) -> str:
    """Markup that brings the style and fetches plotly.js early, while the first message is made."""
    root = f"{base}/app/static"
    return (
        f'<link rel="stylesheet" href="{root}/live/live.css?v={version}">'
        f'<link rel="preload" as="script" href="{root}/{PLOTLY}">'
    )


def base_path() -> str:
    """Where the app is served below its host: "" or "/something"."""
    path = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{path}" if path else ""


_VERSION: Final = fingerprint()
_mount: Final = st.components.v2.component(
    NAME,
    html=stylesheet(base_path(), _VERSION),
    js=loader(base_path(), _VERSION),
    isolate_styles=False,  # Plotly adds its style to the page, and tests read the page's text
)


def show(message: bytes) -> None:
    """Mount the live view with `message`; what the browser asks for starts the fragment again."""
    _mount(key=KEY, data=message, on_request_change=lambda: None)
