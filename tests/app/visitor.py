"""A viewer of a page in AppTest: opens it from a link, moves its controls, reads what it shows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from streamlit.testing.v1 import AppTest

from playground.settings.base import Settings
from playground.ui.session import Session

S = TypeVar("S", bound=Settings)
ROOT = Path(__file__).resolve().parents[2]
KINDS = (
    *("button", "button_group", "number_input", "selectbox", "select_slider", "slider"),
    *("text_input", "toggle"),
)
LIMIT = 60  # seconds for one run of a page on a busy machine


def opened(script: str = "app.py", query: Mapping[str, str] | None = None) -> AppTest:
    """The page as it is after its first run from a link with these parameters."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=LIMIT)
    if script != "app.py":
        app.switch_page(script)  # before any run: app.py is never seen, as with a cold link
    return follow(app, query or {})


def follow(app: AppTest, query: Mapping[str, str]) -> AppTest:
    """The app after its first run from a link with these parameters."""
    for name, text in query.items():
        app.query_params[name] = text
    return run(app)


def run(app: AppTest) -> AppTest:
    app.run()
    assert not app.exception, [element.value for element in app.exception]
    return app


def put(app: AppTest, kind: str, name: str, value: Any) -> AppTest:
    """Set the control of a setting and run the page."""
    getattr(app, kind)(key=f"set_{name}").set_value(value)
    return run(app)


def click(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click()
    return run(app)


def session_of(app: AppTest) -> Session:
    found = app.session_state["playground"]
    assert isinstance(found, Session)
    return found


def settings_of(app: AppTest, kind: type[S]) -> S:
    """The settings that the session has for a page, which the address must agree with."""
    session = session_of(app)
    found = session.pages[kind]
    assert isinstance(found, kind)
    assert address(app) == session.config.to_query() | found.to_query()
    return found


def address(app: AppTest) -> dict[str, str]:
    """The parameters in the address bar; AppTest may hold each as a list."""
    return {
        name: value[-1] if isinstance(value, list) else str(value)
        for name, value in app.query_params.items()
    }


def texts(app: AppTest) -> str:
    return "\n".join(element.value for element in app.markdown)


def controls(block: Any) -> list[Any]:
    """All controls in a part of the page."""
    return [control for kind in KINDS for control in block.get(kind)]


def helped(block: Any) -> set[str]:
    """The names of the settings' controls, each of which has to have one line of help."""
    found = [control for control in controls(block) if str(control.key).startswith("set_")]
    for control in found:
        assert control.proto.help, control
        assert "\n" not in control.proto.help
    return {control.key.split("--")[0] for control in found}
