"""The browser half of the live view: registered once, mounted with a fixed key, never rebuilt."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

import plotly.offline
import streamlit as st

STATIC: Final = Path(__file__).resolve().parents[2] / "static"
PLOTLY: Final = f"vendor/plotly-cartesian-{plotly.offline.get_plotlyjs_version()}.min.js.gz"
_MODULES: Final = sorted(
    path.name for path in (STATIC / "live").glob("*.js") if path.stem != "main"
)
NAME: Final = "playground_live"
KEY: Final = "live"


def fingerprint() -> str:
    """Changes when a file of the live view does, so that no browser runs an old one."""
    digest = hashlib.sha256()
    for path in sorted((STATIC / "live").iterdir()):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def loader(base: str, version: str) -> str:
    """The script that Streamlit carries with every message, so it only loads the real ones.

    It fetches plotly.js and the live view side by side. plotly.js lies packed on the server, which
    would otherwise pack its 1.5 MB anew for every visitor. `base` is the path below which the app
    is served, "" or "/something".
    """
    return f"""
const root = location.origin + {base!r} + "/app/static/";
const style = document.createElement("link");
style.rel = "stylesheet";
style.href = root + "live/live.css?v={version}";
document.head.append(style);
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
const plotly = library();
for (const name of {_MODULES!r}) {{
  const hint = document.createElement("link");
  hint.rel = "modulepreload";
  hint.href = root + "live/" + name;
  document.head.append(hint);
}}
const live = import(root + "live/main.js?v={version}");
export default async (component) => (await live).mount(component, plotly);
"""


def base_path() -> str:
    """Where the app is served below its host: "" or "/something"."""
    path = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{path}" if path else ""


_VERSION: Final = fingerprint()
_mount: Final = st.components.v2.component(
    NAME,
    js=loader(base_path(), _VERSION),
    isolate_styles=False,  # Plotly adds its style to the page, and tests read the page's text
)


def show(message: bytes) -> None:
    """Mount the live view with `message`; what the browser asks for starts the fragment again."""
    _mount(key=KEY, data=message, on_request_change=lambda: None)
