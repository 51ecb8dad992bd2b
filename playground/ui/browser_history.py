"""Which addresses a viewer has seen, page by page: where Back and Forward may lead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

from streamlit.runtime.scriptrunner import get_script_run_ctx

_KEPT: Final = 500


def navigated() -> bool:
    """Whether the browser's Back or Forward brought this run."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


@dataclass
class BrowserHistory:
    """Pages and queries in the order they were shown, the one on show last; bounded."""

    _seen: dict[tuple[str, str], None] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self._seen)

    def remember(self, page: str, query: Mapping[str, str]) -> None:
        self._seen.pop(_entry(page, query), None)
        self._seen[_entry(page, query)] = None
        while len(self._seen) > _KEPT:
            self._seen.pop(next(iter(self._seen)))

    def has(self, page: str, query: Mapping[str, str]) -> bool:
        return _entry(page, query) in self._seen


def _entry(page: str, query: Mapping[str, str]) -> tuple[str, str]:
    return page, urlencode(sorted(query.items()))
