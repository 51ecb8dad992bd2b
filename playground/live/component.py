"""The browser halves of the live views: each registered once, mounted with a fixed key."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import plotly.offline
import streamlit as st

STATIC: Final = Path(__file__).resolve().parents[2] / "static"
PLOTLY: Final = f"vendor/plotly-cartesian-{plotly.offline.get_plotlyjs_version()}.min.js.gz"

# What each entry module needs first, so that the browser fetches all of it side by side.
_MODULES: Final = {
    "view.js": sorted(
        {path.name for path in (STATIC / "live").glob("*.js")}
        - {"view.js", "steps.js", "divergence_report.js"}  # that one is loaded when it is asked for
    ),
    "steps.js": ["keys.js", "mount.js"],
}


def fingerprint() -> str:
    """Changes when a file of the live view does, so that no browser runs an old one."""
    digest = hashlib.sha256()
    for path in sorted((STATIC / "live").iterdir()):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def loader(base: str, version: str, entry: str) -> str:
    """The script that Streamlit carries with every message, so it only loads the real ones.

    It fetches plotly.js and the view, whose module is `entry`, side by side. plotly.js lies packed
    on the server, which would otherwise pack its 1.5 MB anew for every visitor. `base` is the path
    below which the app is served, "" or "/something".
    """
    return f"""
const root = location.origin + {base!r} + "/app/static/";
const href = root + "live/live.css?v={version}";
if (!document.querySelector(`link[href="${{href}}"]`)) {{
  const style = document.createElement("link");
  style.rel = "stylesheet";
  style.href = href;
  document.head.append(style);
}}
async function library() {{
  const packed = await fetch(root + "{PLOTLY}");
  if (!packed.ok) throw new Error("plotly.js could not be loaded: status " + packed.status);
  const source = packed.body.pipeThrough(new DecompressionStream("gzip"));
  const headers = {{ "Content-Type": "text/javascript" }};
  const url = URL.createObjectURL(await new Response(source, {{ headers }}).blob());
  const script = document.createElement("script");
  await new Promise((resolve, reject) => {{
    script.onload = resolve;
    script.onerror = reject;
    script.src = url;
    document.head.append(script);
  }});
  URL.revokeObjectURL(url);
}}
const plotly = (window.playgroundPlotly ??= library());
for (const name of {_MODULES[entry]!r}) {{
  const hint = document.createElement("link");
  hint.rel = "modulepreload";
  hint.href = root + "live/" + name;
  document.head.append(hint);
}}
const live = import(root + "live/{entry}?v={version}");
export default async (component) => (await live).mount(component, plotly);
"""


def base_path() -> str:
    """Where the app is served below its host: "" or "/something"."""
    path = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{path}" if path else ""


class BrowserHalf:
    """What the browser mounts: `name` as Streamlit knows it, `entry` its module."""

    def __init__(self, name: str, entry: str) -> None:
        self._mount = st.components.v2.component(
            name,
            js=loader(base_path(), _VERSION, entry),
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


_VERSION: Final = fingerprint()
VIEW: Final = BrowserHalf("playground_view", "view.js")
STEPS: Final = BrowserHalf("playground_steps", "steps.js")
