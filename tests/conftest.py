"""For the whole suite: quick tests first, browser tests last; widgets are found by their names."""

from pathlib import Path
from typing import Any

import hypothesis
import pytest
from streamlit.testing.v1.element_tree import ElementList

BROWSER_TESTS = Path(__file__).parent / "browser"

# A busy machine is no fault of an example.
hypothesis.settings.register_profile("suite", deadline=None)
hypothesis.settings.load_profile("suite")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Move the browser tests to the end, all else in its order.

    Playwright's driver keeps an event loop running in the main thread until it stops, and code
    that starts a loop of its own (AppTest, for one) must not meet it.
    """
    items.sort(key=lambda item: BROWSER_TESTS in item.path.parents)


@pytest.fixture(autouse=True)
def widgets_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let AppTest find a widget by its name, whose key also counts how often it was made anew.

    See `playground.ui.session.mounted`.
    """

    def find(elements: ElementList[Any], key: str) -> Any:
        for element in elements:
            if element.key is not None and element.key.split("--")[0] == key:
                return element
        raise KeyError(key)

    monkeypatch.setattr(ElementList, "__call__", find)
