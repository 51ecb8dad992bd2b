"""The browser half of the live views: registered once, mounted with a fixed key for each."""

from __future__ import annotations

import hashlib
import json
import re
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Final

import plotly.offline
import streamlit as st

STATIC: Final = Path(__file__).resolve().parents[2] / "static"
PLOTLY: Final = f"vendor/plotly-cartesian-{plotly.offline.get_plotlyjs_version()}.min.js.gz"
BUNDLE: Final = "playground.js"  # below the app's own path; playground/opening.py serves it

_IMPORT: Final = re.compile(r'^import \{([^}]*)\} from "\./(.+)";$', re.MULTILINE)
_EXPORT: Final = re.compile(r"^export ((?:async )?(?:function|class|const) (\w+))", re.MULTILINE)
_COMMENT: Final = re.compile(r"^ *(//.*|/\*\*.*\*/)?\n", re.MULTILINE)


def fingerprint() -> str:
    """Changes when a file of the live view does, so that no browser runs an old one."""
    digest = hashlib.sha256()
    for path in sorted((STATIC / "live").iterdir()):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def bundle() -> str:
    """All modules as one script, which a browser fetches and runs sooner than half a hundred.

    Each is a function of its own, behind those that it imports; what mount.js exports is put where
    loader.js finds it.
    """
    sources = {path.name: path.read_text("utf-8") for path in (STATIC / "live").glob("*.js")}
    needed = {
        name: [other for _, other in _IMPORT.findall(text)]
        for name, text in sorted(sources.items())
    }
    parts = [_as_function(name, sources[name]) for name in TopologicalSorter(needed).static_order()]
    version = json.dumps(fingerprint())
    return (
        f'"use strict";\n(window.playgroundModules ??= {{}})[{version}] = (() => {{\n'
        "const modules = {};\n" + "".join(parts) + 'return modules["mount.js"];\n})();\n'
    )


def _as_function(name: str, source: str) -> str:
    exported = ", ".join(found for _, found in _EXPORT.findall(source))
    source = _EXPORT.sub(r"\1", source)
    source = _IMPORT.sub(
        lambda found: (
            f"const {{{found[1].replace(' as ', ': ')}}} = modules[{json.dumps(found[2])}];"
        ),
        source,
    )
    return f"modules[{json.dumps(name)}] = (() => {{\n{source}\nreturn {{ {exported} }};\n}})();\n"


def loader(base: str) -> str:
    """The script that Streamlit carries with every message: loader.js, told what to load.

    `base` is the path below which the app is served, "" or "/something".
    """
    told = {
        "BASE": base,
        "VERSION": fingerprint(),
        "PLOTLY": PLOTLY,
        "BUNDLE": BUNDLE,
        "STYLES": sorted(path.name for path in (STATIC / "live").glob("*.css")),
    }
    constants = "".join(f"const {name} = {json.dumps(value)};\n" for name, value in told.items())
    return constants + _COMMENT.sub("", Path(__file__).with_name("loader.js").read_text("utf-8"))


def base_path() -> str:
    """Where the app is served below its host: "" or "/something"."""
    path = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{path}" if path else ""


_MOUNT: Final = st.components.v2.component(
    "playground_view",
    js=loader(base_path()),
    isolate_styles=False,  # Plotly adds its style to the page, and tests read its text
)


def show(message: bytes, key: str) -> None:
    """Mount a view with `message`; what the browser asks for starts the fragment again."""
    _MOUNT(key=key, data=message, on_request_change=lambda: None)
