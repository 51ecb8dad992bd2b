"""Order for the whole suite: the quick tests first, those that need a browser last."""

from pathlib import Path

import pytest

BROWSER_TESTS = Path(__file__).parent / "browser"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Move the browser tests to the end, all else in its order.

    Playwright's driver keeps an event loop running in the main thread until it stops, and code
    that starts a loop of its own (AppTest, for one) must not meet it.
    """
    items.sort(key=lambda item: BROWSER_TESTS in item.path.parents)
