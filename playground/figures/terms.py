"""The field's terms at the place where they stand, for who meets them first."""

from __future__ import annotations

from typing import Any

from playground.figures import words


def explained(*names: str) -> list[dict[str, Any]]:
    """These terms for a panel's head, as the browser reads them."""
    return [{"name": name, "words": words.TERMS[name]} for name in names]
